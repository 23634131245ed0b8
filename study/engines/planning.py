"""What training still costs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from statistics import fmean
from types import MappingProxyType

from study.design.factors import EARLY_STOPPING
from study.engines.costs import EpochCost
from study.engines.schedule import Trajectory, trajectories
from study.store.lines import Record
from study.store.status import Standing


def expected_seconds(records: Iterable[Record], costs: dict[str, EpochCost] = MappingProxyType({})):
    """Return a function from a trajectory to its expected seconds.

    It answers with the mean of the same arm's trainings, else of the experiment's, else, for a point of a
    sweep or of the tuning, of the experiment that is varied, each for as many examples and epochs of budget; else from
    what an epoch costs; else None: nothing has been measured. A training of which only the cell with early stopping is
    asked for ends with it, and so is held against such cells first. Stale records count: they are the best guess there
    is.

    Args:
        records: stored records.
        costs: what an epoch costs, by experiment.
    """
    measured: dict[tuple, list[float]] = defaultdict(list)
    for record in records:
        if record["status"] == "ok":
            settings, stops = record["settings"], bool(record["factors"].get(EARLY_STOPPING))
            pace = record["seconds"] / (settings["training"]["epochs"] * settings["data"]["train"])
            measured[stops, record["experiment"], record["arm"]].append(pace)
            measured[stops, record["experiment"]].append(pace)

    def expected(task: Trajectory) -> float | None:
        base = task.experiment.partition(".")[0]
        experiment = task.cells[0].experiment
        kinds = [(False, task.arm.name)]
        if all(cell.arm.end.stops for cell in task.cells):
            kinds.insert(0, (True, task.cells[0].arm.name))
        for stops, arm in kinds:
            for name in (task.experiment, base):
                if paces := measured.get((stops, name, arm)) or measured.get((stops, name)):
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
