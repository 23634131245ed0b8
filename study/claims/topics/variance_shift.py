"""Variance shift: dropout before batch norm, the variance it feigns, and what repairs it."""

from __future__ import annotations

from functools import partial

import numpy as np

from study.claims.claim import Claim, Mechanism, Setting
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
        name="variance-shift",
        topic="batchnorm",
        runner="study.claims.mechanisms.variance_shift:VarianceShift",
        settings={
            "data": SIGNALS,
            "use": {"train": 1000},
            "model": {"name": "mlp", "widths": [128, 128]},
            "training": {"epochs": 1, "batch": 100, "optimizer": "adam", "learning_rate": 5e-3},
            "strengths": {"batchnorm": {"momentum": 0.95}, "dropout": {"rate": 0.5}},
            "steps": 1000,
            "keep": KEEP,
            "values": 1_000_000,
        },
        seconds=2.2,
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


LAYERS = Setting(
    "layers",
    "Keras's Dropout → BatchNormalization, 1,000,000 Gaussian values and their ReLU, p = 0.9, 0.8, 0.7 and 0.5 kept",
)
AFTER = Setting(
    "after",
    "MLP 40-128-128-10, MNIST-1D, n = 1,000, dropout 0.5, Adam 5e-3, 1,000 steps; linear → batch norm → ReLU → "
    "dropout, as in the study",
)
BEFORE = Setting("before", "but dropout right before batch norm", like=AFTER)

_beside = partial(Claim, sentence=7, source=("li2019understanding",))

CLAIMS: tuple[Claim, ...] = (
    _beside(
        name="variance-shift-formula",
        measurement="Variance at test over that learned, largest deviation from Δ(p) = v/((c²+v)/p−c²)",
        setting=LAYERS,
        estimate=shift_error,
        criterion=AtMost(0.01),
    ),
    _beside(
        name="variance-shift-network",
        measurement="Variance at test over that learned, second batch norm",
        setting=AFTER,
        unit="times",
        estimate=partial(shift_in_network, network="after"),
        criterion=Below(1),
    ),
    *(
        _beside(
            name=name,
            measurement="Test accuracy: the training set's statistics at inference − moving ones, less the same "
            "without dropout",
            setting=setting,
            unit="pp",
            estimate=partial(repair, network=network),
            criterion=Above(0),
        )
        for name, setting, network in (
            ("variance-shift-repair", BEFORE, "before"),
            ("variance-shift-repair-study", AFTER, "after"),
        )
    ),
)
