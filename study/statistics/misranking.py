"""How often few seeds rank two arms wrongly."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr

MOST_SEEDS = 10_000


def misranked(values: np.ndarray, seeds: int = 1) -> float:
    """Return the chance that the means of so many seeds rank two arms, taken at random, wrongly.

    Means over all seeds are taken for the truth, and paired differences for normal: the chance of a pair is
    Φ(−√m·|d|/s) with m seeds, mean difference d and its standard deviation s. As d is estimated, it flatters where arms
    are close.

    Args:
        values: shape (n, arms), one value a seed and arm, of at least two seeds.
        seeds: m.

    Returns:
        The mean over all pairs of arms that differ under any seed; NaN if none does.
    """
    first, second = np.triu_indices(values.shape[1], k=1)
    differences = values[:, first] - values[:, second]
    differences = differences[:, (differences != 0).any(axis=0)]
    if not differences.size:
        return float("nan")
    spread = differences.std(axis=0, ddof=1)
    with np.errstate(divide="ignore"):
        return float(ndtr(-np.sqrt(seeds) * np.abs(differences.mean(axis=0)) / spread).mean())


def seeds_to_rank(values: np.ndarray, chance: float = 0.05) -> int | None:
    """Return the fewest seeds whose means rank two arms wrongly with at most this chance: see `misranked`; None if
    `MOST_SEEDS` do not suffice."""
    few, many = 0, 1
    while not misranked(values, many) <= chance:
        if many >= MOST_SEEDS:
            return None
        few, many = many, min(2 * many, MOST_SEEDS)
    while many - few > 1:
        middle = (few + many) // 2
        few, many = (few, middle) if misranked(values, middle) <= chance else (middle, many)
    return many
