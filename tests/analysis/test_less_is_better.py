"""A metric of which less is better decides as accuracy does where it is accuracy turned round."""

import numpy as np
import pandas as pd
import pytest
from synthetic import doublings, runs

from study.analysis import effects
from study.analysis.decisions.recipe import recipe
from study.analysis.lattice import best_arm, deciding, lattice, ranked
from study.analysis.sweeping import multiverse, sweep_effects
from study.design.arms import ARMS
from study.design.factors import TEXTBOOK
from study.exhibits import sentences, sweep_text, titles
from study.statistics.interval import Interval

ERROR = "mean_absolute_error"


def turned(frame):
    """Return a frame in which the error, 1 − accuracy, decides."""
    errors = {f"{part}_{ERROR}": 1 - frame[f"{part}_accuracy"] for part in ("test", "val")}
    place = list(frame.columns).index("test_accuracy")
    made = frame.copy()
    for name, values in errors.items():
        made.insert(place, name, values)
    return made


@pytest.fixture
def frame():
    return runs(noise=0.1)


def test_it_decides_because_it_comes_first(frame):
    assert deciding(turned(frame)) == f"test_{ERROR}" and deciding(frame) == "test_accuracy"


def test_the_same_arms_are_best(frame):
    error = turned(frame)
    assert best_arm(error, "made", ARMS) == best_arm(frame, "made", ARMS)
    assert ranked(lattice(error, "made", ARMS)) == ranked(lattice(frame, "made", ARMS))
    one, other = (
        recipe(each, effects.of_kind(effects.all_effects(each, ["made"], 0.5, ARMS), "main"), "made", ARMS, 0.5)
        for each in (error, frame)
    )
    assert (one.arm, one.best) == (other.arm, other.best) and (one.gain is None) == (other.gain is None)


def test_effects_have_the_other_sign_and_the_same_verdict(frame):
    error, plain = (
        effects.of_kind(effects.all_effects(each, ["made"], 0.5, ARMS), "main") for each in (turned(frame), frame)
    )
    np.testing.assert_allclose(error["estimate"], -plain["estimate"] / 100)
    clear = plain["verdict"].isin(["helps", "hurts"])
    assert clear.any() and (error["verdict"][clear] == plain["verdict"][clear]).all()
    assert error["band"].isna().all(), "the band is in points"
    told = Interval.of(error.loc["augmentation"])
    assert told.unit == "" and told.sign == 1 and "pp" not in told.words()


def test_words_have_no_points(frame):
    table = effects.all_effects(turned(frame), ["made"], 0.5, ARMS)
    assert " pp" not in sentences.answer("Made", effects.of_kind(table, "main"), TEXTBOOK, 32)
    pairs = runs(noise=0.1, pairs=[("dropout", "augmentation", -6.0)])
    table = effects.all_effects(turned(pairs), ["made"], 0.5, ARMS)
    said = titles.interactions(effects.of_kind(table, "interaction"), TEXTBOOK)
    assert "dropout × augmentation" in said and " pp" not in said


def test_a_sweep_chooses_the_least(frame):
    parts = [turned(runs(noise=0.1, base=base, rng=value)) for value, base in ((1, 60), (2, 66), (3, 62))]
    table = pd.concat([part.assign(value=value) for value, part in zip((1, 2, 3), parts)])
    found = sweep_effects.choices(table, 1)
    assert {choice.value for choice in found} == {2}
    assert all(choice.gain.sign == 1 and choice.gain.mean == pytest.approx(-0.06, abs=0.01) for choice in found)


def test_worth_in_examples_is_the_same():
    plain, error = doublings(worth=2.0), turned(doublings(worth=2.0))
    one, other = sweep_effects.equivalence(error), sweep_effects.equivalence(plain)
    np.testing.assert_allclose(one["estimate"], other["estimate"])
    np.testing.assert_allclose(one["gain"], other["gain"] / 100)
    assert (one["gain"] > 0).all()
    assert sweep_text.equivalence_finding(one) == sweep_text.equivalence_finding(other)


def test_an_effect_that_depends_does_so_by_every_metric():
    """Dropout helps without augmentation and hurts with it, by accuracy, and by the error too."""
    frame = runs(noise=0.05, effects={"dropout": 6.0}, pairs=[("dropout", "augmentation", -8.0)])
    verdicts = []
    for each in (frame, turned(frame)):
        table = effects.effects(lattice(each, "made", ARMS), 0.5)
        table = table[table["kind"] == "main"].assign(universe="made", own=True)
        verdicts.append(multiverse.verdicts(table).set_index("term")[["helps", "hurts", "depends"]])
    pd.testing.assert_frame_equal(*verdicts)
    assert verdicts[0].loc["dropout"].tolist() == [0, 0, 1]
