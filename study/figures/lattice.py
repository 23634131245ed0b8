"""The lattice: arms by number of regularizers, 32 of the five, joined by the single switches, 80 of the five."""

from __future__ import annotations

from matplotlib import colormaps
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize

from study.analysis.lattice import ArmEstimates, Lattice, steps
from study.design.arms import Arm
from study.design.factors import Factors
from study.exhibits.exhibit import FigureExhibit
from study.exhibits.wording import arm_words, count, number
from study.figures.style import GREY, HELP, HURT, headline, ink, sheet, styled

MAP = "cividis"
MOST = 5
"""Factors whose arms and switches can still be told apart in one figure."""


def fits(factors: Factors) -> bool:
    """Return whether the lattice of so many factors can be drawn."""
    return len(factors) <= MOST


def left_out(factors: Factors, title: str) -> str:
    """Return why the lattice is not drawn, and the finding that would have been its title."""
    arms = 2 ** len(factors)
    return (
        f"The lattice of arms is not drawn: with {factors.number} regularizers its {arms} arms and "
        f"{len(factors) * arms // 2} "
        f"switches could not be told apart. {title}."
    )


@styled
def lattice(found: Lattice, arms: ArmEstimates, title: str) -> FigureExhibit:
    """Draw the arms by number of factors and mean, and every single switch between them.

    Args:
        found: the lattice.
        arms: its arms' estimates.
        title: the finding.
    """
    known, every = found.factors, found.arms
    figure = sheet(4.9)
    axes = figure.subplots()
    mean = {arm.name: arms.mean[arms.at(arm)] for arm in every}
    place = _places(every, mean, found.metric.better)
    edges = steps(found)
    widest = max(abs(difference.mean) for *_, difference in edges) or 1.0
    for lower, upper, difference in sorted(edges, key=lambda edge: abs(edge[2].sign)):
        (x0, y0), (x1, y1), direction = place[lower.name], place[upper.name], difference.sign
        axes.plot(
            [x0, x1],
            [y0, y1],
            color={1: HELP, -1: HURT, 0: GREY}[direction],
            ls="-" if direction >= 0 else (0, (4, 1.2)),
            alpha=0.75 if direction else 0.6,
            lw=0.4 + 3.0 * abs(difference.mean) / widest,
            zorder=1 + abs(direction),
            solid_capstyle="round",
        )
    scale = Normalize(min(mean.values()), max(mean.values()))
    colour = colormaps[MAP]
    for arm in every:
        x, y = place[arm.name]
        tint = colour(scale(mean[arm.name]))
        axes.scatter(x, y, s=330, color=tint, edgecolors="white", linewidths=0.8, zorder=4)
        letters = "".join(known[name].letter for name in arm.factors) or "∅"
        axes.text(
            x,
            y,
            letters,
            ha="center",
            va="center",
            fontsize=6.5 if len(letters) < 5 else 5.2,
            color=ink(tint),
            zorder=5,
        )
    axes.set_yticks(range(len(known) + 1), [f"{number_on} on" for number_on in range(len(known) + 1)])
    axes.set_xticks([])
    axes.tick_params(length=0)
    axes.margins(x=0.06, y=0.08)
    for spine in axes.spines.values():
        spine.set_visible(False)
    bar = figure.colorbar(ScalarMappable(scale, colour), ax=axes, shrink=0.7, pad=0.01)
    bar.set_label(f"Mean {found.metric.label} ({found.metric.unit})", fontsize=8.5)
    bar.outline.set_visible(False)
    headline(figure, title)
    n = len(found.seeds)
    letters = ", ".join(f"{factor.letter} {factor.label}" for factor in known)
    caption = (
        f"The {len(every)} arms by how many regularizers are on, best on the left; letters: {letters}, ∅ none. A line "
        "is one "
        f"switch, its width the mean difference over {count(n, 'seed')}: blue and solid where adding the regularizer "
        "clearly helps, orange and dashed where it clearly hurts (95 % interval, simultaneous "
        f"over the {len(edges)} switches), grey where it is undecided."
    )
    best, worst = max(every, key=lambda a: mean[a.name]), min(every, key=lambda a: mean[a.name])
    alt = (
        f"Lattice of arms. {title}. Highest mean: {arm_words(best)}, {number(mean[best.name])} {found.metric.unit}; "
        f"lowest: {arm_words(worst)}, {number(mean[worst.name])} {found.metric.unit}."
    )
    return FigureExhibit(figure, caption, alt)


def _places(arms: tuple[Arm, ...], mean: dict[str, float], better: int) -> dict[str, tuple[float, float]]:
    """Return each arm's place: height by number of factors, best on the left."""
    place = {}
    for size in range(len(arms[0].known) + 1):
        row = sorted((arm for arm in arms if len(arm.factors) == size), key=lambda a: -better * mean[a.name])
        for number_, arm in enumerate(row):
            place[arm.name] = (number_ - (len(row) - 1) / 2, size)
    return place
