"""Spread: how the test accuracy of equal trainings varies with nothing but their initial weights and batch order."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from study.claims.mechanisms.networks import examples
from study.design.seeds import derive
from study.training.optimizers import optimizer as make_optimizer

CHUNK = 100
"""Steps a call of the traced function."""


class Spread:
    """Many networks at once that tell signals of the classes 5 … 9 from those of 0 … 4, each with its own initial
    weights and batches, on the same training signals.

    Args:
        settings: `data` and `use` as in `networks`; `widths` of the hidden ReLU layers; `runs`, how many networks;
            `batch`; `steps`; Adam's `rate`, which falls as a quarter of a cosine wave; `sizes`, how many of the test
            signals are judged, each time the first ones.
    """

    def __init__(self, settings: dict) -> None:
        self.settings = settings
        runs = settings["runs"]
        ends = [40, *settings["widths"], 1]
        self.weights = [tf.Variable(tf.zeros((runs, *shape))) for shape in zip(ends, ends[1:])]
        self.biases = [tf.Variable(tf.zeros((runs, 1, units))) for units in ends[1:]]
        self.variables = [*self.weights, *self.biases]
        self.optimizer = make_optimizer("adam", settings["rate"])
        self.optimizer.build(self.variables)
        self._fresh = [variable.numpy() for variable in self.optimizer.variables]

        def logits(x):
            for weight, bias in zip(self.weights[:-1], self.biases[:-1]):
                x = tf.nn.relu(tf.matmul(x, weight) + bias)
            return (tf.matmul(x, self.weights[-1]) + self.biases[-1])[..., 0]

        @tf.function(jit_compile=True)
        def steps(x, y, order, rates):
            for number in tf.range(tf.shape(order)[0]):
                with tf.GradientTape() as tape:
                    found = logits(tf.gather(x, order[number]))
                    losses = tf.nn.sigmoid_cross_entropy_with_logits(tf.gather(y, order[number]), found)
                    # A network's loss is a mean over its batch; networks share no weight.
                    loss = tf.reduce_sum(tf.reduce_mean(losses, 1))
                self.optimizer.learning_rate.assign(rates[number])
                self.optimizer.apply(tape.gradient(loss, self.variables), self.variables)

        self._steps, self._logits = steps, tf.function(logits, reduce_retracing=True)

    def measure(self, seed: int) -> dict:
        """Return what the networks' answers vary by.

        Returns:
            `train_accuracy`, in percent, the mean over networks, and lists over `sizes`, of fractions of the test
            signals: `error`, the mean over networks; `variance` of the accuracy over networks; `independent`, what it
            would be were errors on different signals independent: Σ p(1 − p)/n², p being the share of networks that are
            right on a signal; `shared`, the covariance over networks of the accuracies on even and odd signals, which
            share only how good a network is. All are unbiased.
        """
        drawn = examples(self.settings, seed)
        labels = {part: (getattr(drawn, f"y_{part}") > 4) for part in ("train", "test")}
        self._reset(seed)
        self._train(drawn.x_train, labels["train"].astype(np.float32), seed)
        fitted = self._right(drawn.x_train, labels["train"])
        right = self._right(drawn.x_test, labels["test"])
        found = {"train_accuracy": float(100 * fitted.mean())} | {name: [] for name in NAMES}
        for size in self.settings["sizes"]:
            for name, value in moments(right[:, :size]).items():
                found[name].append(value)
        return found

    def _reset(self, seed: int) -> None:
        rng = np.random.default_rng(derive(seed, "weights", "spread"))
        for number, weight in enumerate(self.weights):
            inputs = weight.shape[1]
            scale = np.sqrt((1 if number == len(self.weights) - 1 else 2) / inputs)
            weight.assign((scale * rng.standard_normal(weight.shape)).astype(np.float32))
        for bias in self.biases:
            bias.assign(tf.zeros_like(bias))
        for variable, fresh in zip(self.optimizer.variables, self._fresh, strict=True):
            variable.assign(fresh)

    def _train(self, x: np.ndarray, y: np.ndarray, seed: int) -> None:
        chosen, rng = self.settings, np.random.default_rng(derive(seed, "order", "spread"))
        steps, shape = chosen["steps"], (chosen["runs"], chosen["batch"])
        epochs = -(-steps * chosen["batch"] // len(y))
        order = np.stack([np.concatenate([rng.permutation(len(y)) for _ in range(epochs)]) for _ in range(shape[0])])
        order = order[:, : steps * shape[1]].reshape(shape[0], steps, shape[1]).swapaxes(0, 1).astype(np.int32)
        rates = (chosen["rate"] * np.cos(np.pi / 2 * np.arange(steps) / steps)).astype(np.float32)
        for start in range(0, steps, CHUNK):
            part = slice(start, start + CHUNK)
            self._steps(tf.constant(x), tf.constant(y), tf.constant(order[part]), tf.constant(rates[part]))

    def _right(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return which network is right on which example, shape (runs, examples)."""
        parts = [self._logits(tf.constant(x[None, start : start + 1000])).numpy() for start in range(0, len(x), 1000)]
        return (np.concatenate(parts, axis=1) > 0) == y


NAMES = ("error", "variance", "independent", "shared")


def moments(right: np.ndarray) -> dict[str, float]:
    """Return what the accuracies of equal networks vary by, by the names of `Spread.measure`.

    Args:
        right: whether a network is right on an example, shape (networks, examples).
    """
    networks, examples_ = right.shape
    p = right.mean(0)
    halves = [right[:, first::2].mean(1) for first in (0, 1)]
    return {
        "error": float(1 - p.mean()),
        "variance": float(right.mean(1).var(ddof=1)),
        # p(1 − p) of a share of networks falls short of that of the probability by one part in their number.
        "independent": float((p * (1 - p)).sum() * networks / (networks - 1) / examples_**2),
        "shared": float(np.cov(*halves)[0, 1]),
    }
