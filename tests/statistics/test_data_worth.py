"""What the best arm is worth in training examples: known multiples, bounds, and how often nothing is called more."""

import numpy as np
import pandas as pd
import pytest
from synthetic import doublings

from study.analysis.sweeping import sweep_effects
from study.design.architectures.tasks import METRICS
from study.design.factors import TEXTBOOK
from study.exhibits import sweep_text

SHOWN = METRICS["test_accuracy"]


def test_the_known_worth_in_examples_is_found():
    table = sweep_effects.equivalence(doublings(worth=2.0))
    assert list(table["value"]) == [250, 500, 1000] and set(table["arm"]) == {"augmentation"}
    np.testing.assert_allclose(table["estimate"], [2, 2, 2])
    assert list(table["beyond"]) == [0, 0, 0] and set(table["n_seeds"]) == {6}
    noisy = sweep_effects.equivalence(doublings(worth=2.0, noise=0.005)).iloc[0]
    assert noisy["ci_low"] < 2 < noisy["ci_high"] and noisy["ci_low"] > 1
    assert "is worth 2.0 times the data [" in sweep_text.equivalence_finding(
        sweep_effects.equivalence(doublings(noise=0.005))
    )


def test_worth_beyond_what_was_tried_is_a_lower_bound():
    table = sweep_effects.equivalence(doublings(worth=5.0))
    assert list(table["beyond"]) == [0, 6, 6]
    np.testing.assert_allclose(table["estimate"], [5, 4, 2])
    assert "≥ 4.0" in sweep_text.equivalence_table(table, TEXTBOOK, SHOWN).markdown()
    assert "at least" in sweep_text.equivalence_finding(table.iloc[1:])
    assert sweep_text.equivalence_finding(sweep_effects.equivalence(doublings(seeds=3))) == ""


def test_a_seed_that_lacks_a_cell_counts_nowhere():
    table = doublings()
    table.loc[(table["seed"] == 3) & (table["value"] == 500) & (table["arm"] == "l2"), "status"] = "diverged"
    assert set(sweep_effects.equivalence(table)["n_seeds"]) == {5}


def equal_arms(rng, seeds=6, k=1.0) -> pd.DataFrame:
    """An arm that is worth k times the data, four points a doubling, one point of noise; validation prefers it."""
    sizes, per_doubling, noise = (250, 500, 1000, 2000, 4000), 4.0, 1.0
    rows = [
        (
            size,
            arm,
            seed,
            "ok",
            (50 + per_doubling * np.log2(size / 250 * more) + noise * rng.standard_normal()) / 100,
            more_liked,
        )
        for size in sizes
        for arm, more, more_liked in (("none", 1.0, 0.5), ("augmentation", k, 0.6))
        for seed in range(seeds)
    ]
    return pd.DataFrame(rows, columns=["value", "arm", "seed", "status", "test_accuracy", "val_accuracy"])


def test_an_arm_that_is_worth_no_more_data_is_rarely_said_to_be():
    random, runs = np.random.default_rng(1), 500
    said = [sweep_text.equivalence_finding(sweep_effects.equivalence(equal_arms(random))) for _ in range(runs)]
    more = sum("times the data" in words or "more data; how much" in words for words in said)
    assert more <= 0.045 * runs, "2.5 % and two standard errors; it was 14.5 %"
    assert sum("it is open whether" in words for words in said) >= 0.9 * runs
    worth_two = [
        sweep_text.equivalence_finding(sweep_effects.equivalence(equal_arms(random, k=2.0))) for _ in range(20)
    ]
    assert all("times the data [" in words for words in worth_two)


def one_row(**changed) -> pd.DataFrame:
    row = {"value": 250, "arm": "augmentation", "estimate": 2.0, "ci_low": 1.5, "ci_high": 2.6, "beyond": 0, "below": 0,
           "gain": 3.0, "gain_low": 1.0, "gain_high": 5.0, "n_seeds": 6}  # fmt: skip
    return pd.DataFrame([row | changed])


WORSE = {"gain_low": -5.0, "gain_high": -1.0}


@pytest.mark.parametrize("changed, words", [
    ({}, "is worth 2.0 times the data [1.5, 2.6]."),
    ({"beyond": 1}, "is worth at least 2.0 times the data."),
    ({"beyond": 1, "ci_low": 0.8}, "it is open whether"),
    ({"beyond": 1, "gain_low": -0.5}, "it is open whether"),
    ({"gain_low": -0.5}, "it is open whether"),
    ({"below": 1}, "is worth more data; how much is open, as in 1 seed it does worse than no regularization on the "
     "fewest"),
    ({"below": 2, "gain_low": -0.5}, "it is open whether"),
    ({"below": 6, **WORSE, "ci_low": 1.0, "ci_high": 1.0}, "is worth less data; how much is open"),
    ({"estimate": 0.7, "ci_low": 0.6, "ci_high": 0.8, **WORSE}, "is worth 0.7 times the data [0.6"),
])  # fmt: skip
def test_a_bound_alone_decides_nothing(changed, words):
    assert words in sweep_text.equivalence_finding(one_row(**changed))


def test_levels_below_the_curve_are_counted_and_marked():
    table = doublings(worth=0.5)
    table.loc[table["arm"] == "augmentation", "val_accuracy"] = 0.9
    table.loc[(table["arm"] == "l2"), "test_accuracy"] = 0.1
    found = sweep_effects.equivalence(table)
    assert list(found["below"]) == [6, 0, 0] and list(found["beyond"]) == [0, 0, 0]
    np.testing.assert_allclose(found["estimate"], [1, 0.5, 0.5])
    np.testing.assert_allclose(found["gain"], [-10, -10, -10])
    shown = sweep_text.equivalence_table(found, TEXTBOOK, SHOWN)
    assert shown.rows[0][2:] == ("≤ 1.0", "0 of 6", "6 of 6") and shown.rows[1][2] == "0.50 [0.50, 0.50]"
    assert sweep_text.equivalence_table(one_row(beyond=1, below=1), TEXTBOOK, SHOWN).rows[0][2] == "≈ 2.0"


def test_a_number_without_a_complete_seed_leaves_the_others():
    table = doublings()
    table.loc[(table["value"] == 250) & (table["arm"] == "none"), "status"] = "diverged"
    assert list(sweep_effects.equivalence(table)["value"]) == [500, 1000]
