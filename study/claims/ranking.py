"""Sentence 9: dropout among the five, from the lattice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from study.claims.claim import Claim
from study.claims.criteria import Below
from study.claims.estimate import Estimate, over_seeds
from study.claims.evidence import Evidence
from study.estimands import shapley
from study.factors import NAMES

TOP = 2.5
"""A mean rank below this is a place among the first two of five."""

if TYPE_CHECKING:
    from study.results import Results


def ranks(evidence: Evidence, experiment: str) -> np.ndarray:
    """Return dropout's rank among the five by Shapley value on test accuracy.

    Args:
        evidence: its lattice is read.
        experiment: name of an experiment with complete seeds.

    Returns:
        shape (seeds,), complete seeds in increasing order; 1 is the largest of the five, ties share
        their mean rank.
    """
    lattice = evidence.results.experiment(experiment).lattice().values
    values = np.stack([shapley(lattice, name) for name in NAMES], axis=1)
    own = values[:, NAMES.index("dropout")][:, None]
    return 1 + (values > own).sum(axis=1) + ((values == own).sum(axis=1) - 1) / 2


def _mean_rank(evidence: Evidence) -> Estimate:
    """Average the ranks of a seed over the experiments, on the seeds complete in all of them."""
    results = evidence.results
    by_seed = [
        dict(zip(results.experiment(name).lattice().seeds, ranks(evidence, name))) for name in results.experiments
    ]
    common = sorted(set.intersection(*(set(found) for found in by_seed)))
    return over_seeds([float(np.mean([found[seed] for found in by_seed])) for seed in common])


def _gap(evidence: Evidence, experiment: str) -> Estimate:
    row = evidence.results.experiment(experiment).effects("main", "gap").loc["dropout"]
    return Estimate(row["estimate"], row["ci_low"], row["ci_high"], int(row["n_seeds"]))


def claims(results: Results) -> tuple[Claim, ...]:
    """Return the claims on the lattice of a study: one over all experiments, two for each."""
    titles = {name: results.study.experiments[name].title for name in results.experiments}
    source = ("srivastava2014dropout", "shapley1953value")
    found = [
        Claim(
            "dropout-rank", 9,
            f"Dropout's rank among the five by Shapley value on test accuracy, mean over {len(titles)} data sets",
            "", _mean_rank, Below(TOP),
            "among these five, dropout ranks with the first two (mean rank {value})",
            "among these five, dropout does not rank with the first two (mean rank {value})", source,
        )
    ]  # fmt: skip
    for name, title in titles.items():
        found.append(Claim(
            f"dropout-rank-{name}", 9, f"The same rank on {title} alone", "",
            lambda evidence, name=name: over_seeds(ranks(evidence, name)), Below(TOP),
            f"on {title} its rank is {{value}}", f"on {title} its rank is {{value}}", source,
            limit=f"not on {title}",
        ))
        found.append(Claim(
            f"dropout-gap-{name}", 9, f"Dropout's main effect on the generalization gap, {title}", "pp",
            lambda evidence, name=name: _gap(evidence, name), Below(0),
            f"it narrows the gap between training and test accuracy on {title} ({{value}})",
            f"it widens the gap between training and test accuracy on {title} ({{value}})", source,
            limit=f"the generalization gap does not narrow on {title}",
        ))
    return tuple(found)
