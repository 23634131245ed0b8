"""Accuracy, negative log-likelihood and calibration error of logits; NumPy only."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import log_softmax

BINS = 15
ABSURD = 1000
"""A network whose loss on its own training examples is so many times that of guessing has diverged."""


def evaluate(logits: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """Judge predictions.

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


def fault(metrics: dict[str, float], classes: int) -> str:
    """Return why a trained network cannot count as one, in a sentence; empty if it can.

    A metric must be finite, and `train_nll` at most `ABSURD` · ln(classes): guessing evenly among the classes
    costs ln(classes) nats an example, so a network beyond that was thrown far off by its own steps.

    Args:
        metrics: by name, as `Trainer.judge` returns them.
        classes: number of classes.
    """
    for name, value in metrics.items():
        if not math.isfinite(value):
            return f"The metric {name} is not finite: {value}."
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
