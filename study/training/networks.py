"""Architectures; the only place where a factor becomes a layer, a penalty or a constraint."""

from __future__ import annotations

import keras

from study.design.architectures.builtin import (
    AFTER_BATCHNORM,
    BEFORE_BATCHNORM,
    BEFORE_LINEAR,
    EVERY_BLOCK,
    Cnn,
    Mlp,
    Resnet,
)
from study.design.architectures.own import KerasModel, OwnModel
from study.design.arms import Arm
from study.design.factors import Factor, Strength
from study.design.seeds import derive
from study.design.settings import Experiment
from study.errors import StudyError, unknown
from study.training.hooks import hooked
from study.training.surgery.operate import Surgeon
from study.training.surgery.template import template

AFTER, BEFORE, NOWHERE = DROPOUTS = ("after", "before", "nowhere")
"""Where a block's dropout stands: after its ReLU, right before its batch norm, or nowhere."""


class Layers:
    """Makes the layers of one arm's network, every one with its own seed.

    An architecture calls these methods in place of Keras's layers, and gives every layer a name.
    Equal seed and name give equal initial weights in all 32 arms, because no layer's randomness
    depends on what else the network holds.

    Args:
        experiment: its strengths are used.
        arm: which factors are on.
        seed: the block's seed.
    """

    def __init__(self, experiment: Experiment, arm: Arm, seed: int) -> None:
        self.experiment = experiment
        self.arm = arm
        self.seed = seed

    def dense(self, x, units: int, name: str, dropout: str = AFTER):
        """Return `x`, shape (batch, inputs), through linear → batch norm → ReLU → dropout → the blocks of the
        study's own factors; shape (batch, units). `dropout`: one of `DROPOUTS`, where it stands if it is on."""
        linear = keras.layers.Dense(
            units,
            name=name,
            kernel_initializer=self._he(name),
            kernel_regularizer=self._penalty(),
            kernel_constraint=self._constraint((0,)),
        )
        return self._activate(linear(x), name, dropout)

    def conv(self, x, filters: int, name: str, size: int = 3, dropout: str = AFTER):
        """Return `x`, shape (batch, height, width, channels), through convolution → batch norm →
        ReLU → dropout → the blocks of the study's own factors; shape (batch, height, width, filters). `dropout` as
        for `dense`."""
        linear = keras.layers.Conv2D(
            filters,
            size,
            padding="same",
            name=name,
            kernel_initializer=self._he(name),
            kernel_regularizer=self._penalty(),
            kernel_constraint=self._constraint((0, 1, 2)),
        )
        return self._activate(linear(x), name, dropout)

    def head(self, x, classes: int, name: str = "head"):
        """Return the logits, shape (batch, classes): a linear layer with the penalties, but without
        batch norm, dropout and what else hidden units have."""
        glorot = keras.initializers.GlorotUniform(seed=derive(self.seed, "weights", name))
        return keras.layers.Dense(classes, name=name, kernel_initializer=glorot, kernel_regularizer=self._penalty())(x)

    def augment(self, x):
        """Return the inputs, transformed at random in training and untouched at inference."""
        if "augmentation" in self.arm:
            x = self._augment(x)
        for factor, strength in self._own("inputs"):
            x = factor.inputs(x, strength, derive(self.seed, factor.name, "inputs"))
        return x

    def _augment(self, x):
        strength = self.experiment.strengths.augmentation.scaled()
        seed = {name: derive(self.seed, "augmentation", name) for name in type(strength).model_fields}
        signal = len(x.shape) == 2
        if strength.translation:
            # A signal is an image one pixel high.
            if signal:
                x = keras.layers.Reshape((1, x.shape[1], 1), name="as_image")(x)
            x = keras.layers.RandomTranslation(
                0.0 if signal else strength.translation,
                strength.translation,
                fill_mode="nearest",
                seed=seed["translation"],
                name="translation",
            )(x)
            if signal:
                x = keras.layers.Reshape((x.shape[2],), name="as_signal")(x)
        if strength.rotation:
            x = keras.layers.RandomRotation(
                strength.rotation, fill_mode="nearest", seed=seed["rotation"], name="rotation"
            )(x)
        if strength.zoom:
            x = keras.layers.RandomZoom(strength.zoom, fill_mode="nearest", seed=seed["zoom"], name="zoom")(x)
        if strength.flip:
            x = keras.layers.RandomFlip("horizontal", seed=seed["flip"], name="flip")(x)
        if strength.noise:
            x = keras.layers.GaussianNoise(strength.noise, seed=seed["noise"], name="noise")(x)
        return x

    def _activate(self, x, name: str, place: str):
        if place not in DROPOUTS:
            raise unknown("place of dropout", place, DROPOUTS, where=f"layers, {name!r}")
        strengths = self.experiment.strengths
        if place == BEFORE:
            x = self._dropout(x, name)
        if "batchnorm" in self.arm:
            x = keras.layers.BatchNormalization(momentum=strengths.batchnorm.momentum, name=f"{name}_batchnorm")(x)
        x = keras.layers.ReLU(name=f"{name}_relu")(x)
        if place == AFTER:
            x = self._dropout(x, name)
        for factor, strength in self._own("block"):
            x = factor.block(x, strength, derive(self.seed, factor.name, name), f"{name}_{factor.name}")
        return x

    def _dropout(self, x, name: str):
        if "dropout" not in self.arm:
            return x
        rate = self.experiment.strengths.dropout.rate
        return keras.layers.Dropout(rate, seed=derive(self.seed, "dropout", name), name=f"{name}_dropout")(x)

    def _he(self, name: str):
        return keras.initializers.HeNormal(seed=derive(self.seed, "weights", name))

    def _penalty(self):
        found = []
        if "l2" in self.arm:
            # Keras's L2(c) adds c·Σw²; the textbook's penalty is λ/2·Σw².
            found.append(keras.regularizers.L2(self.experiment.strengths.l2.penalty / 2))
        found += [factor.penalty(strength) for factor, strength in self._own("penalty")]
        return found[0] if len(found) == 1 else _Penalties(found) if found else None

    def _constraint(self, axes: tuple[int, ...]):
        found = [factor.constraint(strength, axes) for factor, strength in self._own("constraint")]
        return found[0] if len(found) == 1 else _Constraints(found) if found else None

    def _own(self, hook: str) -> list[tuple[Factor, Strength]]:
        """Return the study's own factors that are on and have a hook, each with its strength."""
        return hooked(self.experiment, self.arm, hook)


