"""Sentences 9 and 10: dropout among the five, and dropout with L2, from the lattice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from study.analysis.convergence import MOVING
from study.analysis.lattice import best_arm
from study.claims.claim import Claim, Setting
from study.claims.criteria import Above, AtMost, Below, Criterion
from study.claims.estimate import Estimate, over_seeds
from study.claims.evidence import Evidence, Unmeasured
from study.claims.topics.averaging import SRIVASTAVA
from study.design.arms import parse_arm
from study.exhibits.tuning_text import company
from study.statistics import estimands

if TYPE_CHECKING:
    from study.analysis.lattice import Lattice
    from study.analysis.results import Results

TOP = 2
"""A rank up to this is a place among the first two."""
TOGETHER = "dropout+l2"
SHAPLEY = (*SRIVASTAVA, "shapley1953value")

Values = Callable[["Lattice"], np.ndarray]
"""From a lattice to values of its complete seeds, shape (seeds, ...)."""


def every(lattice: Lattice) -> np.ndarray:
    """Return the Shapley values of all factors in canonical order, shape (seeds, factors)."""
    names = lattice.factors.names
    return np.stack([estimands.shapley(lattice.values, name, names) for name in names], axis=1)


def own(lattice: Lattice) -> np.ndarray:
    """Return dropout's Shapley value, shape (seeds,)."""
    return every(lattice)[:, lattice.factors.names.index("dropout")]


def margin(lattice: Lattice) -> np.ndarray:
    """Return dropout's Shapley value less the median of the other factors', shape (seeds,)."""
    others = np.delete(every(lattice), lattice.factors.names.index("dropout"), axis=1)
    return own(lattice) - np.median(others, axis=1)


def narrowing(lattice: Lattice) -> np.ndarray:
    """Return dropout's main effect, shape (seeds,)."""
    return estimands.main(lattice.values, "dropout", lattice.factors.names)


def beside(lattice: Lattice, on: int) -> np.ndarray:
    """Return dropout's effect where augmentation is off (0) or on (1), averaged over the others, shape (seeds,)."""
    names = lattice.factors.names
    half = lattice.values.take(on, axis=1 + names.index("augmentation"))
    return estimands.main(half, "dropout", [name for name in names if name != "augmentation"])


def averaged(evidence: Evidence, names: Sequence[str], values: Values, metric: str) -> np.ndarray:
    """Return values averaged over experiments, seed by seed, on the seeds complete in all of them.

    Args:
        evidence: its lattices are read.
        names: the experiments.
        values: what of a lattice.
        metric: of which metric.

    Returns:
        shape (seeds, ...), in the metric's unit.

    Raises:
        Unmeasured: if no seed is complete in all of the experiments, there is none, or arms were left out.
    """
    by_seed = []
    for name in names:
        lattice = evidence.results.experiment(name).lattice(metric)
        if not lattice.whole:
            raise Unmeasured("whole lattice")
        by_seed.append(dict(zip(lattice.seeds, values(lattice), strict=True)))
    common = sorted(set.intersection(*map(set, by_seed))) if by_seed else []
    if not common:
        raise Unmeasured("lattice")
    return np.array([np.mean([found[seed] for found in by_seed], axis=0) for seed in common])


def _mean(names: Sequence[str], values: Values, metric: str = "test_accuracy"):
    """Return an estimate: the mean over experiments and seeds."""
    return lambda evidence: over_seeds(averaged(evidence, names, values, metric))


def _effect(names: Sequence[str], values: Values, kind: str, term: str, metric: str = "test_accuracy"):
    """Return an estimate: an effect of one experiment with the simultaneous interval of its family, as its page has it;
    of several experiments the mean."""

    def estimate(evidence: Evidence) -> Estimate:
        mean = over_seeds(averaged(evidence, names, values, metric))
        if len(names) > 1:
            return mean
        row = evidence.results.experiment(names[0]).effects(kind, metric).loc[term]
        return Estimate(mean.value, float(row["joint_low"]), float(row["joint_high"]), mean.seeds)

    return estimate


def _rank(names: Sequence[str], dropout: int):
    """Return an estimate: dropout's rank by the mean Shapley value, 1 the largest."""

    def estimate(evidence: Evidence) -> Estimate:
        means = averaged(evidence, names, every, "test_accuracy").mean(axis=0)
        return Estimate(float(1 + (means > means[dropout]).sum()))

    return estimate


def _against(names: tuple[str, ...], other: str):
    """Return an estimate: dropout with L2 − another arm, or − the best of all others on validation (`best`)."""

    def estimate(evidence: Evidence) -> Estimate:
        def values(lattice: Lattice) -> np.ndarray:
            together = parse_arm(TOGETHER, lattice.factors)
            others = tuple(arm for arm in lattice.arms if arm != together)
            best = other == "best"
            arm = best_arm(evidence.results.runs, names[0], others) if best else parse_arm(other, lattice.factors)
            return lattice.arm(together) - lattice.arm(arm)

        return over_seeds(averaged(evidence, names, values, "test_accuracy"))

    return estimate


def strengths(results: Results) -> str:
    """Return how far the study's strengths are those that its tuning chose, which is done one factor at a time."""
    study = results.study
    chosen = sum(choice.value == choice.own for choice in results.tuning if choice.dial.factor)
    possible = len(study.factors) * len(study.experiments)
    if not chosen:
        return "strengths are not tuned"
    number = "all" if chosen == possible else f"{chosen} of {possible}"
    return f"{number} strengths are tuned, each regularizer {company(study)}, not combinations"


