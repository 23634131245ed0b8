"""A known optimum and a known vanishing point are found again; the figures show what they are given."""

import numpy as np
import pandas as pd
import pytest
from synthetic import doublings, runs

from study.analysis.sweeping import sweep_effects
from study.analysis.sweeping.sweep_effects import Choice
from study.design import sweeps
from study.design.architectures.tasks import METRICS
from study.design.arms import ARMS
from study.design.factors import TEXTBOOK
from study.design.studyfile import Sweep
from study.exhibits import sweep_text, wording
from study.figures import effects_over, response
from study.statistics.interval import Interval

OVER_EXAMPLES = Sweep(title="Size", question="?", experiment="made", setting="data.train", values=(250, 500))
VALUES = (0.0, 0.1, 0.3, 0.5, 0.9)


def dose(best=0.3, seeds=6, noise=0.002, arms=("dropout", "all"), rng=0) -> pd.DataFrame:
    """Accuracy that falls with the square of the distance to `best`, each seed with a level of its own."""
    random = np.random.default_rng(rng)
    rows = []
    for value in VALUES:
        for arm in arms:
            for seed in range(seeds):
                level = 0.8 - 0.3 * (value - best) ** 2 + 0.05 * seed
                rows.append(
                    {
                        "sweep": "dose",
                        "setting": "strengths.dropout.rate",
                        "value": value,
                        "experiment": "made",
                        "arm": arm,
                        "seed": seed,
                        "status": "ok",
                        "test_accuracy": level + noise * random.standard_normal(),
                        "val_accuracy": level + noise * random.standard_normal(),
                    }
                )
    return pd.DataFrame(rows)


def test_the_known_optimum_is_chosen_and_its_gain_is_known():
    (alone, every) = sweep_effects.choices(dose(best=0.3), own=0.9)
    assert (alone.arm, every.arm) == ("dropout", "all") and alone.value == every.value == 0.3
    assert alone.gain.low < 100 * 0.3 * 0.6**2 < alone.gain.high and alone.gain.low > 0
    assert alone.matter == alone.gain, "0.9 is also the worst"


def test_choosing_looks_at_validation_only():
    table = dose(best=0.3, noise=0)
    table.loc[table["value"] == 0.9, "test_accuracy"] = 1.0
    assert sweep_effects.choices(table, own=0.3)[0].value == 0.3
    table.loc[table["value"] == 0.9, "val_accuracy"] = 1.0
    assert sweep_effects.choices(table, own=0.3)[0].value == 0.9


def test_only_seeds_complete_at_every_value_count():
    table = dose()
    table.loc[(table["seed"] == 2) & (table["value"] == 0.1) & (table["arm"] == "all"), "status"] = "diverged"
    found = sweep_effects.responses(table)
    assert set(found.loc[found["arm"] == "dropout", "n_seeds"]) == {6}
    assert set(found.loc[found["arm"] == "all", "n_seeds"]) == {5}
    assert list(found.loc[found["arm"] == "all", "value"]) == list(VALUES)


def test_means_and_intervals_are_those_of_the_seeds():
    table = dose(noise=0, seeds=3)
    row = sweep_effects.responses(table).iloc[2]
    assert row["estimate"] == pytest.approx(85.0) and row["ci_high"] - row["estimate"] == pytest.approx(
        4.303 * 5 / 3**0.5, abs=0.01
    )


