"""The shelf: this study's stored numbers, looked up for comparisons. Nothing is trained here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from study.analysis.results import Results
from study.analysis.sweeping.placement import Placement, placements, widths
from study.claims.collection import opened
from study.claims.estimate import Estimate, over_seeds
from study.claims.ledger import Entry
from study.claims.topics.ranking import strengths
from study.design import sweeps
from study.design.arms import parse_arm
from study.design.factors import Factors
from study.design.settings import Experiment
from study.exhibits.wording import listed
from study.literature.comparison import Found, NotRun

IMAGES = ("cifar10", "fashion_mnist", "mnist", "digits")
"""Images, for what was published on photographs."""
DIGITS = ("mnist", "fashion_mnist", "digits", "mnist1d")
"""For what was published on MNIST."""


def setting(experiment: Experiment, examples: bool = True) -> str:
    """Return an experiment's data, network and, if asked for, its training examples in words."""
    model = experiment.model.model_dump()
    sizes = "-".join(str(n) for value in model.values() if isinstance(value, tuple) for n in value)
    words = [experiment.title, f"{model['name']} {sizes}".strip()]
    return ", ".join([*words, *([f"{experiment.data.train:,} training examples"] if examples else [])])


@dataclass(frozen=True)
class Swept:
    """A sweep's accuracies in %.

    Attributes:
        experiment: the experiment at the sweep's first value.
        setting: what is varied.
        values: the setting's values, in increasing order.
        table: see `sweep_effects.frame`.
        factors: the study's factors.
    """

    experiment: Experiment
    setting: str
    values: list
    table: pd.DataFrame
    factors: Factors

    def accuracy(self, arm: str, value, metric: str = "test_accuracy") -> pd.Series:
        """Return one arm's metric in % at one value, by seed; diverged cells are left out."""
        arm = parse_arm(arm, self.factors).name
        rows = self.table[(self.table["arm"] == arm) & (self.table["value"] == value) & (self.table["status"] == "ok")]
        return 100 * rows.set_index("seed")[metric]

    def found(self, values: pd.Series, where: str = "") -> Found:
        """Return the mean of one value a seed; seeds without a value are left out."""
        words = setting(self.experiment, self.setting != "data.train")
        return Found(over_seeds(values.dropna().to_numpy()), f"{words}; {where}" if where else words)


