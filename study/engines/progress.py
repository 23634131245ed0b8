"""Progress on standard error: a bar with the time left on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time

from study.engines.outcomes import Summary


def duration(seconds: float) -> str:
    """Return a span of time in words: `45 s`, `3 min 20 s`, `2 h 05 min`."""
    seconds = round(seconds)
    if seconds < 60:
        return f"{seconds} s"
    minutes, rest = divmod(seconds, 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s" if minutes < 10 else f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60:02d} min"


class Progress:
    """Counts trainings until they are done.

    Args:
        total: expected seconds of all trainings, or their number; only ratios matter.
        trainings: number of trainings.
        noun: what is counted, in the plural.
        every: seconds between two plain lines.
    """

    def __init__(self, total: float, trainings: int, every: float = 15.0, noun: str = "trainings") -> None:
        self.total, self.trainings, self.every, self.noun = total, trainings, every, noun
        self.done = 0.0
        self.started = self.said = time.monotonic()
        self.start_up: float | None = None
        self.bar = self._bar() if sys.stderr.isatty() else None

    def _bar(self):
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeElapsedColumn(),
            TextColumn("{task.fields[left]}"),
            console=Console(stderr=True),
        )
        bar.add_task("training", total=self.total, left="")
        bar.start()
        return bar

    def settle(self, training: float) -> None:
        """Say that every worker has trained by now, and for how many seconds on average: the rest of the time went into
        starting workers and building their first networks, and is no measure of what is to come."""
        if self.start_up is None:
            self.start_up = max(0.0, self.elapsed() - training)

    def advance(self, amount: float, what: str, left: int) -> None:
        """Count `amount` more of `total`.

        Args:
            amount: what was done.
            what: the cell that was stored, for the line.
            left: trainings left.
        """
        self.done += amount
        remaining = self.left()
        text = "" if remaining is None else f"{duration(remaining)} left"
        if self.bar:
            self.bar.update(0, completed=self.done, description=f"{what}", left=text)
        elif time.monotonic() - self.said >= self.every or left == 0:
            self.said = time.monotonic()
            done = f"{self.trainings - left} of {self.trainings} {self.noun} done"
            print(f"{done}{text and ', ' + text} ({what})", file=sys.stderr, flush=True)

    def left(self) -> float | None:
        """Return the expected seconds left, from the speed since workers were at it; None as long as they are not."""
        if self.start_up is None or not self.done:
            return None
        return (self.elapsed() - self.start_up) * max(self.total - self.done, 0.0) / self.done

    def elapsed(self) -> float:
        """Return the seconds since the start."""
        return time.monotonic() - self.started

    def close(self) -> None:
        """Leave the terminal as it was."""
        if self.bar:
            self.bar.stop()


class Meter:
    """Feeds the progress display with stored records.

    Args:
        tasks: what is done: trajectories or trials.
        cost: expected seconds of a task; only ratios matter.
        summary: the run's, which knows its processes.
        noun: what the tasks are called, in the plural.

    Attributes:
        trained: trainings that have ended.
    """

    FEW = 2
    """How many trainings of each worker, on average, make an estimate."""

    def __init__(self, tasks, cost, summary: Summary, noun: str = "trainings") -> None:
        self.task = {cell.place: task for task in tasks for cell in task.cells}
        self.share = {task: cost(task) / len(task.cells) for task in tasks}
        self.seconds: dict[object, float] = {}
        self.progress = Progress(sum(map(cost, tasks)), len(tasks), noun=noun)
        self.summary, self.trained = summary, 0

    def __call__(self, record: dict, left: int) -> None:
        self.trained = len(self.share) - left
        place = record["experiment"], record["arm"], record["seed"]
        task = self.task[place]
        # Of a training that yields two cells, the longer one's seconds are the training's.
        self.seconds[task] = max(self.seconds.get(task, 0.0), record["seconds"])
        workers = max(1, self.summary.processes)
        if self.trained >= self.FEW * workers:
            self.progress.settle(sum(self.seconds.values()) / workers)
        self.progress.advance(self.share[task], f"{place[0]} {place[1]} seed {place[2]}", left)

    def elapsed(self) -> float:
        return self.progress.elapsed()

    def close(self) -> None:
        self.progress.close()
