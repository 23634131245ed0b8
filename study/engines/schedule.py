"""What is still to do, trajectories and trials, and who takes which next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from study.design.arms import Arm
from study.design.cells import Cell
from study.design.measurements import Trial
from study.store import records


@dataclass(frozen=True)
class Trajectory:
    """One training: the cells, one or two, that it yields."""

    cells: tuple[Cell, ...]

    @property
    def experiment(self) -> str:
        return self.cells[0].experiment.name

    @property
    def arm(self) -> Arm:
        return self.cells[0].arm.trajectory

    @property
    def seed(self) -> int:
        return self.cells[0].seed

    @property
    def group(self) -> tuple[str, Arm]:
        """What a worker builds once and keeps: experiment and arm."""
        return self.experiment, self.arm

    def records(self, kind: str, content, provenance: dict) -> list[dict]:
        """Return its cells' records from a worker's answer: see `worker.answer`."""
        if kind == "failed":
            return self.failed(content, provenance)
        found = []
        for cell in self.cells:
            measured = dict(content[cell.arm.stops])
            found.append(records.make(cell, provenance=provenance | measured.pop("made"), **measured))
        return found

    def failed(self, reason: str, provenance: dict) -> list[dict]:
        """Return its cells' records if it ended in an error."""
        return [records.failed(cell, reason, provenance) for cell in self.cells]


Task = Trajectory | Trial
"""What a worker is given: it has `cells`, a `group` that is built once, and a `seed`."""


def trajectories(cells: list[Cell]) -> list[Trajectory]:
    """Gather cells into the trainings that yield them."""
    gathered: dict[tuple, list[Cell]] = defaultdict(list)
    for cell in cells:
        gathered[cell.experiment.name, cell.arm.trajectory, cell.seed].append(cell)
    return [Trajectory(tuple(found)) for found in gathered.values()]


class Queue:
    """The trainings still to do, handed out so that arms are built seldom and no core idles.

    Args:
        tasks: what to train.
        cost: expected seconds of a training; only ratios matter.
    """

    def __init__(self, tasks: list[Task], cost: Callable[[Task], float]) -> None:
        self.cost = cost
        self.groups: dict[tuple, list[Task]] = defaultdict(list)
        for task in tasks:
            self.groups[task.group].append(task)

    def __len__(self) -> int:
        return sum(map(len, self.groups.values()))

    def take(self, held: tuple | None, others: set[tuple]) -> Task | None:
        """Return the next training for a worker, or None if nothing is left.

        Args:
            held: the group the worker has built.
            others: the groups that other workers have built.
        """
        left = {group: tasks for group, tasks in self.groups.items() if tasks}
        if not left:
            return None
        free = [group for group in left if group not in others]
        if held in left:
            group = held
        else:
            group = max(free or left, key=lambda group: sum(map(self.cost, left[group])))
        return self.groups[group].pop(0)

    def put_back(self, task: Task) -> None:
        """Return a training that was not finished."""
        self.groups[task.group].append(task)
