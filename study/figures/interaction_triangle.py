"""Interactions of all pairs: what one regularizer does to another's effect."""

from __future__ import annotations

import pandas as pd
from matplotlib.colors import Normalize
from matplotlib.patches import Rectangle

from study.analysis.lattice import Metric
from study.design.factors import TEXTBOOK, Factors, spelt
from study.exhibits.exhibit import FigureExhibit
from study.exhibits.wording import count, term_label
from study.figures.style import DARK, DIVERGING, headline, ink, sheet, styled
from study.statistics.interval import Interval, number, sign_of


@styled
def interaction_triangle(effects: pd.DataFrame, shown: Metric, title: str, factors: Factors) -> FigureExhibit:
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
        clear, effect = sign_of(row["verdict"]) != 0, Interval.of(row)
        axes.add_patch(
            Rectangle((x - 0.46, y - 0.46), 0.92, 0.92, facecolor=tint, edgecolor=DARK, lw=1.4 if clear else 0)
        )
        places = effect.places
        axes.text(
            x,
            y - 0.1,
            number(effect.mean, places, sign=True),
            ha="center",
            va="center",
            color=ink(tint),
            fontsize=10,
            fontweight="bold" if clear else "normal",
        )
        axes.text(x, y + 0.2, effect.ends(places), ha="center", va="center", color=ink(tint), fontsize=7.5)
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
        "+ reinforce: worth more together than apart\n− substitute: worth less together than apart",
        ha="right",
        va="top",
        transform=axes.transAxes,
        fontsize=8.5,
    )
    headline(figure, title)
    n = int(pairs["n_seeds"].iloc[0])
    turned = "" if shown.better > 0 else "; orange where the metric rises, which is worse"
    what = shown.effect(f"Interactions of pairs on {shown.label}")
    caption = (
        f"{what}: the effect of one regularizer with the other "
        f"minus its effect without, averaged over the other {spelt(len(names) - 2)}. Mean of {count(n, 'seed')} with "
        f"the 95 % interval that is simultaneous over the {len(pairs)} pairs; bold and framed where they *reinforce* "
        f"or *substitute* each other{turned}."
    )
    told = "; ".join(
        f"{term_label(term, factors)} {Interval.of(row, shown.effect_unit).words()}, {row['verdict']}"
        for term, row in pairs.iterrows()
    )
    return FigureExhibit(figure, caption, f"Triangle of pair interactions. {title}. {told}.")
