"""Stopping rules as read-outs: where a rule ends a training whose curves are known to the last epoch."""

from __future__ import annotations

import math
from collections.abc import Sequence

PATIENCE = 10
"""Epochs that early stopping waits for, as in the `quick` study."""


def stop(values: Sequence[float], patience: int, better: int = -1) -> tuple[int, int]:
    """Return where Keras's EarlyStopping ends a training and whose weights it restores.

    With `patience` 1 it stops at the first rise: the first epoch no better than the one before.

    Args:
        values: the monitored value, one an epoch.
        patience: epochs without a new best value before training stops.
        better: −1 if less is better, 1 if more is.

    Returns:
        The last epoch trained and the epoch of the best value until then, both counted from 1.
    """
    best, restored = -math.inf, 0
    for epoch, value in enumerate(values, start=1):
        if better * value > best:
            best, restored = better * value, epoch
        elif epoch - restored >= patience:
            return epoch, restored
    return len(values), restored


def minimum(values: Sequence[float]) -> int:
    """Return the epoch of the smallest value, counted from 1; the first of equals."""
    return min(range(len(values)), key=lambda index: values[index]) + 1


def turns(values: Sequence[float], patience: int) -> bool:
    """Return whether the smallest value lies `patience` epochs or more before the last.

    Where it does not, the budget's end censors the minimum: a later epoch might have had a smaller value.
    """
    return len(values) - minimum(values) >= patience
