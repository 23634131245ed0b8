"""Every effect of a lattice, with intervals and verdicts."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from study.analysis.lattice import Lattice, by_arm, deciding, fullest, lattice
from study.design import schema
from study.design.architectures.tasks import estimated
from study.design.arms import Arm
from study.design.factors import Factors
from study.errors import StudyError, unknown
from study.statistics.estimands import KINDS, beside, estimate_all, estimate_fraction
from study.statistics.inference import holm, sign_flip
from study.statistics.interval import DEPENDS, Interval, number
from study.statistics.simultaneous import minimum_detectable

COLUMNS = tuple(schema.EFFECTS)
"""Columns of `effects`, in order."""
AVERAGES = ("main", "shapley")
"""Kinds of effect that average over company, whose verdict is *depends on …* where it turns an effect round."""
PARTS = {"estimate": "mean", "ci_low": "low", "ci_high": "high"}
"""Columns and the parts of an interval that they hold."""


def effects(found: Lattice, band: float) -> pd.DataFrame:
    """Estimate everything on one lattice: per seed first, then over seeds.

    Args:
        found: the lattice, or a fraction of one, which estimates less: see `estimands.estimate_fraction`.
        band: equivalence half-width in percentage points.

    Returns:
        One row an estimand, columns `COLUMNS`: see `schema.EFFECTS`. A family, within which intervals are
        simultaneous and p-values adjusted, is a kind; of interactions, an order.
    """
    estimate = estimate_all if found.whole else estimate_fraction
    estimands = estimate(found.values, found.factors.names)
    per_seed = np.stack(list(estimands.values()), axis=1)
    table = pd.DataFrame(list(estimands), columns=["kind", "term"])
    table["p_value"] = sign_flip(per_seed)
    families = table.groupby(table["kind"] + table["term"].str.count(":").astype(str)).indices
    intervals: dict[tuple[str, str], Interval] = {}
    for places in families.values():
        judged = Interval.family(per_seed[:, places], **found.metric.judged(band))
        intervals |= {tuple(table.loc[place, ["kind", "term"]]): each for place, each in zip(places, judged)}
        table.loc[places, "p_holm"] = holm(table.loc[places, "p_value"].to_numpy())
        table.loc[places, "detectable"] = minimum_detectable(per_seed[:, places])
    every = [intervals[term] for term in estimands]
    for column, part in PARTS.items():
        table[column] = [getattr(each, part) for each in every]
    table[["joint_low", "joint_high"]] = [each.bounds for each in every]
    table["verdict"] = [_verdict(*term, intervals, found.factors) for term in estimands]
    table["n_seeds"] = len(found.seeds)
    banded = found.metric.banded & (table["kind"] != "interaction")
    table["band"] = np.where(banded, band, np.nan)
    return table.assign(experiment=found.experiment, metric=found.metric.name)[list(COLUMNS)]


def _verdict(kind: str, term: str, intervals: dict[tuple[str, str], Interval], factors: Factors) -> str:
    """Return an effect's verdict; of an average, *depends on …* where two companies turn the effect round."""
    own = intervals[kind, term]
    if kind == "interaction":
        return own.company
    turned = [
        (pair[1].mean - pair[0].mean, pair, other)
        for other in factors
        if kind in AVERAGES and other.name != term
        for pair in [tuple(intervals["conditional", beside(term, other.name, on)] for on in (0, 1))]
        if pair[0].sign * pair[1].sign < 0
    ]
    if not turned:
        return own.verdict
    _, pair, other = max(turned, key=lambda each: abs(each[0]))
    places = max(1, 1 - math.floor(math.log10(min(abs(side.mean) for side in pair))))
    without, beside_it = (number(side.mean, places, sign=True) for side in pair)
    return f"{DEPENDS} {other.label}: {without} without, {beside_it} with"


def all_effects(runs: pd.DataFrame, experiments, band: float, arms: tuple[Arm, ...]) -> pd.DataFrame:
    """Return `effects` of every metric of every experiment that has a complete seed.

    Arguments as in `lattice` and `effects`.

    Raises:
        StudyError: if none has.
    """
    most = {name: fullest(by_arm(runs, name, arms, deciding(runs))) for name in experiments}
    if max(most.values()) < len(arms):
        raise StudyError(
            f"Expected at least one seed of an experiment with all {len(arms)} arms trained. Received: none; the "
            f"fullest seed has {', '.join(f'{number} in {name!r}' for name, number in most.items())}. Train the rest "
            "with `study run`."
        )
    tables = [
        effects(lattice(runs, experiment, arms, name), band)
        for experiment, number in most.items() if number == len(arms) for name in estimated(runs.columns)
    ]  # fmt: skip
    return pd.concat(tables, ignore_index=True)


def of_kind(table: pd.DataFrame, kind: str, name: str | None = None) -> pd.DataFrame:
    """Return one kind of effect on one metric, by default the one that decides, which is the table's first, indexed by
    term, in the table's order: the canonical one."""
    if kind not in KINDS:
        raise unknown("kind of effect", kind, KINDS)
    chosen = name or table["metric"].iloc[0]
    return table[(table["kind"] == kind) & (table["metric"] == chosen)].set_index("term")
