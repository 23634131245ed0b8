"""What is still to do, trajectories and trials, and who takes which next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from study.design.arms import Arm, End
from study.design.cells import Cell
from study.design.settings import Data
from study.store import records


class Task(Protocol):
    """What a worker is given: one training, or, as `design.measurements.Trial`, one trial of a mechanism."""

    @property
    def cells(self) -> tuple:
        """What it yields; each has its `place` in the store."""

    @property
    def group(self) -> tuple:
        """What a worker builds once and keeps for the next task of the same group."""

    @property
    def seed(self) -> int:
        """The block's seed."""

    @property
    def examples(self) -> tuple[Data, int] | None:
        """The draw of examples that it shares with other tasks; None if it makes its own."""

    def perform(self, bench):
        """Do it at a worker's bench (`worker.Bench`); return what `records` takes."""

    def records(self, content, provenance: dict) -> list[dict]:
        """Return its cells' records from what `perform` returned."""

    def failed(self, reason: str, provenance: dict) -> list[dict]:
        """Return its cells' records if it ended in an error."""


@dataclass(frozen=True)
class Trajectory:
    """One training: the cells that it yields. It is a `Task`."""

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
        """Experiment and arm."""
        return self.experiment, self.arm

    @property
    def examples(self) -> tuple[Data, int]:
        return self.cells[0].experiment.data, self.seed

    def perform(self, bench) -> dict[End, dict]:
        return bench.train(self)

    def records(self, content: dict[End, dict], provenance: dict) -> list[dict]:
        found = []
        for cell in self.cells:
            measured = dict(content[cell.arm.end])
            found.append(records.make(cell, provenance=provenance | measured.pop("made"), **measured))
        return found

    def failed(self, reason: str, provenance: dict) -> list[dict]:
        return [records.failed(cell, reason, provenance) for cell in self.cells]


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
