"""Cells per minute: a `fit` loop, KerasTuner's grid search, and `study run`, on the same cells of `quick`.

Command: make bench  (about 15 minutes on two quiet cores)
Cells: both experiments; the four combinations none, dropout + L2, batch norm + augmentation, all four, each with and
without early stopping, so that every factor is on in half of the eight arms. (a) and (b) train them under one seed
a round; (c) under all six, as whole trajectories. The order of a, b and c changes from round to round.
Same budgets, data, weights, stopping rule; each way runs in fresh processes, start-up measured apart and counted.
Writes benchmarks/results/throughput.json; `vs_fit` and `vs_keras_tuner` are median ratios over rounds and experiments.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np

HERE = Path(__file__).parent
PAIRS = ((), ("dropout", "l2"), ("batchnorm", "augmentation"), ("dropout", "l2", "batchnorm", "augmentation"))
FACTORS = [(*pair, *stop) for pair in PAIRS for stop in ((), ("earlystopping",))]
WAYS = ("fit", "keras_tuner", "study")


def arms():
    from study.design.arms import Arm

    return [Arm.of(chosen) for chosen in FACTORS]


def ingredients(experiment, arm, seed):
    """Return a fresh model, its compile arguments, and its callbacks, as a user would write them."""
    import keras

    from study.training.networks import build
    from study.training.trainer import early_stopping

    shape, classes = {"mnist1d": (40,), "digits": (8, 8, 1)}[experiment.name], 10
    model = build(experiment, arm, seed, shape, classes)
    model.compile(
        keras.optimizers.Adam(experiment.training.learning_rate),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    return model, [early_stopping(experiment)] if arm.stops else []


def by_fit(experiment, seed):
    """Train every arm by `fit`, one after the other, with TensorFlow's own threads; yield accuracies."""
    import keras

    from study.data.splits import split

    data = split(experiment.data, seed)
    for arm in arms():
        keras.utils.clear_session()
        model, callbacks = ingredients(experiment, arm, seed)
        model.fit(
            data.x_train,
            data.y_train,
            batch_size=experiment.training.batch,
            epochs=experiment.training.epochs,
            validation_data=(data.x_validation, data.y_validation),
            callbacks=callbacks,
            verbose=0,
        )
        yield arm.name, model.evaluate(data.x_test, data.y_test, verbose=0)[1]


def by_keras_tuner(experiment, seed):
    """Search the same arms by KerasTuner's GridSearch; yield accuracies."""
    import keras_tuner

    from study.data.splits import split
    from study.design.arms import parse_arm

    data = split(experiment.data, seed)
    accuracies = {}

    class Grid(keras_tuner.HyperModel):
        def build(self, hp):
            arm = parse_arm(hp.Choice("arm", [arm.name for arm in arms()]))
            return ingredients(experiment, arm, seed)[0]

        def fit(self, hp, model, *args, callbacks=(), **kwargs):
            from study.training.trainer import early_stopping

            arm = parse_arm(hp.get("arm"))
            more = [early_stopping(experiment)] if arm.stops else []
            history = model.fit(*args, callbacks=[*callbacks, *more], **kwargs)
            accuracies[arm.name] = model.evaluate(data.x_test, data.y_test, verbose=0)[1]
            return history

    with tempfile.TemporaryDirectory() as folder:
        tuner = keras_tuner.GridSearch(Grid(), objective="val_accuracy", directory=folder, overwrite=True)
        tuner.search(
            data.x_train,
            data.y_train,
            batch_size=experiment.training.batch,
            epochs=experiment.training.epochs,
            validation_data=(data.x_validation, data.y_validation),
            verbose=0,
        )
    yield from accuracies.items()


def child(way: str, name: str, seed: int) -> None:
    """Train one experiment's arms under one seed; print seconds of start-up and training, and accuracies."""
    began = time.perf_counter()
    from study.design import studyfile

    experiment = studyfile.load("quick").experiment(name)
    import keras  # noqa: F401

    ready = time.perf_counter()
    found = dict({"fit": by_fit, "keras_tuner": by_keras_tuner}[way](experiment, seed))
    print(json.dumps({"startup": ready - began, "training": time.perf_counter() - ready, "accuracy": found}))


