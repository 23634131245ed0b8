"""Sentence 17: the spread between runs against what the error rate and the number of test examples say.

Let q be the share of a large ensemble's networks that put an example into one of two classes. A network's error on it
varies by q(1 − q), and if errors on different examples are independent, the accuracy on n examples varies by
E[q(1 − q)]/n. If the ensemble is calibrated, a share q of such examples are of that class, so that networks err on
q(1 − q) + (1 − q)q = 2q(1 − q) of them: E[q(1 − q)] is half the error, and the variance error/(2n).
"""

from __future__ import annotations

from functools import partial

import numpy as np

from study.claims.claim import Claim, Mechanism, Setting
from study.claims.criteria import Below, Within
from study.claims.estimate import Estimate, over_seeds
from study.claims.evidence import Evidence
from study.claims.mechanisms.networks import SIGNALS
from study.claims.topics.ratio import ratio_over_seeds

SOURCE = ("jordan2024variance",)
CLOSE = Within(0.8, 1.25)
"""Ratios of standard deviations that are called close."""
LITTLE = 10
"""Percent of the variance that networks may share by being better or worse altogether."""
SIZES = [2000, SIGNALS["test"]]
SETTINGS = {
    "data": SIGNALS, "use": {"train": 4000}, "widths": [64, 64], "runs": 64, "batch": 40, "steps": 2000, "rate": 0.005,
    "sizes": SIZES,
}  # fmt: skip

MECHANISMS: tuple[Mechanism, ...] = (
    Mechanism(
        name="spread", topic="spread", runner="study.claims.mechanisms.spread:Spread", settings=SETTINGS, seconds=5.5
    ),
)


def values(evidence: Evidence, name: str, size: int) -> np.ndarray:
    """Return what `spread.moments` found on so many test signals, shape (seeds,), in fractions."""
    return np.array([found[SIZES.index(size)] for found in evidence.values("spread", name)])


def formula(evidence: Evidence, size: int = SIZES[0]) -> Estimate:
    """Return the standard deviation between runs over √(error / 2n)."""
    said = values(evidence, "error", size) / (2 * size)
    return ratio_over_seeds(np.sqrt(values(evidence, "variance", size) / said))


def independence(evidence: Evidence, size: int = SIZES[0]) -> Estimate:
    """Return the standard deviation between runs over what it would be were errors on examples independent."""
    return ratio_over_seeds(np.sqrt(values(evidence, "variance", size) / values(evidence, "independent", size)))


def calibration(evidence: Evidence, size: int = SIZES[-1]) -> Estimate:
    """Return E[2q(1 − q)] over the error, which is 1 where the ensemble of all runs is calibrated."""
    return ratio_over_seeds(2 * size * values(evidence, "independent", size) / values(evidence, "error", size))


def shared(evidence: Evidence, size: int = SIZES[-1]) -> Estimate:
    """Return the covariance of the accuracies on even and odd test signals, in percent of the variance of the whole."""
    return over_seeds(100 * values(evidence, "shared", size) / values(evidence, "variance", size))


def error(evidence: Evidence) -> Estimate:
    """Return the test error in percent, over all test signals."""
    return over_seeds(100 * values(evidence, "error", SIZES[-1]))


RUNS = Setting(
    "runs",
    f"{SETTINGS['runs']} MLPs {'-'.join(map(str, (40, *SETTINGS['widths'], 1)))} a seed, alike but for initial weights "
    f"and batch order; MNIST-1D's classes 0–4 against 5–9, {SETTINGS['use']['train']:,} training signals, "
    f"{SETTINGS['steps']:,} steps of {SETTINGS['batch']}, Adam {SETTINGS['rate']:g} under a cosine; standard "
    "deviations of test accuracy between runs, geometric mean of ratios; published on photographs, with residual "
    "networks",
)

_claim = partial(Claim, sentence=17, setting=RUNS, unit="×", criterion=CLOSE, source=SOURCE)

CLAIMS: tuple[Claim, ...] = (
    _claim(
        name="spread-formula",
        measurement=f"n = {SIZES[0]:,}: standard deviation over √(error/2n)",
        estimate=formula,
        fails="the standard deviation between runs is {value} what the formula says",
    ),
    _claim(
        name="spread-independence",
        measurement=f"n = {SIZES[0]:,}: standard deviation over that of independent errors, √(Σ p(1−p))/n",
        estimate=independence,
        limit="errors on different examples are not independent: some runs are better than others",
    ),
    _claim(
        name="spread-formula-large",
        measurement=f"n = {SIZES[1]:,}: standard deviation over √(error/2n)",
        estimate=partial(formula, size=SIZES[1]),
        limit="the more test examples, the more the runs' own differences count beside it",
    ),
    _claim(
        name="spread-calibration",
        measurement="Mean of 2q(1−q), q the share of runs that answer 5–9, over the error: 1 if calibrated",
        estimate=calibration,
    ),
    _claim(
        name="spread-shared",
        measurement=f"n = {SIZES[1]:,}: covariance of accuracies on even and odd signals, part of the variance",
        unit="%",
        estimate=shared,
        criterion=Below(LITTLE),
    ),
    _claim(
        name="spread-error",
        measurement="Test error; chance is 50 %",
        unit="%",
        estimate=error,
        criterion=Below(50),
        source=(),
    ),
)
