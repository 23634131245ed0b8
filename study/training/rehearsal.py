"""What a study brings of its own, built and called once before anything is trained, in a process of its own.

A network that cannot be built, or an arm that is another arm's twin, shows in seconds and not when a worker comes to
it; and whoever asks stays free of TensorFlow.
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from study.data.datasets import describe
from study.design.arms import Arm
from study.design.cells import Cell
from study.design.factors import EARLY_STOPPING, READ_OUT, Factors
from study.design.seeds import derive
from study.design.settings import Experiment, KerasModel, OwnModel
from study.design.studyfile import Study
from study.errors import StudyError
from study.store.lines import Store

EXAMPLES = 8
"""Random examples that a rehearsed network sees."""
BY_SETTING = ("weight_decay", "label_smoothing")
BESIDE = ("loss", "callbacks", "optimizer", "batch")
"""Factors, and hooks of a study's own, that change a training and not the network."""
LONGEST = 300
"""Characters of an error's text that are told."""


def rehearse(study: Study, cells: Iterable[Cell], store: Store) -> None:
    """Refuse a network or factor of a study's own that cannot be trained as it is meant, before anything is written.

    What is built in needs no rehearsal; nor does an experiment of which a cell was trained with today's settings.

    Args:
        study: the study.
        cells: the cells asked for.
        store: the study's results.

    Raises:
        StudyError: what `examine` raises, or that the process ended.
    """
    brought = (OwnModel, KerasModel)
    cells = [cell for cell in cells if study.factors.own or isinstance(cell.experiment.model, brought)]
    if not cells:
        return
    trained = {record["key"] for record in store.read().values() if record["status"] == "ok"}
    begun = {cell.experiment.name for cell in cells if cell.key in trained}
    asked = {cell.experiment.name for cell in cells} - begun
    for name in [name for name in study.experiments if name in asked]:
        with ProcessPoolExecutor(1, get_context("spawn"), quiet) as pool:
            try:
                pool.submit(examine, study.experiments[name], study.factors).result()
            except BrokenProcessPool:
                raise StudyError(
                    f"experiment {name!r}: Expected a network that can be built. Received: the end of the process that "
                    "built it."
                ) from None


def examine(experiment: Experiment, factors: Factors) -> None:
    """Build an experiment's networks and call them with a few random examples.

    Args:
        experiment: the experiment.
        factors: the study's factors.

    Raises:
        StudyError: if a network cannot be built or called, if it returns probabilities, or if a factor changes nothing
            in it: the two arms would be one, and a verdict on their difference would be about nothing.
    """
    from study.training.trainer import Trainer

    known = describe(experiment.data)
    names = [name for name in factors.names if name not in READ_OUT]
    whole = Arm.of(names, factors)
    if isinstance(experiment.model, KerasModel) and known.read:  # which may take whole numbers alone
        x, y = (np.asarray(each[:EXAMPLES]) for each in known.read()[:2])
        x, y = x.astype(np.float32), y.astype(np.float32 if known.task == "regression" else np.int32)
    else:
        x = np.random.default_rng(derive(0, "rehearsal")).normal(size=(EXAMPLES, *known.sample)).astype(np.float32)
        y = np.arange(len(x), dtype=np.int32) % known.classes

    def seen(chosen: Iterable[str]) -> tuple:
        arm = Arm.of(chosen, factors)
        with _told_of(experiment, arm):
            return _looks(experiment, arm, x, known.classes)

    plain, full = seen(()), seen(names)
    for outputs in () if isinstance(experiment.model, KerasModel) else (plain[1], full[1]):
        outputs = np.array(outputs)
        if (outputs >= 0).all() and np.allclose(outputs.sum(axis=1), 1, atol=1e-3):
            raise StudyError(
                f"experiment {experiment.name!r}, model {experiment.model.name!r}: Expected logits. Received: "
                "probabilities, which add up to 1. Leave the softmax at the end out: the loss brings it."
            )
    if isinstance(experiment.model, KerasModel):
        there = _held(experiment)
        idle = [factor.label for factor in factors if factor.name not in there]
        mend = "Look again with `study init`, or name it in model.add."
    else:
        idle = [
            factors[name].label
            for name in names
            if name not in BY_SETTING
            and not any(getattr(factors[name], hook) for hook in BESIDE)
            and seen([name]) == plain
            and seen([other for other in names if other != name]) == full
        ]
        mend = "Make its layers by the methods of `layers`, or ask `layers.arm` which factors are on."
    if idle:
        raise StudyError(
            f"experiment {experiment.name!r}, model {experiment.model.name!r}: Expected every factor to change the "
            f"network. Received: the same network with and without {', '.join(idle)}. {mend}"
        )
    with _told_of(experiment, whole):
        trainer = Trainer(experiment, whole, known.sample, known.classes)
        trainer.callbacks()
        value, _ = trainer.objective(x, y, training=True)
        if value.shape != ():
            raise StudyError(f"loss: Expected one number a batch. Received: shape {tuple(value.shape)}.")


