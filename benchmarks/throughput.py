"""Cells per minute on the same cells of `quick`: `fit` loops, KerasTuner, `study run`, and that without its parts.

Command: make bench  (about an hour on two quiet cores)
Cells: both experiments; the four combinations none, dropout + L2, batch norm + augmentation, all four, each with and
without early stopping, so that every factor is on in half of the eight arms. Same budgets, data, weights, stopping
rule; each way runs in fresh processes, start-up counted. The order of the ways changes from round to round.
- `fit`, `keras_tuner`: as most would write it, one process with TensorFlow's threads, one seed a round.
- `tuned_fit`: the best that a user could write around `fit`: an epoch is one call (`steps_per_execution`), one thread a
  process, a process a core, all six seeds.
- `study`: `study run`, all six seeds.
- `study_in_full`: the same trainings by our `Trainer` in processes of this file, and `LEFT_OUT`: that without one part.
Writes benchmarks/results/throughput.json: `ratios` and their medians are those of `study`'s rate to the other's, and in
`left_out` of `study_in_full`'s to that without a part. With --epochs, a try of the code, nothing is written.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np

HERE = Path(__file__).parent
PAIRS = ((), ("dropout", "l2"), ("batchnorm", "augmentation"), ("dropout", "l2", "batchnorm", "augmentation"))
SEEDS = range(6)
CORES = len(os.sched_getaffinity(0))
WHOLE = "study_in_full"
LEFT_OUT = ("shared trajectories", "processes", "compiled epoch", "built-once arms")
OTHERS = ("fit", "tuned_fit", "keras_tuner")
ONE_SEED = ("fit", "keras_tuner")
WAYS = (*OTHERS, "study", WHOLE, *LEFT_OUT)


def arms():
    """Return the eight arms, each right before its twin with early stopping."""
    from study.design.arms import Arm

    return [Arm.of((*pair, *stop)) for pair in PAIRS for stop in ((), ("earlystopping",))]


def ingredients(experiment, arm, seed, **compiled):
    """Return a fresh compiled model and its callbacks, as a user would write them."""
    import keras

    from study.data.datasets import describe
    from study.training.callbacks import early_stopping
    from study.training.networks import build

    known = describe(experiment.data)
    model = build(experiment, arm, seed, known.sample, known.classes)
    model.compile(
        keras.optimizers.Adam(experiment.training.learning_rate),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        **compiled,
    )
    return model, [early_stopping(experiment)] if arm.stops else []


def words_of_fit(experiment, data, **more):
    """Return the arguments of `fit` that all ways share."""
    return {
        "x": data.x_train, "y": data.y_train, "validation_data": (data.x_validation, data.y_validation), "verbose": 0,
        "batch_size": experiment.training.batch, "epochs": experiment.training.epochs, **more,
    }  # fmt: skip


def by_fit(experiment, seeds, way):
    """Train every arm by `fit`, one after the other; yield arm, seed and test accuracy."""
    import keras

    from study.data.splits import split
    from study.engines.worker import set_up

    tuned = way == "tuned_fit"
    if tuned:
        set_up(0)
    steps = math.ceil(experiment.data.train / experiment.training.batch) if tuned else 1
    for seed in seeds:
        data = split(experiment.data, seed)
        for arm in arms():
            keras.utils.clear_session()
            model, callbacks = ingredients(experiment, arm, seed, steps_per_execution=steps)
            more = {"validation_batch_size": 1000} if tuned else {}
            model.fit(**words_of_fit(experiment, data, callbacks=callbacks, **more))
            size = 1000 if tuned else None
            yield arm.name, seed, model.evaluate(data.x_test, data.y_test, batch_size=size, verbose=0)[1]


def by_keras_tuner(experiment, seeds, way):
    """Search the same arms by KerasTuner's GridSearch; yield arm, seed and test accuracy."""
    import keras_tuner

    from study.data.splits import split
    from study.design.arms import parse_arm

    (seed,) = seeds
    data = split(experiment.data, seed)
    accuracies = {}

    class Grid(keras_tuner.HyperModel):
        def build(self, hp):
            return ingredients(experiment, parse_arm(hp.Choice("arm", [arm.name for arm in arms()])), seed)[0]

        def fit(self, hp, model, *args, callbacks=(), **kwargs):
            arm = hp.get("arm")
            more = ingredients(experiment, parse_arm(arm), seed)[1]
            history = model.fit(*args, callbacks=[*callbacks, *more], **kwargs)
            accuracies[arm] = model.evaluate(data.x_test, data.y_test, verbose=0)[1]
            return history

    with tempfile.TemporaryDirectory() as folder:
        tuner = keras_tuner.GridSearch(Grid(), objective="val_accuracy", directory=folder, overwrite=True)
        tuner.search(**words_of_fit(experiment, data))
    yield from ((arm, seed, accuracy) for arm, accuracy in accuracies.items())


