"""A study's results, opened for reading: what notebooks, exports and pages start from."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import pandas as pd

from study import analysis, config, data, planning, responses, sweeps, tuning
from study.analysis import ArmEstimates, Lattice
from study.audit import audit, rank_agreement
from study.config import Study
from study.curves import Curve, learning_curves
from study.decomposition import variance_shares
from study.design import Arm, Cell, arms_of, cells, trajectories_of
from study.errors import StudyError
from study.experiments import Experiment
from study.factors import EARLY_STOPPING
from study.flips import improvements
from study.placebo import Placebo, placebo
from study.planning import convergence
from study.responses import Choice
from study.store import Record, Standing, Store, history_frame, runs_frame, survey


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
        """One row a cell: see `store.runs_frame`."""
        return runs_frame(self.records, self.study.factors.names)

    @cached_property
    def history(self) -> pd.DataFrame:
        """One row an epoch of a cell: see `store.history_frame`."""
        return history_frame(self.records)

    @cached_property
    def experiments(self) -> list[str]:
        """Names of the experiments that have at least one complete seed, in the study's order."""
        return [name for name in self.study.experiments if self._complete(name)]

    def _complete(self, name: str) -> bool:
        ok = self.runs[(self.runs["experiment"] == name) & (self.runs["status"] == "ok")]
        return bool((ok.groupby("seed").size() == len(self.arms)).any())

    @cached_property
    def arms(self) -> tuple[Arm, ...]:
        """The study's arms: all of them, or a fraction."""
        return arms_of(self.study)

    @cached_property
    def seeds(self) -> dict[str, int]:
        """Number of complete seeds of each experiment that has one: those behind every estimate."""
        counts = self.effects.groupby("experiment", sort=False)["n_seeds"].first()
        return {name: int(number) for name, number in counts.items()}

    def left_out(self, name: str) -> dict[int, str]:
        """Return an experiment's incomplete seeds, which no estimate uses, and why."""
        return planning.left_out(self.standing, name)

    @cached_property
    def effects(self) -> pd.DataFrame:
        """Every effect of every experiment: see `analysis.all_effects`."""
        return analysis.all_effects(self.runs, self.study.experiments, self.study.equivalence, self.arms)

    @cached_property
    def tuning(self) -> list[tuning.Choice]:
        """What the study's tuning chose, wherever it is done: see `tuning.choices`."""
        return tuning.choices(self.study, survey(tuning.cells(self.study), self.store.read()).done)

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
            name for name in self.study.sweeps
            if all(cell in self._sweeping.done for cell in self._places[name].values())
        ]

    def sweep(self, name: str) -> SweepResults:
        """Return one sweep's results."""
        return SweepResults(self, name, responses.frame(self.study, name, self._sweeping.done))

    def experiment(self, name: str) -> ExperimentResults:
        """Return one experiment's results."""
        return ExperimentResults(self, self.study.experiment(name))


class ExperimentResults:
    """One experiment's estimates.

    Attributes:
        experiment: its settings.
        name, title: its names.
        band: the study's equivalence half-width in percentage points.
        factors: the study's factors.
    """

    def __init__(self, results: Results, experiment: Experiment) -> None:
        self.results, self.experiment = results, experiment
        self.name, self.title = experiment.name, experiment.title
        self.band = results.study.equivalence
        self.factors = results.study.factors

    def lattice(self, metric: str = "test_accuracy") -> Lattice:
        """Return one metric on the complete seeds."""
        return analysis.lattice(self.results.runs, self.name, metric, self.results.arms)

    def arms(self, metric: str = "test_accuracy") -> ArmEstimates:
        """Return every arm's mean and interval."""
        return analysis.arm_estimates(self.lattice(metric))

    @cached_property
    def _effects(self) -> pd.DataFrame:
        every = self.results.effects
        return every[every["experiment"] == self.name]

    def effects(self, kind: str, metric: str = "test_accuracy") -> pd.DataFrame:
        """Return one kind of effect on one metric, indexed by term."""
        return analysis.of_kind(self._effects, kind, metric)

    @property
    def trainings(self) -> int:
        """Trainings a seed."""
        return len(trajectories_of(self.results.arms))

    @cached_property
    def placebo(self) -> Placebo | None:
        """The noise floor of a main effect on test accuracy: see `placebo.placebo`."""
        return placebo(self.lattice())

    def variance_shares(self) -> pd.DataFrame:
        """Return how the variance between arms splits by order: see `decomposition`."""
        return variance_shares(self.lattice())

    def audit(self) -> pd.DataFrame:
        """Return what four styles of ablation say of test accuracy: see `audit.audit`."""
        return audit(self._effects[self._effects["metric"] == "test_accuracy"])

    def rank_agreement(self) -> pd.DataFrame:
        """Return how far the styles' rankings agree: see `audit.rank_agreement`."""
        return rank_agreement(self.lattice())

    def improvements(self) -> pd.DataFrame:
        """Return main effects on accuracy, NLL and calibration on one scale: see `flips`."""
        return improvements(self.results.runs, self._effects, self.name, self.results.arms)

    def curves(self, arms: tuple[Arm, ...] = ()) -> list[Curve]:
        """Return the mean learning curves of arms without early stopping; of all by default."""
        chosen = arms or trajectories_of(self.results.arms)
        return learning_curves(history_frame(self.records), self.results.runs, self.name, chosen)

    def best_arm(self) -> Arm:
        """Return the arm with the best mean validation accuracy."""
        return analysis.best_arm(self.results.runs, self.name, self.results.arms)

    @cached_property
    def records(self) -> list[Record]:
        """The experiment's records."""
        return [record for record in self.results.records if record["experiment"] == self.name]

    def convergence(self) -> dict:
        """Return how many early-stopping cells the budget was too short for."""
        return convergence(self.records)

    def first_split(self) -> data.Split | None:
        """Return the first seed's examples; None where the data set cannot be had, as stored results do without it."""
        try:
            return data.split(self.experiment.data, self.results.study.seeds[0])
        except StudyError:
            return None


