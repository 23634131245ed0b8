"""Progress on standard error: a bar with the time left on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time


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

    def advance(self, amount: float, what: str, left: int) -> None:
        """Count `amount` more of `total`.

        Args:
            amount: what was done.
            what: the cell that was stored, for the line.
            left: trainings left.
        """
        self.done += amount
        text = f"{duration(self.left())} left" if self.done else ""
        if self.bar:
            self.bar.update(0, completed=self.done, description=f"{what}", left=text)
        elif time.monotonic() - self.said >= self.every or left == 0:
            self.said = time.monotonic()
            print(
                f"{self.trainings - left} of {self.trainings} {self.noun} done, {text} ({what})",
                file=sys.stderr,
                flush=True,
            )

    def left(self) -> float:
        """Return the expected seconds left, from the speed so far."""
        return self.elapsed() * max(self.total - self.done, 0.0) / self.done

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
        noun: what the tasks are called, in the plural.

    Attributes:
        trained: trainings that have ended.
    """

    def __init__(self, tasks, cost, noun: str = "trainings") -> None:
        self.share = {cell.place: cost(task) / len(task.cells) for task in tasks for cell in task.cells}
        self.progress = Progress(sum(map(cost, tasks)), len(tasks), noun=noun)
        self.trained, self._tasks = 0, len(tasks)

    def __call__(self, record: dict, left: int) -> None:
        self.trained = self._tasks - left
        place = record["experiment"], record["arm"], record["seed"]
        self.progress.advance(self.share[place], f"{place[0]} {place[1]} seed {place[2]}", left)

    def elapsed(self) -> float:
        return self.progress.elapsed()

    def close(self) -> None:
        self.progress.close()
