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
from study.statistics.interval import DEPENDS, Interval, sign_of

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
        `universe`, its setting and value as `training.batch=50`, or the experiment's name; `own`, whether the
        value is the experiment's own; `convergence`, whether its effects have come to rest; then the columns of
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
        for point, ends in zip(sweeps.points(study, name), found.settling, strict=True):
            table = found.table[found.table["value"].map(sweeps.text) == sweeps.text(point.value)]
            label = f"{found.sweep.setting}={sweeps.text(point.value)}"
            add(label, point.value == found.own, table, point.experiment, ends.convergence)
    if parts:
        own = results.experiment(experiment).convergence
        add(experiment, True, results.runs, study.experiment(experiment), own)
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=[*PLACE, *COLUMNS])


def verdicts(table: pd.DataFrame) -> pd.DataFrame:
    """Return how an effect's verdicts differ over universes.

    Args:
        table: as `universes` returns it.

    Returns:
        One row an effect, in the table's order: `kind`, `term`, `universes`, `low`, `high` (the smallest and the
        largest estimate), `helps`, `hurts`: in how many universes it clearly does; `turned`: the universes whose clear
        verdict is the rarer one of two, none if only one is ever clear.
    """
    rows = []
    for (kind, term), part in table.groupby(["kind", "term"], sort=False):
        signs = part.apply(_clear, axis=1)
        helps, hurts = int((signs > 0).sum()), int((signs < 0).sum())
        rarer = 0 if not (helps and hurts) else (1 if helps < hurts else -1)
        turned = tuple(part.loc[signs == rarer, "universe"]) if rarer else ()
        estimates = part["estimate"]
        rows.append((kind, term, len(part), estimates.min(), estimates.max(), helps, hurts, turned))
    return pd.DataFrame(rows, columns=["kind", "term", "universes", "low", "high", "helps", "hurts", "turned"])


def _clear(row: pd.Series) -> int:
    """Return 1 or −1 where an effect is clear, whatever company would turn it round; 0 where it is not."""
    if sign := sign_of(row["verdict"]):
        return sign
    if not row["verdict"].startswith(DEPENDS):
        return 0
    found = Interval.of(row)
    return found.better * found.side()
