"""The hero: all arms, sorted, over the matrix of their switches."""

from __future__ import annotations

import numpy as np
import pandas as pd

from study.analysis.lattice import ArmEstimates
from study.design.arms import Arm
from study.design.factors import TEXTBOOK
from study.exhibits.exhibit import FigureExhibit
from study.exhibits.wording import arm_words, capital, count, number
from study.figures.style import ALL, DARK, GREY, LIGHT, NONE, headline, on_phone, sheet, styled
from study.statistics.inference import CONFIDENCE

ENDS = {"none", "all"}
"""Arms that are named."""
NEAR = 10
"""Fewer arms than this between two names leave no room for both."""
CROWDED = 64
"""More arms than this leave no room for single seeds, nor for a marker in every row."""


@styled
def specification_curve(arms: ArmEstimates, title: str) -> FigureExhibit:
    """Draw every arm's mean, interval and seeds, sorted by mean, above its switches.

    Args:
        arms: the estimates.
        title: the finding.
    """
    rank = np.argsort(arms.mean, kind="stable")
    names = arms.factors.names
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
        f"{count(n, 'seed')}; bar: {CONFIDENCE} t interval over seeds"
        + (
            "; below, a stroke marks a factor that is on."
            if _crowded(arms)
            else f"; grey: single seeds; below, a filled dot marks a factor that is on.{_beyond_words(arms)}"
        )
    )
    alt = (
        f"Specification curve. {title}. The lowest mean {label} is {number(arms.mean[rank[0]])} {unit} "
        f"({arm_words(first)}), the highest {number(arms.mean[rank[-1]])} {unit} ({arm_words(last)})."
    )
    table = pd.DataFrame(
        {
            "arm": [arms.arms[index].name for index in rank],
            "mean": arms.mean[rank],
            "ci_low": arms.low[rank],
            "ci_high": arms.high[rank],
            "n_seeds": n,
        }
    )
    return FigureExhibit(figure, caption, alt, table)


def _crowded(arms: ArmEstimates) -> bool:
    return len(arms.arms) > CROWDED


def _which(arms: ArmEstimates) -> str:
    every = 2 ** len(arms.factors)
    return f"All {every}" if len(arms.arms) == every else f"A fraction, {len(arms.arms)} of the {every}"


def _range(arms: ArmEstimates) -> tuple[float, float]:
    """Return the values that the axis shows: every interval, and of the seeds that are drawn those within the spread of
    the intervals of their ends. A single seed far outside would leave the others no room."""
    low, high = float(arms.low.min()), float(arms.high.max())
    reach = max(high - low, 1e-9)
    near = (
        np.empty(0)
        if _crowded(arms)
        else arms.values[(arms.values > low - 0.5 * reach) & (arms.values < high + 0.5 * reach)]
    )
    low, high = min(low, near.min(initial=low)), max(high, near.max(initial=high))
    room = 0.06 * (high - low)
    return low - room, high + 3 * room


def _beyond_words(arms: ArmEstimates) -> str:
    """Return how many seeds lie outside the axis, and the farthest; empty if none does."""
    low, high = _range(arms)
    outside = arms.values[(arms.values < low) | (arms.values > high)]
    if not outside.size:
        return ""
    farthest = outside[np.argmax(np.abs(outside - (low + high) / 2))]
    marks = "triangles" if outside.size > 1 else "a triangle"
    told = f"{count(outside.size, 'seed')} outside the axis, drawn as {marks} at its edge"
    return f" {capital(told)}; the farthest is at {number(farthest)} {arms.metric.unit}."


