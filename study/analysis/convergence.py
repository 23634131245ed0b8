"""Whether the budget was long enough."""

from __future__ import annotations

from collections.abc import Iterable

from study.design.studyfile import Study
from study.store.lines import Record
from study.store.status import Standing

LATE = 0.05
"""A best epoch in this last share of the budget says that the budget was too short."""


def is_late(best_epoch, budget):
    """Return whether a best epoch, or each of a column, lies in the last 5 % of its budget."""
    return best_epoch > (1 - LATE) * budget


def convergence(records: Iterable[Record]) -> dict:
    """Count the early-stopping cells for which the budget was too short.

    Args:
        records: records of today's settings.

    Returns:
        `cells`: early-stopping cells that are `ok`; `late`: those whose best epoch lies in the last
        5 % of the budget; `capped`: those that reached the budget before early stopping fired;
        `late_share`, `capped_share`: fractions of `cells`, None if there are none.
    """
    stopping = [r for r in records if r["status"] == "ok" and r["factors"]["earlystopping"]]
    late = capped = 0
    for record in stopping:
        budget = record["settings"]["training"]["epochs"]
        patience = record["settings"]["strengths"]["earlystopping"]["patience"]
        late += is_late(record["best_epoch"], budget)
        capped += record["epochs_run"] - record["best_epoch"] < patience
    share = {name: n / len(stopping) if stopping else None for name, n in (("late", late), ("capped", capped))}
    return {
        "cells": len(stopping),
        "late": late,
        "capped": capped,
        "late_share": share["late"],
        "capped_share": share["capped"],
    }


def overview(study: Study, standing: Standing) -> dict[str, dict]:
    """Return, for each experiment, its cells by where they stand and its convergence."""
    rows = {}
    for name in study.experiments:
        done = [record for cell, record in standing.done.items() if cell.experiment.name == name]
        rows[name] = {
            "done": len(done),
            "diverged": sum(record["status"] == "diverged" for record in done),
            "failed": sum(cell.experiment.name == name for cell in standing.failed),
            "stale": sum(cell.experiment.name == name for cell in standing.stale),
            "missing": sum(cell.experiment.name == name for cell in standing.missing),
            "convergence": convergence(done),
        }
    return rows
