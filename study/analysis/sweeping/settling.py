"""How trainings end at each value of a sweep: whether effects have come to rest, and whether some end by chance."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from study.analysis.convergence import Convergence, convergence
from study.analysis.lattice import deciding, metric
from study.design import sweeps
from study.design.arms import arms_of
from study.design.factors import EARLY_STOPPING
from study.design.studyfile import Study
from study.store.frames import readouts_frame


@dataclass(frozen=True)
class Worst:
    """Of the cells that have no early stopping, and so end where the budget does, the one that is worst beside the
    median of its arm's seeds.

    Attributes:
        by: how much worse, on the metric that decides, in the unit of its effects.
        arm, seed: which cell it is.
    """

    by: float
    arm: str
    seed: int


@dataclass(frozen=True)
class Settling:
    """How trainings end at one value of a sweep.

    Attributes:
        value: the value.
        convergence: whether effects have come to rest.
        worst: the cell that ends worst beside its arm; None if no cell is `ok`.
    """

    value: object
    convergence: Convergence
    worst: Worst | None


def settling(study: Study, name: str, done: dict) -> list[Settling]:
    """Return how trainings end at each value of a sweep over all arms.

    Args:
        study: the study.
        name: the sweep's name.
        done: the records of today's settings by cell.
    """
    trained: dict[object, list] = {}
    for (value, _, _), cell in sweeps.places(study, name).items():
        if cell in done:
            trained.setdefault(value, []).append(done[cell])
    found = []
    for point in sweeps.points(study, name):
        budget = point.experiment.training.epochs
        table = readouts_frame(trained.get(point.value, ()), study.factors.names, study.task).assign(experiment=name)
        settled = convergence(table, name, budget, arms_of(study), study.equivalence)
        found.append(Settling(point.value, settled, _worst(table, budget)))
    return found


def _worst(table: pd.DataFrame, budget: int) -> Worst | None:
    ends = table[(table["epochs"] == budget) & (table["status"] == "ok")]
    if EARLY_STOPPING in ends:
        ends = ends[ends[EARLY_STOPPING] == 0]
    if ends.empty:
        return None
    shown = metric(deciding(ends))
    good = shown.better * shown.scale * ends[shown.name]
    worse = good.groupby(ends["arm"]).transform("median") - good
    cell = ends.loc[worse.idxmax()]
    return Worst(float(worse.max()), cell["arm"], int(cell["seed"]))
