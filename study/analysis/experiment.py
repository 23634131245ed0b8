"""One experiment's estimates."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from study.analysis.agreement import improvements
from study.analysis.convergence import Convergence, convergence, over_training, silenced, stopping
from study.analysis.curves import Curve, learning_curves
from study.analysis.decisions.recipe import Recipe, recipe
from study.analysis.effects import all_effects, of_kind
from study.analysis.lattice import ArmEstimates, Lattice, arm_estimates, best_arm, lattice
from study.analysis.one_at_a_time import audit, rank_agreement
from study.analysis.predictions import Predictions, predictions
from study.data import splits
from study.design.architectures.tasks import Metric
from study.design.arms import Arm, parse_arm, trajectories_of
from study.design.settings import Experiment
from study.errors import StudyError
from study.statistics.placebo import Placebo
from study.store.lines import Record

if TYPE_CHECKING:
    from study.analysis.results import Results


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

    @property
    def metric(self) -> Metric:
        """The metric that decides: see `Results.metric`."""
        return self.results.metric

    @property
    def followed(self) -> str:
        """The metric whose gap between training and test examples is told: test accuracy, or R²."""
        return f"test_{self.results.study.task.followed.name}"

    @property
    def banded(self) -> float | None:
        """The band where it holds for that metric; None where it does not."""
        return self.band if self.metric.banded else None

    def lattice(self, metric: str | None = None) -> Lattice:
        """Return one metric, by default the one that decides, on the complete seeds."""
        return lattice(self.results.runs, self.name, self.results.arms, metric)

    def arm(self, name: str) -> Arm:
        """Return the arm of that name, its factors in any order; `StudyError` if there is none."""
        return parse_arm(name, self.factors)

    def arms(self, metric: str | None = None) -> ArmEstimates:
        """Return every arm's mean and interval, by default of the metric that decides."""
        return arm_estimates(self.lattice(metric))

    @cached_property
    def every_effect(self) -> pd.DataFrame:
        """Every effect on every metric: see `effects.all_effects` and `convergence.silenced`."""
        found = all_effects(self.results.runs, [self.name], self.band, self.results.arms)
        return silenced(found, {self.name: self.training})

    def effects(self, kind: str, metric: str | None = None) -> pd.DataFrame:
        """Return one kind of effect on one metric, by default the one that decides, indexed by term."""
        return of_kind(self.every_effect, kind, metric)

    @cached_property
    def placebo(self) -> Placebo | None:
        """The noise floor of a main effect on the metric that decides: see `placebo.placebo`."""
        return self.lattice().placebo()

    def variance_shares(self) -> pd.DataFrame:
        """Return how the variance between arms splits by order: see `statistics.variance`."""
        return self.lattice().variance_shares()

    def audit(self) -> pd.DataFrame:
        """Return what four styles of ablation say of the metric that decides: see `one_at_a_time.audit`."""
        return audit(self.every_effect[self.every_effect["metric"] == self.metric.name])

    def rank_agreement(self) -> pd.DataFrame:
        """Return how far the styles' rankings agree: see `one_at_a_time.rank_agreement`."""
        return rank_agreement(self.lattice())

    def improvements(self) -> pd.DataFrame:
        """Return main effects on all metrics of test examples on one scale: see `agreement.improvements`."""
        return improvements(self.results.runs, self.every_effect, self.name, self.results.arms)

    def curves(self, arms: tuple[Arm, ...] = ()) -> list[Curve]:
        """Return the mean learning curves of arms without early stopping; of all by default."""
        chosen, history = arms or trajectories_of(self.results.arms), self.results.history
        return learning_curves(history, self.results.runs, self.name, chosen)

    def best_arm(self) -> Arm:
        """Return the arm that is best on validation examples: see `lattice.best_arm`."""
        return best_arm(self.results.runs, self.name, self.results.arms)

    @cached_property
    def recipe(self) -> Recipe | None:
        """Which arm to use: see `recipe.recipe`."""
        return recipe(self.results.runs, self.effects("main"), self.name, self.results.arms, self.band)

    @cached_property
    def records(self) -> list[Record]:
        """The experiment's records."""
        return [record for record in self.results.records if record["experiment"] == self.name]

    @cached_property
    def predictions(self) -> Predictions:
        """What its cells say of every test example; `StudyError` if none holds it."""
        arms = [arm.name for arm in self.results.arms]
        labels_of = lambda seed: splits.draw(self.experiment.data, seed).y_test
        return predictions(self.records, arms, self.results.study.seeds_of(self.name), labels_of)

    @cached_property
    def convergence(self) -> Convergence:
        """Whether its effects came to rest within the budget."""
        epochs = self.experiment.training.epochs
        return convergence(self.results.readouts, self.name, epochs, self.results.arms, self.band)

    @cached_property
    def training(self) -> dict:
        """How training went: what `Convergence.summary` and `convergence.stopping` return."""
        return self.convergence.summary() | stopping(self.records)

    def over_training(self, kind: str, metric: str | None = None) -> pd.DataFrame:
        """Return one kind of effect after each length its trainings were judged at: see `convergence.over_training`."""
        found = over_training(self.results.readouts, self.name, self.results.arms, self.band, metric)
        return found[found["kind"] == kind]

    def first_split(self) -> splits.Split | None:
        """Return the first seed's examples; None where the data set cannot be had, as stored results do without it."""
        try:
            return splits.split(self.experiment.data, self.results.study.seeds_of(self.name)[0])
        except StudyError:
            return None
