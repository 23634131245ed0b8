"""Every factor's effect over one setting, a panel a factor."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from study.exhibits import FigureExhibit
from study.factors import TEXTBOOK, Factors
from study.figures.style import DARK, LIGHT, headline, sheet, styled
from study.wording import capital, count, estimate


@styled
def effects_over(
    table: pd.DataFrame, labels: Sequence[str], setting: str, what: str, unit: str, band: float | None, title: str,
    factors: Factors = TEXTBOOK,
) -> FigureExhibit:
    """Draw, a panel a factor on one common scale, an effect and its interval at every value of a setting.

    Args:
        table: as `responses.effects` returns it.
        labels: the values as axis labels, in the order of the sweep.
        setting: the setting's name for readers.
        what: the effect's name for readers.
        unit: its unit.
        band: half-width of the band within which an effect counts as none; None for none.
        title: the finding.
        factors: the study's factors.
    """
    figure = sheet(2.9)
    panels = figure.subplots(1, len(factors), sharey=True)
    told = []
    for axes, factor in zip(panels, factors, strict=True):
        rows = table[table["term"] == factor.name]
        if band is not None:
            axes.axhspan(-band, band, color=LIGHT, lw=0, zorder=0)
        axes.axhline(0, color=DARK, lw=0.8, zorder=1)
        at = range(len(rows))
        clear = (rows["ci_low"] > 0) | (rows["ci_high"] < 0)
        axes.vlines(at, rows["ci_low"], rows["ci_high"], color=factor.colour, lw=1.8, zorder=2)
        axes.plot(at, rows["estimate"], "-", color=factor.colour, lw=0.8, zorder=2)
        for place, (value, sure) in enumerate(zip(rows["estimate"], clear)):
            axes.plot(
                place, value, factor.marker, ms=6, color=factor.colour, mfc=factor.colour if sure else "white", zorder=3
            )
        axes.set_title(factor.label, fontsize=9)
        axes.set_xticks(at, labels, fontsize=8, rotation=45 if max(map(len, labels)) > 2 else 0)
        ends = rows.iloc[[0, -1]] if len(rows) else rows
        told.append(f"{factor.label}: " + ", ".join(
            f"{estimate(row['estimate'], row['ci_low'], row['ci_high'], unit)} at {row['value']}" for _, row in ends.iterrows()
        ))
    panels[0].set_ylabel(f"{what} ({unit})")
    figure.supxlabel(setting, fontsize=9)
    headline(figure, title)
    n = int(table["n_seeds"].min())
    caption = (
        f"{what} of each regularizer over {setting}. Marker: mean of at least {count(n, 'seed')}, filled where the 95 % t interval "
        "(bar) excludes zero" + (f"; grey band: ±{band:g} {unit}." if band is not None else ".")
    )
    return FigureExhibit(figure, caption, f"{capital(factors.number)} panels over {setting}. {title} {'; '.join(told)}.")