class _Penalties(keras.regularizers.Regularizer):
    """The sum of several penalties of one kernel."""

    def __init__(self, parts: list) -> None:
        self.parts = parts

    def __call__(self, kernel):
        return sum(part(kernel) for part in self.parts)


class _Constraints(keras.constraints.Constraint):
    """Several constraints of one kernel, one after the other."""

    def __init__(self, parts: list) -> None:
        self.parts = parts

    def __call__(self, kernel):
        for part in self.parts:
            kernel = part(kernel)
        return kernel


def mlp(inputs, classes: int, layers: Layers, widths: tuple[int, ...], dropout_placement: str = EVERY_BLOCK):
    """Return the logits of a network of dense hidden layers of the given widths."""
    x = layers.augment(inputs)
    if len(x.shape) > 2:
        x = keras.layers.Flatten(name="flatten")(x)
    places = dropouts(dropout_placement, len(widths))
    for number, (width, place) in enumerate(zip(widths, places, strict=True), start=1):
        x = layers.dense(x, width, f"hidden_{number}", place)
    return layers.head(x, classes)


def dropouts(placement: str, blocks: int) -> list[str]:
    """Return where dropout stands in each hidden block of an `mlp`: see `settings.Mlp`."""
    if placement == EVERY_BLOCK:
        return [AFTER] * blocks
    last = {BEFORE_LINEAR: [AFTER, NOWHERE], BEFORE_BATCHNORM: [NOWHERE, BEFORE], AFTER_BATCHNORM: [NOWHERE, AFTER]}[
        placement
    ]
    return ([NOWHERE] * blocks + last)[-blocks:]


def cnn(inputs, classes: int, layers: Layers, filters: tuple[int, ...], dense: int):
    """Return the logits of 3 × 3 convolutions, each followed by 2 × 2 max pooling, then a dense
    hidden layer."""
    x = layers.augment(inputs)
    for number, channels in enumerate(filters, start=1):
        x = layers.conv(x, channels, f"conv_{number}")
        x = keras.layers.MaxPooling2D(name=f"pool_{number}")(x)
    x = keras.layers.Flatten(name="flatten")(x)
    x = layers.dense(x, dense, "hidden_1")
    return layers.head(x, classes)


def resnet(inputs, classes: int, layers: Layers, filters: tuple[int, ...]):
    """Return the logits of a small residual network: see `settings.Resnet`."""
    x = layers.augment(inputs)
    for number, width in enumerate(filters, start=1):
        x = layers.conv(x, width, f"stage_{number}")
        x = keras.layers.MaxPooling2D(padding="same", name=f"pool_{number}")(x)
        inner = layers.conv(x, width, f"stage_{number}_inner_1")
        inner = layers.conv(inner, width, f"stage_{number}_inner_2")
        x = keras.layers.Add(name=f"stage_{number}_sum")([x, inner])
    x = keras.layers.GlobalAveragePooling2D(name="mean")(x)
    return layers.head(x, classes)


def build(experiment: Experiment, arm: Arm, seed: int, sample: tuple[int, ...], classes: int) -> keras.Model:
    """Build one arm's network with one seed's initial weights.

    Args:
        experiment: its model and strengths are used.
        arm: which factors are on; early stopping changes nothing here.
        seed: the block's seed.
        sample: shape of one example.
        classes: number of classes.

    Returns:
        A model from inputs, shape (batch, *sample), to logits, shape (batch, classes); a user's Keras model gives what
        it gives: see `surgery.answers`.

    Raises:
        StudyError: if a user's own function cannot be imported or returns something else.
    """
    # A user's own layers may lack a seed: this makes them at least the same in every run.
    keras.utils.set_random_seed(derive(seed, "anything else"))
    layers = Layers(experiment, arm, seed)
    model = experiment.model
    if isinstance(model, KerasModel):
        return _as_built(model, layers, sample, classes)
    inputs = keras.Input(sample, name="inputs")
    match model:
        case Mlp():
            outputs = mlp(inputs, classes, layers, model.widths, model.dropout_placement)
        case Cnn():
            outputs = cnn(inputs, classes, layers, model.filters, model.dense)
        case Resnet():
            outputs = resnet(inputs, classes, layers, model.filters)
        case OwnModel():
            outputs = model.function()(inputs, classes, layers, **model.arguments)
    shape = getattr(outputs, "shape", None)
    if shape != (None, classes):
        raise StudyError(f"model {model.name!r}: Expected logits of shape (None, {classes}). Received: {shape}.")
    return keras.Model(inputs, outputs, name=arm.name.replace("+", "_"))


def _as_built(model: KerasModel, layers: Layers, sample: tuple[int, ...], classes: int) -> keras.Model:
    """Return a user's model with what is on in an arm."""
    found = template(model)
    found.check(model, sample, classes)
    return Surgeon(found, layers.experiment, layers.arm, layers.seed, layers._augment).operate()
