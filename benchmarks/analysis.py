"""The whole analysis of a large store: 32 arms × 30 seeds × 5 experiments, made up.

Command: make bench-analysis
Goal: ≤ 10 s and ≤ 500 MB, from lines on disk to every effect, placebo and audit.
Prints seconds a stage and the process's peak memory; writes benchmarks/results/analysis.json.
"""

import json
import tempfile
import time
from pathlib import Path

import numpy as np

from study.analysis.effects import all_effects
from study.analysis.lattice import lattice
from study.analysis.one_at_a_time import audit, rank_agreement
from study.design.architectures.tasks import CLASSIFICATION
from study.design.arms import arms_of
from study.design.cells import cells
from study.design.studyfile import Study
from study.engines.worker import peak_mib
from study.store import provenance, records
from study.store.frames import runs_frame
from study.store.lines import Store, encode
from study.store.provenance import machine

SEEDS, EXPERIMENTS, EPOCHS = 30, 5, 100


def made_up() -> Study:
    """Return a study of so many seeds and experiments; nothing of it is trained."""
    experiment = {
        "title": "Made up", "question": "?", "data": {"name": "digits", "train": 300, "validation": 300},
        "model": {"name": "mlp"}, "training": {"epochs": EPOCHS, "batch": 50, "learning_rate": 1e-3},
    }  # fmt: skip
    table = {
        "name": "large", "title": "Large", "seeds": list(range(SEEDS)),
        "experiment": {f"e{k}": experiment | {"name": f"e{k}"} for k in range(EXPERIMENTS)},
    }  # fmt: skip
    return Study.model_validate(table)


def write(study: Study, folder: Path) -> int:
    """Write a store of made-up cells; return its bytes."""
    random = np.random.default_rng(0)
    texts: dict[Path, list[str]] = {}
    for cell in cells(study):
        metrics = {name: float(random.random()) for name in CLASSIFICATION.columns}
        history = {name: random.random(EPOCHS).tolist() for name in ("loss", "accuracy", "val_loss", "val_accuracy")}
        record = records.make(
            cell,
            status="ok",
            metrics=metrics,
            epochs_run=EPOCHS,
            best_epoch=50,
            seconds=1.0,
            history=history,
            provenance=provenance.provenance(),
        )
        file = folder / cell.experiment.name / f"{cell.arm.name}.jsonl"
        texts.setdefault(file, []).append(encode(record) + "\n")
    for file, lines in texts.items():
        file.parent.mkdir(exist_ok=True)
        file.write_text("".join(lines))
    (folder / "store.json").write_text('{"format":1,"study":"large"}')
    return sum(file.stat().st_size for file in texts)


def main() -> None:
    study = made_up()
    with tempfile.TemporaryDirectory() as folder:
        size = write(study, Path(folder))
        before, seconds = peak_mib(), {}
        clock = time.perf_counter()

        def lap(name: str) -> None:
            nonlocal clock
            seconds[name] = round(time.perf_counter() - clock, 2)
            clock = time.perf_counter()

        stored = Store(Path(folder), "large").read()
        lap("read the store")
        runs = runs_frame(stored.values(), study.factors.names, study.task)
        lap("frame of runs")
        effects = all_effects(runs, study.experiments, study.equivalence, arms_of(study))
        lap("effects")
        for name in study.experiments:
            found = lattice(runs, name, arms_of(study))
            found.placebo()
            found.variance_shares()
            audit(effects[(effects["experiment"] == name) & (effects["metric"] == "test_accuracy")])
            rank_agreement(found)
        lap("placebo, shares, audit")
    result = {
        "cells": len(runs), "store_mb": round(size / 1e6, 1), "effects": len(effects), "seconds": seconds,
        "total_seconds": round(sum(seconds.values()), 2), "peak_mib": peak_mib(), "peak_before_mib": before,
        "machine": machine(),
    }  # fmt: skip
    target = Path(__file__).parent / "results" / "analysis.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
