"""What all figures share: the sheet, its widths, and the factor's colour beside a second cue."""

from __future__ import annotations

import functools
import math
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from numbers import Real

from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from study.exhibits.exhibit import style
from study.statistics.inference import CONFIDENCE
from study.statistics.interval import Interval

WIDTH, PHONE_WIDTH = 7.2, 3.5
"""Inches; what the report shows at full width, and on a phone."""
PHONE = ContextVar("phone", default=False)
"""Whether a figure is being drawn in the form for a phone: see `styled`."""
PHONE_ROW, PHONE_LETTERS = 0.75, 46
"""On a phone: height in inches of a row with its words above and below, and the letters of a line."""
GREY, LIGHT, DARK = "#BBBBBB", "#F2F2F2", "#333333"
HELP, HURT = "#0072B2", "#D55E00"
"""Colours of what helps and what hurts, always beside a second cue."""
DIVERGING = LinearSegmentedColormap.from_list("hurt to help", [HURT, "#FFFFFF", HELP])
NONE, ALL = "#737373", "#1A1A1A"
"""Colours of the arms `none` and `all`: none of a factor's, and neither of those that say what helps or hurts."""
SERIES = ((ALL, "o", "-"), (NONE, "s", (0, (5, 2))), ("#A3A3A3", "^", (0, (1, 1.5))), ("#4D4D4D", "D", "-."))
"""Colour, marker and dashes of lines that are neither a factor's nor an arm's own, in order."""


@contextmanager
def form(phone: bool) -> Iterator[None]:
    """Draw with the study's style sheet, whatever the caller's settings are, for a phone or for the full width."""
    token = PHONE.set(phone)
    try:
        with style():
            yield
    finally:
        PHONE.reset(token)


def styled(function):
    """Draw in the full width, and let the exhibit redraw itself for a phone when it is asked to.

    The function draws either form: `sheet`, `headline`, `rows` and `aside` know which; where panels stand beside one
    another it asks `on_phone`.
    """

    @functools.wraps(function)
    def draw(*args, **kwargs):
        def drawn(phone: bool):
            with form(phone):
                return function(*args, **kwargs)

        return replace(drawn(False), redrawn=lambda: drawn(True).figure)

    return draw


def on_phone() -> bool:
    """Return whether the form for a phone is being drawn."""
    return PHONE.get()


def sheet(height: float, phone: float | None = None) -> Figure:
    """Return an empty figure of a height in inches, `phone` in the form for a phone, and of that form's width."""
    if on_phone():
        return Figure(figsize=(PHONE_WIDTH, height if phone is None else phone))
    return Figure(figsize=(WIDTH, height))


def headline(figure: Figure, text: str, width: int = 80) -> None:
    """Title a figure with a finding, from its left edge, broken into lines that fit; a phone's page has it as text."""
    if not on_phone():
        figure.suptitle("\n".join(textwrap.wrap(text, width)), x=0.008, ha="left", fontsize=10, fontweight="bold")


def null(axes, band: float | None) -> None:
    """Draw where no effect is: a line at 0, and a band in grey if there is one."""
    if band is not None:
        axes.axvspan(-band, band, color=LIGHT, lw=0, zorder=0)
    axes.axvline(0, color=DARK, lw=0.8, zorder=1)


BARS = f"bar: {CONFIDENCE} t interval; thin line beyond it: simultaneous over"
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
    """Write a row's numbers to the right of the axes; on a phone below the row."""
    at = {"xycoords": ("axes fraction", "data"), "annotation_clip": False}
    if on_phone():
        words = textwrap.fill(" ".join(text.split()), PHONE_LETTERS)
        paper(axes.annotate(words, (0, y + 0.18), va="top", fontsize=8.5, zorder=2.5, **at))
    else:
        axes.annotate(text, (1.02, y), va="center", fontsize=size, **at)


def rows(axes, labels: Sequence[str], **text) -> None:
    """Name the rows of a dot plot, from the top down, on a phone above each; `text` are options of the names."""
    axes.set_ylim(len(labels) - 0.5, -0.5)
    plain(axes)
    if on_phone():
        axes.set_yticks([])
        for y, label in enumerate(labels):
            above(axes, y, textwrap.fill(" ".join(label.split()), PHONE_LETTERS - 6))
    else:
        axes.set_yticks(range(len(labels)), labels, **text)


def above(axes, y: float, text: str, **options) -> None:
    """Write a row's name above it, from the left edge of the axes: the form of rows on a phone."""
    at = {"xycoords": ("axes fraction", "data"), "annotation_clip": False, "fontsize": 8.5, "fontweight": "bold"}
    paper(axes.annotate(text, (0, y - 0.18), va="bottom", zorder=2.5, **(at | options)))


def grouped(axes, heads: Sequence[str], size: int, apart: float) -> list[list[float]]:
    """Name groups of rows, from the top down, and return where the rows of each group stand.

    Args:
        axes: where.
        heads: the groups' names.
        size: rows of a group.
        apart: between two rows around the group's place; on a phone each has a line of its own below the group's name.
    """
    if not on_phone():
        rows(axes, heads)
        return [[group + apart * (row - (size - 1) / 2) for row in range(size)] for group in range(len(heads))]
    tops = [group * (1.0 + size) for group in range(len(heads))]
    for top, head in zip(tops, heads):
        above(axes, top + 0.35, head, fontsize=9)
    axes.set_ylim(len(heads) * (1 + size) - 0.6, -0.4)
    axes.set_yticks([])
    plain(axes)
    return [[top + 1 + row for row in range(size)] for top in tops]


