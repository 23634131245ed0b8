"""A study's results, opened for reading: what notebooks, exports and pages start from."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from statistics import median

import pandas as pd

from study.analysis import tuned
from study.analysis.effects import all_effects
from study.analysis.experiment import ExperimentResults
from study.analysis.lattice import by_arm, fullest
from study.analysis.sweeping.sweep import SweepResults
from study.design import studyfile, sweeps, tuning
from study.design.architectures.tasks import Metric
from study.design.arms import Arm, arms_of
from study.design.cells import Cell, cells
from study.design.studyfile import Study
from study.errors import StudyError
from study.store import status
from study.store.frames import history_frame, readouts_frame, runs_frame
from study.store.lines import Record, Store
from study.store.status import Standing, survey


class Results:
    """Today's records of a study, and the frames and estimates made from them.

    Args:
        study: the study.
        store: where its records are.

    Attributes:
        records: records of today's settings; stale and failed cells are not among them.
        standing: where every cell of the study stands.

    Raises:
        StudyError: if there is no record.
    """

    def __init__(self, study: Study, store: Store) -> None:
        self.study, self.store = study, store
        self.standing = survey(cells(study), store.read())
        self.records: list[Record] = list(self.standing.done.values())
        if not self.records:
            raise StudyError(
                f"Expected results of the study {study.name!r} in {store.root}. Received: none. "
                f"Train them with `study run`."
            )

    @cached_property
    def runs(self) -> pd.DataFrame:
        """One row a cell: see `frames.runs_frame`."""
        return runs_frame(self.records, self.study.factors.names, self.study.task)

    @cached_property
    def readouts(self) -> pd.DataFrame:
        """One row a cell and length at which its training was judged: see `frames.readouts_frame`."""
        return readouts_frame(self.records, self.study.factors.names, self.study.task)

    @cached_property
    def history(self) -> pd.DataFrame:
        """One row an epoch of a cell: see `frames.history_frame`."""
        return history_frame(self.records, self.study.task)

    @cached_property
    def fullest(self) -> dict[str, int]:
        """How many arms the fullest seed of each experiment has, by name in the study's order."""
        return {name: fullest(by_arm(self.runs, name, self.arms, self.metric.name)) for name in self.study.experiments}

    @property
    def metric(self) -> Metric:
        """The metric that decides: test accuracy of classifiers."""
        return self.study.task.metric

    @property
    def metrics(self) -> list[Metric]:
        """What test examples are judged by, the metric that decides first."""
        return self.study.task.metrics

    @cached_property
    def experiments(self) -> list[str]:
        """Names of the experiments that have at least one complete seed, in the study's order."""
        return [name for name, arms in self.fullest.items() if arms == len(self.arms)]

    @cached_property
    def arms(self) -> tuple[Arm, ...]:
        """The study's arms: all of them, or a fraction."""
        return arms_of(self.study)

    @cached_property
    def seeds(self) -> dict[str, int]:
        """Number of complete seeds of each experiment that has one: those behind every estimate."""
        return {name: len(self.experiment(name).lattice().seeds) for name in self.experiments}

    def left_out(self, name: str) -> dict[int, str]:
        """Return an experiment's incomplete seeds, which no estimate uses, and why."""
        return status.left_out(self.standing, name)

    @cached_property
    def effects(self) -> pd.DataFrame:
        """Every effect of every experiment that has a complete seed: see `effects.all_effects`."""
        if not self.experiments:  # it says what is missing
            return all_effects(self.runs, self.study.experiments, self.study.equivalence, self.arms)
        return pd.concat([self.experiment(name).every_effect for name in self.experiments], ignore_index=True)

    @cached_property
    def training_seconds(self) -> dict[tuple[str, Arm, int], float]:
        """What each training of the experiments took: see `seconds_of`."""
        return seconds_of(self.standing.done)

    @cached_property
    def core_seconds(self) -> dict[str, float]:
        """What all trainings of each experiment take on one core, in seconds, by its name: see `on_one_core`."""
        return dict.fromkeys(self.study.experiments, 0.0) | on_one_core(self.training_seconds)

    @cached_property
    def further(self) -> dict[str, dict[Cell, Record]]:
        """Finished cells of today's settings that no experiment has, and their records: of the `sweeps` and of the
        `tuning`, if there are any."""
        sweeping = {cell: record for cell, record in self._sweeping.done.items() if cell not in self.standing.done}
        found = {"sweeps": sweeping, "tuning": self._tuning.done}
        return {name: done for name, done in found.items() if done}

    @property
    def is_tuned(self) -> bool:
        """Whether the study tunes anything and every choice has been made for the experiments that are analysed."""
        asked = sum(len(tuning.dials(self.study, name)) for name in self.experiments)
        return bool(self.tuning) and len(self.tuning) == asked

    @cached_property
    def tuning(self) -> list[tuned.Choice]:
        """What the study's tuning chose for the experiments that are analysed, wherever it is done: see
        `tuned.choices`."""
        found = tuned.choices(self.study, self._tuning.done)
        return [choice for choice in found if choice.experiment in self.experiments]

    @cached_property
    def _tuning(self) -> Standing:
        """Where every cell of the tuning stands."""
        return survey(tuning.cells(self.study), self.store.read())

    @cached_property
    def _sweeping(self) -> Standing:
        """Where every cell of every sweep stands, those it shares with an experiment among them."""
        every = dict.fromkeys(cell for places in self._places.values() for cell in places.values())
        return survey(every, self.store.read()) if every else Standing()

    @cached_property
    def _places(self) -> dict[str, dict[tuple, Cell]]:
        return sweeps.every(self.study)

    @property
    def sweeps(self) -> list[str]:
        """Names of the sweeps all of whose cells are trained, in the study's order."""
        return [
            name
            for name in self.study.sweeps
            if all(cell in self._sweeping.done for cell in self._places[name].values())
        ]

    @property
    def multiverses(self) -> list[str]:
        """Names of the experiments that a trained sweep varies in all arms: see `sweeping.multiverse`."""
        whole = {found.sweep.experiment for found in map(self.sweep, self.sweeps) if found.whole}
        return [name for name in self.study.experiments if name in whole]

    def sweep(self, name: str) -> SweepResults:
        """Return one sweep's results, the same whenever they are asked for."""
        if name not in self._swept:
            self._swept[name] = SweepResults(self, name, self._sweeping.done)
        return self._swept[name]

    def experiment(self, name: str) -> ExperimentResults:
        """Return one experiment's results, the same whenever they are asked for; `StudyError` if there is no such."""
        self.study.experiment(name)
        return self._opened[name]

    @cached_property
    def _swept(self) -> dict[str, SweepResults]:
        return {}

    @cached_property
    def _opened(self) -> dict[str, ExperimentResults]:
        return {name: ExperimentResults(self, experiment) for name, experiment in self.study.experiments.items()}


