"""A factor that does nothing: how large an effect chance alone makes of the same cells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

DRAWS = 4000


@dataclass(frozen=True)
class Placebo:
    """The noise floor of a main effect.

    Attributes:
        low, high: the 2.5th and 97.5th percentile of the placebo's main effect, in the metric's
            effect unit.
        floor: the 95th percentile of its absolute value: one placebo in twenty looks larger.
        draws: how many placebos were drawn.
    """

    low: float
    high: float
    floor: float
    draws: int


def placebo(values: np.ndarray, shared: tuple[int, ...], draws: int = DRAWS, seed: int = 0) -> Placebo | None:
    """Estimate main effects of factors that do nothing, from a study's own cells.

    In each of the trajectories, 16 with the five, the seeds are relabelled at random: half of them (one fewer, if their
    number is odd) are called *on*, the others *off*, anew in every trajectory; the cells of one
    training share its label. The placebo's main effect is the mean over trajectories of the *on* trainings
    minus the mean of the *off* ones. Nothing but the label tells the two apart, so its true effect is
    zero, and as many trainings stand on either side as for a real main effect. What all arms of a seed share
    is first taken off every cell, as pairing by seed takes it off a real effect; one of 16 degrees of
    freedom, or of as many as there are trajectories, goes with it, which the spread is corrected for.

    It is the chance that independent trainings make. A real factor's effect also varies from seed to seed,
    which is not in it; and early stopping is compared on one and the same training, so chance has less
    to do there.

    Args:
        values: shape (seeds, 2, …, 2), one axis a factor, off then on; NaN where an arm was not run.
        shared: the factors, from 0, whose cells are all read off one training.
        draws: how many placebos.
        seed: of the random labels.

    Returns:
        The noise floor; None for a single seed, or a single training.
    """
    # The mean over these axes is that of a training's cells.
    values = values.mean(axis=tuple(1 + axis for axis in shared)).reshape(len(values), -1)
    values = values[:, ~np.isnan(values).any(axis=0)]
    seeds, trainings = values.shape
    if seeds < 2 or trainings < 2:
        return None
    noise = (values - values.mean(axis=1, keepdims=True)) * np.sqrt(trainings / (trainings - 1))
    on = seeds // 2
    weights = np.concatenate([np.full(on, 1 / on), np.full(seeds - on, -1 / (seeds - on))])
    random = np.random.default_rng(seed)
    effects = np.zeros(draws)
    for training in range(trainings):
        labels = weights[np.argsort(random.random((draws, seeds)), axis=1)]
        effects += labels @ noise[:, training] / trainings
    low, high = np.quantile(effects, (0.025, 0.975))
    return Placebo(float(low), float(high), float(np.quantile(np.abs(effects), 0.95)), draws)
