"""Interactions of all pairs: what one regularizer does to another's effect."""

from __future__ import annotations

import pandas as pd
from matplotlib.colors import Normalize
from matplotlib.patches import Rectangle

from study.analysis.lattice import Metric
from study.analysis.one_at_a_time import sign
from study.design.factors import TEXTBOOK, Factors, spelt
from study.exhibits.exhibit import FigureExhibit
from study.exhibits.wording import count, decimals, listed, number, term_label
from study.figures.style import DARK, DIVERGING, headline, ink, sheet, styled


@styled
def interaction_triangle(
    effects: pd.DataFrame, shown: Metric, title: str, factors: Factors = TEXTBOOK
) -> FigureExhibit:
    """Draw the pair interactions, ten of the five, as a triangle of tiles.

    Args:
        effects: rows of one metric's effects of kind `interaction`, indexed by term; only pairs are
            drawn.
        shown: the metric.
        title: the finding.
        factors: the study's factors.
    """
    names = factors.names
    pairs = effects[[term.count(":") == 1 for term in effects.index]]
    figure = sheet(3.6 + 0.7 * (len(names) - len(TEXTBOOK)))
    axes = figure.subplots()
    reach = max(pairs[["ci_low", "ci_high"]].abs().to_numpy().max(), 1e-9)
    scale = Normalize(-reach, reach)
    for term, row in pairs.iterrows():
        x, y = sorted(names.index(name) for name in term.split(":"))
        tint = DIVERGING(scale(shown.better * row["estimate"]))
        clear = sign(row["verdict"]) != 0
        axes.add_patch(
            Rectangle((x - 0.46, y - 0.46), 0.92, 0.92, facecolor=tint, edgecolor=DARK, lw=1.4 if clear else 0)
        )
        places = decimals(row["ci_low"], row["ci_high"])
        axes.text(
            x,
            y - 0.1,
            number(row["estimate"], places, sign=True),
            ha="center",
            va="center",
            color=ink(tint),
            fontsize=10,
            fontweight="bold" if clear else "normal",
        )
        axes.text(
            x,
            y + 0.2,
            f"[{number(row['ci_low'], places)}, {number(row['ci_high'], places)}]",
            ha="center",
            va="center",
            color=ink(tint),
            fontsize=7.5,
        )
    axes.set_xlim(-0.5, len(names) - 1.5)
    axes.set_ylim(len(names) - 0.5, 0.5)
    axes.set_xticks(range(len(names) - 1), [factors[name].label for name in names[:-1]])
    axes.set_yticks(range(1, len(names)), [factors[name].label for name in names[1:]])
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.text(
        0.99,
        0.97,
        "+ better together than apart\n− worse together than apart",
        ha="right",
        va="top",
        transform=axes.transAxes,
        fontsize=8.5,
    )
    headline(figure, title)
    n = int(pairs["n_seeds"].iloc[0])
    turned = "" if shown.better > 0 else "; orange where the metric rises, which is worse"
    caption = (
        f"Interactions of pairs on {shown.label} ({shown.effect_unit}): the effect of one regularizer with the other "
        f"minus its effect without, averaged over the other {spelt(len(names) - 2)}. Mean of {count(n, 'seed')} with the 95 % t "
        f"interval; bold and framed where the verdict is *helps* or *hurts*{turned}."
    )
    told = "; ".join(
        f"{term_label(term, factors)} {number(row['estimate'], 1, sign=True)} {shown.effect_unit}, {row['verdict']}"
        for term, row in pairs.iterrows()
    )
    return FigureExhibit(figure, caption, f"Triangle of pair interactions. {title}. {told}.")


def finding(effects: pd.DataFrame, unit: str = "pp", better: int = 1, factors: Factors = TEXTBOOK) -> str:
    """Return a title: which pairs are worth less together than apart, and which more.

    Args:
        effects: as `interaction_triangle` takes them.
        unit: their unit.
        better: 1 if more of the metric is better, −1 if less is.
        factors: the study's factors.
    """
    pairs = effects[[term.count(":") == 1 for term in effects.index]]
    signs = pairs["verdict"].map(sign)
    if pairs["verdict"].str.startswith("no verdict").all():
        return f"Too few seeds for a verdict ({int(pairs['n_seeds'].iloc[0])})"
    worse, more = pairs[signs < 0], pairs[signs > 0]
    if worse.empty and more.empty:
        return "No pair of regularizers clearly acts differently together than apart"
    parts = []
    for found, words in ((worse, "less"), (more, "more")):
        if found.empty:
            continue
        strongest = found["estimate"].abs().idxmax()
        size = number(abs(found.loc[strongest, "estimate"]))
        parts.append(
            f"{len(found)} {'is' if len(found) == 1 else 'are'} worth {words} together (most: {term_label(strongest, factors)}, by {size} {unit})"
        )
    return f"Of {len(pairs)} pairs, {listed(parts)}"
