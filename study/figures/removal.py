"""Accuracy as hidden units are removed, with and without dropout."""

from __future__ import annotations

import pandas as pd

from study.exhibits import FigureExhibit
from study.factors import BY_NAME
from study.figures.style import DARK, GREY, headline, sheet, styled
from study.wording import count, number

PARTS = {"train": "Training signals", "test": "Test signals"}
LINES = {
    "dropout": ("dropout", BY_NAME["dropout"].colour, BY_NAME["dropout"].marker, "-"),
    "none": ("none", "#B04A00", "s", (0, (5, 2))),
    "longer": ("none, trained as\nlong as dropout", "#6B6B6B", "^", (0, (1, 1.5))),
}
"""Label, colour, marker and dashes of each kind of network."""


@styled
def removal(table: pd.DataFrame, gain: tuple[float, float, float], where: str) -> FigureExhibit:
    """Draw accuracy over the share of hidden units removed, on training and on test signals.

    Args:
        table: as `claims.coadaptation.curves` returns it.
        gain: mean accuracy over the shares, dropout − none, on training signals: mean and 95 % interval, pp.
        where: the network and the data, for the caption.
    """
    figure = sheet(3.4)
    panels = figure.subplots(1, 2, sharey=True)
    told = []
    for axes, (part, label) in zip(panels, PARTS.items()):
        for kind, (name, colour, marker, dashes) in LINES.items():
            rows = table[(table["part"] == part) & (table["kind"] == kind)]
            x = 100 * rows["removed"]
            axes.fill_between(x, rows["ci_low"], rows["ci_high"], color=colour, alpha=0.18, lw=0, zorder=1)
            axes.plot(x, rows["mean"], color=colour, ls=dashes, marker=marker, ms=4.5, label=name, zorder=2)
            middle = rows.iloc[(rows["removed"] - 0.5).abs().argmin()]
            told.append(
                f"{label}, {' '.join(name.split())}: {number(rows['mean'].iloc[0], 0)} % with all units, "
                f"{number(middle['mean'], 0)} % with {100 * middle['removed']:.0f} % removed"
            )
        axes.set_title(label, fontsize=9, fontweight="normal")
        axes.set_xlabel("Hidden units removed (%)")
        axes.grid(axis="y", color=GREY, lw=0.3)
        axes.set_xlim(-3, 93)
    panels[0].set_ylim(0, 103)
    panels[0].set_ylabel("Accuracy (%)")
    panels[1].legend(loc="upper right", labelcolor=DARK, handlelength=3)
    title = finding(gain)
    headline(figure, title)
    caption = (
        "Accuracy as random units of both hidden layers are removed and the kept ones scaled up. Marker: mean of "
        f"{count(int(table['n_seeds'].min()), 'seed')}; band: 95 % t interval. *dropout* and *none* were stopped at "
        f"equal training accuracy. {where}."
    )
    return FigureExhibit(figure, caption, f"Two line charts. {title}. {'; '.join(told)}.")


def finding(gain: tuple[float, float, float]) -> str:
    """Return a title: what dropout does to the accuracy with units removed, as the interval tells."""
    mean, low, high = gain
    start = "At equal training accuracy, units trained with dropout rely"
    amount = f"{number(abs(mean), 0)} pp"
    if low > 0:
        return f"{start} less on each other: removing some of them leaves {amount} more accuracy on average"
    if high < 0:
        return f"{start} more on each other: removing some of them leaves {amount} less accuracy on average"
    return "At equal training accuracy, it is open whether units trained with dropout rely less on each other"
