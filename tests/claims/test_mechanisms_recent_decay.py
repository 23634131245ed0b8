"""Weight decay by hand: Keras's own, exact twins without decay, and small runs that are equal when repeated."""

import numpy as np
import pytest

pytestmark = pytest.mark.usefixtures("tensorflow")

DATA = {"data": {"name": "mnist1d", "train": 200, "validation": 10, "test": 200}}
STEPS = 200


@pytest.fixture(scope="module")
def signals():
    rng = np.random.default_rng(0)
    return rng.standard_normal((60, 40)).astype(np.float32), rng.integers(0, 10, 60).astype(np.int32)


@pytest.fixture(scope="module")
def order():
    return np.random.default_rng(1).integers(0, 60, (STEPS, 20)).astype(np.int32)


def decay(**options):
    from study.claims.mechanisms.decay import Decay

    return Decay(40, [6, 5], 10, dtype="float64", compiled=False, **options)


def test_a_step_is_that_of_keras(signals, order):
    import keras
    import tensorflow as tf

    from study.claims.mechanisms.decay import constant, decays

    mine, theirs = decay(momentum=0.875), decay(momentum=0.875)
    mine.reset(0), theirs.reset(0)
    mine.steps(*signals, order[:100], constant(100, 0.125), decays(100, 0.03125, 0.03125))
    optimizer = keras.optimizers.SGD(0.125, momentum=0.875, weight_decay=0.03125)  # which float32 holds exactly
    variables = theirs.model.trainable_variables
    kernels = [*theirs.hidden, theirs.head]
    optimizer.exclude_from_weight_decay([one for one in variables if all(one is not kernel for kernel in kernels)])
    x, y = signals
    for index in order[:100]:
        with tf.GradientTape() as tape:
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(y[index], theirs.model(x[index], training=True))
            loss = tf.reduce_mean(losses)
        optimizer.apply(tape.gradient(loss, variables), variables)
    for one, other in zip(mine.model.variables, theirs.model.variables):
        assert one.numpy() == pytest.approx(other.numpy(), rel=1e-9, abs=1e-12), one.path
    assert mine.norms() == pytest.approx(theirs.norms())


@pytest.mark.parametrize("way", ["rescaled", "rated"])
def test_without_momentum_and_epsilon_its_twins_give_the_same_answers(signals, order, way):
    """Not by a trick of the test: with another λ they do not."""
    from study.claims.mechanisms.decay import constant, decays

    network, answers = decay(momentum=0.0, epsilon=1e-14, exact=True), {}
    for name, strength in (("twin", 0.05), ("other", 0.2)):
        network.reset(0)
        rates, table = constant(STEPS, 0.1), decays(STEPS, 0.05)
        targets = network.steps(*signals, order, rates, table)
        assert len(targets) == STEPS + 1 and targets[-1] == pytest.approx(network.norms())
        network.recompute_statistics(signals[0])
        free = network.logits(signals[0])
        network.reset(0)
        followed = network.steps(*signals, order, rates, decays(STEPS, strength), way, targets)
        network.recompute_statistics(signals[0])
        answers[name] = np.abs(network.logits(signals[0]) - free).max()
        assert (followed == pytest.approx(targets)) == (way == "rescaled"), "rated leaves the norms alone"
    assert answers["twin"] < 1e-6 < 1e-3 < answers["other"]


def test_rates_and_decays_of_a_training():
    from study.claims.mechanisms.decay import constant, cooled, decays

    assert cooled(10, 1.0).tolist() == [1.0] * 9 + [0.5] and constant(2, 0.3).tolist() == [0.3, 0.3]
    assert cooled(5, 2.0, 0.8).tolist() == [2.0, 2.0, 1.5, 1.0, 0.5]
    assert decays(2, 0.1).tolist() == [[0.1, 0.0]] * 2


def test_decay_rates(tensorflow):
    from study.claims.mechanisms.decay_rates import DecayRates

    settings = DATA | {
        "widths": [6], "momentum": 0.9, "epsilon": 1e-3, "batch": 20, "steps": 100, "rate": 0.1, "decay": 0.1,
        "times": 2, "runs": 2,
    }  # fmt: skip
    mechanism = DecayRates(settings)
    found = mechanism.measure(0)
    names = {"none", "decay", "before", "during"}
    assert set(found) == names | {"small_none", "small_decay", "short_none", "short_decay"}
    assert found["decay"]["norm"] < found["before"]["norm"] < found["during"]["norm"] < found["none"]["norm"]
    assert mechanism.measure(1) != found and mechanism.measure(0) == found
    plain = DecayRates(settings | {"epsilon": None, "rate": 0.01, "times": None, "runs": 1}).measure(0)
    assert set(plain) == names and all(np.isfinite(list(each.values())).all() for each in plain.values())


def test_rescaling(tensorflow):
    from study.claims.mechanisms.rescaling import Rescaling

    settings = DATA | {
        "widths": [6], "momentum": 0.9, "batch": 20, "steps": 100, "rate": 0.1, "decay": 0.1, "runs": 1,
        "identity": {"steps": 100, "rate": 0.1, "decay": 0.1, "epsilons": {"keras": 1e-3}},
    }  # fmt: skip
    mechanism = Rescaling(settings)
    found = mechanism.measure(0)
    assert set(found["accuracy"]) == {"none", "replica", "decay", "rescaled", "rated"}
    assert set(found["differ"]) == set(found["accuracy"]) - {"decay"}
    assert found["apart"]["keras"]["rescaled"] < 1e-9
    assert found["apart"]["keras"]["rated"] > 1e-6, "ε is what keeps it from being exact"
    assert mechanism.measure(0) == found
