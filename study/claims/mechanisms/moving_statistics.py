"""Batch norm's moving statistics, made anew from a whole training set."""

from __future__ import annotations

import keras
import numpy as np


def recompute_statistics(model: keras.Model, x: np.ndarray) -> None:
    """Set the moving mean and variance of every batch norm of a model, from the first to the last, to the mean and
    (biased) variance of its inputs at inference over `x`, shape (examples, *sample): what is judged is then the weights
    alone."""
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            inputs = keras.Model(model.input, layer.input)(x, training=False).numpy().astype(np.float64)
            axes = tuple(range(inputs.ndim - 1))
            layer.moving_mean.assign(inputs.mean(axes))
            layer.moving_variance.assign(inputs.var(axes))
