"""A known optimum and a known vanishing point are found again; the figures show what they are given."""

import numpy as np
import pandas as pd
import pytest
from synthetic import runs

from study import findings, responses
from study.analysis import METRICS
from study.figures import effects_over, response
from study.responses import Choice

VALUES = (0.0, 0.1, 0.3, 0.5, 0.9)


def dose(best=0.3, seeds=6, noise=0.002, arms=("dropout", "all"), rng=0) -> pd.DataFrame:
    """Accuracy that falls with the square of the distance to `best`, each seed with a level of its own."""
    random = np.random.default_rng(rng)
    rows = []
    for value in VALUES:
        for arm in arms:
            for seed in range(seeds):
                level = 0.8 - 0.3 * (value - best) ** 2 + 0.05 * seed
                rows.append({
                    "sweep": "dose", "setting": "strengths.dropout.rate", "value": value, "experiment": "made",
                    "arm": arm, "seed": seed, "status": "ok",
                    "test_accuracy": level + noise * random.standard_normal(),
                    "val_accuracy": level + noise * random.standard_normal(),
                })
    return pd.DataFrame(rows)


def test_the_known_optimum_is_chosen_and_its_gain_is_known():
    (alone, every) = responses.choices(dose(best=0.3), own=0.9)
    assert (alone.arm, every.arm) == ("dropout", "all") and alone.value == every.value == 0.3
    mean, low, high = alone.gain
    assert low < 100 * 0.3 * 0.6**2 < high and low > 0
    assert alone.matter == alone.gain, "0.9 is also the worst"


def test_choosing_looks_at_validation_only():
    table = dose(best=0.3, noise=0)
    table.loc[table["value"] == 0.9, "test_accuracy"] = 1.0
    assert responses.choices(table, own=0.3)[0].value == 0.3
    table.loc[table["value"] == 0.9, "val_accuracy"] = 1.0
    assert responses.choices(table, own=0.3)[0].value == 0.9


def test_only_seeds_complete_at_every_value_count():
    table = dose()
    table.loc[(table["seed"] == 2) & (table["value"] == 0.1) & (table["arm"] == "all"), "status"] = "diverged"
    found = responses.responses(table)
    assert set(found.loc[found["arm"] == "dropout", "n_seeds"]) == {6}
    assert set(found.loc[found["arm"] == "all", "n_seeds"]) == {5}
    assert list(found.loc[found["arm"] == "all", "value"]) == list(VALUES)


def test_means_and_intervals_are_those_of_the_seeds():
    table = dose(noise=0, seeds=3)
    row = responses.responses(table).iloc[2]
    assert row["estimate"] == pytest.approx(85.0) and row["ci_high"] - row["estimate"] == pytest.approx(4.303 * 5 / 3**0.5, abs=0.01)


def over_sizes(effects_by_size, seeds=6, noise=0.1):
    parts = []
    for number, (size, effect) in enumerate(effects_by_size.items()):
        part = runs({"dropout": effect, "augmentation": 8.0}, seeds=seeds, noise=noise, rng=number)
        part.insert(0, "value", size)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def test_the_known_size_at_which_an_effect_vanishes_is_found():
    table = responses.effects(over_sizes({250: 6.0, 500: 4.0, 1000: 2.0, 2000: 0.0, 4000: 0.0}), 0.5)
    assert responses.vanishing(table, "dropout") == 2000
    assert responses.vanishing(table, "augmentation") is None
    assert list(table["value"].unique()) == [250, 500, 1000, 2000, 4000] and len(table) == 25
    assert findings.effects_finding(table, "data.train").startswith("Over training examples: dropout helps at 250, 500 and 1000")
    few = responses.effects(over_sizes({250: 6.0, 500: 0.0}, seeds=3), 0.5)
    assert responses.vanishing(few, "dropout") is None and "too few" in findings.effects_finding(few, "data.train")


@pytest.mark.parametrize("choice, words", [
    (Choice("dropout", 0.5, (1.0, 0.5, 1.5), (2.0, 1.0, 3.0), 6), "0.5, chosen on validation, is better than the study's own 0.3 (+1.00 pp"),
    (Choice("all", 0.5, (-1.0, -1.5, -0.5), (2.0, 1.0, 3.0), 6), "with all five, 0.5, chosen on validation, is worse"),
    (Choice("all", 0.5, (0.1, -0.5, 0.7), (2.0, 1.0, 3.0), 6), "is not clearly better"),
    (Choice("all", 0.3, (0.0, 0.0, 0.0), (2.0, 1.0, 3.0), 6), "validation chooses 0.3, the study's own"),
    (Choice("all", 0.5, None, (2.0, 1.0, 3.0), 6), "validation chooses 0.5."),
    (Choice("all", 0.5, (1.0, 0.5, 1.5), (2.0, 1.0, 3.0), 3), "3 seeds are too few"),
])  # fmt: skip
def test_the_title_follows_from_the_interval(choice, words):
    assert words.lower() in findings.response_finding([choice], 0.3, "strengths.dropout.rate").lower()


def test_the_response_figure_shows_every_point_its_interval_and_the_choice():
    table = responses.responses(dose())
    shown = response(
        table, {"dropout": "dropout", "all": "all five"}, responses.labelled(VALUES), {"dropout": 2, "all": 2}, 4,
        "dropout rate", METRICS["test_accuracy"], "A finding.",
    )
    axes = shown.figure.axes[0]
    lines = [line for line in axes.lines if len(line.get_xdata()) == len(VALUES)]
    assert len(lines) == 2 and [tick.get_text() for tick in axes.get_xticklabels()] == ["0", "0.1", "0.3", "0.5", "0.9"]
    np.testing.assert_allclose(lines[0].get_ydata(), table.loc[table["arm"] == "dropout", "estimate"])
    ends = np.concatenate([c.get_segments() for c in axes.collections if hasattr(c, "get_segments")])
    np.testing.assert_allclose(ends[:5, :, 1], table.loc[table["arm"] == "dropout", ["ci_low", "ci_high"]])
    rings = [line for line in axes.lines if line.get_markersize() == 12]
    assert len(rings) == 2 and "A finding." in shown.alt and "6 seeds" in shown.caption
    with pytest.raises(ValueError, match="at most 4"):
        response(table, dict.fromkeys("abcde", "x"), (), {}, None, "s", METRICS["test_accuracy"], "t")


def test_the_effects_figure_has_a_panel_a_factor():
    table = responses.effects(over_sizes({250: 6.0, 1000: 0.0}), 0.5)
    shown = effects_over(table, ["250", "1000"], "training examples", "Shapley value", "pp", 0.5, "A finding.")
    titles = [axes.get_title("left") for axes in shown.figure.axes]
    assert titles == ["dropout", "L2", "batch norm", "augmentation", "early stopping"]
    marks = [line for line in shown.figure.axes[0].lines if len(line.get_xdata()) == 1]
    dropout = table[table["term"] == "dropout"]
    np.testing.assert_allclose([line.get_ydata()[0] for line in marks], dropout["estimate"])
    filled = [line.get_markerfacecolor() != "white" for line in marks]
    assert filled == [True, not (dropout["ci_low"].iloc[1] <= 0 <= dropout["ci_high"].iloc[1])]
    assert "dropout:" in shown.alt and "±0.5 pp" in shown.caption
