"""Mechanisms on batch norm: identities, and small runs that are equal when repeated."""

import numpy as np
import pytest

from study.claims.topics.variance_shift import KEEP, MOMENTS, shift

DATA = {"name": "mnist1d", "train": 200, "validation": 10, "test": 200}
SETTINGS = {
    "data": DATA,
    "model": {"name": "mlp", "widths": [8]},
    "training": {"epochs": 1, "batch": 20, "optimizer": "adam", "learning_rate": 5e-3},
    "strengths": {"batchnorm": {"momentum": 0.9}, "dropout": {"rate": 0.5}},
}
pytestmark = pytest.mark.usefixtures("tensorflow")


@pytest.fixture(scope="module")
def drawn():
    from study.claims.mechanisms.networks import examples

    return examples(SETTINGS, 0)


@pytest.fixture(scope="module")
def networks(tensorflow):
    from study.claims.mechanisms.descent import Descent
    from study.claims.mechanisms.networks import experiment
    from study.design.arms import parse_arm
    from study.training.networks import build

    return {
        arm: Descent(lambda seed, arm=parse_arm(arm): build(experiment(SETTINGS), arm, seed, (40,), 10))
        for arm in ("none", "batchnorm")
    }


def weights(network) -> np.ndarray:
    return np.concatenate([variable.numpy().ravel() for variable in network.model.trainable_variables])


def test_order_runs_through_whole_epochs():
    from study.claims.mechanisms.descent import order

    found = order(0, 10, 4, 5)
    assert found.shape == (5, 4)
    assert sorted(found.ravel()[:10]) == sorted(found.ravel()[10:]) == list(range(10))
    assert (order(0, 10, 4, 5) == found).all()
    assert (order(1, 10, 4, 5) != found).any()


def test_without_batch_norm_the_other_examples_change_nothing(networks, drawn):
    from study.claims.mechanisms.descent import order

    network, steps = networks["none"], order(0, 200, 20, 100)
    found = []
    for go in (network.steps, network.steps_on_whole_set):
        network.reset(0, 5e-3)
        found.append((go(drawn.x_train, drawn.y_train, steps), weights(network)))
    assert found[0][0] == pytest.approx(found[1][0], rel=1e-3)
    assert found[0][1] == pytest.approx(found[1][1], abs=1e-3)


def test_with_whole_batches_there_is_no_noise_to_remove(networks, drawn):
    from study.claims.mechanisms.descent import order

    network, steps = networks["batchnorm"], order(0, 200, 200, 100)
    found = []
    for go in (network.steps, network.steps_on_whole_set):
        network.reset(0, 5e-3)
        found.append(go(drawn.x_train, drawn.y_train, steps))
    assert found[0] == pytest.approx(found[1], rel=1e-3)


def test_small_batches_make_noise(networks, drawn):
    from study.claims.mechanisms.descent import order

    network, steps = networks["batchnorm"], order(0, 200, 20, 100)
    found = []
    for go in (network.steps, network.steps_on_whole_set):
        network.reset(0, 5e-3)
        found.append(go(drawn.x_train, drawn.y_train, steps))
    assert np.abs(found[0] - found[1]).max() > 1e-2


def test_recomputed_statistics_are_those_of_the_whole_set(networks, drawn):
    network = networks["batchnorm"]
    network.reset(0, 5e-3)
    network.recompute_statistics(drawn.x_train)
    at_inference = network.model(drawn.x_train, training=False).numpy()
    assert at_inference == pytest.approx(network.model(drawn.x_train, training=True).numpy(), abs=1e-4)


def test_first_step_below_a_target():
    from study.claims.mechanisms.convergence import first_below

    losses = np.array([4.0, 2.0, 0.0, 0.0, 5.0])
    assert first_below(losses, 1.0, 2) == 3
    assert first_below(losses, 0.0, 2) == 4
    assert first_below(losses, 1.0, 1) == 3
    assert first_below(losses, 0.5, 4) is None
    assert first_below(losses[:1], 9.0, 2) is None


def test_convergence_repeats_itself_and_depends_on_the_seed(tensorflow):
    from study.claims.mechanisms.convergence import Convergence

    mechanism = Convergence(SETTINGS | {"rates": [1e-6, 1e-2], "target": 2.0, "longest": 100})
    found = mechanism.measure(0)
    assert set(found) == {"none", "batchnorm"}
    for counts in found.values():
        assert counts[0] is None
        assert 10 <= counts[1] <= 100
    assert mechanism.measure(1) != found
    assert mechanism.measure(0) == found


@pytest.mark.parametrize("replaced", [True, False])
@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_means_of_all_batches_vary_as_their_formula(tensorflow, replaced, size):
    from study.claims.mechanisms.batch_statistics import deviation

    population = np.random.default_rng(size).standard_exponential(6)
    assert deviation(population, size, replaced) < 1e-10


