"""What the answers of a user's model mean: classes, labels or values, and how they are judged."""

from __future__ import annotations

from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from study.errors import StudyError

LOGITS, PROBABILITIES, LOGIT, PROBABILITY, EACH_LOGIT, EACH_PROBABILITY, VALUES = KINDS = (
    "logits",
    "probabilities",
    "one logit",
    "one probability",
    "a logit a label",
    "a probability a label",
    "values",
)
"""A number a class; one for the second of two classes; one a label, each of which may hold or not; numbers that are to
be near the targets."""
TASK_OF = {EACH_LOGIT: "multilabel", EACH_PROBABILITY: "multilabel", VALUES: "regression"}
"""What a model that answers so is asked to do; with all other answers it is to tell classes apart."""

FOR_CLASSES = (
    keras.losses.SparseCategoricalCrossentropy,
    keras.losses.CategoricalCrossentropy,
    keras.losses.CategoricalFocalCrossentropy,
)
FOR_LABELS = (keras.losses.BinaryCrossentropy, keras.losses.BinaryFocalCrossentropy)
FOR_VALUES = (
    keras.losses.MeanSquaredError,
    keras.losses.MeanAbsoluteError,
    keras.losses.MeanSquaredLogarithmicError,
    keras.losses.MeanAbsolutePercentageError,
    keras.losses.Huber,
    keras.losses.LogCosh,
    keras.losses.Poisson,
)
LOSSES = {kind.__name__.lower(): kind for kind in (*FOR_CLASSES, *FOR_LABELS, *FOR_VALUES)} | {
    "mse": keras.losses.MeanSquaredError,
    "mae": keras.losses.MeanAbsoluteError,
    "msle": keras.losses.MeanSquaredLogarithmicError,
    "mape": keras.losses.MeanAbsolutePercentageError,
}
"""The losses that are known here, by what a model may be compiled with."""


OF_COMPILE = ("accuracy", "acc", "crossentropy", "ce")
"""Words for metrics that Keras's `compile` knows alone, as it asks for the labels first."""


@dataclass(frozen=True)
class Answers:
    """What a model's outputs mean.

    Attributes:
        kind: one of `KINDS`.
        number: how many classes it tells apart, or labels or values it gives an example.
        one_hot: whether the loss takes one number a class for a label.
    """

    kind: str
    number: int
    one_hot: bool = False

    @property
    def task(self) -> str:
        """What the model is asked to do: one of `tasks.TASKS`."""
        return TASK_OF.get(self.kind, "classification")

    def targets(self, labels: tf.Tensor) -> tf.Tensor:
        """Return labels as the loss takes them: of classes they have shape (batch,), values 0 … classes − 1; of labels
        and values, (batch, number)."""
        if self.one_hot:
            return tf.one_hot(labels, self.number)
        if self.task != "classification":
            return tf.cast(labels, tf.float32)
        return tf.cast(labels, tf.float32)[:, None] if self.kind in (LOGIT, PROBABILITY) else labels

    def logits(self, outputs: tf.Tensor) -> tf.Tensor:
        """Return the model's outputs as logits, shape (batch, classes): a softmax of them, or where labels may hold
        together a sigmoid, is its probabilities. Values are returned as they are."""
        outputs = tf.cast(outputs, tf.float32)
        least = keras.config.epsilon()
        if self.kind in (LOGITS, EACH_LOGIT, VALUES):
            return outputs
        if self.kind == PROBABILITIES:
            return tf.math.log(tf.clip_by_value(outputs, least, 1.0))
        if self.kind in (PROBABILITY, EACH_PROBABILITY):
            likely = tf.clip_by_value(outputs, least, 1 - least)
            outputs = tf.math.log(likely) - tf.math.log1p(-likely)
        return outputs if self.kind == EACH_PROBABILITY else tf.concat([tf.zeros_like(outputs), outputs], 1)


