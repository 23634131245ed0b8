"""Averages of thinned networks against one pass with all units."""

from __future__ import annotations

import pandas as pd

from study.design.factors import BY_NAME
from study.exhibits.exhibit import FigureExhibit
from study.exhibits.wording import capital, count, listed, number
from study.figures.style import DARK, headline, sheet, styled
from study.statistics.inference import FEWEST_SEEDS

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
    figure = sheet(3.3)
    told = []
    for axes, (name, (label, unit)) in zip(figure.subplots(1, 2), METRICS.items()):
        rows = table[table["metric"] == name]
        _line(axes, rows, band if name == "error" else None)
        axes.set_xlabel("Thinned networks averaged")
        axes.set_title(f"{label} − weight scaling's ({unit})", fontsize=9, fontweight="normal")
        if name == "error":
            _end(axes, rows, band)
        shown = rows[rows["judged"] | (rows["samples"] == rows["samples"].min())]
        at = [f"{_written(row, unit)} at {row['samples']}" for _, row in shown.iterrows()]
        told.append(f"{label} {', '.join(at)}")
    title = finding(table)
    headline(figure, title)
    caption = (
        "The average prediction of thinned networks against one pass with all units, whose activations are "
        f"weight-scaled. Above 0 the average is worse. Line: mean of {count(int(table['n_seeds'].min()), 'seed')}; "
        f"coloured band: 95 % t interval; grey band: ±{band:g} pp, for scale. Inset: "
        f"the end of the line, enlarged. {where}."
    )
    return FigureExhibit(figure, caption, f"Two line charts. {title}. {'; '.join(told)}.")


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
    inset.tick_params(labelsize=7.5)
    inset.text(0.03, -0.9 * band, f"±{band:g} pp", transform=inset.get_yaxis_transform(), fontsize=7.5, color=DARK)


def finding(table: pd.DataFrame) -> str:
    """Return a title: how the averages that are judged err against weight scaling, as the intervals tell."""
    judged = table[table["judged"]].sort_values("samples")
    errors = judged[judged["metric"] == "error"]
    by_direction: dict[int, list[int]] = {1: [], -1: [], 0: []}
    for _, row in errors.iterrows():
        by_direction[_direction(row)].append(int(row["samples"]))
    more, less, open_ = by_direction.values()
    said = [
        f"{_averages(samples)} {'err' if len(samples) > 1 else 'errs'} {how} often than weight scaling"
        for samples, how in ((more, "more"), (less, "less"))
        if samples
    ]
    if open_:
        verb = "err" if len(open_) > 1 else "errs"
        said.append(f"it is open whether {_averages(open_)} {verb} more often than weight scaling")
    last = judged[judged["metric"] == "nll"].iloc[-1]
    if _direction(last):
        how = "worse" if _direction(last) > 0 else "better"
        said.append(f"{_averages([int(last['samples'])])} has {how} probabilities")
    return capital("; ".join(said))


def _averages(samples: list[int]) -> str:
    if len(samples) > 1:
        return f"the averages of {listed([str(k) for k in samples])} thinned networks"
    return f"the average of {samples[0]} thinned networks"


def _direction(row: pd.Series) -> int:
    """Return 1 where the average is worse than weight scaling, −1 where it is better, 0 where that is open."""
    if row["n_seeds"] < FEWEST_SEEDS:
        return 0
    return int(row["ci_low"] > 0) - int(row["ci_high"] < 0)


def _written(row: pd.Series, unit: str) -> str:
    values = [number(row[name], 2, sign=name == "mean") for name in ("mean", "ci_low", "ci_high")]
    return f"{values[0]} {unit} [{values[1]}, {values[2]}]"
