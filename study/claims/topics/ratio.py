"""Ratios over seeds: averaged on the logarithmic scale, where twice and half as much weigh the same."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from study.claims.estimate import Estimate, over_seeds


def ratio_over_seeds(values: Sequence[float]) -> Estimate:
    """Return the geometric mean of one ratio a seed, shape (seeds,), all positive, with the 95 % t
    interval of its logarithm turned back into ratios."""
    found = over_seeds(np.log(values))
    return Estimate(*(float(np.exp(end)) for end in (found.value, found.low, found.high)), found.seeds)
