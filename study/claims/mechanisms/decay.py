"""Weight decay by hand: a batch-normalized network under SGD whose rate, decay and norms are set step by step."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf

from study.claims.mechanisms.moving_statistics import recompute_statistics
from study.design.seeds import derive

CHUNK = 100
"""Steps a call of the traced function; every call has the same shape, so nothing is traced twice."""
FREE, RESCALED, RATED = WAYS = ("free", "rescaled", "rated")
"""How a network follows another's norms: not at all; its hidden units' weights are set to those norms after every
step; or its rate is changed so that its weights turn as the other's would: see `Decay.steps`."""


class Decay:
    """Hidden layers of linear → batch norm → ReLU, a linear head, and SGD with momentum.

    At each step v ← μv − ηg and w ← (1 − ηλ)w + v, as Keras's SGD has it with `weight_decay` λ; hidden kernels and the
    head's kernel have a λ of their own, nothing else decays.

    Args:
        sample: number of inputs.
        widths: units of the hidden layers.
        classes: number of classes.
        momentum: μ.
        epsilon: batch norm's ε; None for layers of linear with bias → ReLU, without batch norm.
        dtype: `float32` or `float64`.
        exact: whether what follows another network takes a step of η / (1 − ηλ) on hidden kernels: see `steps`.
        compiled: whether to compile with XLA.
    """

    def __init__(
        self,
        sample: int,
        widths,
        classes: int,
        momentum: float,
        epsilon: float | None = 1e-3,
        dtype: str = "float32",
        exact: bool = False,
        compiled: bool = True,
    ) -> None:
        self.sample, self.widths, self.classes, self.momentum = sample, list(widths), classes, momentum
        self.epsilon, self.dtype, self.exact = epsilon, dtype, exact
        self.model = self._network(0)
        kernels = [layer.kernel for layer in self.model.layers if isinstance(layer, keras.layers.Dense)]
        self.hidden, self.head = kernels[:-1], kernels[-1]
        self.velocities = [tf.Variable(tf.zeros_like(each.value)) for each in self.model.trainable_variables]
        self._steps = {way: tf.function(self._traced(way), jit_compile=compiled) for way in WAYS}

    def _network(self, seed: int) -> keras.Model:
        x = inputs = keras.Input((self.sample,), dtype=self.dtype)
        for number, width in enumerate(self.widths, start=1):
            initial = keras.initializers.HeNormal(derive(seed, "weights", f"hidden_{number}"))
            normed = self.epsilon is not None
            x = keras.layers.Dense(width, use_bias=not normed, dtype=self.dtype, kernel_initializer=initial)(x)
            if normed:
                x = keras.layers.BatchNormalization(epsilon=self.epsilon, momentum=0.95, dtype=self.dtype)(x)
            x = keras.layers.ReLU(dtype=self.dtype)(x)
        initial = keras.initializers.GlorotUniform(derive(seed, "weights", "head"))
        return keras.Model(inputs, keras.layers.Dense(self.classes, dtype=self.dtype, kernel_initializer=initial)(x))

    def _traced(self, way: str):
        variables, momentum = self.model.trainable_variables, self.momentum
        place = {id(kernel): number for number, kernel in enumerate(self.hidden)}

        def apart(values):
            """Split one value a hidden unit, shape (units,), by layers."""
            return tf.split(values, self.widths)

        def steps(x, y, rates, decays, targets):
            norms = tf.TensorArray(self.dtype, tf.shape(y)[0])
            for number in tf.range(tf.shape(y)[0]):
                with tf.GradientTape() as tape:
                    logits = self.model(x[number], training=True)
                    loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y[number], logits))
                gradients = tape.gradient(loss, [variable.value for variable in variables])
                rate, before, after = rates[number], apart(targets[number]), apart(targets[number + 1])
                for variable, velocity, gradient in zip(variables, self.velocities, gradients):
                    layer, own, kept = place.get(id(variable)), rate, 1.0
                    if layer is not None:
                        kept = 1 - rate * decays[number, 0]
                        if way != FREE:
                            # With (1 − ηλ) taken out of the decayed step, what is left is one of η / (1 − ηλ).
                            own, kept = rate / kept if self.exact else rate, 1.0
                        if way == RATED:
                            own *= (_norm(variable.value) / before[layer]) ** 2
                    elif variable is self.head:
                        kept = 1 - rate * decays[number, 1]
                    velocity.assign(momentum * velocity - own * gradient)
                    value = kept * variable.value + velocity
                    if way == RESCALED and layer is not None:
                        value *= after[layer] / _norm(value)
                    variable.assign(value)
                norms = norms.write(number, tf.concat([_norm(kernel.value) for kernel in self.hidden], 0))
            return norms.stack()

        return steps

    def reset(self, seed: int) -> None:
        """Set weights to a seed's initial ones and velocities to zero."""
        for variable, fresh in zip(self.model.variables, self._network(seed).variables, strict=True):
            variable.assign(fresh)
        for velocity in self.velocities:
            velocity.assign(tf.zeros_like(velocity))

    def norms(self) -> np.ndarray:
        """Return the norm of each hidden unit's incoming weights, shape (units,), layer after layer."""
        return np.concatenate([_norm(kernel.value).numpy() for kernel in self.hidden])

    def steps(self, x, y, order: np.ndarray, rates: np.ndarray, decays: np.ndarray, way=FREE, targets=None):
        """Train on minibatches.

        Args:
            x: shape (examples, inputs).
            y: shape (examples,).
            order: indices of examples, shape (steps, batch); steps is a multiple of `CHUNK`.
            rates: η of each step, shape (steps,).
            decays: λ of the hidden kernels and of the head's, shape (steps, 2).
            way: one of `WAYS`. `rescaled` and `rated` do not decay hidden kernels. `rescaled` sets each unit's norm to
                the target's after every step; `rated` leaves norms alone and multiplies each unit's rate by (own norm /
                target's)², as a unit's gradient falls with its norm, and so does the angle it turns by for a gradient.
                (1 − ηλ)w − ηg points where w − η/(1 − ηλ)·g does: so the two follow a network that decays exactly, but
                for momentum, and `rated` but for ε, if they are `exact`; λ is then that network's.
            targets: the other network's norms before its first and after each of its steps, shape (steps + 1, units).

        Returns:
            Norms before the first and after each step, shape (steps + 1, units): targets for another.
        """
        if targets is None:
            targets = np.ones((len(order) + 1, sum(self.widths)))
        found = [self.norms()[None]]
        kind = np.dtype(self.dtype)
        for start in range(0, len(order), CHUNK):
            part = slice(start, start + CHUNK)
            index = order[part]
            given = (rates[part], decays[part], targets[start : start + CHUNK + 1])
            found.append(
                self._steps[way](
                    tf.constant(x[index].astype(kind)), tf.constant(y[index]), *(tf.constant(g, kind) for g in given)
                ).numpy()
            )
        return np.concatenate(found)

    def logits(self, x: np.ndarray) -> np.ndarray:
        """Return the logits at inference, shape (examples, classes)."""
        return self.model(x.astype(self.dtype), training=False).numpy()

    def recompute_statistics(self, x: np.ndarray) -> None:
        """Recompute batch norm's statistics over `x`, shape (examples, inputs): see `moving_statistics`."""
        recompute_statistics(self.model, x.astype(self.dtype))


def _norm(kernel):
    """Return the norm of each unit's incoming weights, shape (units,), of a kernel, shape (inputs, units)."""
    return tf.sqrt(tf.reduce_sum(tf.square(kernel), 0))


def constant(steps: int, rate: float) -> np.ndarray:
    """Return the same rate at every step, shape (steps,)."""
    return np.full(steps, rate)


def cooled(steps: int, rate: float, share: float = 0.2) -> np.ndarray:
    """Return a rate that is constant and then falls linearly to zero over the last share of the steps, shape (steps,);
    the last step is not one of zero."""
    left = np.arange(steps, 0, -1) / max(1, round(share * steps))
    return rate * np.minimum(left, 1.0)


def decays(steps: int, hidden: float, head: float = 0.0) -> np.ndarray:
    """Return the same λ of the hidden kernels and of the head's at every step, shape (steps, 2)."""
    return np.tile([hidden, head], (steps, 1))
