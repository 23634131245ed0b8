"""Main effects on every experiment, side by side."""

from __future__ import annotations

import pandas as pd

from study.analysis.convergence import NEVER_FIRED
from study.design.architectures.tasks import Metric
from study.design.factors import Factors
from study.exhibits.exhibit import FigureExhibit
from study.exhibits.wording import seeds_behind
from study.figures.style import BARS, LIGHT, bar, grouped, headline, null, on_phone, sheet, styled, told
from study.statistics.interval import DEPENDS, Interval


@styled
def dots_by_experiment(
    table: pd.DataFrame, titles: dict[str, str], shown: Metric, title: str, band: float | None, factors: Factors
) -> FigureExhibit:
    """Draw a row a factor and, in it, a dot and interval an experiment.

    Args:
        table: as `agreement.by_experiment` returns it.
        titles: the experiments' titles by name, in the order to draw them.
        shown: the metric.
        title: the finding.
        band: half-width of the equivalence band; None for none.
        factors: the study's factors.
    """
    lines = len(factors) * (1 + len(titles))
    figure = sheet(0.9 + 0.19 * lines, 0.5 + 0.38 * lines)
    axes = figure.subplots()
    null(axes, band)
    places = grouped(axes, [factor.label for factor in factors], len(titles), 0.8 / len(titles))
    said = []
    for number, (factor, own) in enumerate(zip(factors, places)):
        found = table[table["term"] == factor.name].set_index("experiment")
        for experiment, place in zip(titles, own):
            row = found.loc[experiment]
            effect = Interval.of(row)
            bar(axes, place, effect, factor.colour, factor.marker, row["sign"])
            turned = row["verdict"].startswith((DEPENDS, NEVER_FIRED))
            verdict = f", {row['verdict'].partition(':')[0]}" if turned else ""
            told(axes, place, f"{titles[experiment]}: {effect.words()}{verdict}", 8)
            said.append(f"{factor.label} on {titles[experiment]} {effect.words()}, {row['verdict']}")
        if number:
            axes.axhline(own[0] - 1 if on_phone() else number - 0.5, color=LIGHT, lw=1, zorder=0)
    axes.set_xlabel(shown.effect(f"Main effect on {shown.label}"))
    headline(figure, title)
    seeds = seeds_behind(table["n_seeds"])
    caption = (
        f"Main effect of each regularizer on {shown.label}, by experiment, averages over the others. Marker: mean "
        f"of {seeds}, filled where the verdict is *helps* or *hurts*; {BARS} the {len(factors)} "
        "of a data set, in brackets" + (f"; grey band: ±{band:g} {shown.effect_unit}." if band is not None else ".")
    )
    return FigureExhibit(figure, caption, f"Dot plot by experiment. {title}. {'; '.join(said)}.", table)
