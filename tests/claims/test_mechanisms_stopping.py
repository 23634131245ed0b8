"""Early stopping's mechanisms: identities of linear regression, and trajectories that are read every epoch."""

import json

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from study.claims.mechanisms.quadratics import Quadratics, risks, shrinkage
from study.claims.topics.ridge import SETTINGS as PROBLEMS
from study.claims.topics.ridge import largest_gap
from study.claims.topics.stopping import SETTINGS
from study.claims.topics.stopping_rules import stop

QUADRATICS = PROBLEMS | {"problems": 4}


def gaps(rate, steps):
    """Return, for every number of steps, the gap to ridge with α = 1/(τε); `rate` is ελ."""
    s = rate * steps
    return np.abs(shrinkage(rate, steps) - s / (1 + s))


def test_shrinkage_never_leaves_ridge_by_more_than_published():
    """E4: in the limit of small steps 1/(1 + s) − exp(−s) is largest, 0.2036, at s = 2.51."""
    steps = np.arange(1, 200_000)
    found = gaps(1e-4, steps)
    limit = minimize_scalar(lambda s: np.exp(-s) - 1 / (1 + s), bounds=(1, 5), method="bounded")
    assert largest_gap() == pytest.approx(-limit.fun, abs=1e-6)
    assert found.max() == pytest.approx(-limit.fun, abs=2e-5) and found.max() < 0.204
    assert 1e-4 * steps[found.argmax()] == pytest.approx(limit.x, abs=0.01)
    assert limit.x == pytest.approx(2.51, abs=0.01)


def test_the_longest_steps_leave_it_by_a_half():
    assert gaps(1.0, np.array([1, 2])).max() == 0.5


def test_shrinkage_is_what_gradient_descent_does():
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((30, 4)), rng.standard_normal(30)
    values, vectors = np.linalg.eigh(x.T @ x / 30)
    weights, step = np.zeros(4), 0.3 / values.max()
    for _ in range(17):
        weights += step * x.T @ (y - x @ weights) / 30
    best = np.linalg.lstsq(x, y, rcond=None)[0]
    assert vectors.T @ weights == pytest.approx(shrinkage(step * values, 17) * (vectors.T @ best), abs=1e-12)


def test_risks_are_the_estimators_own():
    """The formulas against the estimators' bias and covariance, by matrices."""
    rng = np.random.default_rng(1)
    n, t, variance = 25, 1.7, 0.6
    x, beta = rng.standard_normal((n, 3)), rng.standard_normal(3)
    gram = x.T @ x / n
    values, vectors = np.linalg.eigh(gram)
    flow = vectors @ np.diag((1 - np.exp(-t * values)) / values) @ vectors.T @ x.T / n
    ridge = np.linalg.solve(gram + np.eye(3) / t, x.T / n)
    wanted = [np.sum((maker @ x @ beta - beta) ** 2) + variance * np.trace(maker @ maker.T) for maker in (flow, ridge)]
    found = risks(values, (vectors.T @ beta) ** 2, variance / n, [t], np.ones(3))
    assert [float(risk[0]) for risk in found] == pytest.approx(wanted, rel=1e-12)


def test_the_bound_on_risk_is_that_of_the_worst_direction():
    """E5: without signal, in one direction, the ratio is ((1 − e^−x)(1 + x)/x)², at most 1.686."""
    times = np.geomspace(0.01, 100, 20_000)
    flow, ridge = risks(np.ones(1), np.zeros(1), 1.0, times, np.ones(1))
    assert (flow / ridge).max() == pytest.approx(1.686, abs=1e-3)
    flow, ridge = risks(np.ones(1), np.ones(1), 0.0, times, np.ones(1))
    assert (flow <= ridge).all()


def test_quadratics():
    found = Quadratics(QUADRATICS).measure(0)
    assert set(found) == {"shrinkage", "risk"}
    assert 0 < found["shrinkage"] <= 1e-6 and 1 < found["risk"] <= 1.69
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert Quadratics(QUADRATICS).measure(0) == found != Quadratics(QUADRATICS).measure(1)


@pytest.fixture(scope="module")
def trained(tensorflow):
    """A tiny mechanism and what it found under seed 0."""
    from study.claims.mechanisms.stopping import Stopping

    settings = SETTINGS | {
        "data": {"name": "mnist1d", "train": 60, "validation": 40, "test": 100},
        "use": {"test": 50},
        "model": {"name": "mlp", "widths": [16]},
        "training": {"epochs": 8, "batch": 20, "learning_rate": 0.03},
        "strengths": SETTINGS["strengths"] | {"earlystopping": {"patience": 2}},
    }
    mechanism = Stopping(settings)
    return settings, mechanism, mechanism.measure(0)


def test_trajectories_are_whole(trained):
    _, mechanism, found = trained
    assert set(found) == {"none", "dropout+augmentation"}
    for curves in found.values():
        for name in ("val_loss", "val_accuracy", "test_accuracy", "test_nll"):
            assert len(curves[name]) == 8
        assert (curves["stopped"], curves["restored"]) == stop(curves["val_loss"], 2)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert mechanism.measure(1) != found == mechanism.measure(0)


def test_the_test_set_is_read_with_the_epochs_weights(trained):
    """The last reading is the trainer's own judgement of the last epoch, the restored epoch's of early stopping."""
    from study.claims.mechanisms.networks import examples
    from study.training.batches import Tensors

    settings, mechanism, found = trained
    trainer = mechanism.trainers["none"]
    data = Tensors(examples(settings, 0))
    mechanism.readers["none"].data = data
    outcomes = trainer.train(data, 0)
    curves = found["none"]
    for stopped, epoch in ((False, 8), (True, curves["restored"])):
        metrics = outcomes[stopped].metrics
        assert curves["test_accuracy"][epoch - 1] == pytest.approx(metrics["test_accuracy"], abs=1e-6)
        assert curves["test_nll"][epoch - 1] == pytest.approx(metrics["test_nll"], rel=1e-4)
