"""Trains cells on a Ray cluster; the driver alone writes the store, and no disk is shared.

Every actor is a worker as in a local run: one thread, one arm built at a time. Actors, not bare tasks: a
worker that keeps its arm saves building and tracing it for every seed. The driver hands out the same
trajectories by the same queue, so cells are bit-equal to local ones on equal machines. Each seed's
examples are put into the object store once and fetched by the nodes that need them.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from dataclasses import dataclass

from study.data.splits import split
from study.design.settings import Data
from study.engines.local import terminated_as_interrupted
from study.engines.outcomes import Ledger, Summary
from study.engines.schedule import Queue, Task, Trajectory
from study.errors import StudyError
from study.store.lines import Store

HEARTBEAT = 1.0
"""Seconds between two looks at what is under way."""
REACH = 10.0
"""Seconds to wait for a cluster's address to answer."""


@dataclass
class Slot:
    """An actor, and what it is at.

    `call` is the reference it will answer: of its greeting while it starts, then of its training.
    """

    actor: object
    call: object
    task: Task | None = None
    group: tuple | None = None


def train(
    tasks: list[Task],
    store: Store,
    *,
    address: str | None = None,
    jobs: int | None = None,
    per_gpu: int = 1,
    fail_fast: bool = False,
    cost: Callable[[Task], float] = lambda task: 1.0,
    report: Callable[[dict, int], None] = lambda record, left: None,
    summary: Summary | None = None,
) -> Summary:
    """Do tasks on a Ray cluster and store each cell as it comes.

    Args:
        tasks: what to do: see `schedule.trajectories` for cells.
        store: where records go; the caller holds its lock.
        address: the cluster's, such as `auto` or `ray://head:10001`; a new one on this machine if None.
        jobs: number of actors; by default one for each CPU of the cluster, or `per_gpu` for each GPU.
        per_gpu: actors that share a GPU.
        fail_fast: stop at the first cell that fails.
        cost: expected seconds of a task.
        report: called with each stored record and the number of trainings left.
        summary: where to count, for those who want to know after an interruption too.

    Returns:
        How many processes trained, and how many cells ended how.

    Raises:
        StudyError: if Ray is not installed, the cluster cannot be reached, or a worker refuses the input.
        KeyboardInterrupt: after Ctrl-C or SIGTERM; every finished cell is stored.
    """
    ray = _connect(address)
    try:
        with terminated_as_interrupted():
            fleet = _Fleet(ray, Queue(tasks, cost), store, fail_fast, report, summary or Summary())
            return fleet.run(jobs, per_gpu, len(tasks))
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


class _Fleet:
    def __init__(self, ray, queue: Queue, store: Store, fail_fast: bool, report, summary) -> None:
        self.ray, self.queue, self.fail_fast = ray, queue, fail_fast
        self.ledger = Ledger(queue, store, report, summary)
        self.slots: list[Slot] = []
        self.examples: dict[tuple[Data, int], object] = {}

    def run(self, jobs: int | None, per_gpu: int, tasks: int) -> Summary:
        have = self.ray.cluster_resources()
        gpus = int(have.get("GPU", 0))
        number = min(jobs or (gpus * per_gpu if gpus else int(have.get("CPU", 1))), tasks)
        self.ledger.summary.processes = number
        needs = {"num_cpus": 1, "num_gpus": 1 / per_gpu if gpus else 0}
        remote = self.ray.remote(Actor)
        environment = {
            "env_vars": {
                "OMP_NUM_THREADS": "1",
                "OPENBLAS_NUM_THREADS": "1",
                "TF_CPP_MIN_LOG_LEVEL": "2",
                "KERAS_BACKEND": "tensorflow",
            }
        }
        for _ in range(number):
            # A dead actor is started again wherever there is room; its training is the ledger's matter.
            actor = remote.options(max_restarts=-1, runtime_env=environment, **needs).remote()
            self.slots.append(Slot(actor, actor.greet.remote()))
        while len(self.queue) or any(slot.task for slot in self.slots):
            self._listen()
            if self.fail_fast and self.ledger.summary.failed:
                break
        return self.ledger.summary

    def _listen(self) -> None:
        """Wait for answers, see to them, and give every free actor something to do."""
        calls = {slot.call: slot for slot in self.slots if slot.call is not None}
        ready, _ = self.ray.wait(list(calls), num_returns=1, timeout=HEARTBEAT)
        for call in ready:
            self._receive(calls[call])
        for slot in self.slots:
            if slot.call is None and len(self.queue):
                self._feed(slot)

    def _receive(self, slot: Slot) -> None:
        call, slot.call = slot.call, None
        task, slot.task = slot.task, None
        self.ledger.busy = sum(other.task is not None for other in self.slots)
        try:
            answer = self.ray.get(call)
        except self.ray.exceptions.RayError as error:
            # The actor died, with its node or alone. It is greeted again before it gets another task.
            slot.group, slot.call = None, slot.actor.greet.remote()
            if task:
                how = str(error).strip().splitlines()[0]
                self.ledger.lost(task, how, "Its log: in Ray's session folder on its node.")
            return
        if task:
            self.ledger.take(task, answer)

    def _feed(self, slot: Slot) -> None:
        others = {other.group for other in self.slots if other is not slot and other.task}
        slot.task = self.queue.take(slot.group, others)
        slot.group = slot.task.group
        slot.call = slot.actor.train.remote(slot.task, self._examples(slot.task))
        self.ledger.busy = sum(other.task is not None for other in self.slots)

    def _examples(self, task: Task):
        """Return the reference of a seed's examples, put into the object store at its first use.

        A trial draws its own.
        """
        if not isinstance(task, Trajectory):
            return None
        place = task.cells[0].experiment.data, task.seed
        if place not in self.examples:
            self.examples[place] = self.ray.put(split(*place))
        return self.examples[place]


class Actor:
    """A worker on some node of the cluster."""

    def __init__(self) -> None:
        from study.engines.worker import Bench

        self.bench = Bench(0)

    def greet(self) -> str:
        """Say that TensorFlow is imported and the actor can train; return its device."""
        return self.bench.device

    def train(self, task: Trajectory, examples) -> tuple:
        """Do one task, a training on the given examples; return what `worker.answer` does."""
        from study.engines.worker import answer

        if examples is not None:
            self.bench.give(task, examples)
        return answer(self.bench, task)
