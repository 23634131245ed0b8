"""Classes: what augmentation does to the test accuracy of each class."""

from __future__ import annotations

import numpy as np

from study.claims.mechanisms.augmentation import transformation
from study.claims.mechanisms.descent import CHUNK, Descent, order
from study.claims.mechanisms.networks import examples, experiment
from study.data.datasets import describe
from study.design.arms import parse_arm
from study.training.networks import build


class Classes:
    """Test accuracy by class without augmentation and with each of some transformations.

    Initial weights, numbers of steps and the examples of every batch are the same; inputs are transformed anew at every
    step, by the study's own augmentation layers.

    Args:
        settings: `data`, `use`, `model` and `training` (its batch, optimizer and learning rate) as in `networks`;
            `transformations`, strengths of augmentation as in a study file, by name; `rates`, what the learning rate is
            multiplied with in each stretch of `descent.CHUNK` steps, which so say the number of steps.
    """

    def __init__(self, settings: dict) -> None:
        self.settings = settings
        self.experiment = experiment(settings)
        about = describe(self.experiment.data)
        self.sample, self.classes = about.sample, about.classes
        self.network = Descent(
            lambda seed: build(self.experiment, parse_arm("none"), seed, self.sample, self.classes),
            self.experiment.training.optimizer,
            # XLA is slow at the gradients of convolutions on a CPU.
            compiled=len(self.sample) == 1,
        )

    def measure(self, seed: int) -> dict:
        """Return `none`, the test accuracy of each class in percent, and `augmented`, the same for each
        transformation's name; `share`, each class's share of the test examples."""
        drawn = examples(self.settings, seed)
        return {
            "none": self._train(drawn, seed, None),
            "augmented": {
                name: self._train(drawn, seed, table) for name, table in self.settings["transformations"].items()
            },
            "share": [float((drawn.y_test == label).mean()) for label in range(self.classes)],
        }

    def _train(self, drawn, seed: int, table: dict | None) -> list[float]:
        training, x, y = self.experiment.training, drawn.x_train, drawn.y_train
        self.network.reset(seed, training.learning_rate)
        rates, transform = self.settings["rates"], None if table is None else transformation(table, self.sample, seed)
        for rate, index in zip(rates, np.split(order(seed, len(y), training.batch, CHUNK * len(rates)), len(rates))):
            self.network.optimizer.learning_rate.assign(rate * training.learning_rate)
            self.network.steps(x, y, index, transform)
        right = np.concatenate(
            [
                self.network.model(drawn.x_test[start : start + 1000], training=False).numpy().argmax(1)
                == drawn.y_test[start : start + 1000]
                for start in range(0, len(drawn.y_test), 1000)
            ]
        )
        return [float(100 * right[drawn.y_test == label].mean()) for label in range(self.classes)]
