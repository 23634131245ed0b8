"""Cells per minute of a user's Keras models: `study run` against a loop over `model.fit`, same arms, seeds, budgets.

Command: make bench-own-model  (about ten minutes on two quiet cores)
Models: the network of docs/example (a CNN), and a dense one on the same digits. Arms: none, all, and two that halve the
factors between them, each with and without early stopping. The loop builds each arm as the study does, compiles it with
its optimizer and loss, and calls `fit` with its callbacks: one process with TensorFlow's threads, as most would do.
`study run` trains in a process a core. Start-up counts on both sides.
Writes benchmarks/results/own_model.json: by model cells a minute of both ways, and their ratio, medians over rounds.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

HERE = Path(__file__).parent
EXAMPLE = HERE.parent / "docs" / "example" / "mymodel.py"
DENSE = """
import keras
from keras import layers
from mymodel import callbacks, data  # noqa: F401


def build():
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.GaussianNoise(0.1),
            layers.Flatten(),
            layers.Dense(128, activation="relu", kernel_regularizer=keras.regularizers.L2(1e-4)),
            layers.Dropout(0.3),
            layers.Dense(128, activation="relu", kernel_regularizer=keras.regularizers.L2(1e-4)),
            layers.Dropout(0.3),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.Adam(1e-3), "categorical_crossentropy", metrics=["accuracy"])
    return model
"""
MODELS = {"cnn": "mymodel", "mlp": "mydense"}
EPOCHS, SEEDS = 30, 3


def arms(factors):
    """Return the eight arms, each right before its twin with early stopping."""
    from study.design.arms import Arm

    names = [name for name in factors.names if name != "earlystopping"]
    chosen = ([], names, names[::2], names[1::2])
    return [Arm.of((*part, *stop), factors) for part in chosen for stop in ((), ("earlystopping",))]


def by_fit(file: str, seeds: int) -> int:
    """Train every arm by `fit`, one after the other; return how many cells that were."""
    import keras
    import tensorflow as tf

    from study.data.splits import draw
    from study.design import studyfile
    from study.training.callbacks import early_stopping
    from study.training.networks import build
    from study.training.surgery import operate
    from study.training.surgery.template import template

    study = studyfile.load(file)
    (experiment,) = study.experiments.values()
    found, cells = template(experiment.model), 0
    for seed in range(seeds):
        data = draw(experiment.data, seed)
        targets = {
            part: found.targets(tf.constant(getattr(data, f"y_{part}"))) for part in ("train", "validation", "test")
        }
        for arm in arms(study.factors):
            keras.utils.clear_session()
            model = build(experiment, arm, seed, data.x_train.shape[1:], data.classes)
            model.compile(
                operate.optimizer(found, experiment, arm), operate.loss(found, experiment, arm), metrics=["accuracy"]
            )
            model.fit(
                data.x_train,
                targets["train"],
                validation_data=(data.x_validation, targets["validation"]),
                batch_size=experiment.training.batch,
                epochs=experiment.training.epochs,
                callbacks=[*([early_stopping(experiment)] if arm.stops else []), *found.callbacks()],
                verbose=0,
            )
            model.evaluate(data.x_test, targets["test"], verbose=0)
            cells += 1
    return cells


def rate(words: list, cells: int, folder: Path) -> float:
    """Return the cells a minute of a command."""
    began = time.perf_counter()
    ran = subprocess.run(
        [sys.executable, *map(str, words)],
        cwd=folder,
        capture_output=True,
        text=True,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONPATH": os.pathsep.join([str(HERE.parent), str(folder)])},
    )
    if ran.returncode:
        raise SystemExit(ran.stderr)
    return 60 * cells / (time.perf_counter() - began)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3, help="rounds; the order of the ways changes")
    parser.add_argument("--fit", nargs=2, help=argparse.SUPPRESS)
    words = parser.parse_args()
    if words.fit:
        by_fit(words.fit[0], int(words.fit[1]))
        return
    from study.cli import models
    from study.design import studyfile
    from study.store.provenance import machine

    found: dict[str, list[dict]] = {name: [] for name in MODELS}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        shutil.copy(EXAMPLE, folder)
        (folder / "mydense.py").write_text(DENSE)
        os.chdir(folder)
        for name, module in MODELS.items():
            file = folder / f"{name}.toml"
            models.write(
                f"{module}:build",
                f"{module}:data",
                None,
                f"{module}:callbacks",
                (),
                file,
                EPOCHS,
                seeds=f"0-{SEEDS - 1}",
            )
            study = studyfile.load(str(file))
            chosen = [word for arm in arms(study.factors) for word in ("--arm", arm.name)]
            cells = SEEDS * len(arms(study.factors))
            for number in range(words.rounds):
                ways = {
                    "fit": [__file__, "--fit", file, SEEDS],
                    "study": ["-m", "study", "run", file, *chosen, "--results", folder / f"{name}-{number}"],
                }
                order = list(ways) if number % 2 == 0 else list(ways)[::-1]
                found[name].append({way: rate(ways[way], cells, folder) for way in order})
                print(f"{name}, round {number}: {found[name][-1]}", flush=True)
    summary = {
        name: {
            "fit": median(each["fit"] for each in rounds),
            "study": median(each["study"] for each in rounds),
            "ratio": median(each["study"] / each["fit"] for each in rounds),
            "ratios": [each["study"] / each["fit"] for each in rounds],
        }
        for name, rounds in found.items()
    }
    result = {"cells_per_minute": summary, "epochs": EPOCHS, "seeds": SEEDS, "machine": machine()}
    (HERE / "results" / "own_model.json").write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