def over_sizes(effects_by_size, seeds=6, noise=0.1):
    parts = []
    for number, (size, effect) in enumerate(effects_by_size.items()):
        part = runs({"dropout": effect, "augmentation": 8.0}, seeds=seeds, noise=noise, rng=number)
        part.insert(0, "value", size)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def test_the_known_size_at_which_an_effect_vanishes_is_found():
    table = sweep_effects.effects(over_sizes({250: 6.0, 500: 4.0, 1000: 2.0, 2000: 0.0, 4000: 0.0}), 0.5, ARMS)
    assert sweep_effects.vanishing(table, "dropout") == 2000
    assert sweep_effects.vanishing(table, "augmentation") is None
    assert list(table["value"].unique()) == [250, 500, 1000, 2000, 4000] and len(table) == 25
    told = sweep_text.effects_finding(table, OVER_EXAMPLES, TEXTBOOK)
    assert told.startswith("Over training examples: dropout helps at 250, 500 and 1,000")
    assert (
        "; L2, batch norm and early stopping have no effect larger than ±0.5 pp throughout; augmentation helps" in told
    )
    few = sweep_effects.effects(over_sizes({250: 6.0, 500: 0.0}, seeds=3), 0.5, ARMS)
    assert sweep_effects.vanishing(few, "dropout") == "too few seeds" and "too few" in sweep_text.effects_finding(
        few, OVER_EXAMPLES, TEXTBOOK
    )


def test_values_with_labels_are_called_by_them():
    """Other settings go along with such values: what they do together is not the first one's doing."""
    table = sweep_effects.effects(over_sizes({250: 6.0, 500: 0.0}), 0.5, ARMS)
    named = OVER_EXAMPLES.model_copy(update={"title": "Size of all", "labels": ("half of all", "all of it")})
    told = sweep_text.effects_finding(table, named, TEXTBOOK)
    assert told.startswith("Over size of all: dropout helps at half of all")
    assert list(wording.labelled(table, named)["value"].unique()) == ["half of all", "all of it"]
    assert sweep_text.effects_finding(wording.labelled(table, named), named, TEXTBOOK) == told
    assert wording.labelled(table, OVER_EXAMPLES) is table
    layers = OVER_EXAMPLES.model_copy(update={"values": ((128, 128), (512, 512)), "labels": ("narrow", "wide")})
    assert wording.place_label(layers, (512, 512)) == wording.place_label(layers, "512-512") == "wide"


@pytest.mark.parametrize("arm, value, gain, seeds, words", [
    ("dropout", 0.5, (1.0, 0.5, 1.5), 6, "0.5, chosen on validation, is better than the study's own 0.3 (+1.00 pp"),
    ("all", 0.5, (-1.0, -1.5, -0.5), 6, "with all five, 0.5, chosen on validation, is worse"),
    ("all", 0.5, (0.1, -0.5, 0.7), 6, "is not clearly better"),
    ("all", 0.3, (0.0, 0.0, 0.0), 6, "validation chooses 0.3, the study's own"),
    ("all", 0.5, None, 6, "validation chooses 0.5."),
    ("all", 0.5, (1.0, 0.5, 1.5), 3, "3 seeds are too few"),
])  # fmt: skip
def test_the_title_follows_from_the_interval(arm, value, gain, seeds, words):
    choice = Choice(arm, value, gain and Interval(*gain, seeds), Interval(2.0, 1.0, 3.0, seeds))
    assert words.lower() in sweep_text.response_finding([choice], 0.3, "strengths.dropout.rate", TEXTBOOK).lower()


def test_the_response_figure_shows_every_point_its_interval_and_the_choice():
    table = sweep_effects.responses(dose())
    shown = response(
        table,
        {"dropout": "dropout", "all": "all five"},
        [sweeps.text(value) for value in VALUES],
        {"dropout": 2, "all": 2},
        4,
        "dropout rate",
        METRICS["test_accuracy"],
        "A finding.",
    )
    axes = shown.figure.axes[0]
    lines = [line for line in axes.lines if len(line.get_xdata()) == len(VALUES)]
    assert len(lines) == 2 and [tick.get_text() for tick in axes.get_xticklabels()] == ["0", "0.1", "0.3", "0.5", "0.9"]
    np.testing.assert_allclose(lines[0].get_ydata(), table.loc[table["arm"] == "dropout", "estimate"])
    ends = np.concatenate([c.get_segments() for c in axes.collections if hasattr(c, "get_segments")])
    np.testing.assert_allclose(ends[:5, :, 1], table.loc[table["arm"] == "dropout", ["ci_low", "ci_high"]])
    rings = [line for line in axes.lines if line.get_markersize() == 12]
    assert len(rings) == 2 and "A finding." in shown.alt and "6 seeds" in shown.caption


