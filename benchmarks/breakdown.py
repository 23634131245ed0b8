"""Where the time of `quick` goes, and a training step against its bare arithmetic.

Command: make bench-breakdown  (about 4 minutes on two quiet cores)
One process, set up as a worker. For the arms below and both experiments, one training after a first one that
traces: seconds by part. The bare arithmetic of a step is its matrix products and convolutions alone, forward and
backward, in one compiled loop on arrays of the same shapes, timed in turn with the steps (median of several rounds).
The price of op determinism is the same steps in a second process without it.
Goal: a step costs at most twice its bare arithmetic. Writes benchmarks/results/breakdown.json.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from statistics import median

HERE = Path(__file__).parent
ARMS = ("none", "dropout", "l2", "batchnorm", "augmentation", "dropout+l2+batchnorm+augmentation")
ROUNDS = 7


class Clock:
    """Seconds by part; a part inside another is taken off the outer one."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._open: list[float] = []

    @contextmanager
    def part(self, name: str):
        began = time.perf_counter()
        self._open.append(0.0)
        try:
            yield
        finally:
            took = time.perf_counter() - began
            inner = self._open.pop()
            self.seconds[name] = self.seconds.get(name, 0.0) + took - inner
            if self._open:
                self._open[-1] += took

    def wrap(self, owner, attribute: str, name: str) -> None:
        """Time every call of a method."""
        function = getattr(owner, attribute)

        def timed(*args, **kwargs):
            with self.part(name):
                return function(*args, **kwargs)

        setattr(owner, attribute, timed)


def matrix_products(widths, batch):
    """Return a step's arithmetic for dense layers: products forward, and backward to weights and inputs."""
    import tensorflow as tf

    pairs = list(zip(widths, widths[1:]))
    arrays = [(tf.random.normal((batch, a)), tf.random.normal((a, b)), tf.random.normal((batch, b))) for a, b in pairs]

    def work(drift):
        total = 0.0
        for number, (x, w, dy) in enumerate(arrays):
            total += tf.matmul(x + drift, w)[0, 0] + tf.matmul(x, dy + drift, transpose_a=True)[0, 0]
            if number:  # nothing is learned below the inputs
                total += tf.matmul(dy + drift, w, transpose_b=True)[0, 0]
        return total

    return work


def convolutions(sides, channels, batch):
    """Return a step's arithmetic for 3 × 3 convolutions, forward and backward."""
    import tensorflow as tf

    shapes = [
        ((batch, side, side, a), (3, 3, a, b), (batch, side, side, b))
        for side, a, b in zip(sides, channels, channels[1:])
    ]
    arrays = [tuple(map(tf.random.normal, each)) for each in shapes]
    one = {"strides": [1, 1, 1, 1], "padding": "SAME"}

    def work(drift):
        total = 0.0
        for number, (x, w, dy) in enumerate(arrays):
            total += tf.nn.conv2d(x + drift, w, 1, "SAME")[0, 0, 0, 0]
            total += tf.raw_ops.Conv2DBackpropFilter(input=x, filter_sizes=w.shape, out_backprop=dy + drift, **one)[
                0, 0, 0, 0
            ]
            if number:
                total += tf.raw_ops.Conv2DBackpropInput(input_sizes=x.shape, filter=w, out_backprop=dy + drift, **one)[
                    0, 0, 0, 0
                ]
        return total

    return work


