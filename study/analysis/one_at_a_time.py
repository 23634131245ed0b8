"""Would a one-at-a-time ablation have said the same? Four answers side by side."""

from __future__ import annotations

import numpy as np
import pandas as pd

from study.analysis.effects import of_kind
from study.analysis.lattice import Lattice
from study.design.architectures.tasks import METRICS
from study.statistics import estimands
from study.statistics.inference import t_interval
from study.statistics.interval import DEPENDS, sign_of

STYLES = ("main", "shapley", "add_one_in", "leave_one_out")
ONE_AT_A_TIME = ("add_one_in", "leave_one_out")
ESTIMANDS = {style: getattr(estimands, style) for style in STYLES}

OPPOSITE, ONE_SIDED, MISSED, CLAIMED = "opposite", "one side", "missed", "claimed"


def audit(effects: pd.DataFrame) -> pd.DataFrame:
    """Compare main effect, Shapley value, add-one-in and leave-one-out, factor by factor.

    Args:
        effects: rows of `effects.effects` of one experiment and metric.

    Returns:
        Indexed by factor: for each style `<style>_sign` (1, −1, or 0 where the verdict is neither
        *helps* nor *hurts*) and `<style>_rank` (1 the most helpful of all); `same_sign`,
        `same_rank`; for each one-at-a-time style `<style>_misled`: `opposite` if its verdict is the
        reverse of the main effect's, `one side` if it is clear and the main effect depends on company, `missed` if
        the main effect is clear and it is not, `claimed` if it is clear and the main effect is not, else empty.
    """
    metric = effects["metric"].iloc[0]
    main = of_kind(effects, "main", metric)
    table = pd.DataFrame(index=main.index)
    for style in STYLES:
        found = of_kind(effects, style, metric)
        table[f"{style}_sign"] = [sign_of(words) for words in found["verdict"]]
        table[f"{style}_rank"] = (-METRICS[metric].better * found["estimate"]).rank(method="min").astype(int)
    table["same_sign"] = table[[f"{style}_sign" for style in STYLES]].nunique(axis=1) == 1
    table["same_rank"] = table[[f"{style}_rank" for style in STYLES]].nunique(axis=1) == 1
    for style in ONE_AT_A_TIME:
        table[f"{style}_misled"] = [
            ONE_SIDED if said and words.startswith(DEPENDS) else _misled(truth, said)
            for words, truth, said in zip(main["verdict"], table["main_sign"], table[f"{style}_sign"])
        ]
    return table


def _misled(truth: int, said: int) -> str:
    if truth == said:
        return ""
    if truth * said < 0:
        return OPPOSITE
    return MISSED if truth else CLAIMED


def rank_agreement(found: Lattice) -> pd.DataFrame:
    """Compare each style's ranking of the factors with that by Shapley values, seed by seed.

    Args:
        found: n complete seeds of all arms.

    Returns:
        Indexed by style, without `shapley`: mean of Kendall's τ over seeds, `ci_low`, `ci_high` (95 % t, cut at ±1);
        1 where the rankings are equal, −1 where they are reversed.
    """
    from scipy.stats import kendalltau

    names = found.factors.names
    per_style = {
        style: np.stack([estimand(found.values, name, names) for name in names], axis=1)
        for style, estimand in ESTIMANDS.items()
    }
    rows = {}
    for style in STYLES:
        if style == "shapley":
            continue
        taus = [kendalltau(a, b).statistic for a, b in zip(per_style[style], per_style["shapley"])]
        rows[style] = [float(np.clip(value, -1, 1)) for value in t_interval(np.array(taus))]
    return pd.DataFrame.from_dict(rows, orient="index", columns=["tau", "ci_low", "ci_high"])