def test_the_effects_figure_has_a_panel_a_factor():
    table = sweep_effects.effects(over_sizes({250: 6.0, 1000: 0.0}), 0.5, ARMS)
    shown = effects_over(table, "training examples", "Shapley value", "pp", 0.5, "A finding.", TEXTBOOK)
    titles = [axes.get_title("left") for axes in shown.figure.axes]
    assert titles == ["dropout", "L2", "batch norm", "augmentation", "early stopping"]
    marks = [line for line in shown.figure.axes[0].lines if len(line.get_xdata()) == 1]
    dropout = table[table["term"] == "dropout"]
    np.testing.assert_allclose([line.get_ydata()[0] for line in marks], dropout["estimate"])
    filled = [line.get_markerfacecolor() != "white" for line in marks]
    assert filled == [True, not (dropout["ci_low"].iloc[1] <= 0 <= dropout["ci_high"].iloc[1])]
    assert "dropout:" in shown.alt and "±0.5 pp" in shown.caption


def test_a_known_interaction_over_noise_is_told():
    parts = []
    for number, (share, points) in enumerate({0.0: 0.0, 0.2: -3.0, 0.5: -6.0}.items()):
        part = runs(
            {"dropout": 4.0, "earlystopping": 4.0}, pairs=[("dropout", "earlystopping", points)], noise=0.1, rng=number
        )
        part.insert(0, "value", share)
        parts.append(part)
    table = sweep_effects.effects(pd.concat(parts, ignore_index=True), 0.5, ARMS, "interaction")
    rows = table[table["term"] == "dropout:earlystopping"].reset_index(drop=True)
    np.testing.assert_allclose(rows["estimate"], [0, -3, -6], atol=0.2)
    told = sweep_text.interaction_finding(rows, TEXTBOOK)
    assert "they substitute each other at 0.2 and 0.5" in told and told.startswith("Dropout × early stopping")
    shapley = sweep_effects.effects(pd.concat(parts, ignore_index=True), 0.5, ARMS)
    shown = effects_over(shapley, "noise", "Shapley value", "pp", 0.5, "A finding.", TEXTBOOK, beside=rows)
    assert len(shown.figure.axes) == 6 and "interaction dropout × early stopping" in shown.alt
    marks = [line.get_ydata()[0] for line in shown.figure.axes[5].lines if len(line.get_xdata()) == 1]
    np.testing.assert_allclose(marks, rows["estimate"])


def test_the_panel_of_worth_says_where_it_is_a_bound():
    from study.figures.effects_over import Multiples

    shapley = sweep_effects.effects(over_sizes({250: 6.0, 500: 4.0, 1000: 0.0, 2000: 0.0}), 0.5, ARMS)
    beside = Multiples(sweep_effects.equivalence(doublings(worth=5.0)))
    shown = effects_over(shapley, "examples", "Shapley value", "pp", 0.5, "A finding.", TEXTBOOK, beside=beside)
    panel, augmentation = shown.figure.axes[5], shown.figure.axes[3]
    assert (
        augmentation.get_ylim() == shown.figure.axes[0].get_ylim()
        and augmentation.get_ylim()[1] > 8 > panel.get_ylim()[0]
    )
    # 250, 500, 1,000 and 2,000 stand as far apart as they are, in every panel.
    np.testing.assert_allclose(augmentation.get_xticks(), [0, 3 / 7, 9 / 7, 3])
    assert [mark.xyann[1] > 0 for mark in panel.texts] == [True, True], "an arrow up at each bound"
    np.testing.assert_allclose([mark.xy[0] for mark in panel.texts], [3 / 7, 9 / 7])
    assert [tick.get_text() for tick in panel.get_yticklabels()] == ["1×", "2×", "4×"]
    assert "arrow up" in shown.caption and "arrow down" not in shown.caption
    np.testing.assert_allclose(next(line for line in panel.lines if len(line.get_xdata()) == 3).get_ydata(), [5, 4, 2])
    assert "best arm at 500: worth at least 4.0 times the data" in shown.alt


