"""What the arms would reach that a fraction leaves out: main effects and pairs, for each way to read a training out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from study.analysis.lattice import Lattice, arm_estimates
from study.design.arms import Arm
from study.design.factors import READ_OUT
from study.statistics.estimands import contrast, interactions


@dataclass(frozen=True)
class PairModel:
    """The model of a fraction by which the arms that it leaves out are estimated: no three factors interact, but for
    those by which its trainings are read out, all of whose combinations it holds.

    Attributes:
        split: the factors that have a model for each of their combinations: those of `READ_OUT`, or none where a
            combination has no arm more than a model has terms.
        values: by which of `split` are on: shape (n, 1 + k + k (k − 1) / 2), each seed's mean over arms, main effects
            and interactions of pairs of the k others, as `estimands.estimate_fraction` has them. An arm is the mean,
            plus half of each main effect, plus a quarter of each interaction, the sign of each being the product of
            those of its factors in the arm: + on, − off.
        misses: by the same, root mean square over arms of how far an arm's mean over seeds is from what the others
            alone would estimate.
    """

    split: tuple[str, ...]
    values: dict[tuple[str, ...], np.ndarray]
    misses: dict[tuple[str, ...], float]


def pair_model(found: Lattice) -> PairModel:
    """Return the model of a fraction by which the arms that it leaves out are estimated."""
    reads = tuple(name for name in found.factors.names if name in READ_OUT)
    k = len(found.factors) - len(reads)
    split = reads if len(found.arms) > 2 ** len(reads) * (1 + k + k * (k - 1) // 2) else ()
    names = [name for name in found.factors.names if name not in split]
    terms = [(), *((name,) for name in names), *interactions(names, (2,))]
    layers: dict[tuple[str, ...], list[Arm]] = {}
    for arm in found.arms:
        layers.setdefault(tuple(name for name in split if name in arm), []).append(arm)
    values, misses = {}, {}
    for on, arms in layers.items():
        part = found.among(arms)
        values[on] = np.stack([contrast(part.values, term, found.factors.names) for term in terms], axis=1)
        signs = np.array([[np.prod([1 if name in arm else -1 for name in term]) for term in terms] for arm in arms])
        sizes = 2.0 ** np.array([len(term) for term in terms])
        left = arm_estimates(part).mean - (values[on] / sizes @ signs.T).mean(axis=0)
        # The columns of signs are orthogonal: every arm has the same part in the fit, so that without it the fit misses
        # it by this much more.
        misses[on] = float(np.sqrt(np.mean((left / (1 - len(terms) / len(arms))) ** 2)))
    return PairModel(split, values, misses)
