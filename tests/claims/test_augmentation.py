"""Claims on augmentation: every criterion on both sides, by made-up evidence; the figure drawn from it."""

import numpy as np
import pytest

from study.claims.criteria import FAILS, HOLDS, UNDECIDED
from study.claims.evidence import Evidence
from study.claims.topics.augmentation import (
    AUGMENTED,
    CLAIMS,
    DIGIT,
    MAIN,
    SIGNAL,
    SIZES,
    beyond,
    bounded_worth_at,
    effect,
    pictured,
    worth,
    worth_at,
)
from study.exhibits.mechanism_titles import data_worth as finding
from study.figures.data_worth import LIES, NAMES, data_worth

BY_NAME = {claim.name: claim for claim in CLAIMS}
CURVE = [30.0, 40.0, 50.0, 60.0, 70.0]
"""Ten points a doubling of the training set."""


def trials(doublings: float = 1.0, gain: float = 3.0, seeds: int = 6) -> dict:
    """Return trials in which augmentation is worth so many doublings, and every transformation alone, on
    signals and digits, adds `gain` points."""
    signals, digits = [], []
    for seed in range(seeds):
        change = 0.1 * (seed - (seeds - 1) / 2)
        both = [CURVE[SIZES.index(size)] + 10 * doublings + change for size in AUGMENTED]
        alone = {name: [CURVE[SIZES.index(MAIN)] + gain + change] for name in SIGNAL if name != "both"}
        signals.append({"none": CURVE, "augmented": {"both": both} | alone})
        digits.append({"none": [80.0], "augmented": {name: [80 + gain + change] for name in DIGIT}})
    return {"augmentation-signals": signals, "augmentation-digits": digits}


def judged(name: str, made: dict) -> str:
    claim = BY_NAME[name]
    return claim.criterion.judge(claim.estimate(Evidence(made)))


def test_augmentation_is_worth_more_data_or_not():
    assert judged("augmentation-worth", trials(doublings=1)) == HOLDS
    assert judged("augmentation-worth", trials(doublings=-0.5)) == FAILS
    assert judged("augmentation-worth", trials(doublings=np.log2(1.1))) == UNDECIDED
    assert judged("augmentation-worth", trials(doublings=1, seeds=5)) == UNDECIDED


def test_a_few_percent_more_data_are_not_worth_it():
    assert judged("augmentation-worth", trials(doublings=np.log2(1.05))) == FAILS
    assert judged("augmentation-worth-noise", trials(gain=10 * np.log2(1.05))) == FAILS
    assert judged("augmentation-worth-noise", trials(gain=3)) == HOLDS


@pytest.mark.parametrize("name", [name for name in BY_NAME if not name.startswith("augmentation-worth")])
def test_each_transformation_on_both_sides(name):
    lie = name.endswith(("mirror-signals", "mirror-digits", "negation-signals"))
    good, bad = (-3, 3) if lie else (3, -3)
    assert judged(name, trials(gain=good)) == HOLDS
    assert judged(name, trials(gain=bad)) == FAILS
    assert judged(name, trials(gain=0.5 if lie else 0)) == UNDECIDED


def test_the_sentence_stands_or_falls_with_the_worth_and_what_it_names():
    core = {
        "augmentation-worth",
        "augmentation-noise-signals",
        "augmentation-noise-digits",
        "augmentation-rotation-digits",
    }
    assert {claim.name for claim in CLAIMS if claim.core} == core
    assert {claim.sentence for claim in CLAIMS} == {8}


def test_worth_is_interpolated_on_the_logarithm_of_the_size():
    assert worth(50, CURVE, SIZES, 500) == pytest.approx(2)
    assert worth(45, CURVE, SIZES, 500) == pytest.approx(2**0.5)
    assert worth(40, CURVE, SIZES, 500) == pytest.approx(1)
    assert worth(35, CURVE, SIZES, 500) == pytest.approx(2**-0.5)


