"""Learning curves as small multiples, with the epochs that early stopping went back to."""

from __future__ import annotations

import math
import textwrap

import numpy as np
import pandas as pd
from matplotlib.ticker import NullLocator

from study.analysis.curves import Curve
from study.design.factors import EARLY_STOPPING
from study.exhibits.exhibit import FigureExhibit
from study.exhibits.wording import bound_of, count
from study.figures.style import DARK, GREY, NONE, headline, on_phone, sheet, styled

TRAIN, VALIDATION = NONE, DARK
POINTS = 40
"""Points of a curve that a small panel can show."""
TITLE = 24
"""Letters of a line of a panel's title."""


@styled
def learning_curves(curves: list[Curve], title: str, columns: int = 4) -> FigureExhibit:
    """Draw training and validation loss over epochs, one panel an arm without early stopping.

    Args:
        curves: the curves, in reading order.
        title: the finding.
        columns: panels in a row.
    """
    if on_phone():
        columns = min(columns, 2)
    rows = math.ceil(len(curves) / columns)
    figure = sheet(0.85 + 1.4 * rows)
    panels = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    for panel in panels.flat[len(curves) :]:
        panel.set_visible(False)
    for panel, curve in zip(panels.flat, curves):
        _panel(panel, curve)
    floor = min(min(c.train.min(), c.low.min()) for c in curves)
    panels[0, 0].set_yscale("log")
    panels[0, 0].set_ylim(bottom=max(0.8 * floor, 1e-6))
    panels[0, 0].yaxis.set_major_formatter(lambda value, _: bound_of(value))
    panels[0, 0].yaxis.set_minor_locator(NullLocator())
    figure.supxlabel("Epoch", fontsize=9)
    figure.supylabel("Loss (log scale)", fontsize=9)
    lines = panels[0, 0].lines[:2]
    figure.legend(lines, ["training", "validation"], loc="outside upper left", ncols=2, handlelength=2.8)
    headline(figure, title)
    n = max(curve.seeds for curve in curves)
    known = curves[0].arm.known.names
    acting = ", dropout and augmentation acting" if {"dropout", "augmentation"} <= set(known) else ""
    caption = (
        f"Loss by epoch. Solid: mean training loss{acting}; dashed: mean "
        f"validation loss of {count(n, 'seed')}, the band from the lowest to the highest seed"
        + ("; both hold the L2 penalty" if "l2" in known else "")
        + (
            ". Ticks below: the epochs whose weights early stopping restored, one a seed."
            if EARLY_STOPPING in known
            else "."
        )
    )
    alt = f"Learning curves of {count(len(curves), 'arm')}. {title}."
    return FigureExhibit(figure, caption, alt, _table(curves))


def _table(curves: list[Curve]) -> pd.DataFrame:
    """Return what is drawn, a row an arm and point."""
    parts = []
    for curve in curves:
        at = _shown(len(curve.train))
        columns = {
            "arm": curve.arm.name, "epoch": curve.epochs[at], "training_loss": curve.train[at],
            "validation_loss": curve.validation[at], "lowest": curve.low[at], "highest": curve.high[at],
        }  # fmt: skip
        parts.append(pd.DataFrame(columns).round(3))
    return pd.concat(parts, ignore_index=True)


def _panel(axes, curve: Curve) -> None:
    shown = _shown(len(curve.train))
    epochs = curve.epochs[shown]
    axes.fill_between(epochs, curve.low[shown], curve.high[shown], color=VALIDATION, alpha=0.18, lw=0)
    axes.plot(epochs, curve.train[shown], color=TRAIN, lw=1.1)
    axes.plot(epochs, curve.validation[shown], color=VALIDATION, lw=1.1, ls=(0, (4, 1.5)))
    axes.plot(
        curve.restored,
        np.full(len(curve.restored), 0.0),
        "|",
        ms=9,
        mew=1.1,
        color=DARK,
        transform=axes.get_xaxis_transform(),
        clip_on=False,
    )
    names = [curve.arm.known[name].label for name in curve.arm.factors] or ["none"]
    axes.set_title("\n".join(textwrap.wrap(" + ".join(names), TITLE)), fontsize=8, fontweight="normal", pad=3)
    axes.tick_params(labelsize=8)
    axes.grid(axis="y", color=GREY, lw=0.3)


def _shown(points: int) -> np.ndarray:
    """Return the points to draw, from 0: all, or every k-th and the last where a small panel cannot show more."""
    step = math.ceil(points / POINTS)
    return np.unique(np.append(np.arange(0, points, step), points - 1))
