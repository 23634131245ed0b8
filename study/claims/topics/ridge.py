"""Early stopping's likeness to ridge in linear regression: what the formulas say, and that they are met."""

from __future__ import annotations

import numpy as np

from study.claims.claim import Claim, Mechanism
from study.claims.criteria import AtMost
from study.claims.estimate import Estimate, largest
from study.claims.evidence import Evidence

SETTINGS = {"problems": 20, "examples": 60, "inputs": 20, "steps": [1e-3, 1.0], "doublings": 24, "times": 400}
MECHANISMS: tuple[Mechanism, ...] = (
    Mechanism("quadratics", "stopping", "study.claims.mechanisms.quadratics:Quadratics", SETTINGS, 0.1),
)
EXCESS = 69
"""By how many percent gradient flow's risk exceeds that of ridge at most, as published."""


def largest_gap() -> float:
    """Return the largest gap between the shares of the least-squares coefficient that early stopping and ridge keep.

    With small steps 1 − (1 − ελ)^τ tends to 1 − exp(−s), s = λτε, and λ/(λ + α) with α = 1/(τε) is s/(1 + s):
    their gap does not depend on the problem. With ε = 1/λmax and τ = 1 it is 1 − ½ in the steepest direction.
    """
    s = np.geomspace(0.1, 100, 10_000)
    return float((1 / (1 + s) - np.exp(-s)).max())


def _excess(evidence: Evidence) -> Estimate:
    return largest([100 * (ratio - 1) for ratio in evidence.values("quadratics", "risk")])


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "stopping-shrinkage",
        6,
        "Linear regression, random problems: largest deviation of iterated gradient descent from 1 − (1 − ελ)^τ, the "
        "share of the least-squares coefficient reached after τ steps of size ε in an eigendirection of curvature λ, "
        f"τ = 1 … 2^{SETTINGS['doublings'] - 1}, ε = 0.001/λmax and 1/λmax",
        "",
        lambda evidence: largest(evidence.values("quadratics", "shrinkage")),
        AtMost(1e-6),
        "in linear regression, gradient descent stopped after τ steps of size ε keeps the share 1 − (1 − ελ)^τ of the "
        "least-squares coefficient in a direction of curvature λ (to within {value}); by the formulas, that is never "
        f"farther than {largest_gap():.4f} from the share λ/(λ + α) that L2 of strength α = 1/(τε) keeps in the limit "
        "of small steps, and up to ½ from it with the longest steps that do not overshoot",
        "in linear regression, gradient descent stopped after τ steps of size ε does not keep the share 1 − (1 − ελ)^τ "
        "of the least-squares coefficient in a direction of curvature λ (deviation up to {value})",
        ("goodfellow2016deep",),
        beside=True,
    ),
    Claim(
        "stopping-risk",
        6,
        "Linear regression, random problems: by how much the exact risk of gradient flow exceeds that of ridge at "
        "t = 1/λ, the most along the path, of estimation and of in-sample prediction; published: at most "
        f"{EXCESS} %",
        "%",
        _excess,
        AtMost(EXCESS),
        "in linear regression the risk of early stopping exceeded that of ridge by {value} at most along the whole "
        f"path, within the published bound of {EXCESS} %",
        f"in linear regression the risk of early stopping exceeded that of ridge by up to {{value}}, more than the "
        f"published bound of {EXCESS} %",
        ("ali2019continuous",),
        beside=True,
    ),
)
