"""Early stopping against ridge in linear regression, by exact formulas; no sampling of noise."""

from __future__ import annotations

import numpy as np

from study.design.seeds import derive


class Quadratics:
    """Random linear-regression problems y = Xβ + noise.

    Args:
        settings: `problems`, their number; `examples`, `inputs`, sizes of X; `steps`, the step sizes of
            gradient descent as ε·λmax; `doublings`, number of the τ = 1, 2, 4, …; `times`, number of points
            on the path of gradient flow.
    """

    def __init__(self, settings: dict) -> None:
        self.settings = settings

    def measure(self, seed: int) -> dict:
        """Return the largest values over problems.

        Returns:
            `shrinkage`: |GD − its formula|, the largest over step sizes, eigendirections and τ, of iterated
            gradient descent from 0 against 1 − (1 − ελ)^τ, in units of the least-squares coefficient.
            `risk`: gradient flow's risk over ridge's at t = 1/λ, the largest along the path, of estimation
            and of in-sample prediction.
        """
        rng = np.random.default_rng(derive(seed, "quadratics"))
        found = {"shrinkage": 0.0, "risk": 0.0}
        for _ in range(self.settings["problems"]):
            self._descend(rng, found)
            self._risks(rng, found)
        return found

    def _problem(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Draw X with correlated columns of unequal size and β, shapes (examples, inputs), (inputs,)."""
        n, d = self.settings["examples"], self.settings["inputs"]
        mixing = rng.standard_normal((d, d)) * rng.lognormal(sigma=1.0, size=d)
        return rng.standard_normal((n, d)) @ mixing / np.sqrt(d), rng.standard_normal(d)

    def _descend(self, rng: np.random.Generator, found: dict) -> None:
        """Iterate gradient descent on ½‖y − Xw‖²/n and read off what is left of each direction."""
        x, beta = self._problem(rng)
        n = len(x)
        y = x @ beta + rng.standard_normal(n)
        values, vectors = np.linalg.eigh(x.T @ x / n)
        target = np.linalg.solve(x.T @ x, x.T @ y)
        # A direction in which least squares is near zero would only show rounding.
        told = np.abs(vectors.T @ target) > 1e-3 * np.linalg.norm(target)
        for size in self.settings["steps"]:
            step = size / values.max()
            # One matrix takes a step; its powers by squaring take 2, 4, 8, … steps from w = 0.
            left = np.eye(len(values)) - step * x.T @ x / n
            for doubling in range(self.settings["doublings"]):
                share = (vectors.T @ (target - left @ target)) / (vectors.T @ target)
                deviation = np.abs(share - shrinkage(step * values, 2**doubling))[told]
                found["shrinkage"] = max(found["shrinkage"], float(deviation.max()))
                left = left @ left

    def _risks(self, rng: np.random.Generator, found: dict) -> None:
        x, beta = self._problem(rng)
        noise = rng.lognormal(sigma=2.0)
        values, vectors = np.linalg.eigh(x.T @ x / len(x))
        signal = (vectors.T @ beta) ** 2
        times = np.geomspace(1e-3 / values.max(), 1e3 / values.min(), self.settings["times"])
        for weight in (np.ones_like(values), values):
            flow, ridge = risks(values, signal, noise / len(x), times, weight)
            found["risk"] = max(found["risk"], float((flow / ridge).max()))


def shrinkage(rates: np.ndarray, steps) -> np.ndarray:
    """Return the share 1 − (1 − ελ)^τ of the least-squares solution that gradient descent has reached.

    Args:
        rates: ελ, step size times eigenvalue.
        steps: τ; broadcasts with `rates`.

    Source:
        Goodfellow et al., Deep Learning, §7.8.
    """
    return 1 - (1 - rates) ** steps


def risks(values, signal, noise: float, times, weight) -> tuple[np.ndarray, np.ndarray]:
    """Return the exact risks of gradient flow at t and of ridge at λ = 1/t for fixed X.

    Args:
        values: eigenvalues s of XᵀX/n, shape (directions,), all positive.
        signal: squared coefficients of β in the eigenbasis, shape (directions,).
        noise: σ²/n.
        times: t, shape (points,).
        weight: of each direction's squared error: 1 for estimation, s for in-sample prediction.

    Returns:
        Squared bias plus variance, two arrays of shape (points,).

    Source:
        Ali, Kolter & Tibshirani, A Continuous-Time View of Early Stopping for Least Squares, 2019.
    """
    s, t = values[None, :], np.asarray(times)[:, None]
    flow = signal * np.exp(-2 * t * s) + noise * np.expm1(-t * s) ** 2 / s
    ridge = signal / (1 + t * s) ** 2 + noise * t**2 * s / (1 + t * s) ** 2
    return (flow * weight).sum(1), (ridge * weight).sum(1)
