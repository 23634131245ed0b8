"""Generalization gap: training and test accuracy, or R², of every arm as dumbbells."""

from __future__ import annotations

import numpy as np
import pandas as pd

from study.analysis.lattice import ArmEstimates
from study.exhibits.exhibit import FigureExhibit
from study.exhibits.wording import arm_words, capital, count, number
from study.figures.style import DARK, GREY, headline, sheet, styled
from study.statistics.inference import CONFIDENCE


@styled
def dumbbells(gaps: ArmEstimates, test: ArmEstimates, title: str) -> FigureExhibit:
    """Draw mean training and test accuracy, or R², of every arm, joined by a line, sorted by the gap.

    Args:
        gaps: the generalization gap's estimates.
        test: the estimates on test examples, of the same arms.
        title: the finding.
    """
    gap, measure = gaps.mean, test.metric.measure
    train = test.mean + gap
    rank = np.argsort(-gap, kind="stable")
    figure = sheet(5.6 * max(1, len(rank) / 32))
    axes = figure.subplots()
    for y, index in enumerate(rank):
        axes.plot([test.mean[index], train[index]], [y, y], color=GREY, lw=1.6, zorder=1)
        axes.plot([test.low[index], test.high[index]], [y, y], color=DARK, lw=2.2, zorder=2)
    axes.scatter(train[rank], range(len(rank)), s=20, facecolors="white", edgecolors=DARK, zorder=3)
    axes.scatter(test.mean[rank], range(len(rank)), s=22, color=DARK, zorder=3)
    names = [_name(test.arms[index]) for index in rank]
    axes.set_yticks(range(len(rank)), names, fontsize=8)
    axes.set_ylim(len(rank) - 0.4, -1.6)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel(f"{capital(measure)} (%)")
    axes.annotate("test", (test.mean[rank[0]], -0.55), ha="center", va="bottom", fontsize=8.5)
    axes.annotate("training", (train[rank[0]], -0.55), ha="right", va="bottom", fontsize=8.5)
    axes.grid(axis="x", color=GREY, lw=0.3)
    headline(figure, title)
    n = len(test.values)
    caption = (
        f"Training {measure} (hollow) and test {measure} (filled), both at inference, means of "
        f"{count(n, 'seed')}; bar: {CONFIDENCE} t interval of the test {measure}; arms sorted by the gap. "
        "Letters: " + ", ".join(f"{f.letter} {f.label}" for f in test.factors) + "."
    )
    widest, narrowest = rank[0], rank[-1]
    alt = (
        f"Dumbbells. {title}. The gap is widest, {number(gap[widest])} percentage points, for "
        f"{arm_words(test.arms[widest])} and narrowest, {number(gap[narrowest])}, for "
        f"{arm_words(test.arms[narrowest])}."
    )
    table = pd.DataFrame(
        {
            "arm": [test.arms[index].name for index in rank],
            "training": train[rank],
            "test": test.mean[rank],
            "ci_low": test.low[rank],
            "ci_high": test.high[rank],
        }
    )
    return FigureExhibit(figure, caption, alt, table)


def _name(arm) -> str:
    """Return the arm's letters."""
    if arm.name in ("none", "all"):
        return {"none": "none", "all": f"all {arm.known.number}"}[arm.name]
    return " ".join(arm.known[name].letter for name in arm.factors)
