"""Random erasing: a part of every training input is hidden, a rectangle of an image, a stretch of a signal."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from study.design.factors import Factor, Strength


class ErasingStrength(Strength):
    """`share`: the largest share of an input that is hidden."""

    share: Annotated[float, Field(gt=0, le=1)] = 0.33


def rectangle(x, strength: ErasingStrength, seed: int):
    """Return images with a random rectangle of each filled with noise in training; signals as they are.

    Args:
        x: a Keras tensor of inputs, shape (batch, height, width, channels) or (batch, steps).
        strength: its share.
        seed: of the layer.

    Source:
        Zhong et al., Random erasing data augmentation, AAAI 2020.
    """
    import keras

    if len(x.shape) == 2:
        return x
    scale = (min(0.02, strength.share), strength.share)
    return keras.layers.RandomErasing((1.0, 1.0), scale, value_range=(0, 1), seed=seed, name="erasing")(x)


def stretch(x, y, strength: ErasingStrength, seed):
    """Return signals with a random stretch of each set to zero, and labels as they are; images as they are.

    Args:
        x: inputs, shape (batch, steps) or (batch, height, width, channels).
        y: labels.
        strength: its share; lengths from none to that of the steps, and places, are equally likely.
        seed: a `keras.random.SeedGenerator`.
    """
    from keras import ops, random

    if len(x.shape) > 2:
        return x, y
    steps = x.shape[1]

    def below(bound):
        """Return a whole number for each signal, equally likely from 0 to below `bound`."""
        return ops.floor(random.uniform((ops.shape(x)[0], 1), seed=seed) * bound)

    length = below(int(strength.share * steps) + 1)
    start = below(steps - length + 1)
    place = ops.arange(steps, dtype="float32")[None]
    return ops.where((place >= start) & (place < start + length), 0.0, x), y


Erasing = Factor(
    name="erasing",
    label="random erasing",
    letter="R",
    colour="#DDCC77",
    marker="*",
    strength=ErasingStrength,
    dial="share",
    formula=r"\tilde x_i = m_i \, x_i + (1 - m_i) \, \nu_i",
    meaning="At every step a random part of each training input $x$ is hidden ($m_i = 0$): a rectangle of an image, by "
    "noise $\\nu$, or a stretch of a signal, by zero.",
    layer="keras.layers.RandomErasing",
    source=("zhong2020random",),
    inputs=rectangle,
    batch=stretch,
)
