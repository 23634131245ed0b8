"""Trains cells on a Ray cluster; the driver alone writes the store, and no disk is shared.

Every actor is a worker as in a local run: one thread, one arm built at a time. Actors, not bare tasks: a
worker that keeps its arm saves building and tracing it for every seed. The driver hands out the same
trajectories by the same loop, so cells are bit-equal to local ones on equal machines. Each seed's
examples are put into the object store once, fetched by the nodes that need them, and released with their last task.
"""

from __future__ import annotations

import re
import socket
import time

from study.data.splits import draw
from study.design.settings import Data
from study.engines.crew import Crew, Event, run
from study.engines.outcomes import Summary
from study.engines.schedule import Task
from study.engines.worker import environment
from study.errors import StudyError
from study.store.lines import Store

HEARTBEAT = 1.0
"""Seconds between two looks at what is under way."""
REACH = 10.0
"""Seconds to wait for a cluster's address to answer."""
PATIENCE = 60.0
"""Seconds to wait for a cluster that has lost all its CPUs."""


def train(
    tasks: list[Task], store: Store, *, address: str | None = None, jobs: int | None = None, per_gpu: int = 1, **options
) -> Summary:
    """Do tasks on a Ray cluster and store each cell as it comes.

    Args:
        tasks, store, options: see `crew.run`.
        address: the cluster's, such as `auto` or `ray://head:10001`; a new one on this machine if None.
        jobs: number of actors; by default one for each CPU of the cluster, or `per_gpu` for each GPU.
        per_gpu: actors that share a GPU.

    Raises:
        StudyError: if Ray is not installed, or the cluster cannot be reached or has no CPU; and as `crew.run` does.
    """
    ray = _connect(address)
    try:
        return run(Actors(ray, len(tasks), jobs, per_gpu), tasks, store, **options)
    finally:
        ray.shutdown()


def _connect(address: str | None):
    try:
        import ray
    except ImportError:
        raise StudyError(
            "--engine ray: Expected Ray. Received: none. Install it with `pip install 'what-regularizes[ray]'`."
        ) from None
    _reach(address)
    try:
        ray.init(
            address=address,
            log_to_driver=False,
            include_dashboard=False if address is None else None,
            logging_level="ERROR",
        )
    except Exception as error:  # Ray raises many kinds: no connection, wrong version, no such address
        first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise StudyError(
            f"--ray-address: Expected a Ray cluster at {address!r}. Received: {first} "
            "A cluster started by `ray start` may ask for its token: set RAY_AUTH_MODE=token."
        ) from None
    return ray


def _reach(address: str | None) -> None:
    """Refuse an address where nobody listens: Ray itself would go on trying for minutes."""
    found = re.fullmatch(r"(?:ray://)?([^/:]+):(\d+)", address or "")
    if not found:
        return
    try:
        socket.create_connection((found[1], int(found[2])), timeout=REACH).close()
    except (OSError, OverflowError) as error:
        raise StudyError(f"--ray-address: Expected a Ray cluster at {address!r}. Received: {error}.") from None


class Actors(Crew):
    """Actors of a Ray cluster.

    Args:
        ray: the module, connected.
        tasks: how many tasks there are: more actors are not started.
        jobs, per_gpu: see `train`.
    """

    def __init__(self, ray, tasks: int, jobs: int | None, per_gpu: int) -> None:
        self.ray = ray
        gpus, cpus = self._count("GPU"), self._count("CPU")
        if not cpus:
            raise self._no_cpu()
        self.size = min(jobs or (gpus * per_gpu if gpus else cpus), tasks)
        needs = {"num_cpus": 1, "num_gpus": 1 / per_gpu if gpus else 0, "runtime_env": {"env_vars": environment()}}
        self.kind = ray.remote(Actor).options(**needs)
        self.actors: dict[int, object] = {}
        self.calls: dict[object, int] = {}
        self.examples: dict[tuple[Data, int], object] = {}
        self.seen = time.monotonic()

    def _count(self, resource: str) -> int:
        return int(self.ray.cluster_resources().get(resource, 0))

    def _no_cpu(self) -> StudyError:
        return StudyError(
            "--engine ray: Expected a cluster with at least one CPU, which an actor needs. Received: none. "
            "`ray status` shows what the cluster has."
        )

    def start(self, number: int) -> None:
        # An actor that is dropped is ended by Ray; the new one starts wherever there is room.
        actor = self.actors[number] = self.kind.remote()
        self.calls[actor.greet.remote()] = number

    def send(self, number: int, task: Task) -> None:
        place = task.examples
        if place and place not in self.examples:
            self.examples[place] = self.ray.put(draw(*place))
        self.calls[self.actors[number].perform.remote(task, self.examples.get(place))] = number

    def wait(self, timeout: float | None = None) -> list[Event]:
        ready, _ = self.ray.wait(list(self.calls), num_returns=1, timeout=HEARTBEAT if timeout is None else timeout)
        if ready or self._count("CPU"):
            self.seen = time.monotonic()
        elif time.monotonic() - self.seen > PATIENCE:
            raise self._no_cpu()
        return [(self.calls.pop(call), self._answer(call)) for call in ready]

    def _answer(self, call) -> tuple[str, object]:
        try:
            return self.ray.get(call)
        except self.ray.exceptions.RayError as error:  # it died, with its node or alone, or could not start
            lines = str(error).strip().splitlines() or [type(error).__name__]
            how = " … ".join(dict.fromkeys((lines[0], lines[-1])))  # the last one names what its start raised
            return "died", (how, "Its log: in Ray's session folder on its node.")

    def release(self, examples: tuple[Data, int]) -> None:
        self.examples.pop(examples, None)

    def stop(self) -> None:
        self.actors.clear()
        self.calls.clear()
        self.examples.clear()


class Actor:
    """A worker on some node of the cluster."""

    def __init__(self) -> None:
        from study.engines.worker import Bench

        self.examples = None
        self.bench = Bench(0, lambda data, seed: self.examples)

    def greet(self) -> tuple[str, str]:
        """Say that TensorFlow is imported and the actor can train; return its device."""
        return "ready", self.bench.device

    def perform(self, task: Task, examples) -> tuple[str, object]:
        """Do one task, a training on the given examples; return what `worker.answer` does."""
        from study.engines.worker import answer

        self.examples = examples
        try:
            return answer(self.bench, task)
        finally:
            self.examples = None  # the object store may free them now
