"""Population statistics: batch normalization with and without the noise of its batches."""

from __future__ import annotations

from study.claims.mechanisms.descent import Descent, order
from study.claims.mechanisms.networks import examples, experiment
from study.design.arms import parse_arm
from study.training.networks import build


class PopulationStatistics:
    """Test accuracy without batch normalization, with it, and with it but without its noise.

    In the control every step runs the whole training set through the network, so that it is normalized
    by the statistics of all examples, while the loss is the minibatch's alone. All three networks see
    the same minibatches, and are judged with the means and variances of the whole training set.

    Args:
        settings: `data`, `use`, `model`, `training` (its learning rate) and `strengths` as in `networks`;
            `batches`, the batch sizes; `steps`, the same for each of them.
    """

    def __init__(self, settings: dict) -> None:
        self.settings = settings
        self.experiment = experiment(settings)
        self.plain, self.normalized = (
            Descent(lambda seed, arm=parse_arm(arm): build(self.experiment, arm, seed, (40,), 10))
            for arm in ("none", "batchnorm")
        )

    def measure(self, seed: int) -> dict:
        """Return `none`, `batch` and `population`: each with `test` and `train`, the accuracies in percent
        for each batch size; `batch` also with `moving`, its test accuracy with the moving statistics."""
        drawn = examples(self.settings, seed)
        train, test = (drawn.x_train, drawn.y_train), (drawn.x_test, drawn.y_test)
        rate = self.experiment.training.learning_rate
        found = {name: {"test": [], "train": []} for name in ("none", "batch", "population")}
        found["batch"]["moving"] = []
        for batch in self.settings["batches"]:
            steps = order(seed, len(train[0]), batch, self.settings["steps"])
            for name, values in found.items():
                network = self.plain if name == "none" else self.normalized
                network.reset(seed, rate)
                # One shape for all batch sizes: without batch norm the other rows change nothing.
                go = network.steps if name == "batch" else network.steps_on_whole_set
                go(*train, steps)
                if name == "batch":
                    values["moving"].append(network.accuracy(*test))
                network.recompute_statistics(train[0])
                values["test"].append(network.accuracy(*test))
                values["train"].append(network.accuracy(*train))
        return found
