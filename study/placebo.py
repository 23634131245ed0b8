"""A factor that does nothing: how large an effect chance alone makes of the same cells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from study.analysis import Lattice, arm_estimates

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


def placebo(found: Lattice, draws: int = DRAWS, seed: int = 0) -> Placebo | None:
    """Estimate main effects of factors that do nothing, from a study's own cells.

    In each of the 32 arms the seeds are relabelled at random: half of them are called *on*, half *off*,
    anew in every arm. The placebo's main effect is the mean over arms of the *on* cells minus the mean
    of the *off* cells. Nothing but the label tells the halves apart, so its true effect is zero; and as
    many cells stand on both sides as for a real main effect, so that its spread is that of a real
    one's chance error. What all arms of a seed share is first taken off every cell, as pairing by seed
    takes it off a real effect; 32 arms lose one degree of freedom to that, which the spread is
    corrected for. What a real factor's effect varies by from seed to seed is not in it.

    Args:
        found: n complete seeds.
        draws: how many placebos.
        seed: of the random labels.

    Returns:
        The noise floor; None for a single seed.
    """
    values = arm_estimates(found).values
    seeds, arms = values.shape
    if seeds < 2:
        return None
    noise = (values - values.mean(axis=1, keepdims=True)) * np.sqrt(arms / (arms - 1))
    on = seeds // 2
    weights = np.concatenate([np.full(on, 1 / on), np.full(seeds - on, -1 / (seeds - on))])
    random = np.random.default_rng(seed)
    effects = np.zeros(draws)
    for arm in range(arms):
        labels = weights[np.argsort(random.random((draws, seeds)), axis=1)]
        effects += labels @ noise[:, arm] / arms
    low, high = np.quantile(effects, (0.025, 0.975))
    return Placebo(float(low), float(high), float(np.quantile(np.abs(effects), 0.95)), draws)
