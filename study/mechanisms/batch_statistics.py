"""Batch statistics: how much the mean and variance of a batch vary from batch to batch."""

from __future__ import annotations

import numpy as np

from study.design import derive, parse_arm
from study.mechanisms.descent import Descent, order
from study.mechanisms.networks import examples, experiment
from study.models import build


class BatchStatistics:
    """Variance of batch means and batch variances over batch sizes.

    For Gaussian values, and for what the second batch normalization of a trained network receives.

    Args:
        settings: `data`, `use`, `model`, `training` (its batch and learning rate) and `strengths` as in
            `networks`; `steps` of training; `sizes`, the batch sizes M; `draws`, the number of batches
            for each of them.

    Source:
        Luo et al., Towards understanding regularization in batch normalization, ICLR 2019.
    """

    def __init__(self, settings: dict) -> None:
        self.settings = settings
        self.experiment = experiment(settings)
        self.network = Descent(
            lambda seed: build(self.experiment, parse_arm("batchnorm"), seed, (40,), 10)
        )

    def measure(self, seed: int) -> dict:
        """Return `gaussian` and `network`: each with `mean` and `variance`, for each batch size the
        variance over batches of the batch mean, in units of σ², and of the batch variance, in units of
        σ⁴, averaged over units."""
        rng = np.random.default_rng(derive(seed, "batches"))
        drawn = examples(self.settings, seed)
        training = self.experiment.training
        self.network.reset(seed, training.learning_rate)
        steps = order(seed, len(drawn.x_train), training.batch, self.settings["steps"])
        self.network.steps(drawn.x_train, drawn.y_train, steps)
        inputs = self.network.inputs_of_normalization(drawn.x_test, 1)
        gaussian = rng.standard_normal(inputs.shape)
        return {"gaussian": self._vary(gaussian, rng), "network": self._vary(inputs, rng)}

    def _vary(self, population: np.ndarray, rng: np.random.Generator) -> dict:
        found = [spread(population, size, self.settings["draws"], rng) for size in self.settings["sizes"]]
        return {"mean": [mean for mean, _ in found], "variance": [variance for _, variance in found]}


def spread(population: np.ndarray, size: int, draws: int, rng: np.random.Generator) -> tuple[float, float]:
    """Return how much the statistics of batches vary that are drawn with replacement.

    Args:
        population: shape (examples, units).
        size: examples a batch.
        draws: number of batches.
        rng: generator.

    Returns:
        Variance of the batch mean over σ², and of the batch variance over σ⁴, each averaged over units of
        some variance; σ² is the unit's variance in the population.
    """
    values = np.asarray(population, np.float64) - np.mean(population, 0, np.float64)
    variance = values.var(0)
    values = values[:, variance > 1e-12] / np.sqrt(variance[variance > 1e-12])
    # How often each example is in each batch: a batch's sums are then matrix products.
    picked = rng.integers(len(values), size=(draws, size)) + len(values) * np.arange(draws)[:, None]
    counts = np.bincount(picked.ravel(), minlength=draws * len(values)).reshape(draws, -1) / size
    means = counts @ values
    variances = counts @ values**2 - means**2
    # The population's mean is known to be 0, so nothing is lost by dividing by the number of draws.
    return float((means**2).mean()), float(variances.var(0, ddof=1).mean())
