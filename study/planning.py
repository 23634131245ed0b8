"""What a study has and what it still costs: the numbers behind `plan` and `status`."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from statistics import fmean
from types import MappingProxyType

from study.config import Study
from study.design import Cell
from study.epoch_costs import EpochCost
from study.queue import Trajectory, trajectories
from study.store import Record, Standing

LATE = 0.05
"""A best epoch in this last share of the budget says that the budget was too short."""


def expected_seconds(records: Iterable[Record], costs: dict[str, EpochCost] = MappingProxyType({})):
    """Return a function from a trajectory to its expected seconds.

    It answers with the mean of the same arm's trainings, else of the experiment's, else, for a point of a
    sweep or of the tuning, of the experiment that is varied, each for as many examples and epochs; else from
    what an epoch costs; else None: nothing has been measured. Stale records count: they are the best guess there is.

    Args:
        records: stored records.
        costs: what an epoch costs, by experiment.
    """
    measured: dict[tuple, list[float]] = defaultdict(list)
    for record in records:
        if record["status"] == "ok" and not record["factors"]["earlystopping"]:
            pace = record["seconds"] / (record["epochs_run"] * record["settings"]["data"]["train"])
            measured[record["experiment"], record["arm"]].append(pace)
            measured[record["experiment"]].append(pace)

    def expected(task: Trajectory) -> float | None:
        base = task.experiment.partition(".")[0]
        experiment = task.cells[0].experiment
        for name in (task.experiment, base):
            if paces := measured.get((name, task.arm.name)) or measured.get(name):
                return fmean(paces) * experiment.training.epochs * experiment.data.train
        return costs[base].seconds(task) if base in costs else None

    return expected


def guess(task: Trajectory) -> float:
    """Return a training's cost where none was measured: its steps, more for more factors."""
    experiment = task.cells[0].experiment
    steps = experiment.training.epochs * -(-experiment.data.train // experiment.training.batch)
    return steps * (1 + 0.25 * len(task.arm.factors)) / 1000


def time_needed(
    standing: Standing, records: Iterable[Record], jobs: int, costs: dict[str, EpochCost] = MappingProxyType({})
) -> float | None:
    """Return the seconds that training what is missing takes on `jobs` processes; None if of an
    experiment neither a cell nor an epoch was measured."""
    expected = expected_seconds(records, costs)
    costs = [expected(task) for task in trajectories(standing.to_train)]
    return None if None in costs else sum(costs) / jobs


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
        late += record["best_epoch"] > (1 - LATE) * budget
        capped += record["epochs_run"] - record["best_epoch"] < patience
    share = {name: n / len(stopping) if stopping else None for name, n in (("late", late), ("capped", capped))}
    return {
        "cells": len(stopping), "late": late, "capped": capped,
        "late_share": share["late"], "capped_share": share["capped"],
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


def counts(standing: Standing) -> dict[str, int]:
    """Return how many cells or trials are done, failed, stale and missing."""
    return {name: len(getattr(standing, name)) for name in ("done", "failed", "stale", "missing")}


def left_out(standing: Standing, experiment: str) -> dict[int, str]:
    """Return the seeds that are not complete, each with what it lacks and why.

    A seed counts in the analysis only if all its arms are `ok` under today's settings.
    """
    reasons: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))

    def note(cell: Cell, why: str) -> None:
        if cell.experiment.name == experiment:
            reasons[cell.seed][why].append(cell.arm.name)

    for cell, record in standing.done.items():
        if record["status"] != "ok":
            note(cell, record["status"])
    for cell in standing.failed:
        note(cell, "failed")
    for cell, changes in standing.stale.items():
        note(cell, f"stale ({'; '.join(changes)})")
    for cell in standing.missing:
        note(cell, "not trained")
    return {
        seed: ", ".join(f"{_some(arms)} {why}" for why, arms in found.items())
        for seed, found in sorted(reasons.items())
    }


def _some(arms: list[str]) -> str:
    return ", ".join(arms) if len(arms) <= 3 else f"{len(arms)} arms"


def stale_settings(standing: Standing) -> dict[str, Counter]:
    """Return, for each experiment, the settings that made cells stale and how many cells each."""
    found: dict[str, Counter] = defaultdict(Counter)
    for cell, changes in standing.stale.items():
        found[cell.experiment.name].update(changes)
    return dict(found)
