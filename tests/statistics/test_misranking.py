"""How often few seeds rank two arms wrongly, against simulated runs."""

import numpy as np
import pytest
from scipy.special import ndtr

from study.statistics.misranking import misranked, seeds_to_rank


def test_the_chance_is_that_of_single_seeds():
    """Three arms one and two apart, noise 1 each: paired differences vary by √2."""
    random = np.random.default_rng(0)
    values = np.array([0.0, 1.0, 3.0]) + random.normal(size=(50_000, 3))
    expected = np.mean([ndtr(-gap / 2**0.5) for gap in (1, 2, 3)])
    assert misranked(values) == pytest.approx(expected, abs=0.003)
    wrong = np.mean([values[:, i] > values[:, j] for i, j in ((0, 1), (1, 2), (0, 2))])
    assert wrong == pytest.approx(expected, abs=0.003)
    four = values.reshape(-1, 4, 3).mean(axis=1)
    wrong = np.mean([four[:, i] > four[:, j] for i, j in ((0, 1), (1, 2), (0, 2))])
    assert misranked(values, 4) == pytest.approx(wrong, abs=0.005) and misranked(values, 4) < misranked(values)


def test_the_seeds_needed_are_the_fewest():
    values = np.array([0.0, 0.5, 1.5]) + np.random.default_rng(1).normal(size=(40, 3))
    needed = seeds_to_rank(values, 0.02)
    assert misranked(values, needed) <= 0.02 < misranked(values, needed - 1) and needed > 3


def test_what_all_seeds_share_does_not_count_and_equal_arms_are_left_out():
    random = np.random.default_rng(2)
    values = np.array([0.0, 1.0]) + random.normal(size=(20, 2))
    shifted = values + random.normal(0, 50, size=(20, 1))
    assert misranked(shifted) == pytest.approx(misranked(values))
    twice = np.column_stack([values, values[:, 1]])
    assert misranked(twice) == pytest.approx(misranked(values)), "the same cells under two names are never ranked"
    assert np.isnan(misranked(np.ones((6, 3))))
    assert seeds_to_rank(np.column_stack([values[:, 0], 2 * values[:, 0].mean() - values[:, 0]])) is None


def test_arms_that_never_overlap_need_one_seed():
    assert misranked(np.tile([0.0, 1.0], (6, 1))) == 0 and seeds_to_rank(np.tile([0.0, 1.0], (6, 1))) == 1
