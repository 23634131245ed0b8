"""Batch noise: how batch means and variances vary, and what that does apart from the rest of batch norm."""

from __future__ import annotations

import functools

import numpy as np

from study.claims.claim import Claim, Mechanism
from study.claims.criteria import Above, Below, Within
from study.claims.estimate import Estimate, over_seeds
from study.claims.evidence import Evidence
from study.mechanisms.networks import SIGNALS

SIZES = [20, 40, 80, 160, 320]
DRAWS = 1000
BATCHES = [10, 25, 50, 200]
MAIN, TRAINED_ON, STEPS = 50, 500, 500
"""Batch size, signals and steps at which noise and the rest of batch norm are told apart."""
SHARED = {
    "data": SIGNALS,
    "model": {"name": "mlp", "widths": [128, 128]},
    "training": {"epochs": 1, "batch": 100, "optimizer": "adam", "learning_rate": 5e-3},
    "strengths": {"batchnorm": {"momentum": 0.95}},
}

MECHANISMS: tuple[Mechanism, ...] = (
    Mechanism(
        "population-statistics", "batchnorm", "study.mechanisms.population_statistics:PopulationStatistics",
        SHARED | {"use": {"train": TRAINED_ON}, "batches": BATCHES, "steps": STEPS}, 4.6,
    ),
    Mechanism(
        "batch-statistics", "batchnorm", "study.mechanisms.batch_statistics:BatchStatistics",
        SHARED | {"use": {"train": 1000, "test": 2000}, "steps": 600, "sizes": SIZES, "draws": DRAWS}, 1.0,
    ),
)


def exponent(evidence: Evidence, population: str, statistic: str) -> Estimate:
    """Return the exponent of M in the variance of a batch statistic: least squares on logarithms."""
    tables = evidence.values("batch-statistics", population)
    return over_seeds([np.polyfit(np.log(SIZES), np.log(table[statistic]), 1)[0] for table in tables])


def constant(evidence: Evidence, population: str) -> Estimate:
    """Return M·Var(batch mean)/σ², averaged over batch sizes."""
    tables = evidence.values("batch-statistics", population)
    return over_seeds([float(np.mean(np.multiply(table["mean"], SIZES))) for table in tables])


def accuracies(evidence: Evidence, network: str, part: str = "test") -> np.ndarray:
    """Return accuracies in percent, shape (seeds, batch sizes).

    Args:
        evidence: what was measured.
        network: `none`, `batch` (batch norm) or `population` (batch norm without noise).
        part: `test` or `train`.
    """
    return np.array([table[part] for table in evidence.values("population-statistics", network)])


def difference(evidence: Evidence, first: str, second: str, gap: bool = False) -> np.ndarray:
    """Return first − second network, paired, shape (seeds, batch sizes), in percentage points: of test
    accuracy, or of the generalization gap, training − test accuracy."""
    found = accuracies(evidence, first) - accuracies(evidence, second)
    if gap:
        return accuracies(evidence, first, "train") - accuracies(evidence, second, "train") - found
    return found


def at_main(values: np.ndarray) -> Estimate:
    """Return the estimate at the main batch size from values of shape (seeds, batch sizes)."""
    return over_seeds(values[:, BATCHES.index(MAIN)])


def noise(evidence: Evidence) -> Estimate:
    """Return what the noise of the statistics does to test accuracy."""
    return at_main(difference(evidence, "batch", "population"))


def noise_on_gap(evidence: Evidence) -> Estimate:
    """Return what the noise of the statistics does to the generalization gap."""
    return at_main(difference(evidence, "batch", "population", gap=True))


def conditioning(evidence: Evidence) -> Estimate:
    """Return what batch norm without noise does to test accuracy."""
    return at_main(difference(evidence, "population", "none"))


def noise_beyond_conditioning(evidence: Evidence) -> Estimate:
    """Return by how much the noise does more to test accuracy than batch norm without noise."""
    found = difference(evidence, "batch", "population") - difference(evidence, "population", "none")
    return at_main(found)


def noise_per_doubling(evidence: Evidence) -> Estimate:
    """Return the slope of what the noise does to test accuracy against log₂ of the batch size."""
    return over_seeds(np.polyfit(np.log2(BATCHES), difference(evidence, "batch", "population").T, 1)[0])


