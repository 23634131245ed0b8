"""One sweep's estimates."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from study.analysis.sweeping import settling, sweep_effects
from study.analysis.sweeping.sweep_effects import Choice
from study.design import sweeps
from study.design.architectures.tasks import Metric
from study.design.arms import arms_of

if TYPE_CHECKING:
    from study.analysis.results import Results


class SweepResults:
    """One sweep's estimates.

    Attributes:
        sweep: what is varied.
        title: title of the experiment it is varied in.
        name: the sweep's name.
        table: one row a cell: see `sweep_effects.frame`.
    """

    def __init__(self, results: Results, name: str, done: dict) -> None:
        """`done`: the records of today's settings of the sweeps' cells, by cell."""
        self.results, self.name, self._done = results, name, done
        self.table = sweep_effects.frame(results.study, name, done)
        self.sweep = results.study.sweeps[name]
        self.title = results.study.experiment(self.sweep.experiment).title
        self.band = results.study.equivalence

    @property
    def whole(self) -> bool:
        """Whether the sweep is over all of a whole lattice's arms, so that effects can be computed at every value."""
        study = self.results.study
        return study.design == "full" and sweeps.arms(self.sweep, study) == arms_of(study)

    @property
    def ordered(self) -> bool:
        """Whether the values are numbers, so that there is a first one at which an effect vanishes."""
        return all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in self.sweep.values)

    @property
    def over_examples(self) -> bool:
        """Whether the sweep is over the number of training examples, with and without every regularizer."""
        return self.whole and self.sweep.setting == "data.train"

    @property
    def over_noise(self) -> bool:
        """Whether the sweep is over the share of wrong labels, in all arms."""
        return self.whole and self.sweep.setting == "data.label_noise"

    @cached_property
    def own(self):
        """The experiment's own value of the setting."""
        return sweeps.plain(sweeps.value_of(self.results.study.experiment(self.sweep.experiment), self.sweep.setting))

    @property
    def metric(self) -> Metric:
        """The metric that decides: see `Results.metric`."""
        return self.results.metric

    @property
    def banded(self) -> float | None:
        """The band where it holds for that metric; None where it does not."""
        return self.band if self.metric.banded else None

    def responses(self, metric: str | None = None) -> pd.DataFrame:
        """Return how a metric follows the setting: see `sweep_effects.responses`."""
        return sweep_effects.responses(self.table, metric)

    def choices(self) -> list[Choice]:
        """Return the values that validation chooses: see `sweep_effects.choices`."""
        return sweep_effects.choices(self.table, self.own)

    def effects(self, kind: str = "main") -> pd.DataFrame:
        """Return one kind of effect on the metric that decides at every value: see `sweep_effects.effects`."""
        return sweep_effects.effects(self.table, self.band, self.results.arms, kind)

    def interaction(self, term: str) -> pd.DataFrame:
        """Return one interaction on the metric that decides at every value: see `sweep_effects.effects`."""
        table = self.effects("interaction")
        return table[table["term"] == term].reset_index(drop=True)

    @cached_property
    def settling(self) -> list[settling.Settling]:
        """Return how trainings end at every value of a sweep over all arms: see `settling.settling`."""
        return settling.settling(self.results.study, self.name, self._done)

    def equivalence(self) -> pd.DataFrame:
        """Return what the best arm is worth in training examples: see `sweep_effects.equivalence`."""
        return sweep_effects.equivalence(self.table)
