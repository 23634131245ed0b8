"""Dose and response: a metric over one setting, an arm a line or, of many, an arm a panel; the chosen value ringed."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import pandas as pd

from study.analysis.lattice import Metric
from study.design.factors import spelt
from study.exhibits.exhibit import FigureExhibit
from study.exhibits.wording import count, number
from study.figures.style import ALL, DARK, LIGHT, NONE, headline, outlined, sheet, styled

LOOKS = ((NONE, "o", "-"), (ALL, "s", "--"), (DARK, "^", ":"), ("#CC79A7", "D", "-."))
"""Colour, marker and line of the arms, in order."""
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
    """Draw a metric over a setting's values, in their order and equally far apart.

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
    many = len(names) > len(LOOKS)
    figure, panels = _grid(names) if many else _single(names)
    told = []
    for step, (arm, name) in enumerate(names.items()):
        axes, look, aside = (
            panels[step],
            LOOKS[0 if many else step],
            0 if many else 0.07 * (step - (len(names) - 1) / 2),
        )
        rows = table[table["arm"] == arm]
        _line(axes, rows, aside, look, name, chosen.get(arm))
        if arm in chosen:
            place = chosen[arm]
            told.append(
                f"{name}: {number(rows['estimate'].iloc[0])} at {labels[0]}, {number(rows['estimate'].iloc[-1])} at "
                f"{labels[-1]}, "
                f"{number(rows['estimate'].iloc[place])} at {labels[place]}, which validation chose"
            )
    for axes in dict.fromkeys(panels):
        if own is not None:
            axes.axvspan(own - 0.3, own + 0.3, color=LIGHT, lw=0, zorder=0)
        axes.set_xticks(range(len(labels)), labels)
    if many:
        for axes in panels:
            axes.tick_params(axis="x", labelsize=7, labelrotation=45 if len("".join(labels)) > 12 else 0)
            axes.tick_params(axis="y", labelsize=7)
        figure.supxlabel(setting, fontsize=9)
        figure.supylabel(quantity, fontsize=9)
    else:
        if own is not None:
            outlined(
                axes.annotate(
                    "the study's own", (own, 0.02), xycoords=("data", "axes fraction"), ha="center", fontsize=8
                )
            )
        axes.set_xlabel(setting)
        axes.set_ylabel(quantity)
        axes.legend(loc="best", fontsize=8.5)
    headline(figure, title)
    n = int(table["n_seeds"].min())
    caption = (
        f"{shown.label.capitalize()} over {setting}{', an arm a panel' if many else ''}. "
        f"Marker: mean of {'at least ' if many else ''}{count(n, 'seed')}; bar: 95 % t interval; ring: the value with "
        "the best mean validation accuracy" + ("; grey: the study's own value." if own is not None else ".")
    )
    kind = f"{spelt(len(names)).capitalize()} panels" if many else "Lines"
    return FigureExhibit(figure, caption, f"{kind} over {setting}. {title} {'; '.join(told)}.")


def _single(names):
    figure = sheet(3.4)
    return figure, [figure.subplots()] * len(names)


def _grid(names):
    """Return a figure and a panel a name, as high as the longest of a row's titles needs."""
    titles = ["\n".join(textwrap.wrap(name, 26)) for name in names.values()]
    rows = -(-len(names) // ACROSS)
    lines = [1 + max(title.count("\n") for title in titles[ACROSS * row : ACROSS * (row + 1)]) for row in range(rows)]
    figure = sheet(0.9 + 1.3 * rows + 0.12 * sum(lines))
    every = figure.subplots(rows, ACROSS, sharex=True, sharey=True, squeeze=False).ravel()
    for axes, title in zip(every, titles):
        axes.set_title(title, fontsize=7.5)
    for place in range(len(names), len(every)):
        every[place].set_visible(False)
        every[place - ACROSS].tick_params(labelbottom=True)
    return figure, list(every[: len(names)])


def _line(axes, rows: pd.DataFrame, aside: float, look: tuple[str, str, str], name: str, place: int | None) -> None:
    """Draw one arm's line, its intervals, and the ring at the place that validation chose."""
    colour, marker, line = look
    at = [each + aside for each in range(len(rows))]
    axes.vlines(at, rows["ci_low"], rows["ci_high"], color=colour, lw=1.6, zorder=2)
    axes.plot(at, rows["estimate"], line, marker=marker, ms=5, color=colour, label=name, zorder=3)
    if place is not None:
        axes.plot(at[place], rows["estimate"].iloc[place], "o", ms=12, mfc="none", mec=colour, mew=1.4, zorder=4)
