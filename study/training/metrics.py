"""What predictions are judged by: accuracy, likelihood, calibration, variance explained; NumPy only."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import expit, log_softmax

BINS = 15
ABSURD = 1000
"""A network whose loss on its own training examples is so many times that of guessing has diverged."""


def judge(outputs: np.ndarray, labels: np.ndarray, task: str) -> dict[str, float]:
    """Judge predictions, by the task: see `evaluate`, `of_labels` and `of_values`."""
    return {"classification": evaluate, "multilabel": of_labels, "regression": of_values}[task](outputs, labels)


def evaluate(logits: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """Judge predictions of one class an example.

    Args:
        logits: shape (examples, classes).
        labels: shape (examples,), values 0 … classes − 1.

    Returns:
        `accuracy`, a fraction; `nll`, nats an example; `ece`, a fraction.
    """
    log_probability = log_softmax(np.asarray(logits, np.float64), axis=1)
    predicted = log_probability.argmax(axis=1)
    correct = predicted == labels
    confidence = np.exp(log_probability[np.arange(len(labels)), predicted])
    return {
        "accuracy": float(correct.mean()),
        "nll": float(-log_probability[np.arange(len(labels)), labels].mean()),
        "ece": expected_calibration_error(confidence, correct),
    }


def of_examples(logits: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return, for each example, the predicted class and the probability of its true one.

    Args:
        logits: shape (examples, classes).
        labels: shape (examples,), values 0 … classes − 1.
    """
    log_probability = log_softmax(np.asarray(logits, np.float64), axis=1)
    return log_probability.argmax(axis=1), np.exp(log_probability[np.arange(len(labels)), labels])


def of_labels(logits: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """Judge predictions of labels, each of which may hold or not.

    Args:
        logits: shape (examples, labels).
        labels: shape (examples, labels), 0 or 1.

    Returns:
        `accuracy`, the fraction of all labels that are told right at a probability of one half; `nll`, nats a label;
        `ece`, a fraction, over the answers for all labels.
    """
    logits, held = np.asarray(logits, np.float64), np.asarray(labels) > 0
    likely = expit(logits)
    correct = (logits > 0) == held
    return {
        "accuracy": float(correct.mean()),
        "nll": float(np.logaddexp(0, np.where(held, -logits, logits)).mean()),
        "ece": expected_calibration_error(np.maximum(likely, 1 - likely).ravel(), correct.ravel()),
    }


def of_values(outputs: np.ndarray, targets: np.ndarray) -> dict[str, float]:
    """Judge predictions of numbers.

    Args:
        outputs: shape (examples, values).
        targets: shape (examples, values).

    Returns:
        `r2`: 1 − mean squared error / variance of the targets, both over all values together; NaN if targets do not
        vary. `rmse`: root of the mean squared error, in the targets' unit.
    """
    error = float(np.square(np.asarray(outputs, np.float64) - targets).mean())
    varied = spread(targets)
    return {"r2": 1 - error / varied if varied else math.nan, "rmse": math.sqrt(error)}


def spread(targets: np.ndarray) -> float:
    """Return the variance of targets, shape (examples, values), each value around its own mean."""
    return float(np.asarray(targets, np.float64).var(axis=0).mean())


def fault(metrics: dict[str, float], classes: int) -> str:
    """Return why a trained network cannot count as one, in a sentence; empty if it can.

    A metric must be finite, and `train_nll` at most `ABSURD` · ln(classes): guessing evenly among the classes
    costs ln(classes) nats an example, so a network beyond that was thrown far off by its own steps. So was one whose
    squared error is `ABSURD` times the variance of the values that it was to give.

    Args:
        metrics: by name, as `Trainer.judge` returns them.
        classes: number of classes; of labels that may hold together 2.
    """
    for name, value in metrics.items():
        if not math.isfinite(value):
            return f"The metric {name} is not finite: {value}."
    if "train_r2" in metrics:
        times = 1 - metrics["train_r2"]
        told = f"The squared error is {times:.3g} times the variance of the targets, beyond {ABSURD:,} times."
        return told if times > ABSURD else ""
    most = ABSURD * math.log(classes)
    if metrics["train_nll"] > most:
        return (
            f"The metric train_nll is {metrics['train_nll']:.3g} nats an example, beyond {most:.3g}: {ABSURD:,} times "
            "what guessing evenly costs."
        )
    return ""


def expected_calibration_error(confidence: np.ndarray, correct: np.ndarray, bins: int = BINS) -> float:
    """Return the mean gap between confidence and accuracy over bins of equal width.

    Args:
        confidence: shape (examples,), probability of the predicted class, in [0, 1].
        correct: shape (examples,), whether the prediction was right.
        bins: number of bins; bin k holds confidences in (k/bins, (k+1)/bins], and 0 in the first.

    Returns:
        Σ_k n_k/n · |accuracy_k − confidence_k|, a fraction.

    Source:
        Guo et al., On Calibration of Modern Neural Networks, ICML 2017.
    """
    index = np.clip(np.ceil(np.asarray(confidence) * bins).astype(int) - 1, 0, bins - 1)
    gap = np.bincount(index, weights=np.asarray(correct, float) - confidence, minlength=bins)
    return float(np.abs(gap).sum() / len(index))
