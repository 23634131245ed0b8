"""L2 in the loss against weight decay in the optimizer: two trainings from equal weights on equal batches."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf

from study.claims.mechanisms.networks import examples
from study.data.datasets import describe
from study.design.seeds import derive
from study.design.settings import Data
from study.training.batches import batches
from study.training.optimizers import optimizer as make_optimizer


class WeightDecay:
    """A small network in double precision, so that only rounding can part two equal updates.

    Keras's decay multiplies every weight by 1 − η·`weight_decay` before the gradient's step, η being
    the learning rate. The gradient of c·Σw² is 2cw, so with plain SGD the steps are equal where
    `weight_decay` = 2c, the textbook's λ. Biases are kept out of both.

    Args:
        settings: `data` as in a study file and `use` of its examples; `widths` of the hidden layers;
            `lambda`; `batch`; `steps`; `optimizers`, their learning rates by name.

    Source:
        Loshchilov & Hutter, Decoupled Weight Decay Regularization, ICLR 2019.
    """

    def __init__(self, settings: dict) -> None:
        self.settings = settings
        about = describe(Data.model_validate(settings["data"]))
        self.sample, self.classes = about.sample, about.classes
        # Variables in place of numbers, so that one trace serves all three ways.
        self.coefficient, self.decay = tf.Variable(0.0, dtype="float64"), tf.Variable(0.0, dtype="float64")
        self.model = self._network(seed=0)
        self.kernels = [variable for variable in self.model.trainable_variables if variable.name == "kernel"]
        self.trainings = {name: self._training(name, rate) for name, rate in settings["optimizers"].items()}

    def measure(self, seed: int) -> dict:
        """Return, for each optimizer, how far the two trainings end apart.

        Returns:
            By the optimizer's name: `apart`, ‖w(L2) − w(decay)‖ / ‖w(L2)‖ over all kernels after the
            last step; `pull`, ‖w(L2) − w(neither)‖ / ‖w(L2)‖, what L2 did at all.
        """
        drawn = examples(self.settings, seed)
        x, y = tf.constant(drawn.x_train, tf.float64), tf.constant(drawn.y_train)
        order = tf.constant(self._order(len(drawn.y_train), seed))
        fresh = self._network(seed).get_weights()
        strength = self.settings["lambda"]
        found = {}
        for name, train in self.trainings.items():
            ends = {}
            for way, pair in (("penalty", (strength / 2, 0)), ("decay", (0, strength)), ("neither", (0, 0))):
                self.coefficient.assign(pair[0])
                self.decay.assign(pair[1])
                self.model.set_weights(fresh)
                train(x, y, order)
                ends[way] = np.concatenate([kernel.numpy().ravel() for kernel in self.kernels])
            size = np.linalg.norm(ends["penalty"])
            found[name] = {
                "apart": float(np.linalg.norm(ends["penalty"] - ends["decay"]) / size),
                "pull": float(np.linalg.norm(ends["penalty"] - ends["neither"]) / size),
            }
        return found

    def _training(self, name: str, rate: float):
        """Return a function that takes a fresh optimizer through all steps, traced once."""
        model, variables = self.model, self.model.trainable_variables
        optimizer = make_optimizer(name, rate, weight_decay=0.0)
        optimizer.weight_decay = self.decay
        optimizer.exclude_from_weight_decay([variable for variable in variables if variable.name != "kernel"])
        optimizer.build(variables)
        start = [variable.numpy() for variable in optimizer.variables]
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, dtype="float64")

        @tf.function
        def steps(x, y, order):
            for number in tf.range(tf.shape(order)[0]):
                index = order[number]
                with tf.GradientTape() as tape:
                    value = loss(tf.gather(y, index), model(tf.gather(x, index), training=True))
                    value += sum(model.losses)
                optimizer.apply(tape.gradient(value, variables), variables)

        def train(x, y, order) -> None:
            for variable, fresh in zip(optimizer.variables, start, strict=True):
                variable.assign(fresh)
            steps(x, y, order)

        return train

    def _network(self, seed: int) -> keras.Model:
        x = inputs = keras.Input(self.sample, dtype="float64")
        widths = [*self.settings["widths"], self.classes]
        for number, width in enumerate(widths, start=1):
            penalty = keras.regularizers.L2(0.0)
            penalty.l2 = self.coefficient
            x = keras.layers.Dense(
                width,
                None if number == len(widths) else "relu",
                dtype="float64",
                kernel_regularizer=penalty,
                kernel_initializer=keras.initializers.HeNormal(derive(seed, "weights", f"layer_{number}")),
            )(x)
        return keras.Model(inputs, x)

    def _order(self, available: int, seed: int) -> np.ndarray:
        """Return the batches of all steps, shape (steps, batch), epoch after epoch."""
        rng = np.random.default_rng(derive(seed, "order"))
        rows: list[np.ndarray] = []
        while len(rows) < self.settings["steps"]:
            rows += list(batches(rng, available, self.settings["batch"])[0])
        return np.stack(rows[: self.settings["steps"]])
