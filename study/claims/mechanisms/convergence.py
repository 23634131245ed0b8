"""Convergence: how many steps a network needs to reach a training loss, over learning rates."""

from __future__ import annotations

import numpy as np

from study.claims.mechanisms.descent import CHUNK, Descent, order
from study.claims.mechanisms.networks import examples, experiment
from study.design.arms import parse_arm
from study.training.networks import build


class Convergence:
    """Steps to a fixed training loss with and without batch normalization.

    The loss is the mean over the last epoch's minibatches, each in training mode: what Keras prints.

    Args:
        settings: `data`, `use`, `model`, `training` (its optimizer and batch) and `strengths` as in
            `networks`; `rates`, the learning rates; `target`, the loss in nats; `longest`, the number of
            steps after which a training is given up, a multiple of `descent.CHUNK`.
    """

    def __init__(self, settings: dict) -> None:
        self.settings = settings
        self.experiment = experiment(settings)
        training = self.experiment.training
        self.batch = training.batch
        self.networks = {
            arm: Descent(
                lambda seed, arm=parse_arm(arm): build(self.experiment, arm, seed, (40,), 10), training.optimizer
            )
            for arm in ("none", "batchnorm")
        }

    def measure(self, seed: int) -> dict:
        """Return `none` and `batchnorm`: for each learning rate the number of the first step by which
        the loss was reached, None where it was not."""
        drawn = examples(self.settings, seed)
        x, y = drawn.x_train, drawn.y_train
        steps = order(seed, len(x), self.batch, self.settings["longest"])
        return {
            arm: [self._reach(network, x, y, steps, seed, rate) for rate in self.settings["rates"]]
            for arm, network in self.networks.items()
        }

    def _reach(self, network: Descent, x, y, steps, seed: int, rate: float) -> int | None:
        network.reset(seed, rate)
        losses = np.zeros(0)
        for start in range(0, len(steps), CHUNK):
            losses = np.concatenate([losses, network.steps(x, y, steps[start : start + CHUNK])])
            if not np.isfinite(losses).all():
                return None
            reached = first_below(losses, self.settings["target"], len(x) // self.batch)
            if reached is not None:
                return reached
        return None


def first_below(losses: np.ndarray, target: float, window: int) -> int | None:
    """Return after how many steps the mean of the last `window` losses first lies at or below a target.

    Args:
        losses: shape (steps,), in nats.
        target: in nats.
        window: steps.

    Returns:
        A number of steps, at least `window`; None if it never does.
    """
    if len(losses) < window:
        return None
    means = np.convolve(losses, np.full(window, 1 / window), "valid")
    below = np.flatnonzero(means <= target)
    return int(below[0]) + window if len(below) else None
