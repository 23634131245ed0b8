"""Numbers and sentences follow from estimates and verdicts."""

import numpy as np
import pandas as pd
import pytest
from synthetic import runs

from study.analysis import effects, lattice
from study.analysis.convergence import Convergence
from study.design import studyfile
from study.design.arms import ARMS, parse_arm
from study.design.factors import TEXTBOOK
from study.exhibits import arm_text, sentences, study_text, titles, wording
from study.statistics.interval import Interval


@pytest.fixture(scope="module")
def main():
    return effects.of_kind(effects.all_effects(runs(noise=0.3), ["made"], 0.5, ARMS), "main")


@pytest.mark.parametrize("value, decimals, sign, text", [
    (3.14159, 1, True, "+3.1"), (-0.25, 2, False, "−0.25"), (-0.01, 1, True, "0.0"), (12, 0, False, "12"),
    (float("nan"), 1, True, "–"),
])  # fmt: skip
def test_numbers(value, decimals, sign, text):
    assert wording.number(value, decimals, sign) == text


def test_lists():
    assert [wording.listed(list("abc")[:n]) for n in range(4)] == ["", "a", "a and b", "a, b and c"]


def test_finding_gathers_verdicts_largest_first(main):
    assert sentences.finding(main, TEXTBOOK) == (
        "Augmentation, dropout and batch norm help; early stopping hurts; L2: no effect larger than ±0.5 pp"
    )
    undecided = main.assign(verdict="undecided")
    assert sentences.finding(undecided, TEXTBOOK).endswith("undecided") and "help" not in sentences.finding(
        undecided, TEXTBOOK
    )


def test_answer_quotes_every_factor_with_its_interval(main):
    text = sentences.answer("signals", main, TEXTBOOK, 32)
    assert text.startswith(
        "On signals, averaged over the 16 combinations of the others, augmentation (+8"
    ) and text.endswith(".")
    for name in ("dropout", "batch norm", "L2", "early stopping"):
        assert text.count(name) == 1
    part = sentences.answer("signals", main, TEXTBOOK, 16)
    assert "averaged over the 8 arms with each and the 8 without" in part, "a fraction has no pairs of arms"
    assert text.count("[") == 5 and "has no effect larger than ±0.5 pp" in text


def test_few_seeds_are_silent():
    main = effects.of_kind(effects.all_effects(runs(seeds=5), ["made"], 0.5, ARMS), "main")
    assert sentences.finding(main, TEXTBOOK) == "Too few seeds for a verdict (5)"
    assert "5 seeds are too few for a verdict" in sentences.answer("signals", main, TEXTBOOK, 32)
    assert titles.arms(lattice.lattice(runs(seeds=5), "made", ARMS)) == "Too few seeds for a verdict (5)"


def test_pairs_finding_counts_pairs():
    text = titles.arms(lattice.lattice(runs(noise=0.1), "made", ARMS))
    assert text == "Augmentation helps in 16 of 16 pairs of arms that differ in nothing else"
    flat = titles.arms(lattice.lattice(runs(effects={}, noise=1.0, rng=4), "made", ARMS))
    assert "of 16 pairs" in flat


def test_shares_are_told_with_their_intervals_or_not_at_all():

    told = sentences.shares_sentence(lattice.lattice(runs(noise=0.2), "made", ARMS).variance_shares())
    assert "100 % [9" in told or "100 % [10" in told
    noisy = lattice.lattice(runs(effects={"dropout": 0.3}, noise=2.0, rng=2), "made", ARMS).variance_shares()
    assert "too small beside chance" in sentences.shares_sentence(noisy) or noisy["share"].isna().all()
    assert sentences.shares_sentence(noisy.iloc[:1]) == "", "one regularizer has no group"


