"""Expectations over dropout's masks, exact: every mask of a small layer is visited."""

from __future__ import annotations

import itertools

import numpy as np
from scipy.special import expit, log_softmax, softmax

from study.design.seeds import derive


class Enumeration:
    """Compares exact expectations over all masks with the closed forms that stand for them.

    Settings:
        `units`: inputs or hidden units that are dropped, 2^units masks. `rate`: the rate p, and
        `logistic_rate`, the one in logistic regression. `examples`; `classes`. `small`, `unit`: lengths of the
        coefficient vector in logistic regression.

    Sources:
        Srivastava et al. 2014, §9.1 (linear regression); Wager et al. 2013 (logistic regression); Baldi &
        Sadowski 2013 (geometric mean).
    """

    def __init__(self, settings: dict) -> None:
        self.settings = settings
        self.masks = np.array(list(itertools.product((0.0, 1.0), repeat=settings["units"])))
        self.weights = self._probabilities(settings["rate"])

    def _probabilities(self, rate: float) -> np.ndarray:
        """Return the probability of each mask, shape (masks,)."""
        kept = self.masks.sum(axis=1)
        return (1 - rate) ** kept * rate ** (self.settings["units"] - kept)

    def measure(self, seed: int) -> dict:
        """Return deviations of one seed's expectations from their closed forms.

        Returns:
            Relative: `ridge_standard`, `ridge_inverted`, of the expected squared error of linear regression
            from squared error and L2 penalty; `fisher_small`, `fisher_unit`, of the expected logistic loss
            less the loss without dropout from the Fisher-weighted penalty. Of probabilities, largest:
            `geometric`, normalized geometric mean over the masks of softmax regression from weight scaling;
            `arithmetic`, their arithmetic mean; `geometric_deep`, normalized geometric mean with a ReLU
            layer behind the dropped one. `next_input`: largest difference of the next layer's mean input
            from its input under weight scaling; `after_relu`: that layer's mean ReLU output over masks,
            relative to its output under weight scaling, − 1.
        """
        rng = np.random.default_rng(derive(seed, "enumeration"))
        return {**self._linear(rng), **self._logistic(rng), **self._softmax(rng)}

    def _linear(self, rng: np.random.Generator) -> dict:
        examples, units, keep = self.settings["examples"], self.settings["units"], 1 - self.settings["rate"]
        x, w = rng.normal(size=(examples, units)), rng.normal(size=units)
        y = x @ w + rng.normal(size=examples)
        gamma = np.diag(x.T @ x)
        standard = self.weights @ ((y - (self.masks * w) @ x.T) ** 2).sum(axis=1)
        inverted = self.weights @ ((y - (self.masks / keep * w) @ x.T) ** 2).sum(axis=1)
        ridge_standard = ((y - keep * x @ w) ** 2).sum() + keep * (1 - keep) * gamma @ w**2
        ridge_inverted = ((y - x @ w) ** 2).sum() + (1 - keep) / keep * gamma @ w**2
        return {
            "ridge_standard": float(abs(standard / ridge_standard - 1)),
            "ridge_inverted": float(abs(inverted / ridge_inverted - 1)),
        }

    def _logistic(self, rng: np.random.Generator) -> dict:
        x = rng.normal(size=(self.settings["examples"], self.settings["units"]))
        direction = rng.normal(size=self.settings["units"])
        rate = self.settings["logistic_rate"]
        weights, found = self._probabilities(rate), {}
        for name in ("small", "unit"):
            beta = self.settings[name] * direction / np.linalg.norm(direction)
            scores = (self.masks / (1 - rate) * beta) @ x.T
            # The labels cancel: only the log-partition function log(1 + e^s) is not linear in the score.
            extra = (weights @ np.logaddexp(0, scores) - np.logaddexp(0, x @ beta)).sum()
            p = expit(x @ beta)
            penalty = 0.5 * rate / (1 - rate) * ((p * (1 - p)) @ x**2) @ beta**2
            found[f"fisher_{name}"] = float(abs(penalty / extra - 1))
        return found

    def _softmax(self, rng: np.random.Generator) -> dict:
        examples, units, classes = (self.settings[name] for name in ("examples", "units", "classes"))
        keep = 1 - self.settings["rate"]
        h = np.maximum(rng.normal(size=(examples, units)), 0)
        first = rng.normal(size=(units, units)) * np.sqrt(2 / units), 0.1 * rng.normal(size=units)
        head = rng.normal(size=(units, classes)), 0.1 * rng.normal(size=classes)
        # Shape (masks, examples, units): the inverted form.
        signals = self.masks[:, None] * h / keep
        logits = signals @ head[0] + head[1]
        scaled = softmax(h @ head[0] + head[1], axis=1)
        inputs = signals @ first[0] + first[1]
        expected = np.einsum("m,meu->eu", self.weights, inputs)
        active = np.einsum("m,meu->eu", self.weights, np.maximum(inputs, 0))
        plain = h @ first[0] + first[1]
        deep = np.maximum(inputs, 0) @ head[0] + head[1]
        return {
            "geometric": self._gap(self._geometric(logits), scaled),
            "arithmetic": self._gap(np.einsum("m,mec->ec", self.weights, softmax(logits, axis=2)), scaled),
            "geometric_deep": self._gap(
                self._geometric(deep), softmax(np.maximum(plain, 0) @ head[0] + head[1], axis=1)
            ),
            "next_input": self._gap(expected, plain),
            "after_relu": float(active.sum() / np.maximum(plain, 0).sum() - 1),
        }

    def _geometric(self, logits: np.ndarray) -> np.ndarray:
        """Return the normalized geometric mean of predictions, (masks, examples, classes), over masks."""
        return softmax(np.einsum("m,mec->ec", self.weights, log_softmax(logits, axis=2)), axis=1)

    @staticmethod
    def _gap(found: np.ndarray, closed: np.ndarray) -> float:
        return float(np.abs(found - closed).max())
