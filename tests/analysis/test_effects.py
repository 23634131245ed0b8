"""From runs to effects: units, families, verdicts, incomplete seeds."""

import numpy as np
import pytest
from synthetic import EFFECTS, runs

from study.analysis import effects, lattice
from study.design.architectures.tasks import estimated
from study.design.arms import ARMS, Arm, parse_arm
from study.design.factors import NAMES
from study.errors import StudyError


@pytest.fixture(scope="module")
def table():
    return effects.all_effects(runs(noise=0.3), ["made"], 0.5, ARMS)


def test_effects_have_the_documented_columns(table):
    assert list(table.columns) == [
        "experiment", "metric", "kind", "term", "estimate", "ci_low", "ci_high", "joint_low", "joint_high", "p_value",
        "p_holm", "n_seeds", "verdict", "band", "detectable",
    ]  # fmt: skip
    assert len(table) == 5 * (5 * 4 + 40 + 26) and set(table["n_seeds"]) == {6}
    assert (table["p_holm"] >= table["p_value"]).all() and (table["ci_low"] <= table["ci_high"]).all()
    assert (table["joint_low"] <= table["ci_low"]).all() and (table["ci_high"] <= table["joint_high"]).all()
    banded = table["metric"].isin(["test_accuracy", "test_ece", "gap"]) & (table["kind"] != "interaction")
    assert (table["band"].notna() == banded).all() and set(table["band"].dropna()) == {0.5}


def test_known_effects_come_back_with_their_verdicts(table):
    main = effects.of_kind(table, "main")
    assert list(main.index) == list(NAMES)
    for name, points in EFFECTS.items():
        assert main.loc[name, "ci_low"] - 0.5 < points < main.loc[name, "ci_high"] + 0.5
    words = ["helps", "no effect larger than ±0.5 pp", "helps", "helps", "hurts"]
    assert list(main["verdict"]) == words
    nll = effects.of_kind(table, "main", "test_nll")
    assert nll.loc["augmentation", "estimate"] < 0 and nll.loc["augmentation", "verdict"] == "helps"


def test_families_are_adjusted_apart(table):
    pairs = table[(table["kind"] == "interaction") & (table["term"].str.count(":") == 1)]
    pairs = pairs[pairs["metric"] == "test_accuracy"]
    assert len(pairs) == 10
    assert pairs["p_holm"].min() == pytest.approx(min(1, 10 * pairs["p_value"].min()))
    main = effects.of_kind(table, "main")
    assert main["p_holm"].min() == pytest.approx(5 * main["p_value"].min())


def test_units(table):
    found = lattice.lattice(runs(), "made", ARMS, "gap")
    np.testing.assert_allclose(found.values, 10, atol=1e-9)
    assert found.metric.unit == "pp"
    epochs = effects.of_kind(table, "main", "epochs_run")
    assert epochs.loc["earlystopping", "estimate"] == -10


def test_arms_stand_where_their_switches_say():
    frame = runs()
    found = lattice.lattice(frame, "made", ARMS)
    for arm in ARMS:
        rows = frame[frame["arm"] == arm.name].sort_values("seed")
        np.testing.assert_allclose(found.arm(arm), rows["test_accuracy"] * 100)
    summary = lattice.arm_estimates(found)
    assert summary.arms == ARMS and summary.mean[summary.at(Arm(()))] == pytest.approx(61.25)


def test_the_order_of_rows_does_not_matter():
    frame = runs(noise=1.0)
    one = effects.effects(lattice.lattice(frame, "made", ARMS), 0.5)
    other = effects.effects(lattice.lattice(frame.sample(frac=1, random_state=1), "made", ARMS), 0.5)
    assert one.equals(other)


def test_incomplete_seeds_are_left_out():
    frame = runs(seeds=8)
    broken = (frame["arm"] == "dropout") & (frame["seed"] == 2)
    frame.loc[broken, "status"] = "diverged"
    frame.loc[broken, ["test_accuracy", "train_accuracy", "val_accuracy"]] = np.nan
    frame = frame[~((frame["arm"] == "all") & (frame["seed"] == 5))]
    found = lattice.lattice(frame, "made", ARMS)
    assert list(found.seeds) == [0, 1, 3, 4, 6, 7]
    for name, points in EFFECTS.items():
        assert effects.effects(found, 0.5).set_index(["kind", "term"]).loc[("main", name), "estimate"] == (
            pytest.approx(points)
        )


@pytest.mark.parametrize("name", estimated(runs().columns))
def test_the_seed_of_a_diverged_cell_counts_in_no_metric(name):
    """A cell that diverged in its third epoch has run 3 epochs, which is not what its arm takes."""
    frame = runs(seeds=7)
    broken = (frame["arm"] == "dropout") & (frame["seed"] == 2)
    frame.loc[broken, "status"] = "diverged"
    frame.loc[broken, "epochs_run"] = 3
    assert 2 not in lattice.lattice(frame, "made", ARMS, name).seeds
    found = effects.of_kind(effects.all_effects(frame, ["made"], 0.5, ARMS), "main", name)
    assert set(found["n_seeds"]) == {6}
    if name == "epochs_run":
        assert list(found["estimate"]) == pytest.approx([0, 0, 0, 0, -10])


def test_no_complete_seed_is_an_error():
    frame = runs()
    with pytest.raises(StudyError, match="at least one seed of 'made'.*fullest seed has 31"):
        lattice.lattice(frame[frame["arm"] != "l2"], "made", ARMS)
    with pytest.raises(StudyError, match="at least one seed"):
        effects.all_effects(frame[frame["arm"] != "l2"], ["made"], 0.5, ARMS)
    with pytest.raises(StudyError, match="31 in 'made', 0 in 'other'") as refusal:
        effects.all_effects(frame[frame["arm"] != "l2"], ["made", "other"], 0.5, ARMS)
    assert "\n" not in str(refusal.value)


def test_unknown_names_are_errors():
    with pytest.raises(StudyError, match="test_nll"):
        lattice.lattice(runs(), "made", ARMS, "test_loss")
    with pytest.raises(StudyError, match="shapley"):
        effects.of_kind(effects.all_effects(runs(), ["made"], 0.5, ARMS), "mains")


def test_the_best_arm_is_chosen_on_validation_data():
    frame = runs()
    assert lattice.best_arm(frame, "made", ARMS).name == "dropout+batchnorm+augmentation"
    frame.loc[frame["arm"] == "none", "val_accuracy"] = 0.99
    assert lattice.best_arm(frame, "made", ARMS).name == "none"


def test_differences_are_paired_by_seed():
    found = lattice.lattice(runs(), "made", ARMS)
    (d,) = lattice.differences(found, [(parse_arm("dropout"), parse_arm("none"))], 0.5)
    assert (d.mean, d.low, d.high) == (pytest.approx(3), pytest.approx(3), pytest.approx(3))
    assert d.verdict == "helps" and d.seeds == 6
