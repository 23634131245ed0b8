"""Data sets by name, and what is known of each before it is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

import numpy as np

from study.data import downloads, npz
from study.design.settings import Data
from study.errors import unknown


@dataclass(frozen=True)
class Dataset:
    """What is known of a built-in data set before it is read.

    Attributes:
        sample: shape of one example.
        train: examples to draw training and validation from; None if they are generated.
        test: examples of the data set's own test part; None if there is none, and the test
            examples are drawn, without overlap, from the same pool.
        classes: number of classes, labels or values.
        source: citation key.
        about: a Markdown sentence on what an example is.
        read: returns x_train, y_train, x_test, y_test with as many examples, and weights if it has them: see
            `npz.read`.
        doubts: what is strange in it, a sentence each.
        task: what its labels are for: one of `tasks.TASKS`.
    """

    sample: tuple[int, ...]
    train: int | None
    test: int | None
    classes: int
    source: str
    about: str
    read: Callable[[], tuple[np.ndarray, ...]] | None = None
    doubts: tuple[str, ...] = ()
    task: str = "classification"


DATASETS: dict[str, Dataset] = {
    "mnist1d": Dataset(
        (40,),
        None,
        None,
        10,
        "greydanus2024scaling",
        "A signal of 40 samples: one of ten templates, shifted, stretched, sheared and with "
        "correlated noise, generated anew for every seed.",
    ),
    "digits": Dataset(
        (8, 8, 1),
        1797,
        None,
        10,
        "alpaydin1998digits",
        "A scan of a handwritten digit, 8 × 8 pixels.",
        downloads.digits,
    ),
    "fashion_mnist": Dataset(
        (28, 28, 1),
        60_000,
        10_000,
        10,
        "xiao2017fashion",
        "A grey photograph of a piece of clothing, 28 × 28 pixels.",
        downloads.fashion_mnist,
    ),
    "mnist": Dataset(
        (28, 28, 1),
        60_000,
        10_000,
        10,
        "lecun1998gradient",
        "A scan of a handwritten digit, 28 × 28 pixels.",
        downloads.mnist,
    ),
    "cifar10": Dataset(
        (32, 32, 3),
        50_000,
        10_000,
        10,
        "krizhevsky2009learning",
        "A colour photograph of one of ten things, 32 × 32 pixels.",
        downloads.cifar10,
    ),
}


def describe(data: Data) -> Dataset:
    """Return what is known of an experiment's data set before any training.

    Raises:
        StudyError: if the name is unknown, or an .npz file is not what it must be.
    """
    if data.file:
        return _own(data.file, data.name, data.digest)
    if data.name not in DATASETS:
        raise unknown("data set", data.name, [*DATASETS, "FILE.npz"])
    return DATASETS[data.name]


@lru_cache(maxsize=32)
def _own(file: Path, name: str, digest: str | None) -> Dataset:
    """Return what is known of a user's own arrays: read once, as every point of every sweep asks, and not kept."""
    arrays = npz.read(file, name)
    return Dataset(
        arrays[0].shape[1:],
        len(arrays[0]),
        len(arrays[2]),
        npz.number_of(arrays[1]),
        "",
        f"An example of `{file.name}`.",
        partial(npz.read, file, name),
        npz.doubts(arrays),
        npz.task_of(arrays[1]),
    )


def pool(data: Data) -> int | None:
    """Return how many examples all seeds split among themselves, training, validation and test; None where test
    examples are a part of their own, or each seed's are new."""
    known = describe(data)
    return None if known.test else known.train


def test_examples(data: Data) -> int:
    """Return how many test examples a seed has."""
    known = describe(data)
    return data.test or known.test or known.train - data.train - data.validation