def by_trainer(experiment, seeds, way):
    """Train by our own `Trainer`, in full or without a part; yield arm, seed and test accuracy."""
    import keras

    from study.data.datasets import describe
    from study.data.splits import draw
    from study.design.arms import Arm
    from study.engines.worker import set_up

    set_up(0)
    from study.training.batches import Tensors
    from study.training.trainer import Trainer

    class Listens(keras.callbacks.Callback):
        """Has an epoch driven from Python, batch by batch; each step stays compiled."""

        only_watches = True

        def on_train_batch_end(self, batch, logs=None):
            pass

    known = describe(experiment.data)
    data = {seed: Tensors(draw(experiment.data, seed)) for seed in seeds}
    callbacks = (lambda: [Listens()]) if way == "compiled epoch" else None
    cells = ((False,), (True,)) if way == "shared trajectories" else ((False, True),)
    for pair in PAIRS:
        trainer = None
        for seed in seeds:
            for stops in cells:
                if trainer is None or way == "built-once arms":
                    keras.backend.clear_session()
                    trainer = Trainer(experiment, Arm.of(pair), known.sample, known.classes, callbacks)
                for stopped, outcome in trainer.train(data[seed], seed, stops).items():
                    arm = Arm.of((*pair, *(["earlystopping"] if stopped else [])))
                    yield arm.name, seed, outcome.metrics["test_accuracy"]


def child(way: str, name: str, seeds: str, epochs: int) -> None:
    """Train one experiment's arms under some seeds; print seconds of start-up and training, and accuracies."""
    began = time.perf_counter()
    from study.design import studyfile

    experiment = studyfile.load("quick").experiment(name)
    if epochs:
        budget = experiment.training.model_copy(update={"epochs": epochs})
        experiment = experiment.model_copy(update={"training": budget})
    import keras  # noqa: F401

    ready = time.perf_counter()
    body = {"fit": by_fit, "tuned_fit": by_fit, "keras_tuner": by_keras_tuner}.get(way, by_trainer)
    found = list(body(experiment, [int(seed) for seed in seeds.split(",")], way))
    print(json.dumps({"startup": ready - began, "training": time.perf_counter() - ready, "accuracy": found}))


