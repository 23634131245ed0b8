"""Where early stopping ends each training, and what other rules would have cost."""

from __future__ import annotations

import pandas as pd

from study.design.arms import parse_arm
from study.design.factors import BY_NAME
from study.exhibits import mechanism_titles
from study.exhibits.exhibit import FigureExhibit
from study.exhibits.mechanism_titles import beside
from study.exhibits.wording import arm_words, capital, count
from study.figures.style import DARK, GREY, LIGHT, bar, headline, null, on_phone, paper, plain, sheet, styled
from study.statistics.inference import CONFIDENCE
from study.statistics.interval import Interval

COLOUR, MARKER = BY_NAME["earlystopping"].colour, BY_NAME["earlystopping"].marker
QUANTITIES = {"test_accuracy": ("test accuracy", "pp", "more"), "test_nll": ("test NLL", "nats", "less")}
"""Words, unit and what is better, by quantity."""


@styled
def stopping_points(points: pd.DataFrame, costs: pd.DataFrame, patience: int) -> FigureExhibit:
    """Draw, above, each training's first rise, minimum and stop; below, what other rules cost.

    Args:
        points: as `claims.stopping.points` returns it.
        costs: as `claims.stopping.costs` returns it; the first rule is to stop at the first rise.
        patience: epochs that early stopping waits for.
    """
    arms = list(dict.fromkeys(points["arm"]))
    shown = list(dict.fromkeys(costs["rule"]))
    heights = 0.6 + 0.14 * len(points), 0.6 + 0.27 * len(arms) * len(shown)
    if on_phone():
        heights = heights[0] + 0.6, 2 * heights[1]
    figure = sheet(0.2 + sum(heights))
    above, below = figure.subfigures(2, 1, height_ratios=heights)
    _draw_points(above.subplots(), points, arms, patience)
    grid = (len(QUANTITIES), 1) if on_phone() else (1, len(QUANTITIES))
    _draw_costs(below.subplots(*grid, sharey=True), costs, arms, shown)
    title = mechanism_titles.stopping_points(points, costs, shown[0])
    headline(figure, title)
    n = int(costs["seeds"].min())
    caption = (
        f"Above: one row a training, {count(n, 'seed')} an arm. Hollow circle: the epoch before the validation loss "
        "first rises; filled circle: the epoch of its minimum over the whole budget; triangle: where Keras's "
        f"EarlyStopping with patience {patience} ends training, at the budget's end if it does not fire; light bar: "
        "the budget. Below: test accuracy and NLL of other rules minus those of that patience on the validation loss, "
        f"paired by training. Marker: mean over seeds, filled where the interval excludes zero; bar: {CONFIDENCE} t "
        f"interval. {censored(points, patience)}"
    ).strip()
    told = [f"{arm_words(parse_arm(arm))} {_difference(costs, arm, shown[0], 'test_accuracy').words()}" for arm in arms]
    return FigureExhibit(
        figure, caption, f"Two parts. {title} Test accuracy, {shown[0]} against patience: {'; '.join(told)}.", costs
    )


def _difference(costs: pd.DataFrame, arm: str, rule: str, quantity: str) -> Interval:
    wanted = (costs["arm"] == arm) & (costs["rule"] == rule) & (costs["quantity"] == quantity)
    row = costs[wanted].iloc[0]
    return Interval(row["estimate"], row["low"], row["high"], int(row["seeds"]), QUANTITIES[quantity][1])


def _draw_points(axes, points: pd.DataFrame, arms: list[str], patience: int) -> None:
    at, ticks = 0.0, []
    for arm in arms:
        rows = points[points["arm"] == arm]
        places = [at + number for number in range(len(rows))]
        axes.hlines(places, 1, rows["epochs"], color=LIGHT, lw=5, zorder=0)
        axes.hlines(places, rows["rise"], rows["minimum"], color=GREY, lw=1.2, zorder=1)
        axes.plot(rows["stopped"], places, MARKER, color=COLOUR, ms=6, zorder=2)
        axes.plot(rows["minimum"], places, "o", color=DARK, ms=4, zorder=3)
        axes.plot(rows["rise"], places, "o", mec=DARK, mfc="white", ms=6.5, zorder=2.5)
        ticks.append((sum(places) / len(places), capital(arm_words(parse_arm(arm))).replace(" + ", "\n+ ")))
        at += len(rows) + 1
    axes.set_yticks(*zip(*ticks, strict=True))
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(at - 1.4, -1.2)
    axes.set_xlim(0, points["epochs"].max() * (1.05 if on_phone() else 1.01))
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("Epoch")
    keys = [
        axes.plot([], [], "o", mec=DARK, mfc="white", ms=6.5, label="before the first rise")[0],
        axes.plot([], [], "o", color=DARK, ms=4, label="minimum of the validation loss")[0],
        axes.plot([], [], MARKER, color=COLOUR, ms=6, label=f"patience {patience} stops")[0],
    ]
    axes.legend(
        handles=keys,
        loc="lower left",
        bbox_to_anchor=(-0.02, 0.98),
        ncols=1 if on_phone() else 3,
        handletextpad=0.3,
        columnspacing=1.4,
    )


def _draw_costs(panels, costs: pd.DataFrame, arms: list[str], shown: list[str]) -> None:
    for axes, (quantity, (words, unit, better)) in zip(panels, QUANTITIES.items(), strict=True):
        null(axes, None)
        ticks = []
        for number_of, arm in enumerate(arms):
            for place, rule in enumerate(shown):
                y = number_of * (len(shown) + 0.8) + place
                found = _difference(costs, arm, rule, quantity)
                bar(axes, y, found, COLOUR, "o", found.side())
                ticks.append((y, rule))
            if number_of:
                axes.axhline(number_of * (len(shown) + 0.8) - 0.9, color=LIGHT, lw=1)
        axes.set_yticks(*zip(*ticks, strict=True))
        plain(axes)
        axes.set_xlabel(f"Difference in {words} ({unit}; {better} is better)", fontsize=8.5)
    panels[0].set_ylim(ticks[-1][0] + 0.6, -1.1)
    for axes in panels if on_phone() else panels[:1]:
        for number_of, arm in enumerate(arms):
            at = (0, number_of * (len(shown) + 0.8) - 0.5)
            words = capital(arm_words(parse_arm(arm)))
            look = {"xycoords": ("axes fraction", "data"), "fontsize": 8.5, "fontweight": "bold", "va": "center"}
            paper(axes.annotate(words, at, **look))


def censored(points: pd.DataFrame, patience: int) -> str:
    """Return in how many trainings the budget's end hides what the rows above would show; empty if in none."""
    parts = []
    for arm, rows in points.groupby("arm", sort=False):
        late = int((rows["epochs"] - rows["minimum"] < patience).sum())
        if late:
            whole = int((rows["stopped"] == rows["epochs"]).sum())
            parts.append(
                f"{beside(arm)}, the minimum of {late} of {count(len(rows), 'training')} lies within {patience} epochs "
                f"of the budget's end, so that a later one may be hidden, and {whole} were not stopped before that end"
            )
    return f"{capital('; '.join(parts))}." if parts else ""
