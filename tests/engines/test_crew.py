"""The loop that local processes and Ray share, with workers and a cluster made up here: nothing is trained."""

from collections import Counter
from dataclasses import dataclass
from types import SimpleNamespace

import pytest

from study.design.settings import Data
from study.engines import ray
from study.engines.crew import Crew, run
from study.errors import StudyError

DIGITS = Data(name="digits", train=10, validation=10)


@dataclass(frozen=True)
class Made:
    """A task whose record is its name."""

    name: str
    seed: int = 0
    examples: tuple | None = None
    cells = ("one",)

    @property
    def group(self):
        return (self.name,)

    def records(self, content, provenance):
        return [{"name": self.name, "status": "ok", "content": content}]

    def failed(self, reason, provenance):
        return [{"name": self.name, "status": "failed", "reason": reason}]


class Kept(list):
    """A store that only remembers."""

    def append(self, record):
        super().append(dict(record))


class MadeCrew(Crew):
    """Workers that answer at once; `dying` and `unfit` say how often a task, or a worker's start, ends in death."""

    def __init__(self, size, dying=(), unfit=()):
        self.size, self.dying, self.unfit = size, Counter(dict(dying)), Counter(dict(unfit))
        self.said, self.starts, self.released, self.stopped = [], Counter(), [], False

    def start(self, number):
        self.starts[number] += 1
        self.unfit[number] -= 1
        died = "died", ("signal 11", "Its log: worker.log.")
        self.said.append((number, died if self.unfit[number] >= 0 else ("ready", "CPU")))

    def send(self, number, task):
        self.dying[task.name] -= 1
        died = "died", ("signal 9", "Its log: worker.log.")
        self.said.append((number, died if self.dying[task.name] >= 0 else ("done", number)))

    def wait(self, timeout=None):
        said, self.said = self.said, []
        assert said or timeout == 0, "waiting for nobody, for ever"
        return said

    def release(self, examples):
        self.released.append(examples)

    def stop(self):
        self.stopped = True


def done(crew, tasks, **options):
    kept = Kept()
    summary = run(crew, tasks, kept, **options)
    assert crew.stopped
    return {record["name"]: record for record in kept}, summary


def test_every_task_is_done_once_and_the_rest_is_counted_down():
    left = []
    found, summary = done(MadeCrew(2), [Made(name) for name in "abcde"], report=lambda record, rest: left.append(rest))
    assert sorted(found) == list("abcde") and summary.ok == 5 and summary.processes == 2
    assert left == [4, 3, 2, 1, 0]


def test_a_task_whose_worker_dies_is_tried_again_and_given_up_at_last():
    found, summary = done(MadeCrew(1, dying={"a": 2, "b": 3}), [Made("a"), Made("b"), Made("c")])
    assert {name: record["status"] for name, record in found.items()} == {"a": "ok", "b": "failed", "c": "ok"}
    assert "signal 9), 3 times. Its log: worker.log" in found["b"]["reason"] and len(summary.failed) == 1


def test_workers_that_cannot_start_end_the_run_with_their_log():
    crew = MadeCrew(2, unfit={0: 99, 1: 99})
    with pytest.raises(StudyError, match="Expected a worker that can train.*signal 11.*3 times.*worker.log"):
        done(crew, [Made("a"), Made("b")])
    assert crew.starts == {0: 3, 1: 3} and crew.stopped


def test_one_worker_that_cannot_start_leaves_the_work_to_the_others():
    crew = MadeCrew(2, unfit={0: 99}, dying={"a": 1})
    found, _ = done(crew, [Made(name) for name in "abc"])
    assert {record["status"] for record in found.values()} == {"ok"} and crew.starts[0] <= 3


def test_examples_are_released_with_the_last_task_that_needs_them():
    crew = MadeCrew(1, dying={"b": 99})
    tasks = [Made("a", 0, (DIGITS, 0)), Made("b", 0, (DIGITS, 0)), Made("c", 1, (DIGITS, 1)), Made("d")]
    done(crew, tasks)
    assert sorted(seed for _, seed in crew.released) == [0, 1], "given up is an end too"


def test_fail_fast_ends_at_the_first_failure():
    found, summary = done(
        MadeCrew(1, dying={"a": 99}), [Made("a"), Made("b")], fail_fast=True, cost=lambda t: t.name == "a"
    )
    assert list(found) == ["a"] and len(summary.failed) == 1


class DeadActor(Exception):
    pass


class FakeRay:
    """A cluster that runs an actor's methods at once, in this process."""

    exceptions = SimpleNamespace(RayError=DeadActor)

    def __init__(self, cpus, starts=True):
        self.cpus, self.starts, self.objects, self.made = cpus, starts, {}, 0

    def cluster_resources(self):
        return {"CPU": float(self.cpus)} if self.cpus else {}

    def remote(self, kind):
        return self

    def options(self, **needs):
        self.needs = needs
        return SimpleNamespace(remote=self._actor)

    def _actor(self):
        self.made += 1
        call = lambda answer: SimpleNamespace(remote=lambda *words: self.put(answer))
        return SimpleNamespace(greet=call(("ready", "CPU")), perform=call(("done", 1)))

    def put(self, value):
        key = object()
        self.objects[key] = value
        return key

    def wait(self, calls, num_returns, timeout):
        return calls[:num_returns], calls[num_returns:]

    def get(self, call):
        if not self.starts:
            raise DeadActor(
                "The actor died because of an error raised in its creation task:\n…\nImportError: no TensorFlow"
            )
        return self.objects.pop(call)


def test_a_cluster_without_cpus_is_refused():
    for jobs in (None, 2):
        with pytest.raises(StudyError, match="Expected a cluster with at least one CPU.*Received: none"):
            ray.Actors(FakeRay(cpus=0), 4, jobs, 1)


def test_a_cluster_that_loses_its_cpus_is_given_up_in_the_end(monkeypatch):
    fake, clock = FakeRay(cpus=1), [0.0]
    monkeypatch.setattr(ray.time, "monotonic", lambda: clock[0])
    crew = ray.Actors(fake, 1, None, 1)
    crew.start(0)
    fake.cpus, fake.wait = 0, lambda calls, num_returns, timeout: ([], calls)
    assert crew.wait() == []
    clock[0] += ray.PATIENCE + 1
    with pytest.raises(StudyError, match="at least one CPU"):
        crew.wait()


def test_an_actor_that_cannot_start_is_not_greeted_for_ever():
    fake = FakeRay(cpus=1, starts=False)
    with pytest.raises(StudyError, match="Expected a worker that can train.*ImportError: no TensorFlow"):
        run(ray.Actors(fake, 2, None, 1), [Made("a"), Made("b")], Kept())
    assert fake.made == 3


def test_examples_leave_the_object_store():
    fake, kept = FakeRay(cpus=1), Kept()
    crew = ray.Actors(fake, 3, None, 1)
    held = []
    tasks = [Made("a", 0, (DIGITS, 0)), Made("b", 0, (DIGITS, 0)), Made("c", 1, (DIGITS, 1))]
    run(
        crew,
        tasks,
        kept,
        report=lambda record, left: held.append(len(crew.examples)),
        cost=lambda task: -ord(task.name),
    )
    assert len(kept) == 3 and max(held) == 1, "those of seed 0 are gone before seed 1's are drawn"
