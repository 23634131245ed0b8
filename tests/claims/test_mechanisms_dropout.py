"""Dropout's mechanisms: exact identities, and that equal settings and seeds give equal values."""

import importlib
import json
import os
import subprocess
import sys

import numpy as np
import pytest

from study.claims.mechanisms.enumeration import Enumeration
from study.claims.mechanisms.forms import Forms
from study.claims.mechanisms.networks import SIGNALS
from study.claims.topics import coadaptation, dropout

SETTINGS = {m.name: m.settings for m in (*dropout.MECHANISMS, *coadaptation.MECHANISMS)}
RUNNERS = {m.name: m.runner for m in (*dropout.MECHANISMS, *coadaptation.MECHANISMS)}
SMALL = {
    "data": SIGNALS | {"train": 200, "validation": 50, "test": 200}, "use": {},
    "model": {"name": "mlp", "widths": [16, 16]}, "training": {"epochs": 5, "batch": 50, "learning_rate": 0.01},
}  # fmt: skip
REDUCED = {
    "masks": {"units": 500, "steps": 4, "examples": 20},
    "frameworks": {"units": 1000},
    "forms": {"steps": 5},
    "enumeration": {"units": 5, "examples": 20},
    "averaging": SMALL | {"samples": 7},
    "coadaptation": SMALL | {"draws": 3, "target": 0.15},
}


def runner(name: str):
    """Return a mechanism made with reduced settings."""
    module, kind = RUNNERS[name].split(":")
    return getattr(importlib.import_module(module), kind)(SETTINGS[name] | REDUCED[name])


@pytest.mark.parametrize("name", REDUCED)
def test_equal_settings_and_seed_give_equal_values(tensorflow, name):
    mechanism = runner(name)
    first, other, again = (mechanism.measure(seed) for seed in (0, 1, 0))
    assert json.dumps(first, allow_nan=False) == json.dumps(again), "no state is kept between seeds"
    assert (first == other) == (name == "frameworks"), "the seed matters where there is chance"
    assert runner(name).measure(1) == other, "nor between objects"


def test_masks(tensorflow):
    found = runner("masks").measure(0)
    assert found["draws"] == [2000] * 5 and len(found["zeros"]) == len(found["mean"]) == 5
    assert found["zeros"] == sorted(found["zeros"]), "the higher the rate, the more zeros"
    assert found["scale"] < 1e-6 and found["inference"] == found["network_inference"] == 0
    assert found["repeated"] == found["output_zeros"] == 0
    assert found["dropped_gradient"] == 0 < found["kept_gradient"]
    assert found["thinned"] == found["batch"] == 20
    assert 0 < found["hidden_zeros"] < found["hidden_draws"]


def test_a_standard_layer_is_told_from_an_inverted_one(tensorflow, monkeypatch):
    from study.claims.mechanisms import frameworks

    def standard(x, rate, seed, training):
        kept = np.random.default_rng(seed).random(x.shape) >= rate
        return x * kept if training else (1 - rate) * x

    inverted = frameworks.look("Keras on TensorFlow", 1000, [0.5])
    assert inverted["deviation"] < 1e-6 and inverted["scale"] == pytest.approx([2])
    monkeypatch.setattr(frameworks, "_keras", standard)
    found = frameworks.look("Keras on TensorFlow", 1000, [0.5])
    assert found["deviation"] == pytest.approx(0.5)
    assert found["scale"] == pytest.approx([1]) and found["inference"] == pytest.approx([0.5])