def bare(experiment, batch):
    """Return a compiled function of a number of steps that does their bare arithmetic."""
    import tensorflow as tf

    if experiment.model.name == "mlp":
        parts = [matrix_products((40, *experiment.model.widths, 10), batch)]
    else:
        filters = experiment.model.filters
        sides = [8 // 2**k for k in range(len(filters) + 1)]
        parts = [
            convolutions(sides, (1, *filters), batch),
            matrix_products((sides[-1] ** 2 * filters[-1], experiment.model.dense, 10), batch),
        ]

    @tf.function
    def steps(number):
        drift = tf.constant(0.0)
        for _ in tf.range(number):
            # Each step leans on the one before, so that none can be left out.
            drift = 1e-20 * sum(part(drift) for part in parts)
        return drift

    return steps


def seconds_of(function) -> float:
    began = time.perf_counter()
    function()
    return time.perf_counter() - began


def examine(experiment, arm_name: str, determinism: bool) -> dict:
    """Return one training's seconds by part, and its steps against bare arithmetic."""
    import keras
    import numpy as np
    import tensorflow as tf

    from study.data.splits import split
    from study.design.arms import parse_arm
    from study.design.cells import Cell
    from study.engines.outcomes import Ledger, Summary
    from study.engines.schedule import trajectories
    from study.store.lines import Store
    from study.training import trainer as training
    from study.training.batches import Tensors, batches

    keras.backend.clear_session()
    arm, clock = parse_arm(arm_name), Clock()
    with clock.part("input"):
        data = Tensors(split(experiment.data, 0))
    with clock.part("build"):
        trainer = training.Trainer(experiment, arm, data.split.x_train.shape[1:], data.split.classes)
    order, rest = (
        tf.constant(part)
        for part in batches(np.random.default_rng(0), len(data.split.y_train), experiment.training.batch)
    )
    epoch = lambda: trainer._epoch(*data.train, order, rest, *data.validation).numpy()
    with clock.part("tracing"):
        epoch()
        trainer.predict(data.test[0])
        trainer.predict(data.validation[0])
        trainer.predict(data.train[0])
    arithmetic, number = bare(experiment, experiment.training.batch), len(order)
    arithmetic(tf.constant(number))
    alone = [], [], []
    trainer._steps(*data.train, order), trainer._validate(*data.validation)
    for _ in range(ROUNDS):
        alone[0].append(seconds_of(lambda: trainer._steps(*data.train, order).numpy()))
        alone[1].append(seconds_of(lambda: arithmetic(tf.constant(number)).numpy()))
        alone[2].append(seconds_of(lambda: trainer._validate(*data.validation).numpy()))
    steps, least, validation = map(median, alone)

    clock.wrap(trainer, "reset", "reset to a seed")
    clock.wrap(trainer, "_epoch", "epochs")
    clock.wrap(trainer, "judge", "evaluation")
    for hook in ("on_train_begin", "on_epoch_begin", "on_epoch_end", "on_train_end"):
        clock.wrap(keras.callbacks.CallbackList, hook, "callbacks")
    cells = [
        Cell(experiment, parse_arm(name), 0) for name in (arm_name, f"{arm_name}+earlystopping".removeprefix("none+"))
    ]
    (task,) = trajectories(cells)
    with clock.part("rest"):
        found = trainer.cells(data, 0, [cell.arm.end for cell in cells])
    with tempfile.TemporaryDirectory() as folder:
        import dataclasses

        store = Store(Path(folder) / "r", "quick")
        ledger = Ledger(1, store, lambda record, left: None, Summary())
        content = {end: dataclasses.asdict(outcome) | {"made": {}} for end, outcome in found.items()}
        ledger.take(task, "done", content)  # the folder and the marker are made
        with clock.part("store"):
            ledger.take(task, "done", content)
    for hook in ("on_train_begin", "on_epoch_begin", "on_epoch_end", "on_train_end"):
        setattr(keras.callbacks.CallbackList, hook, HOOKS[hook])
    epochs = len(found[cells[0].arm.end].history["loss"])
    seconds = clock.seconds
    total = seconds.pop("epochs")
    seconds["validation"] = total * validation / (steps + validation)
    seconds["steps"] = total - seconds["validation"]
    return {
        "experiment": experiment.name,
        "arm": arm_name,
        "epochs": epochs,
        "steps_an_epoch": number,
        "seconds": seconds,
        "ms_a_step": 1e3 * steps / number,
        "ms_bare": 1e3 * least / number,
        "steps_to_bare": steps / least,
        "determinism": determinism,
    }


HOOKS: dict = {}


def child(determinism: bool) -> None:
    """Examine every arm in this process; print one JSON line an arm."""
    import keras
    import tensorflow as tf

    from study.design import studyfile
    from study.engines import worker

    HOOKS.update(
        {
            hook: getattr(keras.callbacks.CallbackList, hook)
            for hook in ("on_train_begin", "on_epoch_begin", "on_epoch_end", "on_train_end")
        }
    )
    if not determinism:
        tf.config.experimental.enable_op_determinism = lambda: None
    worker.set_up(0)
    for experiment in studyfile.load("quick").experiments.values():
        for arm in ARMS:
            print(json.dumps(examine(experiment, arm, determinism)), flush=True)


def process_start() -> float:
    """Return the median seconds until a fresh process could take its first training."""
    words = [sys.executable, "-c", "from study.engines.worker import set_up; import study.training.trainer; set_up(0)"]
    return median(seconds_of(lambda: subprocess.run(words, check=True, capture_output=True)) for _ in range(3))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--child", choices=("on", "off"), help=argparse.SUPPRESS)
    words = parser.parse_args()
    if words.child:
        child(words.child == "on")
        return
    from study.store.provenance import machine

    rows = {}
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    for determinism in ("on", "off"):
        ran = subprocess.run(
            [sys.executable, __file__, "--child", determinism], capture_output=True, text=True, env=environment
        )
        if ran.returncode:
            raise SystemExit(ran.stderr)
        rows[determinism] = [json.loads(line) for line in ran.stdout.splitlines()]
    parts: dict[str, float] = {}
    for row in rows["on"]:
        for name, value in row["seconds"].items():
            # Built and traced once for all six seeds of an arm; examples drawn once for all sixteen arms.
            parts[name] = parts.get(name, 0.0) + value / {"build": 6, "tracing": 6, "input": 16}.get(name, 1)
    count = len(rows["on"])
    parts = {name: value / count for name, value in parts.items()}
    # One start serves a worker through its half of the study's trainings.
    trainings = 2 * 16 * 6
    parts["process start"] = 2 * process_start() / trainings
    price = [on["ms_a_step"] / off["ms_a_step"] for on, off in zip(rows["on"], rows["off"])]
    result = {
        "seconds_a_training": {name: round(value, 4) for name, value in sorted(parts.items(), key=lambda p: -p[1])},
        "steps_to_bare": {f"{row['experiment']} {row['arm']}": round(row["steps_to_bare"], 2) for row in rows["on"]},
        "median_steps_to_bare": round(median(row["steps_to_bare"] for row in rows["on"]), 2),
        "determinism_price": round(median(price), 3),
        "machine": machine(),
        "rows": rows,
    }
    target = HERE / "results" / "breakdown.json"
    target.write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps({name: value for name, value in result.items() if name != "rows"}, indent=2))


if __name__ == "__main__":
    main()
