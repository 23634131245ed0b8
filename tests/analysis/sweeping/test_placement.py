"""Where dropout stands: an ordinary setting that leaves old cells alone, and known differences found again."""

import numpy as np
import pandas as pd
import pytest
from conftest import study, write_tiny

from study.analysis.sweeping import placement
from study.analysis.sweeping.placement import Placement
from study.data import checks
from study.design import cells, studyfile, sweeps
from study.design.architectures.builtin import PLACEMENTS
from study.design.arms import ARMS, parse_arm
from study.errors import StudyError
from study.exhibits import titles
from study.figures import placement as drawn

BEFORE_LINEAR, BEFORE, AFTER = PLACEMENTS[1:]
SWEEP = """
[sweep.place]
title = "Where?"
question = "Before or after?"
experiment = "scans"
setting = "model.dropout_placement"
values = ["before_last_linear", "before_last_batchnorm", "after_last_batchnorm"]
also = { "model.widths" = [[6, 6]], "strengths.dropout.rate" = 0.5 }
arms = ["batchnorm", "dropout+batchnorm"]
"""


def load(folder, old="", new=""):
    assert old in SWEEP
    file = write_tiny(folder)
    file.write_text(file.read_text() + SWEEP.replace(old, new, 1) if old else file.read_text() + SWEEP)
    found = studyfile.load(str(file))
    checks.check_sweeps(found)
    return found


class TestSetting:
    """The setting, and what it leaves alone."""

    def test_without_a_choice_the_settings_are_as_they_were(self, tmp_path):
        experiment = load(tmp_path).experiment("scans")
        for arm in ARMS:
            assert cells.settings(experiment, arm)["model"] == {"name": "mlp", "widths": [8]}

    def test_a_choice_enters_the_settings_of_arms_with_dropout_only(self, tmp_path):
        experiment = sweeps.vary(load(tmp_path).experiment("scans"), "model.dropout_placement", AFTER, "x")
        for arm in ARMS:
            assert cells.settings(experiment, arm)["model"].get("dropout_placement") == (
                AFTER if "dropout" in arm else None
            )

    def test_the_sweep_changes_several_settings_and_trains_batch_norm_alone_once(self, tmp_path):
        found = load(tmp_path)
        places = sweeps.places(found, "place")
        assert len(places) == 3 * 2 * 2 and len(sweeps.cells(found)) == (1 + 3) * 2
        assert len({places[value, parse_arm("batchnorm"), 0] for value in found.sweeps["place"].values}) == 1
        for cell in sweeps.cells(found):
            assert cell.experiment.model.widths == (6, 6) and cell.experiment.strengths.dropout.rate == 0.5
        assert found.experiment("scans").model.widths == (8,)

    @pytest.mark.parametrize("old, new, told", [
        ('"after_last_batchnorm"]', '"after"]', ["sweep.place", "'after_last_batchnorm'", "'after'"]),
        ("[[6, 6]]", "[[6]]", ["sweep.place", "at least two widths"]),
        ("[[6, 6]]", "[[6, 6], [7, 7]]", ["also.model.widths", "or 3", "Received: 2"]),
        ("model.widths", "model.dropout_placement", ["also", "other than the one that is varied"]),
        ("strengths.dropout.rate", "strengths.dropout.rat", ["'rate'", "rat"]),
    ])  # fmt: skip
    def test_mistakes_are_named(self, tmp_path, old, new, told):
        with pytest.raises(StudyError) as error:
            load(tmp_path, old, new)
        assert all(words in str(error.value) for words in told), str(error.value)

    def test_a_wrong_place_in_a_study_file_is_an_error_without_a_traceback(self, tmp_path):
        file = write_tiny(tmp_path)
        file.write_text(file.read_text().replace("widths = [8]", 'widths = [8], dropout_placement = "between"'))
        ran = study("plan", file, "--results", tmp_path / "r")
        assert ran.returncode == 2 and "Traceback" not in ran.stderr and "dropout_placement" in ran.stderr
        assert all(name in ran.stderr for name in PLACEMENTS)


