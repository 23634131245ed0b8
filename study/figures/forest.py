"""Forest of effects: one row a factor, mean and interval, Shapley values as hollow diamonds."""

from __future__ import annotations

import pandas as pd

from study.analysis.lattice import Metric
from study.design.factors import TEXTBOOK, Factors
from study.exhibits.exhibit import FigureExhibit
from study.exhibits.wording import capital, count, decimals, estimate, number
from study.figures.style import DARK, GREY, LIGHT, headline, sheet, styled
from study.statistics.placebo import Placebo


@styled
def forest(
    effects: pd.DataFrame,
    shown: Metric,
    title: str,
    band: float | None,
    shapley: pd.DataFrame | None = None,
    what: str = "main effect",
    chance: Placebo | None = None,
    factors: Factors = TEXTBOOK,
) -> FigureExhibit:
    """Draw one row a factor, in the order of the rows, and a last one for a factor that does nothing.

    Args:
        effects: `estimate`, `ci_low`, `ci_high`, `verdict`, `n_seeds`, indexed by factor.
        shown: the metric.
        title: the finding.
        band: half-width of the equivalence band, drawn in grey; None for none.
        shapley: the same columns; its estimates are drawn as hollow diamonds.
        what: the name of the effect, for axis and caption.
        chance: the placebo; None for none.
        factors: the study's factors.
    """
    rows = len(effects) + (chance is not None)
    figure = sheet(0.9 + 0.38 * rows)
    axes = figure.subplots()
    if band is not None:
        axes.axvspan(-band, band, color=LIGHT, lw=0, zorder=0)
    axes.axvline(0, color=DARK, lw=0.8, zorder=1)
    for y, (name, row) in enumerate(effects.iterrows()):
        factor = factors[name]
        axes.plot([row["ci_low"], row["ci_high"]], [y, y], color=factor.colour, lw=2.2, zorder=2)
        axes.plot(row["estimate"], y, factor.marker, ms=7, color=factor.colour, zorder=3)
        if shapley is not None:
            axes.plot(shapley.loc[name, "estimate"], y, "D", ms=6.5, mfc="none", mec=DARK, mew=1.1, zorder=4)
        text = estimate(row["estimate"], row["ci_low"], row["ci_high"], shown.effect_unit)
        axes.annotate(
            f"{text}  {row['verdict']}",
            (1.02, y),
            xycoords=("axes fraction", "data"),
            va="center",
            fontsize=8.5,
            annotation_clip=False,
        )
    if chance is not None:
        _placebo(axes, len(effects), chance, shown.effect_unit)
    names = [factors[name].label for name in effects.index] + ["placebo"]
    axes.set_yticks(range(rows), names[:rows])
    axes.set_ylim(rows - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(f"{capital(what)} on {shown.label} ({shown.effect_unit})")
    headline(figure, title)
    n = int(effects["n_seeds"].iloc[0])
    caption = (
        f"{capital(what)} of each regularizer on {shown.label}. Marker: mean of {count(n, 'seed')}; bar: "
        "95 % t interval over seeds"
        + ("; hollow diamond: exact Shapley value" if shapley is not None else "")
        + (f"; grey band: ±{band:g} {shown.effect_unit}" if band is not None else "")
        + (
            f"; placebo: where 95 % of {chance.draws:,} factors that do nothing fall, made by relabelling seeds."
            if chance is not None
            else "."
        )
    )
    told = "; ".join(
        f"{factors[name].label} {estimate(row['estimate'], row['ci_low'], row['ci_high'], shown.effect_unit)}, "
        f"{row['verdict']}"
        for name, row in effects.iterrows()
    )
    return FigureExhibit(figure, caption, f"Forest plot. {title}. {told}.")


def _placebo(axes, y: int, chance: Placebo, unit: str) -> None:
    """Draw where factors that do nothing fall."""
    axes.plot([chance.low, chance.high], [y, y], color=GREY, lw=5, solid_capstyle="butt", zorder=2)
    places = decimals(chance.low, chance.high)
    axes.annotate(
        f"chance alone: within ±{number(chance.floor, places)} {unit}",
        (1.02, y),
        xycoords=("axes fraction", "data"),
        va="center",
        fontsize=8.5,
        annotation_clip=False,
    )
