"""What each regularizer is worth beside one of them, and without it: two intervals a row."""

from __future__ import annotations

import pandas as pd

from study.design.architectures.tasks import Metric
from study.design.factors import Factors
from study.exhibits.exhibit import FigureExhibit
from study.exhibits.wording import count
from study.figures.style import BARS, PHONE_ROW, aside, bar, headline, null, on_phone, rows, sheet, styled
from study.statistics.estimands import beside
from study.statistics.interval import Interval


@styled
def company(
    effects: pd.DataFrame, title: str, leader: str, shown: Metric, band: float | None, factors: Factors
) -> FigureExhibit:
    """Draw one row a factor but for the leader: its effect beside the leader, filled, and without it, hollow.

    Args:
        effects: rows of one metric's effects of kind `conditional`, indexed by term.
        title: the finding.
        leader: the factor beside which the others are judged.
        shown: the metric.
        band: half-width of the equivalence band, drawn in grey; None for none.
        factors: the study's factors.
    """
    others, label = [factor for factor in factors if factor.name != leader], factors[leader].label
    terms = [[beside(factor.name, leader, on) for on in (0, 1)] for factor in others]
    figure = sheet(0.9 + 0.38 * len(others), 0.5 + 1.3 * PHONE_ROW * len(others))
    axes = figure.subplots()
    apart = 0.1 if on_phone() else 0.15
    null(axes, band)
    told = []
    for y, (factor, pair) in enumerate(zip(others, terms)):
        without, with_it = (Interval.of(effects.loc[term], shown.effect_unit) for term in pair)
        bar(axes, y - apart, without, factor.colour, factor.marker, False, 1.2, 5)
        bar(axes, y + apart, with_it, factor.colour, factor.marker, True, 2.2, 7)
        verdict = effects.loc[pair[1], "verdict"]
        aside(axes, y, f"{with_it.words()}  {verdict}")
        told.append(f"{factor.label} {without.words()} without, {with_it.words()} with, {verdict}")
    rows(axes, [factor.label for factor in others])
    axes.set_xlabel(shown.effect(f"Effect on {shown.label}"))
    headline(figure, title)
    caption = (
        f"Effect of each regularizer on {shown.label} beside {label} (filled, in numbers) and without it (hollow), "
        f"averaged over the rest. Marker: mean of {count(int(effects['n_seeds'].iloc[0]), 'seed')}; {BARS} the "
        f"{len(effects)} effects with and without one other"
        + (f"; grey band: ±{band:g} {shown.effect_unit}." if band is not None else ".")
    )
    table = effects.loc[[term for pair in terms for term in pair]].reset_index()
    return FigureExhibit(figure, caption, f"Forest plot. {title}. {'; '.join(told)}.", table)