def test_a_framework_is_looked_at_in_a_process_of_its_own(monkeypatch):
    """The path that JAX and PyTorch take, taken by a backend that is always there."""
    from study.claims.mechanisms import frameworks

    words = ["Keras on TensorFlow", "1000", "0.5"]
    ran = subprocess.run(
        [sys.executable, "-m", "study.claims.mechanisms.frameworks", *words],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"KERAS_BACKEND": "tensorflow"},
    )
    assert json.loads(ran.stdout.splitlines()[-1])["deviation"] < 1e-6
    made_up = {"One": ("no_such_package", "jax"), "Two": ("numpy", "no_such_backend")}
    monkeypatch.setattr(frameworks, "FRAMEWORKS", made_up)
    found = frameworks.Frameworks({"units": 10, "rates": [0.5], "seconds": 60}).measure(0)
    assert not found["checked"] and found["unchecked"]["One"] == "not installed"
    assert "Error" in found["unchecked"]["Two"]


def test_frameworks_are_looked_at_once(tensorflow, monkeypatch):
    from study.claims.mechanisms import frameworks

    looks = []
    monkeypatch.setattr(frameworks, "FRAMEWORKS", {"Keras on TensorFlow": ("tensorflow", "tensorflow")})
    monkeypatch.setattr(frameworks, "look", lambda *words: looks.append(words) or {"deviation": 0.0})
    mechanism = frameworks.Frameworks({"units": 10, "rates": [0.5], "seconds": 60})
    assert mechanism.measure(0) == mechanism.measure(1) and len(looks) == 1


def test_versions_of_frameworks_make_no_trial_stale():
    assert "keras" in SETTINGS["frameworks"]["installed"]
    assert not any(character.isdigit() for name in SETTINGS["frameworks"]["installed"] for character in name)


@pytest.mark.parametrize("rate", [0.2, 0.5, 0.7])
def test_forms_agree_exactly_where_they_should(rate):
    found = Forms(SETTINGS["forms"] | {"rate": rate, "steps": 20}).measure(3)
    for name in ("rescaled", "outgoing", "incoming_unbiased"):
        assert found[name] < 1e-12
    for name in ("as_they_are", "incoming"):
        assert found[name] > 1e-3


def test_forms_gradient_is_that_of_the_loss():
    """The step by hand against a finite difference of the loss."""
    from study.claims.mechanisms.forms import Network

    x, y, weights, masks = Forms(SETTINGS["forms"])._draw(0)

    def loss(kernel):
        network = Network([weights[0], (kernel, weights[1][1]), weights[2]], inside=1 / 0.7, outside=1.0)
        return -np.log(network.predict(x, masks[0], True)[np.arange(len(y)), y]).mean()

    network = Network(weights, inside=1 / 0.7, outside=1.0)
    network.step(x, y, masks[0], [1.0, 1.0, 1.0], 1.0)
    gradient = weights[1][0] - network.weights[1][0]
    direction = np.random.default_rng(0).normal(size=gradient.shape)
    slope = (loss(weights[1][0] + 1e-6 * direction) - loss(weights[1][0] - 1e-6 * direction)) / 2e-6
    assert (gradient * direction).sum() == pytest.approx(slope, rel=1e-6)


@pytest.mark.parametrize("rate", [0.3, 0.5, 0.8])
def test_identities_over_all_masks(rate):
    found = Enumeration(SETTINGS["enumeration"] | {"rate": rate}).measure(7)
    for name in ("ridge_standard", "ridge_inverted", "geometric", "next_input"):
        assert found[name] < 1e-12
    assert found["arithmetic"] > 0.01 and found["geometric_deep"] > 0.01
    assert found["after_relu"] > 0, "Jensen's inequality: the mean ReLU output is larger than that of the mean"


def test_fisher_penalty_is_right_to_second_order():
    """Its relative error is within 0.3 % at small coefficients and vanishes as their square."""
    settings = SETTINGS["enumeration"]
    assert Enumeration(settings).measure(0)["fisher_small"] < 3e-3
    wide, narrow = (Enumeration(settings | {"small": length}).measure(0)["fisher_small"] for length in (0.1, 0.05))
    assert wide / narrow == pytest.approx(4, rel=0.02)


