"""The placebo is as large as a real main effect that is nothing, whatever the seeds and the factors do."""

import dataclasses

import numpy as np
import pytest
from synthetic import runs

from study.analysis.lattice import lattice
from study.design.arms import ARMS
from study.statistics.estimands import main


def made(**chosen):
    return lattice(runs(**chosen), "made", ARMS)


def test_the_spread_is_that_of_a_real_effect_of_nothing():
    floors, effects = [], []
    for trial in range(60):
        found = made(effects={}, noise=2.0, rng=trial)
        floors.append(found.placebo(draws=500, seed=trial).floor)
        effects += [
            abs(main(found.values, name, found.factors.names).mean()) for name in ("dropout", "l2", "augmentation")
        ]
    assert np.mean(floors) == pytest.approx(np.quantile(effects, 0.95), rel=0.15)
    assert np.mean(floors) == pytest.approx(1.96 * 2.0 * np.sqrt(4 / (32 * 6)), rel=0.05)


def test_cells_of_one_training_share_their_chance():
    """As in a real lattice, where early stopping only reads a training off."""
    random = np.random.default_rng(0)
    floors, effects = [], []
    for trial in range(60):
        found = made(effects={}, noise=0.0)
        shared = random.normal(0, 2, size=(6, 2, 2, 2, 2, 1))
        noisy = dataclasses.replace(found, values=found.values + shared)
        floors.append(noisy.placebo(draws=500, seed=trial).floor)
        effects += [
            abs(main(noisy.values, name, noisy.factors.names).mean()) for name in ("dropout", "l2", "augmentation")
        ]
    assert np.mean(floors) == pytest.approx(np.quantile(effects, 0.95), rel=0.15)


def test_real_effects_and_differences_between_seeds_do_not_enter():
    plain = made(effects={}, noise=1.0).placebo()
    loud = made(noise=1.0).placebo()
    assert loud.floor == pytest.approx(plain.floor)
    frame = runs(effects={}, noise=1.0)
    frame["test_accuracy"] += 0.05 * frame["seed"]
    assert lattice(frame, "made", ARMS).placebo().floor == pytest.approx(plain.floor)


def test_it_surrounds_zero_and_depends_on_the_seed_of_the_labels():
    one, again, other = made(noise=1.0).placebo(), made(noise=1.0).placebo(), made(noise=1.0).placebo(seed=1)
    assert one == again and one != other
    assert one.low < 0 < one.high and one.floor == pytest.approx((one.high - one.low) / 2, rel=0.05)


@pytest.mark.parametrize("seeds", [2, 3, 7])
def test_any_number_of_seeds(seeds):
    assert made(seeds=seeds, noise=1.0).placebo().floor > 0
    assert made(seeds=1).placebo() is None
