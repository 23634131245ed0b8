"""Simultaneous intervals: by hand, and how often they cover a whole family in simulated studies."""

import numpy as np
import pytest
from scipy import stats

from study.design.factors import NAMES
from study.statistics import estimands, simultaneous
from study.statistics.inference import t_interval
from study.statistics.interval import Interval
from study.statistics.simultaneous import effective_terms, simultaneous_interval

STUDIES = 6000
CONDITIONAL = [term for kind, term in estimands.estimate_all(np.zeros((1, *(2,) * 5)), NAMES) if kind == "conditional"]


def equal(correlation: float, terms: int = 5) -> np.ndarray:
    """Return the root of a matrix in which all terms correlate alike."""
    return np.linalg.cholesky(correlation + (1 - correlation) * np.eye(terms))


def uncovered(effects: np.ndarray) -> float:
    """Return the share of studies, effects of shape (studies, seeds, terms), in which an interval misses zero."""
    return np.mean([((low > 0) | (high < 0)).any() for low, high in map(simultaneous_interval, effects)])


@pytest.mark.parametrize("seeds", [6, 10])
@pytest.mark.parametrize("correlation", [0.0, 0.5, 0.8, 0.95])
def test_a_family_is_covered_whatever_its_correlation(seeds, correlation):
    random = np.random.default_rng(seeds)
    effects = random.normal(size=(STUDIES, seeds, 5)) @ equal(correlation).T
    assert 0.035 < uncovered(effects) < 0.06
    alone = np.mean([((low > 0) | (high < 0)).any() for _, low, high in map(t_interval, effects)])
    assert alone > 0.08, "intervals each for itself do not"


@pytest.mark.parametrize("noise", ["normal", "skewed", "heavy"])
def test_a_null_study_rarely_has_a_clear_main_effect(noise):
    """Cells of unequal spread; the two cells of a training share its noise, and all cells of a seed its data."""
    random = np.random.default_rng(2)
    draw = {
        "normal": random.standard_normal,
        "skewed": lambda size: random.exponential(size=size) - 1,
        "heavy": lambda size: random.standard_t(3, size=size),
    }[noise]
    spread = np.exp(0.8 * random.standard_normal((2, 2, 2, 2, 1)))
    clear = 0
    for number in range(STUDIES):
        shape = (6 + number % 5, 2, 2, 2, 2)
        cells = 3 * draw((shape[0], *(1,) * 5)) + spread * (draw((*shape, 1)) + 0.5 * draw((*shape, 2)))
        effects = np.stack([estimands.main(cells, name, NAMES) for name in NAMES], axis=1)
        clear += any(each.verdict in ("helps", "hurts") for each in Interval.family(effects))
    assert clear / STUDIES <= 0.055


def test_conditional_effects_are_covered_jointly():
    """Forty of them, which 15 contrasts make."""
    random = np.random.default_rng(3)
    missed = 0
    for _ in range(2000):
        cells = random.normal(size=(8, *(2,) * 5))
        found = estimands.estimate_all(cells, NAMES)
        low, high = simultaneous_interval(np.stack([found["conditional", term] for term in CONDITIONAL], axis=1))
        missed += ((low > 0) | (high < 0)).any()
    assert 0.035 < missed / 2000 < 0.065


def test_effective_terms_by_hand():
    one = np.array([1.0, -1.0, 2.0, 0.0, -2.0])
    other = np.array([1.0, 1.0, 0.0, -2.0, 0.0])  # uncorrelated with it: 1 − 1 = 0
    chance = 3 / 24
    assert effective_terms(np.stack([one, 3 * one + 7], axis=1)) == pytest.approx(1)
    assert effective_terms(np.stack([one, -one, one], axis=1)) == pytest.approx(1)
    assert effective_terms(np.stack([one, other], axis=1)) == 2
    # One pair of three correlates: the mean fourth power is a third.
    expected = 1 + 2 * (1 - (1 / 3 - chance) / (1 - chance))
    assert effective_terms(np.stack([one, one, other], axis=1)) == pytest.approx(expected)
    assert effective_terms(one[:, None]) == 1
    constant = np.stack([one, np.full(5, 0.1), np.zeros(5)], axis=1)
    assert effective_terms(constant) == 3, "what does not vary correlates with nothing, rounding errors do not either"
    assert effective_terms(constant[:2]) == 3, "two seeds say nothing of a correlation"


def test_intervals_by_hand():
    values = np.random.default_rng(0).normal(1, [1, 2, 3], size=(7, 3))
    correlation = np.corrcoef(values.T)[np.triu_indices(3, 1)]
    excess = max(0, ((correlation**4).mean() - 3 / 48) / (1 - 3 / 48))
    critical = stats.t.ppf(1 - 0.025 / (1 + 2 * (1 - excess)), 6)
    low, high = simultaneous_interval(values)
    np.testing.assert_allclose((high - low) / 2, critical * stats.sem(values))
    np.testing.assert_allclose((high + low) / 2, values.mean(axis=0))
    assert np.isnan(simultaneous_interval(values[:1])).all()
    single = t_interval(values[:, :1])
    np.testing.assert_allclose(np.ravel(simultaneous_interval(values[:, :1])), np.ravel(single[1:]))


def test_detectable_effects_are_found_as_often_as_said():
    random = np.random.default_rng(4)
    values = random.normal(size=(8, 5))
    size = simultaneous.minimum_detectable(values) / values.std(axis=0, ddof=1)
    assert np.ptp(size) < 1e-12, "one critical value for a family"
    found = [simultaneous_interval(random.normal(size, 1, size=(8, 5)))[0][2] > 0 for _ in range(STUDIES)]
    assert 0.75 < np.mean(found) < 0.85
    assert np.isnan(simultaneous.minimum_detectable(values[:1])).all()


def test_so_many_seeds_find_it_and_one_fewer_do_not():
    needed = simultaneous.seeds_to_detect(0.5, 0.6, 5)
    random = np.random.default_rng(5)
    low, high = 0.0, 1.0
    for seeds, ends in ((needed, (0.78, 0.86)), (needed - 2, (0.6, 0.79))):
        critical = stats.t.ppf(1 - 0.025 / 5, seeds - 1)
        values = random.normal(0.5, 0.6, size=(seeds, 40_000))
        low, high = ends
        assert low < np.mean(values.mean(axis=0) > critical * stats.sem(values)) < high
    assert simultaneous.seeds_to_detect(100, 0.1, 5) == 6, "below six there is no verdict"
    many = simultaneous.seeds_to_detect(0.001, 1.0, 5)  # (z of the family + z of the power)² / 0.001²
    assert many == pytest.approx((stats.norm.ppf(1 - 0.025 / 5) + stats.norm.ppf(0.8)) ** 2 * 1e6, rel=1e-3)
    assert simultaneous.seeds_to_detect(0.3, 0.6, 5) > simultaneous.seeds_to_detect(0.3, 0.6, 1)
