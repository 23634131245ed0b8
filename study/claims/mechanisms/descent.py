"""Training for a number of steps: one traced function for all learning rates, sizes and transformations."""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from study.design.seeds import derive
from study.training.optimizers import optimizer as make_optimizer

CHUNK = 100
"""Steps a call of the traced function; every call has the same shape, so nothing is traced twice."""


MOMENTUM = {"sgd": {"momentum": 0.9}}


class Descent:
    """A network that is trained for a given number of steps, built and traced once.

    Steps are compiled with XLA, which makes dense networks of this size several times faster on a CPU;
    convolutions are slower with it.

    Args:
        make: returns the network, inputs (batch, *sample) to logits (batch, classes), with a seed's
            initial weights; it is called with the seed.
        optimizer: `adam`, or `sgd` with momentum 0.9.
        compiled: whether to compile with XLA.
    """

    def __init__(self, make: Callable[[int], keras.Model], optimizer: str = "adam", compiled: bool = True) -> None:
        self._make = make
        self.model = make(0)
        self.optimizer = make_optimizer(optimizer, **MOMENTUM.get(optimizer, {}))
        self.optimizer.build(self.model.trainable_variables)
        self._fresh = [variable.numpy() for variable in self.optimizer.variables]
        self._normalizations = [
            (layer, keras.Model(self.model.input, layer.input))
            for layer in self.model.layers
            if isinstance(layer, keras.layers.BatchNormalization)
        ]
        self._trace(compiled)

    def _trace(self, compiled: bool) -> None:
        model, optimizer = self.model, self.optimizer
        variables = model.trainable_variables

        def losses(logits, labels):
            return tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)

        @tf.function(jit_compile=compiled)
        def batches(x, y):
            found = tf.TensorArray(tf.float32, tf.shape(y)[0])
            for number in tf.range(tf.shape(y)[0]):
                with tf.GradientTape() as tape:
                    loss = tf.reduce_mean(losses(model(x[number], training=True), y[number]))
                optimizer.apply(tape.gradient(loss, variables), variables)
                found = found.write(number, loss)
            return found.stack()

        @tf.function(jit_compile=compiled)
        def whole(x, y, weights):
            found = tf.TensorArray(tf.float32, tf.shape(weights)[0])
            for number in tf.range(tf.shape(weights)[0]):
                with tf.GradientTape() as tape:
                    loss = tf.reduce_sum(losses(model(x, training=True), y) * weights[number])
                optimizer.apply(tape.gradient(loss, variables), variables)
                found = found.write(number, loss)
            return found.stack()

        @tf.function(reduce_retracing=True)
        def logits(x):
            return model(x, training=False)

        self._batches, self._whole, self._logits = batches, whole, logits
        self._statistics = [self._trace_statistics(before) for _, before in self._normalizations]

    @staticmethod
    def _trace_statistics(before: keras.Model) -> Callable:
        @tf.function(reduce_retracing=True)
        def statistics(x, order):
            def of_batch(index):
                mean, variance = tf.nn.moments(before(tf.gather(x, index), training=True), 0)
                return mean, variance

            return tf.map_fn(of_batch, order, fn_output_signature=(tf.float32, tf.float32))

        return statistics

    def reset(self, seed: int, rate: float) -> None:
        """Set weights, random states and optimizer to what they are before a seed's first step.

        Args:
            seed: the block's seed.
            rate: the learning rate.
        """
        for variable, fresh in zip(self.model.variables, self._make(seed).variables, strict=True):
            variable.assign(fresh)
        for variable, fresh in zip(self.optimizer.variables, self._fresh, strict=True):
            variable.assign(fresh)
        self.optimizer.learning_rate.assign(rate)

    def steps(self, x: np.ndarray, y: np.ndarray, order: np.ndarray, transform=None) -> np.ndarray:
        """Train on minibatches.

        Args:
            x: shape (examples, *sample).
            y: shape (examples,).
            order: indices of examples, shape (steps, batch); steps is a multiple of `CHUNK`.
            transform: if given, makes new inputs from a chunk's inputs, shape (examples, *sample).

        Returns:
            shape (steps,): each minibatch's mean loss in training mode, in nats, before its step.
        """
        found = []
        for start in range(0, len(order), CHUNK):
            index = order[start : start + CHUNK]
            inputs = x[index]
            if transform is not None:
                inputs = transform(inputs.reshape(-1, *x.shape[1:])).reshape(inputs.shape)
            found.append(self._batches(tf.constant(inputs), tf.constant(y[index])).numpy())
        return np.concatenate(found)

    def steps_on_whole_set(self, x: np.ndarray, y: np.ndarray, order: np.ndarray) -> np.ndarray:
        """Train on minibatches, but with every example in the forward pass of every step.

        The loss is the minibatch's alone, so its noise is that of `steps`; batch normalization's means
        and variances are those of all examples, gradients through them included, and have no noise.

        Args, Returns: as in `steps`.
        """
        found = []
        for start in range(0, len(order), CHUNK):
            index = order[start : start + CHUNK]
            weights = np.zeros((len(index), len(x)), np.float32)
            np.put_along_axis(weights, index, np.float32(1 / index.shape[1]), axis=1)
            found.append(self._whole(tf.constant(x), tf.constant(y), tf.constant(weights)).numpy())
        return np.concatenate(found)

    def recompute_statistics(self, x: np.ndarray) -> None:
        """Set the moving mean and variance of every batch normalization, from the first to the last,
        to the mean and (biased) variance of its inputs at inference over `x`, (examples, *sample)."""
        for layer, before in self._normalizations:
            inputs = before(x, training=False).numpy().astype(np.float64)
            axes = tuple(range(inputs.ndim - 1))
            layer.moving_mean.assign(inputs.mean(axes))
            layer.moving_variance.assign(inputs.var(axes))

    def inputs_of_normalization(self, x: np.ndarray, number: int) -> np.ndarray:
        """Return what batch normalization `number`, from 0, receives at inference for `x`,
        shape (examples, units)."""
        return self._normalizations[number][1](x, training=False).numpy()

    def batch_statistics(self, x: np.ndarray, order: np.ndarray, number: int) -> tuple[np.ndarray, np.ndarray]:
        """Return means and (biased) variances of what batch normalization `number` receives in training mode.

        Args:
            x: shape (examples, inputs).
            order: indices of examples, shape (batches, batch).
            number: from 0.

        Returns:
            Two arrays of shape (batches, units). The network is left as it was.
        """
        kept = [variable.numpy() for variable in self.model.non_trainable_variables]
        found = self._statistics[number](tf.constant(x), tf.constant(order))
        # Running in training mode has moved the moving statistics.
        for variable, value in zip(self.model.non_trainable_variables, kept, strict=True):
            variable.assign(value)
        return tuple(values.numpy().astype(np.float64) for values in found)

    def moving_variance(self, number: int) -> np.ndarray:
        """Return the moving variance of batch normalization `number`, from 0, shape (units,)."""
        return self._normalizations[number][0].moving_variance.numpy()

    def accuracy(self, x: np.ndarray, y: np.ndarray) -> float:
        """Return the share, in percent, of inputs (examples, *sample) classified as `y`, (examples,)."""
        return float(100 * (self._logits(x).numpy().argmax(1) == y).mean())


def order(seed: int, examples: int, batch: int, steps: int) -> np.ndarray:
    """Return the examples of every step: shuffled epochs, one after the other without a gap.

    Args:
        seed: the block's seed.
        examples: how many there are.
        batch: examples a step.
        steps: how many steps.

    Returns:
        int32, shape (steps, batch): no example comes up k + 2 times before every other came up k times.
    """
    rng = np.random.default_rng(derive(seed, "order"))
    epochs = -(-steps * batch // examples)
    shuffled = np.concatenate([rng.permutation(examples) for _ in range(epochs)])
    return shuffled[: steps * batch].reshape(steps, batch).astype(np.int32)
