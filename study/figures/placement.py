"""Dropout after the last batch norm against dropout before it, by width."""

from __future__ import annotations

import pandas as pd

from study.exhibits import FigureExhibit
from study.figures.style import ALL, DARK, LIGHT, NONE, headline, sheet, styled
from study.placement import WORDS
from study.wording import count, estimate, listed

LOOKS = ((NONE, "o"), (ALL, "s"), (DARK, "^"), ("#CC79A7", "D"))
"""Colour and marker of the widths, in increasing order."""


@styled
def placement(table: pd.DataFrame, title: str, band: float) -> FigureExhibit:
    """Draw a row a place before the last batch norm and, in it, a difference and interval a width.

    Args:
        table: as `placement.differences` returns it, of at most four widths.
        title: the finding.
        band: half-width of the band within which a difference counts as none, pp.

    Raises:
        ValueError: if there are more widths than looks.
    """
    widths = sorted(table["width"].unique())
    if len(widths) > len(LOOKS):
        raise ValueError(f"Expected at most {len(LOOKS)} widths. Received: {len(widths)}.")
    places = list(table["place"].unique())
    figure = sheet(1.1 + 0.32 * len(table))
    axes = figure.subplots()
    axes.axvspan(-band, band, color=LIGHT, lw=0, zorder=0)
    axes.axvline(0, color=DARK, lw=0.8, zorder=1)
    told = []
    for y, place in enumerate(places):
        for step, width in enumerate(widths):
            rows = table[(table["place"] == place) & (table["width"] == width)]
            at = y + 0.3 * (step - (len(widths) - 1) / 2)
            colour, marker = LOOKS[step]
            for row in rows.itertuples(index=False):
                axes.plot([row.ci_low, row.ci_high], [at, at], color=colour, lw=2, zorder=2)
                axes.plot(row.estimate, at, marker, ms=6.5, color=colour, mfc=colour if row.sign else "white", zorder=3)
                text = estimate(row.estimate, row.ci_low, row.ci_high, "pp")
                axes.annotate(
                    f"width {width}: {text}", (1.02, at), xycoords=("axes fraction", "data"), va="center", fontsize=8.5,
                    annotation_clip=False,
                )
                told.append(f"against {WORDS[place]}, width {width}: {text}")
    axes.set_yticks(range(len(places)), [f"against {WORDS[place]}" for place in places])
    axes.set_ylim(len(places) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("Dropout after the last batch norm − before it, test accuracy (pp)")
    headline(figure, title)
    rates = listed([f"{rate:g}" for rate in sorted(table["rate"].unique())], "or")
    n = int(table["n_seeds"].min())
    caption = (
        f"Test accuracy with one dropout layer (rate {rates}) after the last batch norm − with the same layer before it, batch "
        f"norm everywhere. Marker: mean of at least {count(n, 'seed')}, paired, filled where the 95 % t interval (bar) excludes "
        f"zero; grey band: ±{band:g} pp."
    )
    return FigureExhibit(figure, caption, f"Dot plot. {title} {'; '.join(told)}.")
