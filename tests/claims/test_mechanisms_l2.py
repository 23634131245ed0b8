"""L2's mechanisms: exact identities, and that equal seeds give equal values."""

import numpy as np
import pytest

from study.claims.topics.norms import MECHANISMS

SETTINGS = {mechanism.name: mechanism.settings for mechanism in MECHANISMS}


@pytest.fixture(scope="module")
def small(tensorflow):
    """Settings of a tiny sweep, made in no time."""
    return SETTINGS["norms-batchnorm"] | {
        "data": {"name": "mnist1d", "train": 60, "validation": 40, "test": 100},
        "use": {"test": 50},
        "model": {"name": "mlp", "widths": [12]},
        "penalties": [0.0, 0.1],
        "turning": 2,
        "training": {"epochs": 4, "batch": 20, "learning_rate": 0.01},
    }


def test_penalty_is_the_textbooks(tensorflow):
    from study.claims.mechanisms.penalty import Penalty

    mechanism = Penalty(SETTINGS["penalty"])
    found = mechanism.measure(0)
    assert 0 < found["penalty"] <= 1e-6 and 0 < found["gradient"] <= 1e-6 and found["elsewhere"] == 0
    assert mechanism.measure(0) == found != mechanism.measure(1)


def test_sgd_decays_as_l2_does_and_adam_does_not(tensorflow):
    from study.claims.mechanisms.weight_decay import WeightDecay

    settings = SETTINGS["weight-decay"] | {
        "data": {"name": "mnist1d", "train": 60, "validation": 40, "test": 100},
        "use": {},
        "batch": 20,
        "steps": 30,
    }
    mechanism = WeightDecay(settings)
    found = mechanism.measure(0)
    assert found["sgd"]["apart"] <= 1e-12 < 1e-3 < found["sgd"]["pull"]
    assert found["adam"]["apart"] > 1e-3
    assert mechanism.measure(1) != found == mechanism.measure(0)


def test_batch_norm_forgets_scale_up_to_epsilon(tensorflow):
    from study.claims.mechanisms.scale_invariance import ScaleInvariance

    settings = SETTINGS["scale-invariance"] | {"data": {"name": "mnist1d", "train": 60, "validation": 40, "test": 100}}
    mechanism = ScaleInvariance(settings)
    found = mechanism.measure(0)
    assert max(found["tiny"]["output"] + found["tiny"]["gradient"]) <= 1e-6
    # With unit variance, by hand: BN divides by √(α² + ε) what α has multiplied, instead of by √(1 + ε).
    for alpha, output in zip(settings["alphas"], found["keras"]["output"], strict=True):
        assert output == pytest.approx(abs(1 - alpha * np.sqrt(1.001) / np.sqrt(alpha**2 + 0.001)), abs=1e-9)
    assert found["keras"]["output"][0] == pytest.approx(0.046, abs=5e-4)
    assert mechanism.measure(0) == found != mechanism.measure(1)


def test_norms_by_penalty(small):
    from study.claims.mechanisms.weight_norms import WeightNorms

    mechanism = WeightNorms(small)
    found = mechanism.measure(0)
    assert all(len(values) == 2 for values in found.values())
    assert found["norm"][1] < found["norm"][0] and found["hidden_norm"][0] < found["norm"][0]
    assert all(value > 0 for name in ("sensitivity", "turn", "distance") for value in found[name])
    assert found["relabelled"][0] == 0
    assert mechanism.measure(1) != found == mechanism.measure(0)


def test_without_penalty_the_training_is_that_of_the_arm_without(small):
    from study.claims.mechanisms.networks import examples
    from study.claims.mechanisms.weight_norms import WeightNorms
    from study.data.datasets import describe
    from study.design.arms import Arm
    from study.training.batches import Tensors
    from study.training.trainer import Trainer

    mechanism = WeightNorms(small | {"penalties": [0.0]})
    found = mechanism.measure(3)
    experiment = mechanism.experiment
    about = describe(experiment.data)
    trainer = Trainer(experiment, Arm.of(["batchnorm"]), about.sample, about.classes)
    outcome = trainer.train(Tensors(examples(small, 3)), 3, [False])[False]
    assert found["test_nll"][0] == outcome.metrics["test_nll"]
    kernels = [v.numpy() for v in trainer.model.trainable_variables if v.name == "kernel"]
    assert found["norm"][0] == pytest.approx(np.sqrt(sum((kernel**2).sum() for kernel in kernels)), rel=1e-6)


def test_every_arm_with_and_without_l2(small):
    from study.claims.mechanisms.weight_norms import WeightNorms
    from study.claims.topics.norms import ARMS

    assert set(ARMS.values()) <= set(SETTINGS)
    whole = {name: small[name] for name in ("data", "use", "model", "training", "turning")}
    found = WeightNorms(SETTINGS["norms-all"] | whole | {"penalties": [0.0, 0.1]}).measure(0)
    assert found["norm"][1] < found["norm"][0]


def test_only_batch_norm_lets_weights_be_scaled_back(small):
    from study.claims.mechanisms.weight_norms import WeightNorms

    assert WeightNorms(small | {"factors": ["l2"]}).measure(0)["relabelled"] == [None, None]


def test_angle():
    pytest.importorskip("tensorflow")
    from study.claims.mechanisms.weight_norms import angle

    a = np.array([[1.0, 0.0]])
    assert angle(a, 3 * a) == 0 and angle(a, -a) == pytest.approx(180)
    assert angle(a, np.array([[0.0, 2.0]])) == pytest.approx(90)
    assert angle(a, np.array([[1.0, 1e-6]])) == pytest.approx(np.degrees(1e-6), rel=1e-6)
