"""Early stopping's likeness to ridge in linear regression: what the formulas say, and that they are met."""

from __future__ import annotations

import numpy as np

from study.claims.claim import Claim, Mechanism, Setting
from study.claims.criteria import AtMost
from study.claims.estimate import Estimate, largest
from study.claims.evidence import Evidence

SETTINGS = {"problems": 20, "examples": 60, "inputs": 20, "steps": [1e-3, 1.0], "doublings": 24, "times": 400}
MECHANISMS: tuple[Mechanism, ...] = (
    Mechanism(
        name="quadratics",
        topic="stopping",
        runner="study.claims.mechanisms.quadratics:Quadratics",
        settings=SETTINGS,
        seconds=0.1,
    ),
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


LINEAR = Setting("linear", "random linear regressions, exact formulas")

CLAIMS: tuple[Claim, ...] = (
    Claim(
        name="stopping-shrinkage",
        sentence=6,
        measurement="Gradient descent's largest deviation from 1−(1−ελ)^τ, the share of the least-squares coefficient "
        f"in curvature λ, τ ≤ 2^{SETTINGS['doublings'] - 1}, ε = 0.001/λmax and 1/λmax (itself at most "
        f"{largest_gap():.4f} from L2's λ/(λ+α), α = 1/(τε), in small steps, up to ½ in the longest)",
        setting=LINEAR,
        estimate=lambda evidence: largest(evidence.values("quadratics", "shrinkage")),
        criterion=AtMost(1e-6),
        source=("goodfellow2016deep",),
    ),
    Claim(
        name="stopping-risk",
        sentence=6,
        measurement="Risk of gradient flow over ridge's at t = 1/λ, − 1, most along the path, of estimation and "
        f"in-sample prediction; published: at most {EXCESS} %",
        setting=LINEAR,
        unit="%",
        estimate=_excess,
        criterion=AtMost(EXCESS),
        source=("ali2019continuous",),
    ),
)