def seconds_of(done: dict[Cell, Record]) -> dict[tuple[str, Arm, int], float]:
    """Return what each training took, by experiment, arm without early stopping and seed.

    Both cells of a trajectory are one training: the longer one is its time.
    """
    longest: dict[tuple[str, Arm, int], float] = {}
    for cell, record in done.items():
        training = cell.experiment.name, cell.arm.trajectory, cell.seed
        longest[training] = max(longest.get(training, 0.0), record["seconds"])
    return longest


def on_one_core(trainings: dict[tuple[str, Arm, int], float]) -> dict[str, float]:
    """Return what trainings take on one core, in seconds, by their experiment's name.

    Each counts as the median of its arm over seeds: one that had to share its core took longer than it costs.

    Args:
        trainings: as `seconds_of` returns them.
    """
    taken: dict[tuple[str, Arm], list[float]] = {}
    for (name, arm, _), seconds in trainings.items():
        taken.setdefault((name, arm), []).append(seconds)
    costs: dict[str, float] = {}
    for (name, _), found in taken.items():
        costs[name] = costs.get(name, 0.0) + len(found) * median(found)
    return costs


def open(study: str, results: str | Path | None = None) -> Results:
    """Open the results of a study.

    Args:
        study: a bundled study's name, or the path of a study file.
        results: the results folder; `results/STUDY` by default, as the command line has it.

    Raises:
        StudyError: if the study cannot be read, or has no results there.
    """
    found = studyfile.load(study)
    return Results(found, Store(Path(results or Path("results") / found.name), found.name))
