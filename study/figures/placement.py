"""Dropout after the last batch norm against dropout before it, by width."""

from __future__ import annotations

import pandas as pd

from study.exhibits.exhibit import FigureExhibit
from study.exhibits.titles import PLACES
from study.exhibits.wording import listed, seeds_behind
from study.figures.style import BARS, SERIES, bar, grouped, headline, null, on_phone, sheet, styled, told
from study.statistics.interval import Interval


@styled
def placement(table: pd.DataFrame, title: str, band: float) -> FigureExhibit:
    """Draw a row a place before the last batch norm and, in it, a difference and interval a network.

    Args:
        table: as `placement.differences` returns it.
        title: the finding.
        band: half-width of the band within which a difference counts as none, pp.
    """
    names = list(table["sweep"].unique())
    apart = min(0.3, 0.8 / len(names))
    places = list(table["place"].unique())
    # A long name stands on a line of its own, or the row would leave the axes no room.
    long = table["network"].str.len().max() > 16
    figure = sheet(1.1 + (0.42 if long else 0.32) * len(table), 0.7 + 0.4 * (len(table) + len(places)))
    axes = figure.subplots()
    null(axes, band)
    said = []
    heads = [f"against {PLACES[place]}" for place in places]
    for place, own in zip(places, grouped(axes, heads, len(names), apart)):
        for step, (name, at) in enumerate(zip(names, own)):
            found = table[(table["place"] == place) & (table["sweep"] == name)]
            colour, marker, _ = SERIES[step % len(SERIES)]  # over and over: every row names its network too
            for _, row in found.iterrows():
                difference = Interval.of(row)
                bar(axes, at, difference, colour, marker, row["sign"], 2, 6.5)
                told(axes, at, f"{row['network']}:{chr(10) if long else ' '}{difference.words()}", 8 if long else 8.5)
                said.append(f"against {PLACES[place]}, {row['network']}: {difference.words()}")
    end = "\n" if on_phone() else " "
    axes.set_xlabel(f"Dropout after the last batch norm −{end}before it, test accuracy (pp)")
    headline(figure, title)
    rates = listed([f"{rate:g}" for rate in sorted(table["rate"].unique())], "or")
    seeds = seeds_behind(table["n_seeds"])
    caption = (
        f"Test accuracy on {listed(list(table['title'].unique()))} with one dropout layer (rate {rates}) after the "
        "last batch norm − with the same layer before it, batch "
        f"norm everywhere. Marker: mean of {seeds}, paired, filled where the simultaneous interval "
        f"excludes zero; {BARS} a network's places, in brackets; grey band: ±{band:g} pp."
    )
    return FigureExhibit(figure, caption, f"Dot plot. {title} {'; '.join(said)}.", table)
