"""Mechanisms of the ledger of 2026 but for weight decay: each run once, small, and again with the same values."""

import numpy as np
import pytest

pytestmark = pytest.mark.usefixtures("tensorflow")

SIGNALS = {
    "data": {"name": "mnist1d", "train": 200, "validation": 10, "test": 200},
    "model": {"name": "mlp", "widths": [8]},
    "training": {"epochs": 1, "batch": 20, "optimizer": "adam", "learning_rate": 5e-3},
}


def test_passes():
    from study.claims.mechanisms.passes import Passes

    settings = SIGNALS | {
        "strengths": {"dropout": {"rate": 0.3}}, "pools": [200, 40], "rates": [1, 0.1], "early": 1,
    }  # fmt: skip
    mechanism = Passes(settings)
    found = mechanism.measure(0)
    assert set(found) == {"none", "dropout", "early"} and len(found["early"]["train_nll"]) == 2
    assert found["early"] != found["none"] and found["early"] != found["dropout"]
    assert mechanism.measure(1) != found and mechanism.measure(0) == found
    always, never = (_with_early(mechanism, stretches).measure(0) for stretches in (2, 0))
    assert always["early"] == always["dropout"], "dropout in all stretches is dropout throughout"
    assert never["early"] == never["none"], "and in none of them none"


def _with_early(mechanism, stretches: int):
    """Return the mechanism with early dropout in so many stretches, built and traced as it was."""
    mechanism.settings = mechanism.settings | {"early": stretches}
    return mechanism


def test_weight_averages():
    from study.claims.mechanisms.weight_averages import WeightAverages

    mechanism = WeightAverages(
        SIGNALS
        | {
            "use": {"train": 100},
            "training": {"epochs": 3, "batch": 20, "optimizer": "sgd", "momentum": 0.9, "learning_rate": 0.05},
            "strengths": {"averaging": {"momentum": 0.9}, "batchnorm": {"momentum": 0.5}},
            "schedules": ["constant", "cooled"],
            "arms": ["none", "batchnorm"],
        }
    )
    found = mechanism.measure(0)
    assert set(found["none"]["constant"]) == {"last", "averaged"}
    assert set(found["batchnorm"]["cooled"]) == {"last", "averaged", "last_recomputed", "averaged_recomputed"}
    nlls = [each["nll"] for each in found["batchnorm"]["constant"].values()]
    assert len(set(nlls)) == 4, "each kind of weights and statistics has a read-out of its own"
    assert found["none"]["constant"]["last"] != found["none"]["cooled"]["last"]
    assert mechanism.measure(1) != found and mechanism.measure(0) == found


def test_recomputed_statistics_are_those_of_the_batch_that_is_the_whole_set():
    import keras

    from study.claims.mechanisms.moving_statistics import recompute_statistics

    inputs = keras.Input((4,))
    x = keras.layers.BatchNormalization(name="first")(keras.layers.Dense(3)(inputs))
    model = keras.Model(inputs, keras.layers.BatchNormalization(name="second")(keras.layers.Dense(2)(x)))
    batch = np.random.default_rng(0).standard_normal((50, 4)).astype(np.float32)
    recompute_statistics(model, batch)
    assert model(batch, training=False).numpy() == pytest.approx(model(batch, training=True).numpy(), abs=1e-5)


def test_spread():
    from study.claims.mechanisms.spread import Spread

    mechanism = Spread(
        {
            "data": SIGNALS["data"], "widths": [6], "runs": 5, "batch": 20, "steps": 200, "rate": 0.01,
            "sizes": [50, 200],
        }
    )  # fmt: skip
    found = mechanism.measure(0)
    assert {name: len(found[name]) for name in ("error", "variance", "independent", "shared")} == dict.fromkeys(
        ("error", "variance", "independent", "shared"), 2
    )
    assert found["train_accuracy"] > 60, "five networks learn, each from weights and batches of its own"
    assert found["variance"][1] > 0 and 0 < found["error"][1] < 0.5
    assert mechanism.measure(1) != found and mechanism.measure(0) == found


def test_equal_weights_and_batches_give_equal_networks():
    """Networks trained at once share no gradient: what they differ in is what they were given."""
    from study.claims.mechanisms.networks import examples
    from study.claims.mechanisms.spread import Spread

    settings = {"data": SIGNALS["data"], "widths": [6], "batch": 20, "steps": 100, "rate": 0.01, "sizes": [50]}
    mechanism = Spread(settings | {"runs": 3})
    drawn, rng = examples(settings, 0), np.random.default_rng(1)
    for variable in mechanism.weights:
        weights = np.repeat(rng.standard_normal((1, *variable.shape[1:])), 3, axis=0)
        weights[2] += rng.standard_normal(weights[2].shape)
        variable.assign(weights.astype(np.float32))
    order = np.broadcast_to(np.arange(20), (100, 3, 20)).astype(np.int32)
    labels = (drawn.y_train > 4).astype(np.float32)
    mechanism._steps(drawn.x_train, labels, order, np.full(100, 0.01, np.float32))
    first, second, third = mechanism._logits(drawn.x_test[None]).numpy()
    assert first == pytest.approx(second, abs=1e-4) and np.abs(first - third).max() > 0.1


@pytest.mark.parametrize("model, data", [
    ({"name": "mlp", "widths": [8]}, SIGNALS["data"]),
    ({"name": "cnn", "filters": [2], "dense": 4}, {"name": "digits", "train": 40, "validation": 10, "test": 100}),
])  # fmt: skip
def test_classes(model, data):
    from study.claims.mechanisms.classes import Classes

    mechanism = Classes(
        SIGNALS
        | {"data": data, "model": model, "transformations": {"nothing": {}, "noise": {"noise": 0.3}}, "rates": [1]}
    )
    found = mechanism.measure(0)
    assert len(found["none"]) == len(found["share"]) == 10 and sum(found["share"]) == pytest.approx(1)
    assert found["augmented"]["nothing"] == found["none"] != found["augmented"]["noise"]
    assert mechanism.measure(1) != found and mechanism.measure(0) == found
