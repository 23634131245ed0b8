"""A user's Keras model as it is: built once, checked, and never trained itself."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from study.design.own import code
from study.design.seeds import derive
from study.design.settings import KerasModel
from study.errors import StudyError

LOGITS, PROBABILITIES, LOGIT, PROBABILITY = OUTPUTS = ("logits", "probabilities", "one logit", "one probability")
"""What a classifier may give: a number a class, or one for the second of two classes."""


@dataclass(frozen=True, eq=False)
class Template:
    """A compiled model that arms are cloned from.

    Attributes:
        model: the model, functional.
        optimizer: the optimizer that it was compiled with.
        loss: the loss.
        outputs: which of `OUTPUTS` it gives.
        classes: how many classes it tells apart.
        one_hot: whether the loss takes one number a class for a label.
        stopping: its early stopping; None if it has none.
        callbacks: returns its other callbacks, fresh.
    """

    model: keras.Model
    optimizer: keras.optimizers.Optimizer
    loss: keras.losses.Loss
    outputs: str
    classes: int
    one_hot: bool
    stopping: keras.callbacks.EarlyStopping | None
    callbacks: Callable[[], list[keras.callbacks.Callback]]

    def check(self, build: str, sample: Sequence[int], classes: int) -> None:
        """Refuse examples and labels that are not the model's.

        Args:
            build: what the model is called in messages.
            sample: shape of one example.
            classes: how many classes the labels have.
        """
        shape, received = tuple(self.model.inputs[0].shape[1:]), tuple(sample)
        if len(shape) != len(received) or any(size not in (None, given) for size, given in zip(shape, received)):
            raise StudyError(f"{_where(build)}Expected examples of shape {shape}. Received: {received} in the data.")
        if self.classes != classes:
            raise StudyError(
                f"{_where(build)}Expected labels of {self.classes} classes, as it has outputs for. Received: {classes} "
                "in the data."
            )

    def targets(self, labels: tf.Tensor) -> tf.Tensor:
        """Return labels, shape (batch,), values 0 … classes − 1, as the loss takes them."""
        if self.one_hot:
            return tf.one_hot(labels, self.classes)
        return tf.cast(labels, tf.float32)[:, None] if self.outputs in (LOGIT, PROBABILITY) else labels

    def logits(self, outputs: tf.Tensor) -> tf.Tensor:
        """Return the model's outputs as logits, shape (batch, classes): a softmax of them are its probabilities."""
        outputs = tf.cast(outputs, tf.float32)
        least = keras.config.epsilon()
        if self.outputs == LOGITS:
            return outputs
        if self.outputs == PROBABILITIES:
            return tf.math.log(tf.clip_by_value(outputs, least, 1.0))
        if self.outputs == PROBABILITY:
            likely = tf.clip_by_value(outputs, least, 1 - least)
            outputs = tf.math.log(likely) - tf.math.log1p(-likely)
        return tf.concat([tf.zeros_like(outputs), outputs], 1)


def template(settings: KerasModel) -> Template:
    """Return the model that settings name, built once a process.

    Raises:
        StudyError: if it is no model that can be taken apart and trained here, saying what would make it one.
    """
    return _template(settings.build, settings.callbacks, settings.file, settings.digest, settings._places)


@functools.lru_cache(maxsize=4)
def _template(build: str, callbacks: str | None, file, digest: str | None, places: tuple[str, ...]) -> Template:
    code.look_in(places)
    keras.utils.set_random_seed(derive(0, "template"))
    if file:
        try:
            model = keras.saving.load_model(file)
        except Exception as error:
            raise StudyError(
                f"{_where(build)}Expected a file that Keras can load. Received: {_first(error)}."
            ) from None
    else:
        keras.backend.clear_session()  # so that layers without a name of their own are named alike in every process
        model = _called(build, "a function without arguments that returns a compiled keras.Model")
    made = functools.partial(_callbacks, callbacks)
    return of_model(model, build, made)


def of_model(model: keras.Model, build: str, callbacks: Callable[[], list] = list) -> Template:
    """Check a model and return it as a template; `build` is what it is called in messages.

    Raises:
        StudyError: as `template` does.
    """
    where = _where(build)
    if not isinstance(model, keras.Model):
        raise StudyError(f"{where}Expected a keras.Model. Received: {type(model).__name__}.")
    functional = as_functional(model, where)
    if not getattr(model, "compiled", False) or model.optimizer is None or model.loss is None:
        raise StudyError(
            f"{where}Expected a compiled model, with an optimizer and a loss. Received: one that was not compiled; end "
            "the function with model.compile(optimizer=…, loss=…)."
        )
    if len(functional.inputs) > 1 or len(functional.outputs) > 1:
        raise StudyError(
            f"{where}Expected one input and one output. Received: {len(functional.inputs)} inputs and "
            f"{len(functional.outputs)} outputs."
        )
    given = callbacks()
    stopping = [each for each in given if isinstance(each, keras.callbacks.EarlyStopping)]
    if len(stopping) > 1:
        raise StudyError(f"{where}Expected one EarlyStopping at most. Received: {len(stopping)}.")
    others = lambda: [each for each in callbacks() if not isinstance(each, keras.callbacks.EarlyStopping)]
    loss = _loss(model, where)
    outputs, classes, one_hot = _outputs(loss, functional, where)
    return Template(functional, model.optimizer, loss, outputs, classes, one_hot, next(iter(stopping), None), others)


