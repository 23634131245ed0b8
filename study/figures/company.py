"""What each other regularizer is worth beside some of them: without early stopping, and with it."""

from __future__ import annotations

import pandas as pd

from study.design.architectures.tasks import Metric
from study.design.factors import EARLY_STOPPING, Factors
from study.exhibits.exhibit import FigureExhibit
from study.exhibits.wording import count, labels, listed
from study.figures.style import BARS, PHONE_ROW, aside, bar, headline, null, on_phone, rows, sheet, styled
from study.statistics.interval import Interval


@styled
def company(
    effects: pd.DataFrame, title: str, on: tuple[str, ...], shown: Metric, band: float | None, factors: Factors
) -> FigureExhibit:
    """Draw one row a factor: its effect without early stopping, filled, and with it, hollow.

    Args:
        effects: as `decisions.company.effects` returns them.
        title: the finding.
        on: the factors beside which the others are judged.
        shown: the metric.
        band: half-width of the equivalence band, drawn in grey; None for none.
        factors: the study's factors.
    """
    here, stopped = (effects[effects["stops"] == stops] for stops in (0, 1))
    split, beside = len(stopped) > 0, listed(labels(on, factors))
    figure = sheet(0.9 + 0.38 * len(here), 0.5 + 1.3 * PHONE_ROW * len(here))
    axes = figure.subplots()
    apart = (0.1 if on_phone() else 0.15) * split
    null(axes, band)
    told = []
    for y, name in enumerate(here.index):
        factor, effect = factors[name], Interval.of(here.loc[name], shown.effect_unit)
        said = f"{factor.label} {effect.words()}, {here.loc[name, 'verdict']}"
        if split:
            with_it = Interval.of(stopped.loc[name], shown.effect_unit)
            bar(axes, y - apart, with_it, factor.colour, factor.marker, False, 1.2, 5)
            said += f", with {factors[EARLY_STOPPING].label} {with_it.words()}"
        bar(axes, y + apart, effect, factor.colour, factor.marker, True, 2.2, 7)
        aside(axes, y, f"{effect.words()}  {here.loc[name, 'verdict']}")
        told.append(said)
    rows(axes, labels(here.index, factors))
    axes.set_xlabel(shown.effect(f"Effect on {shown.label}"))
    headline(figure, title)
    ways = " without early stopping (filled, in numbers) and with it (hollow)," if split else ""
    each = "effects of either kind" if split else "effects"
    caption = (
        f"Effect of each other regularizer on {shown.label} beside {beside},{ways} averaged over the rest. "
        f"Marker: mean of {count(int(effects['n_seeds'].iloc[0]), 'seed')}; {BARS} the {len(here)} {each}"
        + (f"; grey band: ±{band:g} {shown.effect_unit}." if band is not None else ".")
    )
    return FigureExhibit(figure, caption, f"Forest plot. {title}. {'; '.join(told)}.", effects.reset_index())