def _held(experiment: Experiment) -> set[str]:
    """Return the factors that an experiment's Keras model holds, or is given."""
    from study.training.surgery.findings import look
    from study.training.surgery.template import template

    return {EARLY_STOPPING, *experiment.model.add, *(finding.factor for finding in look(template(experiment.model)))}


def _looks(experiment: Experiment, arm: Arm, x: np.ndarray, classes: int) -> tuple:
    """Return what a network is made of, its outputs at inference and in training, and its penalty.

    Two networks from one seed that are alike in all four are one network. What a layer of a user's own does with a
    setting that stands in no configuration shows in the outputs.
    """
    import keras

    from study.training.networks import build
    from study.training.surgery.template import template

    keras.backend.clear_session()  # so that layers without a name of their own are named alike
    model = build(experiment, arm, 0, x.shape[1:], classes)
    parts = [(type(each).__qualname__, each.name, _settings(each)) for each in model.operations]
    rules = [
        (weight.path.rpartition("/")[2], tuple(weight.shape), _plain(weight.regularizer), _plain(weight.constraint))
        for weight in model.trainable_variables
    ]
    given = template(experiment.model).inputs(x) if isinstance(experiment.model, KerasModel) else x
    outputs = [np.asarray(model(given, training=training)).tolist() for training in (False, True)]
    return (parts, rules), *outputs, float(sum(model.losses))


def _settings(layer) -> object:
    try:
        return _plain(layer.get_config())
    except Exception:  # a user's own layer need not have a configuration
        return None


def _plain(value) -> object:
    """Return a value as lists and texts that are equal for equal settings, whichever object holds them."""
    if isinstance(value, dict):
        return [(str(name), _plain(each)) for name, each in value.items()]
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, (str, int, float, bool, type(None))):
        return value
    return type(value).__qualname__, _plain(vars(value)) if type(value).__module__.startswith("study.") else None


@contextmanager
def _told_of(experiment: Experiment, arm: Arm) -> Iterator[None]:
    """Turn whatever a user's code raises into one sentence that names the arm, the error and its line."""
    try:
        yield
    except StudyError as error:
        raise StudyError(f"experiment {experiment.name!r}, arm {arm.name}: {error}") from None
    except (Exception, SystemExit) as error:
        words = " ".join(str(error).split())
        own = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_users(frame.filename)]
        place = f" ({Path(own[-1].filename).name}, line {own[-1].lineno})" if own else ""
        raise StudyError(
            f"experiment {experiment.name!r}, arm {arm.name}: Expected a network that can be built and called. "
            f"Received: {type(error).__name__}: {words[:LONGEST] + '…' * (len(words) > LONGEST)}{place}"
        ) from None


def _is_users(file: str) -> bool:
    ours = Path(__file__).parents[1]
    return (
        "site-packages" not in file
        and not Path(file).is_relative_to(ours)
        and Path(file).is_file()
        and "/lib/python" not in file
    )


def quiet() -> None:
    """Keep what TensorFlow and the user's modules print off the terminal; the body's errors are told by themselves."""
    os.environ.update(KERAS_BACKEND="tensorflow", TF_CPP_MIN_LOG_LEVEL="3")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
