"""Forest of effects: one row a factor, mean and interval, Shapley values as hollow diamonds."""

from __future__ import annotations

import pandas as pd

from study.design.architectures.tasks import Metric
from study.design.factors import Factors
from study.exhibits.exhibit import FigureExhibit
from study.exhibits.sentences import averaged
from study.exhibits.wording import count
from study.figures.style import BARS, DARK, GREY, PHONE_ROW, aside, bar, headline, null, rows, sheet, styled
from study.statistics.inference import CONFIDENCE
from study.statistics.interval import Interval, decimals, number
from study.statistics.placebo import Placebo


@styled
def forest(
    effects: pd.DataFrame,
    shown: Metric,
    title: str,
    band: float | None,
    factors: Factors,
    shapley: pd.DataFrame | None = None,
    chance: Placebo | None = None,
    arms: int | None = None,
) -> FigureExhibit:
    """Draw one row a factor, in the order of the rows, and a last one for a factor that does nothing.

    Args:
        effects: `estimate`, `ci_low`, `ci_high`, `verdict`, `n_seeds`, indexed by factor.
        shown: the metric.
        title: the finding.
        band: half-width of the equivalence band, drawn in grey; None for none.
        factors: the study's factors.
        shapley: the same columns; its estimates are drawn as hollow diamonds.
        chance: the placebo; None for none.
        arms: how many were run; None for all.
    """
    names = [factors[name].label for name in effects.index] + ["placebo"] * (chance is not None)
    figure = sheet(0.9 + 0.38 * len(names), 0.5 + PHONE_ROW * len(names))
    axes = figure.subplots()
    null(axes, band)
    told = []
    for y, (name, row) in enumerate(effects.iterrows()):
        factor, effect = factors[name], Interval.of(row, shown.effect_unit)
        bar(axes, y, effect, factor.colour, factor.marker, True, 2.2, 7)
        if shapley is not None:
            axes.plot(shapley.loc[name, "estimate"], y, "D", ms=6.5, mfc="none", mec=DARK, mew=1.1, zorder=4)
        aside(axes, y, f"{effect.words()}  {row['verdict'].replace(': ', ':' + chr(10))}")
        told.append(f"{factor.label} {effect.words()}, {row['verdict']}")
    if chance is not None:
        _placebo(axes, len(effects), chance, shown.effect_unit)
    rows(axes, names)
    axes.set_xlabel(shown.effect(f"Main effect on {shown.label}"))
    headline(figure, title)
    n = int(effects["n_seeds"].iloc[0])
    caption = (
        f"Main effect of each regularizer on {shown.label}, {averaged(factors, arms or 2 ** len(factors))}. "
        f"Marker: mean of {count(n, 'seed')}; {BARS} the {len(effects)}, in brackets, on which verdicts "
        "rest"
        + ("; hollow diamond: exact Shapley value" if shapley is not None else "")
        + (f"; grey band: ±{band:g} {shown.effect_unit}" if band is not None else "")
        + (
            f"; placebo: where {CONFIDENCE} of {chance.draws:,} factors that do nothing fall, made by relabelling "
            "seeds."
            if chance is not None
            else "."
        )
    )
    return FigureExhibit(figure, caption, f"Forest plot. {title}. {'; '.join(told)}.", effects.reset_index())


def _placebo(axes, y: int, chance: Placebo, unit: str) -> None:
    """Draw where factors that do nothing fall."""
    axes.plot([chance.low, chance.high], [y, y], color=GREY, lw=5, solid_capstyle="butt", zorder=2)
    places = decimals(chance.low, chance.high)
    aside(axes, y, f"chance alone: within ±{number(chance.floor, places)} {unit}")