def test_worth_beyond_the_curve_counts_as_its_end():
    assert worth(99, CURVE, SIZES, 500) == pytest.approx(8)
    assert worth(1, CURVE, SIZES, 500) == pytest.approx(0.5)
    assert beyond(Evidence(trials(doublings=4)), 500) == 6
    assert beyond(Evidence(trials(doublings=1)), 500) == 0
    assert worth_at(Evidence(trials(doublings=4))).value == pytest.approx(8)
    bound = bounded_worth_at(Evidence(trials(doublings=4)), 500)
    assert bound.value == pytest.approx(8) and np.isnan([bound.low, bound.high]).all() and bound.seeds is None
    assert bounded_worth_at(Evidence(trials()), 500) == worth_at(Evidence(trials()), 500)


def test_worth_takes_the_smaller_size_where_more_data_did_no_better():
    assert worth(50, [30, 50, 45, 50, 70], SIZES, 250) == pytest.approx(2)


def test_effects_are_paired():
    found = effect(Evidence(trials(gain=2)), "augmentation-signals", "noise")
    assert found.value == pytest.approx(2)
    assert effect(Evidence(trials(doublings=1.5)), "augmentation-signals", "both").value == pytest.approx(15)
    assert effect(Evidence(trials(gain=2)), "augmentation-digits", "rotation").value == pytest.approx(2)


def test_figure_draws_curve_levels_and_effects():
    exhibit = data_worth(pictured(Evidence(trials(doublings=1, gain=2))))
    left, right = exhibit.figure.axes
    assert list(left.lines[0].get_ydata()) == pytest.approx(CURVE)
    levels = [line.get_ydata()[0] for line in left.lines[1:]]
    assert levels == pytest.approx([40, 50, 60])
    written = [text.get_text() for text in left.texts]
    assert written.count("×2.0") == len(AUGMENTED)
    dots = [line for line in right.lines if len(line.get_xdata()) == 1]
    assert len(dots) == len(NAMES)
    assert {line.get_marker() for line in dots} == {"D", "o"}
    assert sum(line.get_marker() == "o" for line in dots) == len(LIES)
    assert np.ravel([dot.get_xdata() for dot in dots[1:]]) == pytest.approx([2] * (len(NAMES) - 1))
    assert "6 seeds" in exhibit.caption
    assert "rotation on digits +2.00 pp" in exhibit.alt
    assert exhibit.svg.startswith("<?xml")


def test_figure_marks_bounds():
    exhibit = data_worth(pictured(Evidence(trials(doublings=4))))
    assert "≥ ×8.0" in [text.get_text() for text in exhibit.figure.axes[0].texts]
    assert "at 500 signals at least 8.0 times as many" in exhibit.alt and "nan" not in exhibit.alt.lower()
    assert "worth at least 8.0 times the training data" in exhibit.alt


def test_title_follows_the_interval():
    assert "worth 2.0 [" in finding(pictured(Evidence(trials(doublings=1))))
    assert "costs training data" in finding(pictured(Evidence(trials(doublings=-0.5))))
    assert "open" in finding(pictured(Evidence(trials(doublings=0))))
    assert "[" not in finding(pictured(Evidence(trials(doublings=4))))
    assert "open" in finding(pictured(Evidence(trials(doublings=1, seeds=5))))


def test_figure_calls_nothing_more_on_bounds_alone():
    one = trials(doublings=0)
    for table, level in zip(one["augmentation-signals"], [39.0, 41.0, 38.0, 42.0, 37.0, 99.0], strict=True):
        table["augmented"]["both"][AUGMENTED.index(MAIN)] = level
    found = pictured(Evidence(one))
    assert found["beyond"][MAIN] == 1 and found["judged"].low < 1
    assert finding(found) == "It is open how much more training data augmentation is worth at 500 signals"
    low = pictured(Evidence(trials(doublings=-0.2)))
    assert low["below"][250] == 6 and low["below"][MAIN] == 0 and np.isnan(low["worth"][250].low)
    exhibit = data_worth(low)
    assert "≤ ×1.0" in [text.get_text() for text in exhibit.figure.axes[0].texts] and "≤" in exhibit.caption
    assert "at 250 signals at most 1.0 times as many" in exhibit.alt and "nan" not in exhibit.alt.lower()