def run_child(way: str, name: str, seed: int) -> dict:
    began = time.perf_counter()
    ran = subprocess.run(
        [sys.executable, __file__, "--child", way, name, str(seed)],
        capture_output=True,
        text=True,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
    )
    if ran.returncode:
        raise SystemExit(ran.stderr)
    found = json.loads(ran.stdout.strip().splitlines()[-1])
    return {"seconds": time.perf_counter() - began, "cells": len(found["accuracy"]), **found}


def run_study(name: str, seed: int) -> dict:
    """Train the same arms under all six seeds by `study run`, into a new folder."""
    from study.store.lines import Store

    with tempfile.TemporaryDirectory() as folder:
        words = [word for arm in arms() for word in ("--arm", arm.name)]
        began = time.perf_counter()
        ran = subprocess.run(
            [sys.executable, "-m", "study", "run", "quick", "-E", name, *words, "--results", f"{folder}/r"],
            capture_output=True,
            text=True,
        )
        seconds = time.perf_counter() - began
        if ran.returncode:
            raise SystemExit(ran.stderr)
        records = Store(Path(folder) / "r", "quick").read()
    trained: dict[tuple, float] = {}
    for record in records.values():
        place = tuple(v for k, v in record["factors"].items() if k != "earlystopping"), record["seed"]
        trained[place] = max(trained.get(place, 0.0), record["seconds"])
    return {
        "seconds": seconds, "cells": len(records), "training": sum(trained.values()),
        "accuracy": {arm: r["metrics"]["test_accuracy"] for (_, arm, s), r in records.items() if s == seed},
    }  # fmt: skip


def summary(rounds: list[dict]) -> dict:
    """Return rates, ratios with their spread, and how far accuracies agree."""
    from study.statistics.inference import t_interval
    from study.store.provenance import machine

    rate = {way: [] for way in WAYS}
    for each in rounds:
        for way in WAYS:
            rate[way].append(60 * each[way]["cells"] / each[way]["seconds"])
    ratios = {way: [ours / theirs for ours, theirs in zip(rate["study"], rate[way])] for way in WAYS[:2]}
    agree = {}
    for way in WAYS[:2]:
        gaps = np.array(
            [
                100 * (each["study"]["accuracy"][arm] - value)
                for each in rounds
                for arm, value in each[way]["accuracy"].items()
            ]
        )
        mean, low, high = map(float, t_interval(gaps))
        agree[way] = {"mean_pp": mean, "ci_low": low, "ci_high": high, "cells": len(gaps)}
    return {
        "vs_fit": median(ratios["fit"]), "vs_keras_tuner": median(ratios["keras_tuner"]),
        "ratios": ratios, "cells_per_minute": {way: median(values) for way, values in rate.items()},
        "study_minus_other_accuracy": agree,
        "startup_seconds": {way: median(each[way]["startup"] for each in rounds) for way in WAYS[:2]},
        "cells": sum(each[way]["cells"] for each in rounds for way in WAYS),
        "seconds": sum(each[way]["seconds"] for each in rounds for way in WAYS),
        "machine": machine(), "cores": len(os.sched_getaffinity(0)), "rounds": rounds,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=2, help="rounds; each takes another seed")
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    words = parser.parse_args()
    if words.child:
        child(words.child[0], words.child[1], int(words.child[2]))
        return
    rounds = []
    for number in range(words.rounds):
        for name in ("mnist1d", "digits"):
            each = {"experiment": name, "seed": number}
            for way in WAYS[number % 3 :] + WAYS[: number % 3]:
                each[way] = run_study(name, number) if way == "study" else run_child(way, name, number)
                per_minute = 60 * each[way]["cells"] / each[way]["seconds"]
                print(
                    f"round {number}, {name}, {way}: {each[way]['seconds']:.0f} s, {per_minute:.1f} cells/min",
                    flush=True,
                )
            rounds.append(each)
    found = summary(rounds)
    target = HERE / "results" / "throughput.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(found, indent=2) + "\n")
    print(json.dumps({name: value for name, value in found.items() if name != "rounds"}, indent=2))


if __name__ == "__main__":
    main()
