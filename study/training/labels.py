"""What a batch's labels are to the loss, and which of them count as told right."""

from __future__ import annotations

from collections.abc import Callable

import keras
import tensorflow as tf

from study.design.arms import Arm
from study.design.settings import Experiment
from study.training.hooks import hooked


def as_they_are(value):
    return value


def loss_and_targets(
    experiment: Experiment, arm: Arm, classes: int
) -> tuple[keras.losses.Loss, Callable[[tf.Tensor], tf.Tensor]]:
    """Return the loss of the logits of an arm's network that is built in, and what makes of labels, shape (batch,),
    values 0 … classes − 1, what it takes: these, or one-hot ones where they are smoothed or mixed."""
    smooths = "label_smoothing" in arm
    if not (smooths or hooked(experiment, arm, "batch")):
        return keras.losses.SparseCategoricalCrossentropy(from_logits=True), as_they_are
    smoothing = experiment.strength("label_smoothing").epsilon if smooths else 0.0
    loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=smoothing)
    return loss, lambda labels: tf.one_hot(labels, classes)


RIGHT = {
    "classification": lambda y, logits: tf.cast(tf.equal(tf.argmax(logits, 1, tf.int32), y), tf.float32),
    "multilabel": lambda y, logits: tf.reduce_mean(tf.cast(tf.equal(logits > 0, y > 0), tf.float32), 1),
    "regression": lambda y, values: tf.reduce_mean(tf.square(values - y), 1),
}
"""What an example adds to the sum that is followed epoch by epoch, shape (batch,): whether its class is told right; the
share of its labels that are; its squared error, from which R² follows."""
