"""The model by which a fraction's missing arms are estimated, and what it says of its own misses."""

import itertools

import numpy as np
import pytest

from study.analysis.lattice import Lattice, metric
from study.analysis.pair_model import pair_model
from study.design import studyfile
from study.design.arms import Arm, arms_of

MODERN = studyfile.load("modern")
ARMS = arms_of(MODERN)
NAMES = MODERN.factors.names


def lattice(reached, seeds=6):
    """Return a fraction of ten factors in which an arm reaches `reached(arm, seed)`."""
    values = np.full((seeds, *(2,) * len(NAMES)), np.nan)
    for arm in ARMS:
        for seed in range(seeds):
            values[(seed, *arm.switches.values())] = reached(arm, seed)
    return Lattice("signals", metric("test_accuracy"), np.arange(seeds), values, ARMS)


def pairs(arm, seed):
    """Two pairs, and a third factor that acts only beside both ways to read a training out."""
    on = set(arm.factors)
    return (
        50 + seed + 7 * ("augmentation" in on) + 3 * ({"dropout", "l2"} <= on) - 2 * ({"mixup", "erasing"} <= on)
        - 30 * ({"batchnorm", "earlystopping", "averaging"} <= on)
    )  # fmt: skip


def estimated(made, arm):
    on = tuple(name for name in made.split if name in arm)
    names = [name for name in NAMES if name not in made.split]
    signs = [1 if name in arm else -1 for name in names]
    terms = [1, *(sign / 2 for sign in signs), *(a * b / 4 for a, b in itertools.combinations(signs, 2))]
    return made.values[on] @ terms


def test_missing_arms_are_estimated_for_each_way_to_read_out():
    made = pair_model(lattice(pairs))
    assert made.split == ("earlystopping", "averaging") and len(made.values) == 4
    outside = [
        arm
        for size in (1, 2, 3, 5, 9)
        for arm in (Arm.of(names, MODERN.factors) for names in itertools.combinations(NAMES, size))
        if arm not in ARMS
    ]
    assert len(outside) > 300
    for arm in outside[::7]:
        assert estimated(made, arm) == pytest.approx([pairs(arm, seed) for seed in range(6)]), arm.name
    assert max(made.misses.values()) < 1e-9


def test_misses_are_those_of_fits_without_the_arm():
    rng = np.random.default_rng(5)
    noise = {arm.name: rng.normal(0, 2) for arm in ARMS}
    found = lattice(lambda arm, seed: pairs(arm, seed) + noise[arm.name])
    made = pair_model(found)
    names = [name for name in NAMES if name not in made.split]
    for on in made.values:
        arms = [arm for arm in ARMS if tuple(name for name in made.split if name in arm) == on]
        signs = np.array([[1.0 if name in arm else -1.0 for name in names] for arm in arms])
        design = np.column_stack(
            [np.ones(len(arms)), signs, *(signs[:, a] * signs[:, b] for a, b in itertools.combinations(range(8), 2))]
        )
        means = np.array([found.arm(arm).mean() for arm in arms])
        missed = []
        for place in range(len(arms)):
            rest = np.arange(len(arms)) != place
            missed.append(design[place] @ np.linalg.lstsq(design[rest], means[rest], rcond=None)[0] - means[place])
        assert made.misses[on] == pytest.approx(np.sqrt(np.mean(np.square(missed))))
    assert min(made.misses.values()) > 2, "an arm that is left out varies as much as those that are fitted, and more"
