"""Variance shift: what dropout right before batch normalization does to the statistics at inference."""

from __future__ import annotations

import keras
import numpy as np

from study.claims.mechanisms.descent import Descent, order
from study.claims.mechanisms.networks import examples, experiment
from study.design.arms import parse_arm
from study.design.seeds import derive
from study.training.networks import BEFORE, Layers, build

INPUTS = {"gaussian": lambda z: z, "relu": lambda z: np.maximum(z, 0)}
"""Inputs made from standard Gaussian values."""


class VarianceShift:
    """Variance at inference over the variance that batch normalization learned, with dropout before it.

    Measured on Keras's layers alone, and in trained networks where dropout stands right before batch norm
    (`before`), where the study puts it, after batch norm and ReLU (`after`), and without it (`without`).

    Args:
        settings: `data`, `use`, `model`, `training` (its batch and learning rate) and `strengths` (those
            of dropout and batch norm) as in `networks`; `steps` of training; `keep`, the shares of values
            kept; `values`, how many go through the layers, a multiple of 100.
    """

    def __init__(self, settings: dict) -> None:
        self.settings = settings
        self.experiment = experiment(settings)
        makers = {
            "without": lambda seed: build(self.experiment, parse_arm("batchnorm"), seed, (40,), 10),
            "after": lambda seed: build(self.experiment, parse_arm("dropout+batchnorm"), seed, (40,), 10),
            "before": lambda seed: dropout_first(self.experiment, seed),
        }
        self.networks = {name: Descent(make) for name, make in makers.items()}

    def measure(self, seed: int) -> dict:
        """Return `layers`, for each kind of input the ratio for each share kept; and, for each network, a
        table of `ratio`, at the second batch norm (geometric mean over units, on the training signals),
        `moving` and `recomputed`: test accuracies in percent with the moving statistics and with the
        training set's statistics at inference."""
        rng = np.random.default_rng(derive(seed, "values"))
        layers = {
            kind: [
                shift(make(rng.standard_normal((self.settings["values"] // 100, 100))), keep, seed)
                for keep in self.settings["keep"]
            ]
            for kind, make in INPUTS.items()
        }
        drawn = examples(self.settings, seed)
        return {"layers": layers} | {name: self._train(name, drawn, seed) for name in self.networks}

    def _train(self, name: str, drawn, seed: int) -> dict:
        network, training = self.networks[name], self.experiment.training
        train, test = (drawn.x_train, drawn.y_train), (drawn.x_test, drawn.y_test)
        network.reset(seed, training.learning_rate)
        network.steps(*train, order(seed, len(train[0]), training.batch, self.settings["steps"]))
        seen = network.inputs_of_normalization(train[0], 1).astype(np.float64).var(0)
        learned = network.moving_variance(1)
        alive = (seen > 0) & (learned > 0)
        found = {"ratio": float(np.exp(np.log(seen[alive] / learned[alive]).mean())), "moving": network.accuracy(*test)}
        network.recompute_statistics(train[0])
        return found | {"recomputed": network.accuracy(*test)}


def shift(values: np.ndarray, keep: float, seed: int) -> float:
    """Return the variance of values at inference over the one that batch norm learns through dropout.

    Args:
        values: shape (examples, units).
        keep: probability that a value is kept.
        seed: of the dropout.
    """
    dropout = keras.layers.Dropout(1 - keep, seed=derive(seed, "dropout", f"{keep:g}"))
    # Without momentum the moving statistics are those of the one batch.
    normalization = keras.layers.BatchNormalization(momentum=0.0)
    values = values.astype(np.float32)
    normalization(dropout(values, training=True), training=True)
    at_inference = dropout(values, training=False)
    # Pooled over units: one mean and one variance, as they are all alike.
    mean = normalization.moving_mean.numpy().astype(np.float64)
    learned = normalization.moving_variance.numpy().astype(np.float64)
    return float(np.var(at_inference, dtype=np.float64) / (learned.mean() + mean.var()))


def dropout_first(experiment, seed: int) -> keras.Model:
    """Return a dense network in the order linear → dropout → batch norm → ReLU.

    Its initial weights are those of the study's own order under the same seed.

    Args:
        experiment: its widths, dropout rate and momentum are used.
        seed: the block's seed.
    """
    layers = Layers(experiment, parse_arm("dropout+batchnorm"), seed)
    x = inputs = keras.Input((40,), name="inputs")
    for number, width in enumerate(experiment.model.widths, start=1):
        x = layers.dense(x, width, f"hidden_{number}", BEFORE)
    return keras.Model(inputs, layers.head(x, 10))
