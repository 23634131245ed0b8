"""A model without some of what regularizes it, or with more; nothing else about it changes."""

from __future__ import annotations

from collections.abc import Callable

import keras

from study.design.arms import Arm
from study.design.seeds import derive
from study.design.settings import Experiment
from study.errors import StudyError
from study.training.surgery.findings import INNER_DROPOUTS, PENALTIES, inside, kind, of_layer, penalty_factor, walk
from study.training.surgery.template import Template, as_functional

ACTIVATIONS = (keras.layers.Activation, keras.layers.ReLU, keras.layers.LeakyReLU, keras.layers.PReLU, keras.layers.ELU)


class Surgeon:
    """Clones a model for one arm and one seed.

    A layer's randomness depends on the seed and on the layer's path alone, so that equal seeds give equal initial
    weights in all arms.

    Args:
        found: the model.
        experiment: its `model.add` says what is put in, with its strengths.
        arm: which factors are on.
        seed: the block's seed.
        augment: returns the inputs, transformed at random in training.
    """

    def __init__(self, found: Template, experiment: Experiment, arm: Arm, seed: int, augment: Callable) -> None:
        self.found, self.experiment, self.arm, self.seed, self.augment = found, experiment, arm, seed, augment
        self.off = {name for name in arm.known.names if name not in arm}
        self.put_in = {name for name in experiment.model.add if name in arm}
        self.out_of = {id(layer) for layer in _last(found.model)}
        self.bare = without_bias(found.model)
        self.kept: list[tuple[keras.layers.Layer, keras.layers.Layer]] = []

    def operate(self) -> keras.Model:
        """Return the arm's model, with the initial weights of its seed."""
        keras.utils.set_random_seed(derive(self.seed, "anything else"))
        made = self._clone(self.found.model, "")
        for layer, given in self.kept:
            layer.set_weights(given.get_weights())
            if isinstance(layer, keras.layers.Normalization):
                layer.finalize_state()
        left = [each for path, layer in walk(made) for each in of_layer(path, layer) if each.factor in self.off]
        if left:
            raise StudyError(
                f"layer {left[0].where!r}: Expected a layer that makes its own layers in __init__, so that they can be "
                f"switched. Received: {left[0].what}, which stays in the arm {self.arm.name}."
            )
        return made

    def _clone(self, model: keras.Model, prefix: str) -> keras.Model:
        paths: dict[int, tuple[str, keras.layers.Layer]] = {}

        def clone(layer):
            path = f"{prefix}{layer.name}"
            if isinstance(layer, keras.Model):
                made = self._clone(as_functional(layer, f"layer {path!r}: "), f"{path}/")
            else:
                made = self._layer(layer, path)
            paths[id(made)] = path, layer
            return made

        names = [each._keras_history.operation.name for each in model.inputs]
        inputs = [
            keras.Input(batch_shape=each.shape, dtype=each.dtype, name=name) for each, name in zip(model.inputs, names)
        ]
        seen = {id(each): each for each in inputs}
        if not prefix and "augmentation" in self.put_in:
            seen = {at: self.augment(each) for at, each in seen.items()}

        def call(layer, *words, **options):
            words = keras.tree.map_structure(lambda each: seen.get(id(each), each), words)
            path, original = paths[id(layer)]
            # What a layer draws for itself when it is built depends on its path too.
            keras.utils.set_random_seed(derive(self.seed, "built", path))
            return self._called(layer, original, path, words, options)

        given = keras.tree.pack_sequence_as(model.input, inputs)
        return keras.models.clone_model(model, input_tensors=given, clone_function=clone, call_function=call)

    def _layer(self, layer: keras.layers.Layer, path: str) -> keras.layers.Layer:
        """Return a layer of its own for this arm: the same, or without what is off."""
        if kind(layer) in self.off:
            return keras.layers.Identity(name=layer.name)
        config = self._without(layer.get_config())
        if id(layer) in self.bare and "batchnorm" in self.off:
            config["use_bias"] = True
        if "l2" in self.put_in and "kernel_regularizer" in config:
            config["kernel_regularizer"] = keras.regularizers.L2(self.experiment.strength("l2").penalty / 2)
        if "batchnorm" in self.put_in and self._fused(layer):
            config["activation"] = "linear"
        keras.utils.set_random_seed(derive(self.seed, "made", path))
        made = type(layer).from_config(self._seeded(config, path))
        for inner in inside(made):
            self._switch_off(inner)
        if layer.weights and (not layer.trainable or isinstance(layer, keras.layers.Normalization)):
            # What is not trained is no initial weight: it was loaded, or adapted to the data.
            made.trainable = layer.trainable
            self.kept.append((made, layer))
        return made

    def _without(self, config: dict) -> dict:
        """Return a layer's configuration without what is off; a wrapper's, with that of the layer in it."""
        made = dict(config)
        for name, value in config.items():
            if name in ("layer", "backward_layer") and isinstance(value, dict) and "config" in value:
                made[name] = value | {"config": self._without(value["config"])}
            elif name in INNER_DROPOUTS and "dropout" in self.off and isinstance(value, (int, float)):
                made[name] = 0.0
            elif name.endswith(PENALTIES) and value and penalty_factor(name, value) in self.off:
                made[name] = None
        return made

    def _switch_off(self, inner: keras.layers.Layer) -> None:
        """Take what is off out of a layer that a user's own layer holds and calls."""
        if kind(inner) in self.off:
            for name in ("rate", "stddev"):
                if hasattr(inner, name):
                    setattr(inner, name, 0.0)
        for name, value in inner.get_config().items():
            if name.endswith(PENALTIES) and value and penalty_factor(name, value) in self.off:
                setattr(inner, name, None)
            if name in INNER_DROPOUTS and "dropout" in self.off and isinstance(value, (int, float)):
                setattr(inner, f"_{name}" if hasattr(inner, f"_{name}") else name, 0.0)

    def _seeded(self, config, path: str):
        """Return a configuration with every seed in it replaced by one that follows from the block's and the path."""
        if isinstance(config, dict):
            made = {name: self._seeded(value, f"{path}/{name}") for name, value in config.items()}
            if "seed" in config and (config["seed"] is None or isinstance(config["seed"], int)):
                made["seed"] = derive(self.seed, "layer", path)
            return made
        if isinstance(config, (list, tuple)):
            return type(config)(self._seeded(each, f"{path}/{at}") for at, each in enumerate(config))
        return config

    def _called(self, layer, original, path: str, words: tuple, options: dict):
        """Call a layer, with what is put in before and behind its activation."""
        hidden = id(original) not in self.out_of
        activates = isinstance(original, ACTIVATIONS) or self._fused(original)
        x = words
        if hidden and isinstance(original, ACTIVATIONS) and "batchnorm" in self.put_in:
            x = (self._batchnorm(x[0], path), *x[1:])
        x = layer(x[0]) if isinstance(layer, keras.layers.Identity) else layer(*x, **options)
        if hidden and self._fused(original) and "batchnorm" in self.put_in:
            x = self._batchnorm(x, path)
            x = keras.layers.Activation(original.activation, name=f"{original.name}_activation")(x)
        if hidden and activates and "dropout" in self.put_in:
            rate = self.experiment.strength("dropout").rate
            name = f"{original.name}_dropout"
            x = keras.layers.Dropout(rate, seed=derive(self.seed, "dropout", path), name=name)(x)
        return x

    def _batchnorm(self, x, path: str):
        momentum = self.experiment.strength("batchnorm").momentum
        return keras.layers.BatchNormalization(momentum=momentum, name=f"{path.replace('/', '_')}_batchnorm")(x)

    def _fused(self, layer) -> bool:
        """Return whether a layer applies an activation of its own to a kernel's outputs."""
        if isinstance(layer, ACTIVATIONS) or not hasattr(layer, "kernel_initializer"):
            return False
        act = getattr(layer, "activation", None)
        return callable(act) and act is not keras.activations.linear and id(layer) not in self.out_of


