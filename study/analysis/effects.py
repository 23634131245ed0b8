"""Every effect of a lattice, with intervals and verdicts."""

from __future__ import annotations

import numpy as np
import pandas as pd

from study.analysis.lattice import METRICS, Lattice, by_arm, fullest, lattice
from study.design import schema
from study.design.arms import Arm
from study.errors import StudyError, unknown
from study.statistics.estimands import KINDS, estimate_all, estimate_fraction
from study.statistics.inference import equivalence_p, holm, minimum_detectable, sign_flip
from study.statistics.interval import Interval

COLUMNS = tuple(schema.EFFECTS)
"""Columns of `effects`, in order."""


def effects(found: Lattice, band: float) -> pd.DataFrame:
    """Estimate everything on one lattice: per seed first, then over seeds.

    Args:
        found: the lattice, or a fraction of one, which estimates less: see `estimands.estimate_fraction`.
        band: equivalence half-width in percentage points.

    Returns:
        One row an estimand: `experiment`, `metric`, `kind`, `term`, `estimate`, `ci_low`, `ci_high`
        (95 % t over seeds, in the metric's effect unit), `p_value` (sign-flip), `p_holm` (within
        the kind; interactions within their order), `n_seeds`, `verdict`, `p_equivalence` (two
        one-sided t tests against ±band; NaN for metrics without a band), `detectable` (the smallest
        effect found with 80 % power, in the effect unit).
    """
    estimate = estimate_all if found.whole else estimate_fraction
    estimands = estimate(found.values, found.factors.names)
    per_seed = np.stack(list(estimands.values()), axis=1)
    intervals = Interval.each(per_seed, **found.metric.judged(band))
    table = pd.DataFrame(list(estimands), columns=["kind", "term"])
    table.insert(0, "experiment", found.experiment)
    table.insert(1, "metric", found.metric.name)
    for column, part in (("estimate", "mean"), ("ci_low", "low"), ("ci_high", "high"), ("verdict", "verdict")):
        table[column] = [getattr(interval, part) for interval in intervals]
    table["p_value"] = sign_flip(per_seed)
    family = table["kind"] + table["term"].str.count(":").astype(str)
    table["p_holm"] = table.groupby(family)["p_value"].transform(lambda p: holm(p.to_numpy()))
    table["n_seeds"] = len(found.seeds)
    table["p_equivalence"] = equivalence_p(per_seed, band) if found.metric.banded else np.nan
    table["detectable"] = minimum_detectable(per_seed)
    return table[list(COLUMNS)]


def all_effects(runs: pd.DataFrame, experiments, band: float, arms: tuple[Arm, ...]) -> pd.DataFrame:
    """Return `effects` of every metric of every experiment that has a complete seed.

    Arguments as in `lattice` and `effects`.

    Raises:
        StudyError: if none has.
    """
    most = {name: fullest(by_arm(runs, name, arms, "test_accuracy")) for name in experiments}
    if max(most.values()) < len(arms):
        raise StudyError(
            f"Expected at least one seed of an experiment with all {len(arms)} arms trained. Received: none; the "
            "fullest seed "
            f"has {', '.join(f'{number} in {name!r}' for name, number in most.items())}. Train the rest with `study "
            "run`."
        )
    tables = [
        effects(lattice(runs, experiment, arms, name), band)
        for experiment, number in most.items() if number == len(arms) for name in METRICS
    ]  # fmt: skip
    return pd.concat(tables, ignore_index=True)


def of_kind(table: pd.DataFrame, kind: str, name: str = "test_accuracy") -> pd.DataFrame:
    """Return one kind of effect on one metric, indexed by term, in the table's order: the canonical one."""
    if kind not in KINDS:
        raise unknown("kind of effect", kind, KINDS)
    return table[(table["kind"] == kind) & (table["metric"] == name)].set_index("term")
