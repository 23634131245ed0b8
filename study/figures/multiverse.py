"""Each regularizer's effect in every universe, sorted: what the answer owes to choices that could have been others."""

from __future__ import annotations

import textwrap

import pandas as pd

from study.design.architectures.tasks import METRICS
from study.design.factors import Factors
from study.exhibits.exhibit import FigureExhibit
from study.exhibits.wording import count, universe_label
from study.figures.style import BARS, DARK, headline, null, on_phone, paper, plain, sheet, styled, whisker
from study.statistics.interval import Interval, sign_of


@styled
def multiverse(table: pd.DataFrame, title: str, band: float | None, factors: Factors) -> FigureExhibit:
    """Draw a panel a factor: its main effect in every universe, from the smallest to the largest; the ends are named.

    Args:
        table: as `multiverse.universes` returns it, with at least one row.
        title: the finding.
        band: half-width of the equivalence band, drawn in grey; None for none.
        factors: the study's factors.
    """
    number, shown = table["universe"].nunique(), METRICS[table["metric"].iloc[0]]
    height = 0.085 * number + 0.7
    figure = sheet(1.2 + height, 0.5 + (0.5 + height) * len(factors))
    panels = figure.subplots(*((len(factors), 1) if on_phone() else (1, len(factors))), sharey=True, sharex=on_phone())
    told = []
    for axes, factor in zip(panels, factors):
        rows = table[(table["kind"] == "main") & (table["term"] == factor.name)].sort_values("estimate")
        null(axes, band)
        for y, (_, row) in enumerate(rows.iterrows()):
            found = Interval.of(row)
            whisker(axes, y, found, factor.colour, 1.2)
            face = factor.colour if sign_of(row["verdict"]) else "white"
            axes.plot(
                found.mean,
                y,
                "D" if row["own"] else factor.marker,
                ms=4.5,
                mec=DARK if row["own"] else factor.colour,
                mfc=face,
                zorder=3,
            )
        for row, y, below in ((rows.iloc[0], -1.0, True), (rows.iloc[-1], len(rows), False)):
            label = textwrap.fill(universe_label(row["universe"]), 46 if on_phone() else 15)
            text = axes.annotate(
                label, (0.5, y), xycoords=("axes fraction", "data"), fontsize=8,
                ha="center", va="top" if below else "bottom",
            )  # fmt: skip
            paper(text)
        room = 4.0 if on_phone() else 6.5
        axes.set_ylim(-room, len(rows) + room - 1)
        axes.set_yticks([])
        plain(axes)
        axes.set_title(factor.label, fontsize=8.5)
        axes.tick_params(labelsize=8)
        ends = (rows.iloc[0], rows.iloc[-1])
        told.append(
            f"{factor.label}: from "
            + " to ".join(f"{Interval.of(row).words()} ({universe_label(row['universe'])})" for row in ends)
        )
    figure.supxlabel(shown.effect(f"Main effect on {shown.label}"), fontsize=9)
    headline(figure, title)
    caption = (
        f"Main effect of each regularizer in {count(number, 'universe')}, each with one choice made otherwise and what "
        "else its sweep sets, sorted; the smallest and the largest are named. Diamond: the experiment itself, and "
        "every value of a sweep that is its own. Filled where it helps or hurts; "
        f"{BARS} the {len(factors)} of a universe"
        + (f"; grey band: ±{band:g} {shown.effect_unit}." if band is not None else ".")
    )
    return FigureExhibit(
        figure, caption, f"Multiverse of main effects. {title}. {'; '.join(told)}.", table[table["kind"] == "main"]
    )
