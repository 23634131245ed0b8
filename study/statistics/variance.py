"""How much of the differences between arms the factors make alone, in pairs, and in larger groups."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from study.statistics.estimands import interaction, interactions
from study.statistics.inference import t_quantile


def variance_shares(values: np.ndarray, names: Sequence[str]) -> dict[str, np.ndarray]:
    """Split the variance between the arms' true means by order of effect.

    In codes of ±½ the contrasts are orthogonal: an effect of order k with coefficient β adds β²/4^k to
    the variance between arms. The square of an estimate is too large by the square of its standard
    error, which is taken off. Intervals are 95 % jackknife intervals over seeds.

    Args:
        values: shape (seeds, 2, …, 2), one axis a factor, off then on.
        names: the factors, in the order of the axes.

    Returns:
        For orders 1 … k, the number of factors: `terms`, how many effects; `share`, `ci_low`, `ci_high`, fractions of
        the variance, each of shape (k,); chance can make them slightly negative. NaN with fewer than three seeds, or if
        the estimated variance between arms is not positive.
    """
    size = len(names)
    terms = interactions(names, range(1, size + 1))
    orders = np.array([len(term) for term in terms])
    per_seed = np.stack([interaction(values, term, names) for term in terms], axis=1)
    whole = _shares(per_seed, orders)
    n = len(per_seed)
    if n < 3:
        low = high = whole = np.full(size, np.nan)
    else:
        left = np.stack([_shares(np.delete(per_seed, k, axis=0), orders) for k in range(n)])
        error = np.sqrt((n - 1) / n * ((left - left.mean(axis=0)) ** 2).sum(axis=0))
        half = t_quantile(n - 1) * error
        low, high = whole - half, whole + half
    counts = np.array([int((orders == k).sum()) for k in range(1, size + 1)])
    return {"terms": counts, "share": whole, "ci_low": low, "ci_high": high}


def _shares(per_seed: np.ndarray, orders: np.ndarray) -> np.ndarray:
    """Return the share of each order; `per_seed` has shape (seeds, terms)."""
    n, size = len(per_seed), orders.max()
    if n < 2:
        return np.full(size, np.nan)
    squared = per_seed.mean(axis=0) ** 2 - per_seed.var(axis=0, ddof=1) / n
    variance = squared / 4.0**orders
    total = variance.sum()
    found = np.array([variance[orders == k].sum() for k in range(1, size + 1)])
    return found / total if total > 0 else np.full(size, np.nan)