def test_convergence_sentence():
    rows = [("main", "dropout", 1.0, 1.1, 0.1, 0.05, 0.15, True), ("main", "l2", 0.2, -0.9, -1.1, -1.4, -0.8, False)]
    heads = ["kind", "term", "half", "whole", "change", "low", "high", "rests"]
    told = study_text.convergence_sentence(Convergence(100, 50, pd.DataFrame(rows, columns=heads), 6), TEXTBOOK)
    assert "Still moving" in told and "1 of 2" in told and "L2, −1.10 pp [−1.40, −0.80]" in told and "6 seeds" in told
    rested = study_text.convergence_sentence(Convergence(100, 50, pd.DataFrame(rows[:1], columns=heads), 6), TEXTBOOK)
    assert rested.startswith("Converged: from 50 to 100 epochs none of 1 ") and "dropout, +0.10 pp" in rested
    assert study_text.convergence_sentence(Convergence(100, 50), TEXTBOOK).startswith("Not known to have converged")


def test_an_effect_in_company_is_told_with_it():
    assert wording.effect_label("dropout|augmentation=1", TEXTBOOK) == "dropout with augmentation"
    assert wording.effect_label("dropout|batchnorm=0", TEXTBOOK) == "dropout without batch norm"
    assert wording.effect_label("dropout:l2", TEXTBOOK) == "dropout × L2"


@pytest.mark.parametrize("value, words", [
    (0.3, "0.3"), (1e-6, "10⁻⁶"), (3e-5, "3 × 10⁻⁵"), (4000, "4,000"), (np.int64(250), "250"), (0.0, "0"),
    ("after_last_batchnorm", "after the last batch norm"), ("val_loss", "validation loss"), ((32, 32), "32-32"),
    (True, "True"), ((), "none"), ((0.25, 0.5), "0.25 and 0.5"),
])  # fmt: skip
def test_values_are_written_as_a_reader_would(value, words):
    assert wording.value_words(value) == words


def test_universes_have_no_identifiers_in_their_names():
    assert wording.universe_label("data.train=2000") == "training examples 2,000"
    assert wording.universe_label("model.dropout_placement=every_block") == "place of dropout in every block"
    assert wording.universe_label("own") == "the study's own"
    assert wording.universe_label("two layers, λ = 3") == "two layers, λ = 3", "a label of the study file's"
    watched = "strengths.earlystopping.monitor=val_accuracy"
    assert wording.universe_label(watched) == "monitor validation accuracy"


@pytest.mark.parametrize("name", studyfile.bundled())
def test_what_a_bundled_study_varies_has_a_name(name):
    for sweep in studyfile.load(name).sweeps.values():
        assert {sweep.setting, *sweep.also} <= set(wording.SETTINGS)


def test_arm_words():
    assert [wording.arm_words(parse_arm(name)) for name in ("none", "all", "l2+batchnorm")] == [
        "none", "all five", "L2 + batch norm",
    ]  # fmt: skip


def test_switches():
    better, worse, open_ = Interval(1, 0.5, 1.5, 6), Interval(-1, -1.5, -0.5, 6), Interval(1, -0.5, 2.5, 6)
    changes = {("dropout", True): better, ("l2", True): open_, ("batchnorm", False): worse}
    assert arm_text.switches_finding(changes, TEXTBOOK) == "Adding dropout helps; removing batch norm hurts"
    few = {("l2", True): Interval(9.0, 8.0, 10.0, 3)}
    assert arm_text.switches_finding(few, TEXTBOOK) == "Too few seeds for a verdict (3)"
    assert arm_text.switches_finding({("l2", True): open_}, TEXTBOOK).startswith("No single switch")


def test_by_verdict_puts_every_term_somewhere(main):
    found = wording.by_verdict(main)
    assert sorted(sum(found.values(), [])) == sorted(main.index)
    silent = pd.DataFrame({"estimate": [1.0], "verdict": ["no verdict: fewer than 6 seeds"]}, index=["l2"])
    assert wording.by_verdict(silent)["silent"] == ["l2"]
    assert np.all([isinstance(terms, list) for terms in found.values()])
