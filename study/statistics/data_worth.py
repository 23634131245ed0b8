"""What accuracy is worth in training examples."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def worth(level: float, curve: Sequence[float], sizes: Sequence[int], size: int) -> float:
    """Return k: without regularization, k·n examples give the accuracy that n give with it.

    Args:
        level: test accuracy with regularization at `size`, in percent.
        curve: test accuracy without it at `sizes`, in percent.
        sizes: numbers of training examples, in increasing order.
        size: n.

    Returns:
        k, interpolated on log n. A level beyond the curve's ends counts as the end: one above it gives the largest
        size over n, a lower bound, so that a mean over seeds errs downwards; one below it gives the smallest size
        over n, an upper bound, so that a mean errs upwards. At the smallest size k is thus never below 1, and a
        mean of several says nothing on whether k is above 1: see `above` and `below`.
    """
    # More data that happened to do worse are taken to do as well as fewer.
    rising = np.maximum.accumulate(np.asarray(curve, float))
    # np.interp wants increasing levels: of equal ones the first, the smaller size, counts.
    rising, first = np.unique(rising, return_index=True)
    return float(2 ** np.interp(level, rising, np.log2(sizes)[first]) / size)


def above(level: float, curve: Sequence[float]) -> bool:
    """Return whether a level lies above all of a curve: no size that was tried gives it, and k is a lower bound."""
    return bool(level > max(curve))


def below(level: float, curve: Sequence[float]) -> bool:
    """Return whether a level lies below a curve's first value, where `worth` begins: k is an upper bound."""
    return bool(level < curve[0])