NETWORK = "MLP 40-128-128-10, MNIST-1D"
INSIDE = (
    f"of what the second batch norm receives; {NETWORK}, trained on n = 1,000, Adam 5e-3; M of 2,000 test signals drawn "
    f"with replacement, M from {SIZES[0]} to {SIZES[-1]}, {DRAWS:,} batches each"
)
CONTROL = (
    "batch norm as it is − batch norm with the whole training set's means and variances at every step (the loss on the "
    "same minibatches; both judged with the whole set's statistics)"
)
SEPARATED = f"{NETWORK}, n = {TRAINED_ON}, Adam 5e-3, batch {MAIN}, {STEPS} steps"

CLAIMS: tuple[Claim, ...] = (
    Claim(
        "batch-mean-gaussian", 7,
        f"exponent of M in the variance of the mean of M Gaussian values, M from {SIZES[0]} to {SIZES[-1]}, {DRAWS:,} "
        "batches each",
        "", functools.partial(exponent, population="gaussian", statistic="mean"), Within(-1.05, -0.95),
        "the means of batches of M Gaussian values vary as 1/M (exponent {value})",
        "the means of batches of M Gaussian values do not vary as 1/M (exponent {value})",
        ("luo2019towards",),
    ),
    Claim(
        "batch-mean-network", 7, f"exponent of M in the variance of the batch mean {INSIDE}", "",
        functools.partial(exponent, population="network", statistic="mean"), Within(-1.05, -0.95),
        "inside a trained network batch means vary as 1/M (exponent {value})",
        "inside a trained network batch means do not vary as 1/M (exponent {value})",
        ("luo2019towards",),
    ),
    Claim(
        "batch-mean-constant", 7, f"M · variance of the batch mean / σ², mean over M, {INSIDE}", "",
        functools.partial(constant, population="network"), Within(0.95, 1.05),
        "there the variance of batch means is σ²/M ({value} of it)",
        "there the variance of batch means is not σ²/M ({value} of it)",
        ("luo2019towards",), "the variance of batch means is not σ²/M",
    ),
    Claim(
        "batch-variance-network", 7, f"exponent of M in the variance of the batch variance {INSIDE}", "",
        functools.partial(exponent, population="network", statistic="variance"), Within(-1.05, -0.95),
        "batch variances vary as 1/M (exponent {value})",
        "batch variances do not vary as 1/M (exponent {value})",
        ("luo2019towards",), "batch variances do not vary as 1/M",
    ),
    Claim(
        "batchnorm-noise", 7, f"test accuracy: {CONTROL}; {SEPARATED}", "pp", noise, Above(0),
        f"the noise of batch means and variances regularizes: it adds {{value}} to test accuracy (batches of {MAIN} out of "
        f"{TRAINED_ON})",
        f"the noise of batch means and variances does not regularize here: test accuracy changes by {{value}} (batches of "
        f"{MAIN} out of {TRAINED_ON})",
        ("luo2019towards", "ioffe2015batch"),
    ),
    Claim(
        "batchnorm-noise-gap", 7, f"training − test accuracy: {CONTROL}; {SEPARATED}", "pp", noise_on_gap, Below(0),
        "the noise narrows the gap between training and test accuracy ({value})",
        "the noise does not narrow the gap between training and test accuracy ({value})",
        ("luo2019towards",), "its noise does not narrow the gap between training and test accuracy",
    ),
    Claim(
        "batchnorm-noise-share", 7,
        "test accuracy: (batch norm as it is − with the whole training set's means and variances at every step) − (the "
        f"latter − no batch norm), that is, how much more the noise does than the rest of batch norm; {SEPARATED}",
        "pp", noise_beyond_conditioning, Above(0),
        "the noise does more for test accuracy than the rest of batch norm ({value} more)",
        "batch norm without any noise does more for test accuracy than its noise does (noise − rest: {value})",
        ("luo2019towards", "santurkar2018how"), "most of what it adds to test accuracy comes without the noise",
    ),
    Claim(
        "batchnorm-batch-size", 7,
        f"slope against log₂ of the batch size, {BATCHES[0]} to {BATCHES[-1]}, of test accuracy: {CONTROL}; {NETWORK}, "
        f"n = {TRAINED_ON}, Adam 5e-3, {STEPS} steps at every size",
        "pp per doubling", noise_per_doubling, Below(0),
        "smaller batches, whose noise is larger, regularize more ({value} of the batch size)",
        "smaller batches, whose noise is larger, do not regularize more at equal steps ({value} of the batch size)",
        ("luo2019towards",), "the larger noise of smaller batches does not regularize more",
    ),
)
