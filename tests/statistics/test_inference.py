"""Intervals and tests against hand computation and simulation."""

import numpy as np
import pytest
from scipy import stats

from study.design.factors import NAMES
from study.statistics import inference
from study.statistics.inference import holm, sign_flip, smallest_p, t_interval


def test_t_interval_against_scipy():
    values = np.random.default_rng(0).normal(3, 2, size=(7, 3))
    mean, low, high = t_interval(values)
    expected = stats.t.interval(0.95, 6, values.mean(0), stats.sem(values))
    np.testing.assert_allclose(mean, values.mean(0))
    np.testing.assert_allclose([low, high], expected)


def test_one_seed_has_no_interval():
    mean, low, high = t_interval(np.array([[2.0]]))
    assert mean[0] == 2 and np.isnan(low[0]) and np.isnan(high[0])


def test_intervals_cover_the_truth():
    """Of 2,000 simulated studies; each is a whole lattice with known effects, as a real one is."""
    from study.statistics import estimands

    random = np.random.default_rng(3)
    truth = random.normal(size=(1, *(2,) * 5))
    inside = []
    for _ in range(2000):
        seeds = random.normal(0, 2, size=(6, *(1,) * 5))
        values = truth + seeds + random.normal(0, 1, size=(6, *(2,) * 5))
        per_seed = np.stack(list(estimands.estimate_all(values, NAMES).values()), axis=1)
        _, low, high = t_interval(per_seed)
        known = np.array([value[0] for value in estimands.estimate_all(truth, NAMES).values()])
        inside.append((low < known) & (known < high))
    for kind_coverage in np.mean(inside, axis=0):
        assert 0.93 < kind_coverage < 0.97


@pytest.mark.parametrize("seeds, size", [(34, 0.5), (15, 0.8), (10, 1.0), (6, 1.5), (5, 2.0)])
def test_detectable_effects_against_the_known_numbers_of_runs(seeds, size):
    """These numbers of runs are the first that reach 80 % power at these effects."""
    assert inference.detectable(seeds) <= size < inference.detectable(seeds - 1)


def test_detectable_effects_are_detected():
    random = np.random.default_rng(2)
    size = inference.detectable(6)
    _, low, _ = t_interval(random.normal(size, 1, size=(6, 4000)))
    assert 0.77 < np.mean(low > 0) < 0.83
    wider = inference.detectable(6, critical=4.0)
    values = random.normal(wider, 1, size=(6, 4000))
    assert 0.77 < np.mean(values.mean(axis=0) > 4 * values.std(axis=0, ddof=1) / 6**0.5) < 0.83


def test_sign_flip_by_hand():
    # Of the eight flips of 1, 2, 3 two reach |6|; of 1, 1, −3 the sums ±1 (twice ±1, … ) are counted below.
    values = np.array([[1.0, 1.0], [2.0, 1.0], [3.0, -3.0]])
    # Column two: |sums| of ±1 ±1 ±3 are 5, 3, 3, 1 (each twice); |1 + 1 − 3| = 1, reached by all.
    np.testing.assert_allclose(sign_flip(values), [2 / 8, 1.0])


def test_six_equal_signs_reach_the_smallest_p_of_six():
    assert sign_flip(np.ones((6, 1)))[0] == 2 / 2**6 == smallest_p(6)
    assert sign_flip(np.ones((5, 1)))[0] > 0.05


def test_monte_carlo_agrees_with_exact_and_the_seed_matters(monkeypatch):
    values = np.random.default_rng(1).normal(0.3, 1, size=(12, 4))
    exact = sign_flip(values)
    monkeypatch.setattr(inference, "EXACT_UP_TO", 5)
    drawn, again, other = sign_flip(values), sign_flip(values), sign_flip(values, seed=1)
    np.testing.assert_allclose(drawn, exact, atol=5 * 0.0016)
    assert (drawn == again).all() and (drawn != other).any()
    assert sign_flip(np.ones((30, 1)))[0] == pytest.approx(smallest_p(30))


def test_holm_by_hand():
    np.testing.assert_allclose(holm(np.array([0.01, 0.04, 0.03, 0.5])), [0.04, 0.09, 0.09, 0.5])


def test_holm_against_statsmodels():
    from statsmodels.stats.multitest import multipletests

    random = np.random.default_rng(0)
    for terms in (1, 5, 10, 26):
        p = random.random(terms).round(2) * 0.2
        np.testing.assert_allclose(holm(p), multipletests(p, method="holm")[1])
