"""Interactions of all pairs: what one regularizer does to another's effect."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from matplotlib.colors import Normalize
from matplotlib.patches import Rectangle

from study.design.architectures.tasks import Metric
from study.design.factors import TEXTBOOK, Factors, spelt
from study.exhibits.exhibit import FigureExhibit
from study.exhibits.wording import count, term_label
from study.figures.style import DARK, DIVERGING, headline, ink, on_phone, sheet, styled
from study.statistics.inference import CONFIDENCE
from study.statistics.interval import Interval, number, sign_of

WIDE = 6
"""More factors than this make narrow tiles; on a phone their intervals stand in the table alone."""


@styled
def interaction_triangle(
    effects: pd.DataFrame, shown: Metric, title: str, factors: Factors, every: pd.DataFrame | None = None
) -> FigureExhibit:
    """Draw the pair interactions, ten of the five, as a triangle of tiles.

    Args:
        effects: rows of one metric's effects of kind `interaction`, indexed by term; only pairs are
            drawn.
        shown: the metric.
        title: the finding.
        factors: the study's factors.
        every: the effects of every experiment, on whose largest pair the scale of colours ends, so that it is the same
            for all; None for a scale of this experiment's own.
    """
    names = factors.names
    pairs = effects[[term.count(":") == 1 for term in effects.index]]
    small = on_phone() and len(names) > WIDE
    figure = sheet(4.2 if small else 3.6 + 0.7 * (len(names) - len(TEXTBOOK)))
    axes = figure.subplots()
    narrow = on_phone() or len(names) > WIDE
    reach = max(pairs["estimate"].abs().max(), _largest(every, shown), 1e-9)
    scale = Normalize(-reach, reach)
    coarse = min(4, max(0, 1 - math.floor(math.log10(reach))))
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
            y - (0 if small else 0.2 if narrow else 0.1),
            number(effect.mean, coarse if small else places, sign=not small),
            ha="center",
            va="center",
            color=ink(tint),
            fontsize=7 if small else 10,
            fontweight="bold" if clear else "normal",
        )
        ends = "" if small else effect.ends(places).replace(", ", ",\n") if narrow else effect.ends(places)
        axes.text(x, y + 0.22, ends, ha="center", va="center", color=ink(tint), fontsize=8, linespacing=1)
    axes.set_xlim(-0.5, len(names) - 1.5)
    axes.set_ylim(len(names) - 0.5, 0.5)
    labels = [factors[name].label for name in names]
    turned = {"rotation": 30, "ha": "right", "rotation_mode": "anchor"} if narrow else {}
    axes.set_xticks(range(len(names) - 1), labels[:-1], **turned)
    axes.set_yticks(range(1, len(names)), [label.replace(" ", "\n") if narrow else label for label in labels[1:]])
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    _key(axes, reach, shown)
    headline(figure, title)
    n = int(pairs["n_seeds"].iloc[0])
    worse = "" if shown.better > 0 else "; orange where the metric rises, which is worse"
    what = shown.effect(f"Interactions of pairs on {shown.label}")
    caption = (
        f"{what}: the effect of one regularizer with the other minus its effect without, averaged over the other "
        f"{spelt(len(names) - 2)}. Mean of {count(n, 'seed')} with the {CONFIDENCE} interval that is simultaneous over "
        f"the {len(pairs)} pairs; bold and framed where they *reinforce* or *substitute* each other: worth more, or "
        f"less, together than apart. Colour: the size, on one scale for all data sets{worse}."
        + (" On a narrow screen the intervals stand in the table alone." if len(names) > WIDE else "")
    )
    told = "; ".join(
        f"{term_label(term, factors)} {Interval.of(row, shown.effect_unit).words()}, {row['verdict']}"
        for term, row in pairs.iterrows()
    )
    return FigureExhibit(figure, caption, f"Triangle of pair interactions. {title}. {told}.", pairs.reset_index())


def _largest(every: pd.DataFrame | None, shown: Metric) -> float:
    """Return the largest pair interaction on a metric, in either direction; 0 if none is given."""
    if every is None:
        return 0.0
    pairs = (every["kind"] == "interaction") & (every["metric"] == shown.name) & (every["term"].str.count(":") == 1)
    return float(every.loc[pairs, "estimate"].abs().max())


def _key(axes, reach: float, shown: Metric) -> None:
    """Draw the scale of colours into the corner that the triangle leaves empty."""
    key = axes.inset_axes((0.36, 0.86, 0.56, 0.05) if on_phone() else (0.58, 0.86, 0.4, 0.05))
    key.imshow(np.linspace(-1, 1, 33)[None] * shown.better, cmap=DIVERGING, aspect="auto", extent=(-reach, reach, 0, 1))
    unit = shown.effect_unit
    key.set_xticks([-reach, 0, reach], [number(-reach, 1, sign=True), "0", f"{number(reach, 1, sign=True)} {unit}"])
    key.set_yticks([])
    key.set_title("substitute", loc="left", fontsize=8.5, fontweight="normal", pad=3)
    key.set_title("reinforce", loc="right", fontsize=8.5, fontweight="normal", pad=3)
    key.tick_params(labelsize=8, length=2)
