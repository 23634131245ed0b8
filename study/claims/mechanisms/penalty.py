"""L2 as the study adds it: the penalty and its gradient against λ/2·Σw² and λw."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from study.claims.mechanisms.networks import experiment
from study.data.datasets import describe
from study.design.arms import Arm
from study.training.networks import build


class Penalty:
    """The penalty of the study's own networks with L2, apart from any data.

    Args:
        settings: `data`, `model`, `training` and `strengths` as in a study file; `arms`, lists of the
            factors that are on, L2 among them.
    """

    def __init__(self, settings: dict) -> None:
        self.experiment = experiment(settings)
        self.arms = [Arm.of(factors) for factors in settings["arms"]]
        self.about = describe(self.experiment.data)

    def measure(self, seed: int) -> dict:
        """Return the largest relative deviations over the arms.

        Returns:
            `penalty`: |Keras's penalty − λ/2·Σw²| / (λ/2·Σw²), w running over kernels only, summed in
            double precision. `gradient`: ‖gradient − λw‖ / ‖λw‖, the largest over kernels. `elsewhere`:
            ‖gradient‖ of the penalty with respect to everything that is not a kernel.
        """
        strength = self.experiment.strengths.l2.penalty
        found = {"penalty": 0.0, "gradient": 0.0, "elsewhere": 0.0}
        for arm in self.arms:
            model = build(self.experiment, arm, seed, self.about.sample, self.about.classes)
            variables = model.trainable_variables
            with tf.GradientTape() as tape:
                added = tf.add_n(model.losses)
            # What the penalty does not touch is not connected to it and has no gradient.
            gradients = tape.gradient(added, [variable.value for variable in variables])
            right = 0.0
            for variable, gradient in zip(variables, gradients, strict=True):
                weight = variable.numpy().astype(float)
                slope = np.zeros_like(weight) if gradient is None else gradient.numpy().astype(float)
                if variable.name == "kernel":
                    right += strength / 2 * np.sum(weight**2)
                    wanted = strength * weight
                    _raise(found, "gradient", np.linalg.norm(slope - wanted) / np.linalg.norm(wanted))
                else:
                    _raise(found, "elsewhere", np.linalg.norm(slope))
            _raise(found, "penalty", abs(float(added) - right) / right)
        return found


def _raise(found: dict, name: str, value: float) -> None:
    found[name] = max(found[name], float(value))
