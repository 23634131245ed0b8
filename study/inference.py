"""Intervals, tests and verdicts over seeds; arrays in, arrays out."""

from __future__ import annotations

import itertools

import numpy as np
from scipy.special import stdtrit

LEVEL = 0.95
FEWEST_SEEDS = 6
"""Five seeds cannot reach p < .05 in a two-sided sign-flip test: its smallest p is 2/2^5."""
EXACT_UP_TO = 16
DRAWS = 100_000

HELPS, HURTS, UNDECIDED = "helps", "hurts", "undecided"
NO_VERDICT = f"no verdict: fewer than {FEWEST_SEEDS} seeds"


def t_interval(values: np.ndarray, level: float = LEVEL) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return mean and t interval over seeds.

    Args:
        values: shape (seeds, ...).
        level: coverage.

    Returns:
        mean, low, high, each of shape (...); low and high are NaN for a single seed.
    """
    values = np.asarray(values, float)
    n = len(values)
    mean = values.mean(axis=0)
    if n < 2:
        return mean, np.full_like(mean, np.nan), np.full_like(mean, np.nan)
    half = stdtrit(n - 1, 0.5 + level / 2) * values.std(axis=0, ddof=1) / np.sqrt(n)
    return mean, mean - half, mean + half


def sign_flip(values: np.ndarray, seed: int = 0) -> np.ndarray:
    """Return two-sided p-values of the sign-flip test that the effect is symmetric about zero.

    Args:
        values: shape (seeds, terms), one difference a seed.
        seed: of the Monte-Carlo draws, used only with more than 16 seeds.

    Returns:
        shape (terms,). Exact over all 2^seeds flips up to 16 seeds; above, the share among 100,000
        random flips and the observed one, whose standard error is at most 0.0016.
    """
    values = np.asarray(values, float)
    n = len(values)
    observed = np.abs(values.sum(axis=0))
    if n <= EXACT_UP_TO:
        # The first sign can stay: flipping all signs gives the same absolute sum.
        signs = np.array(list(itertools.product((1.0, -1.0), repeat=n - 1))).reshape(2 ** (n - 1), -1)
        signs = np.hstack([np.ones((len(signs), 1)), signs])
        extra = 0
    else:
        signs = np.random.default_rng(seed).choice((1.0, -1.0), size=(DRAWS, n))
        extra = 1
    sums = np.abs(signs @ values)
    # Sums of the same numbers in another order differ in their last bits.
    reached = (sums >= observed - 1e-9 * np.abs(values).sum(axis=0)).sum(axis=0)
    return (reached + extra) / (len(signs) + extra)


def smallest_p(seeds: int) -> float:
    """Return the smallest p-value the sign-flip test can give: two flips of all in 2^seeds, or one
    of the Monte-Carlo draws."""
    return 2.0 ** (1 - seeds) if seeds <= EXACT_UP_TO else 1 / (DRAWS + 1)


def holm(p_values: np.ndarray) -> np.ndarray:
    """Return Holm's adjusted p-values of one family, shape (terms,), as given.

    Source:
        Holm, A simple sequentially rejective multiple test procedure, 1979.
    """
    p_values = np.asarray(p_values, float)
    order = np.argsort(p_values, kind="stable")
    stepped = p_values[order] * (len(p_values) - np.arange(len(p_values)))
    adjusted = np.empty_like(stepped)
    adjusted[order] = np.minimum(np.maximum.accumulate(stepped), 1.0)
    return adjusted


def verdict(
    low: float, high: float, seeds: int, band: float | None, unit: str = "pp", better: int = 1
) -> str:
    """Return the verdict that an interval supports.

    Args:
        low, high: the 95 % interval of an effect.
        seeds: number of seeds behind it.
        band: half-width within which an effect is called none; None if the metric has no such band.
        unit: the band's unit.
        better: 1 if more of the metric is better, −1 if less is.

    Returns:
        *helps* or *hurts* if the interval excludes zero; *no effect larger than ±band* if it lies
        inside the band, which goes first; *undecided* otherwise; no verdict below six seeds.
    """
    if seeds < FEWEST_SEEDS:
        return NO_VERDICT
    if band is not None and -band < low and high < band:
        return f"no effect larger than ±{band:g} {unit}"
    if low > 0 or high < 0:
        return HELPS if (low > 0) == (better > 0) else HURTS
    return UNDECIDED