KINDS = {
    "every_block": "Dense BatchNormalization ReLU Dropout Dense BatchNormalization ReLU Dropout",
    BEFORE_LINEAR: "Dense BatchNormalization ReLU Dropout Dense BatchNormalization ReLU",
    BEFORE: "Dense BatchNormalization ReLU Dense Dropout BatchNormalization ReLU",
    AFTER: "Dense BatchNormalization ReLU Dense BatchNormalization ReLU Dropout",
}


class TestNetworks:
    """The layers, in order, with the same initial weights everywhere."""

    @pytest.fixture
    def build(self, tensorflow, tmp_path):
        from study.training.networks import build

        base = sweeps.vary(load(tmp_path).experiment("scans"), "model.widths", (6, 6), "x")

        def make(place, arm="dropout+batchnorm"):
            return build(sweeps.vary(base, "model.dropout_placement", place, "x"), parse_arm(arm), 3, (8, 8, 1), 10)

        return make

    @pytest.mark.parametrize("place", PLACEMENTS)
    def test_dropout_stands_where_it_should(self, build, place):
        kinds = [type(layer).__name__ for layer in build(place).layers]
        assert kinds == ["InputLayer", "Flatten", *KINDS[place].split(), "Dense"]
        usual = build("every_block")
        for a, b in zip(usual.trainable_variables, build(place).trainable_variables, strict=True):
            np.testing.assert_array_equal(a.numpy(), b.numpy())

    def test_without_dropout_there_is_none(self, build):
        for place in PLACEMENTS:
            assert "Dropout" not in {type(layer).__name__ for layer in build(place, "batchnorm").layers}

    def test_one_block_may_have_dropout_before_or_after_its_batch_norm(self):
        from study.training.networks import dropouts

        assert dropouts("every_block", 1) == dropouts(AFTER, 1) == ["after"]
        assert dropouts(BEFORE, 1) == ["before"]
        assert dropouts(BEFORE_LINEAR, 3) == ["nowhere", "after", "nowhere"]

    def test_a_users_own_network_is_told_the_places(self, tensorflow, tmp_path):
        import keras

        from study.training.networks import Layers

        layers = Layers(load(tmp_path).experiment("scans"), parse_arm("dropout"), 0)
        with pytest.raises(StudyError, match="after, before, nowhere"):
            layers.dense(keras.Input((4,)), 3, "first", dropout="befor")


def made_up(gains: dict, seeds=6, noise=0.1, width=32, title="Made", rate=0.5, sweep="") -> Placement:
    """Accuracies of 50 % without dropout, and so much more at each place, each seed with a level of its own."""
    rng = np.random.default_rng(width)
    columns = {
        name: 50 + gain + np.arange(seeds) + noise * rng.standard_normal(seeds)
        for name, gain in {"without": 0.0, **gains}.items()
    }
    experiment = studyfile.load("quick").experiment("mnist1d").model_copy(update={"title": title})
    return Placement(sweep or f"made-{title}-{width}-{rate}", experiment, width, rate, pd.DataFrame(columns))


NARROW = {BEFORE_LINEAR: -2.0, BEFORE: -4.0, AFTER: 1.0}
WIDE = {BEFORE_LINEAR: 3.0, BEFORE: 1.0, AFTER: 1.0}


def test_known_differences_are_found():
    table = placement.differences([made_up(NARROW), made_up(WIDE, width=512)])
    assert list(table["place"]) == 2 * [BEFORE_LINEAR] + 2 * [BEFORE] and list(table["width"]) == [32, 512, 32, 512]
    for row, truth in zip(table.itertuples(), (3.0, -2.0, 5.0, 0.0), strict=True):
        assert row.ci_low < truth < row.ci_high and row.n_seeds == 6
    assert list(table["sign"]) == [1, -1, 1, 0]


