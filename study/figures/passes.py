"""Early dropout and dropout throughout, over how often the training passes through its data."""

from __future__ import annotations

import pandas as pd

from study.design.factors import BY_NAME
from study.exhibits import mechanism_titles
from study.exhibits.exhibit import FigureExhibit
from study.exhibits.wording import count
from study.figures.style import DARK, headline, on_phone, sheet, styled
from study.statistics.inference import CONFIDENCE
from study.statistics.interval import Interval

METRICS = {
    "train_nll": ("Final training loss − without dropout's", "nats"),
    "test_accuracy": ("Test accuracy − without dropout's", "pp"),
}
WAYS = {"early": ("early dropout", "white", (0, (4, 2))), "dropout": ("dropout throughout", None, "-")}
"""Name, filling of the marker (None: the factor's colour) and dashes of each way; the colour is dropout's in both."""
APART = {"early": 0.94, "dropout": 1.06}
"""What places are multiplied with, so that intervals stand beside one another."""


@styled
def passes(table: pd.DataFrame, where: str) -> FigureExhibit:
    """Draw what early dropout and dropout throughout do to final training loss and test accuracy, over the passes that
    the same number of steps makes through ever fewer examples.

    Args:
        table: as `claims.passes.curves` returns it.
        where: the network and the data, for the caption.
    """
    figure = sheet(3.4, 5.8)
    panels = figure.subplots(*((2, 1) if on_phone() else (1, 2)))
    told = []
    for axes, (metric, (label, unit)) in zip(panels, METRICS.items()):
        axes.axhline(0, color=DARK, lw=0.8, zorder=1)
        for way, (name, *_) in WAYS.items():
            rows = table[(table["metric"] == metric) & (table["way"] == way)]
            _line(axes, rows, way)
            said = [
                f"{Interval(row.mean, row.ci_low, row.ci_high, row.n_seeds, unit).words()} at {row.passes}"
                for row in rows.itertuples()
            ]
            told.append(f"{label}, {name}, by passes: {', '.join(said)}")
        axes.set_xscale("log")
        shown = sorted(set(table["passes"]))
        axes.set_xticks(shown, [f"{number:,}" for number in shown])
        axes.minorticks_off()
        axes.set_xlabel("Passes through the training signals")
        axes.set_title(f"{label} ({unit})", fontsize=9, fontweight="normal")
    panels[-1].legend(loc="upper left", labelcolor=DARK, handlelength=3)
    title = mechanism_titles.passes(table)
    headline(figure, title)
    caption = (
        "Trainings of equally many steps on ever fewer signals, with dropout in the first fifth of the steps (early) "
        "or in all of them (throughout), less those without, paired; all judged at inference. Marker: mean of "
        f"{count(int(table['n_seeds'].min()), 'seed')}; bar: {CONFIDENCE} t interval. {where}."
    )
    return FigureExhibit(figure, caption, f"Two line charts. {title} {'; '.join(told)}.", table)


def _line(axes, rows: pd.DataFrame, way: str) -> None:
    """Draw mean and interval of one way over the passes."""
    factor = BY_NAME["dropout"]
    name, filling, dashes = WAYS[way]
    at = rows["passes"] * APART[way]
    axes.vlines(at, rows["ci_low"], rows["ci_high"], color=factor.colour, lw=1.6, zorder=2)
    axes.plot(
        at, rows["mean"], color=factor.colour, linestyle=dashes, lw=1.2, marker=factor.marker, ms=6,
        mfc=filling or factor.colour, label=name, zorder=3,
    )  # fmt: skip
