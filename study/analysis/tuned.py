"""The strengths and the learning rate that validation chooses among those that a study's tuning tried."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from study.analysis.lattice import on_validation
from study.design import sweeps
from study.design.architectures.tasks import Metric
from study.design.arms import Arm
from study.design.cells import Cell
from study.design.studyfile import Study
from study.design.tuning import Dial, dials, grid
from study.statistics.inference import t_interval
from study.store.lines import Record

EQUAL = 1e-9
"""Means that differ by less are equal: sums of the same numbers in another order."""


@dataclass(frozen=True)
class Choice:
    """The value that validation chooses for one dial in one experiment.

    Attributes:
        experiment: its name.
        dial: what was varied, over which values, for which arms.
        metric: what decides, judged on validation examples.
        mean, low, high: shape (arms, values), that metric: mean over seeds and 95 % t interval; NaN where a training
            diverged.
        seeds: number of seeds.
        value: the value with the best mean over seeds and arms; of equals the study's own, else the first.
        own: the study's own value.
    """

    experiment: str
    dial: Dial
    metric: Metric
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    seeds: int
    value: object
    own: object

    @property
    def judged(self) -> str:
        """What was judged on validation examples, with its unit: `validation accuracy (%)`."""
        return f"validation {self.metric.measure}" + (f" ({self.metric.unit})" if self.metric.unit else "")

    @property
    def reached(self) -> np.ndarray:
        """Shape (values,): what decides, the mean over the dial's arms."""
        return self.mean.mean(axis=0)

    @property
    def tried(self) -> list[tuple[Arm | None, np.ndarray]]:
        """Who it was tried with, and the means, shape (values,): each arm and, of two, None for the mean of both."""
        each: list[tuple[Arm | None, np.ndarray]] = list(zip(self.dial.arms, self.mean))
        return each if len(each) == 1 else [*each, (None, self.reached)]

    @property
    def at_the_end(self) -> bool:
        """Whether the chosen value is the least or the greatest that was tried: a better one may lie beyond."""
        values = self.dial.values
        if all(isinstance(value, int | float) for value in values):
            return self.value in (min(values), max(values))
        return False

    def best_of(self, arm: int) -> object:
        """Return the value that the dial's arm of that place would have chosen by itself: of equals the one chosen."""
        return _best(self.metric.better * self.mean[arm], self.dial.values, self.value)


def choices(study: Study, done: dict[Cell, Record]) -> list[Choice]:
    """Return what validation chooses, by experiment and dial, wherever every cell is done.

    Args:
        study: the study.
        done: records of today's settings by cell.
    """
    shown = study.task.metric
    trained = {
        place: shown.scale * np.array([_judged(done[cell], shown) for cell in found])
        for place, found in grid(study).items()
        if all(cell in done for cell in found)
    }
    found = []
    for name, experiment in study.experiments.items():
        for dial in dials(study, name):
            if not all((name, dial.name, value) in trained for value in dial.values):
                continue
            by_value = np.stack([trained[name, dial.name, value] for value in dial.values], axis=1)
            by_arm = by_value.reshape(len(dial.arms), -1, len(dial.values))
            mean, low, high = np.stack([t_interval(one) for one in by_arm], axis=1)
            if np.isnan(mean.mean(axis=0)).all():
                continue
            own = sweeps.value_of(experiment, dial.setting)
            best = _best(shown.better * mean.mean(axis=0), dial.values, own)
            found.append(Choice(name, dial, shown, mean, low, high, len(study.tuning.seeds), best, own))
    return found


def _best(good: np.ndarray, values: tuple, first: object) -> object:
    """Return the value that is best, of equals the one to be `first` if it is among them."""
    equals = [value for value, one in zip(values, good) if one > np.nanmax(good) - EQUAL]
    return first if first in equals else equals[0]


def _judged(record: Record, metric: Metric) -> float:
    return record["metrics"][on_validation(metric.name)] if record["status"] == "ok" else np.nan
