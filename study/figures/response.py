"""Dose and response: a metric over one setting, an arm a line or, of many, an arm a panel; the chosen value ringed."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import pandas as pd

from study.design.architectures.tasks import Metric
from study.design.factors import spelt
from study.exhibits.exhibit import FigureExhibit
from study.exhibits.wording import capital, count, number
from study.figures.style import LIGHT, SERIES, headline, name_ends, name_places, on_phone, paper, sheet, spaced, styled
from study.statistics.inference import CONFIDENCE

ACROSS = 4
"""Panels in a row, where every arm has one."""


@styled
def response(
    table: pd.DataFrame,
    names: dict[str, str],
    labels: Sequence[str],
    chosen: dict[str, int],
    own: int | None,
    setting: str,
    shown: Metric,
    title: str,
) -> FigureExhibit:
    """Draw a metric over a setting's values.

    As many arms as there are looks share one panel; of more, each has a panel of its own on common scales.

    Args:
        table: as `sweep_effects.responses` returns it, on the metric `shown`.
        names: the arms' names for readers, by arm, in the order to draw them.
        labels: the values as axis labels, in the order of the sweep.
        chosen: by arm, the place of the value that validation chose, from 0.
        own: the place of the experiment's own value; None if it is not among them.
        setting: the setting's name for readers.
        shown: the metric.
        title: the finding.
    """
    quantity = shown.axis
    many = len(names) > len(SERIES)
    figure, panels = _grid(names) if many else _single(names)
    at, told = spaced(list(table.loc[table["arm"] == next(iter(names)), "value"])), []
    for step, (arm, name) in enumerate(names.items()):
        axes, look, aside = (
            panels[step],
            SERIES[0 if many else step],
            0 if many else 0.07 * (step - (len(names) - 1) / 2),
        )
        rows = table[table["arm"] == arm]
        _line(axes, rows, aside, look, chosen.get(arm))
        if arm in chosen:
            place = chosen[arm]
            told.append(
                f"{name}: {number(rows['estimate'].iloc[0])} at {labels[0]}, {number(rows['estimate'].iloc[-1])} at "
                f"{labels[-1]}, {number(rows['estimate'].iloc[place])} at {labels[place]}, which validation chose"
            )
    for axes in dict.fromkeys(panels):
        if own is not None:
            axes.axvspan(at[own] - 0.12, at[own] + 0.12, color=LIGHT, lw=0, zorder=0)
        name_places(axes, at, labels, (1.3 if on_phone() else 1.4) if many else (2.0 if on_phone() else 5.2), 8.5)
    if many:
        for axes in panels:
            axes.tick_params(labelsize=8)
        figure.supxlabel(setting, fontsize=9)
        figure.supylabel(quantity, fontsize=9)
    else:
        if own is not None:
            paper(
                axes.annotate(
                    "the study's own", (at[own], 0.02), xycoords=("data", "axes fraction"), ha="center", fontsize=8
                )
            )
        axes.set_xlabel(setting)
        axes.set_ylabel(quantity)
        axes.margins(y=0.1)
        figure.draw_without_rendering()  # places the axes, whose size says where names would touch
        ends = [
            (at[-1], float(table.loc[table["arm"] == arm, "estimate"].iloc[-1]), name, False)
            for arm, name in names.items()
        ]
        name_ends(axes, ends, at[-1] + (0.14 if on_phone() else 0.08) * (at[-1] - at[0]))
    headline(figure, title)
    n = int(table["n_seeds"].min())
    caption = (
        f"{capital(shown.label)} over {setting}{', an arm a panel' if many else ''}. "
        f"Marker: mean of {'at least ' if many else ''}{count(n, 'seed')}; bar: {CONFIDENCE} t interval; ring: the "
        f"value with the best mean validation {shown.measure}"
        + ("; grey: the study's own value." if own is not None else ".")
    )
    kind = f"{spelt(len(names)).capitalize()} panels" if many else "Lines"
    return FigureExhibit(figure, caption, f"{kind} over {setting}. {title} {'; '.join(told)}.", table)


def _single(names):
    figure = sheet(3.4, 3.4)
    return figure, [figure.subplots()] * len(names)


def _grid(names):
    """Return a figure and a panel a name, as high as the longest of a row's titles needs."""
    titles = ["\n".join(textwrap.wrap(name, 26)) for name in names.values()]
    across = ACROSS // 2 if on_phone() else ACROSS
    rows = -(-len(names) // across)
    lines = [1 + max(title.count("\n") for title in titles[across * row : across * (row + 1)]) for row in range(rows)]
    figure = sheet(0.9 + 1.3 * rows + 0.12 * sum(lines))
    every = figure.subplots(rows, across, sharex=True, sharey=True, squeeze=False).ravel()
    for axes, title in zip(every, titles):
        axes.set_title(title, fontsize=8)
    for place in range(len(names), len(every)):
        every[place].set_visible(False)
        every[place - across].tick_params(labelbottom=True)
    return figure, list(every[: len(names)])


def _line(axes, rows: pd.DataFrame, aside: float, look: tuple, place: int | None) -> None:
    """Draw one arm's line, its intervals, and the ring at the place that validation chose."""
    colour, marker, line = look
    at = [each + aside for each in spaced(list(rows["value"]))]
    axes.vlines(at, rows["ci_low"], rows["ci_high"], color=colour, lw=1.6, zorder=2)
    axes.plot(at, rows["estimate"], ls=line, marker=marker, ms=5, color=colour, zorder=3)
    if place is not None:
        axes.plot(at[place], rows["estimate"].iloc[place], "o", ms=12, mfc="none", mec=colour, mew=1.4, zorder=4)
