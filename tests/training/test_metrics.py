"""Metrics against numbers computed by hand."""

import numpy as np
import pytest

from study.training.metrics import ABSURD, evaluate, expected_calibration_error, fault, of_labels, of_values


def test_accuracy_and_nll_by_hand():
    logits = np.log([[0.5, 0.25, 0.25], [0.1, 0.8, 0.1]])
    found = evaluate(logits, np.array([1, 1]))
    assert found["accuracy"] == 0.5
    assert found["nll"] == pytest.approx(-(np.log(0.25) + np.log(0.8)) / 2)


def test_calibration_error_by_hand():
    # Bin (8/15, 9/15]: confidences .55 and .58, one right; bin (14/15, 1]: .95, right.
    confidence = np.array([0.55, 0.58, 0.95])
    correct = np.array([True, False, True])
    by_hand = 2 / 3 * abs(0.5 - 0.565) + 1 / 3 * abs(1 - 0.95)
    assert expected_calibration_error(confidence, correct) == pytest.approx(by_hand)


def test_calibration_bins_are_closed_on_the_right():
    edge = np.array([1 / 15, 1 / 15 + 1e-9])
    one = expected_calibration_error(edge, np.array([True, False]))
    assert one == pytest.approx((1 - 1 / 15 + 1 / 15) / 2, abs=1e-6)
    assert expected_calibration_error(np.array([0.0, 1.0]), np.array([False, True])) == 0


def test_large_logits_stay_finite():
    found = evaluate(np.array([[1e4, -1e4], [-1e4, 1e4]]), np.array([0, 0]))
    assert found["nll"] == pytest.approx(1e4) and found["ece"] == pytest.approx(0.5)


@pytest.mark.parametrize("name", ["test_nll", "val_accuracy", "train_nll"])
@pytest.mark.parametrize("value", [float("inf"), float("nan")])
def test_a_metric_that_is_not_finite_is_a_fault_that_is_named(name, value):
    good = {"test_nll": 1.0, "val_accuracy": 0.5, "train_nll": 1.0}
    assert fault(good, 10) == ""
    assert fault(good | {name: value}, 10) == f"The metric {name} is not finite: {value}."


def test_a_network_far_worse_than_guessing_on_its_own_examples_is_at_fault():
    most = ABSURD * np.log(10)
    assert fault({"train_nll": 0.99 * most}, 10) == "" and fault({"train_nll": 1.01 * most}, 100) == ""
    assert fault({"train_nll": 1.01 * most}, 10).startswith("The metric train_nll is 2.33e+03 nats an example, beyond")
    assert fault({"test_nll": 1e9, "train_nll": 1.0}, 10) == "", "unseen examples may be as far off as they like"


def test_labels_are_judged_one_by_one():
    """Two examples of two labels: three of four are told right; a logit of 0 costs ln 2, one of ±ln 3 holds 3/4."""
    logits = np.log(3) * np.array([[1.0, -1.0], [1.0, 1.0]])
    found = of_labels(logits, np.array([[1, 0], [1, 0]]))
    assert found["accuracy"] == 0.75
    assert found["nll"] == pytest.approx((3 * np.log(4 / 3) + np.log(4)) / 4)
    assert found["ece"] == pytest.approx(0)


def test_values_are_judged_by_the_variance_they_explain():
    """Targets 0 and 2 in one column, 1 and 1 in the other: variance 1 and 0; an error of 1 in one of four is 1/4."""
    targets = np.array([[0.0, 1.0], [2.0, 1.0]])
    found = of_values(np.array([[0.0, 1.0], [2.0, 2.0]]), targets)
    assert found["rmse"] == 0.5 and found["r2"] == pytest.approx(1 - 0.25 / 0.5)
    assert of_values(targets, targets) == {"r2": 1.0, "rmse": 0.0}
    assert np.isnan(of_values(targets[:, 1:], targets[:, 1:])["r2"])


def test_values_thrown_far_off_are_a_fault():
    assert fault({"train_r2": -10.0, "test_r2": -3.0}, 2) == ""
    assert "beyond 1,000 times" in fault({"train_r2": -1e4}, 2)
    assert "not finite" in fault({"test_r2": np.nan, "train_r2": 0.5}, 2)