class Shelf:
    """What a study has measured.

    Args:
        results: the study's results.

    Attributes:
        band: half-width of the study's equivalence band, pp.
    """

    def __init__(self, results: Results) -> None:
        self.results = results
        self.claims = opened(results)
        self.band = results.study.equivalence

    def experiment(
        self,
        data: Sequence[str],
        strict: bool = False,
        fits: Callable[[Experiment], bool] | None = None,
        needs: str = "",
    ) -> str:
        """Return the first experiment with a complete seed on the first of the data sets that there is.

        Args:
            data: names of data sets, the most fitting first.
            strict: whether no other data will do.
            fits: what else the experiment must be.
            needs: that in words.

        Raises:
            NotRun: if there is none.
        """
        known = {name: self.results.study.experiments[name] for name in self.results.experiments}
        fitting = {name: each for name, each in known.items() if fits is None or fits(each)}
        for wanted in data:
            for name, each in fitting.items():
                if each.data.name == wanted:
                    return name
        if strict or not fitting:
            raise NotRun(
                f"an experiment on {listed([f'`{name}`' for name in data], 'or')}{f' {needs}' if needs else ''}"
            )
        return next(iter(fitting))

    def arms(self, experiment: str, *terms: tuple[int, str], metric: str = "test_accuracy") -> Found:
        """Return a sum of arms' accuracies, paired by seed.

        Args:
            experiment: its name.
            terms: for each arm its sign and its name.
            metric: the metric.
        """
        lattice = self.results.experiment(experiment).lattice(metric)
        values = sum(sign * lattice.arm(parse_arm(arm, self.results.study.factors)) for sign, arm in terms)
        return Found(over_seeds(values), setting(self.results.study.experiments[experiment]))

    def swept(self, name: str, arms: Sequence[str], data: Sequence[str]) -> Swept:
        """Return the finished sweep over a setting that holds the arms, on the first of the data sets there is; of
        several one in which no other factor's strength goes along, then the one with the most values.

        Args:
            name: the dotted setting.
            arms: the arms that are needed.
            data: names of data sets, the most fitting first.

        Raises:
            NotRun: if there is none.
        """
        wanted = {parse_arm(arm, self.results.study.factors) for arm in arms}
        found = []
        for each in self.results.sweeps:
            sweep = self.results.study.sweeps[each]
            if sweep.setting == name and wanted <= set(sweeps.arms(sweep, self.results.study)):
                first = sweeps.points(self.results.study, each)[0].experiment
                rank = data.index(first.data.name) if first.data.name in data else len(data)
                along = any(
                    key.startswith("strengths.") and isinstance(also, tuple) for key, also in sweep.also.items()
                )
                table = self.results.sweep(each).table
                swept = Swept(first, name, sorted(sweep.values), table, self.results.study.factors)
                found.append((rank, along, -len(sweep.values), len(found), swept))
        if not found:
            names = listed([f"`{parse_arm(arm, self.results.study.factors).name}`" for arm in arms])
            raise NotRun(f"a sweep over `{name}` with the arm{'s' if len(arms) > 1 else ''} {names}")
        return min(found, key=lambda each: each[:-1])[-1]

    @cached_property
    def _entries(self) -> dict[str, Entry]:
        return {entry.claim.name: entry for entry in self.claims.entries} if self.claims.measured else {}

    def claim(self, name: str) -> Found:
        """Return what a claim of the ledger measured.

        Raises:
            NotRun: if it was not measured.
        """
        if name not in self._entries:
            raise NotRun('`claims = { seeds = "0-5" }` in the study file')
        entry = self._entries[name]
        return Found(entry.estimate, entry.claim.setting.whole)

    @cached_property
    def placements(self) -> list[Placement]:
        """What the sweeps over the place of dropout measured: see `placement.placements`."""
        return placements(self.results)

    def placed(self, plus: str, minus: str, widest: bool) -> Found:
        """Return the difference between two places of dropout in the narrowest or the widest network.

        Raises:
            NotRun: if there are no two widths of one experiment: of one alone nobody can say whether it is narrow.
        """
        each = self._widths(plus, minus)[-1 if widest else 0]
        return Found(over_seeds(each.minus(plus, minus).to_numpy()), self._placed(each))

    def narrowed(self, plus: str, minus: str) -> Found:
        """Return the difference in the narrowest network − that in the widest, by seed.

        Raises:
            NotRun: if there are no two widths of one experiment.
        """
        narrow, wide = self._widths(plus, minus)
        values = (narrow.minus(plus, minus) - wide.minus(plus, minus)).dropna()
        return Found(over_seeds(values.to_numpy()), f"{self._placed(narrow)} against {wide.width}")

    def _widths(self, plus: str, minus: str) -> tuple[Placement, Placement]:
        found = widths(self.placements, {plus, minus})
        if found is None:
            raise NotRun(
                "sweeps over `model.dropout_placement` at two widths of one experiment, all else equal, with the arms "
                "`batchnorm` and `dropout+batchnorm`"
            )
        return found

    def _placed(self, each: Placement) -> str:
        return f"{setting(each.experiment)}, rate {each.rate:g}"

    def best_arms(self) -> Found:
        """Return how many different arms are best on validation among the study's data sets."""
        best = {name: self.results.experiment(name).best_arm().name for name in self.results.experiments}
        if len(best) < 2:
            raise NotRun("a second experiment on other data")
        words = ", ".join(f"{self.results.study.experiments[name].title}: {arm}" for name, arm in best.items())
        chance = f"the best of {len(self.results.arms)} noisy means differs by chance too"
        return Found(
            Estimate(float(len(set(best.values())))),
            f"{len(best)} data sets; {words}",
            f"{strengths(self.results)}; {chance}",
        )


def mean(columns: Sequence[pd.Series]) -> pd.Series:
    """Return the mean of some series by seed, on the seeds that all have."""
    return pd.concat(columns, axis=1).dropna().mean(axis=1)


def middle(values: Sequence) -> object:
    """Return the middle one of some values in increasing order, the upper of two."""
    return values[len(values) // 2]
