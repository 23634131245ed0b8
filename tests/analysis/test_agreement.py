"""Metric flips, and experiments side by side."""

import pandas as pd
import pytest
from synthetic import runs

from study.analysis.agreement import by_experiment, disagreements, flips, improvements
from study.analysis.convergence import silenced
from study.analysis.effects import all_effects
from study.design.architectures.tasks import METRICS
from study.design.arms import ARMS
from study.design.factors import TEXTBOOK
from study.exhibits import sentences
from study.figures import dots_by_experiment, slopes


def table_of(frame):
    return improvements(frame, all_effects(frame, ["made"], 0.5, ARMS), "made", ARMS)


def test_a_factor_that_hurts_accuracy_and_helps_likelihood():
    frame = runs(noise=0.1)
    frame["test_nll"] -= 0.2 * frame["earlystopping"]
    found = table_of(frame)
    assert flips(found) == [("earlystopping", "test_nll")]
    assert sentences.flips_finding(found, 6, TEXTBOOK) == "Early stopping hurts test accuracy but helps test NLL"
    row = found[(found["term"] == "augmentation") & (found["metric"] == "test_accuracy")].iloc[0]
    span = 12 + 2  # the best arm has +12, the worst −2
    assert row["estimate"] == pytest.approx(100 * 8 / span, abs=1.5) and row["ci_low"] < row["ci_high"]


def test_less_is_better_counts_as_improvement():
    frame = runs(noise=0.1)
    found = table_of(frame).set_index(["term", "metric"])
    assert found.loc[("augmentation", "test_nll"), "estimate"] > 0
    assert flips(table_of(frame)) == []
    assert "No regularizer's verdict turns round" in sentences.flips_finding(table_of(frame), 6, TEXTBOOK)


def test_too_few_seeds_say_so_and_never_that_all_agree():
    frame = runs(noise=0.1, seeds=3)
    assert sentences.flips_finding(table_of(frame), 3, TEXTBOOK) == "Too few seeds for a verdict (3)"
    table = by_experiment(all_effects(frame, ["made"], 0.5, ARMS))
    assert sentences.across_finding(table, TEXTBOOK) == "Too few seeds for a verdict (3)"
    assert sentences.across_sentence(table, {"made": "Made"}, TEXTBOOK).startswith("Too few seeds")


def test_slopes_are_drawn():
    frame = runs(noise=0.1)
    frame["test_nll"] -= 0.2 * frame["earlystopping"]
    found = table_of(frame)
    made = slopes(found, sentences.flips_finding(found, 6, TEXTBOOK), 6, TEXTBOOK)
    (axes,) = made.figure.axes
    lines = [line for line in axes.lines if len(line.get_xdata()) == 3]
    assert len(lines) == 5
    thick = [line for line in lines if line.get_linewidth() > 2]
    (turned,) = thick
    kept = found[found["term"] == "earlystopping"]
    assert list(turned.get_ydata()) == pytest.approx(list(kept["estimate"]))
    names = [text for text in axes.texts if text.get_fontweight() == "bold"]
    assert [text.get_text() for text in names] == ["early stopping"]
    assert made.svg and "early stopping" in made.alt


def two_experiments():
    other = runs(effects={"dropout": -3.0, "augmentation": 5.0}, noise=0.2, experiment="other", rng=1)
    return all_effects(pd.concat([runs(noise=0.2), other]), ["made", "other"], 0.5, ARMS)


def test_experiments_side_by_side():
    table = by_experiment(two_experiments())
    assert list(table["term"].unique()) == ["dropout", "l2", "batchnorm", "augmentation", "earlystopping"]
    assert disagreements(table) == ["dropout"]
    titles = {"made": "Made", "other": "Other"}
    assert sentences.across_sentence(table, titles, TEXTBOOK) == "Dropout helps on Made and hurts on Other."
    title = sentences.across_finding(table, TEXTBOOK)
    assert title == "Augmentation helps everywhere; dropout helps here and hurts there"
    made = dots_by_experiment(table, titles, METRICS["test_accuracy"], title, 0.5, TEXTBOOK)
    (axes,) = made.figure.axes
    means = [float(line.get_xdata()[0]) for line in axes.lines if len(line.get_xdata()) == 1]
    assert means == pytest.approx(list(table["estimate"])) and len(means) == 10
    assert len(axes.texts) == 10 and "Other" in made.alt


def test_early_stopping_that_never_fired_has_no_verdict():
    """As on the front page: what it makes by going back to its best epoch is no verdict on it."""
    effects, ends = two_experiments(), {"made": {"cells": 96, "capped": 95}, "other": {"cells": 96, "capped": 96}}
    found = by_experiment(silenced(effects, ends)).set_index(["term", "experiment"])
    plain = by_experiment(effects).set_index(["term", "experiment"])
    assert plain.loc[("earlystopping", "other"), "verdict"] != "never fired"
    assert found.loc[("earlystopping", "other"), ["verdict", "sign"]].tolist() == ["never fired", 0]
    pd.testing.assert_frame_equal(found.drop(("earlystopping", "other")), plain.drop(("earlystopping", "other")))
    made = dots_by_experiment(
        found.reset_index(), {"made": "Made", "other": "Other"}, METRICS["test_accuracy"], "A finding", 0.5, TEXTBOOK
    )
    (axes,) = made.figure.axes
    assert [text.get_text() for text in axes.texts if "never fired" in text.get_text()] == [
        text.get_text() for text in axes.texts if text.get_text().startswith("Other")
    ][-1:]


def test_no_disagreement_is_said_too():
    table = by_experiment(all_effects(runs(noise=0.2), ["made"], 0.5, ARMS))
    assert sentences.across_sentence(table, {"made": "Made"}, TEXTBOOK).startswith(
        "No regularizer clearly helps on one"
    )
