"""What augmentation is worth: the data it stands for, and each transformation alone."""

from __future__ import annotations

from study.design.factors import BY_NAME
from study.exhibits import mechanism_titles
from study.exhibits.exhibit import FigureExhibit
from study.exhibits.mechanism_titles import interval, times
from study.exhibits.wording import count, number, worth_bound
from study.figures.style import DARK, GREY, LIGHT, NONE, bar, headline, null, on_phone, paper, plain, sheet, styled
from study.statistics.inference import CONFIDENCE
from study.statistics.interval import Interval

PINK, MARKER = BY_NAME["augmentation"].colour, BY_NAME["augmentation"].marker
NAMES = {
    ("signals", "both"): "translation + noise",
    ("signals", "translation"): "translation",
    ("signals", "noise"): "noise",
    ("signals", "mirror"): "reversed in time",
    ("signals", "negation"): "signs turned",
    ("digits", "translation"): "translation",
    ("digits", "rotation"): "rotation",
    ("digits", "zoom"): "zoom",
    ("digits", "noise"): "noise",
    ("digits", "mirror"): "mirrored",
}
"""Labels of the transformations by data and name, in the order to draw them."""
LIES = {("signals", "mirror"), ("signals", "negation"), ("digits", "mirror")}
"""Transformations that change what some examples show."""


@styled
def data_worth(found: dict) -> FigureExhibit:
    """Draw accuracy over the number of training examples, what augmentation is worth in them, and each
    transformation's effect.

    Args:
        found: as `claims.augmentation.pictured` returns it.
    """
    figure = sheet(4.1, 7.2)
    left, right = figure.subplots(2, 1) if on_phone() else figure.subplots(1, 2, width_ratios=(1.05, 1))
    _curve(left, found)
    _effects(right, found)
    title = mechanism_titles.data_worth(found)
    headline(figure, title)
    worth = "; ".join(
        f"at {size:,} signals {times(interval(k, 'times'), _bound(found, size))} as many"
        for size, k in found["worth"].items()
    )
    effects = "; ".join(
        f"{NAMES[row.data, row.name]} on {row.data} "
        f"{Interval(row.mean, row.ci_low, row.ci_high, found['seeds']).words()}"
        for row in found["effects"].itertuples(index=False)
    )
    caption = (
        "First panel: test accuracy on MNIST-1D over the number of training signals, 2,000 steps each; diamonds: with "
        "augmentation (translation, noise); arrows: to as many signals as give that accuracy without it, k "
        "times as many (geometric mean; ≥: at least one seed lies above its whole curve and counts as its end, so "
        f"there is no interval{'; ≤: or below its beginning' if any(found['below'].values()) else ''}). Second: effect "
        "of each transformation alone on test accuracy, 500 signals (dense network) and 100 scans of digits "
        f"(convolutional network), paired. Marker: mean of {count(found['seeds'], 'seed')}; bar: {CONFIDENCE} t "
        "interval, filled markers where it excludes 0; circles: transformations that change what some examples show."
    )
    return FigureExhibit(
        figure,
        caption,
        f"Line chart and dot plot. {title}. Augmentation is worth, {worth}. Effects: {effects}.",
        found["effects"],
    )


def _curve(axes, found: dict) -> None:
    """Draw accuracy over sizes, the augmented levels, and arrows to the sizes they are worth."""
    curve, levels = found["curve"], found["levels"]
    axes.plot(curve["size"], curve["mean"], color=NONE, marker="s", ms=5, zorder=3)
    axes.vlines(curve["size"], curve["ci_low"], curve["ci_high"], color=NONE, lw=1.6, zorder=2)
    for row in levels.itertuples(index=False):
        k = found["worth"][row.size]
        axes.plot(row.size, row.mean, MARKER, color=PINK, ms=7, zorder=4)
        axes.vlines(row.size, row.ci_low, row.ci_high, color=PINK, lw=1.6, zorder=2)
        axes.annotate(
            "",
            (row.size * k.value, row.mean),
            (row.size, row.mean),
            zorder=2,
            arrowprops={"arrowstyle": "->", "color": PINK, "lw": 1.6, "shrinkA": 6, "shrinkB": 3},
        )
        middle = row.size * k.value**0.5
        bound = _bound(found, row.size)
        paper(
            axes.annotate(
                f"{bound}×{number(k.value, 1)}",
                (middle, row.mean),
                (0, 4),
                textcoords="offset points",
                ha="center",
                va="bottom",
                fontsize=9,
                fontweight="bold" if row.size == found["main"] else "normal",
            )
        )
    first, last = levels.iloc[0], curve.iloc[-2]
    axes.annotate(
        "with augmentation",
        (first["size"], first["ci_high"]),
        (0, 12),
        textcoords="offset points",
        color=DARK,
        fontsize=8.5,
        ha="left",
    )
    axes.annotate(
        "without", (last["size"], last["mean"]), (6, -12), textcoords="offset points", color=DARK, fontsize=8.5
    )
    axes.set_xscale("log")
    axes.set_xticks(curve["size"], [f"{size:,}" for size in curve["size"]])
    axes.minorticks_off()
    axes.set_xlabel("Training signals")
    axes.set_ylabel("Test accuracy (%)")


def _effects(axes, found: dict) -> None:
    """Draw each transformation's effect."""
    table = found["effects"].set_index(["data", "name"])
    null(axes, None)
    y, ticks, labels, data_before = 0.0, [], [], None
    for key, label in NAMES.items():
        row = table.loc[key]
        if key[0] != data_before:
            y += 0.9
            axes.text(
                0,
                y - 0.65,
                {"signals": "500 signals", "digits": "100 scans of digits"}[key[0]],
                fontsize=8.5,
                fontweight="bold",
                transform=axes.get_yaxis_transform(),
                va="center",
                backgroundcolor="white",
                zorder=2,
            )
            data_before = key[0]
        effect = Interval(row["mean"], row["ci_low"], row["ci_high"], found["seeds"])
        if key in LIES:
            bar(axes, y, effect, "#6B6B6B", "o", effect.side(), line=GREY)
        else:
            bar(axes, y, effect, PINK, MARKER, effect.side())
        ticks.append(y)
        labels.append(label)
        y += 0.75
    axes.set_yticks(ticks, labels)
    axes.set_ylim(y - 0.2, 0)
    plain(axes)
    axes.grid(axis="x", color=LIGHT, lw=1)
    axes.set_xlabel("Effect on test accuracy (pp)")


def _bound(found: dict, size: int) -> str:
    """Return what stands before k at a size where seeds lie outside their curves."""
    return worth_bound(found["beyond"][size], found["below"][size])
