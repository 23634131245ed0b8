"""The trainings still to do: trajectories, and who takes which next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from study.design import Arm, Cell


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

    def __init__(self, tasks: list[Trajectory], cost: Callable[[Trajectory], float]) -> None:
        self.cost = cost
        self.groups: dict[tuple[str, Arm], list[Trajectory]] = defaultdict(list)
        for task in tasks:
            self.groups[task.group].append(task)

    def __len__(self) -> int:
        return sum(map(len, self.groups.values()))

    def take(self, held: tuple[str, Arm] | None, others: set[tuple[str, Arm]]) -> Trajectory | None:
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

    def put_back(self, task: Trajectory) -> None:
        """Return a training that was not finished."""
        self.groups[task.group].append(task)
