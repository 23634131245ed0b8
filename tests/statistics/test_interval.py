"""Where an interval lies, the verdict it supports and how it is printed: one rule for all of them."""

import numpy as np
import pytest

from study.statistics.inference import t_interval
from study.statistics.interval import NO_VERDICT, Interval, sign_of
from study.statistics.simultaneous import simultaneous_interval


@pytest.mark.parametrize("low, high, seeds, band, better, words", [
    (0.6, 2.0, 6, 0.5, 1, "helps"),
    (0.6, 2.0, 6, 0.5, -1, "hurts"),
    (-2.0, -0.1, 6, 0.5, 1, "hurts"),
    (-2.0, -0.1, 6, None, -1, "helps"),
    (0.1, 0.4, 6, 0.5, 1, "no effect larger than ±0.5 pp"),
    (-0.4, 0.4, 6, 0.5, 1, "no effect larger than ±0.5 pp"),
    (-0.4, 0.6, 6, 0.5, 1, "undecided"),
    (-0.4, 0.4, 6, None, 1, "undecided"),
    (5.0, 6.0, 5, 0.5, 1, NO_VERDICT),
    (5.0, 6.0, 6, None, 0, "not judged"),
])  # fmt: skip
def test_verdicts(low, high, seeds, band, better, words):
    assert Interval((low + high) / 2, low, high, seeds, "pp", better, band).verdict == words


def test_under_the_null_few_studies_claim_an_effect():
    random = np.random.default_rng(5)
    for band, seeds in ((None, 6), (0.5, 6), (0.5, 30)):
        found = [Interval.over(one, band=band) for one in random.normal(0, 1, size=(10_000, seeds))]
        claims = [interval.verdict in ("helps", "hurts") for interval in found]
        # Three standard errors of a share of 5 % in 10,000.
        assert np.mean(claims) < 0.05 + 3 * 0.0022


def test_a_sign_is_that_of_the_verdict():
    """Without a band it is the side of zero, turned round where less is better; a band and few seeds silence it."""
    assert [Interval(0, *ends, 6).sign for ends in ((0.1, 0.4), (-0.4, -0.1), (-0.1, 0.1))] == [1, -1, 0]
    assert Interval(0.2, 0.1, 0.4, 6, better=-1).sign == -1
    assert Interval(0.2, 0.1, 0.4, 6, band=0.5).sign == 0
    assert Interval(0.2, 0.1, 0.4, 5).sign == 0 and Interval(0.2, 0.1, 0.4, 5).side() == 1
    assert Interval(0.2, 0.1, 0.4, None).sign == 1, "what is not over seeds cannot have too few of them"
    assert [sign_of(words) for words in ("helps", "hurts", "undecided", NO_VERDICT)] == [1, -1, 0, 0]


def test_sides_are_taken_of_any_value():
    assert [Interval(2, 1.5, 2.5, 6).side(null) for null in (1, 2, 3)] == [1, 0, -1]


def test_intervals_over_seeds_are_t_intervals():
    values = np.random.default_rng(0).normal(size=(7, 3))
    mean, low, high = t_interval(values)
    each = Interval.family(values, "nats", -1)
    assert [(d.mean, d.low, d.high) for d in each] == list(zip(mean, low, high)) and each[0].unit == "nats"
    assert [d.bounds for d in each] == list(zip(*simultaneous_interval(values)))
    one = Interval.over(values[:, 1], "nats", -1)
    assert (one.mean, one.low, one.high) == pytest.approx((mean[1], low[1], high[1])) and one.seeds == 7
    assert np.isnan(Interval.over(values[:1, 0]).low)


def test_words_get_the_decimals_their_interval_deserves():
    wide, narrow = Interval(3.21, 1.08, 5.34, 6), Interval(-0.213, -0.404, -0.022, 6)
    assert wide.words() == "+3.2 pp [1.1, 5.3]" and narrow.words() == "−0.21 pp [−0.40, −0.02]"
    assert wide.words(signed=False, unit=False) == "3.2 [1.1, 5.3]" and wide.words(places=0) == "+3 pp [1, 5]"
    assert Interval(0.5, float("nan"), float("nan"), 1, "").words() == "+0.50 [–, –]"


def test_the_verdict_rests_on_the_simultaneous_interval():
    """Where only the interval alone excludes zero, or lies in the band, it is undecided."""
    alone = Interval(1.0, 0.1, 1.9, 6, band=0.5)
    assert alone.verdict == "helps" and alone.bounds == (0.1, 1.9)
    together = Interval(1.0, 0.1, 1.9, 6, band=0.5, joint=(-0.3, 2.3))
    assert together.verdict == "undecided" and together.side() == together.sign == 0
    assert together.words() == "+1.0 pp [−0.3, 2.3]", "the interval that is printed is the verdict's"
    assert Interval(0.0, -0.4, 0.4, 6, band=0.5, joint=(-0.6, 0.6)).verdict == "undecided"
    assert Interval(0.0, -0.3, 0.3, 6, band=0.5, joint=(-0.4, 0.4)).verdict == "no effect larger than ±0.5 pp"


@pytest.mark.parametrize("joint, better, seeds, words", [
    ((0.1, 0.4), 1, 6, "reinforce"), ((-0.4, -0.1), 1, 6, "substitute"), ((-0.1, 0.4), 1, 6, "undecided"),
    ((0.1, 0.4), -1, 6, "substitute"), ((0.1, 0.4), 1, 5, NO_VERDICT), ((0.1, 0.4), 0, 6, "not judged"),
])  # fmt: skip
def test_interactions_reinforce_or_substitute_and_never_help(joint, better, seeds, words):
    """A band says nothing of them: a small interaction that is clear has its sign."""
    assert Interval(0.2, 0.15, 0.25, seeds, better=better, band=0.5, joint=joint).company == words


@pytest.mark.parametrize("low, high, band, words", [
    (0.04, 3.14, None, "+1.59 pp [0.04, 3.14]"),
    (-0.004, 1.5, None, "+0.748 pp [−0.004, 1.500]"),
    (-0.12, 0.496, 0.5, "+0.188 pp [−0.120, 0.496]"),
    (-0.12, 0.5001, 0.5, "+0.19 pp [−0.12, 0.50]"),
    (-0.4996, 0.2, 0.5, "−0.1498 pp [−0.4996, 0.2000]"),
    (-0.13, 0.44, 0.5, "+0.15 pp [−0.13, 0.44]"),
    (0.0, 3.0, None, "+1.5 pp [0.0, 3.0]"),
])  # fmt: skip
def test_a_bound_is_never_printed_on_the_wrong_side(low, high, band, words):
    assert Interval((low + high) / 2, low, high, 6, band=band).words() == words


def test_a_row_of_a_table_is_read():
    row = {"estimate": 1.0, "ci_low": 0.1, "ci_high": 2, "n_seeds": 6, "term": "l2"}
    assert Interval.of(row, "nats") == Interval(1.0, 0.1, 2.0, 6, "nats")
    row |= {"joint_low": -0.2, "joint_high": 2.2, "band": 0.5}
    assert Interval.of(row) == Interval(1.0, 0.1, 2.0, 6, band=0.5, joint=(-0.2, 2.2))
    assert Interval.of(row | {"band": float("nan")}).band is None
