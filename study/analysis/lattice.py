"""One metric on an experiment's complete seeds: arms, their means and their differences."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from study.design.architectures.tasks import METRICS, Metric, estimated, followed, tested
from study.design.arms import Arm
from study.design.factors import READ_OUT, Factors
from study.errors import StudyError, unknown
from study.statistics.inference import t_interval
from study.statistics.interval import Interval
from study.statistics.placebo import Placebo, placebo
from study.statistics.variance import variance_shares


def metric(name: str) -> Metric:
    """Return the metric of that name; `StudyError` lists the names if there is none."""
    if name not in METRICS:
        raise unknown("metric", name, METRICS)
    return METRICS[name]


@dataclass(frozen=True)
class Lattice:
    """One metric of one experiment on its complete seeds.

    Attributes:
        experiment: its name.
        metric: what the values are.
        seeds: shape (n,), the complete seeds.
        values: shape (n, 2, …, 2), of the five (n, 2, 2, 2, 2, 2), in the metric's unit; axis k + 1 is
            factor k, off then on. NaN where an arm was not run.
        arms: the arms that were run.
    """

    experiment: str
    metric: Metric
    seeds: np.ndarray
    values: np.ndarray
    arms: tuple[Arm, ...]

    @property
    def factors(self) -> Factors:
        """The factors of the axes."""
        return self.arms[0].known

    @property
    def whole(self) -> bool:
        """Whether all arms were run, and not a fraction of them."""
        return len(self.arms) == 2 ** len(self.factors)

    def arm(self, arm: Arm) -> np.ndarray:
        """Return one arm's values, shape (n,)."""
        return self.values[self._at(arm)]

    @staticmethod
    def _at(arm: Arm) -> tuple:
        """Return the index of one arm's values."""
        return (slice(None), *arm.switches.values())

    def among(self, arms: Collection[Arm]) -> Lattice:
        """Return the lattice of which some arms are left: the values of the others are NaN."""
        kept, values = tuple(arm for arm in self.arms if arm in arms), np.full_like(self.values, np.nan)
        for arm in kept:
            values[self._at(arm)] = self.arm(arm)
        return replace(self, values=values, arms=kept)

    def placebo(self, **chosen) -> Placebo | None:
        """Return the noise floor of a main effect: see `placebo.placebo`, which `chosen` are options of."""
        shared = tuple(at for at, name in enumerate(self.factors.names) if name in READ_OUT)
        return placebo(self.values, shared, **chosen)

    def variance_shares(self) -> pd.DataFrame:
        """Return how the variance between arms splits by order of effect, a row an order: see `variance`."""
        shares = variance_shares(self.values, self.factors.names)
        return pd.DataFrame(shares, index=pd.RangeIndex(1, len(self.factors) + 1, name="order"))


def on_validation(name: str) -> str:
    """Return the column of a test metric's like on validation examples."""
    return f"val_{name.removeprefix('test_')}"


def deciding(runs: pd.DataFrame) -> str:
    """Return the metric that decides: the first that a table of cells or read-outs has of test examples."""
    return tested(runs.columns)[0]


def by_arm(runs: pd.DataFrame, experiment: str, arms: tuple[Arm, ...], name: str) -> pd.DataFrame:
    """Return one metric of an experiment's cells, in its unit: a row a seed, a column an arm.

    Only an `ok` cell has a value. One that diverged has none of any metric, its epochs too, for they are not those
    of a whole training; its seed is as incomplete as one whose cell was not trained.
    """
    if name not in estimated(runs.columns):
        raise unknown("metric of this study", name, estimated(runs.columns))
    shown = metric(name)
    found = runs[(runs["experiment"] == experiment) & (runs["status"] == "ok")]
    values = _gap(found) if name == "gap" else found[name]
    table = found.assign(value=values.astype(float) * shown.scale).pivot(index="seed", columns="arm", values="value")
    return table.reindex(columns=[arm.name for arm in arms])


def _gap(runs: pd.DataFrame) -> pd.Series:
    """Return what the training examples are judged better by than those of the test: accuracy, or R²."""
    measure = followed(runs.columns)
    return runs[f"train_{measure}"] - runs[f"test_{measure}"]


def fullest(table: pd.DataFrame) -> int:
    """Return how many arms the fullest seed of a table has, as `by_arm` returns it."""
    return int(table.notna().sum(axis=1).max()) if len(table) else 0


def lattice(runs: pd.DataFrame, experiment: str, arms: tuple[Arm, ...], name: str | None = None) -> Lattice:
    """Gather the complete seeds of an experiment: those whose every cell is `ok`.

    Args:
        runs: as `frames.runs_frame` returns them.
        experiment: its name.
        arms: the study's arms: see `arms.arms_of`.
        name: the metric; by default the one that decides.

    Raises:
        StudyError: if no seed has all arms.
    """
    name = name or deciding(runs)
    table = by_arm(runs, experiment, arms, name)
    complete = table.notna().all(axis=1)
    if not complete.any():
        raise StudyError(
            f"Expected at least one seed of {experiment!r} with all {len(arms)} arms trained. "
            f"Received: none; the fullest seed has {fullest(table)}. Train the rest with `study run`."
        )
    kept = table[complete]
    shape = np.full((len(kept), *(2,) * len(arms[0].known)), np.nan)
    for arm in arms:
        shape[Lattice._at(arm)] = kept[arm.name]
    return Lattice(experiment, metric(name), kept.index.to_numpy(), shape, arms)


