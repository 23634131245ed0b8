"""Variance shift: dropout before batch norm, the variance it feigns, and what repairs it."""

from __future__ import annotations

import functools

import numpy as np

from study.claims.claim import Claim, Mechanism
from study.claims.criteria import Above, AtMost, Below
from study.claims.estimate import Estimate, largest, over_seeds
from study.claims.evidence import Evidence
from study.claims.mechanisms.networks import SIGNALS
from study.claims.topics.ratio import ratio_over_seeds

KEEP = [0.9, 0.8, 0.7, 0.5]
MOMENTS = {"gaussian": (0.0, 1.0), "relu": ((2 * np.pi) ** -0.5, 0.5 - 0.5 / np.pi)}
"""Mean c and variance v of a standard Gaussian, and of its ReLU."""

MECHANISMS: tuple[Mechanism, ...] = (
    Mechanism(
        "variance-shift",
        "batchnorm",
        "study.claims.mechanisms.variance_shift:VarianceShift",
        {
            "data": SIGNALS,
            "use": {"train": 1000},
            "model": {"name": "mlp", "widths": [128, 128]},
            "training": {"epochs": 1, "batch": 100, "optimizer": "adam", "learning_rate": 5e-3},
            "strengths": {"batchnorm": {"momentum": 0.95}, "dropout": {"rate": 0.5}},
            "steps": 1000,
            "keep": KEEP,
            "values": 1_000_000,
        },
        2.2,
    ),
)


def shift(keep: float, kind: str) -> float:
    """Return Li et al.'s ratio of variances at test and in training.

    Args:
        keep: probability that a value is kept.
        kind: `gaussian` or `relu`.
    """
    mean, variance = MOMENTS[kind]
    return variance / ((mean**2 + variance) / keep - mean**2)


def shift_error(evidence: Evidence) -> Estimate:
    """Return the largest deviation of Keras's layers from the formula."""
    return largest(
        [
            abs(measured - shift(keep, kind))
            for layers in evidence.values("variance-shift", "layers")
            for kind, ratios in layers.items()
            for keep, measured in zip(KEEP, ratios, strict=True)
        ]
    )


def shift_in_network(evidence: Evidence, network: str) -> Estimate:
    """Return the ratio of variances at the second batch norm of a trained network."""
    return ratio_over_seeds([table["ratio"] for table in evidence.values("variance-shift", network)])


def repair(evidence: Evidence, network: str) -> Estimate:
    """Return what recomputing the statistics adds to test accuracy, beyond what it adds without dropout."""
    gains, controls = (
        [table["recomputed"] - table["moving"] for table in evidence.values("variance-shift", name)]
        for name in (network, "without")
    )
    return over_seeds(np.subtract(gains, controls))


NETWORK = "MLP 40-128-128-10, MNIST-1D, n = 1,000, dropout 0.5, Adam 5e-3, 1,000 steps"

CLAIMS: tuple[Claim, ...] = (
    Claim(
        "variance-shift-formula",
        7,
        "largest deviation of Keras's Dropout → BatchNormalization from Δ(p) = v/((c² + v)/p − c²), Gaussian values "
        "and their ReLU, p = 0.9, 0.8, 0.7 and 0.5 kept, 1,000,000 values each",
        "",
        shift_error,
        AtMost(0.01),
        "right before batch norm, dropout makes the variance at test smaller than the one learned, by the published "
        "formula (largest deviation {value})",
        "right before batch norm, dropout shifts the variance otherwise than by the published formula (largest deviation "
        "{value})",
        ("li2019understanding",),
        beside=True,
    ),
    Claim(
        "variance-shift-network",
        7,
        "variance at inference over moving variance at the second batch norm (geometric mean over units), study's order: "
        f"linear → batch norm → ReLU → dropout; {NETWORK}",
        "times",
        functools.partial(shift_in_network, network="after"),
        Below(1),
        "dropout shifts the variance that batch norm has learned even where a linear map stands between them (at test "
        "{value} the one learned)",
        "where a linear map stands between dropout and batch norm, the variance at test is no smaller than the one "
        "learned ({value} the one learned)",
        ("li2019understanding",),
        beside=True,
    ),
    Claim(
        "variance-shift-repair",
        7,
        "test accuracy with the training set's statistics at inference − with the moving ones, less the same without "
        f"dropout; dropout right before batch norm; {NETWORK}",
        "pp",
        functools.partial(repair, network="before"),
        Above(0),
        "recomputing the statistics without dropout repairs {value} of test accuracy where dropout stands right before "
        "batch norm",
        "recomputing the statistics without dropout repairs nothing where dropout stands right before batch norm ({value})",
        ("li2019understanding",),
        beside=True,
    ),
    Claim(
        "variance-shift-repair-study",
        7,
        "test accuracy with the training set's statistics at inference − with the moving ones, less the same without "
        f"dropout; study's order, dropout after batch norm and ReLU; {NETWORK}",
        "pp",
        functools.partial(repair, network="after"),
        Above(0),
        "recomputing the statistics without dropout repairs {value} of test accuracy where dropout stands after batch "
        "norm and ReLU",
        "recomputing the statistics without dropout repairs nothing where dropout stands after batch norm and ReLU "
        "({value})",
        ("li2019understanding",),
        beside=True,
    ),
)
