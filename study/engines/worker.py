"""A worker process: one thread, one arm built at a time, trainings in and outcomes out."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import parent_process
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING

from study.data.shelf import Shelf
from study.design.own.code import find
from study.errors import StudyError
from study.store.provenance import VECTORS, provenance

if TYPE_CHECKING:
    from collections.abc import Callable

    from study.data.splits import Split
    from study.design.arms import End
    from study.design.measurements import Trial
    from study.design.settings import Data


def serve(connection: Connection, number: int, log: str, folder: str) -> None:
    """Say `ready`, then answer every task received, until the parent hangs up.

    Args:
        connection: tasks come in; what `answer` returns goes out.
        number: the worker's number, from 0; chooses its GPU.
        log: file that takes whatever TensorFlow prints.
        folder: where this machine's workers keep seeds' examples, and TensorFlow the sources it writes; the parent
            removes it.
    """
    tempfile.tempdir = folder
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _redirect(log)
    threading.Thread(target=_die_with_parent, args=(folder,), daemon=True).start()
    os.environ.update(environment())
    bench = Bench(number, Shelf(folder).split)
    said = "ready", bench.device
    while True:
        try:
            connection.send(said)
            said = answer(bench, connection.recv())
        except (EOFError, BrokenPipeError):
            return


def environment() -> dict[str, str]:
    """Return the variables of a process that trains: one thread, and, unless the user says otherwise, no vectors wider
    than AVX2's in oneDNN, so that processors with and without AVX-512 add up in one order."""
    return {
        "KERAS_BACKEND": "tensorflow",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "TF_CPP_MIN_LOG_LEVEL": "2",
        VECTORS: os.environ.get(VECTORS, "AVX2"),
    }


def answer(bench: Bench, task) -> tuple[str, object]:
    """Do one task.

    Returns:
        `("done", what the bench returns)`, `("failed", traceback)` or `("refused",
        message)`.
    """
    try:
        return "done", task.perform(bench)
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


def _die_with_parent(folder: str) -> None:
    """End this process when the parent ends, however that happens, even in mid-training, and tidy up in its place."""
    wait([parent_process().sentinel])
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(1)


class Bench:
    """What a worker has at hand: what it built last, an arm or a mechanism, and a way to seeds' examples.

    Args:
        number: the worker's number, from 0; chooses its GPU.
        draw: returns the `Split` of some data and a seed.
    """

    def __init__(self, number: int, draw: Callable[[Data, int], Split]) -> None:
        self.device, self.draw = set_up(number), draw
        self.group = self.built = None

    def train(self, task) -> dict[End, dict]:
        """Train one trajectory; return a record's measured fields by how the cell is read off it."""
        import dataclasses

        from study.training.batches import Tensors
        from study.training.trainer import Trainer

        split = self.draw(*task.examples)
        build = lambda: Trainer(task.cells[0].experiment, task.arm, split.x_train.shape[1:], split.classes)
        ends = [cell.arm.end for cell in task.cells]
        found = self._built(task, build).cells(Tensors(split), task.seed, ends, readouts=True)
        made = self._made()
        return {end: dataclasses.asdict(outcome) | {"made": made} for end, outcome in found.items()}

    def measure(self, trial: Trial) -> dict:
        """Run one mechanism under one seed; return its `values`, its `seconds` and how it was `made`."""
        runner = self._built(
            trial, lambda: find("mechanism", trial.mechanism.runner, "a class")(trial.mechanism.settings)
        )
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


def set_up(number: int) -> str:
    """Give TensorFlow one thread and one device, make it deterministic, and name the device.

    One thread a process is faster than two for networks of this size, and what a thread does alone
    it does in the same order every time.
    """
    with _out_of_sight("jax", "matplotlib", "sklearn"):
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


@contextmanager
def _out_of_sight(*modules: str) -> Iterator[None]:
    """Hide modules that TensorFlow and Keras import wherever they are installed, for plots, conversions and wrappers
    that no training needs: they take much of a worker's start. Users' code finds them afterwards."""
    hidden = [name for name in modules if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))
    try:
        yield
    finally:
        for name in hidden:
            sys.modules.pop(name, None)


def peak_mib() -> int:
    """Return this process's largest resident memory so far, in MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (2**20 if sys.platform == "darwin" else 2**10))
