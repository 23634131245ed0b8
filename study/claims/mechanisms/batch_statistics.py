"""Batch statistics: how much the mean and variance of a batch vary from batch to batch."""

from __future__ import annotations

import itertools

import numpy as np

from study.claims.mechanisms.descent import Descent, order
from study.claims.mechanisms.networks import examples, experiment
from study.design.arms import parse_arm
from study.design.seeds import derive
from study.training.networks import build


class BatchStatistics:
    """Variance of batch means and batch variances over batch sizes.

    For a small finite population all batches are visited. In a trained network, batches are drawn as
    training draws them, different signals of the training set, and go through the network in training mode: what
    its second batch normalization receives has passed the first, with that batch's statistics.

    Args:
        settings: `data`, `use`, `model`, `training` (its batch and learning rate) and `strengths` as in
            `networks`; `steps` of training; `sizes`, the batch sizes M; `draws`, the number of batches
            for each of them; `exact`, with `population`, the size of the small population, and its `sizes`.

    Source:
        Luo et al., Towards understanding regularization in batch normalization, ICLR 2019.
    """

    def __init__(self, settings: dict) -> None:
        self.settings = settings
        self.experiment = experiment(settings)
        self.network = Descent(lambda seed: build(self.experiment, parse_arm("batchnorm"), seed, (40,), 10))

    def measure(self, seed: int) -> dict:
        """Return `exact`, with `with_replacement` and `without_replacement`, the largest relative deviations
        of the variance of the batch mean from its formula; and `network`, with `mean` and `variance`, for
        each batch size the variance over batches of the batch mean, in units of σ², and of the batch variance, in
        units of σ⁴, averaged over units."""
        rng = np.random.default_rng(derive(seed, "batches"))
        exact = self.settings["exact"]
        population = rng.standard_normal(exact["population"])
        return {
            "exact": {
                name: max(deviation(population, size, replaced) for size in exact["sizes"])
                for name, replaced in (("with_replacement", True), ("without_replacement", False))
            },
            "network": self._inside(seed, rng),
        }

    def _inside(self, seed: int, rng: np.random.Generator) -> dict:
        drawn, training = examples(self.settings, seed), self.experiment.training
        x = drawn.x_train
        self.network.reset(seed, training.learning_rate)
        self.network.steps(x, drawn.y_train, order(seed, len(x), training.batch, self.settings["steps"]))
        found = {"mean": [], "variance": []}
        _, (whole,) = self.network.batch_statistics(x, np.arange(len(x), dtype=np.int32)[None], 1)
        alive = whole > 1e-12
        for size in self.settings["sizes"]:
            index = without_replacement(len(x), size, self.settings["draws"], rng)
            means, variances = self.network.batch_statistics(x, index, 1)
            found["mean"].append(float((means.var(0, ddof=1)[alive] / whole[alive]).mean()))
            found["variance"].append(float((variances.var(0, ddof=1)[alive] / whole[alive] ** 2).mean()))
        return found


def without_replacement(examples: int, size: int, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Return independent batches of different examples, int32 of shape (draws, size)."""
    every = np.tile(np.arange(examples, dtype=np.int32), (draws, 1))
    return rng.permuted(every, axis=1)[:, :size]


def deviation(population: np.ndarray, size: int, replaced: bool) -> float:
    """Return by how much the variance of batch means over all batches deviates from its formula, relatively.

    The formula is σ²/M with replacement, and σ²/M·(N − M)/(N − 1) without.

    Args:
        population: shape (N,).
        size: values a batch, M; below N.
        replaced: whether a batch can hold a value twice.
    """
    batches = itertools.product(population, repeat=size) if replaced else itertools.combinations(population, size)
    means = np.array(list(batches)).mean(axis=1)
    n = len(population)
    formula = population.var() / size * (1 if replaced else (n - size) / (n - 1))
    return float(abs(means.var() / formula - 1))
