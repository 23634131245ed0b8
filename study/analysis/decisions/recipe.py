"""Which arm to use: the simplest that keeps what clearly helps and is not clearly worse than the best."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from study.analysis.effects import of_kind
from study.analysis.lattice import differences, lattice, on_validation, validation_means
from study.design.architectures.tasks import METRICS, Metric, tested
from study.design.arms import Arm
from study.statistics.interval import HELPS, Interval, sign_of

NOTABLE = 0.1
"""Share of what a metric has reached below which more of it is not worth another arm."""


@dataclass(frozen=True)
class Recipe:
    """The arm to use in one experiment.

    Attributes:
        arm: of the arms that hold whatever of `best` has a clear main effect that helps and are not clearly worse than
            `best` on test examples, the one with the fewest factors; of several the one with the best mean on
            validation examples.
        best: the arm with the best mean on validation examples, of the metric that decides.
        reached: that metric of the arm on test examples.
        gain: that of `best` − that of the arm on test examples, paired by seed, simultaneous over all arms that `best`
            is held against; None where they are the same.
        level: the arms that are not clearly worse than `best`, itself among them.
    """

    arm: Arm
    best: Arm
    reached: Interval
    gain: Interval | None
    level: tuple[Arm, ...]


def recipe(
    runs: pd.DataFrame, main: pd.DataFrame, experiment: str, arms: tuple[Arm, ...], band: float
) -> Recipe | None:
    """Return the simplest arm that keeps what clearly helps and is not clearly worse than the best; None with too few
    seeds for a verdict.

    The best arm is chosen on validation examples and judged on test examples of the same trainings. *Clearly worse* is
    the rule of all verdicts: the simultaneous interval of the difference excludes zero and does not lie in the band.
    One difference between two arms varies far more than a main effect, which averages over many: that an arm is not
    clearly worse is no reason to leave out what clearly helps.

    Args:
        runs: as `frames.runs_frame` returns it.
        main: the experiment's main effects on the metric that decides, by term.
        experiment: its name.
        arms: the study's arms.
        band: equivalence half-width in percentage points.

    Raises:
        StudyError: if no seed has all arms.
    """
    found, means = lattice(runs, experiment, arms), validation_means(runs, experiment, arms)
    means *= found.metric.better
    best = max(arms, key=lambda arm: means[arm.name])
    others = [arm for arm in arms if arm != best]
    gains = dict(zip(others, differences(found, [(best, arm) for arm in others], band)))
    if not next(iter(gains.values())).enough:
        return None
    kept = {name for name in best.factors if sign_of(main.loc[name, "verdict"]) > 0}
    level = (best, *(arm for arm, gain in gains.items() if gain.verdict != HELPS))
    arm = min((each for each in level if kept <= set(each.factors)), key=lambda a: (len(a.factors), -means[a.name]))
    return Recipe(arm, best, Interval.over(found.arm(arm), found.metric.unit), gains.get(arm), level)


@dataclass(frozen=True)
class Other:
    """An arm not clearly worse than the best, and notably better than a recipe's on another metric.

    Attributes:
        arm: of the recipe's `level` the one with the best mean on validation examples of the first metric beside the
            deciding one that they are judged by: of classifiers likelihood.
        metric: that metric.
        reached: by name, every metric but the deciding one of the arm, of the recipe's arm, and their difference, of
            which each is a family of its own.
        costs: the metric that decides of the arm minus that of the recipe's, as `gain` where the arm is `best`.
        decides: that metric.
    """

    arm: Arm
    metric: Metric
    reached: dict[str, tuple[Interval, Interval, Interval]]
    costs: Interval
    decides: Metric


def other(runs: pd.DataFrame, found: Recipe, experiment: str, arms: tuple[Arm, ...], band: float) -> Other | None:
    """Return the arm that serves another metric, and keeps up by the one that decides; None where the recipe's arm
    does, or is not notably worse by that metric: not clearly, or by less than `NOTABLE` of what it reaches. Arguments
    as for `recipe`, which `found` is of."""
    decides, *others = (METRICS[name] for name in tested(runs.columns))
    metric = next((each for each in others if on_validation(each.name) in runs.columns and each.better), None)
    if metric is None:
        return None
    means = metric.better * validation_means(runs, experiment, arms, metric.name)
    arm = max(found.level, key=lambda each: means[each.name])
    if arm == found.arm:
        return None
    reached: dict[str, tuple[Interval, Interval, Interval]] = {}
    for each in others:
        of = lattice(runs, experiment, arms, each.name)
        there, here = (Interval.over(of.arm(one), each.unit) for one in (arm, found.arm))
        reached[each.name] = there, here, differences(of, [(arm, found.arm)], band)[0]
    there, here, gain = reached[metric.name]
    if gain.verdict != HELPS or abs(there.mean - here.mean) < NOTABLE * abs(here.mean):
        return None
    if arm == found.best and found.gain:
        return Other(arm, metric, reached, found.gain, decides)
    costs = differences(lattice(runs, experiment, arms), [(arm, found.arm)], band)[0]
    return Other(arm, metric, reached, costs, decides)


def hidden(effects: pd.DataFrame) -> list[tuple[str, str, Interval, int, int]]:
    """Return what the verdicts on the metric that decides hide: clear main effects on the others that it does not have,
    or has the other way round; of a classifier on likelihood and calibration beside accuracy.

    Args:
        effects: rows of `effects.csv` of one experiment.

    Returns:
        Factor, metric, effect, and the signs of the verdicts on the metric and on the deciding one (1 helps, −1 hurts,
        0 neither is clear); factors in canonical order.
    """
    tables = {name: of_kind(effects, "main", name) for name in tested(dict.fromkeys(effects["metric"]))}
    decides, *others = tables
    rows = [
        (term, name, Interval.of(row, METRICS[name].effect_unit), sign_of(row["verdict"]))
        for term in tables[decides].index
        for name in others
        for row in [tables[name].loc[term]]
    ]
    deciding = tables[decides]["verdict"].map(sign_of)
    return [(*row, int(deciding[row[0]])) for row in rows if row[3] not in (0, deciding[row[0]])]
