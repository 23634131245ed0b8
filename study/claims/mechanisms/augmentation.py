"""Augmentation: what transformed copies are worth, against more training data."""

from __future__ import annotations

import keras
import numpy as np

from study.claims.mechanisms.descent import Descent, order
from study.claims.mechanisms.networks import examples, experiment
from study.data.datasets import describe
from study.design.arms import Arm, parse_arm
from study.design.seeds import derive
from study.design.settings import Experiment
from study.training.networks import Layers, build

CHUNK = 20_000
"""Examples transformed at a time; bounds the memory."""

MIRROR, NEGATION = "mirror", "negation"
"""Settings that, with probability 1/2, reverse an input from left to right, or turn all its signs round."""


class Augmentation:
    """Test accuracy over training-set sizes without augmentation, and with each of some transformations.

    Transformed inputs come from the study's own augmentation layers, anew at every step; the network
    behind them, the numbers of steps and, for equal sizes, the batches and initial weights are the same.

    Args:
        settings: `data`, `model` and `training` (its batch and learning rate) as in `networks`; `sizes`,
            the nested training sets without augmentation; `transformations`, strengths of augmentation as
            in a study file, by name, `{"mirror": true}` or `{"negation": true}`; `at`, by name of the transformations,
            the
            sizes at which they are used; `steps` of every training, a multiple of `descent.CHUNK`.
    """

    def __init__(self, settings: dict) -> None:
        self.settings = settings
        self.experiment = experiment(settings)
        self.sample = describe(self.experiment.data).sample
        self.network = Descent(
            lambda seed: build(self.experiment, parse_arm("none"), seed, self.sample, 10),
            # XLA is slow at the gradients of convolutions on a CPU.
            compiled=len(self.sample) == 1,
        )

    def measure(self, seed: int) -> dict:
        """Return `none`, the test accuracy in percent for each size, and `augmented`, for each
        transformation's name the test accuracy in percent for each of its sizes."""
        drawn = examples(self.settings, seed)
        return {
            "none": [self._train(drawn, seed, size, None) for size in self.settings["sizes"]],
            "augmented": {
                name: [self._train(drawn, seed, size, table) for size in self.settings["at"][name]]
                for name, table in self.settings["transformations"].items()
            },
        }

    def _train(self, drawn, seed: int, size: int, table: dict | None) -> float:
        training = self.experiment.training
        self.network.reset(seed, training.learning_rate)
        steps = order(seed, size, training.batch, self.settings["steps"])
        transform = None if table is None else transformation(table, self.sample, seed)
        self.network.steps(drawn.x_train[:size], drawn.y_train[:size], steps, transform)
        return self.network.accuracy(drawn.x_test, drawn.y_test)


def transformation(table: dict, sample: tuple[int, ...], seed: int):
    """Return a function that transforms inputs at random, shape (examples, *sample) to the same.

    Args:
        table: strengths of augmentation as in a study file (those left out are 0), `{"mirror": true}`,
            which signals know too, or `{"negation": true}`.
        sample: shape of one example.
        seed: the block's seed.
    """
    if table.get(NEGATION):
        rng = np.random.default_rng(derive(seed, "augmentation", NEGATION))
        return lambda x: x * rng.choice(np.float32([-1, 1]), (len(x), *(1,) * len(sample)))
    inputs = keras.Input(sample)
    if table.get(MIRROR):
        # A signal is an image one pixel high.
        image = (1, *sample, 1) if len(sample) == 1 else sample
        flip = keras.layers.RandomFlip("horizontal", seed=derive(seed, "augmentation", MIRROR))
        outputs = keras.layers.Reshape(sample)(flip(keras.layers.Reshape(image)(inputs)))
    else:
        outputs = Layers(_with(table), Arm(("augmentation",)), seed).augment(inputs)
    model = keras.Model(inputs, outputs)

    def transform(x: np.ndarray) -> np.ndarray:
        parts = [x[start : start + CHUNK] for start in range(0, len(x), CHUNK)]
        return np.concatenate([model(part, training=True).numpy() for part in parts])

    return transform


def _with(table: dict) -> Experiment:
    """Return an experiment whose augmentation has these strengths and no others."""
    strengths = {"augmentation": {"translation": 0.0, "noise": 0.0} | table}
    return experiment(
        {
            "data": {"name": "digits", "train": 1, "validation": 1},
            "model": {"name": "mlp"},
            "training": {"epochs": 1, "batch": 1, "learning_rate": 0.1},
            "strengths": strengths,
        }
    )
