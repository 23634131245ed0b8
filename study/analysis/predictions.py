"""What cells say of every test example, where their experiment stores it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from study.errors import StudyError
from study.store.lines import Record
from study.store.predictions import unpack


@dataclass(frozen=True)
class Predictions:
    """What an experiment's cells say of their test examples.

    Attributes:
        arms: names of the arms, in the study's order.
        seeds: the seeds, ascending.
        labels: shape (seeds, examples), the true classes, from 0; under another seed they may be other examples. None
            where the data set cannot be had.
        classes: shape (arms, seeds, examples), the predicted ones; −1 where a cell is not there, or not stored so.
        probability: shape (arms, seeds, examples), that of the true class, to 1/255; NaN where `classes` is −1.
    """

    arms: tuple[str, ...]
    seeds: tuple[int, ...]
    labels: np.ndarray | None
    classes: np.ndarray
    probability: np.ndarray

    def by_class(self) -> np.ndarray:
        """Return the accuracy on the examples of each class, shape (arms, seeds, classes).

        NaN where a cell is not there, or its seed has no test example of the class; classes end with the largest label.

        Raises:
            StudyError: if the data set cannot be had.
        """
        if self.labels is None:
            raise StudyError(
                "Expected the data set, for the true classes. Received: none that can be had; see `study doctor`."
            )
        of = (self.labels[..., None] == np.arange(self.labels.max() + 1)).astype(float)
        right = np.einsum("ase,sec->asc", self.classes == self.labels, of)
        stored = np.all(self.classes >= 0, axis=2, keepdims=True)
        with np.errstate(invalid="ignore"):
            return np.where(stored, right / of.sum(axis=1), np.nan)


def predictions(
    records: Iterable[Record], arms: Sequence[str], seeds: Sequence[int], labels_of: Callable[[int], np.ndarray]
) -> Predictions:
    """Return an experiment's predictions.

    Args:
        records: the experiment's.
        arms, seeds: which cells, in this order.
        labels_of: returns the test examples' true classes under a seed.

    Raises:
        StudyError: if no record holds any.
    """
    told = {(each["arm"], each["seed"]): unpack(each["predictions"]) for each in records if "predictions" in each}
    if not told:
        raise StudyError(
            "Expected cells that hold their predictions. Received: none; write `predictions = true` into the "
            "experiment and train it, again with --force."
        )
    try:
        labels = np.stack([labels_of(seed) for seed in seeds])
    except StudyError:  # stored results do without the data set
        labels = None
    classes = np.full((len(arms), len(seeds), len(next(iter(told.values()))[0])), -1)
    probability = np.full(classes.shape, np.nan)
    for i, arm in enumerate(arms):
        for j, seed in enumerate(seeds):
            if (arm, seed) in told:
                classes[i, j], probability[i, j] = told[arm, seed]
    return Predictions(tuple(arms), tuple(seeds), labels, classes, probability)
