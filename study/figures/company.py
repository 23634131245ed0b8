"""What each regularizer is worth beside one of them, and without it: two intervals a row."""

from __future__ import annotations

import pandas as pd

from study.design.architectures.tasks import Metric
from study.design.factors import Factors
from study.exhibits.exhibit import FigureExhibit
from study.exhibits.wording import count
from study.figures.style import BARS, PHONE_ROW, aside, bar, headline, null, rows, sheet, styled
from study.statistics.estimands import beside
from study.statistics.interval import Interval

APART = 0.15
"""Of a row's height: how far its two intervals stand from the middle."""


@styled
def company(
    effects: pd.DataFrame, leader: str, shown: Metric, title: str, band: float | None, factors: Factors
) -> FigureExhibit:
    """Draw one row a factor but for the leader: its effect beside the leader, filled, and without it, hollow.

    Args:
        effects: rows of one metric's effects of kind `conditional`, indexed by term.
        leader: the factor beside which the others are judged.
        shown: the metric.
        title: the finding.
        band: half-width of the equivalence band, drawn in grey; None for none.
        factors: the study's factors.
    """
    others, label = [factor for factor in factors if factor.name != leader], factors[leader].label
    terms = [[beside(factor.name, leader, on) for on in (0, 1)] for factor in others]
    figure = sheet(0.9 + 0.38 * len(others), 0.5 + PHONE_ROW * len(others))
    axes = figure.subplots()
    null(axes, band)
    told = []
    for y, (factor, pair) in enumerate(zip(others, terms)):
        without, with_it = (Interval.of(effects.loc[term], shown.effect_unit) for term in pair)
        bar(axes, y - APART, without, factor.colour, factor.marker, False, 1.2, 5)
        bar(axes, y + APART, with_it, factor.colour, factor.marker, True, 2.2, 7)
        verdict = effects.loc[pair[1], "verdict"]
        aside(axes, y, f"{with_it.words()}  {verdict}")
        told.append(f"{factor.label} {without.words()} without, {with_it.words()} with, {verdict}")
    rows(axes, [factor.label for factor in others])
    axes.set_xlabel(shown.effect(f"Effect beside {label} on {shown.label}"))
    headline(figure, title)
    caption = (
        f"Effect of each regularizer on {shown.label} beside {label} (filled, in numbers) and without it (hollow), "
        f"averaged over the rest. Marker: mean of {count(int(effects['n_seeds'].iloc[0]), 'seed')}; {BARS} the "
        f"{len(effects)} effects beside one other"
        + (f"; grey band: ±{band:g} {shown.effect_unit}." if band is not None else ".")
    )
    table = effects.loc[[term for pair in terms for term in pair]].reset_index()
    return FigureExhibit(figure, caption, f"Forest plot. {title}. {'; '.join(told)}.", table)