def test_the_title_follows_from_the_intervals():
    table = placement.differences([made_up(NARROW), made_up(WIDE, width=512)])
    assert titles.placement(table) == (
        "Dropout after the last batch norm is better than one linear map before it at width 32 and worse at width 512; "
        "better than right before it at width 32 and not clearly different at width 512."
    )
    few = placement.differences([made_up(NARROW, seeds=3)])
    assert "3 seeds are too few" in titles.placement(few) and set(few["sign"]) == {0}


def test_accuracies_are_paired_and_incomplete_seeds_left_out():
    rows = [
        {
            "value": value,
            "arm": arm,
            "seed": seed,
            "status": "ok",
            "test_accuracy": 0.5 + 0.1 * (value == AFTER) + 0.01 * seed,
        }
        for value in (BEFORE, AFTER)
        for arm in ("batchnorm", "dropout+batchnorm")
        for seed in range(3)
    ]
    rows[3]["status"] = "diverged"  # dropout before, seed 0
    found = placement.accuracies(pd.DataFrame(rows))
    assert list(found.index) == [1, 2] and list(found.columns) == [BEFORE, AFTER, "without"]
    np.testing.assert_allclose(found[AFTER] - found[BEFORE], [10.0, 10.0])


def test_the_figure_shows_every_difference_and_its_interval():
    table = placement.differences([made_up(NARROW), made_up(WIDE, width=512)])
    shown = drawn(table, "A finding.", 0.5)
    axes = shown.figure.axes[0]
    marks = [line for line in axes.lines if len(line.get_xdata()) == 1]
    np.testing.assert_allclose([mark.get_xdata()[0] for mark in marks], table["estimate"])
    assert [mark.get_markerfacecolor() != "white" for mark in marks] == [True, True, True, False]
    bars = [line.get_xdata() for line in axes.lines if len(line.get_xdata()) == 2 and line.get_linewidth() == 2]
    np.testing.assert_allclose(bars, table[["ci_low", "ci_high"]])
    assert "A finding." in shown.alt and "6 seeds" in shown.caption and "rate 0.5" in shown.caption and shown.svg
    five = placement.differences([made_up(NARROW, width=width) for width in range(1, 6)])
    shown = drawn(five, "A finding.", 0.5)
    marks = [line for line in shown.figure.axes[0].lines if len(line.get_xdata()) == 1]
    heights = sorted(float(mark.get_ydata()[0]) for mark in marks)
    assert len(marks) == 10 and min(np.diff(heights)) > 0.15 and "width 5: " in shown.alt


@pytest.mark.parametrize("others, words", [
    ({"title": "Other"}, "before it at width 256 on Made and width 256 on Other"),
    ({"rate": 0.3}, "before it at width 256, rate 0.5 and width 256, rate 0.3"),
    ({"sweep": "again"}, "before it at width 256, sweep made-Made-256-0.5 and width 256, sweep again"),
    ({"width": 512}, "before it at widths 256 and 512"),
])  # fmt: skip
def test_networks_are_told_apart_in_words_and_rows(others, words):
    table = placement.differences([made_up(NARROW, width=256), made_up(NARROW, **{"width": 256, **others})])
    assert words in titles.placement(table) and len(table) == 4
    shown = drawn(table, "A finding.", 0.5)
    marks = [line.get_ydata()[0] for line in shown.figure.axes[0].lines if len(line.get_xdata()) == 1]
    assert len(set(marks)) == 4 and len({text.get_text().split(":")[0] for text in shown.figure.axes[0].texts}) == 2
    assert shown.svg and "Test accuracy on Made" in shown.caption


def test_narrow_and_wide_are_two_widths_of_one_experiment():
    after = {AFTER, BEFORE}
    assert placement.widths([made_up(NARROW)], after) is None
    assert placement.widths([made_up(NARROW), made_up(WIDE, width=512, title="Other")], after) is None
    assert placement.widths([made_up(NARROW), made_up(NARROW, sweep="again")], after) is None
    alone, narrow, wide = made_up(NARROW, title="Other", width=8), made_up(NARROW), made_up(WIDE, width=512)
    assert placement.widths([alone, narrow, wide], after) == (narrow, wide)
    assert placement.widths([narrow, wide], after | {"without", "elsewhere"}) is None
