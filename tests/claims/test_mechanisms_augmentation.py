"""Mechanisms on augmentation: what the transformations do, and small runs that are equal when repeated."""

import numpy as np
import pytest

SIGNALS = {
    "data": {"name": "mnist1d", "train": 200, "validation": 10, "test": 200},
    "model": {"name": "mlp", "widths": [8]},
    "training": {"epochs": 1, "batch": 20, "optimizer": "adam", "learning_rate": 5e-3},
    "steps": 100,
}
pytestmark = pytest.mark.usefixtures("tensorflow")


@pytest.fixture(scope="module")
def signals() -> np.ndarray:
    return np.random.default_rng(0).standard_normal((50, 40)).astype(np.float32)


def transformed(table: dict, x: np.ndarray, seed: int = 0) -> np.ndarray:
    from study.claims.mechanisms.augmentation import transformation

    return transformation(table, x.shape[1:], seed)(x)


def test_mirror_reverses_some_examples_and_no_others(signals):
    found = transformed({"mirror": True}, signals)
    reversed_ = [(a == b[::-1]).all() for a, b in zip(found, signals)]
    kept = [(a == b).all() for a, b in zip(found, signals)]
    assert all(np.logical_xor(reversed_, kept))
    assert any(reversed_) and any(kept)


def test_mirror_reverses_the_columns_of_images():
    images = np.random.default_rng(0).random((50, 8, 8, 1)).astype(np.float32)
    found = transformed({"mirror": True}, images)
    reversed_ = [(a == b[:, ::-1]).all() for a, b in zip(found, images)]
    assert 0 < sum(reversed_) < 50


def test_negation_turns_all_signs_of_some_examples(signals):
    signs = transformed({"negation": True}, signals) / signals
    assert set(np.unique(signs)) == {-1, 1}
    assert (signs == signs[:, :1]).all()


def test_noise_has_its_standard_deviation_and_translation_none(signals):
    assert np.std(transformed({"noise": 0.05}, signals) - signals) == pytest.approx(0.05, rel=0.1)
    # Constant signals stay what they are, wherever they are shifted.
    constant = np.ones((50, 40), np.float32)
    assert transformed({"translation": 0.1}, constant) == pytest.approx(constant, abs=1e-5)


@pytest.mark.parametrize("table", [{"mirror": True}, {"negation": True}, {"translation": 0.1, "noise": 0.05}])
def test_transformations_are_decided_by_the_seed(table, signals):
    found = transformed(table, signals)
    assert (transformed(table, signals) == found).all()
    assert (transformed(table, signals, seed=1) != found).any()


def test_transformations_are_drawn_anew_at_every_call(signals):
    from study.claims.mechanisms.augmentation import transformation

    transform = transformation({"translation": 0.1}, (40,), 0)
    assert (transform(signals) != transform(signals)).any()


def test_no_transformation_leaves_the_inputs(signals):
    assert (transformed({}, signals) == signals).all()


def test_augmentation_on_signals(tensorflow):
    from study.claims.mechanisms.augmentation import Augmentation

    mechanism = Augmentation(
        SIGNALS
        | {
            "sizes": [50, 200],
            "transformations": {"both": {"translation": 0.1, "noise": 0.05}, "nothing": {}},
            "at": {"both": [50, 200], "nothing": [50]},
        }
    )
    found = mechanism.measure(0)
    assert len(found["none"]) == len(found["augmented"]["both"]) == 2
    # The same examples, batches and initial weights: without a transformation nothing differs.
    assert found["augmented"]["nothing"] == found["none"][:1]
    assert mechanism.measure(1) != found
    assert mechanism.measure(0) == found


def test_augmentation_on_images(tensorflow):
    from study.claims.mechanisms.augmentation import Augmentation

    mechanism = Augmentation(
        {
            "data": {"name": "digits", "train": 40, "validation": 10, "test": 100},
            "model": {"name": "cnn", "filters": [2], "dense": 4},
            "training": {"epochs": 1, "batch": 10, "optimizer": "adam", "learning_rate": 5e-3},
            "sizes": [40],
            "transformations": {"rotation": {"rotation": 0.02}, "zoom": {"zoom": 0.05}},
            "at": {"rotation": [40], "zoom": [40]},
            "steps": 100,
        }
    )
    found = mechanism.measure(0)
    assert len(found["none"]) == 1
    assert set(found["augmented"]) == {"rotation", "zoom"}
    assert mechanism.measure(0) == found