def ticks(axes) -> list[str]:
    return [tick.get_text() for tick in axes.get_xticklabels()]


def test_every_panel_names_the_values_of_its_own_rows():
    from study.figures.effects_over import Multiples

    shapley = sweep_effects.effects(over_sizes({4000: 1.0, 1000: 2.0, 250: 4.0}), 0.5, ARMS)
    worth = sweep_effects.equivalence(doublings().query("value != 2000"))
    shown = effects_over(
        shapley, "examples", "Shapley value", "pp", 0.5, "A finding.", TEXTBOOK, beside=Multiples(worth)
    )
    assert ticks(shown.figure.axes[0]) == ["4,000", "1,000", "250"] and ticks(shown.figure.axes[5]) == ["250", "500"]
    sizes = over_sizes({250: 4.0, 1000: 2.0, 4000: 1.0})
    sizes.loc[(sizes["value"] == 250) & (sizes["arm"] == "none"), "status"] = "diverged"
    shown = effects_over(
        sweep_effects.effects(sizes, 0.5, ARMS), "examples", "Shapley value", "pp", 0.5, "A finding.", TEXTBOOK
    )
    assert ticks(shown.figure.axes[0]) == ["1,000", "4,000"] and "at 1,000" in shown.alt and "at 250" not in shown.alt


def swept(table, setting="data.train", factors=None):
    """A sweep's results as pages read them, from a table."""
    from types import SimpleNamespace

    sweep = SimpleNamespace(setting=setting, values=tuple(pd.unique(table["value"])), labels=())
    return SimpleNamespace(
        metric=METRICS["test_accuracy"],
        results=SimpleNamespace(study=SimpleNamespace(factors=factors or TEXTBOOK)),
        sweep=sweep,
        ordered=True,
        name="made",
        over_examples=setting == "data.train",
        equivalence=lambda: sweep_effects.equivalence(table),
        effects=lambda kind="shapley": sweep_effects.effects(table, 0.5, ARMS, kind),
    )


def test_without_a_complete_seed_there_are_words():
    from study.analysis import effects, lattice
    from study.exhibits.exhibit import Prose

    sizes = over_sizes({250: 4.0, 1000: 2.0})
    assert list(effects.effects(lattice.lattice(sizes[sizes["value"] == 250], "made", ARMS), 0.5).columns) == list(
        effects.COLUMNS
    )
    sizes.loc[sizes["arm"] == "none", "status"] = "diverged"
    none = sweep_effects.effects(sizes, 0.5, ARMS)
    assert none.empty and list(none.columns) == ["value", *effects.COLUMNS]
    assert (
        sweep_text.effects_finding(none, OVER_EXAMPLES, TEXTBOOK)
        == "Effects over training examples: no value has a complete seed."
    )
    shown = sweep_text.effects_table(swept(sizes))
    assert isinstance(shown, Prose) and "no value has a complete seed" in shown.text
    assert "no seed is complete" in sweep_text.worth(swept(sizes))
    with pytest.raises(ValueError, match="Received: none"):
        effects_over(none, "examples", "Shapley value", "pp", 0.5, "A finding.", TEXTBOOK)
    beside = none[none["term"] == "dropout:earlystopping"]
    table = sweep_effects.effects(over_sizes({250: 4.0, 1000: 2.0}), 0.5, ARMS)
    assert (
        len(effects_over(table, "noise", "Shapley value", "pp", 0.5, "A finding.", TEXTBOOK, beside=beside).figure.axes)
        == 5
    )


