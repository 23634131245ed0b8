"""What became of every training: stored as it ends, tried again if its worker died, and counted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from study.engines.schedule import Queue, Task
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
        queue: the trainings still to do.
        store: where records go.
        report: called with each stored record and the number of trainings left.
        summary: where cells are counted.

    Attributes:
        busy: number of trainings under way; the engine keeps it.
    """

    def __init__(self, queue: Queue, store: Store, report: Callable[[dict, int], None], summary: Summary) -> None:
        self.queue, self.store, self.report, self.summary = queue, store, report, summary
        self.busy = 0
        self.provenance = provenance.provenance()
        self._tries: dict[tuple, int] = defaultdict(int)

    def take(self, task: Task, answer: tuple) -> None:
        """Store the cells of one training.

        Args:
            task: the training.
            answer: what `worker.answer` returned for it.

        Raises:
            StudyError: if the worker refused the input.
        """
        kind, content = answer
        if kind == "refused":
            raise StudyError(content)
        for record in task.records(kind, content, self.provenance):
            self._keep(record)

    def lost(self, task: Task, how: str, log: str) -> None:
        """Put a training whose worker died back into the queue, or give it up after some tries.

        Args:
            task: the training.
            how: how the worker ended, such as `signal 9`.
            log: where more can be read.
        """
        place = task.group, task.seed
        self._tries[place] += 1
        if self._tries[place] <= RETRIES:
            self.queue.put_back(task)
            return
        reason = f"Its worker died ({how}), {RETRIES + 1} times. {log}"
        for record in task.failed(reason, self.provenance):
            self._keep(record)

    def _keep(self, record: dict) -> None:
        self.store.append(record)
        self.summary.count(record)
        self.report(record, len(self.queue) + self.busy)
