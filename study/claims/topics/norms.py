"""L2 over its strength: the mechanisms that train at every λ, and what is read off them."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pandas as pd

from study.claims.claim import Mechanism
from study.claims.estimate import Estimate, over_seeds
from study.claims.evidence import Evidence
from study.claims.mechanisms.networks import SIGNALS
from study.exhibits.wording import power_of_ten
from study.statistics.inference import LEVEL, t_interval

STRENGTHS = {"l2": {"lambda": 1e-4}, "batchnorm": {"momentum": 0.95}}
OTHERS = {"dropout": {"rate": 0.3}, "augmentation": {"translation": 0.1, "noise": 0.05}}
PENALTIES = [0.0, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1]
STUDY, STRONG = PENALTIES.index(1e-4), PENALTIES.index(1e-2)
"""Places of the study's λ and of a hundred times as much."""
SMALL = {
    "data": SIGNALS,
    "use": {"train": 1000, "validation": 1000, "test": 4000},
    "model": {"name": "mlp", "widths": [128, 128]},
    "training": {"epochs": 50, "batch": 50, "optimizer": "adam", "learning_rate": 3e-3},
    "strengths": STRENGTHS,
    "turning": 5,
}
WHOLE = {
    "data": SIGNALS,
    "use": {"test": 4000},
    "model": {"name": "mlp", "widths": [256, 256]},
    "training": {"epochs": 120, "batch": 200, "optimizer": "adam", "learning_rate": 5e-3},
    "strengths": STRENGTHS,
    "turning": 5,
}
"""The MNIST-1D experiment of the `quick` study; a test holds the two together."""
BESIDE_EPOCHS = 20
"""Epochs of the arms with dropout or augmentation, fewer than in the sweeps to spare time."""
RUNNER = "study.claims.mechanisms.weight_norms:WeightNorms"


def _norms(name: str, seconds: float, settings: dict) -> Mechanism:
    return Mechanism(name=name, topic="l2", runner=RUNNER, settings=settings, seconds=seconds)


def _beside(name: str, seconds: float, factors: list[str]) -> Mechanism:
    """Return the mechanism that trains beside other regularizers, with L2 and without."""
    return _norms(
        name,
        seconds,
        SMALL
        | {
            "strengths": STRENGTHS | OTHERS,
            "factors": ["l2", *factors],
            "penalties": [0.0, STRENGTHS["l2"]["lambda"]],
            "training": SMALL["training"] | {"epochs": BESIDE_EPOCHS},
        },
    )


PENALTY = {name: WHOLE[name] for name in ("data", "model", "training", "strengths")}
PLAIN_SGD = {"training": SMALL["training"] | {"optimizer": "sgd", "learning_rate": 0.1}, "penalties": [0.0, 1e-2]}
NORMED = {"factors": ["l2", "batchnorm"], "penalties": PENALTIES}

MECHANISMS: tuple[Mechanism, ...] = (
    Mechanism(
        name="penalty", topic="l2", runner="study.claims.mechanisms.penalty:Penalty",
        settings=PENALTY | {"arms": [["l2"], ["l2", "batchnorm"]]},
        seconds=0.1,
    ),
    Mechanism(
        name="weight-decay", topic="l2", runner="study.claims.mechanisms.weight_decay:WeightDecay",
        settings={
            "data": SIGNALS, "use": {"train": 1000}, "widths": [64, 64], "lambda": 1e-2, "batch": 50, "steps": 400,
            "optimizers": {"sgd": 0.1, "adam": 1e-3},
        },
        seconds=0.4,
    ),
    Mechanism(
        name="scale-invariance", topic="l2", runner="study.claims.mechanisms.scale_invariance:ScaleInvariance",
        settings={
            "data": SIGNALS, "use": {"train": 500}, "units": 128, "alphas": [0.1, 0.3, 3, 10],
            "epsilons": {"tiny": 1e-12, "keras": 1e-3},
        },
        seconds=0.1,
    ),
    _norms("norms-study", 5.0, WHOLE | {"factors": ["l2"], "penalties": [0.0, 1e-4]}),
    _norms("norms", 2.6, SMALL | {"factors": ["l2"], "penalties": PENALTIES}),
    _norms("norms-batchnorm", 3.8, SMALL | NORMED),
    _norms("norms-sgd", 0.9, SMALL | NORMED | PLAIN_SGD),
    _beside("norms-dropout", 1.2, ["dropout"]),
    _beside("norms-augmentation", 1.2, ["augmentation"]),
    _beside("norms-all", 1.6, ["dropout", "batchnorm", "augmentation"]),
)  # fmt: skip

ARMS = {
    "none": "norms",
    "dropout": "norms-dropout",
    "batchnorm": "norms-batchnorm",
    "augmentation": "norms-augmentation",
    "dropout+batchnorm+augmentation": "norms-all",
}
"""Arms without L2 and the mechanism that trains them with it and without."""
NETWORKS = {"norms": "without batch norm", "norms-batchnorm": "with batch norm"}
"""What the mechanisms of the two sweeps differ in."""