def answers(loss: keras.losses.Loss, model: keras.Model, where: str) -> Answers:
    """Return what a model's outputs mean under its loss; `where` begins messages.

    Raises:
        StudyError: if they are not of shape (batch, number), or no softmax where the loss needs one.
    """
    shape = tuple(model.outputs[0].shape)
    if len(shape) != 2 or shape[1] is None:
        raise StudyError(f"{where}Expected outputs of shape (batch, classes). Received: {shape}.")
    raw = bool(loss.get_config().get("from_logits", False))
    if isinstance(loss, FOR_VALUES):
        return Answers(VALUES, shape[1])
    if isinstance(loss, FOR_LABELS):
        if shape[1] > 1:
            return Answers(EACH_LOGIT if raw else EACH_PROBABILITY, shape[1])
        return Answers(LOGIT if raw else PROBABILITY, 2)
    if not raw:
        sample = [np.zeros((1, *(size or 1 for size in each.shape[1:])), np.float32) for each in model.inputs]
        some = np.asarray(model(sample if len(sample) > 1 else sample[0], training=False))
        if not np.isclose(some.sum(), 1, atol=1e-3):
            raise StudyError(
                f"{where}Expected a softmax at the end, as the loss is from_logits=False. Received: outputs that add "
                f"up to {some.sum():.3g}; end with a softmax, or compile with from_logits=True."
            )
    one_hot = not isinstance(loss, keras.losses.SparseCategoricalCrossentropy)
    return Answers(LOGITS if raw else PROBABILITIES, shape[1], one_hot)


def compiled_loss(model: keras.Model, where: str) -> keras.losses.Loss:
    """Return the loss that a model was compiled with; `StudyError` if it is not one of `LOSSES`."""
    loss = _only(model.loss)
    if isinstance(loss, str) or callable(loss) and not isinstance(loss, keras.losses.Loss):
        name = loss if isinstance(loss, str) else getattr(loss, "__name__", "")
        loss = LOSSES.get(name.lower().replace("_", ""), loss)
        loss = loss() if isinstance(loss, type) else loss
    if isinstance(loss, tuple(LOSSES.values())):
        return loss
    names = ", ".join(sorted({kind.__name__ for kind in LOSSES.values()}))
    raise StudyError(
        f"{where}Expected a loss for classes, labels or values: {names}. Received: {getattr(loss, 'name', loss)!r}."
    )


def compiled_metrics(model: keras.Model) -> dict[str, keras.metrics.Metric]:
    """Return the metrics that a model was compiled with, by their names in `fit`'s logs; without accuracy, which every
    classifier here has."""
    given = getattr(model._compile_metrics, "_user_metrics", None) or []
    while isinstance(given, dict) or len(given) == 1 and isinstance(given[0], (list, tuple, dict)):
        given = next(iter(given.values())) if isinstance(given, dict) else given[0]
        given = given if isinstance(given, (list, tuple, dict)) else [given]
    found: dict[str, keras.metrics.Metric] = {}
    for each in given:
        made = keras.metrics.get(each) if isinstance(each, str) and each not in OF_COMPILE else each
        if isinstance(made, keras.metrics.Metric) and made.name not in OF_COMPILE and _can_be_made_anew(made):
            found[each if isinstance(each, str) else made.name] = made
    return found


def _can_be_made_anew(metric: keras.metrics.Metric) -> bool:
    try:
        type(metric).from_config(metric.get_config())
    except Exception:  # a user's own metric need not have a configuration; nobody can look at it then
        return False
    return True


def kind(metric: keras.metrics.Metric) -> str:
    """Return which of `tasks.COMPILED` a metric is, if it is one of them: its class's name in lower case."""
    return _snake(type(metric).__name__)


def _snake(name: str) -> str:
    """Return the name of a class as Keras writes it in lower case."""
    from keras.src.utils.naming import to_snake_case

    return to_snake_case(name)


def _only(given):
    """Return what stands alone in a list or dictionary, as Keras lets it be given."""
    while isinstance(given, (list, tuple, dict)) and len(given) == 1:
        given = next(iter(given.values())) if isinstance(given, dict) else given[0]
    return given
