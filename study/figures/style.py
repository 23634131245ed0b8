"""What all figures share: the sheet, its widths, and the factor's colour beside a second cue."""

from __future__ import annotations

import functools
import textwrap

from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from study.exhibits.exhibit import style

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


def headline(figure: Figure, text: str, width: int = 86) -> None:
    """Title a figure with a finding, from its left edge, broken into lines that fit."""
    figure.suptitle("\n".join(textwrap.wrap(text, width)), x=0.008, ha="left", fontsize=10, fontweight="bold")


def ink(background) -> str:
    """Return black or white, whichever can be read on a colour given as (red, green, blue, …)."""
    return "white" if 0.3 * background[0] + 0.59 * background[1] + 0.11 * background[2] < 0.5 else DARK


def outlined(text) -> None:
    """Give a text a white edge, so that it can be read on top of marks."""
    text.set_path_effects([withStroke(linewidth=2.5, foreground="white")])