def as_functional(model: keras.Model, where: str) -> keras.Model:
    """Return a functional model of the same layers.

    Raises:
        StudyError: if the model is subclassed, or has no input shape.
    """
    from keras.src.models.functional import Functional

    if isinstance(model, keras.Sequential):
        if not model.built or not model.inputs:
            raise StudyError(
                f"{where}Expected a model whose input shape is known. Received: a Sequential without one; let it begin "
                "with keras.Input(shape=…)."
            )
        return keras.Model(model.inputs[0], model.outputs[0], name=model.name)
    if isinstance(model, Functional) and type(model).call is Functional.call:
        return keras.Model(model.input, model.output, name=model.name)  # not compiled: arms are for themselves
    raise StudyError(
        f"{where}Expected a Sequential or functional model, whose layers can be taken out one by one. Received: "
        f"the subclass {type(model).__name__}; write its call() as a function of keras.Input and return "
        "keras.Model(inputs, outputs)."
    )


def _where(build: str) -> str:
    return f"model {build!r}: "


def _first(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[:200].rstrip('.')}"


def _called(path: str, what: str):
    """Import and call a user's function; whatever it raises is what was received."""
    function = code.find("model", path, what)
    if not callable(function):
        raise StudyError(f"{_where(path)}Expected {what}. Received: {type(function).__name__}.")
    try:
        return function()
    except StudyError:
        raise
    except Exception as error:
        raise StudyError(f"{_where(path)}Expected {what}. Received: {_first(error)}.") from None


def _callbacks(path: str | None) -> list[keras.callbacks.Callback]:
    if path is None:
        return []
    made = _called(path, "a function without arguments that returns a list of Keras callbacks")
    if not isinstance(made, (list, tuple)) or not all(isinstance(one, keras.callbacks.Callback) for one in made):
        raise StudyError(
            f"callbacks {path!r}: Expected a list of Keras callbacks, fresh at every call. Received: {made!r}."
        )
    return list(made)


def _loss(model: keras.Model, where: str) -> keras.losses.Loss:
    loss = model.loss
    if isinstance(loss, (list, tuple)) and len(loss) == 1:
        loss = loss[0]
    if isinstance(loss, dict) and len(loss) == 1:
        loss = next(iter(loss.values()))
    if isinstance(loss, str) or callable(loss) and not isinstance(loss, keras.losses.Loss):
        name = loss if isinstance(loss, str) else getattr(loss, "__name__", "")
        loss = LOSSES.get(name.lower().replace("_", ""), loss)
        loss = loss() if isinstance(loss, type) else loss
    if isinstance(loss, tuple(LOSSES.values())):
        return loss
    raise StudyError(
        f"{where}Expected a loss for classes: {', '.join(sorted(kind.__name__ for kind in set(LOSSES.values())))}. "
        f"Received: {getattr(loss, 'name', loss)!r}."
    )


LOSSES: dict[str, type[keras.losses.Loss]] = {
    "sparsecategoricalcrossentropy": keras.losses.SparseCategoricalCrossentropy,
    "categoricalcrossentropy": keras.losses.CategoricalCrossentropy,
    "categoricalfocalcrossentropy": keras.losses.CategoricalFocalCrossentropy,
    "binarycrossentropy": keras.losses.BinaryCrossentropy,
    "binaryfocalcrossentropy": keras.losses.BinaryFocalCrossentropy,
}


def _outputs(loss: keras.losses.Loss, model: keras.Model, where: str) -> tuple[str, int, bool]:
    """Return what a model's outputs are, how many classes they tell apart, and whether labels are to be one-hot."""
    shape = tuple(model.outputs[0].shape)
    if len(shape) != 2 or shape[1] is None:
        raise StudyError(f"{where}Expected outputs of shape (batch, classes). Received: {shape}.")
    raw = bool(loss.get_config().get("from_logits", False))
    if isinstance(loss, (keras.losses.BinaryCrossentropy, keras.losses.BinaryFocalCrossentropy)):
        if shape[1] != 1:
            raise StudyError(
                f"{where}Expected one output for a loss of two classes. Received: {shape[1]}; several labels an "
                "example are not judged here."
            )
        return LOGIT if raw else PROBABILITY, 2, False
    one_hot = not isinstance(loss, keras.losses.SparseCategoricalCrossentropy)
    kind = LOGITS if raw else PROBABILITIES
    if not raw:
        sample = np.zeros((1, *(size or 1 for size in model.inputs[0].shape[1:])), np.float32)
        some = np.asarray(model(sample, training=False))
        if not np.isclose(some.sum(), 1, atol=1e-3):
            raise StudyError(
                f"{where}Expected a softmax at the end, as the loss is from_logits=False. Received: outputs that add "
                f"up to {some.sum():.3g}; end with a softmax, or compile with from_logits=True."
            )
    return kind, shape[1], one_hot
