"""The cells of the grid: a factor's main effect on a data set, its verdict, and what company does to it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from study.analysis.experiment import ExperimentResults
from study.analysis.lattice import ArmEstimates
from study.analysis.results import Results
from study.design.architectures.tasks import Metric
from study.design.arms import Arm
from study.design.factors import Factor
from study.exhibits.wording import DEPENDING, SILENT, SMALL, kind_of
from study.statistics.estimands import beside
from study.statistics.interval import DEPENDS, HELPS, HURTS, UNDECIDED, Interval

KINDS = (HELPS, HURTS, DEPENDING, SMALL, UNDECIDED, SILENT)
"""Kinds of verdicts, as `wording.kind_of` gathers them."""


@dataclass(frozen=True)
class Cell:
    """One factor on one data set, by one metric.

    Attributes:
        factor: the factor.
        found: the data set's results.
        metric: the metric.
        effect: its main effect.
        verdict: in the words of the table of effects, or that early stopping never fired.
        kind: one of `KINDS`.
        partner: the factor on which it depends; None if it depends on none.
        sides: its effects without and with the partner; empty without one.
        contexts: a row for each combination of the other factors of which both arms were run: whether the partner is
            on, and how much better the mean becomes, in the effect's unit.
    """

    factor: Factor
    found: ExperimentResults
    metric: Metric
    effect: Interval
    verdict: str
    kind: str
    partner: Factor | None
    sides: tuple[Interval, ...]
    contexts: np.ndarray

    @property
    def better(self) -> int:
        """In how many combinations of the others it makes the mean better."""
        return int((self.contexts[:, 1] > 0).sum())

    @property
    def gain(self) -> float:
        """How much better it makes the metric on average."""
        return self.effect.mean * self.metric.better


def cells(results: Results, metric: Metric | None = None) -> dict[str, dict[str, Cell]]:
    """Return the cells of the grid by factor, then by experiment, for the experiments that have a complete seed; by
    default of the metric that decides."""
    shown = metric or results.metric
    by_experiment = {name: _column(results.experiment(name), shown) for name in results.experiments}
    return {
        factor.name: {name: column[factor.name] for name, column in by_experiment.items()}
        for factor in results.study.factors
    }


def every(results: Results) -> dict[str, dict[str, dict[str, Cell]]]:
    """Return the cells of every metric of the grid, by its name."""
    return {metric.name: cells(results, metric) for metric in results.metrics}


def _column(found: ExperimentResults, metric: Metric) -> dict[str, Cell]:
    main = found.effects("main", metric.name)
    conditional = found.effects("conditional", metric.name)
    arms = found.arms(metric.name)
    column = {}
    for factor in found.factors:
        verdict = main.loc[factor.name, "verdict"]
        partner = next((other for other in found.factors if verdict.startswith(f"{DEPENDS} {other.label}:")), None)
        sides = [conditional.loc[beside(factor.name, partner.name, on)] for on in (0, 1)] if partner else []
        column[factor.name] = Cell(
            factor,
            found,
            metric,
            Interval.of(main.loc[factor.name], metric.effect_unit),
            verdict,
            kind_of(verdict),
            partner,
            tuple(Interval.of(side, metric.effect_unit) for side in sides),
            _contexts(arms, factor.name, partner.name if partner else ""),
        )
    return column


def _contexts(arms: ArmEstimates, factor: str, partner: str) -> np.ndarray:
    """Return `Cell.contexts`, shape (pairs of arms, 2)."""
    means = dict(zip(arms.arms, arms.mean))
    pairs = [(arm, Arm.of({*arm.factors, factor}, arms.factors)) for arm in arms.arms if factor not in arm]
    rows = [
        (float(partner in arm), arms.metric.better * (means[upper] - means[arm]))
        for arm, upper in pairs
        if upper in means
    ]
    return np.array(rows).reshape(-1, 2)


def sign(cell: Cell) -> int:
    """Return 1 for a cell that helps, −1 for one that hurts, 0 for every other."""
    return {HELPS: 1, HURTS: -1}.get(cell.kind, 0)
