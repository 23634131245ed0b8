"""The examples that a seed draws from a data set."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from study.data import mnist1d
from study.data.datasets import describe
from study.design.seeds import derive
from study.design.settings import Data
from study.errors import StudyError


@dataclass(frozen=True)
class Split:
    """One seed's examples.

    Attributes:
        x_train, x_validation, x_test: float32, shape (examples, *sample); sample is (steps,) for
            signals and (height, width, channels) for images, pixels in [0, 1]. From `draw`, pixels that
            the data set keeps as bytes are uint8, 0 … 255.
        y_train, y_validation, y_test: int32, shape (examples,), values 0 … classes − 1; of labels that may hold
            together int32, (examples, labels), 0 or 1; of values float32, (examples, values).
        classes: number of classes, labels or values.
        w_train: float32, shape (examples,), what a training example counts for in the loss; None where all count alike.
    """

    x_train: np.ndarray
    y_train: np.ndarray
    x_validation: np.ndarray
    y_validation: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    classes: int
    w_train: np.ndarray | None = None


def split(data: Data, seed: int) -> Split:
    """Draw one seed's examples as `draw` does, images as float32 pixels in [0, 1]."""
    drawn = draw(data, seed)
    parts = ("x_train", "x_validation", "x_test")
    return replace(drawn, **{name: scaled(getattr(drawn, name)) for name in parts})


def scaled(x: np.ndarray) -> np.ndarray:
    """Return bytes, 0 … 255, as float32 in [0, 1]; anything else as it is."""
    return x.astype(np.float32) / 255.0 if x.dtype == np.uint8 else x


def draw(data: Data, seed: int) -> Split:
    """Draw one seed's training, validation and test examples, and spoil labels where that is asked for.

    Training and validation examples are drawn from the data set's training part; test examples
    from its test part, or, where it has none, from what training and validation left over.

    Args:
        data: which data and how many.
        seed: the block's seed; equal seeds draw equal examples in every arm.

    Returns:
        The examples, no two of which stand at one place of the source; images as bytes where the data set has bytes.

    Raises:
        StudyError: if the data set cannot be had, naming the ways to get it.
    """
    drawn = _draw(data, seed)
    if data.label_noise:
        spoilt = {
            f"y_{part}": noisy(
                getattr(drawn, f"y_{part}"), data.label_noise, drawn.classes, derive(seed, "label noise", part)
            )
            for part in ("train", "validation")
        }
        drawn = replace(drawn, **spoilt)
    _check(data, drawn)
    if not data.class_weight:
        return drawn
    of_class = np.asarray(data.class_weight, np.float32)[drawn.y_train]
    return replace(drawn, w_train=of_class if drawn.w_train is None else drawn.w_train * of_class)


def _check(data: Data, drawn: Split) -> None:
    """Refuse targets that do not vary among the examples drawn: nothing of them can be explained."""
    for part in ("train", "validation", "test"):
        y = getattr(drawn, f"y_{part}")
        if np.issubdtype(y.dtype, np.floating) and not np.ptp(y, axis=0).any():
            raise StudyError(
                f"data.{part}: Expected examples of {data.name!r} whose targets differ. Received: {len(y)} alike; take "
                "more of them."
            )


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
        parts = mnist1d.draw((data.train, data.validation, data.test), seed)
        return _split(10, *(array for part in parts for array in part))
    known = describe(data)
    x, y, x_test, y_test, *weights = known.read()
    order = np.random.default_rng(derive(seed, "data", data.identity)).permutation(len(x))
    train, rest = order[: data.train], order[data.train :]
    validation, rest = rest[: data.validation], rest[data.validation :]
    if not len(x_test):
        x_test, y_test = x[rest], y[rest]
    picked = slice(None)
    if data.test is not None and data.test < len(x_test):
        # The same test examples for every seed: a fixed test part stays fixed.
        picked = np.random.default_rng(derive(0, "test", data.name)).permutation(len(x_test))[: data.test]
    if data.file:  # a user's bytes are numbers like any other, not pixels to scale
        x, x_test = np.asarray(x, np.float32), np.asarray(x_test, np.float32)
    drawn = _split(known.classes, x[train], y[train], x[validation], y[validation], x_test[picked], y_test[picked])
    return replace(drawn, w_train=weights[0][train].astype(np.float32)) if weights else drawn


def _split(classes: int, *arrays: np.ndarray) -> Split:
    x, y = arrays[:2]
    kinds = (
        np.uint8 if x.dtype == np.uint8 else np.float32,
        np.float32 if np.issubdtype(y.dtype, np.floating) else np.int32,
    ) * 3
    return Split(*(np.ascontiguousarray(a, kind) for a, kind in zip(arrays, kinds)), classes=classes)
