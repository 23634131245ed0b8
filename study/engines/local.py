"""Trains cells in local processes, one a core; only the parent writes to the store.

A worker keeps the arm it has built and takes that arm's next seed: see `study.engines.schedule`. A worker that dies is
replaced, and its training tried again: see `study.engines.outcomes`.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from pathlib import Path

from study.engines.machine import workers
from study.engines.outcomes import Ledger, Summary
from study.engines.schedule import Queue, Task
from study.store.lines import Store


@dataclass
class Worker:
    """A process that trains, and what it is at."""

    process: object
    connection: Connection
    log: Path
    task: Task | None = None
    group: tuple | None = None


def train(
    tasks: list[Task],
    store: Store,
    *,
    jobs: int | None = None,
    fail_fast: bool = False,
    cost: Callable[[Task], float] = lambda task: 1.0,
    report: Callable[[dict, int], None] = lambda record, left: None,
    summary: Summary | None = None,
) -> Summary:
    """Do tasks in local processes and store each cell as it comes.

    Args:
        tasks: what to do: see `schedule.trajectories` for cells.
        store: where records go; the caller holds its lock.
        jobs: number of processes; see `machine.workers` for the default.
        fail_fast: stop at the first cell that fails.
        cost: expected seconds of a task.
        report: called with each stored record and the number of trainings left.
        summary: where to count, for those who want to know after an interruption too.

    Returns:
        How many processes trained, and how many cells ended how.

    Raises:
        StudyError: if a worker refuses the input: data or a model that cannot be had.
        KeyboardInterrupt: after Ctrl-C or SIGTERM; every finished cell is stored.
    """
    pool = _Pool(Queue(tasks, cost), store, fail_fast, report, summary or Summary())
    with terminated_as_interrupted():
        return pool.run(min(workers(jobs), len(tasks)))


@contextmanager
def terminated_as_interrupted() -> Iterator[None]:
    """Turn SIGTERM into `KeyboardInterrupt`, so that both ends of a run are the same."""

    def interrupt(number, frame) -> None:
        raise KeyboardInterrupt

    previous = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)


class _Pool:
    def __init__(self, queue: Queue, store: Store, fail_fast: bool, report, summary) -> None:
        self.queue, self.fail_fast = queue, fail_fast
        self.ledger = Ledger(queue, store, report, summary)
        self.logs = store.root / ".logs"
        self.context = get_context("spawn")
        self.workers: list[Worker] = []

    def run(self, jobs: int) -> Summary:
        self.logs.mkdir(exist_ok=True)
        for log in self.logs.glob("worker-*.log"):
            log.unlink()  # of an earlier run; a worker that replaces a dead one appends to its log
        self.ledger.summary.processes = jobs
        try:
            for number in range(jobs):
                self._start(number)
            while any(worker.task for worker in self.workers):
                self._listen()
                if self.fail_fast and self.ledger.summary.failed:
                    break
        finally:
            self._stop()
        return self.ledger.summary

    def _start(self, number: int) -> None:
        """Start a worker and give it its first training, if there is one."""
        log = self.logs / f"worker-{number}.log"
        ours, theirs = self.context.Pipe()
        process = self.context.Process(target=_work, args=(theirs, number, str(log)), daemon=True)
        process.start()
        theirs.close()
        worker = Worker(process, ours, log)
        if number < len(self.workers):
            self.workers[number] = worker
        else:
            self.workers.append(worker)
        self._feed(worker)

    def _feed(self, worker: Worker) -> None:
        others = {other.group for other in self.workers if other is not worker and other.task}
        self._hand(worker, self.queue.take(worker.group, others))
        if worker.task:
            worker.group = worker.task.group
            try:
                worker.connection.send(worker.task)
            except OSError:  # it died meanwhile: the next look at its process sees to the task
                pass

    def _hand(self, worker: Worker, task: Task | None) -> Task | None:
        """Give a worker a task, or none; return the one it had."""
        had, worker.task = worker.task, task
        self.ledger.busy = sum(other.task is not None for other in self.workers)
        return had

    def _listen(self) -> None:
        """Wait for something to happen, and see to it."""
        busy = {worker.connection: worker for worker in self.workers if worker.task}
        ended = {worker.process.sentinel: worker for worker in self.workers if worker.task}
        for ready in wait([*busy, *ended]):
            if ready in busy:
                self._receive(busy[ready])
            else:
                worker = ended[ready]
                if worker.task and not worker.connection.poll():
                    self._bury(worker)

    def _receive(self, worker: Worker) -> None:
        try:
            answer = worker.connection.recv()
        except (EOFError, OSError):
            self._bury(worker)
            return
        self.ledger.take(self._hand(worker, None), answer)
        self._feed(worker)

    def _bury(self, worker: Worker) -> None:
        """Replace a worker that died, and have its training tried again."""
        worker.process.join()
        code = worker.process.exitcode
        how = f"signal {-code}" if code is not None and code < 0 else f"exit status {code}"
        self.ledger.lost(self._hand(worker, None), how, f"Its log: {worker.log}")
        if len(self.queue):
            self._start(self.workers.index(worker))

    def _stop(self) -> None:
        """Store what has arrived, then end every worker."""
        for worker in self.workers:
            try:
                if worker.task and worker.connection.poll():
                    answer = worker.connection.recv()
                    if answer[0] == "done":
                        self.ledger.take(self._hand(worker, None), answer)
            except (EOFError, OSError):  # it died with nothing to say
                pass
            worker.connection.close()
            worker.process.kill()
        for worker in self.workers:
            worker.process.join()


def _work(connection: Connection, number: int, log: str) -> None:
    """Train what the parent sends until it hangs up; the body of a worker process."""
    from study.engines.worker import serve

    serve(connection, number, log)
