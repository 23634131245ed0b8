"""Accuracy as hidden units are removed, with and without dropout."""

from __future__ import annotations

import pandas as pd

from study.design.factors import BY_NAME
from study.exhibits import mechanism_titles
from study.exhibits.exhibit import FigureExhibit
from study.exhibits.wording import count, number
from study.figures.style import DARK, GREY, NONE, headline, on_phone, sheet, styled
from study.statistics.inference import CONFIDENCE
from study.statistics.interval import Interval

PARTS = {
    "train": "Training signals, kept units scaled up",
    "test": "Test signals, kept units scaled up",
    "unscaled": "Training signals, kept units as they are",
    "active": "Training signals, most active units first",
}
LINES = {
    "dropout": ("dropout", BY_NAME["dropout"].colour, BY_NAME["dropout"].marker, "-"),
    "none": ("none", NONE, "s", (0, (5, 2))),
    "longer": ("none, trained as\nlong as dropout", DARK, "^", (0, (1, 1.5))),
}
"""Label, colour, marker and dashes of each kind of network."""


@styled
def removal(table: pd.DataFrame, gain: tuple[float, float, float], where: str) -> FigureExhibit:
    """Draw accuracy over the share of hidden units removed, each way of removing them in a panel.

    Args:
        table: as `claims.coadaptation.curves` returns it.
        gain: accuracy that dropout spares on training signals, mean over the shares: mean and 95 % interval, pp.
        where: the network and the data, for the caption.
    """
    figure = sheet(5.6, 8.4)
    panels = figure.subplots(*((4, 1) if on_phone() else (2, 2)), sharex=True, sharey=True).ravel()
    told = []
    for axes, (part, label) in zip(panels, PARTS.items()):
        halved = []
        for kind, (name, colour, marker, dashes) in LINES.items():
            rows = table[(table["part"] == part) & (table["kind"] == kind)]
            x = 100 * rows["removed"]
            axes.fill_between(x, rows["ci_low"], rows["ci_high"], color=colour, alpha=0.18, lw=0, zorder=1)
            axes.plot(x, rows["mean"], color=colour, ls=dashes, marker=marker, ms=4.5, label=name, zorder=2)
            middle = rows.iloc[(rows["removed"] - 0.5).abs().argmin()]
            halved.append(f"{number(middle['mean'], 0)} % {' '.join(name.split())}")
        told.append(f"{label}: {', '.join(halved)}")
        axes.set_title(label, fontsize=9, fontweight="normal")
        axes.grid(axis="y", color=GREY, lw=0.3)
        axes.set_xlim(-3, 93)
    panels[0].set_ylim(0, 103)
    for axes in panels if on_phone() else panels[::2]:
        axes.set_ylabel("Accuracy (%)")
    for axes in panels[3:] if on_phone() else panels[2:]:
        axes.set_xlabel("Hidden units removed (%)")
    panels[1].legend(loc="upper right", labelcolor=DARK, handlelength=3)
    title = mechanism_titles.removal(Interval(*gain, int(table["n_seeds"].min())))
    headline(figure, title)
    caption = (
        "Accuracy as units of both hidden layers are removed, random ones but for the last panel. Marker: mean of "
        f"{count(int(table['n_seeds'].min()), 'seed')}; band: {CONFIDENCE} t interval. {where}."
    )
    return FigureExhibit(figure, caption, f"Four line charts. {title}. With half removed, {told[0]}.", table)
