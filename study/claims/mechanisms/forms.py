"""Dropout's two forms, standard and inverted, trained beside each other on the same masks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import softmax

from study.design.seeds import derive


class Forms:
    """Trains a ReLU network in both forms with plain gradient descent, in float64 and by hand.

    Everything is written out in NumPy, so that the algebra can be read and no layer's own scaling is
    trusted. Inputs are Gaussian, labels come from a random linear map: any data would do for an identity.

    Settings:
        `widths`: inputs, hidden layers, classes. `rate`: of every hidden layer. `examples`: in the one batch.
        `steps`; `learning_rate`.
    """

    def __init__(self, settings: dict) -> None:
        self.settings = settings

    def measure(self, seed: int) -> dict:
        """Return deviations between the two forms, each the largest over examples and classes.

        Returns:
            Of predicted probabilities, in training and at test time, at any step: `rescaled`, where the
            standard form's kernels that dropped units feed start 1/(1 − p) times larger and learn at
            1/(1 − p)² times the rate; `as_they_are`, at test time after the last step, where both forms
            start and learn alike. Of the trained standard network's probabilities from those with its
            activations scaled by 1 − p: `outgoing`, where the kernels that the dropped units feed are
            scaled instead; `incoming`, where the kernels that feed the dropped units are; `incoming_unbiased`,
            the same in a network whose biases are zero.
        """
        x, y, weights, masks = self._draw(seed)
        keep, rate = 1 - self.settings["rate"], self.settings["learning_rate"]
        inverted = Network(weights, inside=1 / keep, outside=1.0)
        larger = [(kernel / keep if number else kernel, bias) for number, (kernel, bias) in enumerate(weights)]
        rescaled = Network(larger, inside=1.0, outside=keep)
        alike = Network(weights, inside=1.0, outside=keep)
        worst = 0.0
        ones = [np.ones_like(mask) for mask in masks[0]]
        for mask in masks:
            for given, training in ((mask, True), (ones, False)):
                gap = rescaled.predict(x, given, training) - inverted.predict(x, given, training)
                worst = max(worst, float(np.abs(gap).max()))
            for network, factor in ((inverted, 1), (rescaled, 1 / keep**2), (alike, 1)):
                network.step(x, y, mask, [rate, *[factor * rate] * (len(weights) - 1)], rate)
        final = [network.predict(x, ones, False) for network in (inverted, alike)]
        unbiased = [(kernel, 0 * bias) for kernel, bias in rescaled.weights]
        return {
            "rescaled": worst,
            "as_they_are": float(np.abs(final[0] - final[1]).max()),
            "outgoing": _shortcut(x, ones, rescaled.weights, keep, slice(1, None)),
            "incoming": _shortcut(x, ones, rescaled.weights, keep, slice(0, -1)),
            "incoming_unbiased": _shortcut(x, ones, unbiased, keep, slice(0, -1)),
        }

    def _draw(self, seed: int):
        """Draw the batch, the initial weights, biases included, and a mask a step and hidden layer."""
        rng = np.random.default_rng(derive(seed, "forms"))
        widths, examples = self.settings["widths"], self.settings["examples"]
        x = rng.normal(size=(examples, widths[0]))
        y = (x @ rng.normal(size=(widths[0], widths[-1]))).argmax(axis=1)
        weights = [
            (rng.normal(size=(before, after)) * np.sqrt(2 / before), 0.1 * rng.normal(size=after))
            for before, after in zip(widths, widths[1:])
        ]
        masks = [
            [(rng.random((examples, width)) >= self.settings["rate"]).astype(float) for width in widths[1:-1]]
            for _ in range(self.settings["steps"])
        ]
        return x, y, weights, masks


@dataclass
class Network:
    """A ReLU network with dropout in either form.

    Attributes:
        weights: kernel, shape (inputs, units), and bias, shape (units,), of each layer.
        inside: what kept hidden activations are multiplied by in training.
        outside: what hidden activations are multiplied by at test time.
    """

    weights: list[tuple[np.ndarray, np.ndarray]]
    inside: float
    outside: float

    def predict(self, x: np.ndarray, masks: list[np.ndarray], training: bool) -> np.ndarray:
        """Return probabilities, shape (examples, classes); `masks` as in `step`."""
        return softmax(self._forward(x, masks, training)[-1], axis=1)

    def step(
        self, x: np.ndarray, y: np.ndarray, masks: list[np.ndarray], kernel_rates: list[float], bias_rate: float
    ) -> None:
        """Take one step of gradient descent on the mean cross-entropy.

        Args:
            x: inputs, shape (examples, inputs).
            y: labels, shape (examples,).
            masks: ones and zeros, shape (examples, units), one for each hidden layer.
            kernel_rates: learning rate of each layer's kernel.
            bias_rate: learning rate of the biases.
        """
        *signals, logits = self._forward(x, masks, True)
        delta = softmax(logits, axis=1)
        delta[np.arange(len(y)), y] -= 1
        delta /= len(y)
        updated = []
        for number in range(len(self.weights) - 1, -1, -1):
            kernel, bias = self.weights[number]
            signal = signals[number]
            updated.append((kernel - kernel_rates[number] * signal.T @ delta, bias - bias_rate * delta.sum(axis=0)))
            if number:
                # A unit that is dropped or not active carries no signal and passes nothing back.
                delta = (delta @ kernel.T) * self.inside * (signal > 0)
        self.weights = updated[::-1]

    def _forward(self, x: np.ndarray, masks: list[np.ndarray], training: bool) -> list[np.ndarray]:
        """Return what enters each layer, and the logits."""
        signals = [x]
        scale = self.inside if training else self.outside
        for (kernel, bias), mask in zip(self.weights, [*masks, None], strict=True):
            signal = signals[-1] @ kernel + bias
            signals.append(signal if mask is None else np.maximum(signal, 0) * mask * scale)
        return signals


def _shortcut(x, ones, weights, keep: float, scaled: slice) -> float:
    """Return how far scaling some layers' kernels at test time is from scaling the hidden activations."""
    picked = range(len(weights))[scaled]
    shortened = [(keep * kernel if number in picked else kernel, bias) for number, (kernel, bias) in enumerate(weights)]
    right = Network(weights, inside=1.0, outside=keep).predict(x, ones, False)
    short = Network(shortened, inside=1.0, outside=1.0).predict(x, ones, False)
    return float(np.abs(right - short).max())
