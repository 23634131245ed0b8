"""Studies made up so that the answer is known by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from study.design import sweeps, tuning
from study.design.architectures.tasks import CLASSIFICATION
from study.design.arms import ARMS
from study.design.cells import cells
from study.store import records
from study.store.lines import encode

EFFECTS = {"dropout": 3.0, "l2": 0.0, "batchnorm": 1.0, "augmentation": 8.0, "earlystopping": -2.0}
"""Main effects in percentage points of test accuracy."""


def runs(effects=EFFECTS, pairs=(), seeds=6, noise=0.0, experiment="made", base=60.0, rng=0, arms=ARMS) -> pd.DataFrame:
    """Return a runs frame of an additive lattice plus pair interactions plus noise.

    Args:
        effects: added to test accuracy, in points, by factor that is on.
        pairs: `(factor, factor, points)`: added where both are on.
        seeds: how many.
        noise: standard deviation of each cell, in points.
        base: test accuracy of `none`, percent.
        arms: which arms; all of the five by default.
    """
    random = np.random.default_rng(rng)
    rows = []
    for arm in arms:
        for seed in range(seeds):
            value = base + sum(points for name, points in effects.items() if name in arm)
            value += sum(points for a, b, points in pairs if a in arm and b in arm)
            value += seed * 0.5 + noise * random.standard_normal()
            rows.append(
                {
                    "experiment": experiment,
                    "arm": arm.name,
                    "seed": seed,
                    "status": "ok",
                    **arm.switches,
                    "test_accuracy": value / 100,
                    "train_accuracy": min(1.0, value / 100 + 0.1),
                    "val_accuracy": value / 100,
                    "test_nll": 2 - value / 100,
                    "test_ece": 0.1,
                    "epochs_run": 20 if arm.stops else 30,
                    "best_epoch": 10 + seed,
                }
            )
    return pd.DataFrame(rows)


def history(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a history frame: losses that fall, and validation losses that rise without dropout."""
    parts = []
    for row in frame.itertuples():
        epoch = np.arange(1, row.epochs_run + 1)
        rise = 0.0 if "dropout" in row.arm or row.arm == "all" else 0.03
        parts.append(
            pd.DataFrame(
                {
                    "experiment": row.experiment,
                    "arm": row.arm,
                    "seed": row.seed,
                    "epoch": epoch,
                    "loss": np.exp(-epoch / 10),
                    "accuracy": 1 - np.exp(-epoch / 10),
                    "val_loss": 0.5 + np.exp(-epoch / 5) + rise * epoch + 0.01 * row.seed,
                    "val_accuracy": 0.8,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def store(
    study, folder: Path, accuracy, train_accuracy=lambda cell: 100.0, diverged=lambda cell: False, on_the_way=None
) -> None:
    """Write the store of a study whose every cell, those of the sweeps and of the tuning too, is made up.

    Args:
        study: the study.
        folder: the results folder, not there yet.
        accuracy, train_accuracy: from a cell to its accuracy in percent.
        diverged: from a cell to whether it diverged.
        on_the_way: from a cell and a number of epochs to its accuracy then, at every length but the last that its
            training is judged at; None: it was judged at its end alone.
    """
    folder.mkdir()
    (folder / "store.json").write_text(f'{{"format":1,"study":"{study.name}"}}')
    curves = ("loss", "accuracy", "val_loss", "val_accuracy")
    for cell in cells(study) + sweeps.cells(study) + tuning.cells(study):
        metrics = dict.fromkeys(CLASSIFICATION.columns, accuracy(cell) / 100) | {
            "train_accuracy": train_accuracy(cell) / 100
        }
        status = "diverged" if diverged(cell) else "ok"
        metrics = dict.fromkeys(CLASSIFICATION.columns) if status == "diverged" else metrics
        lengths = cell.experiment.training.lengths[:-1] if on_the_way else ()
        record = records.make(
            cell,
            readouts=[
                {
                    "epochs": length,
                    "status": "ok",
                    "metrics": dict.fromkeys(CLASSIFICATION.columns, on_the_way(cell, length) / 100),
                    "epochs_run": length,
                    "best_epoch": length,
                }
                for length in lengths
            ],
            status=status,
            metrics=metrics,
            epochs_run=3,
            best_epoch=2,
            seconds=1.0,
            history={name: [0.3, 0.2, 0.1] for name in curves},
            provenance={"machine": "made up", "device": "CPU", "cores": 1, "versions": {"keras": "3"}, "commit": None},
        )
        file = folder / cell.experiment.name / f"{cell.arm.name}.jsonl"
        file.parent.mkdir(exist_ok=True)
        with file.open("a") as stream:
            stream.write(encode(record) + "\n")


def doublings(worth=2.0, seeds=6, noise=0.0) -> pd.DataFrame:
    """Ten points a doubling in every arm; one arm lies as far above `none` as `worth` times the examples do."""
    random = np.random.default_rng(0)
    rows = []
    for size in (250, 500, 1000, 2000):
        for arm, extra in (("none", 0.0), ("augmentation", 0.1 * np.log2(worth)), ("l2", 0.01)):
            for seed in range(seeds):
                level = 0.3 + 0.1 * np.log2(size / 250) + extra + noise * random.standard_normal()
                rows.append(
                    {
                        "value": size,
                        "arm": arm,
                        "seed": seed,
                        "status": "ok",
                        "test_accuracy": level,
                        "val_accuracy": level,
                    }
                )
    return pd.DataFrame(rows)
