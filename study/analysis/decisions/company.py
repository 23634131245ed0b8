"""What factors are worth in some of the arms only: where others are on, or off."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from study.analysis.lattice import Lattice
from study.design.arms import Arm
from study.design.factors import EARLY_STOPPING
from study.statistics.estimands import contrast
from study.statistics.interval import Interval

MOST = 3
"""Factors that may be on or off together: a fraction of resolution V holds all combinations of these and any fourth."""


def beside(found: Lattice, on: Collection[str], off: Collection[str] = ()) -> Lattice:
    """Return a lattice of the arms that have all factors of `on` and none of `off`."""
    return found.among([arm for arm in found.arms if {*on} <= {*arm.factors} and not {*off} & {*arm.factors}])


def worth(found: Lattice, factor: str) -> np.ndarray:
    """Return the mean over the arms with a factor minus that over those without, shape (seeds,), in the metric's unit;
    there are as many of both."""
    return contrast(found.values, (factor,), found.factors.names)


def effects(found: Lattice, on: Sequence[str], band: float) -> pd.DataFrame:
    """Return what each other factor is worth beside some, without early stopping and with it.

    Args:
        found: the lattice, or a fraction of one.
        on: the factors beside which the others are judged.
        band: equivalence half-width in percentage points.

    Returns:
        Columns `stops`, 0 without early stopping, 1 with it, only 0 where it is no factor or one of `on`; and of those
        of `effects.effects` `estimate`, `ci_low`, `ci_high`, `joint_low`, `joint_high`, `n_seeds`, `band`, `verdict`
        and `metric`. A row a factor, indexed by term; those of either kind are a family.
    """
    names = found.factors.names
    split = EARLY_STOPPING in names and EARLY_STOPPING not in on
    others = [name for name in names if name not in on and not (split and name == EARLY_STOPPING)]
    rows = []
    for stops in (0, 1) if split else (0,):
        kept = beside(found, [*on, *[EARLY_STOPPING] * stops], [EARLY_STOPPING] if split and not stops else ())
        values = np.stack([worth(kept, name) for name in others], axis=1)
        for name, each in zip(others, Interval.family(values, **found.metric.judged(band))):
            ends = each.low, each.high, *each.bounds
            rows.append((name, stops, each.mean, *ends, each.seeds, each.band, each.verdict, found.metric.name))
    columns = "term stops estimate ci_low ci_high joint_low joint_high n_seeds band verdict metric".split()
    return pd.DataFrame(rows, columns=columns).set_index("term")


@dataclass(frozen=True)
class Start:
    """The early-stopping cells that were taken from their first epoch.

    Attributes:
        cells, of: how many they are, and how many cells stop early.
        arms: theirs.
        common: the factors that all of these have, in canonical order.
        worth: what each of `common` is worth where all the others of them are on, and where one is missing; empty where
            they are not two or three.
    """

    cells: int
    of: int
    arms: tuple[Arm, ...]
    common: tuple[str, ...]
    worth: dict[str, tuple[Interval, Interval]]


def start(found: Lattice, runs: pd.DataFrame) -> Start | None:
    """Return which cells early stopping took from their first epoch; None where none is.

    Args:
        found: the experiment's lattice, of the metric that decides.
        runs: as `frames.runs_frame` returns it.
    """
    own = runs[(runs["experiment"] == found.experiment) & runs["seed"].isin(found.seeds)]
    stopped = own[own["arm"].isin([arm.name for arm in found.arms if EARLY_STOPPING in arm.factors])]
    first = stopped[stopped["best_epoch"] == 1]
    if first.empty:
        return None
    arms = tuple(arm for arm in found.arms if arm.name in set(first["arm"]))
    common = tuple(name for name in found.factors.names if all(name in arm.factors for arm in arms))
    effect: dict[str, tuple[Interval, Interval]] = {}
    for name in common if 2 <= len(common) <= MOST else ():
        there = beside(found, [other for other in common if other != name])
        elsewhere = found.among(set(found.arms) - set(there.arms))
        beside_all, beside_fewer = (
            Interval.over(worth(part, name), found.metric.effect_unit, found.metric.better)
            for part in (there, elsewhere)
        )
        effect[name] = beside_all, beside_fewer
    return Start(len(first), len(stopped), arms, common, effect)