def told(axes, y: float, text: str, size: float) -> None:
    """Write a row's words where `grouped` has placed it: to the right, on a phone above."""
    if on_phone():
        above(axes, y, text.replace("\n", " "), fontweight="normal")
    else:
        aside(axes, y, text, size)


TOUCHING = 0.03
"""Of an axis: places nearer than this touch."""


def spaced(values: Sequence, touching: float = TOUCHING) -> list[float]:
    """Return where a setting's values stand on an axis from 0 to their number − 1.

    Numbers stand as far apart as they are, or as their logarithms are where the largest is more than 12 times the
    smallest, a zero then one step before the smallest; other values stand evenly, and so do all where two would
    touch: come nearer than `touching`, a share of the axis.
    """
    numbers = [float(value) for value in values if isinstance(value, Real) and not isinstance(value, bool)]
    if len(numbers) < len(values) or len(values) < 3 or min(numbers) < 0 or sorted(set(numbers)) != numbers:
        return [float(place) for place in range(len(values))]
    least = numbers[numbers[0] == 0]
    if numbers[-1] > 12 * least:
        logs = [math.log(number) for number in numbers if number]
        numbers = [2 * logs[0] - logs[1]] * (numbers[0] == 0) + logs
    first, last = numbers[0], numbers[-1]
    if min(right - left for left, right in zip(numbers, numbers[1:])) < touching * (last - first):
        return [float(place) for place in range(len(values))]
    return [(number - first) / (last - first) * (len(values) - 1) for number in numbers]


LETTER = 0.6
"""How wide a letter is, of its height."""


LINE, TURNED = 14, 18
"""Letters at most in a line of a place's name, level and turned."""


def name_places(axes, at: Sequence[float], labels: Sequence[str], inches: float, size: float = 8) -> None:
    """Name places of a horizontal axis that is so many inches long: words in lines, turned where they touch."""
    if any(" " in label for label in labels):
        room = min(_room(at, inches), default=math.inf)
        wide = min(LINE, int(room / (LETTER * size)))
        turned = _touch(at, [max(label.split(), key=len) for label in labels], inches, size)
        letters = TURNED if turned else max(wide, 1)
        labels = [textwrap.fill(label, letters, break_long_words=False) for label in labels]
        if turned:
            axes.set_xticks(at, labels, fontsize=size, rotation=55, ha="right", rotation_mode="anchor")
            return
    elif _touch(at, labels, inches, size):
        axes.set_xticks(at, labels, fontsize=size, rotation=55)
        return
    axes.set_xticks(at, labels, fontsize=size)


def _touch(at: Sequence[float], labels: Sequence[str], inches: float, size: float) -> bool:
    need = [LETTER * size * (len(one) + len(other)) / 2 + 3 for one, other in zip(labels, labels[1:])]
    return any(wanted > there for wanted, there in zip(need, _room(at, inches)))


def _room(at: Sequence[float], inches: float) -> list[float]:
    """Return how many points lie between neighbouring places of an axis that is so many inches long."""
    reach = max(at[-1] - at[0], 1.0)
    return [72 * inches * 0.8 * (right - left) / reach for left, right in zip(at, at[1:])]


def plain(axes) -> None:
    """Take ticks and line from a vertical axis that only names rows."""
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)


def ink(background) -> str:
    """Return black or white, whichever can be read on a colour given as (red, green, blue, …)."""
    return "white" if 0.3 * background[0] + 0.59 * background[1] + 0.11 * background[2] < 0.5 else DARK


def paper(text) -> None:
    """Give a text a white ground, so that it can be read on top of marks."""
    text.set_bbox({"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 0.8})


def name_ends(axes, ends: Sequence[tuple[float, float, str, bool]], x: float, size: float = 8.5) -> None:
    """Name lines at their right ends, each name joined to its line's end, moved apart where they would overlap.

    Args:
        axes: where; its limits are final.
        ends: a line's last point in data coordinates, its name, and whether the name is bold.
        x: where the names begin, in data coordinates.
        size: of the letters, in points.
    """
    low, high = axes.transData.inverted().transform([(0, 0), (0, 1.35 * size * axes.figure.dpi / 72)])[:, 1]
    gap, placed = abs(high - low), []
    order = sorted(ends, key=lambda end: end[1])
    for _, y, *_ in order:
        placed.append(y if not placed else max(y, placed[-1] + gap))
    # As many names above their lines as below.
    shift = sum(place - end[1] for place, end in zip(placed, order)) / len(order)
    for place, (end, y, name, bold) in zip(placed, order):
        paper(axes.annotate(
            name, (end, y), (x, place - shift), va="center", fontsize=size, color=DARK, annotation_clip=False,
            fontweight="bold" if bold else "normal", zorder=2,
            arrowprops={"arrowstyle": "-", "color": GREY, "lw": 0.8, "shrinkA": 1, "shrinkB": 4},
        ))  # fmt: skip
