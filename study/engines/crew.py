"""One loop for every engine: it hands out tasks, takes the answers and replaces workers that died.

How a worker is started, reached and heard is the engine's own: see `study.engines.local` and `study.engines.ray`.
A worker keeps the arm it has built and takes that arm's next seed: see `study.engines.schedule`.
"""

from __future__ import annotations

import signal
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from study.design.settings import Data
from study.engines.outcomes import RETRIES, Ledger, Summary
from study.engines.schedule import Queue, Task
from study.errors import StudyError
from study.store.lines import Store

Event = tuple[int, tuple[str, object]]
"""A worker's number and what it says: `ready` once it can train; `done`, `failed` or `refused` as `worker.answer` says
it; or `died`, with how, and where its log is."""


class Crew(ABC):
    """Workers of one kind, numbered from 0 to `size` − 1, and the way to reach them."""

    size: int

    @abstractmethod
    def start(self, number: int) -> None:
        """Start a worker, in place of the one that died if there was one; do not wait for it."""

    @abstractmethod
    def send(self, number: int, task: Task) -> None:
        """Give a worker that is ready a task; if it has died meanwhile, `wait` says so."""

    @abstractmethod
    def wait(self, timeout: float | None = None) -> list[Event]:
        """Return what workers say as soon as one says something, or nothing after `timeout` seconds or a while."""

    @abstractmethod
    def release(self, examples: tuple[Data, int]) -> None:
        """Forget a seed's examples: no task needs them any more."""

    @abstractmethod
    def stop(self) -> None:
        """End every worker and leave nothing behind."""


def run(
    crew: Crew,
    tasks: list[Task],
    store: Store,
    *,
    fail_fast: bool = False,
    cost: Callable[[Task], float] = lambda task: 1.0,
    report: Callable[[dict, int], None] = lambda record, left: None,
    summary: Summary | None = None,
) -> Summary:
    """Have a crew do tasks and store each cell as it comes; this process alone writes.

    Args:
        crew: the workers; they are stopped at the end.
        tasks: what to do: see `schedule.trajectories` for cells.
        store: where records go; the caller holds its lock.
        fail_fast: stop at the first cell that fails.
        cost: expected seconds of a task; only ratios matter.
        report: called with each stored record and the number of trainings left.
        summary: where to count, for those who want to know after an interruption too.

    Returns:
        How many processes trained, and how many cells ended how.

    Raises:
        StudyError: if no worker can be started, or one refuses the input: data or a model that cannot be had.
        KeyboardInterrupt: after Ctrl-C or SIGTERM; every finished cell is stored.
    """
    foreman = _Foreman(crew, tasks, cost, Ledger(len(tasks), store, report, summary or Summary()))
    with _terminated_as_interrupted():
        return foreman.work(fail_fast)


@contextmanager
def _terminated_as_interrupted() -> Iterator[None]:
    """Turn SIGTERM into `KeyboardInterrupt`, so that both ends of a run are the same."""

    def interrupt(number, frame) -> None:
        raise KeyboardInterrupt

    previous = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)


class _Foreman:
    """Knows what every worker is at: starting, idle or busy."""

    def __init__(self, crew: Crew, tasks: list[Task], cost, ledger: Ledger) -> None:
        self.crew, self.queue, self.ledger = crew, Queue(tasks, cost), ledger
        self.starting: Counter[int] = Counter()  # how often in vain, by worker
        self.idle: set[int] = set()
        self.busy: dict[int, Task] = {}
        self.built: dict[int, tuple] = {}
        self.uses = Counter(task.examples for task in tasks if task.examples)

    def work(self, fail_fast: bool) -> Summary:
        summary = self.ledger.summary
        summary.processes = self.crew.size
        try:
            for number in range(self.crew.size):
                self.starting[number] = 0
                self.crew.start(number)
            while (len(self.queue) or self.busy) and not (fail_fast and summary.failed):
                for number, (kind, content) in self.crew.wait():
                    self._hear(number, kind, content)
        finally:
            try:
                self._store_what_arrived()
            finally:
                self.crew.stop()
        return summary

    def _hear(self, number: int, kind: str, content) -> None:
        if kind == "died":
            self._replace(number, *content)
        else:
            self.starting.pop(number, None)
            self.idle.add(number)
            if task := self.busy.pop(number, None):
                self._ended(task, kind, content)
        for free in sorted(self.idle) if len(self.queue) else ():
            self._feed(free)

    def _feed(self, number: int) -> None:
        others = {self.built[other] for other in self.busy}
        if task := self.queue.take(self.built.get(number), others):
            self.idle.discard(number)
            self.busy[number], self.built[number] = task, task.group
            self.crew.send(number, task)

    def _ended(self, task: Task, kind: str, content) -> None:
        self.ledger.take(task, kind, content)
        if task.examples:
            self.uses[task.examples] -= 1
            if not self.uses[task.examples]:
                self.crew.release(task.examples)

    def _replace(self, number: int, how: str, log: str) -> None:
        """Have a dead worker's task tried again, or give it up; start another worker while there is something to do."""
        self.built.pop(number, None)
        self.idle.discard(number)
        tries = self.starting.pop(number, None)
        if task := self.busy.pop(number, None):
            if self.ledger.again(task):
                self.queue.put_back(task)
            else:
                self._ended(task, "failed", f"Its worker died ({how}), {RETRIES + 1} times. {log}")
        if not len(self.queue):
            return
        if tries is None or tries < RETRIES:
            self.starting[number] = 0 if tries is None else tries + 1
            self.crew.start(number)
        elif not (self.starting or self.busy or self.idle):
            raise StudyError(
                f"Expected a worker that can train. Received: none; the last one ended with {how} before it was ready, "
                f"{RETRIES + 1} times. {log} `study doctor` says what is missing."
            )

    def _store_what_arrived(self) -> None:
        for number, (kind, content) in self.crew.wait(timeout=0) if self.busy else ():
            if kind == "done" and number in self.busy:
                self.ledger.take(self.busy.pop(number), kind, content)
