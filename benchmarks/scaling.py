"""How cost grows with cells and workers: local processes and Ray.

Command: make bench-scaling  (about 12 minutes on two quiet cores; needs the `ray` extra)
1. Cells: 96, 384 and 1,632 cells of a tiny experiment (1, 4 and 17 experiments of 32 arms × 3 seeds), two workers:
   seconds a cell from the first stored cell to the last, and a worker's peak memory after 25 trainings and at the end.
2. Workers: four arms × four seeds of `quick`'s mnist1d by one worker and by two, locally and on Ray, twice each in
   turn: trainings a second between the first stored training and the last. Beside it, the machine's own limit: the bare
   arithmetic of the same steps (see breakdown.py) by one process and by two.
3. The driver: seconds it spends on one Ray call that carries a real training's answer, and on storing that answer.
   Their inverse is the most trainings a second that one driver can take.
Goals: flat within 10 %; two workers at least 1.8 times one. Writes benchmarks/results/scaling.json.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from study.design import studyfile
from study.design.arms import ARMS, Arm
from study.design.cells import cells
from study.design.studyfile import Study
from study.engines import local
from study.engines import ray as cluster
from study.engines.outcomes import Ledger, Summary
from study.engines.schedule import trajectories
from study.store.lines import Store
from study.store.provenance import machine

SIZES = (1, 4, 17)
CALLS = 300
WORKERS = (10, 100, 1000)


def tiny(experiments: int, seeds: int = 3) -> Study:
    """Return a study of so many equal, tiny experiments."""
    experiment = {
        "title": "Tiny", "question": "?", "data": {"name": "digits", "train": 60, "validation": 60, "test": 200},
        "model": {"name": "mlp", "widths": [8]}, "training": {"epochs": 20, "batch": 20, "learning_rate": 1e-2},
    }  # fmt: skip
    names = [f"e{number}" for number in range(experiments)]
    table = {
        "name": "tiny", "title": "Tiny", "seeds": list(range(seeds)),
        "experiment": {name: experiment | {"name": name} for name in names},
    }  # fmt: skip
    return Study.model_validate(table)


def trained(study: Study, chosen, engine, **options) -> tuple[float, float, list[dict]]:
    """Train cells into a new folder; return all seconds, those from first to last cell, and the records in order."""
    records, times = [], []

    def note(record: dict, left: int) -> None:
        records.append(record)
        times.append(time.perf_counter())

    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "r", study.name)
        began = time.perf_counter()
        with store.lock():
            engine.train(trajectories(chosen), store, report=note, **options)
        return time.perf_counter() - began, times[-1] - times[0], records


def by_cells() -> list[dict]:
    found = []
    for number in SIZES:
        study = tiny(number)
        total, span, records = trained(study, cells(study), local, jobs=2)
        peaks = [record["provenance"]["peak_mib"] for record in records]
        early = max(peaks[: 4 * 25])
        found.append({
            "cells": len(records), "seconds": total, "seconds_a_cell": span / (len(records) - 2),
            "trainings_a_worker": len(records) // 4, "peak_mib_after_25": early, "peak_mib": max(peaks),
        })  # fmt: skip
        print(found[-1], flush=True)
    return found


def by_workers() -> list[dict]:
    study = studyfile.load("quick")
    arms = [Arm.of(chosen) for chosen in ((), ("dropout",), ("batchnorm",), ("augmentation",))]
    chosen = cells(study, ["mnist1d"], arms, study.seeds[:4])
    found = []
    for round_ in range(2):
        for name, engine in (("local", local), ("ray", cluster)):
            for jobs in (1, 2):
                total, span, records = trained(study, chosen, engine, jobs=jobs)
                # Trainings that end with the first stored one were under way before the span began.
                rate = (len(records) - jobs) / span
                found.append({"engine": name, "jobs": jobs, "round": round_, "seconds": total, "rate": rate})
                print(found[-1], flush=True)
    return found


def arithmetic(seconds: float = 8.0) -> None:
    """Do the bare arithmetic of MNIST-1D's steps for some seconds; print steps a second."""
    import keras
    import tensorflow as tf
    from breakdown import bare

    from study.engines.worker import set_up

    set_up(0)
    keras.utils.set_random_seed(0)
    experiment = studyfile.load("quick").experiment("mnist1d")
    steps, number = bare(experiment, experiment.training.batch), 200
    steps(tf.constant(number)).numpy()
    done, began = 0, time.perf_counter()
    while time.perf_counter() - began < seconds:
        steps(tf.constant(number)).numpy()
        done += number
    print(done / (time.perf_counter() - began))


