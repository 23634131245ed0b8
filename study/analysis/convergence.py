"""How effects move as training goes on, and whether they have come to rest within the budget."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from study.analysis.effects import COLUMNS, effects
from study.analysis.lattice import Lattice, lattice
from study.design.architectures.tasks import followed
from study.design.arms import Arm, arms_of
from study.design.factors import EARLY_STOPPING
from study.design.studyfile import Study
from study.errors import StudyError
from study.statistics.estimands import estimate_all, estimate_fraction
from study.statistics.interval import Interval
from study.store.frames import readouts_frame
from study.store.lines import Record
from study.store.status import Standing

CONVERGED, MOVING, UNKNOWN = "converged", "still moving", "not known to have converged"
NEVER_FIRED = "never fired"
"""What is said of early stopping, in place of a verdict, where the budget ended every training first."""
HALF = 0.5
KINDS = ("main", "conditional")
"""Kinds of effects that must have come to rest: those that verdicts are about."""


@dataclass(frozen=True)
class Convergence:
    """Whether an experiment's effects on test accuracy, or R², moved between half of the budget and its end.

    Attributes:
        budget: epochs of the budget; `half`: those of its half.
        moves: a row an effect: `kind`, `term`, `half` and `whole` (estimates, pp), `change`, `low`, `high` (the paired
            change with its 95 % t interval, pp), `rests`: whether the interval lies inside the band, and the effect
            is not clear at both lengths with opposite signs. None if there is nothing to compare: no read-out at half
            of the budget, or no seed with all arms.
        seeds: seeds behind them.
    """

    budget: int
    half: int
    moves: pd.DataFrame | None = None
    seeds: int = 0

    @property
    def verdict(self) -> str:
        """*converged* if every effect rests, *still moving* if one does not. Every single one must, so that their
        number asks for no adjustment."""
        if self.moves is None:
            return UNKNOWN
        return MOVING if self.moving else CONVERGED

    @property
    def moving(self) -> int:
        """How many effects do not rest."""
        return 0 if self.moves is None else int((~self.moves["rests"]).sum())

    @property
    def farthest(self) -> pd.Series | None:
        """The effect that moved most, among those that do not rest if there are any."""
        if self.moves is None:
            return None
        rows = self.moves[~self.moves["rests"]] if self.moving else self.moves
        return rows.loc[rows["change"].abs().idxmax()]

    @property
    def moved(self) -> Interval | None:
        """By how much the farthest effect changed, paired by seed."""
        if (far := self.farthest) is None:
            return None
        return Interval(float(far["change"]), float(far["low"]), float(far["high"]), self.seeds)

    def summary(self) -> dict:
        """Return it as plain values: `verdict`, `budget`, `seeds`, `effects`, `moving`, and of the `farthest` its
        kind, term and change."""
        far = self.farthest
        effects = 0 if self.moves is None else len(self.moves)
        found = {"verdict": self.verdict, "budget": self.budget, "seeds": self.seeds, "effects": effects}
        found["moving"] = self.moving
        if far is not None:
            found["farthest"] = {"kind": far["kind"], "term": far["term"], "change": float(far["change"])}
        return found


def convergence(
    readouts: pd.DataFrame, experiment: str, budget: int, arms: tuple[Arm, ...], band: float
) -> Convergence:
    """Compare an experiment's effects at half of the budget with those at its end, paired by seed.

    Args:
        readouts: as `frames.readouts_frame` returns it.
        experiment: its name.
        budget: its epochs.
        arms: the study's arms.
        band: equivalence half-width in percentage points.
    """
    half = round(HALF * budget)
    try:
        name = f"test_{followed(readouts.columns)}"
        before, after = (at_length(readouts, experiment, length, arms, name) for length in (half, budget))
    except StudyError:
        return Convergence(budget, half)
    seeds = np.intersect1d(before.seeds, after.seeds)
    if half == budget or len(seeds) < 2:
        return Convergence(budget, half, seeds=len(seeds))
    old, new = (_effects(found, seeds) for found in (before, after))
    rows = []
    for (kind, term), was in old.items():
        now = new[kind, term]
        at_half, at_end, moved = (Interval.over(values) for values in (was, now, now - was))
        turned = at_half.side() * at_end.side() < 0
        rests = -band < moved.low and moved.high < band and not turned
        rows.append((kind, term, at_half.mean, at_end.mean, moved.mean, moved.low, moved.high, rests))
    heads = ["kind", "term", "half", "whole", "change", "low", "high", "rests"]
    return Convergence(budget, half, pd.DataFrame(rows, columns=heads), len(seeds))


def at_length(readouts: pd.DataFrame, experiment: str, length: int, arms, metric: str | None = None) -> Lattice:
    """Return one metric, by default the one that decides, of an experiment's trainings after so many epochs; raises as
    `lattice` does."""
    return lattice(readouts[readouts["epochs"] == length], experiment, arms, metric)


def _effects(found: Lattice, seeds: np.ndarray) -> dict[tuple[str, str], np.ndarray]:
    """Return the effects that must rest, shape (seeds,) each."""
    values = found.values[np.isin(found.seeds, seeds)]
    every = (estimate_all if found.whole else estimate_fraction)(values, found.factors.names)
    return {place: effect for place, effect in every.items() if place[0] in KINDS}


def over_training(readouts: pd.DataFrame, experiment: str, arms, band: float, metric: str | None) -> pd.DataFrame:
    """Return every effect on a metric after each length that an experiment's trainings were judged at.

    Returns:
        Rows as `effects.effects` returns them, with `value`, the epochs, before them. Lengths without a complete
        seed are left out; without one, no row but all columns.
    """
    parts = []
    for length in sorted(readouts.loc[readouts["experiment"] == experiment, "epochs"].unique()):
        try:
            found = effects(at_length(readouts, experiment, length, arms, metric), band)
        except StudyError:
            continue
        found.insert(0, "value", int(length))
        parts.append(found)
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["value", *COLUMNS])


def overview(study: Study, standing: Standing) -> dict[str, dict]:
    """Return, for each experiment, its cells by where they stand and whether it converged."""
    rows = {}
    for name, experiment in study.experiments.items():
        done = [record for cell, record in standing.done.items() if cell.experiment.name == name]
        readouts = readouts_frame(done, study.factors.names, study.task)
        found = convergence(readouts, name, experiment.training.epochs, arms_of(study), study.equivalence)
        rows[name] = {
            "done": len(done),
            "diverged": sum(record["status"] == "diverged" for record in done),
            "failed": sum(cell.experiment.name == name for cell in standing.failed),
            "stale": sum(cell.experiment.name == name for cell in standing.stale),
            "missing": sum(cell.experiment.name == name for cell in standing.missing),
            "convergence": found.summary(),
        }
    return rows


def stopping(records: Iterable[Record]) -> dict[str, int]:
    """Return how many `ok` cells with early stopping there are (`cells`), and how many of them the budget ended before
    it fired (`capped`)."""
    cells = [record for record in records if record["status"] == "ok" and record["factors"].get(EARLY_STOPPING)]
    patience = [record["settings"]["strengths"]["earlystopping"]["patience"] for record in cells]
    capped = sum(record["epochs_run"] - record["best_epoch"] < most for record, most in zip(cells, patience))
    return {"cells": len(cells), "capped": capped}


def fired(found: dict[str, int]) -> bool:
    """Return whether early stopping ended any training that it could have, from what `stopping` returns; True where
    there is none."""
    return not found["cells"] or found["capped"] < found["cells"]


def silenced(table: pd.DataFrame, training: dict[str, dict]) -> pd.DataFrame:
    """Return effects in which early stopping that never fired has that in place of every verdict: what it makes by
    going back to its best epoch is no answer to what stopping is worth.

    Args:
        table: as `effects.all_effects` returns it.
        training: by experiment, what `stopping` returned.
    """
    silent = [name for name, found in training.items() if not fired(found)]
    own = table["term"].str.partition("|")[0] == EARLY_STOPPING
    return table.assign(verdict=table["verdict"].mask(own & table["experiment"].isin(silent), NEVER_FIRED))
