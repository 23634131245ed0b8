"""What to do, in words, on lattices whose answer is known."""

import numpy as np
import pytest
from scipy.special import ndtr
from synthetic import runs

from study.analysis.convergence import CONVERGED, MOVING
from study.analysis.decisions.recipe import Recipe, recipe
from study.analysis.effects import all_effects, of_kind
from study.design.architectures.tasks import METRICS
from study.design.arms import ARMS, parse_arm
from study.design.factors import TEXTBOOK
from study.exhibits import advice
from study.statistics.interval import Interval

TRAINED = {"verdict": CONVERGED, "cells": 96, "capped": 0}


def said(frame, **training) -> str:
    effects = all_effects(frame, ["made"], 0.5, ARMS)
    return advice.advice("Made", frame, "made", effects, ARMS, 0.5, TRAINED | training, own=False)


def test_what_still_moves_is_said_to():
    frame = runs(effects={"dropout": 3.0}, noise=0.4)
    assert "Still moving: a longer training may say otherwise." in said(frame, verdict=MOVING)
    assert "longer training" not in said(frame)
    assert "Early stopping never fired" in said(frame, capped=96)


def test_the_answer_leads_with_what_to_do():
    frame = runs(effects={"dropout": 3.0, "augmentation": 8.0}, noise=0.4)
    frame["test_ece"] -= 0.03 * frame["earlystopping"] + 0.0001 * frame["seed"]
    text = said(frame)
    assert text.startswith("**Made: switch on dropout and augmentation**; that reaches 72.")
    order = ["averaged over the 16 combinations", "What accuracy hides: early stopping helps calibration", "One run"]
    assert [text.index(words) for words in order] == sorted(text.index(words) for words in order)
    assert "is not clearly better" in text or "no simpler arm keeps up" in text


def test_what_to_do_is_said_alone_too():
    frame = runs(effects={"dropout": 3.0, "augmentation": 8.0}, noise=0.4)
    frame["test_ece"] -= 0.03 * frame["earlystopping"] + 0.0001 * frame["seed"]
    alone = advice.to_do("Made", frame, "made", all_effects(frame, ["made"], 0.5, ARMS), ARMS, 0.5)
    assert alone.startswith("**Made: switch on dropout and augmentation**") and said(frame).split("\n\n")[0] == alone


def test_few_seeds_recommend_nothing():
    text = said(runs(seeds=3, noise=0.4))
    assert text.startswith("On Made, 3 seeds are too few for a verdict") and "switch on" not in text


def test_the_best_arm_is_recommended_where_nothing_simpler_keeps_up():
    reached = Interval(70.0, 69.0, 71.0, 6, "%")
    best = Recipe(parse_arm("l2"), parse_arm("l2"), reached, None, (parse_arm("l2"),))
    assert advice.recommended("Made", best, 32) == (
        "**Made: switch on L2**; that reaches 70.0 % [69.0, 71.0], the best of the 32 arms on validation, and no "
        "simpler arm keeps up with it."
    )
    level = Recipe(parse_arm("none"), parse_arm("dropout+l2"), reached, Interval(0.3, -1.0, 1.6, 6), ())
    assert advice.recommended("Made", level, 32).endswith(
        "**Made: switch on nothing**; that reaches 70.0 % [69.0, 71.0], and the best of the 32 arms on validation, "
        "dropout + L2, is not clearly better (+0.3 pp [−1.0, 1.6])."
    )


def test_what_a_factor_hides_is_said_with_both_sides():
    frame = runs(noise=0.1)
    frame["test_nll"] -= 0.2 * frame["earlystopping"]
    text = advice.hides(all_effects(frame, ["made"], 0.5, ARMS), TEXTBOOK)
    assert text.startswith("What accuracy hides: early stopping helps likelihood (test NLL −0.1")
    assert text.endswith(", though it hurts accuracy.")
    assert advice.hides(all_effects(runs(noise=0.1), ["made"], 0.5, ARMS), TEXTBOOK) == ""


def test_one_run_deceives_as_often_as_seeds_disagree():
    values = np.array([0.0, 0.5, 1.0]) + np.random.default_rng(0).normal(size=(200, 3))
    text = advice.deceives(values)
    wrong = np.mean([ndtr(-gap / 2**0.5) for gap in (0.5, 0.5, 1.0)])
    assert f"{wrong:.0%}".replace("%", " %") in text and "two of the 3 arms" in text
    assert "to bring that to 5 % takes" in text and " seeds." in text
    assert "to bring" not in advice.deceives(np.tile([0.0, 1.0], (6, 1))) and advice.deceives(values[:1]) == ""
    tied = np.array([[1.0, 0.0], [0.0, 1.0]])
    assert "takes more seeds than could be run" in advice.deceives(tied)


def test_words_follow_the_recipe():
    frame = runs(effects={"augmentation": 8.0}, noise=0.4)
    found = recipe(frame, of_kind(all_effects(frame, ["made"], 0.5, ARMS), "main"), "made", ARMS, 0.5)
    assert advice.recommended("Made", found, 32) in said(frame)


class Found:
    """As much of an experiment's results as the plan of seeds asks for."""

    name, factors, metric = "made", TEXTBOOK, METRICS["test_accuracy"]

    def __init__(self, seeds):
        self.table = all_effects(runs(seeds=seeds, noise=1.0), ["made"], 0.5, ARMS)

    def effects(self, kind):
        return self.table[(self.table["kind"] == kind) & (self.table["metric"] == "test_accuracy")].set_index("term")


def test_seeds_needed_follow_from_the_spread():
    """A main effect averages 32 cells of noise 1: it varies by 2/√32 = 0.35 pp."""
    text = advice.seeds_needed(Found(200), 0.3)
    few, many = (int(words.split()[-1]) for words in (text.split(" for ")[0], text.split(" seeds")[0]))
    spreads = [float(words) for words in [text.split(" pp over")[0].split()[-1], text.split("(")[-1].split(" pp")[0]]]
    assert spreads == pytest.approx([2 / 32**0.5] * 2, abs=0.06) and spreads[0] > spreads[1]
    assert few <= many and 15 <= many <= 35
    assert advice.seeds_needed(Found(200), 0.6).startswith("made: ") and "0.6 pp" in advice.seeds_needed(
        Found(200), 0.6
    )
    assert "a single complete seed" in advice.seeds_needed(Found(1), 0.3)
