"""Batch norm: steps to a training loss over learning rates, and its noise told apart from the rest."""

from __future__ import annotations

import numpy as np

from study.design.factors import BY_NAME
from study.exhibits import mechanism_titles
from study.exhibits.exhibit import FigureExhibit
from study.exhibits.mechanism_titles import interval
from study.exhibits.wording import count
from study.figures.style import DARK, GREY, NONE, headline, on_phone, sheet, styled
from study.statistics.inference import CONFIDENCE

NETWORKS = {
    "steps-adam": "Two hidden layers, Adam",
    "steps-sgd": "Two hidden layers, SGD with momentum",
    "steps-deep": "Eight hidden layers, Adam",
}
GREEN = BY_NAME["batchnorm"].colour
ARMS = {"none": ("without batch norm", NONE, "s", (0, (5, 2))), "batchnorm": ("with batch norm", GREEN, "^", "-")}
"""Label, colour, marker and dashes of each network."""
CONTROLS = {"batch": ("batch norm", "full", "-"), "population": ("batch norm without its noise", "none", (0, (1, 1.5)))}
"""Label, fill and dashes; both in batch norm's colour."""


@styled
def batch_normalization(found: dict) -> FigureExhibit:
    """Draw steps to a training loss over learning rates, a panel a network, and what batch norm adds to test
    accuracy over batch sizes, with and without its noise.

    Args:
        found: as `claims.batchnorm.pictured` returns it.
    """
    figure = sheet(6.2, 10.4)
    panels = figure.subplots(*((4, 1) if on_phone() else (2, 2)))
    for axes, (network, label) in zip(panels.flat, NETWORKS.items()):
        _steps(axes, found, network)
        axes.set_title(label, fontsize=9, fontweight="normal")
    panels = panels.ravel()
    for axes in panels[:2]:
        axes.set_xlabel("")
    for axes in panels[:3] if on_phone() else panels[::2]:
        axes.set_ylabel(f"Steps to a training loss of {found['target']:g}")
    panels[1].legend(loc="lower left", labelcolor=DARK, handlelength=3)
    panels[0].text(0.03, 0.93, "× not reached", transform=panels[0].transAxes, fontsize=8.5, va="center")
    _accuracy(panels[3], found)
    panels[3].set_title("What it adds to test accuracy", fontsize=9, fontweight="normal")
    title = mechanism_titles.batch_normalization(found)
    headline(figure, title)
    told = [
        "Noise of the statistics by batch size: "
        + ", ".join(f"{batch} {interval(each, 'pp').words()}" for batch, each in found["noise_by_batch"].items())
    ]
    if found["fitting"]:
        told.append(f"batch norm without it adds {interval(found['conditioning'], 'pp').words()}")
    caption = (
        f"First three panels: steps until the mean training loss over an epoch is {found['target']:g}, MNIST-1D, n = "
        f"1,000, batch 100. Marker: geometric mean of {count(found['seeds'], 'seed')}; bar: {CONFIDENCE} t interval; "
        f"×: at least one seed did not get there within {found['longest']} steps. Last panel: test accuracy above the "
        "same network without batch norm, paired, n = 500, 500 steps at every batch size; *without its noise*: "
        "statistics of all 500 training signals at every step, the loss of the same minibatch. Marker: mean; bar: "
        f"{CONFIDENCE} t interval. The title's mean is over the batch sizes at which every network reaches "
        f"{found['fitted']} % training accuracy."
    )
    return FigureExhibit(figure, caption, f"Four line charts. {title}. {'; '.join(told)}.", found["steps"])


def _steps(axes, found: dict, network: str) -> None:
    """Draw one network's steps over learning rates, with and without batch norm."""
    table = found["steps"]
    for arm, (label, colour, marker, dashes) in ARMS.items():
        rows = table[(table["network"] == network) & (table["arm"] == arm)]
        # Side by side, so that both can be seen where they are equal.
        x = rows["rate"] * (1.04 if arm == "batchnorm" else 1 / 1.04)
        axes.plot(x, rows["mean"], color=colour, ls=dashes, marker=marker, ms=5.5, label=label, zorder=3)
        axes.vlines(x, rows["ci_low"], rows["ci_high"], color=colour, lw=1.6, zorder=2)
        lost = rows["reached"] < found["seeds"]
        y = np.full(lost.sum(), found["longest"] * (1.3 if arm == "none" else 1.6))
        axes.plot(x[lost], y, "x", color=colour, ms=6, mew=1.6, zorder=3)
    axes.axhline(found["longest"], color=GREY, lw=0.8, zorder=1)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_ylim(35, found["longest"] * 2)
    axes.set_yticks([50, 100, 200, 500], ["50", "100", "200", "500"])
    axes.minorticks_off()
    rates = table.loc[table["network"] == network, "rate"]
    decades = [10.0**k for k in range(-4, 2) if rates.min() / 1.01 <= 10.0**k <= rates.max() * 1.01]
    axes.set_xticks(decades, [f"{rate:g}" for rate in decades])
    axes.set_xlabel("Learning rate")


def _accuracy(axes, found: dict) -> None:
    """Draw what batch norm adds to test accuracy over batch sizes."""
    table = found["accuracy"]
    axes.axhline(0, color=NONE, lw=1.4, ls=ARMS["none"][3], zorder=1)
    for network, (label, fill, dashes) in CONTROLS.items():
        rows = table[table["network"] == network]
        x = rows["batch"] * (1.03 if network == "batch" else 1 / 1.03)
        axes.plot(
            x,
            rows["mean"],
            color=GREEN,
            ls=dashes,
            marker="^",
            ms=5.5,
            label=label,
            zorder=3,
            mfc=GREEN if fill == "full" else "white",
        )
        axes.vlines(x, rows["ci_low"], rows["ci_high"], color=GREEN, lw=1.6, zorder=2)
    axes.set_xscale("log")
    sizes = sorted(set(table["batch"]))
    axes.set_xticks(sizes, [str(size) for size in sizes])
    axes.minorticks_off()
    low, high = min(0, table["ci_low"].min()), max(0, table["ci_high"].max())
    axes.set_ylim(low - 0.05 * (high - low), high + 0.4 * (high - low))
    axes.set_xlabel("Batch size")
    axes.set_ylabel("Test accuracy above none (pp)")
    axes.legend(loc="upper right", labelcolor=DARK, handlelength=3)
