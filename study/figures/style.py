"""What all figures share: the sheet, its widths, and the factor's colour beside a second cue."""

from __future__ import annotations

import functools
import textwrap
from collections.abc import Sequence

from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from study.exhibits.exhibit import style
from study.statistics.interval import Interval

WIDTH = 7.2
"""Inches; what the report shows at full width."""
GREY, LIGHT, DARK = "#BBBBBB", "#F2F2F2", "#333333"
HELP, HURT = "#0072B2", "#D55E00"
"""Colours of what helps and what hurts, always beside a second cue."""
DIVERGING = LinearSegmentedColormap.from_list("hurt to help", [HURT, "#FFFFFF", HELP])
NONE, ALL = "#B04A00", "#005B8F"
"""Colours of the arms `none` and `all`, dark enough for their labels."""


def styled(function):
    """Draw with the study's style sheet, whatever the caller's settings are."""

    @functools.wraps(function)
    def draw(*args, **kwargs):
        with style():
            return function(*args, **kwargs)

    return draw


def sheet(height: float) -> Figure:
    """Return an empty figure of full width and the given height in inches."""
    return Figure(figsize=(WIDTH, height))


def headline(figure: Figure, text: str, width: int = 80) -> None:
    """Title a figure with a finding, from its left edge, broken into lines that fit."""
    figure.suptitle("\n".join(textwrap.wrap(text, width)), x=0.008, ha="left", fontsize=10, fontweight="bold")


def null(axes, band: float | None) -> None:
    """Draw where no effect is: a line at 0, and a band in grey if there is one."""
    if band is not None:
        axes.axvspan(-band, band, color=LIGHT, lw=0, zorder=0)
    axes.axvline(0, color=DARK, lw=0.8, zorder=1)


BARS = "bar: 95 % t interval; thin line beyond it: the interval that is simultaneous over"
"""How captions say what `whisker` draws; what the family is follows."""


def whisker(axes, at: float, found: Interval, colour: str, lw: float = 1.8, upright: bool = False) -> None:
    """Draw an interval as a bar and, beyond it, the simultaneous interval of its family as a thin line.

    Args:
        axes: where.
        at: its place on the other axis.
        found: the interval.
        colour: its colour.
        lw: width of the bar, in points.
        upright: whether values run upwards.
    """
    for (low, high), width in ((found.bounds, 0.7), ((found.low, found.high), lw)):
        ends, place = [low, high], [at, at]
        axes.plot(*((place, ends) if upright else (ends, place)), color=colour, lw=width, zorder=2)


def bar(
    axes, y: float, found: Interval, colour: str, marker: str, filled, lw=1.8, ms=6.0, line: str | None = None
) -> None:
    """Draw an interval as `whisker` does, in a colour of its own if `line` is given, and its mean as a marker, hollow
    unless `filled`."""
    whisker(axes, y, found, line or colour, lw)
    axes.plot(found.mean, y, marker, ms=ms, color=colour, mfc=colour if filled else "white", zorder=3)


def aside(axes, y: float, text: str, size: float = 8.5) -> None:
    """Write a row's numbers to the right of the axes."""
    at = {"xycoords": ("axes fraction", "data"), "va": "center", "annotation_clip": False}
    axes.annotate(text, (1.02, y), fontsize=size, **at)


def rows(axes, labels: Sequence[str], **text) -> None:
    """Name the rows of a dot plot, from the top down; `text` are options of the names."""
    axes.set_yticks(range(len(labels)), labels, **text)
    axes.set_ylim(len(labels) - 0.5, -0.5)
    plain(axes)


def plain(axes) -> None:
    """Take ticks and line from a vertical axis that only names rows."""
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)


def ink(background) -> str:
    """Return black or white, whichever can be read on a colour given as (red, green, blue, …)."""
    return "white" if 0.3 * background[0] + 0.59 * background[1] + 0.11 * background[2] < 0.5 else DARK


def outlined(text) -> None:
    """Give a text a white edge, so that it can be read on top of marks."""
    text.set_path_effects([withStroke(linewidth=2.5, foreground="white")])
