"""What a batch's labels are to the loss, and which of them count as told right."""

from __future__ import annotations

import keras
import tensorflow as tf

from study.design.arms import Arm
from study.design.settings import Experiment


def loss(experiment: Experiment, arm: Arm) -> keras.losses.Loss:
    """Return the loss of an arm of the networks that are built in: of logits, and of labels 0 … classes − 1, or of
    one-hot ones if it smooths them."""
    if "label_smoothing" in arm:
        smoothing = experiment.strength("label_smoothing").epsilon
        return keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=smoothing)
    return keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def as_they_are(value):
    return value


def nearest(mixed: tf.Tensor, task: str) -> tf.Tensor:
    """Return the labels that mixed ones are nearest to.

    Args:
        mixed: as a factor's `batch` returns them: shape (batch, classes), (batch, 1) of two classes, (batch, labels).
        task: one of `tasks.TASKS`.

    Returns:
        Classes, int32 of shape (batch,); labels that hold or not; values as they are.
    """
    if task == "regression":
        return mixed
    if task == "multilabel":
        return tf.round(mixed)
    return tf.argmax(mixed, 1, tf.int32) if mixed.shape[1] > 1 else tf.cast(tf.round(mixed[:, 0]), tf.int32)


RIGHT = {
    "classification": lambda y, logits: tf.cast(tf.equal(tf.argmax(logits, 1, tf.int32), y), tf.float32),
    "multilabel": lambda y, logits: tf.reduce_mean(tf.cast(tf.equal(logits > 0, y > 0), tf.float32), 1),
    "regression": lambda y, values: tf.reduce_mean(tf.square(values - y), 1),
}
"""What an example adds to the sum that is followed epoch by epoch, shape (batch,): whether its class is told right; the
share of its labels that are; its squared error, from which R² follows."""