class SweepResults:
    """One sweep's estimates.

    Attributes:
        sweep: what is varied.
        title: title of the experiment it is varied in.
        name: the sweep's name.
        table: one row a cell: see `responses.frame`.
        labels: the values as axis labels, in order.
    """

    def __init__(self, results: Results, name: str, table: pd.DataFrame) -> None:
        self.results, self.name, self.table = results, name, table
        self.sweep = results.study.sweeps[name]
        self.title = results.study.experiment(self.sweep.experiment).title
        self.labels = [sweeps.text(value) for value in self.sweep.values]
        self.band = results.study.equivalence

    @property
    def whole(self) -> bool:
        """Whether the sweep is over all of a whole lattice's arms, so that effects can be computed at every value."""
        study = self.results.study
        return study.design == "full" and sweeps.arms(self.sweep, study) == arms_of(study)

    @property
    def ordered(self) -> bool:
        """Whether the values are numbers, so that there is a first one at which an effect vanishes."""
        return all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in self.sweep.values)

    @property
    def over_examples(self) -> bool:
        """Whether the sweep is over the number of training examples, with and without every regularizer."""
        return self.whole and self.sweep.setting == "data.train"

    @property
    def over_noise(self) -> bool:
        """Whether the sweep is over the share of wrong labels, in all arms."""
        return self.whole and self.sweep.setting == "data.label_noise"

    @cached_property
    def own(self):
        """The experiment's own value of the setting."""
        return sweeps.value_of(self.results.study.experiment(self.sweep.experiment), self.sweep.setting)

    def responses(self, metric: str = "test_accuracy") -> pd.DataFrame:
        """Return how a metric follows the setting: see `responses.responses`."""
        return responses.responses(self.table, metric)

    def choices(self) -> list[Choice]:
        """Return the values that validation chooses: see `responses.choices`."""
        return responses.choices(self.table, self.own)

    def effects(self, kind: str = "shapley") -> pd.DataFrame:
        """Return one kind of effect on test accuracy at every value: see `responses.effects`."""
        return responses.effects(self.table, self.band, kind, arms=self.results.arms)

    def late(self) -> tuple[int, int]:
        """Return how many cells with early stopping have their best epoch in the last 5 % of the budget, of how many."""
        stopping = self.table[(self.table["status"] == "ok") & (self.table[EARLY_STOPPING] == 1)]
        late = stopping["best_epoch"] > (1 - planning.LATE) * stopping["epochs_budget"]
        return int(late.sum()), len(stopping)

    def interaction(self, term: str) -> pd.DataFrame:
        """Return one interaction on test accuracy at every value: see `responses.effects`."""
        table = self.effects("interaction")
        return table[table["term"] == term].reset_index(drop=True)

    def equivalence(self) -> pd.DataFrame:
        """Return what the best arm is worth in training examples: see `responses.equivalence`."""
        return responses.equivalence(self.table)


def open_results(study: str, folder: str) -> Results:
    """Open the results of a study by its name or file and its results folder."""
    found = config.load(study)
    return Results(found, Store(Path(folder), found.name))
