"""A seed's examples as tensors, and the order in which an epoch sees them."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field

import numpy as np
import tensorflow as tf

from study.data.splits import Split
from study.training.metrics import spread


@dataclass
class Tensors:
    """One seed's examples as tensors, as `Split` has them: images may be bytes (see `pixels`).

    Attributes:
        train, validation, test: inputs and labels; where training examples have weights, (labels, weights).
        spread: the variance of the training and the validation targets, of values.
    """

    split: Split
    train: tuple = field(init=False)
    validation: tuple = field(init=False)
    test: tuple = field(init=False)

    def __post_init__(self) -> None:
        for part in ("train", "validation", "test"):
            setattr(self, part, tuple(_tensor(getattr(self.split, f"{axis}_{part}")) for axis in "xy"))
        if self.split.w_train is not None:
            x, y = self.train
            self.train = x, (y, _tensor(self.split.w_train))

    @functools.cached_property
    def spread(self) -> dict[str, float]:
        return {part: spread(getattr(self.split, f"y_{part}")) for part in ("train", "validation")}


def _tensor(array: np.ndarray) -> tf.Tensor:
    """Return an array as a tensor; one that is mapped from a file stays there, unless a GPU needs it to itself."""
    if isinstance(array, np.memmap) and not tf.config.list_logical_devices("GPU"):
        return tf.experimental.dlpack.from_dlpack(array.__dlpack__())
    return tf.constant(array)


def pixels(x):
    """Return a batch's inputs as a network takes them: bytes, 0 … 255, as float32 in [0, 1]; anything else as it is.

    The values are those of `splits.scaled`, bit by bit. A constant divisor would be turned into a factor, 1/255, which
    rounds some of them differently: so it is given as a value that might change.
    """
    if x.dtype != tf.uint8:
        return x
    return tf.cast(x, tf.float32) / tf.raw_ops.PlaceholderWithDefault(input=255.0, shape=[])


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
