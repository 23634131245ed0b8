"""Which cells are missing, and who trains them: local processes, one a core.

A trajectory is the unit of work. A worker keeps the arm it has built and takes that arm's next seed;
when the arm has none left it takes the arm with the most work that nobody holds, and at the end
of the queue it shares the arm with the most seeds left. Only the parent writes to the store.
"""

from __future__ import annotations

import os
import signal
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from pathlib import Path

from study import records
from study.config import Study
from study.design import Arm, Cell
from study.errors import StudyError
from study.resources import workers
from study.store import Store

RETRIES = 2
"""How often a trajectory is tried again after its worker died."""


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


@dataclass
class Worker:
    """A process that trains, and what it is at."""

    process: object
    connection: Connection
    log: Path
    task: Trajectory | None = None
    group: tuple[str, Arm] | None = None
    since: float = 0.0


@dataclass
class Summary:
    """How a run ended: cells by status."""

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


def train(
    study: Study, cells: list[Cell], store: Store, *, jobs: int | None = None, fail_fast: bool = False,
    cost: Callable[[Trajectory], float] = lambda task: 1.0,
    report: Callable[[dict, int], None] = lambda record, left: None,
) -> Summary:
    """Train cells in local processes and store each as it comes.

    Args:
        study: the study the cells belong to.
        cells: what to train.
        store: where records go; the caller holds its lock.
        jobs: number of processes; see `resources.workers` for the default.
        fail_fast: stop at the first cell that fails.
        cost: expected seconds of a training.
        report: called with each stored record and the number of trainings left.

    Returns:
        How many cells ended how.

    Raises:
        StudyError: if a worker refuses the input: data or a model that cannot be had.
        KeyboardInterrupt: after Ctrl-C or SIGTERM; every finished cell is stored.
    """
    tasks = trajectories(cells)
    pool = _Pool(study, Queue(tasks, cost), store, fail_fast, report)
    return pool.run(min(workers(jobs), len(tasks)))


class _Pool:
    def __init__(self, study, queue: Queue, store: Store, fail_fast: bool, report) -> None:
        self.study, self.queue, self.store = study, queue, store
        self.fail_fast, self.report = fail_fast, report
        self.context = get_context("spawn")
        self.workers: list[Worker] = []
        self.tries: dict[tuple, int] = defaultdict(int)
        self.summary = Summary()
        self.provenance = records.provenance()

    def run(self, jobs: int) -> Summary:
        previous = signal.signal(signal.SIGTERM, _interrupt)
        try:
            for number in range(jobs):
                self._start(number)
            while any(worker.task for worker in self.workers):
                self._listen()
                if self.fail_fast and self.summary.failed:
                    break
        finally:
            self._stop()
            signal.signal(signal.SIGTERM, previous)
        return self.summary

    def _start(self, number: int) -> None:
        """Start a worker and give it its first training, if there is one."""
        log = self.store.root / ".logs" / f"worker-{number}.log"
        log.parent.mkdir(exist_ok=True)
        ours, theirs = self.context.Pipe()
        process = self.context.Process(
            target=_work, args=(theirs, self.study, number, str(log)), daemon=True
        )
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
        worker.task = self.queue.take(worker.group, others)
        if worker.task:
            worker.group, worker.since = worker.task.group, time.monotonic()
            try:
                worker.connection.send(worker.task)
            except OSError:  # it died meanwhile: the next look at its process sees to the task
                pass

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
            kind, content = worker.connection.recv()
        except (EOFError, OSError):
            self._bury(worker)
            return
        if kind == "refused":
            raise StudyError(content)
        task, worker.task = worker.task, None
        for cell in task.cells:
            self._keep(self._record(cell, kind, content))
        self._feed(worker)

    def _record(self, cell: Cell, kind: str, content) -> dict:
        """Return the record of one cell of an answer."""
        if kind == "failed":
            return records.failed(cell, content, self.provenance)
        measured = dict(content[cell.arm.stops])
        return records.make(cell, provenance=self.provenance | measured.pop("made"), **measured)

    def _bury(self, worker: Worker) -> None:
        """Replace a worker that died, and try its training again, elsewhere and not for ever."""
        worker.process.join()
        task, worker.task = worker.task, None
        self.tries[task.group, task.seed] += 1
        if self.tries[task.group, task.seed] <= RETRIES:
            self.queue.put_back(task)
        else:
            code = worker.process.exitcode
            how = f"signal {-code}" if code is not None and code < 0 else f"exit status {code}"
            reason = f"Its worker died ({how}), {RETRIES + 1} times. Its log: {worker.log}"
            for cell in task.cells:
                self._keep(records.failed(cell, reason, self.provenance))
        if len(self.queue):
            self._start(self.workers.index(worker))

    def _keep(self, record: dict) -> None:
        self.store.append(record)
        self.summary.count(record)
        left = len(self.queue) + sum(worker.task is not None for worker in self.workers)
        self.report(record, left)

    def _stop(self) -> None:
        """Store what has arrived, then end every worker."""
        for worker in self.workers:
            try:
                if worker.task and worker.connection.poll():
                    kind, content = worker.connection.recv()
                    for cell in worker.task.cells if kind == "done" else ():
                        self._keep(self._record(cell, kind, content))
            except (EOFError, OSError):  # it died with nothing to say
                pass
            worker.connection.close()
            worker.process.kill()
        for worker in self.workers:
            worker.process.join()


def _interrupt(number, frame) -> None:
    raise KeyboardInterrupt


def _work(connection: Connection, study: Study, number: int, log: str) -> None:
    """Train what the parent sends until it hangs up; the body of a worker process."""
    from study.worker import serve

    serve(connection, study, number, log)
