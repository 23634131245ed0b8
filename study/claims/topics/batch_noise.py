"""Batch noise: how batch means and variances vary, and what that does apart from the rest of batch norm."""

from __future__ import annotations

import functools
import math

import numpy as np

from study.claims.claim import Claim, Mechanism
from study.claims.criteria import Above, AtMost, Below, Within
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
BAND = 0.5
"""Smallest effect on accuracy that matters, in percentage points; the studies' own."""
SHARED = {
    "data": SIGNALS,
    "model": {"name": "mlp", "widths": [128, 128]},
    "training": {"epochs": 1, "batch": 100, "optimizer": "adam", "learning_rate": 5e-3},
    "strengths": {"batchnorm": {"momentum": 0.95}},
}

MECHANISMS: tuple[Mechanism, ...] = (
    Mechanism(
        "population-statistics",
        "batchnorm",
        "study.claims.mechanisms.population_statistics:PopulationStatistics",
        SHARED | {"use": {"train": TRAINED_ON}, "batches": BATCHES, "steps": STEPS},
        4.6,
    ),
    Mechanism(
        "batch-statistics",
        "batchnorm",
        "study.claims.mechanisms.batch_statistics:BatchStatistics",
        SHARED | {"use": {"train": SIGNALS_DRAWN_FROM}, "steps": 600, "sizes": SIZES, "draws": DRAWS, "exact": EXACT},
        1.0,
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
INSIDE = (
    f"of what the second batch norm receives in training mode; {NETWORK}, trained on n = {SIGNALS_DRAWN_FROM:,}, Adam "
    f"5e-3; batches of M different training signals, M from {SIZES[0]} to {SIZES[-1]}, {DRAWS:,} each"
)
CONTROL = (
    "batch norm as it is − batch norm with the whole training set's means and variances at every step (the loss on the "
    "same minibatches; both judged with the whole set's statistics)"
)
SIZES_TRIED = listed([str(batch) for batch in BATCHES])
TRAINED = f"{NETWORK}, n = {TRAINED_ON}, Adam 5e-3, {STEPS} steps at every batch size"
WHERE_FITTED = (
    f"those batch sizes of {SIZES_TRIED} at which every network reaches {FITTED} % training accuracy (mean over seeds)"
)
SEPARATED = f"mean over {WHERE_FITTED}; {TRAINED}"
SMALLEST = f"batches of {min(BATCHES)} out of {TRAINED_ON}"
DRAWS_EXACT = math.prod([EXACT["population"]] * max(EXACT["sizes"]))

CLAIMS: tuple[Claim, ...] = (
    Claim(
        "batch-mean-exact",
        7,
        "largest relative deviation of the variance of the batch mean from σ²/M, drawn with replacement, and from "
        f"σ²/M · (N − M)/(N − 1), without; all batches (up to {DRAWS_EXACT:,}) of M = {EXACT['sizes'][0]} to "
        f"{EXACT['sizes'][-1]} out of N = {EXACT['population']} Gaussian values",
        "",
        enumeration_error,
        AtMost(1e-10),
        "the means of batches of M vary as σ²/M, times (N − M)/(N − 1) if they are drawn without replacement from N "
        "(largest relative deviation over all batches {value})",
        "the means of batches of M do not vary as σ²/M (relative deviation over all batches {value})",
        ("luo2019towards",),
        beside=True,
    ),
    Claim(
        "batch-mean-network",
        7,
        f"exponent of M · (N − 1)/(N − M) in the variance of the batch mean {INSIDE}",
        "",
        functools.partial(exponent, statistic="mean"),
        Within(-1.05, -0.95),
        "inside a trained network batch means vary inversely with M, corrected for the finite training set (exponent "
        "{value})",
        "inside a trained network batch means do not vary inversely with M (exponent {value})",
        ("luo2019towards",),
        beside=True,
    ),
    Claim(
        "batch-mean-constant",
        7,
        "variance of the batch mean over σ²/M · (N − M)/(N − 1), σ² that of all N training signals as one batch, mean "
        f"over M, {INSIDE}",
        "",
        constant,
        Within(0.95, 1.05),
        "the batch means that a second batch norm receives vary as those of fixed values would ({value} of σ²/M · "
        "(N − M)/(N − 1))",
        "the batch means that a second batch norm receives do not vary as those of fixed values would, once the first "
        "has normalized the same batch ({value} of σ²/M · (N − M)/(N − 1))",
        ("luo2019towards",),
        beside=True,
    ),
    Claim(
        "batch-variance-network",
        7,
        f"exponent of M · (N − 1)/(N − M) in the variance of the batch variance {INSIDE}",
        "",
        functools.partial(exponent, statistic="variance"),
        Within(-1.05, -0.95),
        "inside a trained network batch variances vary inversely with M, corrected for the finite training set "
        "(exponent {value})",
        "inside a trained network batch variances do not vary inversely with M (exponent {value})",
        ("luo2019towards",),
        beside=True,
    ),
    Claim(
        "batchnorm-noise",
        7,
        f"test accuracy: {CONTROL}; {SEPARATED}",
        "pp",
        noise,
        Above(0),
        "the noise of batch means and variances regularizes: it adds {value} to test accuracy, over the batch sizes at "
        "which the network fits its training set",
        "the noise of batch means and variances does not regularize here: test accuracy changes by {value}, over the "
        "batch sizes at which the network fits its training set",
        ("luo2019towards", "ioffe2015batch"),
    ),
    Claim(
        "batchnorm-noise-worst",
        7,
        f"the smallest of the effects at the batch sizes {SIZES_TRIED} (Bonferroni intervals) on test accuracy: {CONTROL}; "
        f"{TRAINED}",
        "pp",
        noise_at_worst,
        Above(-BAND),
        f"the noise of batch means and variances costs more than {BAND:g} pp of test accuracy at none of the batch sizes "
        f"{SIZES_TRIED} (smallest effect {{value}})",
        f"the noise of batch means and variances costs more than {BAND:g} pp of test accuracy at one or more of the batch "
        f"sizes {SIZES_TRIED} (smallest effect {{value}})",
        ("luo2019towards",),
        "at some batch sizes its noise costs test accuracy",
    ),
    Claim(
        "batchnorm-noise-fit",
        7,
        f"training accuracy: {CONTROL}; {NETWORK}, n = {TRAINED_ON}, Adam 5e-3, {STEPS} steps in batches of {min(BATCHES)}",
        "pp",
        noise_on_fit,
        Above(-BAND),
        f"the noise of {SMALLEST} does not keep the network from fitting (training accuracy changes by {{value}})",
        f"the noise of {SMALLEST} keeps the network from fitting (training accuracy changes by {{value}} at equal steps)",
        ("luo2019towards",),
        beside=True,
    ),
    Claim(
        "batchnorm-mainly",
        7,
        "test accuracy: batch norm with the whole training set's means and variances at every step − no batch norm; "
        f"{SEPARATED}",
        "pp",
        conditioning,
        Below(BAND),
        f"batch norm without noise adds less than {BAND:g} pp to test accuracy where every network fits its training set "
        "({value})",
        "batch norm is not mainly for speed: also without any noise, and where every network fits its training set, it "
        "adds {value} to test accuracy",
        ("ioffe2015batch", "luo2019towards"),
    ),
    Claim(
        "batchnorm-noise-share",
        7,
        "test accuracy: (batch norm as it is − with the whole training set's means and variances at every step) − (the "
        f"latter − no batch norm), that is, how much more the noise does than the rest of batch norm; {SEPARATED}",
        "pp",
        noise_beyond_conditioning,
        Above(0),
        "the noise of batch norm does more for test accuracy than the rest of batch norm (noise − rest: {value})",
        "batch norm without any noise does more for test accuracy than its noise does (noise − rest: {value})",
        ("luo2019towards", "santurkar2018how"),
        "most of what it adds to test accuracy comes without the noise",
    ),
    Claim(
        "batchnorm-batch-size",
        7,
        f"slope against log₂ of the batch size of test accuracy: {CONTROL}; over {WHERE_FITTED}; {TRAINED}",
        "pp",
        noise_per_doubling,
        Below(0),
        "where the network fits its training set, the larger noise of smaller batches regularizes more (test accuracy "
        "by the noise, per doubling of the batch size: {value})",
        "where the network fits its training set, the larger noise of smaller batches does not regularize more (test "
        "accuracy by the noise, per doubling of the batch size: {value})",
        ("luo2019towards",),
        "the larger noise of smaller batches does not regularize more",
    ),
)
