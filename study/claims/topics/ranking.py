"""Sentence 9: dropout among the five, from the lattice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from study.claims.claim import Claim
from study.claims.criteria import Above, AtMost, Below
from study.claims.estimate import Estimate, over_seeds
from study.claims.evidence import Evidence, Unmeasured
from study.claims.topics.averaging import SRIVASTAVA
from study.design.factors import NAMES
from study.exhibits.wording import listed
from study.statistics.estimands import main, shapley

if TYPE_CHECKING:
    from study.analysis.lattice import Lattice
    from study.analysis.results import Results

TOP = 2
"""A rank up to this is a place among the first two of five."""
AS_THEY_ARE = "at the study's untuned strengths"

Values = Callable[["Lattice"], np.ndarray]
"""From a lattice to values of its complete seeds, shape (seeds, ...)."""


def own(lattice: Lattice) -> np.ndarray:
    """Return dropout's Shapley value, shape (seeds,)."""
    return shapley(lattice.values, "dropout", lattice.factors.names)


def margin(lattice: Lattice) -> np.ndarray:
    """Return dropout's Shapley value less the median of the other four factors', shape (seeds,)."""
    others = np.delete(every(lattice), NAMES.index("dropout"), axis=1)
    return own(lattice) - np.median(others, axis=1)


def narrowing(lattice: Lattice) -> np.ndarray:
    """Return dropout's main effect, shape (seeds,)."""
    return main(lattice.values, "dropout", lattice.factors.names)


def every(lattice: Lattice) -> np.ndarray:
    """Return the Shapley values of all five factors in canonical order, shape (seeds, 5)."""
    return np.stack([shapley(lattice.values, name, lattice.factors.names) for name in NAMES], axis=1)


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
        Unmeasured: if no seed is complete in all of the experiments, or there is none.
    """
    by_seed = []
    for name in names:
        lattice = evidence.results.experiment(name).lattice(metric)
        by_seed.append(dict(zip(lattice.seeds, values(lattice), strict=True)))
    common = sorted(set.intersection(*map(set, by_seed))) if by_seed else []
    if not common:
        raise Unmeasured("lattice")
    return np.array([np.mean([found[seed] for found in by_seed], axis=0) for seed in common])


def _mean(names: Sequence[str], values: Values, metric: str = "test_accuracy"):
    """Return an estimate: the mean over experiments and seeds."""
    return lambda evidence: over_seeds(averaged(evidence, names, values, metric))


def _rank(names: Sequence[str]):
    """Return an estimate: dropout's rank by the mean Shapley value, 1 the largest of the five."""

    def estimate(evidence: Evidence) -> Estimate:
        means = averaged(evidence, names, every, "test_accuracy").mean(axis=0)
        return Estimate(float(1 + (means > means[NAMES.index("dropout")]).sum()))

    return estimate


def claims(results: Results) -> tuple[Claim, ...]:
    """Return the claims on the lattice of a study: over all data sets, and where there are several, on each.

    The sentence stands or falls with the means over data sets; a data set that differs limits it.
    """
    titles = {name: results.study.experiments[name].title for name in results.experiments}
    several = len(titles) > 1
    where = f"mean over {listed(list(titles.values()))}" if several else "".join(titles.values()) or "no data set"
    found = _on("", tuple(titles), where, f"on average over {len(titles)} data sets" if several else f"on {where}")
    if several:
        for name, title in titles.items():
            found += _on(f"-{name}", (name,), title, f"on {title}", f"on {title}")
    return tuple(found)


def _on(suffix: str, names: tuple[str, ...], where: str, place: str, limited: str = "") -> list[Claim]:
    """Return the claims on some experiments' mean.

    Args:
        suffix: end of the claims' names.
        names: the experiments.
        where: the data, for the measurement.
        place: the same, for the clauses.
        limited: the words that limit the sentence; empty where it stands or falls with these claims.
    """
    source = (*SRIVASTAVA, "shapley1953value")
    return [
        Claim(
            name=f"dropout-shapley{suffix}",
            sentence=9,
            unit="pp",
            measurement=f"Dropout's Shapley value on test accuracy among the five regularizers, {AS_THEY_ARE}, {where}",
            estimate=_mean(names, own),
            criterion=Above(0),
            holds=f"{AS_THEY_ARE}, dropout raises test accuracy {place} (Shapley value {{value}})",
            fails=f"{AS_THEY_ARE}, dropout lowers test accuracy {place} (Shapley value {{value}})",
            source=source,
            limit=f"not {limited}" if limited else None,
        ),
        Claim(
            name=f"dropout-margin{suffix}",
            sentence=9,
            unit="pp",
            measurement="Dropout's Shapley value on test accuracy − the median of those of the other four "
            f"regularizers, paired by seed, {AS_THEY_ARE}, {where}",
            estimate=_mean(names, margin),
            criterion=Above(0),
            holds=f"{AS_THEY_ARE}, dropout does more for test accuracy {place} than the median of the other four "
            "regularizers (difference of Shapley values {value})",
            fails=f"{AS_THEY_ARE}, dropout does less for test accuracy {place} than the median of the other four "
            "regularizers (difference of Shapley values {value})",
            source=source,
            limit=f"not {limited}" if limited else None,
        ),
        Claim(
            name=f"dropout-gap{suffix}",
            sentence=9,
            unit="pp",
            measurement="Dropout's main effect on the generalization gap, training accuracy − test accuracy, "
            f"{AS_THEY_ARE}, {where}",
            estimate=_mean(names, narrowing, "gap"),
            criterion=Below(0),
            holds=f"{AS_THEY_ARE}, dropout narrows the gap between training and test accuracy {place} (main effect "
            "{value})",
            fails=f"{AS_THEY_ARE}, dropout widens the gap between training and test accuracy {place} (main effect "
            "{value})",
            source=SRIVASTAVA,
            limit=f"the generalization gap does not narrow {limited}" if limited else None,
        ),
        Claim(
            name=f"dropout-rank{suffix}",
            sentence=9,
            unit="",
            measurement="Dropout's rank among the five regularizers by the mean over seeds of the Shapley value on "
            f"test accuracy, {AS_THEY_ARE}, {where}; a description, without an interval",
            estimate=_rank(names),
            criterion=AtMost(TOP),
            holds=f"{AS_THEY_ARE}, dropout is among the first {TOP} of the five regularizers {place} by mean Shapley "
            "value (rank {value})",
            fails=f"{AS_THEY_ARE}, dropout is not among the first {TOP} of the five regularizers {place} by mean "
            "Shapley value (rank {value})",
            source=source,
            beside=True,
        ),
    ]