def test_a_value_without_a_complete_seed_is_named_as_left_out():
    sizes = over_sizes({250: 4.0, 1000: 2.0, 4000: 1.0})
    sizes.loc[(sizes["value"] == 250) & (sizes["arm"] == "none"), "status"] = "diverged"
    shown = sweep_text.effects_table(swept(sizes))
    assert shown.heads[1:3] == ("1,000", "4,000") and "Left out: 250, without a complete seed." in shown.caption
    lists = swept(sizes[sizes["value"] > 250].replace({"value": {1000: "64-64", 4000: "128-128"}}))
    lists.sweep.values, lists.ordered = ((64, 64), (128, 128)), False
    assert "Left out" not in sweep_text.effects_table(lists).caption, "tables hold a list as its text"


def test_too_few_seeds_do_not_exclude_zero_throughout():
    shown = sweep_text.effects_table(swept(over_sizes({250: 6.0, 500: 6.0}, seeds=3)))
    assert all(row[-2:] == ("too few seeds", "too few seeds") for row in shown.rows)
    mixed = sweep_effects.effects(over_sizes({250: 0.0, 500: 6.0}), 0.5, ARMS)
    mixed.loc[mixed["value"] == 500, "n_seeds"] = 5
    assert sweep_effects.vanishing(mixed, "dropout") == 250, "it is first, whatever comes after"
    assert sweep_effects.vanishing(mixed, "augmentation") == sweep_effects.TOO_FEW


@pytest.mark.parametrize("number", [5, 16, 32])
def test_of_many_arms_each_has_a_panel(number):
    from study.exhibits.wording import arm_words

    arms = ARMS[:number]
    table = dose(arms=[arm.name for arm in arms])
    choices = sweep_effects.choices(table, own=0.9)
    found, names = sweep_effects.responses(table), {arm.name: arm_words(arm) for arm in arms}
    title = sweep_text.response_finding(choices, 0.9, "strengths.dropout.rate", TEXTBOOK)
    assert (
        title
        == f"Dropout rate chosen on validation: of {number} arms, it is better than the study's own 0.9 in {number}."
    )
    shown = response(
        found,
        names,
        [sweeps.text(value) for value in VALUES],
        {choice.arm: 2 for choice in choices},
        4,
        "dropout rate",
        METRICS["test_accuracy"],
        title,
    )
    panels = [axes for axes in shown.figure.axes if axes.get_visible()]
    assert len(panels) == number
    for axes, arm in zip(panels, arms, strict=True):
        assert axes.get_title("left").replace("\n", " ") == arm_words(arm)
        (line,) = [line for line in axes.lines if len(line.get_xdata()) == len(VALUES)]
        np.testing.assert_allclose(line.get_ydata(), found.loc[found["arm"] == arm.name, "estimate"])
        assert sum(line.get_markersize() == 12 for line in axes.lines) == 1
        assert axes.get_ylim() == panels[0].get_ylim()
    assert shown.svg and "an arm a panel" in shown.caption and f"{names[arms[-1].name]}: " in shown.alt


def test_many_choices_are_counted():
    better, worse, open_ = (Interval(*ends, 6) for ends in ((1.0, 0.5, 1.5), (-1.0, -1.5, -0.5), (0.1, -0.5, 0.7)))
    few = Interval(1.0, 0.5, 1.5, 3)
    made = [Choice("a", 0.5, better, better), Choice("b", 0.5, worse, better), Choice("c", 0.5, open_, better),
            Choice("d", 0.3, Interval(0, 0, 0, 6), better), Choice("e", 0.5, few, few)]  # fmt: skip
    assert sweep_text.response_finding(made, 0.3, "strengths.dropout.rate", TEXTBOOK) == (
        "Dropout rate chosen on validation: of 5 arms, it is the study's own in 1, is better than the study's own 0.3 "
        "in 1, is worse in 1, is not clearly different in 1, has too few seeds in 1."
    )