def strength(at: int) -> str:
    """Return the λ at a place of `PENALTIES`, not the first, in words: `λ = 10⁻⁴`."""
    return f"λ = {power_of_ten(round(math.log10(PENALTIES[at])))}"


def table(evidence: Evidence, mechanism: str, name: str) -> np.ndarray:
    """Return a value by seed and λ, shape (seeds, penalties)."""
    return np.array(evidence.values(mechanism, name), float)


def percent(mechanism: str, name: str, at: int) -> Callable[[Evidence], Estimate]:
    """Return an estimate: the value at a λ in percent of that without L2, paired by seed."""

    def estimate(evidence: Evidence) -> Estimate:
        values = table(evidence, mechanism, name)
        return over_seeds(100 * values[:, at] / values[:, 0])

    return estimate


def gain(mechanism: str, at: int) -> Callable[[Evidence], Estimate]:
    """Return an estimate: test accuracy at a λ minus that without L2, in percentage points."""

    def estimate(evidence: Evidence) -> Estimate:
        values = table(evidence, mechanism, "test_accuracy")
        return over_seeds(100 * (values[:, at] - values[:, 0]))

    return estimate


def worst(ratios: np.ndarray) -> Estimate:
    """Estimate the largest of several mean ratios that are judged together.

    Args:
        ratios: shape (seeds, ratios).

    Returns:
        The largest mean; its interval goes from the largest lower to the largest upper end of Bonferroni's
        intervals, which covers the largest true mean whenever they cover all of them.
    """
    found = t_interval(ratios, 1 - (1 - LEVEL) / ratios.shape[1])
    return Estimate(*(float(ends.max()) for ends in found), len(ratios))


def flattest_step(evidence: Evidence) -> Estimate:
    """Estimate the norm at a λ in percent of that at the next smaller one, where this is most."""
    steps = [table(evidence, mechanism, "norm") for mechanism in NETWORKS]
    return worst(np.concatenate([100 * norm[:, 1:] / norm[:, :-1] for norm in steps], axis=1))


def by_arm(evidence: Evidence) -> np.ndarray:
    """Return the norm at the study's λ in percent of that without L2, shape (seeds, arms), in the order of `ARMS`."""
    columns = []
    for mechanism in ARMS.values():
        norm = table(evidence, mechanism, "norm")
        # The sweeps have the study's λ at its place, the others as their second.
        columns.append(100 * norm[:, STUDY if mechanism in NETWORKS else 1] / norm[:, 0])
    return np.stack(columns, axis=1)


def least_shrunk(evidence: Evidence) -> Estimate:
    """Estimate the norm at the study's λ in percent of that without L2, in the arm where this is most."""
    return worst(by_arm(evidence))


def effective_rate(evidence: Evidence) -> Estimate:
    """Estimate by what factor L2 raises learning rate over squared norm, with batch norm and plain SGD."""
    norms = table(evidence, "norms-sgd", "hidden_norm")
    return over_seeds((norms[:, 0] / norms[:, -1]) ** 2)


def turning(evidence: Evidence) -> Estimate:
    """Estimate by what factor L2 raises the angle that an epoch turns the kernels, same trainings."""
    turns = table(evidence, "norms-sgd", "turn")
    return over_seeds(turns[:, -1] / turns[:, 0])


SHOWN = {"norm": 1.0, "test_accuracy": 100.0, "sensitivity": 1.0}
"""What the figure shows over λ, and the factor to its unit."""


def sweep(evidence: Evidence) -> pd.DataFrame:
    """Return what the figure shows.

    Returns:
        One row a network, λ and quantity: `network`, `penalty`, `quantity` (`norm`, `test_accuracy` in
        percent, `sensitivity`; and, paired with λ = 0, `gain` of test accuracy in percentage points and
        `norm_left`, `sensitivity_left` in percent), `estimate`, `low`, `high` (95 % t intervals over
        seeds) and `seeds`; and at the study's λ one row an arm of `ARMS`, its name under `network`, with the
        quantity `norm_by_arm`: the norm in percent of that without L2.
    """
    rows = []
    for mechanism, network in NETWORKS.items():
        tables = {name: scale * table(evidence, mechanism, name) for name, scale in SHOWN.items()}
        left = {f"{name}_left": 100 * tables[name] / tables[name][:, :1] for name in ("norm", "sensitivity")}
        tables |= left | {"gain": tables["test_accuracy"] - tables["test_accuracy"][:, :1]}
        for name, values in tables.items():
            for penalty, column in zip(PENALTIES, values.T, strict=True):
                found = over_seeds(column)
                rows.append((network, penalty, name, found.value, found.low, found.high, found.seeds))
    for arm, column in zip(ARMS, by_arm(evidence).T, strict=True):
        found = over_seeds(column)
        rows.append((arm, PENALTIES[STUDY], "norm_by_arm", found.value, found.low, found.high, found.seeds))
    return pd.DataFrame(rows, columns=["network", "penalty", "quantity", "estimate", "low", "high", "seeds"])
