"""The hero: all arms, sorted, over the matrix of their switches."""

from __future__ import annotations

import numpy as np

from study.analysis.lattice import ArmEstimates
from study.design.arms import Arm
from study.design.factors import TEXTBOOK
from study.exhibits.exhibit import FigureExhibit
from study.exhibits.wording import arm_words, count, number
from study.figures.style import ALL, DARK, GREY, LIGHT, NONE, headline, outlined, sheet, styled


@styled
def specification_curve(arms: ArmEstimates, title: str) -> FigureExhibit:
    """Draw every arm's mean, interval and seeds, sorted by mean, above its switches.

    Args:
        arms: the estimates.
        title: the finding.
    """
    rank = np.argsort(arms.mean, kind="stable")
    names = _rows(arms, rank)
    figure = sheet(4.7 + 0.22 * (len(names) - len(TEXTBOOK)))
    top, matrix = figure.subplots(2, 1, height_ratios=[3.0, 0.25 * len(names)], sharex=True)
    _curve(top, arms, rank)
    headline(figure, title)
    _matrix(matrix, arms, rank, names)
    n = len(arms.values)
    first, last = (arms.arms[rank[k]] for k in (0, -1))
    label, unit = arms.metric.label, arms.metric.unit
    caption = (
        f"{_which(arms)} combinations of the {arms.factors.number} regularizers, sorted by mean {label}. Dot: mean of "
        f"{count(n, 'seed')}; bar: 95 % t interval over seeds; grey: single seeds; below, a filled "
        "dot marks a factor that is on."
    )
    alt = (
        f"Specification curve. {title}. The lowest mean {label} is "
        f"{number(arms.mean[rank[0]])} {unit} ({arm_words(first)}), the highest "
        f"{number(arms.mean[rank[-1]])} {unit} ({arm_words(last)})."
    )
    return FigureExhibit(figure, caption, alt)


def _which(arms: ArmEstimates) -> str:
    every = 2 ** len(arms.factors)
    return f"All {every}" if len(arms.arms) == every else f"A fraction, {len(arms.arms)} of the {every}"


def _rows(arms: ArmEstimates, rank: np.ndarray) -> list[str]:
    """Order factors by where their arms stand, so that the strongest pattern is on top."""
    place = np.argsort(rank)
    mean = {name: np.mean([place[i] for i, arm in enumerate(arms.arms) if name in arm]) for name in arms.factors.names}
    return sorted(arms.factors.names, key=lambda name: -mean[name])


def _curve(axes, arms: ArmEstimates, rank: np.ndarray) -> None:
    seeds = len(arms.values)
    # Seeds are spread sideways by their number, the same in every arm, so that one can be followed.
    spread = np.linspace(-0.22, 0.22, seeds) if seeds > 1 else np.zeros(1)
    for x, index in enumerate(rank):
        axes.scatter(x + spread, arms.values[:, index], s=5, color=GREY, linewidths=0, zorder=1)
        arm = arms.arms[index]
        colour = {"none": NONE, "all": ALL}.get(arm.name, DARK)
        axes.plot([x, x], [arms.low[index], arms.high[index]], color=colour, lw=1.6, zorder=2)
        axes.plot(x, arms.mean[index], "o", ms=5.5, color=colour, zorder=3)
        if arm.name in ("none", "all"):
            outlined(
                axes.annotate(
                    arm_words(arm),
                    (x, arms.high[index]),
                    xytext=(0, 7),
                    textcoords="offset points",
                    ha="center",
                    va="bottom",
                    color=colour,
                    fontweight="bold",
                    zorder=4,
                )
            )
    nothing = Arm((), arms.factors)
    if nothing in arms.arms:
        axes.axhline(arms.mean[arms.at(nothing)], color=NONE, lw=0.8, ls=":", zorder=0)
    axes.set_ylabel(arms.metric.axis)
    axes.tick_params(axis="x", length=0)
    axes.margins(y=0.1)


def _matrix(axes, arms: ArmEstimates, rank: np.ndarray, names: list[str]) -> None:
    for y, name in enumerate(names):
        if y % 2 == 0:
            axes.axhspan(y - 0.5, y + 0.5, color=LIGHT, lw=0, zorder=0)
        on = np.array([name in arms.arms[index] for index in rank])
        x = np.arange(len(rank))
        axes.scatter(x[~on], np.full((~on).sum(), y), s=12, color="#D9D9D9", linewidths=0, zorder=1)
        factor = arms.factors[name]
        axes.scatter(
            x[on], np.full(on.sum(), y), s=24, color=factor.colour, marker=factor.marker, linewidths=0, zorder=2
        )
    axes.set_yticks(range(len(names)), [arms.factors[name].label for name in names])
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_xticks([])
    axes.set_xlim(-0.8, len(rank) - 0.2)
    axes.tick_params(axis="y", length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
