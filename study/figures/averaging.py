"""Averages of thinned networks against one pass with all units."""

from __future__ import annotations

import pandas as pd

from study.design.factors import BY_NAME
from study.exhibits import mechanism_titles
from study.exhibits.exhibit import FigureExhibit
from study.exhibits.wording import count
from study.figures.style import DARK, headline, on_phone, sheet, styled
from study.statistics.inference import CONFIDENCE
from study.statistics.interval import Interval

BAND = "#E4E4E4"
TICKS = (1, 2, 5, 10, 20, 50, 100, 200, 500)
METRICS = {"error": ("Test error", "pp"), "nll": ("Test NLL", "nats")}


@styled
def averaging(table: pd.DataFrame, band: float, where: str) -> FigureExhibit:
    """Draw error and NLL of the average of k thinned networks, less those of weight scaling.

    Args:
        table: as `claims.averaging.convergence` returns it.
        band: half-width of a band of test error shown for scale, pp.
        where: the network and the data, for the caption.
    """
    figure = sheet(3.3, 5.6)
    told = []
    for axes, (name, (label, unit)) in zip(figure.subplots(*((2, 1) if on_phone() else (1, 2))), METRICS.items()):
        rows = table[table["metric"] == name]
        _line(axes, rows, band if name == "error" else None)
        axes.set_xlabel("Thinned networks averaged")
        axes.set_title(f"{label} − weight scaling's ({unit})", fontsize=9, fontweight="normal")
        if name == "error":
            _end(axes, rows, band)
        shown = rows[rows["judged"] | (rows["samples"] == rows["samples"].min())]
        at = [
            f"{Interval(row.mean, row.ci_low, row.ci_high, row.n_seeds, unit).words(places=2)} at {row.samples}"
            for row in shown.itertuples()
        ]
        told.append(f"{label} {', '.join(at)}")
    title = mechanism_titles.averaging(table)
    headline(figure, title)
    caption = (
        "The average prediction of thinned networks against one pass with all units, whose activations are "
        f"weight-scaled. Above 0 the average is worse. Line: mean of {count(int(table['n_seeds'].min()), 'seed')}; "
        f"coloured band: {CONFIDENCE} t interval; grey band: ±{band:g} pp, for scale. Inset: "
        f"the end of the line, enlarged. {where}."
    )
    return FigureExhibit(figure, caption, f"Two line charts. {title}. {'; '.join(told)}.", table)


def _line(axes, rows: pd.DataFrame, band: float | None) -> None:
    """Draw mean and interval over the number of thinned networks, and the band shown for scale."""
    factor = BY_NAME["dropout"]
    if band is not None:
        axes.axhspan(-band, band, color=BAND, lw=0, zorder=0)
    axes.axhline(0, color=DARK, lw=0.8, zorder=1)
    axes.fill_between(rows["samples"], rows["ci_low"], rows["ci_high"], color=factor.colour, alpha=0.2, lw=0, zorder=2)
    shown = [k for k in TICKS if rows["samples"].min() <= k <= rows["samples"].max()]
    marked = [list(rows["samples"]).index(k) for k in shown]
    axes.plot(
        rows["samples"], rows["mean"], color=factor.colour, marker=factor.marker, ms=4.5, markevery=marked, zorder=3
    )
    axes.set_xscale("log")
    axes.set_xticks(shown, [str(k) for k in shown])
    axes.minorticks_off()


def _end(axes, rows: pd.DataFrame, band: float) -> None:
    """Enlarge the line's last stretch, where it comes near the band, in the corner that it leaves empty."""
    inset = axes.inset_axes([0.46, 0.42, 0.53, 0.57])
    last = rows[rows["samples"] >= rows["samples"].max() / 5]
    _line(inset, last, band)
    inset.set_ylim(min(-1.6 * band, last["ci_low"].min()), max(1.6 * band, 1.05 * last["ci_high"].max()))
    inset.tick_params(labelsize=8)
    inset.text(0.03, -0.9 * band, f"±{band:g} pp", transform=inset.get_yaxis_transform(), fontsize=8, color=DARK)
