"""Batch norm forgets the scale of the weights before it: BN((αW)u) = BN(Wu)."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf

from study.claims.mechanisms.networks import examples
from study.design.seeds import derive


class ScaleInvariance:
    """A linear layer and Keras's batch norm, in double precision, on one batch.

    Args:
        settings: `data` as in a study file and `use` of its examples; `units` of the layer; `alphas`,
            the factors; `epsilons`, batch norm's ε by name.

    Source:
        Ioffe & Szegedy, Batch Normalization, ICML 2015, §3.3.
    """

    def __init__(self, settings: dict) -> None:
        self.settings = settings

    def measure(self, seed: int) -> dict:
        """Return deviations from scale invariance.

        Returns:
            By ε's name, lists over `alphas`: `output`, ‖BN(αWu) − BN(Wu)‖ / ‖BN(Wu)‖; `gradient`,
            ‖α·∂L/∂W at αW − ∂L/∂W at W‖ / ‖∂L/∂W at W‖ for L a fixed random linear function of the
            output. W is such that every unit of Wu has variance 1 over the batch.
        """
        drawn = examples(self.settings, seed)
        u = tf.constant(drawn.x_train, tf.float64)
        units = self.settings["units"]
        rng = np.random.default_rng(derive(seed, "scale invariance"))
        weights = rng.standard_normal((u.shape[1], units))
        weights /= (u.numpy() @ weights).std(axis=0)
        direction = tf.constant(rng.standard_normal((u.shape[0], units)))
        found = {}
        for name, epsilon in self.settings["epsilons"].items():
            norm = keras.layers.BatchNormalization(epsilon=epsilon, dtype="float64")
            output, gradient = _forward(norm, u, weights, direction)
            rows = [(alpha, *_forward(norm, u, alpha * weights, direction)) for alpha in self.settings["alphas"]]
            found[name] = {
                "output": [_deviation(scaled, output) for _, scaled, _ in rows],
                "gradient": [_deviation(alpha * scaled, gradient) for alpha, _, scaled in rows],
            }
        return found


def _forward(norm, u, weights: np.ndarray, direction) -> tuple[np.ndarray, np.ndarray]:
    """Return the normalized output, shape (batch, units), and the gradient, shape (inputs, units)."""
    weights = tf.constant(weights)
    with tf.GradientTape() as tape:
        tape.watch(weights)
        output = norm(u @ weights, training=True)
        value = tf.reduce_sum(output * direction)
    return output.numpy(), tape.gradient(value, weights).numpy()


def _deviation(value: np.ndarray, wanted: np.ndarray) -> float:
    return float(np.linalg.norm(value - wanted) / np.linalg.norm(wanted))
