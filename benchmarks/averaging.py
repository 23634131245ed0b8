"""What the averaged weights of a training cost: 64 arms from 16 trainings a seed, against 32.

Command: make bench-averaging  (6 minutes on a quiet core)
One process, set up as a worker. Trainings of `modern`'s MNIST-1D are read out as two cells, with and without early
stopping, and as four, with averaged weights too, in turn; each after a first one that traces. Goal: at most 1.05 times
the seconds. Writes benchmarks/results/averaging.json.
"""

import json
import time
from pathlib import Path
from statistics import median

from study.data.splits import split
from study.design import studyfile
from study.design.arms import End, parse_arm
from study.store.provenance import machine

ARMS = ("none", "batchnorm", "augmentation", "dropout+l2+batchnorm+augmentation")
ROUNDS = 2
TWO = [End(), End(stops=True)]
FOUR = [End(stops, averages) for stops in (False, True) for averages in (False, True)]


def main() -> None:
    from study.engines.worker import set_up

    set_up(0)

    from study.training.batches import Tensors
    from study.training.trainer import Trainer

    study = studyfile.load("modern")
    experiment = study.experiments["mnist1d"]
    data = Tensors(split(experiment.data, 0))
    rows = {}
    for name in ARMS:
        # Whether weights are averaged is traced into a step: a trainer each.
        trainers = [Trainer(experiment, parse_arm(name, study.factors), (40,), 10) for _ in range(2)]
        seconds = [], []
        for turn in range(ROUNDS + 1):
            for trainer, ends, taken in zip(trainers, (TWO, FOUR), seconds, strict=True):
                began = time.perf_counter()
                trainer.cells(data, 0, ends, readouts=True)
                if turn:
                    taken.append(time.perf_counter() - began)
        rows[name] = [round(median(taken), 3) for taken in seconds]
        print(f"{name}: {rows[name][0]} s for two cells, {rows[name][1]} s for four", flush=True)
    ratio = sum(four for _, four in rows.values()) / sum(two for two, _ in rows.values())
    result = {"ratio": round(ratio, 3), "seconds": rows, "epochs": experiment.training.epochs, "machine": machine()}
    (Path(__file__).parent / "results" / "averaging.json").write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps({"ratio": result["ratio"]}))


if __name__ == "__main__":
    main()
