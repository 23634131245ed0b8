"""Published values against this study's, a panel a unit."""

from __future__ import annotations

import textwrap

import pandas as pd

from study.exhibits.exhibit import FigureExhibit
from study.exhibits.wording import bound_of, compact
from study.figures.style import DARK, NONE, aside, bar, headline, null, on_phone, rows, sheet, styled
from study.statistics.inference import CONFIDENCE
from study.statistics.interval import Interval

LOOKS = {"agrees": (DARK, "o", True), "differs": (NONE, "s", True), "undecided": (NONE, "D", False)}
"""Colour, marker and fill by verdict."""
AXES = {
    "pp": "Difference in accuracy (pp), logarithmic beyond ±1",
    "%": "Accuracy (%)",
    "times": "Ratio (times), logarithmic",
}
TICKS = {"pp": [-30, -10, -3, -1, 0, 1, 3, 10, 30], "times": [0.1, 0.3, 1, 3, 10, 30]}


@styled
def published(table: pd.DataFrame, title: str) -> FigureExhibit:
    """Draw, a row a quantity, the published value and this study's with its interval.

    Args:
        table: as `literature.exhibits.frame` returns it, with at least one row.
        title: the finding.

    Raises:
        ValueError: if there is no row.
    """
    if table.empty:
        raise ValueError("Expected at least one comparison. Received: none.")
    units = list(dict.fromkeys(table["unit"]))
    heights = [1.0 + (table["unit"] == unit).sum() for unit in units]
    figure = sheet(0.8 + 0.4 * sum(heights), 0.5 + 0.8 * sum(heights))
    panels = figure.subplots(len(units), 1, height_ratios=heights, squeeze=False)[:, 0]
    told = []
    for axes, unit in zip(panels, units, strict=True):
        found = table[table["unit"] == unit]
        if unit == "pp":
            axes.set_xscale("symlog", linthresh=1.0)
            null(axes, None)
        elif unit == "times":
            axes.set_xscale("log")
            axes.axvline(1, color=DARK, lw=0.8, zorder=1)
        for y, row in enumerate(found.itertuples(index=False)):
            here = Interval(row.estimate, row.ci_low, row.ci_high, row.n_seeds, unit)
            bar(axes, y, here, *LOOKS[row.verdict], 2, 6.5)
            axes.plot(row.published, y, "|", ms=13, mew=2.2, color=DARK, zorder=4)
            aside(axes, y, row.verdict)
            told.append(
                f"{row.quantity}: published {bound_of(round(row.published, 2))} {unit}, here {compact(row.estimate)} "
                f"[{compact(row.ci_low)}, {compact(row.ci_high)}], {row.verdict}"
            )
        _ticks(axes, unit, found)
        labels = ["\n".join(textwrap.wrap(words, 52)) for words in found["quantity"]]
        rows(axes, [words.replace("\n", " ") for words in labels] if on_phone() else labels, fontsize=8)
        axes.set_xlabel(textwrap.fill(AXES[unit], 44) if on_phone() else AXES[unit], fontsize=8.5)
    headline(figure, title)
    caption = (
        f"Published values (vertical strokes) and this study's: marker, mean over seeds; bar, {CONFIDENCE} t interval; "
        "circle, the interval meets the criterion; square, it fails it; diamond, undecided. Only results with a "
        "published number that the criterion can judge; a criterion on the direction asks for the sign, not for the "
        "size."
    )
    return FigureExhibit(figure, caption, f"Dot plot by unit. {title} {'; '.join(told)}.", table)


def _ticks(axes, unit: str, found: pd.DataFrame) -> None:
    """Put plain numbers on a logarithmic axis, as far as it reaches."""
    if unit not in TICKS:
        return
    values = found[["published", "estimate", "ci_low", "ci_high"]]
    low, high = values.min().min(), values.max().max()
    wide = (TICKS[unit][0], *(tick for tick in TICKS[unit] if low <= tick <= high), TICKS[unit][-1])
    below = max((tick for tick in TICKS[unit] if tick <= low), default=wide[0])
    above = min((tick for tick in TICKS[unit] if tick >= high), default=wide[-1])
    kept = [tick for tick in TICKS[unit] if below <= tick <= above]
    kept = kept[::2] if on_phone() and len(kept) > 6 else kept
    axes.set_xticks(kept, [bound_of(tick) for tick in kept])
    axes.minorticks_off()
