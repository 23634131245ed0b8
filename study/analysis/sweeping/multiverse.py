"""Would another choice have changed the answer? Effects in every universe: an experiment that differs in one choice,
and in what else its sweep sets.

Universes are the points of a study's sweeps over all arms, and the experiments themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from study.analysis.convergence import Convergence
from study.analysis.effects import COLUMNS, effects
from study.analysis.lattice import lattice
from study.design import sweeps
from study.design.cells import canonical, settings
from study.errors import StudyError
from study.statistics.interval import DEPENDS, sign_of

if TYPE_CHECKING:
    from study.analysis.results import Results

KINDS = ("main", "conditional")
PLACE = ("universe", "own", "convergence")


def universes(results: Results, experiment: str) -> pd.DataFrame:
    """Return the effects on the metric that decides in every universe of an experiment.

    Args:
        results: the study's results.
        experiment: the experiment's name.

    Returns:
        `universe`, its setting and value as `training.batch=50`, or its sweep's label, or `sweeps.OWN`; `own`, whether
        the value is the experiment's own; `convergence`, whether its effects have come to rest; then the columns of
        `effects.effects`, for main and conditional effects.
        Universes of equal settings stand once. Without a sweep over all arms, no row.
    """
    study = results.study
    every = results.arms[-1]
    seen, parts = set(), []

    def add(name: str, own: bool, table: pd.DataFrame, point, settled: Convergence) -> None:
        place = canonical(settings(point, every))
        if place in seen:
            return
        try:
            found = effects(lattice(table, experiment, results.arms), study.equivalence)
        except StudyError:  # no seed of it is complete
            return
        seen.add(place)
        rows = found[found["kind"].isin(KINDS)].copy()
        rows.insert(0, "universe", name)
        rows.insert(1, "own", own)
        rows.insert(2, "convergence", settled.verdict)
        parts.append(rows)

    for name in results.sweeps:
        found = results.sweep(name)
        if found.sweep.experiment != experiment or not found.whole:
            continue
        points = sweeps.points(study, name)
        labels = found.sweep.labels or [f"{found.sweep.setting}={sweeps.text(point.value)}" for point in points]
        for label, point, ends in zip(labels, points, found.settling, strict=True):
            table = found.table[found.table["value"].map(sweeps.text) == sweeps.text(point.value)]
            add(label, point.value == found.own, table, point.experiment, ends.convergence)
    if parts:
        own = results.experiment(experiment).convergence
        add(sweeps.OWN, True, results.runs, study.experiment(experiment), own)
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=[*PLACE, *COLUMNS])


def verdicts(table: pd.DataFrame) -> pd.DataFrame:
    """Return how an effect's verdicts differ over universes.

    Args:
        table: as `universes` returns it.

    Returns:
        One row an effect, in the table's order: `kind`, `term`, `universes`, `low`, `high` (the smallest and the
        largest estimate), `helps`, `hurts`, `depends`: in how many universes that is its verdict; `turned`: the
        universes whose verdict is the rarer one of *helps* and *hurts*, none if only one of them ever is.
    """
    rows = []
    for (kind, term), part in table.groupby(["kind", "term"], sort=False):
        signs = part["verdict"].map(sign_of)
        depends = int(part["verdict"].str.startswith(DEPENDS).sum())
        helps, hurts = int((signs > 0).sum()), int((signs < 0).sum())
        rarer = 0 if not (helps and hurts) else (1 if helps < hurts else -1)
        turned = tuple(part.loc[signs == rarer, "universe"]) if rarer else ()
        estimates = part["estimate"]
        rows.append((kind, term, len(part), estimates.min(), estimates.max(), helps, hurts, depends, turned))
    heads = ["kind", "term", "universes", "low", "high", "helps", "hurts", "depends", "turned"]
    return pd.DataFrame(rows, columns=heads)
