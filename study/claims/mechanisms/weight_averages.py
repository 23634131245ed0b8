"""Averaged weights: one training read out with its last weights and with a moving average of them."""

from __future__ import annotations

from study.claims.mechanisms import networks
from study.claims.mechanisms.moving_statistics import recompute_statistics
from study.data.datasets import describe
from study.design.arms import Arm, End
from study.design.factors import AVERAGING, TEXTBOOK, Factors
from study.design.own.further import BUILT_IN
from study.design.settings import experiment_of
from study.training.batches import Tensors
from study.training.metrics import evaluate
from study.training.trainer import Trainer

FACTORS = Factors((*TEXTBOOK, BUILT_IN[AVERAGING]))
"""Those of a study whose trainings can be read out averaged."""
LAST, AVERAGED = End(), End(averages=True)


class WeightAverages:
    """Accuracy, likelihood and calibration of last and of averaged weights, by the training's schedule.

    Keras averages what is trained and nothing else: beside batch norm, averaged weights are judged with the moving mean
    and variance that the last weights had. `recomputed` are the same weights with the statistics of the whole training
    set in their place.

    Args:
        settings: `data`, `use`, `model` and `strengths` as in `networks`, the strength of `averaging` among them;
            `training`, without its `schedule`; `schedules`, those to train by; `arms`, the names of the networks:
            `none` or `batchnorm`.
    """

    def __init__(self, settings: dict) -> None:
        self.settings = settings
        known = {"name": "mechanism", "title": "Mechanism", "question": ""}
        self.trainers = {}
        for arm in settings["arms"]:
            for schedule in settings["schedules"]:
                tables = {name: settings[name] for name in ("data", "model", "strengths")}
                tables["training"] = settings["training"] | {"schedule": schedule, "readouts": ()}
                tables["data"] = tables["data"] | {"train": settings["use"]["train"]}
                experiment = experiment_of(FACTORS).model_validate(known | tables)
                about = describe(experiment.data)
                chosen = Arm.of([] if arm == "none" else [arm], FACTORS)
                self.trainers[arm, schedule] = Trainer(experiment, chosen, about.sample, about.classes)

    def measure(self, seed: int) -> dict:
        """Return metrics by arm, schedule and weights.

        Returns:
            For each of `arms`, for each of `schedules`: `last` and `averaged`, and beside batch norm also
            `last_recomputed` and `averaged_recomputed`: each with `accuracy` and `ece`, in percent, and `nll`, in nats,
            of test examples.
        """
        data = Tensors(networks.examples(self.settings, seed))
        found: dict[str, dict] = {}
        for (arm, schedule), trainer in self.trainers.items():
            cells = trainer.cells(data, seed, [LAST, AVERAGED])
            judged = {"last": self._judge(trainer, data), "averaged": _of_cell(cells[AVERAGED].metrics)}
            if arm == "batchnorm":
                # The training is left with its last weights and its optimizer with the averages.
                for name in ("last", "averaged"):
                    if name == "averaged":
                        trainer.optimizer.finalize_variable_values(trainer.model.trainable_variables)
                    recompute_statistics(trainer.model, data.split.x_train)
                    judged[f"{name}_recomputed"] = self._judge(trainer, data)
            found.setdefault(arm, {})[schedule] = judged
        return found

    @staticmethod
    def _judge(trainer: Trainer, data: Tensors) -> dict[str, float]:
        found = evaluate(trainer.predict(data.test[0]), data.split.y_test)
        return _percent(found["accuracy"], found["nll"], found["ece"])


def _of_cell(metrics: dict[str, float]) -> dict[str, float]:
    return _percent(metrics["test_accuracy"], metrics["test_nll"], metrics["test_ece"])


def _percent(accuracy: float, nll: float, ece: float) -> dict[str, float]:
    return {"accuracy": 100 * accuracy, "nll": nll, "ece": 100 * ece}
