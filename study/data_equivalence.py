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
        k, interpolated on log n. A level beyond the curve's ends counts as the end: k is then at least the
        largest (at most the smallest) size over n, so a mean over seeds errs towards k = 1.
    """
    # More data that happened to do worse are taken to do as well as fewer.
    rising = np.maximum.accumulate(np.asarray(curve, float))
    # np.interp wants increasing levels: of equal ones the first, the smaller size, counts.
    rising, first = np.unique(rising, return_index=True)
    return float(2 ** np.interp(level, rising, np.log2(sizes)[first]) / size)