def test_probabilities_of_masks_add_up():
    enumeration = Enumeration(SETTINGS["enumeration"])
    assert enumeration.masks.shape == (1024, 10)
    assert enumeration.weights.sum() == pytest.approx(1)
    np.testing.assert_allclose(enumeration.weights @ enumeration.masks, 0.7)


def test_averaging(tensorflow):
    found = runner("averaging").measure(0)
    assert len(found["errors"]) == len(found["nlls"]) == 7
    assert all(0 <= error <= 100 for error in [*found["errors"], found["scaled_error"]])


def test_averages_without_dropout_are_the_single_pass(tensorflow):
    from study.claims.mechanisms.averaging import Averaging

    idle = {"strengths": {"dropout": {"rate": 0.0}}}
    found = Averaging(SETTINGS["averaging"] | REDUCED["averaging"] | idle).measure(0)
    assert found["errors"] == pytest.approx([found["scaled_error"]] * 7, abs=1e-4)
    assert found["nlls"] == pytest.approx([found["scaled_nll"]] * 7, abs=1e-5)
    assert found["signal"] == pytest.approx(0, abs=1e-4)


def test_coadaptation(tensorflow):
    mechanism = runner("coadaptation")
    found = mechanism.measure(0)
    assert found.keys() == {"none", "dropout", "longer"}
    assert found["longer"]["epochs"] == found["dropout"]["epochs"]
    for table in found.values():
        for part in coadaptation.PARTS:
            assert len(table[f"{part}_curve"]) == 10
        for part in ("unscaled", "active"):
            assert table[f"{part}_curve"][0] == pytest.approx(table["train_accuracy"], abs=1e-6), "none removed"
        assert len(table["correlation"]) == len(table["activation"]) == len(table["silent"]) == 2
        assert table["train_curve"][0] == pytest.approx(table["train_accuracy"], abs=1e-6)
    masks = mechanism._masks(0)
    assert masks.shape == (30, 2, 16)
    np.testing.assert_allclose(masks.sum(axis=2), 16, rtol=1e-6, err_msg="the expected signal is kept")
    np.testing.assert_array_equal((masks[-3:] == 0).sum(axis=2), 14)


def test_the_most_active_units_go_first(tensorflow):
    mechanism = runner("coadaptation")
    layers = [np.arange(16.0)[None], -np.arange(16.0)[None]]
    masks = mechanism._most_active(layers)
    assert masks.shape == (10, 2, 16) and (masks[0] == 1).all()
    # At a share of .5 the 8 largest of 16 means go: the last ones of the first layer, the first of the second.
    np.testing.assert_array_equal(masks[5], [[1] * 8 + [0] * 8, [0] * 8 + [1] * 8])


def test_training_ends_at_the_target(tensorflow):
    from study.claims.mechanisms.coadaptation import Until

    class Model:
        stop_training = False

    def ends(until, accuracies):
        until.set_model(Model())
        for epoch, accuracy in enumerate(accuracies):
            until.on_epoch_end(epoch, {"val_accuracy": accuracy})
            if until.model.stop_training:
                return epoch + 1

    assert ends(Until(9, 0.9), [0.5, 0.8, 0.9, 1.0]) == 3
    assert ends(Until(2, 0.9), [0.5, 0.8, 0.9, 1.0]) == 2
    assert ends(Until(4, None), [1.0, 1.0, 1.0, 1.0, 1.0]) == 4


def test_correlation_of_units():
    from study.claims.mechanisms.coadaptation import correlation

    rng = np.random.default_rng(0)
    x = rng.normal(size=1000)
    assert correlation(np.stack([x, -2 * x + 1], axis=1)) == pytest.approx(1)
    assert correlation(np.stack([x, np.ones(1000)], axis=1)) is None
    y = rng.normal(size=(1000, 3))
    expected = np.abs(np.corrcoef(y.T)[np.triu_indices(3, 1)]).mean()
    assert correlation(y) == pytest.approx(expected)
