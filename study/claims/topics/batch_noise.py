"""Batch noise: how batch means and variances vary, and what that does apart from the rest of batch norm."""

from __future__ import annotations

import math
from functools import partial

import numpy as np

from study.claims.claim import Claim, Mechanism, Setting
from study.claims.criteria import BAND, Above, AtMost, Below, Within
from study.claims.estimate import Estimate, largest, over_seeds
from study.claims.evidence import Evidence, Unmeasured
from study.claims.mechanisms.networks import SIGNALS
from study.exhibits.wording import listed
from study.statistics.inference import LEVEL, t_interval

SIZES = [20, 40, 80, 160, 320]
DRAWS = 400
SIGNALS_DRAWN_FROM = 1000
EXACT = {"population": 6, "sizes": [1, 2, 3, 4]}
"""The finite population, and the batch sizes, all of whose batches are visited."""
BATCHES = [10, 25, 50, 200]
TRAINED_ON, STEPS = 500, 500
FITTED = 99
"""Mean training accuracy, in percent, from which on a network is said to fit."""
SHARED = {
    "data": SIGNALS,
    "model": {"name": "mlp", "widths": [128, 128]},
    "training": {"epochs": 1, "batch": 100, "optimizer": "adam", "learning_rate": 5e-3},
    "strengths": {"batchnorm": {"momentum": 0.95}},
}

MECHANISMS: tuple[Mechanism, ...] = (
    Mechanism(
        name="population-statistics",
        topic="batchnorm",
        runner="study.claims.mechanisms.population_statistics:PopulationStatistics",
        settings=SHARED | {"use": {"train": TRAINED_ON}, "batches": BATCHES, "steps": STEPS},
        seconds=4.6,
    ),
    Mechanism(
        name="batch-statistics",
        topic="batchnorm",
        runner="study.claims.mechanisms.batch_statistics:BatchStatistics",
        settings=SHARED
        | {"use": {"train": SIGNALS_DRAWN_FROM}, "steps": 600, "sizes": SIZES, "draws": DRAWS, "exact": EXACT},
        seconds=1.0,
    ),
)


def enumeration_error(evidence: Evidence) -> Estimate:
    """Return the largest deviation, over all batches of a small population, from the variance of batch means."""
    return largest([max(found.values()) for found in evidence.values("batch-statistics", "exact")])


def independent(sizes: list[int]) -> np.ndarray:
    """Return how many independent draws have means that vary as much as those of M of the training signals
    without replacement: M·(N − 1)/(N − M), shape (sizes,)."""
    m = np.array(sizes, float)
    return m * (SIGNALS_DRAWN_FROM - 1) / (SIGNALS_DRAWN_FROM - m)


def exponent(evidence: Evidence, statistic: str) -> Estimate:
    """Return the exponent of the number of independent draws in the variance of a batch statistic: least
    squares on logarithms."""
    tables = evidence.values("batch-statistics", "network")
    return over_seeds([np.polyfit(np.log(independent(SIZES)), np.log(table[statistic]), 1)[0] for table in tables])


def constant(evidence: Evidence) -> Estimate:
    """Return the variance of batch means over that of a fixed finite population, averaged over batch sizes."""
    tables = evidence.values("batch-statistics", "network")
    return over_seeds([float(np.mean(table["mean"] * independent(SIZES))) for table in tables])


def accuracies(evidence: Evidence, network: str, part: str = "test") -> np.ndarray:
    """Return accuracies in percent, shape (seeds, batch sizes).

    Args:
        evidence: what was measured.
        network: `none`, `batch` (batch norm) or `population` (batch norm without noise).
        part: `test` or `train`.
    """
    return np.array([table[part] for table in evidence.values("population-statistics", network)])


def difference(evidence: Evidence, first: str, second: str, part: str = "test") -> np.ndarray:
    """Return first − second network's accuracy, paired, shape (seeds, batch sizes), in percentage points."""
    return accuracies(evidence, first, part) - accuracies(evidence, second, part)


def fitting(evidence: Evidence) -> list[int]:
    """Return the batch sizes at which all three networks reach `FITTED` training accuracy, mean over seeds.

    Elsewhere a difference in test accuracy is also one of how far the training came.
    """
    worst = np.min([accuracies(evidence, name, "train").mean(0) for name in ("none", "batch", "population")], axis=0)
    return [batch for batch, accuracy in zip(BATCHES, worst, strict=True) if accuracy >= FITTED]


def _fitted(evidence: Evidence, values: np.ndarray, fewest: int = 1) -> tuple[list[int], np.ndarray]:
    """Return the batch sizes at which the networks fit, and values of shape (seeds, batch sizes) at them.

    Raises:
        Unmeasured: if they fit at fewer than so many sizes.
    """
    sizes = fitting(evidence)
    if len(sizes) < fewest:
        raise Unmeasured("batch sizes at which the networks fit")
    return sizes, values[:, [BATCHES.index(size) for size in sizes]]


def where_fitted(evidence: Evidence, values: np.ndarray) -> Estimate:
    """Return the mean, over the batch sizes at which the networks fit, of values of shape (seeds, batch sizes)."""
    return over_seeds(_fitted(evidence, values)[1].mean(axis=1))


def noise(evidence: Evidence) -> Estimate:
    """Return what the noise of the statistics does to test accuracy where the networks fit."""
    return where_fitted(evidence, difference(evidence, "batch", "population"))


def conditioning(evidence: Evidence) -> Estimate:
    """Return what batch norm without noise does to test accuracy where the networks fit."""
    return where_fitted(evidence, difference(evidence, "population", "none"))


