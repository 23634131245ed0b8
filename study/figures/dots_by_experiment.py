"""One kind of effect on every experiment, side by side."""

from __future__ import annotations

import numpy as np
import pandas as pd

from study.analysis.lattice import Metric
from study.design.factors import Factors
from study.exhibits.exhibit import FigureExhibit
from study.exhibits.wording import capital, count
from study.figures.style import BARS, LIGHT, above, aside, bar, headline, null, on_phone, plain, rows, sheet, styled
from study.statistics.interval import DEPENDS, Interval


@styled
def dots_by_experiment(
    table: pd.DataFrame,
    titles: dict[str, str],
    shown: Metric,
    title: str,
    band: float | None,
    what: str,
    factors: Factors,
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
    lines = len(factors) * (1 + len(titles))
    figure = sheet(0.9 + 0.19 * lines, 0.5 + 0.38 * lines)
    axes = figure.subplots()
    null(axes, band)
    height = 0.8 / len(titles)
    offsets = (np.arange(len(titles)) - (len(titles) - 1) / 2) * height
    told = []
    for number, factor in enumerate(factors):
        # On a phone every data set has a row of its own, below the factor's name.
        y = number * (1.0 + len(titles)) if on_phone() else float(number)
        places = [y + 1 + step for step in range(len(titles))] if on_phone() else [y + offset for offset in offsets]
        if on_phone():
            above(axes, y + 0.35, factor.label, fontsize=9)
        found = table[table["term"] == factor.name].set_index("experiment")
        for experiment, place in zip(titles, places):
            row = found.loc[experiment]
            effect = Interval.of(row, shown.effect_unit)
            bar(axes, place, effect, factor.colour, factor.marker, row["sign"])
            company = f", {row['verdict'].partition(':')[0]}" if row["verdict"].startswith(DEPENDS) else ""
            words = f"{titles[experiment]}: {effect.words()}{company}"
            if on_phone():
                above(axes, place, words, fontweight="normal")
            else:
                aside(axes, place, words, 8)
            told.append(f"{factor.label} on {titles[experiment]} {effect.words()}, {row['verdict']}")
        if y:
            axes.axhline(y - 0.5 * (not on_phone()), color=LIGHT, lw=1, zorder=0)
    if on_phone():
        axes.set_ylim(lines - 0.6, -0.4)
        axes.set_yticks([])
        plain(axes)
    else:
        rows(axes, [factor.label for factor in factors])
    axes.set_xlabel(shown.effect(f"{capital(what)} on {shown.label}"))
    headline(figure, title)
    n = int(table["n_seeds"].min())
    caption = (
        f"{capital(what)} of each regularizer on {shown.label}, by experiment, averages over the others. Marker: mean "
        f"of at least {count(n, 'seed')}, filled where the verdict is *helps* or *hurts*; {BARS} the {len(factors)} "
        "of a data set, in brackets" + (f"; grey band: ±{band:g} {shown.effect_unit}." if band is not None else ".")
    )
    return FigureExhibit(figure, caption, f"Dot plot by experiment. {title}. {'; '.join(told)}.", table)
