"""The strengths that validation chooses among those that a study's tuning tried."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from study.analysis.lattice import on_validation
from study.design import sweeps
from study.design.architectures.tasks import Metric
from study.design.cells import Cell
from study.design.factors import Factor
from study.design.studyfile import Study
from study.design.tuning import dial, grid, tuned
from study.statistics.inference import t_interval
from study.store.lines import Record

EQUAL = 1e-9
"""Means that differ by less are equal: sums of the same numbers in another order."""


@dataclass(frozen=True)
class Choice:
    """The strength that validation chooses for one factor alone in one experiment.

    Attributes:
        experiment: its name.
        factor: the factor.
        values: the values tried, in the study's order.
        metric: what decides, judged on validation examples.
        mean, low, high: shape (values,), that metric: mean over seeds and 95 % t interval; NaN where a training
            diverged.
        seeds: number of seeds.
        value: the value with the best mean; of equals the study's own, else the first.
        own: the study's own strength.
    """

    experiment: str
    factor: Factor
    metric: Metric
    values: tuple
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
    def at_the_end(self) -> bool:
        """Whether the chosen value is the least or the greatest that was tried: a better one may lie beyond."""
        if all(isinstance(value, int | float) for value in self.values):
            return self.value in (min(self.values), max(self.values))
        return False


def choices(study: Study, done: dict[Cell, Record]) -> list[Choice]:
    """Return what validation chooses, by experiment and factor, wherever every cell is done.

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
        for factor in tuned(study):
            values = study.tuning.values[factor.name]
            if not all((name, factor.name, value) in trained for value in values):
                continue
            mean, low, high = t_interval(np.stack([trained[name, factor.name, value] for value in values], axis=1))
            if np.isnan(mean).all():
                continue
            own = sweeps.value_of(experiment, dial(factor))
            good = shown.better * mean
            equals = [value for value, one in zip(values, good) if one > np.nanmax(good) - EQUAL]
            best = own if own in equals else equals[0]
            found.append(Choice(name, factor, shown, values, mean, low, high, len(study.tuning.seeds), best, own))
    return found


def _judged(record: Record, metric: Metric) -> float:
    return record["metrics"][on_validation(metric.name)] if record["status"] == "ok" else np.nan
