"""Which arm to use, and what accuracy hides, on lattices whose answer is known."""

import pytest
from synthetic import runs

from study.analysis.decisions import recipe as recipes
from study.analysis.decisions.recipe import hidden
from study.analysis.effects import all_effects, of_kind
from study.design.arms import ARMS, parse_arm

BAND = 0.5


def recipe(frame, *words):
    return recipes.recipe(frame, of_kind(all_effects(frame, ["made"], BAND, ARMS), "main"), *words)


def test_the_simplest_arm_that_keeps_up_is_chosen():
    """L2 adds a tenth of a point: not enough to be clearly better than augmentation and dropout without it."""
    found = recipe(
        runs({"dropout": 3.0, "l2": 0.1, "augmentation": 8.0, "batchnorm": -2.0}, noise=0.5), "made", ARMS, BAND
    )
    assert found.arm.name == "dropout+augmentation" and found.gain is None or found.gain.verdict != "helps"
    assert found.arm.name == "dropout+augmentation" and abs(found.reached.mean - 72.25) < 0.5


def likelier(frame, by):
    """Return a frame whose arms have a likelihood of their own, on test and validation examples."""
    nll = [by(set(arm.factors)) for arm in map(parse_arm, frame["arm"])]
    return frame.assign(test_nll=nll, val_nll=nll)


def test_an_arm_that_keeps_up_and_is_notably_likelier_is_told():
    """Batch norm changes accuracy by nothing that could be told, and halves the loss."""
    frame = runs({"dropout": 3.0, "augmentation": 8.0, "batchnorm": -0.05}, noise=0.3)
    chosen = recipe(frame, "made", ARMS, BAND)
    assert chosen.arm.name == "dropout+augmentation" and "dropout+batchnorm+augmentation" in [
        a.name for a in chosen.level
    ]
    halved = likelier(frame, lambda on: 0.4 if "batchnorm" in on and "augmentation" in on else 0.8)
    found = recipes.other(halved, chosen, "made", ARMS, BAND)
    assert found.arm in chosen.level and "batchnorm" in found.arm and found.metric.name == "test_nll"
    there, here, gain = found.reached["test_nll"]
    assert (there.mean, here.mean, gain.mean) == pytest.approx((0.4, 0.8, -0.4))
    lattice = {(row.arm, row.seed): row.test_accuracy for row in frame.itertuples()}
    costs = [100 * (lattice[found.arm.name, seed] - lattice[chosen.arm.name, seed]) for seed in range(6)]
    assert abs(found.costs.mean - sum(costs) / 6) < 1e-9
    slightly = likelier(frame, lambda on: 0.76 if "batchnorm" in on else 0.8)
    assert recipes.other(slightly, chosen, "made", ARMS, BAND) is None, "a twentieth is not notable"
    own = likelier(frame, lambda on: 0.4 if on == {"dropout", "augmentation"} else 0.8)
    assert recipes.other(own, chosen, "made", ARMS, BAND) is None, "the recommended arm is the likeliest"
    worse = likelier(frame, lambda on: 0.4 if not on else 0.8)
    assert recipes.other(worse, chosen, "made", ARMS, BAND) is None, "none does not keep up"


def test_a_clear_gain_is_taken():
    found = recipe(runs({"dropout": 3.0, "augmentation": 8.0, "l2": 2.0}, noise=0.3), "made", ARMS, BAND)
    assert set(found.arm.factors) == {"dropout", "l2", "augmentation"}


def test_what_clearly_helps_is_kept_where_single_arms_cannot_be_told_apart():
    """Sixteen pairs of arms show two points that no single pair of them does."""
    frame = runs({"dropout": 2.0}, noise=2.0)
    for arm in ("none", "dropout"):
        frame.loc[frame["arm"] == arm, "test_accuracy"] = frame.loc[frame["arm"] == "none", "test_accuracy"].to_numpy()
    frame.loc[frame["arm"] == "dropout", "val_accuracy"] = 0.99
    found = recipe(frame, "made", ARMS, BAND)
    assert found.best.name == found.arm.name == "dropout" and found.gain is None
    frame.loc[frame["arm"] == "dropout+l2", "val_accuracy"] = 0.999
    found = recipe(frame, "made", ARMS, BAND)
    assert found.best.name == "dropout+l2" and found.arm.name == "dropout" and found.gain.verdict == "undecided"
    frame.loc[frame["arm"] == "l2", "val_accuracy"] = 1.0
    assert recipe(frame, "made", ARMS, BAND).arm.name == "none", "what the best arm has not is not asked for"


def test_a_gain_within_the_band_is_not_worth_a_regularizer():
    found = recipe(runs({"augmentation": 8.0, "l2": 0.3}, noise=0.02), "made", ARMS, BAND)
    assert found.arm.name == "augmentation" and "l2" in found.best
    assert found.gain.verdict == "no effect larger than ±0.5 pp" and found.gain.low > 0


def test_nothing_is_an_answer():
    found = recipe(runs({}, noise=1.0), "made", ARMS, BAND)
    assert found.arm.name == "none"


def test_the_best_is_chosen_on_validation_and_judged_on_test():
    frame = runs({"augmentation": 8.0}, noise=0.3)
    frame.loc[frame["arm"] == "dropout", "val_accuracy"] = 0.99
    found = recipe(frame, "made", ARMS, BAND)
    assert found.best.name == "dropout" and found.arm.name == "none", "no arm is clearly worse than it on test"
    assert abs(found.reached.mean - 61.25) < 0.5


def test_of_equally_simple_arms_the_better_on_validation():
    frame = runs({"dropout": 5.0, "l2": 5.0}, pairs=[("dropout", "l2", -5.0)], noise=0.3)
    for name in ("dropout", "l2"):
        frame.loc[frame["arm"] == name, "val_accuracy"] += 0.05
        assert recipe(frame, "made", ARMS, BAND).arm.name == name
        frame.loc[frame["arm"] == name, "val_accuracy"] -= 0.05


def test_few_seeds_recommend_nothing():
    assert recipe(runs(seeds=5), "made", ARMS, BAND) is None


def test_what_accuracy_hides():
    """Early stopping hurts accuracy and helps likelihood; L2 helps calibration alone; dropout helps both, which is no
    secret."""
    frame = runs(noise=0.1)
    frame["test_nll"] -= 0.2 * frame["earlystopping"]
    frame["test_ece"] -= 0.03 * frame["l2"] + 0.0001 * frame["seed"]
    found = hidden(all_effects(frame, ["made"], BAND, ARMS))
    assert [(term, metric, *signs) for term, metric, _, *signs in found] == [
        ("l2", "test_ece", 1, 0), ("earlystopping", "test_nll", 1, -1),
    ]  # fmt: skip
    assert abs(found[0][2].mean + 3) < 1e-6 and found[1][2].unit == "nats"
