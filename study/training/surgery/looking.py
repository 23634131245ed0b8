"""A first look into a user's model and data: what is in them, whether they fit, and how long a training may take."""

from __future__ import annotations

import time
from pathlib import Path

import keras
import numpy as np

from study.data import npz
from study.data.formats import Wanted
from study.data.sources import gather
from study.design.arms import Arm
from study.design.factors import EARLY_STOPPING, EarlyStoppingStrength
from study.design.settings import Experiment, KerasModel
from study.errors import StudyError
from study.files import whole
from study.training.surgery.findings import look
from study.training.surgery.found import Look
from study.training.surgery.template import Template, template

PATIENCE, LONGEST, SECONDS = 20, 200, 120
"""A probe waits so many epochs for an improvement, and lasts at most so many epochs and seconds."""


def into(settings: KerasModel, data: str, target: str | None, file: Path) -> Look:
    """Look into a model and its data, and store the data.

    Args:
        settings: the model, and what shall be added.
        data, target: as `sources.gather` takes them.
        file: the .npz file to write, once all is found to be good.

    Raises:
        StudyError: if model or data cannot be taken, do not fit, or the model holds what shall be added.
    """
    found = template(settings)
    findings = look(found)
    held = {finding.factor for finding in findings}
    if twice := [name for name in settings.add if name in held]:
        places = ", ".join(finding.where for finding in findings if finding.factor in twice)
        raise StudyError(
            f"--add: Expected what the model has not. Received: {', '.join(twice)}, which it has in {places}."
        )
    if not held and not settings.add:
        raise StudyError(
            f"model {settings.build!r}: Expected something that regularizes. Received: none that is known here; put "
            "some in with --add, such as --add dropout,l2."
        )
    settings = settings.model_copy(update={"task": found.answers.task})
    gathered = gather(data, target, Wanted(found.shapes, settings.task))
    number = len(gathered.classes) if settings.task == "classification" else gathered.arrays["y_train"].shape[1]
    found.check(settings, gathered.arrays["x_train"].shape[1:], number)
    stopping = _stopping(found) if found.stopping else {}
    if "label_smoothing" in settings.add and "label_smoothing" not in found.loss.get_config():
        raise StudyError(f"--add: Expected a loss that smooths labels. Received: {found.loss.name!r}.")
    with whole(file) as part:
        with part.open("wb") as stream:
            np.savez_compressed(stream, **gathered.arrays)
        arrays = npz.read(part, file.name)
    sizes = len(gathered.arrays["x_train"]), len(gathered.arrays["x_test"])
    return Look(
        findings,
        gathered.classes,
        *sizes,
        gathered.held_out,
        stopping,
        npz.doubts(arrays),
        settings.task,
        found.answers.number,
        tuple(found.metrics),
        npz.WEIGHTS in gathered.arrays,
    )


def _stopping(found: Template) -> dict:
    """Return a model's early stopping as a strength."""
    given = found.stopping
    wanted = "max" if found.rises(given.monitor) else "min"
    if given.mode not in ("auto", wanted):
        raise StudyError(
            f"callbacks: Expected an EarlyStopping with mode {wanted!r} or 'auto' for {given.monitor}. Received: "
            f"{given.mode!r}."
        )
    if given.baseline is not None:
        raise StudyError(
            f"callbacks: Expected an EarlyStopping without a baseline. Received: baseline={given.baseline}."
        )
    return EarlyStoppingStrength(
        patience=max(1, given.patience),
        monitor=given.monitor,
        min_delta=abs(float(given.min_delta)),
        start_from_epoch=given.start_from_epoch,
        restore=bool(given.restore_best_weights),
    ).settings()


class _Clock(keras.callbacks.Callback):
    """Ends a training after some seconds."""

    def on_train_begin(self, logs=None):
        self.end = time.monotonic() + SECONDS

    def on_epoch_end(self, epoch, logs=None):
        if time.monotonic() > self.end:
            self.model.stop_training = True


def probe(experiment: Experiment, factors) -> dict[str, int]:
    """Propose a budget from two trainings, without and with all that regularizes.

    Returns:
        `epochs`: twice the best epoch of the slower one, at least 20; `patience`: a tenth of them, at least 5.
    """
    from study.data.splits import draw
    from study.training.batches import Tensors
    from study.training.trainer import Trainer

    tried = experiment.training.model_copy(update={"epochs": LONGEST, "readouts": ()})
    stopping = experiment.stopping.model_copy(update={"patience": PATIENCE, "restore": True})
    strengths = experiment.strengths.model_copy(update={EARLY_STOPPING: stopping})
    experiment = experiment.model_copy(update={"training": tried, "strengths": strengths})
    data, best = draw(experiment.data, 0), []
    for names in ((), factors.names):
        arm = Arm.of(names, factors)
        made = template(experiment.model).callbacks
        trainer = Trainer(experiment, arm, data.x_train.shape[1:], data.classes, lambda: [*made(), _Clock()])
        best.append(trainer.train(Tensors(data), 0, [True])[True].best_epoch)
    epochs = max(20, 2 * max(best))
    return {"epochs": epochs, "patience": max(5, epochs // 10)}
