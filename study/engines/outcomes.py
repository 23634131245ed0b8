"""What became of every training: stored as it ends, tried again if its worker died, and counted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from study.engines.schedule import Task
from study.errors import StudyError
from study.store import provenance
from study.store.lines import Store

RETRIES = 2
"""How often a trajectory is tried again after its worker died."""


@dataclass
class Summary:
    """How a run goes: processes that train, and cells by status."""

    processes: int = 0
    ok: int = 0
    diverged: int = 0
    failed: list[dict] = field(default_factory=list)

    def count(self, record: dict) -> None:
        """Count one record."""
        if record["status"] == "failed":
            self.failed.append(record)
        elif record["status"] == "diverged":
            self.diverged += 1
        else:
            self.ok += 1


class Ledger:
    """Takes the workers' answers, whatever engine brings them, and writes the store.

    Args:
        tasks: how many there are to do.
        store: where records go.
        report: called with each stored record and the number of trainings left.
        summary: where cells are counted.

    Attributes:
        left: trainings that have not ended.
    """

    def __init__(self, tasks: int, store: Store, report: Callable[[dict, int], None], summary: Summary) -> None:
        self.left, self.store, self.report, self.summary = tasks, store, report, summary
        self.provenance = provenance.provenance()
        self._tries: dict[tuple, int] = defaultdict(int)

    def take(self, task: Task, kind: str, content) -> None:
        """Store the cells of one training, which has ended.

        Args:
            task: the training.
            kind, content: what `worker.answer` returned for it.

        Raises:
            StudyError: if the worker refused the input.
        """
        if kind == "refused":
            raise StudyError(content)
        self.left -= 1
        make = task.failed if kind == "failed" else task.records
        for record in make(content, self.provenance):
            self.store.append(record)
            self.summary.count(record)
            self.report(record, self.left)

    def again(self, task: Task) -> bool:
        """Count that a training's worker died; return whether to try once more."""
        self._tries[task.group, task.seed] += 1
        return self._tries[task.group, task.seed] <= RETRIES
