"""A worker process: one thread, one arm built at a time, trainings in and outcomes out."""

from __future__ import annotations

import os
import resource
import signal
import sys
import threading
import time
import traceback
from multiprocessing import parent_process
from multiprocessing.connection import Connection, wait

from study.design.measurements import Trial
from study.design.settings import Data
from study.errors import StudyError
from study.store.provenance import provenance

DATA_BYTES = 256 * 2**20
"""How much of the seeds' examples a worker keeps in memory."""


def serve(connection: Connection, number: int, log: str) -> None:
    """Answer every task received, until the parent hangs up.

    Args:
        connection: tasks come in; what `answer` returns goes out.
        number: the worker's number, from 0; chooses its GPU.
        log: file that takes whatever TensorFlow prints.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _redirect(log)
    threading.Thread(target=_die_with_parent, daemon=True).start()
    os.environ.update(
        KERAS_BACKEND="tensorflow", OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", TF_CPP_MIN_LOG_LEVEL="2"
    )
    bench = None
    while True:
        try:
            task = connection.recv()
        except EOFError:
            return
        try:
            bench = bench or Bench(number)
        except Exception:  # TensorFlow or its device cannot be set up
            connection.send(("failed", traceback.format_exc()))
        else:
            connection.send(answer(bench, task))


def answer(bench: Bench, task) -> tuple[str, object]:
    """Do one task.

    Returns:
        `("done", what the bench returns)`, `("failed", traceback)` or `("refused",
        message)`.
    """
    try:
        return "done", bench.measure(task) if isinstance(task, Trial) else bench.train(task)
    except StudyError as error:
        return "refused", str(error)
    except Exception:
        return "failed", traceback.format_exc()


def _redirect(log: str) -> None:
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    sys.stdout.flush()
    sys.stderr.flush()
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    os.close(handle)


def _die_with_parent() -> None:
    """End this process when the parent ends, however that happens, even in mid-training."""
    wait([parent_process().sentinel])
    os._exit(1)


class Bench:
    """What a worker has at hand: what it built last, an arm or a mechanism, and the examples it drew."""

    def __init__(self, number: int) -> None:
        self.device = set_up(number)
        self.group = self.built = None
        self.data: dict[tuple[Data, int], object] = {}

    def train(self, task) -> dict[bool, dict]:
        """Train one trajectory; return a record's measured fields by whether the cell stops."""
        import dataclasses

        experiment = task.cells[0].experiment
        data = self._data(experiment.data, task.seed)
        split = data.split

        def build():
            from study.training.trainer import Trainer

            return Trainer(experiment, task.arm, split.x_train.shape[1:], split.classes)

        found = self._built(task, build).train(data, task.seed, [cell.arm.stops for cell in task.cells])
        made = self._made()
        return {stops: dataclasses.asdict(outcome) | {"made": made} for stops, outcome in found.items()}

    def measure(self, trial: Trial) -> dict:
        """Run one mechanism under one seed; return its `values`, its `seconds` and how it was `made`."""
        runner = self._built(trial, lambda: _find(trial.mechanism.runner)(trial.mechanism.settings))
        began = time.perf_counter()
        values = runner.measure(trial.seed)
        return {"values": values, "seconds": time.perf_counter() - began, "made": self._made()}

    def _made(self) -> dict:
        return provenance() | {"device": self.device, "peak_mib": peak_mib()}

    def _built(self, task, build):
        """Return what the task's group needs, built anew only if another was at hand."""
        import gc

        import keras

        if self.group != task.group:
            # What was there before is dropped first, so that a worker's memory does not grow.
            self.group = self.built = None
            keras.backend.clear_session()
            gc.collect()
            self.built = build()
            self.group = task.group
        return self.built

    def give(self, task, examples) -> None:
        """Take a seed's examples that were drawn elsewhere, if they are not at hand."""
        self._data(task.cells[0].experiment.data, task.seed, examples)

    def _data(self, data: Data, seed: int, examples=None):
        """Return a seed's examples; experiments that draw the same share them."""
        from study.data.splits import split
        from study.training.batches import Tensors

        if (data, seed) not in self.data:
            drawn = Tensors(examples or split(data, seed))
            while self.data and drawn.nbytes + sum(d.nbytes for d in self.data.values()) > DATA_BYTES:
                del self.data[next(iter(self.data))]
            self.data[data, seed] = drawn
        return self.data[data, seed]


def _find(runner: str):
    """Return the class that `package.module:Class` names."""
    import importlib

    module, _, name = runner.partition(":")
    return getattr(importlib.import_module(module), name)


def set_up(number: int) -> str:
    """Give TensorFlow one thread and one device, make it deterministic, and name the device.

    One thread a process is faster than two for networks of this size, and what a thread does alone
    it does in the same order every time.
    """
    import tensorflow as tf
    from threadpoolctl import threadpool_limits

    # NumPy was imported before this process could say how many threads its BLAS may start, and threads that
    # wait for a core that another worker uses cost more than they save.
    threadpool_limits(1)
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    tf.config.experimental.enable_op_determinism()
    gpus = tf.config.list_physical_devices("GPU")
    if not gpus:
        return "CPU"
    mine = gpus[number % len(gpus)]
    tf.config.set_visible_devices(mine, "GPU")
    tf.config.experimental.set_memory_growth(mine, True)
    return tf.config.experimental.get_device_details(mine).get("device_name", "GPU")


def peak_mib() -> int:
    """Return this process's largest resident memory so far, in MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (2**20 if sys.platform == "darwin" else 2**10))
