"""What regularizes a model, by factor and by layer."""

from __future__ import annotations

from collections.abc import Iterator

import keras

from study.design.own.further import BUILT_IN
from study.training.surgery.found import Finding
from study.training.surgery.template import Template, as_functional

layers = keras.layers

DROPOUTS = (
    layers.Dropout,
    layers.SpatialDropout1D,
    layers.SpatialDropout2D,
    layers.SpatialDropout3D,
    layers.GaussianDropout,
    layers.AlphaDropout,
)
NORMALIZATIONS = (
    layers.LayerNormalization,
    layers.GroupNormalization,
    layers.RMSNormalization,
    layers.UnitNormalization,
)
INNER_DROPOUTS = ("dropout", "recurrent_dropout")
"""Settings by which recurrent and attention layers drop out inside themselves."""
PENALTIES = "_regularizer"
"""How the settings of penalties end: `kernel_regularizer`, `activity_regularizer`, …"""
AUGMENTATIONS = tuple(
    getattr(layers, name)
    for name in dir(layers)
    if name.startswith("Random") or name in ("AugMix", "CutMix", "MixUp", "GaussianNoise")
)


def look(found: Template) -> list[Finding]:
    """Return what regularizes a model, in canonical order of the factors, and in the order of its layers."""
    every = [finding for path, layer in walk(found.model) for finding in of_layer(path, layer)]
    every += _of_compile(found)
    return sorted(every, key=lambda each: list(BUILT_IN).index(each.factor))


def walk(model: keras.Model, prefix: str = "") -> Iterator[tuple[str, keras.layers.Layer]]:
    """Yield every layer of a model with its path, those of inner models after their model's name, and what can be
    switched inside a user's own layers after the layer's."""
    for layer in model.layers:
        path = f"{prefix}{layer.name}"
        if isinstance(layer, keras.Model):
            yield from walk(as_functional(layer, f"layer {path!r}: "), f"{path}/")
        elif not isinstance(layer, layers.InputLayer):
            yield path, layer
            yield from ((f"{path}/{inner.name}", inner) for inner in inside(layer))


def inside(layer: keras.layers.Layer) -> list[keras.layers.Layer]:
    """Return the layers inside a user's own layer that can be switched: all but whole normalizations, whose place its
    `call` keeps."""
    if type(layer).__module__.partition(".")[0] == "keras":
        return []
    found = layer._flatten_layers(include_self=False, recursive=True)
    return [each for each in found if kind(each) not in ("batchnorm", "normalization")]


def kind(layer: keras.layers.Layer) -> str | None:
    """Return the factor that a whole layer is, if it is one."""
    layer = core(layer)
    for factor, kinds in (
        ("dropout", DROPOUTS),
        ("batchnorm", layers.BatchNormalization),
        ("normalization", NORMALIZATIONS),
        ("augmentation", AUGMENTATIONS),
    ):
        if isinstance(layer, kinds):
            return factor
    return None


def core(layer: keras.layers.Layer) -> keras.layers.Layer:
    """Return the layer that a wrapper holds, or the layer itself."""
    return getattr(layer, "forward_layer", layer.layer if isinstance(layer, layers.Wrapper) else layer)


def of_layer(path: str, layer: keras.layers.Layer) -> list[Finding]:
    """Return what of a layer regularizes: the layer as a whole, or some of its settings."""
    layer = core(layer)
    config = layer.get_config()
    if factor := kind(layer):
        if factor in ("dropout", "augmentation") and _idle(config):
            return []
        return [Finding(factor, path, _said(type(layer).__name__, config))]
    found = []
    for name in INNER_DROPOUTS:
        if isinstance(rate := config.get(name), (int, float)) and rate:
            found.append(Finding("dropout", path, f"{type(layer).__name__}({name}={rate:g})"))
    for name, value in config.items():
        if name.endswith(PENALTIES) and value:
            found.append(
                Finding(penalty_factor(name, value), path, f"{name.removesuffix(PENALTIES)}: {_penalty(value)}")
            )
    return found


def penalty_factor(name: str, value: dict) -> str:
    """Return whether a penalty of a layer, by its setting's name and serialized, is L2's or another's."""
    settings = value.get("config", {}) if isinstance(value, dict) else {}
    squares = isinstance(value, dict) and value.get("class_name") in ("L2", "L1L2") and not settings.get("l1")
    return "l2" if squares and not name.startswith("activity") else "penalty"


def _idle(config: dict) -> bool:
    """Return whether a layer that could regularize is set to do nothing."""
    strengths = [config[name] for name in ("rate", "stddev") if name in config]
    return bool(strengths) and not any(strengths)


SHOWN = ("rate", "stddev", "momentum", "factor", "height_factor", "width_factor", "mode", "alpha", "groups")


def _said(name: str, config: dict) -> str:
    shown = [f"{key}={_short(config[key])}" for key in SHOWN if config.get(key) not in (None, "")]
    return f"{name}({', '.join(shown)})"


def _short(value) -> str:
    if isinstance(value, (list, tuple)):
        return f"({', '.join(map(_short, value))})"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _penalty(value) -> str:
    if not isinstance(value, dict):
        return str(value)
    settings = ", ".join(_short(each) for each in value.get("config", {}).values() if each)
    return f"{value.get('class_name')}({settings})"


def _of_compile(found: Template) -> list[Finding]:
    optimizer, every = found.optimizer, []
    name = type(optimizer).__name__
    if optimizer.weight_decay:
        every.append(Finding("weight_decay", "optimizer", f"{name}(weight_decay={optimizer.weight_decay:g})"))
    if smoothing := found.loss.get_config().get("label_smoothing"):
        every.append(Finding("label_smoothing", "loss", f"{type(found.loss).__name__}(label_smoothing={smoothing:g})"))
    if optimizer.use_ema:
        every.append(
            Finding("averaging", "optimizer", f"{name}(use_ema=True, ema_momentum={optimizer.ema_momentum:g})")
        )
    if (stopping := found.stopping) is not None:
        every.append(
            Finding("earlystopping", "callbacks", f"EarlyStopping({stopping.monitor}, patience={stopping.patience})")
        )
    return every
