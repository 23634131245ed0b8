"""Dose and response: a metric over one setting, an arm a line, the value chosen on validation ringed."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from study.analysis import Metric
from study.exhibits import FigureExhibit
from study.figures.style import ALL, DARK, LIGHT, NONE, headline, outlined, sheet, styled
from study.wording import count, number

LOOKS = ((NONE, "o", "-"), (ALL, "s", "--"), (DARK, "^", ":"), ("#CC79A7", "D", "-."))
"""Colour, marker and line of the arms, in order."""


@styled
def response(
    table: pd.DataFrame, names: dict[str, str], labels: Sequence[str], chosen: dict[str, int], own: int | None,
    setting: str, shown: Metric, title: str,
) -> FigureExhibit:
    """Draw a metric over a setting's values, in their order and equally far apart.

    Args:
        table: as `responses.responses` returns it, on the metric `shown`.
        names: the arms' names for readers, by arm, in the order to draw them; at most four.
        labels: the values as axis labels, in the order of the sweep.
        chosen: by arm, the place of the value that validation chose, from 0.
        own: the place of the experiment's own value; None if it is not among them.
        setting: the setting's name for readers.
        shown: the metric.
        title: the finding.

    Raises:
        ValueError: if there are more arms than looks.
    """
    if len(names) > len(LOOKS):
        raise ValueError(f"Expected at most {len(LOOKS)} arms. Received: {len(names)}.")
    figure = sheet(3.4)
    axes = figure.subplots()
    if own is not None:
        axes.axvspan(own - 0.3, own + 0.3, color=LIGHT, lw=0, zorder=0)
        outlined(axes.annotate("the study's own", (own, 0.02), xycoords=("data", "axes fraction"), ha="center", fontsize=8))
    told = []
    for step, ((arm, name), (colour, marker, line)) in enumerate(zip(names.items(), LOOKS)):
        rows = table[table["arm"] == arm]
        at = [place + 0.07 * (step - (len(names) - 1) / 2) for place in range(len(rows))]
        axes.vlines(at, rows["ci_low"], rows["ci_high"], color=colour, lw=1.6, zorder=2)
        axes.plot(at, rows["estimate"], line, marker=marker, ms=5, color=colour, label=name, zorder=3)
        if arm in chosen:
            place = chosen[arm]
            row = rows.iloc[place]
            axes.plot(at[place], row["estimate"], "o", ms=12, mfc="none", mec=colour, mew=1.4, zorder=4)
            told.append(
                f"{name}: {number(rows['estimate'].iloc[0])} at {labels[0]}, {number(rows['estimate'].iloc[-1])} at {labels[-1]}, "
                f"{number(row['estimate'])} at {labels[place]}, which validation chose"
            )
    axes.set_xticks(range(len(labels)), labels)
    axes.set_xlabel(setting)
    axes.set_ylabel(f"{shown.label.capitalize()} ({shown.unit})")
    axes.legend(loc="best", fontsize=8.5)
    headline(figure, title)
    n = int(table["n_seeds"].min())
    caption = (
        f"{shown.label.capitalize()} over {setting}. Marker: mean of {count(n, 'seed')}; bar: 95 % t interval; ring: the value with "
        "the best mean validation accuracy" + ("; grey: the study's own value." if own is not None else ".")
    )
    return FigureExhibit(figure, caption, f"Lines over {setting}. {title} {'; '.join(told)}.")
