"""Estimates: a number with its interval and what the interval is over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from study.statistics.inference import LEVEL, t_interval


@dataclass(frozen=True)
class Estimate:
    """A measured number.

    Attributes:
        value: the number, in the claim's unit.
        low, high: its 95 % interval; NaN where it has none (identities).
        seeds: number of seeds behind the interval; None if it is not over seeds.
    """

    value: float
    low: float = float("nan")
    high: float = float("nan")
    seeds: int | None = None


def over_seeds(values: Sequence[float]) -> Estimate:
    """Return the mean of one value a seed, shape (seeds,), with its 95 % t interval over seeds."""
    mean, low, high = (float(end) for end in t_interval(np.asarray(values, float)))
    return Estimate(mean, low, high, len(values))


def largest(values: Sequence[float]) -> Estimate:
    """Return the largest of some deviations from an identity; it has no interval."""
    return Estimate(float(np.max(values)))


def smallest(values: Sequence[float]) -> Estimate:
    """Return the smallest of some deviations from an identity; it has no interval."""
    return Estimate(float(np.min(values)))


def share(hits: int, draws: int, comparisons: int = 1) -> Estimate:
    """Return a share of independent draws with its exact binomial interval.

    Args:
        hits: draws that hit.
        draws: all draws.
        comparisons: number of shares judged together; the level is Bonferroni's.

    Source:
        Clopper & Pearson, The use of confidence or fiducial limits …, Biometrika 1934.
    """
    from scipy.stats import binomtest

    interval = binomtest(int(hits), int(draws)).proportion_ci(1 - (1 - LEVEL) / comparisons, "exact")
    return Estimate(hits / draws, float(interval.low), float(interval.high))
