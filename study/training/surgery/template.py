"""A user's Keras model as it is: built once, checked, and never trained itself."""

from __future__ import annotations

import functools
import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import keras
import tensorflow as tf

from study.design.architectures.tasks import COMPILED, TASKS
from study.design.own import code
from study.design.seeds import derive
from study.design.settings import KerasModel
from study.errors import StudyError, unknown
from study.training.surgery.answers import Answers, answers, compiled_loss, compiled_metrics, kind


@dataclass(frozen=True, eq=False)
class Template:
    """A compiled model that arms are cloned from.

    Attributes:
        model: the model, functional.
        optimizer: the optimizer that it was compiled with.
        loss: the loss.
        answers: what its outputs mean.
        compiled: the metrics that it was compiled with, by their names in `fit`'s logs, without accuracy.
        stopping: its early stopping; None if it has none.
        callbacks: returns its other callbacks, fresh.
    """

    model: keras.Model
    optimizer: keras.optimizers.Optimizer
    loss: keras.losses.Loss
    answers: Answers
    compiled: dict[str, keras.metrics.Metric]
    stopping: keras.callbacks.EarlyStopping | None
    callbacks: Callable[[], list[keras.callbacks.Callback]]

    @property
    def metrics(self) -> dict[str, keras.metrics.Metric]:
        """Those of its compiled metrics that may decide, by `tasks.COMPILED`'s names, which no other of them has."""
        kinds = Counter(map(kind, self.compiled.values()))
        return {
            kind(metric): metric
            for metric in self.compiled.values()
            if kind(metric) in COMPILED and kinds[kind(metric)] == 1
        }

    def rises(self, monitor: str) -> bool:
        """Return whether more is better of what early stopping may watch.

        Raises:
            StudyError: if the model gives no such number.
        """
        known = {"val_loss": False, f"val_{TASKS[self.answers.task].followed.name}": True}
        for name, metric in self.compiled.items():
            if kind(metric) in COMPILED:
                known[f"val_{name}"] = COMPILED[kind(metric)].better > 0
        if monitor not in known:
            raise unknown("number to watch", monitor, known, where="earlystopping.monitor")
        return known[monitor]

    @property
    def shapes(self) -> dict[str, tuple[int | None, ...]]:
        """The shape of one example of every input, by the input's name in the model's order."""
        return {each._keras_history.operation.name: tuple(each.shape[1:]) for each in self.model.inputs}

    @property
    def sample(self) -> tuple[int | None, ...]:
        """The shape of one example as data hold it: that of the input; those of several lie behind each other."""
        shapes = list(self.shapes.values())
        return shapes[0] if len(shapes) == 1 else (sum(math.prod(shape) for shape in shapes),)

    def inputs(self, x: tf.Tensor):
        """Return examples, shape (batch, *sample), as the model takes them: apart if it has several inputs."""
        if len(self.model.inputs) == 1:
            return x
        shapes = self.shapes.values()
        parts = tf.split(x, [math.prod(shape) for shape in shapes], axis=1)
        taken = [
            tf.cast(tf.reshape(part, (-1, *shape)), each.dtype)
            for part, shape, each in zip(parts, shapes, self.model.inputs)
        ]
        return keras.tree.pack_sequence_as(self.model.input, taken)

    def check(self, settings: KerasModel, sample: Sequence[int], number: int) -> None:
        """Refuse a task, a metric, examples and labels that are not the model's.

        Args:
            settings: the model, as a study file has it.
            sample: shape of one example.
            number: how many classes, labels or values the data have.
        """
        build = settings.build
        if "augmentation" in settings.add and len(self.shapes) > 1:
            raise StudyError(
                f"{_where(build)}Expected no augmentation to be added, as it has several inputs. Received: "
                f"{', '.join(self.shapes)}."
            )
        if settings.task != self.answers.task:
            raise StudyError(
                f"{_where(build)}Expected the task {self.answers.task!r}, as its loss {self.loss.name!r} has it. "
                f"Received: {settings.task!r}."
            )
        if settings.metric and settings.metric not in self.metrics:
            raise unknown("compiled metric", settings.metric, self.metrics, where=f"{_where(build)}metric")
        shape, received = self.sample, tuple(sample)
        if len(shape) != len(received) or any(size not in (None, given) for size, given in zip(shape, received)):
            raise StudyError(f"{_where(build)}Expected examples of shape {shape}. Received: {received} in the data.")
        if self.answers.number != number:
            raise StudyError(
                f"{_where(build)}Expected {self.answers.number} {TASKS[settings.task].noun[1]}, as it has outputs for. "
                f"Received: {number} in the data."
            )


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
    if len(functional.outputs) > 1:
        raise StudyError(f"{where}Expected one output. Received: {len(functional.outputs)} outputs.")
    strange = [each for each in functional.inputs if each.dtype == "string" or None in each.shape[1:]]
    if len(functional.inputs) > 1 and strange:
        raise StudyError(
            f"{where}Expected several inputs of numbers and known shapes. Received: {strange[0].dtype} of shape "
            f"{tuple(strange[0].shape[1:])}."
        )
    given = callbacks()
    stopping = [each for each in given if isinstance(each, keras.callbacks.EarlyStopping)]
    if len(stopping) > 1:
        raise StudyError(f"{where}Expected one EarlyStopping at most. Received: {len(stopping)}.")
    others = lambda: [each for each in callbacks() if not isinstance(each, keras.callbacks.EarlyStopping)]
    loss = compiled_loss(model, where)
    told, metrics = answers(loss, functional, where), compiled_metrics(model)
    return Template(functional, model.optimizer, loss, told, metrics, next(iter(stopping), None), others)


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
