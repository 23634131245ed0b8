"""The time left, on a clock made up here."""

import heapq
from dataclasses import dataclass

import pytest

from study.engines import progress
from study.engines.outcomes import Summary


@dataclass(frozen=True)
class Cell:
    place: tuple


@dataclass(frozen=True)
class Task:
    arm: int
    seed: int

    @property
    def cells(self):
        return tuple(Cell(("e", f"{self.arm}{stops}", self.seed)) for stops in "ny")


def told(
    monkeypatch, arms=16, seeds=12, workers=2, start_up=12.0, building=6.0, training=3.0, estimated=lambda arm: 1.0
):
    """Return what was said to be left and what was truly left, after each training of a run of made-up durations."""
    clock = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(progress.sys.stderr, "isatty", lambda: False)
    tasks = [Task(arm, seed) for arm in range(arms) for seed in range(seeds)]
    summary = Summary(processes=workers)
    meter = progress.Meter(tasks, lambda task: estimated(task.arm), summary)
    queue = [[Task(arm, seed) for seed in range(seeds)] for arm in range(arms)]
    free, ended = [(start_up, number, []) for number in range(workers)], []
    while queue or any(mine for _, _, mine in free):
        at, number, mine = heapq.heappop(free)
        build = 0.0 if mine else building
        mine = mine or (queue.pop(0) if queue else [])
        if mine:
            at += build + training
            ended.append((at, mine.pop(0)))
            heapq.heappush(free, (at, number, mine))
    ended.sort(key=lambda pair: pair[0])
    found = []
    for count, (at, task) in enumerate(ended, start=1):
        clock[0] = at
        for cell, seconds in zip(task.cells, (training, 0.4 * training)):
            experiment, arm, seed = cell.place
            meter({"experiment": experiment, "arm": arm, "seed": seed, "seconds": seconds}, len(tasks) - count)
        found.append((meter.progress.left(), ended[-1][0] - at))
    return found


@pytest.mark.parametrize("workers", [1, 2, 8])
def test_nothing_is_said_before_it_means_something(monkeypatch, workers):
    """In quick's first minutes, start-up and building weigh more than trainings: one training told of 59 minutes, five
    of 14."""
    found = told(monkeypatch, workers=workers)
    said = [(left, truth) for left, truth in found if left is not None]
    assert [left for left, _ in found[:workers]] == [None] * workers, "not before every worker has trained"
    assert len(said) >= len(found) - 2 * workers
    for left, truth in said[: len(said) // 2]:
        assert truth / 1.5 < left < truth * 1.5


def test_long_trainings_need_no_long_wait(monkeypatch):
    found = told(monkeypatch, arms=4, seeds=4, training=600.0)
    assert found[3][0] == pytest.approx(found[3][1], rel=0.05)


def test_a_line_without_an_estimate_says_what_is_done(monkeypatch, capsys):
    told(monkeypatch, arms=2, seeds=3, workers=1, start_up=20.0)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "1 of 6 trainings done (e 0n seed 0)" and lines[-1].startswith("6 of 6 trainings done, 0 s left")