def run_children(way: str, name: str, seed: int, epochs: int) -> dict:
    """Train by a way in its processes: a process a core, each with its share of the seeds, or one."""
    one = way in (*ONE_SEED, "processes")
    shares = [[seed]] if way in ONE_SEED else [SEEDS] if one else [SEEDS[part::CORES] for part in range(CORES)]
    env = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    if way not in ONE_SEED:
        env |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    began = time.perf_counter()
    running = [
        subprocess.Popen(
            [sys.executable, __file__, "--child", way, name, ",".join(map(str, share)), "--epochs", str(epochs)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env,
        )
        for share in shares if share
    ]  # fmt: skip
    said = [each.communicate() for each in running]
    seconds = time.perf_counter() - began
    for each, (_, errors) in zip(running, said):
        if each.returncode:
            raise SystemExit(errors)
    parts = [json.loads(out.strip().splitlines()[-1]) for out, _ in said]
    cells = [cell for part in parts for cell in part["accuracy"]]
    return {
        "seconds": seconds, "cells": len(cells), "startup": median(part["startup"] for part in parts),
        "training": max(part["training"] for part in parts), "processes": len(parts),
        "accuracy": {arm: value for arm, of, value in cells if of == seed},
    }  # fmt: skip


def run_study(name: str, seed: int, epochs: int) -> dict:
    """Train the same arms under all six seeds by `study run`, into a new folder."""
    from study.design import studyfile
    from study.store.lines import Store

    with tempfile.TemporaryDirectory() as folder:
        text = studyfile.locate("quick").read_text(encoding="utf-8")
        file = Path(folder) / "tried.toml"
        file.write_text(re.sub(r"epochs = \d+", f"epochs = {epochs}", text) if epochs else text, encoding="utf-8")
        words = [word for arm in arms() for word in ("--arm", arm.name)]
        began = time.perf_counter()
        ran = subprocess.run(
            [sys.executable, "-m", "study", "run", file, "-E", name, *words, "--results", f"{folder}/r"],
            capture_output=True, text=True,
        )  # fmt: skip
        seconds = time.perf_counter() - began
        if ran.returncode:
            raise SystemExit(ran.stderr)
        records = Store(Path(folder) / "r", "tried").read()
    accuracy = {arm: record["metrics"]["test_accuracy"] for (_, arm, s), record in records.items() if s == seed}
    return {"seconds": seconds, "cells": len(records), "accuracy": accuracy}


def rate(found: dict) -> float:
    """Return cells a minute."""
    return 60 * found["cells"] / found["seconds"]


def summary(rounds: list[dict]) -> dict:
    """Return rates, ratios by experiment with their medians, and how far accuracies agree."""
    from study.statistics.inference import t_interval
    from study.store.provenance import machine

    def ratios(over: str, under: str) -> list[float]:
        return [rate(each[over]) / rate(each[under]) for each in rounds]

    def by_experiment(over: str, under: str) -> dict[str, float]:
        names = dict.fromkeys(each["experiment"] for each in rounds)
        return {
            name: median(rate(each[over]) / rate(each[under]) for each in rounds if each["experiment"] == name)
            for name in names
        }

    agree = {}
    for way in OTHERS:
        gaps = [
            100 * (each["study"]["accuracy"][arm] - value)
            for each in rounds
            for arm, value in each[way]["accuracy"].items()
        ]
        mean, low, high = map(float, t_interval(np.array(gaps)))
        agree[way] = {"mean_pp": mean, "ci_low": low, "ci_high": high, "cells": len(gaps)}
    return {
        **{f"vs_{way}": median(ratios("study", way)) for way in OTHERS},
        "ratios": {way: ratios("study", way) for way in OTHERS},
        "by_experiment": {way: by_experiment("study", way) for way in OTHERS},
        "left_out": {part: by_experiment(WHOLE, part) for part in LEFT_OUT},
        "cells_per_minute": {way: median(rate(each[way]) for each in rounds) for way in WAYS},
        "study_minus_other_accuracy": agree,
        "startup_seconds": {way: median(each[way]["startup"] for each in rounds) for way in WAYS if way != "study"},
        "cells": sum(each[way]["cells"] for each in rounds for way in WAYS),
        "seconds": sum(each[way]["seconds"] for each in rounds for way in WAYS),
        "machine": machine(), "cores": CORES, "rounds": rounds,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=2, help="rounds; each takes another seed")
    parser.add_argument("--epochs", type=int, default=0, help="a smaller budget, to try the code; nothing is written")
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    words = parser.parse_args()
    if words.child:
        child(*words.child, words.epochs)
        return
    rounds = []
    for number in range(words.rounds):
        for name in ("mnist1d", "digits"):
            each = {"experiment": name, "seed": number}
            for way in (*WAYS[number % len(WAYS) :], *WAYS[: number % len(WAYS)]):
                run = (run_study,) if way == "study" else (run_children, way)
                each[way] = run[0](*run[1:], name, number, words.epochs)
                print(
                    f"round {number}, {name}, {way}: {each[way]['seconds']:.0f} s, {rate(each[way]):.1f} cells/min",
                    flush=True,
                )
            rounds.append(each)
    found = summary(rounds)
    if not words.epochs:
        target = HERE / "results" / "throughput.json"
        target.parent.mkdir(exist_ok=True)
        target.write_text(json.dumps(found, indent=2) + "\n")
    print(json.dumps({name: value for name, value in found.items() if name != "rounds"}, indent=2))


if __name__ == "__main__":
    main()
