"""Whether a study's data are there, are large enough, and fit its networks, sweeps and tuning."""

from __future__ import annotations

from study.data.datasets import describe
from study.design import sweeps, tuning
from study.design.architectures.tasks import TASKS
from study.design.factors import EARLY_STOPPING
from study.design.settings import Experiment, KerasModel, OwnModel
from study.design.studyfile import Study
from study.errors import StudyError

FAST = 10.0
"""No optimizer here takes a larger learning rate to any end."""


def check(study: Study) -> None:
    """Check a study's experiments, sweeps and tuning against what is known of their data.

    Raises:
        StudyError: on the first thing that is wrong, naming where it stands.
    """
    check_experiments(study)
    check_sweeps(study)
    check_tuning(study)


def warnings(study: Study) -> list[str]:
    """Return what is strange in a study that can be trained, a sentence each: its data, and rates that end in
    nothing."""
    found = []
    points = [point.experiment for name in study.sweeps for point in sweeps.points(study, name)]
    points += [cell.experiment for cell, *_ in tuning.grid(study).values()] if study.tuning.seeds else []
    for experiment in (*study.experiments.values(), *points):
        patience, epochs = experiment.stopping.patience, experiment.training.epochs
        if patience >= epochs and EARLY_STOPPING in study.factors.names:
            found.append(
                f"experiment.{experiment.name}: strengths.earlystopping.patience: Expected fewer than the {epochs} "
                f"epochs of the budget. Received: {patience}; early stopping never fires."
            )
        found += [f"{experiment.data.name}: {doubt}" for doubt in describe(experiment.data).doubts]
        if (rate := experiment.training.learning_rate or 0) > FAST:
            found.append(
                f"experiment.{experiment.name}: training.learning_rate: Expected at most about {FAST:g}. Received: "
                f"{rate:g}; weights that move so far a step learn nothing."
            )
    return list(dict.fromkeys(found))


def check_experiments(study: Study) -> None:
    """Check every experiment's data set: it is known, large enough, and fits the augmentation.

    Raises:
        StudyError: on the first thing that is wrong, naming the experiment.
    """
    for experiment in study.experiments.values():
        try:
            check_experiment(experiment)
        except StudyError as error:
            raise StudyError(f"experiment.{experiment.name}: {error}") from None


def check_experiment(experiment: Experiment) -> None:
    """Check that an experiment's data are known, large enough, and fit its network and augmentation.

    Raises:
        StudyError: on the first thing that is wrong.
    """
    data, known = experiment.data, describe(experiment.data)
    if known.train is not None:
        asked = data.train + data.validation + (0 if known.test is not None else data.test or 1)
        if asked > known.train:
            parts = "training and validation" if known.test is not None else "training, validation and test"
            raise StudyError(
                f"data: Expected at most {known.train} {parts} examples in all. "
                f"Received: {asked}. {data.name!r} has no more."
            )
    elif data.test is None:
        raise StudyError(f"data.test: Expected a number; {data.name!r} is generated. Received: nothing.")
    if known.test is not None and data.test is not None and data.test > known.test:
        raise StudyError(f"data.test: Expected at most {known.test} test examples. Received: {data.test}.")
    task = experiment.model.judged
    if known.task != task.name:
        raise StudyError(
            f"data: Expected {task.labels}, in y_train of {data.name!r} for the model {experiment.model.name!r}. "
            f"Received: {TASKS[known.task].labels}."
        )
    watched = ("val_loss", f"val_{task.followed.name}")
    if not isinstance(experiment.model, KerasModel) and experiment.stopping.monitor not in watched:
        raise StudyError(
            f"strengths.earlystopping.monitor: Expected {' or '.join(watched)}. Received: "
            f"{experiment.stopping.monitor!r}."
        )
    if known.task != "classification" and data.label_noise:
        raise StudyError(
            f"data.label_noise: Expected none, as {data.name!r} has no classes. Received: {data.label_noise}."
        )
    if known.task != "classification" and data.class_weight:
        raise StudyError(
            f"data.class_weight: Expected none, as {data.name!r} has no classes. Received: {list(data.class_weight)}."
        )
    if data.class_weight is not None and (len(data.class_weight) != known.classes or not any(data.class_weight)):
        raise StudyError(
            f"data.class_weight: Expected a number for each of the {known.classes} classes, not all 0. Received: "
            f"{list(data.class_weight)}."
        )
    strength = getattr(experiment.strengths, "augmentation", None)
    spatial = [name for name in ("rotation", "zoom", "flip") if getattr(strength, name, None)]
    if len(known.sample) == 1 and spatial:
        raise StudyError(
            f"strengths.augmentation: Expected translation and noise only, as {data.name!r} holds "
            f"signals. Received: {', '.join(spatial)}."
        )
    own = isinstance(experiment.model, (KerasModel, OwnModel))
    if len(known.sample) not in (1, 3) and not own:
        raise StudyError(
            f"data: Expected examples of shape (steps,) or (height, width, channels) for the model "
            f"{experiment.model.name!r}. Received: {known.sample}."
        )
    if len(known.sample) == 1 and experiment.model.name in ("cnn", "resnet"):
        raise StudyError(
            f"model: Expected an architecture for signals of shape {known.sample}, such as 'mlp'. "
            f"Received: {experiment.model.name!r}, which needs images (height, width, channels)."
        )


def check_sweeps(study: Study) -> None:
    """Check every sweep: its experiment, setting, values and arms exist.

    Raises:
        StudyError: on the first thing that is wrong, naming the sweep.
    """
    for name in study.sweeps:
        sweeps.check_values(study.sweeps[name].values, f"sweep.{name}.values")
        found = sweeps.points(study, name)
        try:
            sweeps.arms(study.sweeps[name], study)
            for point in found:
                check_experiment(point.experiment)
                if point.experiment.model.judged != study.task:
                    raise StudyError(
                        "Expected a setting that leaves task and metric as they are. Received: "
                        f"{study.sweeps[name].setting}."
                    )
        except StudyError as error:
            raise StudyError(f"sweep.{name}: {error}") from None


def check_tuning(study: Study) -> None:
    """Check a study's tuning: its factors, values and seeds, and that every value fits the data.

    Raises:
        StudyError: on the first thing that is wrong, naming where the study file says it.
    """
    tuning.check(study)
    where = {(name, dial.name): dial.where for name in study.experiments for dial in tuning.dials(study, name)}
    for (name, dial, _), cells in tuning.grid(study).items():
        try:
            check_experiment(cells[0].experiment)
        except StudyError as error:
            raise StudyError(f"{where[name, dial]}: {error}") from None