def _curve(axes, arms: ArmEstimates, rank: np.ndarray) -> None:
    seeds = len(arms.values)
    low, high = _range(arms)
    axes.set_ylim(low, high)
    # Seeds are spread sideways by their number, the same in every arm, so that one can be followed.
    spread = np.linspace(-0.22, 0.22, seeds) if seeds > 1 else np.zeros(1)
    if _crowded(arms):
        _strokes(axes, np.arange(len(rank)), arms.low[rank], arms.high[rank], color=GREY, lw=1.0, zorder=1)
        axes.plot(arms.mean[rank], "o", ms=1.6, color=DARK, zorder=2)
    for x, index in enumerate(rank):
        if _crowded(arms) and arms.arms[index].name not in ENDS:
            continue
        if not _crowded(arms):
            values = arms.values[:, index]
            axes.scatter(x + spread, values, s=5, color=GREY, linewidths=0, zorder=1)
            for outside, edge, marker in ((values < low, low, 7), (values > high, high, 6)):
                axes.plot((x + spread)[outside], np.full(outside.sum(), edge), marker=marker, ls="", color=NONE, ms=6)
        arm = arms.arms[index]
        colour = {"none": NONE, "all": ALL}.get(arm.name, DARK)
        axes.plot([x, x], [arms.low[index], arms.high[index]], color=colour, lw=1.6, zorder=2)
        end = arm.name in ENDS
        face = "white" if arm.name == "none" else colour
        axes.plot(x, arms.mean[index], "o", ms=(7 if end else 5) - on_phone(), color=colour, mfc=face, zorder=3)
        if end:
            other = next((at for at, each in enumerate(rank) if arms.arms[each].name in ENDS - {arm.name}), None)
            _name(axes, arms, rank, x, other, colour)
    nothing = Arm((), arms.factors)
    if nothing in arms.arms:
        axes.axhline(arms.mean[arms.at(nothing)], color=NONE, lw=0.8, ls=":", zorder=0)
    axes.set_ylabel(arms.metric.axis)
    axes.tick_params(axis="x", length=0)


def _strokes(axes, at: np.ndarray, low, high, **look) -> None:
    """Draw upright strokes as one line with gaps: a page holds a hundredth of what as many lines would take."""
    ends = np.stack([np.full(len(at), low), np.full(len(at), high), np.full(len(at), np.nan)], axis=1)
    axes.plot(np.repeat(at, 3), ends.ravel(), solid_capstyle="butt", **look)


def _name(axes, arms: ArmEstimates, rank: np.ndarray, x: int, other: int | None, colour: str) -> None:
    """Name the arm at `x` above its highest mark, joined to it, where neither marks, the sheet's edge nor the name of
    the arm at `other` are in the way."""
    low, high = axes.get_ylim()
    reach = arms.high if _crowded(arms) else np.maximum(arms.high, arms.values.max(axis=0))
    reach = np.minimum(reach, high)[rank]
    near = other is not None and abs(other - x) < NEAR
    first, last = sorted((x, other)) if near else (x, x)
    at = min(reach[max(0, first - 4) : last + 5].max() + 0.05 * (high - low), high - 0.04 * (high - low))
    side = "left" if x < 0.15 * len(rank) else "right" if x > 0.85 * len(rank) else "center"
    if near:
        away = "right" if x < other else "left"
        # At the sheet's edge there is room above only.
        at, side = (at, away) if side in ("center", away) else (at + 0.08 * (high - low), side)
    axes.annotate(
        arm_words(arms.arms[rank[x]]), (x, reach[x]), (x, at),
        ha=side, va="bottom", color=colour, fontweight="bold", zorder=4,
        arrowprops={"arrowstyle": "-", "color": colour, "lw": 0.8, "shrinkA": 0, "shrinkB": 2},
    )  # fmt: skip


def _matrix(axes, arms: ArmEstimates, rank: np.ndarray, names: list[str]) -> None:
    for y, name in enumerate(names):
        if y % 2 == 0:
            axes.axhspan(y - 0.5, y + 0.5, color=LIGHT, lw=0, zorder=0)
        on = np.array([name in arms.arms[index] for index in rank])
        x, factor = np.arange(len(rank)), arms.factors[name]
        if _crowded(arms):
            _strokes(axes, x[on], y - 0.3, y + 0.3, color=factor.colour, lw=0.6 if on_phone() else 1.2, zorder=2)
            continue
        axes.scatter(
            x[~on], np.full((~on).sum(), y), s=5 if on_phone() else 12, color="#D9D9D9", linewidths=0, zorder=1
        )
        size, look = 14 if on_phone() else 24, {"color": factor.colour, "marker": factor.marker}
        axes.scatter(x[on], np.full(on.sum(), y), s=size, linewidths=0, zorder=2, **look)
    axes.set_yticks(range(len(names)), [arms.factors[name].label for name in names])
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_xticks([])
    axes.set_xlim(-0.8, len(rank) - 0.2)
    axes.tick_params(axis="y", length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