def noise_beyond_conditioning(evidence: Evidence) -> Estimate:
    """Return by how much the noise does more to test accuracy than batch norm without noise."""
    rest = difference(evidence, "population", "none")
    return where_fitted(evidence, difference(evidence, "batch", "population") - rest)


def noise_at_worst(evidence: Evidence) -> Estimate:
    """Return the noise's smallest effect on test accuracy over all batch sizes.

    Its ends are the smallest of the sizes' ends at Bonferroni's level: the effect lies above a bound at
    every size if `low` does, and below it at some size if `high` does, with 95 % in all.
    """
    values = difference(evidence, "batch", "population")
    ends = t_interval(values, 1 - (1 - LEVEL) / len(BATCHES))
    return Estimate(*(float(end.min()) for end in ends), len(values))


def noise_on_fit(evidence: Evidence) -> Estimate:
    """Return what the noise of the smallest batches does to training accuracy."""
    return over_seeds(difference(evidence, "batch", "population", "train")[:, BATCHES.index(min(BATCHES))])


def noise_per_doubling(evidence: Evidence) -> Estimate:
    """Return the slope of what the noise does to test accuracy against log₂ of the batch size, where the
    networks fit."""
    sizes, values = _fitted(evidence, difference(evidence, "batch", "population"), fewest=2)
    return over_seeds(np.polyfit(np.log2(sizes), values.T, 1)[0])


NETWORK = "MLP 40-128-128-10, MNIST-1D"
SIZES_TRIED = listed([str(batch) for batch in BATCHES])
DRAWS_EXACT = math.prod([EXACT["population"]] * max(EXACT["sizes"]))
BATCHES_EXACT = Setting(
    "exact",
    f"all batches, up to {DRAWS_EXACT:,}, of M = {EXACT['sizes'][0]} to {EXACT['sizes'][-1]} out of N = "
    f"{EXACT['population']} Gaussian values",
)
INSIDE = Setting(
    "inside",
    f"what the second batch norm receives in training mode; {NETWORK}, n = {SIGNALS_DRAWN_FROM:,}, Adam 5e-3; "
    f"{DRAWS:,} batches of M different signals, M from {SIZES[0]} to {SIZES[-1]}",
)
SEPARATED = Setting(
    "separated",
    f"test accuracy, {NETWORK}, n = {TRAINED_ON}, Adam 5e-3, {STEPS} steps in batches of {SIZES_TRIED}; without "
    "noise: the whole training set's means and variances at every step (loss on the same minibatches; all judged with "
    f"the whole set's statistics); fitting: mean over sizes at which every network reaches {FITTED} % training "
    "accuracy (mean over seeds)",
)
LUO = ("luo2019towards",)

_spread = partial(Claim, sentence=7, setting=INSIDE, criterion=Within(-1.05, -0.95), source=LUO)
_accuracy = partial(Claim, sentence=7, setting=SEPARATED, unit="pp", source=LUO)

CLAIMS: tuple[Claim, ...] = (
    Claim(
        name="batch-mean-exact",
        sentence=7,
        measurement="Variance of the batch mean, largest relative deviation from σ²/M with replacement and from "
        "σ²/M·(N−M)/(N−1) without",
        setting=BATCHES_EXACT,
        estimate=enumeration_error,
        criterion=AtMost(1e-10),
        source=LUO,
    ),
    _spread(
        name="batch-mean-network",
        measurement="Exponent of M·(N−1)/(N−M) in the variance of the batch mean",
        estimate=partial(exponent, statistic="mean"),
    ),
    _spread(
        name="batch-mean-constant",
        measurement="Variance of the batch mean over σ²/M·(N−M)/(N−1), σ² of all N signals as one batch, mean over M",
        estimate=constant,
        criterion=Within(0.95, 1.05),
    ),
    _spread(
        name="batch-variance-network",
        measurement="Exponent of M·(N−1)/(N−M) in the variance of the batch variance",
        estimate=partial(exponent, statistic="variance"),
    ),
    _accuracy(
        name="batchnorm-noise",
        measurement="Fitting: batch norm − without noise",
        estimate=noise,
        criterion=Above(0),
        source=("luo2019towards", "ioffe2015batch"),
        fails="the noise of batch means and variances does not regularize here: test accuracy changes by {value}, over "
        "the batch sizes at which the network fits its training set",
    ),
    _accuracy(
        name="batchnorm-noise-worst",
        measurement="Batch norm − without noise at the size where it is least (Bonferroni)",
        estimate=noise_at_worst,
        criterion=Above(-BAND),
        limit="at some batch sizes its noise costs test accuracy",
    ),
    _accuracy(
        name="batchnorm-noise-fit",
        measurement=f"Training accuracy: batch norm − without noise, batches of {min(BATCHES)}",
        estimate=noise_on_fit,
        criterion=Above(-BAND),
    ),
    _accuracy(
        name="batchnorm-mainly",
        measurement="Fitting: without noise − no batch norm",
        estimate=conditioning,
        criterion=Below(BAND),
        source=("ioffe2015batch", "luo2019towards"),
        fails="batch norm is not mainly for speed: also without any noise, and where every network fits its training "
        "set, it adds {value} to test accuracy",
    ),
    _accuracy(
        name="batchnorm-noise-share",
        measurement="Fitting: (batch norm − without noise) − (without noise − no batch norm)",
        estimate=noise_beyond_conditioning,
        criterion=Above(0),
        source=("luo2019towards", "santurkar2018how"),
        limit="most of what it adds to test accuracy comes without the noise",
    ),
    _accuracy(
        name="batchnorm-batch-size",
        measurement="Fitting: slope of batch norm − without noise against log₂ of the batch size",
        estimate=noise_per_doubling,
        criterion=Below(0),
        limit="the larger noise of smaller batches does not regularize more",
    ),
)
