"""Trains cells in local processes, one a core."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from pathlib import Path

from study.data.shelf import Shelf
from study.design.settings import Data
from study.engines.crew import Crew, Event, run
from study.engines.machine import workers
from study.engines.outcomes import Summary
from study.engines.schedule import Task
from study.files import check_folder
from study.store.lines import Store


def train(tasks: list[Task], store: Store, *, jobs: int | None = None, **options) -> Summary:
    """Do tasks in local processes and store each cell as it comes.

    Args:
        tasks, store, options: see `crew.run`.
        jobs: number of processes; see `machine.workers` for the default.
    """
    return run(Processes(min(workers(jobs), len(tasks)), store.root / ".logs"), tasks, store, **options)


@dataclass
class Worker:
    """A process that trains, and the way to it."""

    process: object
    connection: Connection


class Processes(Crew):
    """Processes of this machine. Seeds' examples are drawn into files that all of them map into their memory.

    Args:
        size: how many.
        logs: folder for what TensorFlow prints.
    """

    def __init__(self, size: int, logs: Path) -> None:
        check_folder(logs, "results")
        self.size, self.logs = size, logs
        self.context = get_context("spawn")
        self.workers: dict[int, Worker] = {}
        self.folder = tempfile.mkdtemp(prefix="study-examples-")
        logs.mkdir(exist_ok=True)
        for log in logs.glob("worker-*.log"):
            log.unlink()  # of an earlier run; a worker that replaces a dead one appends to its log

    def start(self, number: int) -> None:
        ours, theirs = self.context.Pipe()
        words = theirs, number, str(self._log(number)), self.folder
        process = self.context.Process(target=_work, args=words, daemon=True)
        process.start()
        theirs.close()
        self.workers[number] = Worker(process, ours)

    def _log(self, number: int) -> Path:
        return self.logs / f"worker-{number}.log"

    def send(self, number: int, task: Task) -> None:
        try:
            self.workers[number].connection.send(task)
        except OSError:  # it died meanwhile: the next look at its process sees to the task
            pass

    def wait(self, timeout: float | None = None) -> list[Event]:
        places = {
            place: number
            for number, worker in self.workers.items()
            for place in (worker.connection, worker.process.sentinel)
        }
        return [self._hear(number) for number in {places[ready]: None for ready in wait(list(places), timeout)}]

    def _hear(self, number: int) -> Event:
        worker = self.workers[number]
        try:
            if worker.connection.poll():
                return number, worker.connection.recv()
        except (EOFError, OSError):
            pass
        del self.workers[number]
        worker.process.join()
        code = worker.process.exitcode
        how = f"signal {-code}" if code is not None and code < 0 else f"exit status {code}"
        return number, ("died", (how, f"Its log: {self._log(number)}."))

    def release(self, examples: tuple[Data, int]) -> None:
        Shelf(self.folder).remove(*examples)

    def stop(self) -> None:
        for worker in self.workers.values():
            worker.connection.close()
            worker.process.kill()
        for worker in self.workers.values():
            worker.process.join()
        shutil.rmtree(self.folder, ignore_errors=True)


def _work(connection: Connection, number: int, log: str, folder: str) -> None:
    """Train what the parent sends until it hangs up; the body of a worker process."""
    from study.engines.worker import serve

    serve(connection, number, log, folder)
