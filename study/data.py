"""Data sets by name, and the examples each seed draws from them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from study import archives, signals, sources
from study.config import Study
from study.design import derive
from study.errors import StudyError, unknown
from study.experiments import Data, Experiment


@dataclass(frozen=True)
class Split:
    """One seed's examples.

    Attributes:
        x_train, x_validation, x_test: float32, shape (examples, *sample); sample is (steps,) for
            signals and (height, width, channels) for images, pixels in [0, 1].
        y_train, y_validation, y_test: int32, shape (examples,), values 0 … classes − 1.
        classes: number of classes.
    """

    x_train: np.ndarray
    y_train: np.ndarray
    x_validation: np.ndarray
    y_validation: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    classes: int


@dataclass(frozen=True)
class Dataset:
    """What is known of a built-in data set before it is read.

    Attributes:
        sample: shape of one example.
        train: examples to draw training and validation from; None if they are generated.
        test: examples of the data set's own test part; None if there is none, and the test
            examples are drawn, without overlap, from the same pool.
        classes: number of classes.
        source: citation key.
        about: a Markdown sentence on what an example is.
        read: returns x_train, y_train, x_test, y_test with as many examples.
    """

    sample: tuple[int, ...]
    train: int | None
    test: int | None
    classes: int
    source: str
    about: str
    read: Callable[[], tuple[np.ndarray, ...]] | None = None


DATASETS: dict[str, Dataset] = {
    "mnist1d": Dataset(
        (40,), None, None, 10, "greydanus2024scaling",
        "A signal of 40 samples: one of ten templates, shifted, stretched, sheared and with "
        "correlated noise, generated anew for every seed.",
    ),
    "digits": Dataset(
        (8, 8, 1), 1797, None, 10, "alpaydin1998digits",
        "A scan of a handwritten digit, 8 × 8 pixels.", sources.digits,
    ),
    "fashion_mnist": Dataset(
        (28, 28, 1), 60_000, 10_000, 10, "xiao2017fashion",
        "A grey photograph of a piece of clothing, 28 × 28 pixels.", sources.fashion_mnist,
    ),
    "mnist": Dataset(
        (28, 28, 1), 60_000, 10_000, 10, "lecun1998gradient",
        "A scan of a handwritten digit, 28 × 28 pixels.", sources.mnist,
    ),
    "cifar10": Dataset(
        (32, 32, 3), 50_000, 10_000, 10, "krizhevsky2009learning",
        "A colour photograph of one of ten things, 32 × 32 pixels.", sources.cifar10,
    ),
}


def describe(data: Data) -> Dataset:
    """Return what is known of an experiment's data set before any training.

    Raises:
        StudyError: if the name is unknown, or an .npz file is not what it must be.
    """
    if data.file:
        arrays = archives.read(data.file, data.name)
        return Dataset(
            arrays[0].shape[1:], len(arrays[0]), len(arrays[2]), int(arrays[1].max()) + 1, "",
            f"An example of `{data.file.name}`.", lambda: arrays,
        )
    if data.name not in DATASETS:
        raise unknown("data set", data.name, [*DATASETS, "FILE.npz"])
    return DATASETS[data.name]


def test_examples(data: Data) -> int:
    """Return how many test examples a seed has."""
    known = describe(data)
    return data.test or known.test or known.train - data.train - data.validation


def check(study: Study) -> None:
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
            own = "" if known.test is not None else " and test"
            raise StudyError(
                f"data: Expected at most {known.train} training, validation{own} examples in all. "
                f"Received: {asked}. {data.name!r} has no more."
            )
    elif data.test is None:
        raise StudyError(f"data.test: Expected a number; {data.name!r} is generated. Received: nothing.")
    if known.test is not None and data.test is not None and data.test > known.test:
        raise StudyError(
            f"data.test: Expected at most {known.test} test examples. Received: {data.test}."
        )
    strength = experiment.strengths.augmentation
    spatial = [name for name in ("rotation", "zoom", "flip") if getattr(strength, name)]
    if len(known.sample) == 1 and spatial:
        raise StudyError(
            f"strengths.augmentation: Expected translation and noise only, as {data.name!r} holds "
            f"signals. Received: {', '.join(spatial)}."
        )
    if len(known.sample) == 1 and experiment.model.name == "cnn":
        raise StudyError(
            f"model: Expected an architecture for signals of shape {known.sample}, such as 'mlp'. "
            "Received: 'cnn', which needs images (height, width, channels)."
        )


def split(data: Data, seed: int) -> Split:
    """Draw one seed's training, validation and test examples, and spoil labels where that is asked for.

    Training and validation examples are drawn from the data set's training part; test examples
    from its test part, or, where it has none, from what training and validation left over.

    Args:
        data: which data and how many.
        seed: the block's seed; equal seeds draw equal examples in every arm.

    Returns:
        The examples, no two of which stand at one place of the source.

    Raises:
        StudyError: if the data set cannot be had, naming the ways to get it.
    """
    drawn = _draw(data, seed)
    if not data.label_noise:
        return drawn
    spoilt = {
        f"y_{part}": noisy(getattr(drawn, f"y_{part}"), data.label_noise, drawn.classes, derive(seed, "label noise", part))
        for part in ("train", "validation")
    }
    return replace(drawn, **spoilt)


def noisy(labels: np.ndarray, share: float, classes: int, seed: int) -> np.ndarray:
    """Replace a share of labels by wrong ones, all wrong classes alike likely.

    Args:
        labels: int32, shape (examples,).
        share: fraction of the labels to replace, rounded to whole examples.
        classes: number of classes.
        seed: of the draw. Under one seed the labels spoilt at a smaller share are spoilt in the same way
            at a larger one.

    Returns:
        int32, shape (examples,).
    """
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(labels))
    wrong = (labels + rng.integers(1, classes, len(labels))) % classes
    chosen = order[: round(share * len(labels))]
    spoilt = labels.copy()
    spoilt[chosen] = wrong[chosen]
    return spoilt


def _draw(data: Data, seed: int) -> Split:
    if data.name == "mnist1d":
        parts = signals.draw((data.train, data.validation, data.test), seed)
        return _split(10, *(array for part in parts for array in part))
    known = describe(data)
    x, y, x_test, y_test = known.read()
    order = np.random.default_rng(derive(seed, "data", data.name)).permutation(len(x))
    train, rest = order[: data.train], order[data.train :]
    validation, rest = rest[: data.validation], rest[data.validation :]
    if not len(x_test):
        x_test, y_test = x[rest], y[rest]
    picked = slice(None)
    if data.test is not None and data.test < len(x_test):
        # The same test examples for every seed: a fixed test part stays fixed.
        picked = np.random.default_rng(derive(0, "test", data.name)).permutation(len(x_test))[: data.test]
    return _split(
        known.classes, x[train], y[train], x[validation], y[validation], x_test[picked], y_test[picked]
    )


def _split(classes: int, *arrays: np.ndarray) -> Split:
    kinds = (np.float32, np.int32) * 3
    return Split(*(np.ascontiguousarray(a, kind) for a, kind in zip(arrays, kinds)), classes=classes)