def test_one_formula_does_not_do_for_the_other(tensorflow):
    from study.claims.mechanisms.batch_statistics import deviation

    # One value can be drawn twice or not; with one value a batch it makes no difference.
    population = np.array([0.0, 1.0, 5.0])
    pairs = np.array([(0 + 1) / 2, (0 + 5) / 2, (1 + 5) / 2])
    assert pairs.var() == pytest.approx(population.var() / 2 * (3 - 2) / (3 - 1))
    assert deviation(population, 2, False) < 1e-10 and deviation(population, 2, True) < 1e-10
    assert pairs.var() < 0.6 * population.var() / 2


def test_batches_hold_no_example_twice(tensorflow):
    from study.claims.mechanisms.batch_statistics import without_replacement

    found = without_replacement(10, 7, 50, np.random.default_rng(0))
    assert found.shape == (50, 7)
    assert all(len(set(batch)) == 7 for batch in found)
    assert set(found.ravel()) == set(range(10))


def test_batch_statistics_are_those_that_batch_norm_uses(networks, drawn):
    from study.claims.mechanisms.descent import order

    network = networks["batchnorm"]
    network.reset(0, 5e-3)
    x, steps = drawn.x_train, order(0, 200, 20, 5)
    before = [variable.numpy() for variable in network.model.variables]
    means, variances = network.batch_statistics(x, steps, 0)
    hidden = network.model.layers[1]
    assert means.shape == variances.shape == (5, 8)
    for index, mean, variance in zip(steps, means, variances, strict=True):
        inputs = hidden(x[index]).numpy()
        assert mean == pytest.approx(inputs.mean(0), abs=1e-4)
        assert variance == pytest.approx(inputs.var(0), abs=1e-4)
    after = [variable.numpy() for variable in network.model.variables]
    assert all((a == b).all() for a, b in zip(before, after, strict=True))


def test_batch_statistics(tensorflow):
    from study.claims.mechanisms.batch_statistics import BatchStatistics

    settings = {"model": {"name": "mlp", "widths": [8, 8]}, "steps": 100, "sizes": [10, 20], "draws": 30}
    settings |= {"exact": {"population": 4, "sizes": [1, 2]}}
    mechanism = BatchStatistics(SETTINGS | settings)
    found = mechanism.measure(0)
    assert set(found) == {"exact", "network"}
    assert max(found["exact"].values()) < 1e-10
    assert len(found["network"]["mean"]) == len(found["network"]["variance"]) == 2
    assert mechanism.measure(1) != found
    assert mechanism.measure(0) == found


def test_population_statistics(tensorflow):
    from study.claims.mechanisms.population_statistics import PopulationStatistics

    mechanism = PopulationStatistics(SETTINGS | {"batches": [50], "steps": 100})
    found = mechanism.measure(0)
    assert set(found) == {"none", "batch", "population"}
    for table in found.values():
        assert len(table["test"]) == len(table["train"]) == 1
        assert all(0 <= accuracy <= 100 for accuracy in table["test"])
    assert mechanism.measure(1) != found
    assert mechanism.measure(0) == found


@pytest.mark.parametrize("kind", MOMENTS)
@pytest.mark.parametrize("keep", KEEP)
def test_variance_shift_of_keras_layers(kind, keep):
    from study.claims.mechanisms.variance_shift import INPUTS
    from study.claims.mechanisms.variance_shift import shift as measured

    values = INPUTS[kind](np.random.default_rng(0).standard_normal((4000, 100)))
    assert measured(values, keep, 0) == pytest.approx(shift(keep, kind), abs=0.01)


def test_networks_of_both_orders_are_paired(tensorflow):
    from study.claims.mechanisms.networks import experiment
    from study.claims.mechanisms.variance_shift import dropout_first
    from study.design.arms import parse_arm
    from study.training.networks import build

    usual = build(experiment(SETTINGS), parse_arm("dropout+batchnorm"), 3, (40,), 10)
    turned = dropout_first(experiment(SETTINGS), 3)
    kinds = [type(layer).__name__ for layer in turned.layers[1:5]]
    assert kinds == ["Dense", "Dropout", "BatchNormalization", "ReLU"]
    for a, b in zip(usual.trainable_variables, turned.trainable_variables, strict=True):
        assert (a.numpy() == b.numpy()).all()


def test_variance_shift(tensorflow):
    from study.claims.mechanisms.variance_shift import VarianceShift

    settings = {"model": {"name": "mlp", "widths": [8, 8]}, "steps": 100, "keep": [0.5], "values": 1000}
    mechanism = VarianceShift(SETTINGS | settings)
    found = mechanism.measure(0)
    assert set(found) == {"layers", "without", "after", "before"}
    assert {kind: len(ratios) for kind, ratios in found["layers"].items()} == {"gaussian": 1, "relu": 1}
    assert all(set(found[name]) == {"ratio", "moving", "recomputed"} for name in ("without", "after", "before"))
    assert mechanism.measure(1) != found
    assert mechanism.measure(0) == found
