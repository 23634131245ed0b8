"""Keras's optimizers as the study uses them, on one replica, and how their rate falls."""

from __future__ import annotations

import keras
import tensorflow as tf

from study.design.arms import Arm
from study.design.budget import COOLED, COSINE, Training
from study.design.factors import AVERAGING
from study.design.settings import Experiment
from study.training.hooks import of_optimizer

KINDS = {"adam": keras.optimizers.Adam, "sgd": keras.optimizers.SGD}


def optimizer(kind: str, *words, **options) -> keras.optimizers.Optimizer:
    """Return an optimizer that leaves no trace behind when it is dropped.

    Before it applies gradients, Keras sums them over replicas. On the one replica there is here that
    changes nothing, but TensorFlow keeps a custom gradient of the sum, and with it the whole traced
    graph, in a registry that is never emptied: a worker would grow and slow with every arm it builds.
    So the sum is left out.

    Args:
        kind: `adam` or `sgd`.
        words, options: the optimizer's own arguments, the learning rate first.
    """
    return alone(KINDS[kind](*words, **options))


def settings(experiment: Experiment, arm: Arm) -> dict:
    """Return an arm's settings of its Keras optimizer besides the learning rate, by the names of its arguments."""
    training = experiment.training
    found = {"momentum": training.momentum} if training.optimizer == "sgd" else {}
    if AVERAGING in arm:
        found |= {"use_ema": True, "ema_momentum": experiment.strength(AVERAGING).momentum}
    if "weight_decay" in arm:
        found["weight_decay"] = experiment.strength("weight_decay").decay
    return found | of_optimizer(experiment, arm)


def alone(made: keras.optimizers.Optimizer) -> keras.optimizers.Optimizer:
    """Let an optimizer know that there is one replica: see `optimizer`."""
    made._all_reduce_sum_gradients = lambda pairs: pairs
    return made


def rate(training: Training, steps: int):
    """Return the learning rate that Keras's optimizers take: a number or a schedule.

    Args:
        training: its `schedule`.
        steps: optimizer steps an epoch.
    """
    if training.schedule == COSINE:
        return keras.optimizers.schedules.CosineDecay(training.learning_rate, steps * training.epochs)
    return Cooled(training, steps) if training.schedule == COOLED else training.learning_rate


class Cooled(keras.optimizers.schedules.LearningRateSchedule):
    """A constant rate that falls linearly to zero over the last steps of a training.

    At step k, from 0, of the n cooling steps it is (1 − k/n) times the rate, so that the last step is one of 1/n.

    Args:
        training: its `learning_rate`, and where the cooling of a length begins.
        steps: optimizer steps an epoch.
    """

    def __init__(self, training: Training, steps: int) -> None:
        self.training, self.steps = training, steps
        self.end, self.cooling = tf.Variable(0.0, trainable=False), tf.Variable(1.0, trainable=False)
        self.until(training.epochs)

    def until(self, length: int) -> None:
        """Let the training end after so many epochs."""
        self.end.assign(float(length * self.steps))
        self.cooling.assign(float((length - self.training.trunk(length)) * self.steps))

    def __call__(self, step):
        left = (self.end - tf.cast(step, tf.float32)) / self.cooling
        return self.training.learning_rate * tf.minimum(left, 1.0)

    def get_config(self) -> dict:
        return {"training": self.training.model_dump(), "steps": self.steps}
