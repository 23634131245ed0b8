"""A seed's examples in TensorFlow's memory, and the order in which an epoch sees them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import tensorflow as tf

from study.data.splits import Split


@dataclass
class Tensors:
    """One seed's examples as tensors, shared by every arm that trains on them."""

    split: Split
    train: tuple = field(init=False)
    validation: tuple = field(init=False)
    test: tuple = field(init=False)

    def __post_init__(self) -> None:
        for part in ("train", "validation", "test"):
            x, y = (getattr(self.split, f"{axis}_{part}") for axis in "xy")
            setattr(self, part, (tf.constant(x), tf.constant(y)))

    @property
    def nbytes(self) -> int:
        """Memory of the examples, in bytes."""
        parts = (self.train, self.validation, self.test)
        return sum(x.numpy().nbytes + y.numpy().nbytes for x, y in parts)


def batches(rng: np.random.Generator, examples: int, batch: int) -> tuple[np.ndarray, np.ndarray]:
    """Shuffle the examples into one epoch's batches.

    Args:
        rng: generator; the next epoch takes its next permutation.
        examples: how many there are.
        batch: examples a step.

    Returns:
        order: int32, shape (steps, batch), indices of the full batches.
        rest: int32, shape (remainder,), indices of the smaller last batch; empty if there is none.
    """
    permutation = rng.permutation(examples).astype(np.int32)
    full = examples - examples % batch
    return permutation[:full].reshape(-1, batch), permutation[full:]