def _last(model: keras.Model) -> list[keras.layers.Layer]:
    """Return the layers that make a model's outputs: its last one, and the one before if that is an activation."""
    tensor = model.outputs[0]
    layer = tensor._keras_history.operation
    found = [layer]
    if isinstance(layer, keras.Model):
        found += _last(as_functional(layer, ""))
    if isinstance(layer, (*ACTIVATIONS, keras.layers.Softmax)):
        found.append(layer._inbound_nodes[0].input_tensors[0]._keras_history.operation)
    return found


def without_bias(model: keras.Model) -> set[int]:
    """Return the layers whose bias was left out because a batch norm behind them brings one."""
    found: set[int] = set()
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            found |= without_bias(as_functional(layer, ""))
        if isinstance(layer, keras.layers.BatchNormalization) and layer.center:
            for node in layer._inbound_nodes:
                before = node.input_tensors[0]._keras_history.operation
                if getattr(before, "use_bias", True) is False and len(before._outbound_nodes) == 1:
                    found.add(id(before))
    return found


def optimizer(found: Template, experiment: Experiment, arm: Arm) -> keras.optimizers.Optimizer:
    """Return the model's optimizer, fresh, without the weight decay and averaging that are off in an arm."""
    config = found.optimizer.get_config()
    if "weight_decay" in arm.known.names:
        given = experiment.strength("weight_decay")
        decay = given.decay if "weight_decay" in experiment.model.add else config["weight_decay"]
        # AdamW refuses None; 0 takes nothing from any weight.
        config["weight_decay"] = decay if "weight_decay" in arm else 0.0
    if "averaging" in arm.known.names:
        config["use_ema"] = "averaging" in arm
        if "averaging" in experiment.model.add:
            config["ema_momentum"] = experiment.strength("averaging").momentum
    made = type(found.optimizer).from_config(config)
    for name in ("_exclude_from_weight_decay", "_exclude_from_weight_decay_pattern"):
        if excluded := getattr(found.optimizer, name, None):
            if name == "_exclude_from_weight_decay":
                raise StudyError(
                    "optimizer: Expected variables to be left out of weight decay by name, as "
                    "exclude_from_weight_decay(var_names=…). Received: variables of one model, which arms do not share."
                )
            setattr(made, name, excluded)
    return made


def loss(found: Template, experiment: Experiment, arm: Arm) -> keras.losses.Loss:
    """Return the model's loss, without the label smoothing that is off in an arm."""
    config = found.loss.get_config()
    if "label_smoothing" in arm.known.names:
        given = experiment.strength("label_smoothing")
        epsilon = given.epsilon if "label_smoothing" in experiment.model.add else config["label_smoothing"]
        config["label_smoothing"] = epsilon if "label_smoothing" in arm else 0.0
    return type(found.loss).from_config(config)
