"""L2 over its strength: the mechanisms that train at every λ, and what is read off them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from study.claims.claim import Mechanism
from study.claims.estimate import Estimate, over_seeds
from study.claims.evidence import Evidence
from study.mechanisms.networks import SIGNALS

STRENGTHS = {"l2": {"lambda": 1e-4}, "batchnorm": {"momentum": 0.95}}
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
RUNNER = "study.mechanisms.weight_norms:WeightNorms"

MECHANISMS: tuple[Mechanism, ...] = (
    Mechanism(
        "penalty", "l2", "study.mechanisms.penalty:Penalty",
        {
            **{name: WHOLE[name] for name in ("data", "model", "training", "strengths")},
            "arms": [["l2"], ["l2", "batchnorm"]],
        },
        0.1,
    ),
    Mechanism(
        "weight-decay", "l2", "study.mechanisms.weight_decay:WeightDecay",
        {
            "data": SIGNALS, "use": {"train": 1000}, "widths": [64, 64], "lambda": 1e-2, "batch": 50,
            "steps": 400, "optimizers": {"sgd": 0.1, "adam": 1e-3},
        },
        0.4,
    ),
    Mechanism(
        "scale-invariance", "l2", "study.mechanisms.scale_invariance:ScaleInvariance",
        {
            "data": SIGNALS, "use": {"train": 500}, "units": 128, "alphas": [0.1, 0.3, 3, 10],
            "epsilons": {"tiny": 1e-12, "keras": 1e-3},
        },
        0.1,
    ),
    Mechanism(
        "norms-study", "l2", RUNNER,
        WHOLE | {"factors": ["l2"], "penalties": [0.0, 1e-4]}, 5.0,
    ),
    Mechanism("norms", "l2", RUNNER, SMALL | {"factors": ["l2"], "penalties": PENALTIES}, 2.6),
    Mechanism(
        "norms-batchnorm", "l2", RUNNER,
        SMALL | {"factors": ["l2", "batchnorm"], "penalties": PENALTIES}, 3.8,
    ),
    Mechanism(
        "norms-sgd", "l2", RUNNER,
        SMALL | {
            "factors": ["l2", "batchnorm"], "penalties": [0.0, 1e-2],
            "training": SMALL["training"] | {"optimizer": "sgd", "learning_rate": 0.1},
        },
        0.9,
    ),
)

NETWORKS = {"norms": "without batch norm", "norms-batchnorm": "with batch norm"}
"""What the mechanisms of the two sweeps differ in."""



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


def chosen(evidence: Evidence, mechanism: str) -> int:
    """Return the place of the λ with the best validation accuracy, averaged over seeds; λ = 0 may win."""
    return int(table(evidence, mechanism, "val_accuracy").mean(0).argmax())


def flattest_step(evidence: Evidence) -> Estimate:
    """Estimate the norm at a λ in percent of that at the next smaller one, where this is most on average."""
    steps = [table(evidence, mechanism, "norm") for mechanism in NETWORKS]
    ratios = np.concatenate([100 * norm[:, 1:] / norm[:, :-1] for norm in steps], axis=1)
    return over_seeds(ratios[:, ratios.mean(0).argmax()])


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
        seeds) and `seeds`.
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
    return pd.DataFrame(rows, columns=["network", "penalty", "quantity", "estimate", "low", "high", "seeds"])
