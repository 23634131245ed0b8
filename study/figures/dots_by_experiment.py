"""One kind of effect on every experiment, side by side."""

from __future__ import annotations

import numpy as np
import pandas as pd

from study.analysis.lattice import Metric
from study.design.factors import TEXTBOOK, Factors
from study.exhibits.exhibit import FigureExhibit
from study.exhibits.wording import capital, count, estimate
from study.figures.style import DARK, LIGHT, headline, sheet, styled


@styled
def dots_by_experiment(
    table: pd.DataFrame,
    titles: dict[str, str],
    shown: Metric,
    title: str,
    band: float | None,
    what: str = "Shapley value",
    factors: Factors = TEXTBOOK,
) -> FigureExhibit:
    """Draw a row a factor and, in it, a dot and interval an experiment.

    Args:
        table: as `agreement.by_experiment` returns it.
        titles: the experiments' titles by name, in the order to draw them.
        shown: the metric.
        title: the finding.
        band: half-width of the equivalence band; None for none.
        what: the name of the effect.
        factors: the study's factors.
    """
    figure = sheet(0.9 + 0.19 * len(factors) * (1 + len(titles)))
    axes = figure.subplots()
    if band is not None:
        axes.axvspan(-band, band, color=LIGHT, lw=0, zorder=0)
    axes.axvline(0, color=DARK, lw=0.8, zorder=1)
    height = 0.8 / len(titles)
    offsets = (np.arange(len(titles)) - (len(titles) - 1) / 2) * height
    told = []
    for y, factor in enumerate(factors):
        rows = table[table["term"] == factor.name].set_index("experiment")
        for experiment, offset in zip(titles, offsets):
            row, at = rows.loc[experiment], y + offset
            axes.plot([row["ci_low"], row["ci_high"]], [at, at], color=factor.colour, lw=1.8, zorder=2)
            axes.plot(
                row["estimate"],
                at,
                factor.marker,
                ms=6,
                color=factor.colour,
                zorder=3,
                mfc=factor.colour if row["sign"] else "white",
            )
            text = estimate(row["estimate"], row["ci_low"], row["ci_high"], shown.effect_unit)
            axes.annotate(
                f"{titles[experiment]}: {text}",
                (1.02, at),
                xycoords=("axes fraction", "data"),
                va="center",
                fontsize=8,
                annotation_clip=False,
            )
            told.append(f"{factor.label} on {titles[experiment]} {text}, {row['verdict']}")
        if y:
            axes.axhline(y - 0.5, color=LIGHT, lw=1, zorder=0)
    axes.set_yticks(range(len(factors)), [factor.label for factor in factors])
    axes.set_ylim(len(factors) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(f"{capital(what)} on {shown.label} ({shown.effect_unit})")
    headline(figure, title)
    n = int(table["n_seeds"].min())
    caption = (
        f"{capital(what)} of each regularizer on {shown.label}, by experiment. Marker: mean of at least "
        f"{count(n, 'seed')}, filled where the verdict is *helps* or *hurts*; bar: 95 % t interval"
        + (f"; grey band: ±{band:g} {shown.effect_unit}." if band is not None else ".")
    )
    return FigureExhibit(figure, caption, f"Dot plot by experiment. {title}. {'; '.join(told)}.")
