"""Passes: dropout throughout, at first and never, in trainings of equal length on ever fewer examples."""

from __future__ import annotations

import numpy as np

from study.claims.mechanisms.descent import CHUNK, Descent, order
from study.claims.mechanisms.networks import examples, experiment
from study.design.arms import parse_arm
from study.training.metrics import evaluate
from study.training.networks import build


class Passes:
    """Final loss and accuracy over how often the same number of steps passes through the data.

    Initial weights, batches and rates are the same in all three ways. Until dropout ends, *early* is the training with
    dropout throughout, masks included; then its weights and its optimizer's moments go on in the network without.

    Args:
        settings: `data`, `model`, `training` (its batch, optimizer and learning rate) and `strengths` as in
            `networks`; `pools`, the nested training sets; `rates`, what the learning rate is multiplied with in each
            stretch of `descent.CHUNK` steps, which so say the number of steps; `early`, after how many of these
            stretches early dropout ends.
    """

    def __init__(self, settings: dict) -> None:
        self.settings = settings
        self.experiment = experiment(settings)
        self.plain, self.dropout = (
            Descent(
                lambda seed, arm=parse_arm(arm): build(self.experiment, arm, seed, (40,), 10),
                self.experiment.training.optimizer,
            )
            for arm in ("none", "dropout")
        )

    def measure(self, seed: int) -> dict:
        """Return `none`, `dropout` and `early`, each with `train_nll` and `test_nll`, nats an example, and
        `train_accuracy` and `test_accuracy`, in percent: lists over `pools`, all at inference, and `train` over all
        examples of the pool."""
        drawn = examples(self.settings, seed)
        found: dict[str, dict[str, list[float]]] = {name: {} for name in ("none", "dropout", "early")}
        for pool in self.settings["pools"]:
            parts = {"train": (drawn.x_train[:pool], drawn.y_train[:pool]), "test": (drawn.x_test, drawn.y_test)}
            for name, network in self._trained(*parts["train"], seed):
                for part, (x, y) in parts.items():
                    judged = evaluate(network.model(x, training=False).numpy(), y)
                    found[name].setdefault(f"{part}_nll", []).append(judged["nll"])
                    found[name].setdefault(f"{part}_accuracy", []).append(100 * judged["accuracy"])
        return found

    def _trained(self, x: np.ndarray, y: np.ndarray, seed: int):
        """Yield each way's name and its network, trained; the network is the way's until the next is asked for."""
        training, rates = self.experiment.training, self.settings["rates"]
        steps = order(seed, len(y), training.batch, CHUNK * len(rates))
        stretches = list(zip(np.split(steps, len(rates)), rates))
        early = self.settings["early"]

        def go(network: Descent, part: list) -> None:
            for index, rate in part:
                network.optimizer.learning_rate.assign(rate * training.learning_rate)
                network.steps(x, y, index)

        self.plain.reset(seed, training.learning_rate)
        go(self.plain, stretches)
        yield "none", self.plain
        self.dropout.reset(seed, training.learning_rate)
        go(self.dropout, stretches[:early])
        for mine, others in (
            (self.plain.model.trainable_variables, self.dropout.model.trainable_variables),
            (self.plain.optimizer.variables, self.dropout.optimizer.variables),
        ):
            for variable, value in zip(mine, others, strict=True):
                variable.assign(value)
        go(self.plain, stretches[early:])
        yield "early", self.plain
        go(self.dropout, stretches[early:])
        yield "dropout", self.dropout
