"""Does a factor that helps accuracy also help NLL and calibration?"""

from __future__ import annotations

import pandas as pd

from study.analysis import METRICS, arm_estimates, lattice, of_kind
from study.audit import sign
from study.design import ARMS, Arm

COMPARED = ("test_accuracy", "test_nll", "test_ece")


def improvements(
    runs: pd.DataFrame, effects: pd.DataFrame, experiment: str, arms: tuple[Arm, ...] = ARMS
) -> pd.DataFrame:
    """Put main effects on several metrics on one scale.

    Args:
        runs: as `store.runs_frame` returns it.
        effects: as `analysis.all_effects` returns it.
        experiment: its name.
        arms: the study's arms; all of the five by default.

    Returns:
        A row a factor and metric: `term`, `metric`, `improvement`, `ci_low`, `ci_high` (positive is
        better; percent of the span between the best and the worst of the arms' means on that
        metric), `sign` (1 helps, −1 hurts, 0 neither is clear).
    """
    rows = []
    for name in COMPARED:
        shown = METRICS[name]
        means = arm_estimates(lattice(runs, experiment, name, arms)).mean
        span = means.max() - means.min()
        scale = 100 * shown.better / span if span else 0.0
        found = of_kind(effects[effects["experiment"] == experiment], "main", name)
        for term, row in found.iterrows():
            ends = sorted((row["ci_low"] * scale, row["ci_high"] * scale))
            rows.append((term, name, row["estimate"] * scale, *ends, sign(row["verdict"])))
    return pd.DataFrame(rows, columns=["term", "metric", "improvement", "ci_low", "ci_high", "sign"])


def flips(table: pd.DataFrame) -> list[tuple[str, str]]:
    """Return factor and metric wherever the metric's verdict is the reverse of accuracy's.

    Args:
        table: as `improvements` returns it.
    """
    signs = table.set_index(["term", "metric"])["sign"]
    return [
        (term, name)
        for term in dict.fromkeys(table["term"])
        for name in COMPARED[1:]
        if signs[term, name] * signs[term, COMPARED[0]] < 0
    ]
