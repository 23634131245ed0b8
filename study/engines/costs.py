"""What an epoch costs on this machine: measured by a few epochs of each experiment, of which nothing is kept."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from study.design import sweeps
from study.design.arms import parse_arm
from study.design.cells import Cell
from study.design.settings import Experiment
from study.design.studyfile import Study
from study.engines import local
from study.engines.schedule import Trajectory, trajectories
from study.errors import StudyError
from study.store.lines import Store
from study.store.records import told

FEW, MORE = 1, 3
"""Epochs of the two trainings whose difference is the cost of the epochs between them."""
WARM_UP, MEASURED = 0, 1
"""Seeds: the first training of an arm also traces it."""
ENOUGH = 10_000
"""Training examples an epoch is measured with, at most; more cost in proportion."""


@dataclass(frozen=True)
class EpochCost:
    """Seconds of one process: `fixed` for a training, `plain` for an epoch of the arm `none`, `layered` for one with
    every factor's layers, and the number of training `examples` they were measured with."""

    fixed: float
    plain: float
    layered: float
    examples: int

    def seconds(self, task: Trajectory) -> float:
        """Return what a training to the end of its budget costs; between the two arms measured in equal steps."""
        experiment = task.cells[0].experiment
        share = len(task.arm.factors) / max(1, len(parse_arm("all", task.arm.known).trajectory.factors))
        epoch = (self.plain + share * (self.layered - self.plain)) * experiment.data.train / self.examples
        return self.fixed + epoch * experiment.training.epochs


def measure(study: Study, experiment: Experiment) -> EpochCost:
    """Train a few epochs of an experiment, alone on one process, and return what they cost.

    Raises:
        StudyError: if its data cannot be had, or its training fails.
    """
    plain, layered = parse_arm("none", study.factors), parse_arm("all", study.factors).trajectory
    data = experiment.data
    share = min(1.0, ENOUGH / data.train)
    smaller = data.model_copy(
        update={"train": round(share * data.train), "validation": max(1, round(share * data.validation))}
    )
    cells = {
        (arm, epochs, seed): Cell(
            sweeps.vary(
                experiment.model_copy(update={"data": smaller}),
                "training.epochs",
                epochs,
                f"{experiment.name}.{epochs}",
            ),
            arm,
            seed,
        )
        for arm in (plain, layered)
        for epochs in (FEW, MORE)
        for seed in (WARM_UP, MEASURED)
    }
    seconds = {}
    with tempfile.TemporaryDirectory(prefix="study-epochs-") as folder:
        store = Store(Path(folder) / "results", study.name)
        with store.lock():
            local.train(trajectories(list(cells.values())), store, jobs=1)
            records = store.read()
    for place, cell in cells.items():
        record = records[cell.place]
        if record["status"] == "failed":
            raise StudyError(told(record["reason"]))
        seconds[place] = record["seconds"]
    few, more = ({arm: seconds[arm, epochs, MEASURED] for arm in (plain, layered)} for epochs in (FEW, MORE))
    epoch = {arm: max(0.0, more[arm] - few[arm]) / (MORE - FEW) for arm in (plain, layered)}
    fixed = max(0.0, few[plain] - FEW * epoch[plain])
    return EpochCost(fixed, epoch[plain], epoch[layered], smaller.train)
