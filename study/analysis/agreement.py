"""Do metrics agree on a factor, and do data sets?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from study.analysis.effects import of_kind
from study.analysis.lattice import arm_estimates, lattice
from study.design.architectures.tasks import METRICS, tested
from study.design.arms import Arm
from study.statistics.interval import sign_of


def improvements(runs: pd.DataFrame, effects: pd.DataFrame, experiment: str, arms: tuple[Arm, ...]) -> pd.DataFrame:
    """Put main effects on several metrics on one scale.

    Args:
        runs: as `frames.runs_frame` returns it.
        effects: as `effects.all_effects` returns it.
        experiment: its name.
        arms: the study's arms.

    Returns:
        A row a factor and metric: `term`, `metric`, `estimate`, `ci_low`, `ci_high`, `joint_low`, `joint_high`
        (positive is better; percent of the span between the best and the worst of the arms' means on that
        metric), `n_seeds`, `verdict`, `sign` (1 helps, −1 hurts, 0 neither is clear).
    """
    parts = []
    for name in tested(runs.columns):
        shown = METRICS[name]
        means = arm_estimates(lattice(runs, experiment, arms, name)).mean
        span = means.max() - means.min()
        scale = 100 * shown.better / span if span else 0.0
        found = of_kind(effects[effects["experiment"] == experiment], "main", name).reset_index()
        found["estimate"] *= scale
        for low, high in (("ci_low", "ci_high"), ("joint_low", "joint_high")):
            found[[low, high]] = np.sort(found[[low, high]] * scale, axis=1)
        parts.append(found.assign(sign=found["verdict"].map(sign_of)))
    return pd.concat(parts, ignore_index=True)[
        ["term", "metric", "estimate", "ci_low", "ci_high", "joint_low", "joint_high", "n_seeds", "verdict", "sign"]
    ]


def flips(table: pd.DataFrame) -> list[tuple[str, str]]:
    """Return factor and metric wherever the metric's verdict is the reverse of that on the first metric.

    Args:
        table: as `improvements` returns it.
    """
    signs = table.set_index(["term", "metric"])["sign"]
    decides, *others = dict.fromkeys(table["metric"])
    return [
        (term, name)
        for term in dict.fromkeys(table["term"])
        for name in others
        if signs[term, name] * signs[term, decides] < 0
    ]


def by_experiment(effects: pd.DataFrame) -> pd.DataFrame:
    """Return main effects on the metric that decides, one row a factor and experiment.

    Args:
        effects: as `effects.all_effects` returns it.

    Returns:
        Rows of `effects`, factors in canonical order and experiments as they came, with `sign` (1
        helps, −1 hurts, 0 neither is clear).
    """
    kept = effects[(effects["kind"] == "main") & (effects["metric"] == effects["metric"].iloc[0])].copy()
    kept["sign"] = [sign_of(words) for words in kept["verdict"]]
    order = {name: number for number, name in enumerate(dict.fromkeys(kept["term"]))}
    return kept.sort_values("term", key=lambda terms: terms.map(order), kind="stable")


def disagreements(table: pd.DataFrame) -> list[str]:
    """Return the factors that help on one experiment and hurt on another, in canonical order."""
    signs = table.groupby("term")["sign"].agg(set)
    return [name for name in dict.fromkeys(table["term"]) if {1, -1} <= signs[name]]