@dataclass(frozen=True)
class Measured:
    """What is measured on every data set.

    Attributes:
        name, measurement, criterion, sentence, unit, source: as of a claim.
        of: from names of experiments and dropout's place among the factors to an estimate.
        averaged: whether the mean over data sets is shown too.
        fails, limit: as of a claim, `{place}` standing for the data set.
    """

    name: str
    measurement: str
    of: Callable[[tuple[str, ...], int], Callable[[Evidence], Estimate]]
    criterion: Criterion
    sentence: int = 9
    unit: str = "pp"
    source: tuple[str, ...] = SHAPLEY
    averaged: bool = False
    fails: str = ""
    limit: str = ""


def claims(results: Results) -> tuple[Claim, ...]:
    """Return the claims on the lattice of a study.

    Sentence 9, dropout is one of the most effective, names no data and no company, so it must hold in all of them: on
    every data set, dropout must raise test accuracy without augmentation and beside it, do more than the median of the
    other regularizers, and narrow the generalization gap. Means over data sets, to which a single one may give most,
    and Shapley values and ranks, which average over company, only explain.

    Sentence 10: on every data set, the two must do better than either alone, as in the source, which calls them the
    best. A better arm among all others limits it.
    """
    moving = {name: results.experiment(name).training["verdict"] == MOVING for name in results.experiments}
    titles = {name: results.study.experiments[name].title + f" ({MOVING})" * moving[name] for name in moving}
    words = (
        "the study's lattice, test accuracy, paired by seed, averages over all combinations of what is not named, with "
        "the interval of the data set's page, which is simultaneous over the effects of its kind; " + strengths(results)
    )
    several = len(titles) > 1
    places = [(f"-{name}" * several, (name,), Setting(title, words)) for name, title in titles.items()]
    if several:
        places.append(("", tuple(titles), Setting("mean", words)))
    place = results.study.factors.names.index("dropout")
    return tuple(
        Claim(
            name=f"{each.name}{suffix}",
            setting=setting,
            estimate=each.of(names, place),
            # A data set decides, their mean explains.
            fails=each.fails.replace("{place}", setting.name) if len(names) < 2 else "",
            limit=each.limit.replace("{place}", setting.name),
            sentence=each.sentence,
            measurement=each.measurement,
            unit=each.unit,
            criterion=each.criterion,
            source=each.source,
        )
        for each in MEASURED
        for suffix, names, setting in places or [("", (), Setting("no data set", words))]
        if len(names) < 2 or each.averaged
    )


def _beside(on: int):
    term = estimands.beside("dropout", "augmentation", on)
    return lambda names, _: _effect(names, partial(beside, on=on), "conditional", term)


def _together(other: str):
    return lambda names, _: _against(names, other)


MEASURED = (
    Measured(
        "dropout-without-augmentation",
        "Dropout's effect without augmentation",
        _beside(0),
        Above(0),
        source=SRIVASTAVA,
        fails="without augmentation dropout lowers test accuracy on {place} ({value})",
    ),
    Measured(
        "dropout-beside-augmentation",
        "Dropout's effect beside augmentation",
        _beside(1),
        Above(0),
        source=SRIVASTAVA,
        fails="beside augmentation dropout lowers test accuracy on {place} ({value})",
    ),
    Measured(
        "dropout-margin",
        "Dropout's Shapley value − the median of the others'",
        lambda names, _: _mean(names, margin),
        Above(0),
        fails="dropout does less for test accuracy than the median of the others on {place} (difference of Shapley "
        "values {value})",
        averaged=True,
    ),
    Measured(
        "dropout-gap",
        "Training − test accuracy: dropout's main effect",
        lambda names, _: _effect(names, narrowing, "main", "dropout", "gap"),
        Below(0),
        source=SRIVASTAVA,
        fails="dropout widens the gap between training and test accuracy on {place} ({value})",
        averaged=True,
    ),
    Measured(
        "dropout-shapley",
        "Dropout's Shapley value",
        lambda names, _: _effect(names, own, "shapley", "dropout"),
        Above(0),
        averaged=True,
    ),
    Measured(
        "dropout-rank",
        "Dropout's rank by mean Shapley value, without an interval",
        _rank,
        AtMost(TOP),
        unit="",
        averaged=True,
    ),
    Measured("together-none", "Dropout + L2 − none", _together("none"), Above(0), sentence=10, source=()),
    Measured(
        "together-dropout",
        "Dropout + L2 − dropout",
        _together("dropout"),
        Above(0),
        sentence=10,
        source=(),
        fails="dropout with L2 is worse than dropout alone on {place} ({value})",
    ),
    Measured(
        "together-l2",
        "Dropout + L2 − L2",
        _together("l2"),
        Above(0),
        sentence=10,
        source=SRIVASTAVA,
        fails="dropout with L2 is worse than L2 alone on {place} ({value})",
    ),
    Measured(
        "together-best",
        "Dropout + L2 − the best other on validation",
        _together("best"),
        Above(0),
        sentence=10,
        source=(),
        limit="another combination is better on {place}",
    ),
)
