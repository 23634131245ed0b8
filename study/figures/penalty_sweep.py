"""What L2 does over λ: norm of the weights, test accuracy, and how strongly the function reacts."""

from __future__ import annotations

import pandas as pd

from study.design.arms import parse_arm
from study.design.factors import BY_NAME
from study.exhibits import mechanism_titles
from study.exhibits.exhibit import FigureExhibit
from study.exhibits.mechanism_titles import power
from study.exhibits.wording import arm_words, count
from study.figures.style import DARK, LIGHT, headline, on_phone, paper, sheet, styled
from study.statistics.inference import CONFIDENCE
from study.statistics.interval import Interval

PANELS = (
    ("norm", "Norm of all kernels", True),
    ("test_accuracy", "Test accuracy (%)", False),
    ("sensitivity", "Sensitivity to the input", True),
)
"""Quantity, heading, and whether its axis is logarithmic."""
LOOKS = {
    "without batch norm": (BY_NAME["l2"].colour, BY_NAME["l2"].marker, "-"),
    "with batch norm": (BY_NAME["batchnorm"].colour, BY_NAME["batchnorm"].marker, "--"),
}
"""Colour, marker and line of each network."""


@styled
def penalty_sweep(table: pd.DataFrame, marked: float) -> FigureExhibit:
    """Draw norm, accuracy and sensitivity over λ, with and without batch norm.

    Args:
        table: as `claims.norms.sweep` returns it.
        marked: the study's own λ, marked in every panel.
    """
    figure = sheet(3.1, 7.2)
    axes = figure.subplots(*((len(PANELS), 1) if on_phone() else (1, len(PANELS))))
    penalties = sorted(table["penalty"].unique())
    places = dict(zip(penalties, range(len(penalties)), strict=True))
    for ax, (quantity, heading, logarithmic) in zip(axes, PANELS, strict=True):
        ax.axvline(places[marked], color=LIGHT, lw=9, zorder=0)
        for shift, (network, (colour, marker, line)) in zip((-0.06, 0.06), LOOKS.items(), strict=True):
            rows = table[(table["network"] == network) & (table["quantity"] == quantity)]
            at = [places[penalty] + shift for penalty in rows["penalty"]]
            ax.vlines(at, rows["low"], rows["high"], color=colour, lw=1.8, zorder=2)
            ax.plot(at, rows["estimate"], line, marker=marker, ms=5, color=colour, label=network, zorder=3)
        if logarithmic:
            ax.set_yscale("log")
            ax.yaxis.set_major_locator(_locator())
            ax.yaxis.set_major_formatter("{x:g}")
            ax.yaxis.minorticks_off()
        ax.set_title(heading, fontsize=9, pad=6)
        ax.set_xticks(range(len(penalties)), [power(penalty) for penalty in penalties], fontsize=8)
        ax.set_xlabel("λ")
    paper(
        axes[0].annotate(
            "the quick study's λ",
            (places[marked], 0.03),
            xycoords=("data", "axes fraction"),
            ha="center",
            fontsize=8,
            color=DARK,
        )
    )
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper left", ncols=2, fontsize=8.5)
    title = mechanism_titles.penalty_sweep(table)
    headline(figure, title)
    n = int(table["seeds"].min())
    caption = (
        "Networks trained with L2 of growing λ, from equal initial weights on equal batches. Marker: mean of "
        f"{count(n, 'seed')}; bar: {CONFIDENCE} t interval; grey: the λ of the quick study. Sensitivity: mean "
        "norm of the gradient of the margin (largest logit minus the next) with respect to the input, over test "
        f"examples. Norm and sensitivity on logarithmic axes. {_arms(table)}"
    )
    return FigureExhibit(figure, caption, f"Three panels over λ. {title}", table)


def _arms(table: pd.DataFrame) -> str:
    """Return what L2 leaves of the norm at the study's λ, by arm."""
    rows = table[table["quantity"] == "norm_by_arm"]
    told = [
        f"{'no other regularizer' if row.network == 'none' else arm_words(parse_arm(row.network))} "
        + Interval(row.estimate, row.low, row.high, row.seeds, "%").words(signed=False, places=1)
        for row in rows.itertuples()
    ]
    return (
        f"Norm at λ = {power(rows['penalty'].iloc[0])} in percent of that without L2, beside {'; '.join(told)} "
        "(fewer epochs in the arms with dropout or augmentation)."
    )


def _locator():
    from matplotlib.ticker import LogLocator

    return LogLocator(subs=(1, 2, 5))