def machine_limit() -> float:
    """Return how many times the bare arithmetic of one process two processes do, median of three."""

    def rate(processes: int) -> float:
        words = [sys.executable, __file__, "--arithmetic"]
        running = [
            subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            for _ in range(processes)
        ]
        return sum(float(process.communicate()[0]) for process in running)

    return median(rate(2) / rate(1) for _ in range(3))


def speedups(rows: list[dict]) -> dict[str, float]:
    """Return, for each engine, the median over rounds of two workers' rate over one worker's."""
    rate = {(row["engine"], row["round"], row["jobs"]): row["rate"] for row in rows}
    return {
        name: median(rate[name, number, 2] / rate[name, number, 1] for number in (0, 1)) for name in ("local", "ray")
    }


def driver() -> dict:
    """Return the driver's seconds for a Ray call with a training's answer, and for storing the answer."""
    import ray

    study = studyfile.load("quick")
    chosen = cells(study, ["mnist1d"], [ARMS[0], Arm.of(["earlystopping"])], [0])
    (task,) = trajectories(chosen)
    _, _, records = trained(study, chosen, local, jobs=1)
    names = ("status", "metrics", "epochs_run", "best_epoch", "seconds", "history", "reason")
    content = {
        bool(record["factors"]["earlystopping"]): {name: record[name] for name in names}
        | {"made": record["provenance"]}
        for record in records
    }
    with tempfile.TemporaryDirectory() as folder:
        ledger = Ledger(1, Store(Path(folder) / "r", "quick"), lambda r, n: None, Summary())
        began = time.process_time(), time.perf_counter()
        for _ in range(CALLS):
            ledger.take(task, "done", content)
        storing = (time.perf_counter() - began[1]) / CALLS
    ray.init(num_cpus=1, include_dashboard=False, log_to_driver=False, logging_level="ERROR")

    class Echo:
        def train(self, task, examples):
            return "done", content

    actor = ray.remote(Echo).remote()
    ray.get(actor.train.remote(task, None))
    began = time.perf_counter()
    for _ in range(CALLS):
        call = actor.train.remote(task, None)
        ray.wait([call], num_returns=1)
        ray.get(call)
    calling = (time.perf_counter() - began) / CALLS
    ray.shutdown()
    seconds = max(record["seconds"] for record in records)
    most = 1 / (storing + calling)
    return {
        "store_ms": 1e3 * storing, "call_ms": 1e3 * calling, "most_trainings_a_second": most,
        "training_seconds": seconds, "most_workers": most * seconds,
        "needed_trainings_a_second": {str(number): number / seconds for number in WORKERS},
    }  # fmt: skip


def main() -> None:
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    if "--arithmetic" in sys.argv:
        arithmetic()
        return
    result = {"driver": driver(), "workers": by_workers(), "cells": by_cells(), "machine": machine()}
    result["speedup_two_workers"] = speedups(result["workers"])
    result["machine_two_processes"] = machine_limit()
    rates = [row["seconds_a_cell"] for row in result["cells"]]
    result["seconds_a_cell_spread"] = max(rates) / min(rates) - 1
    last = result["cells"][-1]
    result["memory_growth"] = last["peak_mib"] / last["peak_mib_after_25"] - 1
    target = Path(__file__).parent / "results" / "scaling.json"
    target.write_text(json.dumps(result, indent=2) + "\n")
    print(
        json.dumps(
            {
                name: result[name]
                for name in (
                    "driver",
                    "speedup_two_workers",
                    "machine_two_processes",
                    "seconds_a_cell_spread",
                    "memory_growth",
                )
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
