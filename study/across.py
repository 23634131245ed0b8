"""The same factors on every experiment."""

from __future__ import annotations

import pandas as pd

from study.audit import sign


def by_experiment(effects: pd.DataFrame, kind: str = "shapley", metric: str = "test_accuracy") -> pd.DataFrame:
    """Return one kind of effect, one row a factor and experiment.

    Args:
        effects: as `analysis.all_effects` returns it.
        kind: the kind of effect.
        metric: the metric.

    Returns:
        Rows of `effects`, factors in canonical order and experiments as they came, with `sign` (1
        helps, −1 hurts, 0 neither is clear).
    """
    kept = effects[(effects["kind"] == kind) & (effects["metric"] == metric)].copy()
    kept["sign"] = [sign(words) for words in kept["verdict"]]
    order = {name: number for number, name in enumerate(dict.fromkeys(kept["term"]))}
    return kept.sort_values("term", key=lambda terms: terms.map(order), kind="stable")


def disagreements(table: pd.DataFrame) -> list[str]:
    """Return the factors that help on one experiment and hurt on another, in canonical order."""
    signs = table.groupby("term")["sign"].agg(set)
    return [name for name in dict.fromkeys(table["term"]) if {1, -1} <= signs[name]]
