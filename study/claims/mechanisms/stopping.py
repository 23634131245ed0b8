"""Trajectories with the test set read after every epoch: what any stopping rule would have got."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf

from study.claims.mechanisms.networks import examples, experiment
from study.data.datasets import describe
from study.design.arms import Arm
from study.training.batches import Tensors
from study.training.trainer import Trainer


class TestReader(keras.callbacks.Callback):
    """Evaluates the test set after every epoch, as Keras's `fit` does the validation set."""

    __test__ = False
    """Not a test, whatever pytest thinks of its name."""
    only_watches = True

    def __init__(self) -> None:
        super().__init__()
        self.data: Tensors | None = None
        self._evaluate = None

    def trace(self, model: keras.Model) -> None:
        """Make the function that evaluates; it is traced at its first call."""
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

        @tf.function
        def evaluate(x, y):
            logits = model(x, training=False)
            right = tf.cast(tf.equal(tf.argmax(logits, 1, tf.int32), y), tf.float32)
            return tf.stack([tf.reduce_mean(right), loss(y, logits)])

        self._evaluate = evaluate

    def on_train_begin(self, logs=None) -> None:
        self.read: list[np.ndarray] = []

    def on_epoch_end(self, epoch: int, logs=None) -> None:
        self.read.append(self._evaluate(*self.data.test).numpy())


class Stopping:
    """The study's own trainer, with early stopping as a read-out of a training to the last epoch.

    Args:
        settings: `data`, `model`, `training`, `strengths` as in a study file; `use` of the examples;
            `arms`, lists of the factors that are on, without early stopping.
    """

    def __init__(self, settings: dict) -> None:
        self.settings = settings
        self.experiment = experiment(settings)
        about = describe(self.experiment.data)
        self.readers, self.trainers = {}, {}
        for factors in settings["arms"]:
            arm = Arm.of(factors)
            reader = TestReader()
            trainer = Trainer(self.experiment, arm, about.sample, about.classes, lambda reader=reader: [reader])
            reader.trace(trainer.model)
            self.readers[arm.name], self.trainers[arm.name] = reader, trainer

    def measure(self, seed: int) -> dict:
        """Train every arm to the last epoch.

        Returns:
            By the arm's name: `val_loss`, `val_accuracy`, `test_accuracy`, `test_nll`, lists with one
            value an epoch (fractions and nats, six significant digits); `stopped` and `restored`, the epochs,
            counted from 1, at which Keras's EarlyStopping with the settings' patience ended and whose weights
            it kept.
        """
        data = Tensors(examples(self.settings, seed))
        found = {}
        for name, trainer in self.trainers.items():
            reader = self.readers[name]
            reader.data = data
            outcomes = trainer.train(data, seed)
            reader.data = None
            whole, early = outcomes[False], outcomes[True]
            accuracy, nll = np.transpose(reader.read)
            curves = {name: whole.history[name] for name in ("val_loss", "val_accuracy")}
            curves |= {"test_accuracy": accuracy, "test_nll": nll}
            found[name] = {
                **{name: [float(f"{value:.6g}") for value in values] for name, values in curves.items()},
                "stopped": early.epochs_run,
                "restored": early.best_epoch,
            }
        return found
