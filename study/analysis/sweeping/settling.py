"""How trainings end at each value of a sweep: whether effects have come to rest, and whether some end by chance."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from study.analysis.convergence import Convergence, convergence
from study.analysis.lattice import deciding, metric
from study.design import sweeps
from study.design.arms import arms_of
from study.design.studyfile import Study
from study.store.frames import readouts_frame


@dataclass(frozen=True)
class Lowest:
    """The cell that ends farthest below the median of its arm's seeds.

    Attributes:
        below: by how much, on the metric that decides, in the unit of its effects; above, where less is better.
        arm, seed: which cell it is.
    """

    below: float
    arm: str
    seed: int


@dataclass(frozen=True)
class Settling:
    """How trainings end at one value of a sweep.

    Attributes:
        value: the value.
        convergence: whether effects have come to rest.
        lowest: the cell that ends farthest below its arm; None if no cell is `ok`.
    """

    value: object
    convergence: Convergence
    lowest: Lowest | None


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
        found.append(Settling(point.value, settled, _lowest(table, budget)))
    return found


def _lowest(table: pd.DataFrame, budget: int) -> Lowest | None:
    ends = table[(table["epochs"] == budget) & (table["status"] == "ok")]
    if ends.empty:
        return None
    shown = metric(deciding(ends))
    good = shown.better * shown.scale * ends[shown.name]
    below = good.groupby(ends["arm"]).transform("median") - good
    cell = ends.loc[below.idxmax()]
    return Lowest(float(below.max()), cell["arm"], int(cell["seed"]))