@dataclass(frozen=True)
class ArmEstimates:
    """Every arm's mean over seeds.

    Attributes:
        experiment, metric: what was measured.
        arms: the arms that were run, 32 of the five, in the order of the arrays' last axis.
        values: shape (n, arms), in the metric's unit.
        mean, low, high: shape (arms,), mean and 95 % t interval over the n seeds.
    """

    experiment: str
    metric: Metric
    arms: tuple[Arm, ...]
    values: np.ndarray
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @property
    def factors(self) -> Factors:
        """The factors that the arms combine."""
        return self.arms[0].known

    def at(self, arm: Arm) -> int:
        """Return an arm's index."""
        return self.arms.index(arm)

    def interval(self, at: int) -> Interval:
        """Return one arm's mean and interval, by its index."""
        mean, low, high = (float(every[at]) for every in (self.mean, self.low, self.high))
        return Interval(mean, low, high, len(self.values), self.metric.unit, self.metric.better)


def arm_estimates(found: Lattice) -> ArmEstimates:
    """Summarize every arm of a lattice."""
    values = np.stack([found.arm(arm) for arm in found.arms], axis=1)
    return ArmEstimates(found.experiment, found.metric, found.arms, values, *t_interval(values))


def differences(found: Lattice, pairs: Sequence[tuple[Arm, Arm]], band: float | None) -> list[Interval]:
    """Return, for each pair, the first arm minus the second, paired by seed, in the effect unit; the pairs are one
    family."""
    if not pairs:
        return []
    values = np.stack([found.arm(arm) - found.arm(against) for arm, against in pairs], axis=1)
    return Interval.family(values, **found.metric.judged(band))


def steps(found: Lattice) -> list[tuple[Arm, Arm, Interval]]:
    """Return every pair of arms one switch apart: the arm without, the arm with, their difference, without a band; all
    of them are one family."""
    every = [(arm, Arm.of({*arm.factors, name}, found.factors)) for arm in found.arms for name in found.factors.names]
    pairs = [(upper, arm) for arm, upper in every if upper != arm and upper in found.arms]
    return [(arm, upper, each) for (upper, arm), each in zip(pairs, differences(found, pairs, None))]


def best_arm(runs: pd.DataFrame, experiment: str, arms: tuple[Arm, ...]) -> Arm:
    """Return the arm with the best mean over the complete seeds of the metric that decides, on validation examples.

    It is chosen on validation examples and judged on test examples; the best of many noisy means is
    still flattered on the data that chose it (the winner's curse), so quote it on test examples only.
    """
    means = validation_means(runs, experiment, arms)
    better = metric(deciding(runs)).better
    return max(arms, key=lambda arm: better * means[arm.name])


def validation_means(runs: pd.DataFrame, experiment: str, arms: tuple[Arm, ...], name: str | None = None) -> pd.Series:
    """Return each arm's mean over the complete seeds of a metric, by default the one that decides, on validation
    examples and as it is stored, by the arm's name."""
    seeds = lattice(runs, experiment, arms).seeds
    kept = runs[(runs["experiment"] == experiment) & runs["seed"].isin(seeds)]
    return kept.groupby("arm")[on_validation(name or deciding(runs))].mean()


def against_ends(found: Lattice, arm: Arm, band: float) -> dict[str, Interval]:
    """Return the arm minus `none` and minus `all`, by the end; without itself and what was not run."""
    others = {label: end for label, end in ends(found).items() if end != arm}
    return dict(zip(others, differences(found, [(arm, end) for end in others.values()], band)))


def ends(found: Lattice) -> dict[str, Arm]:
    """Return the two ends of a lattice by their names for readers, or the one that a fraction holds."""
    known = found.factors
    both = {"none": Arm((), known), f"all {known.number}": Arm(known.names, known)}
    return {label: end for label, end in both.items() if end in found.arms}


def switches(found: Lattice, arm: Arm, band: float) -> dict[tuple[str, bool], Interval]:
    """Return, by factor and whether it is added, the arm with that switch flipped minus the arm,
    where a fraction holds that arm."""
    flipped = {
        (name, name not in arm): Arm.of(set(arm.factors) ^ {name}, found.factors) for name in found.factors.names
    }
    kept = {change: other for change, other in flipped.items() if other in found.arms}
    return dict(zip(kept, differences(found, [(other, arm) for other in kept.values()], band)))


def alike(found: Lattice, arm: Arm, band: float) -> list[Arm]:
    """Return the arms that are neither clearly better nor clearly worse than one; the differences are one family."""
    others = [other for other in found.arms if other != arm]
    compared = differences(found, [(other, arm) for other in others], band)
    return [other for other, each in zip(others, compared) if not each.sign]


def ranked(found: Lattice) -> list[Arm]:
    """Return the arms from the best mean to the worst; of equal ones the first first."""
    better = found.metric.better or 1
    return sorted(found.arms, key=lambda arm: -better * float(found.arm(arm).mean()))


def trajectories_beside(arm: Arm) -> tuple[Arm, ...]:
    """Return the trajectories to show beside an arm: none, its own, all; each once."""
    known = arm.known
    everything = Arm(known.names, known).trajectory
    return tuple(dict.fromkeys((Arm((), known), arm.trajectory, everything)))
