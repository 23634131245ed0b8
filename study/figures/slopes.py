"""Metric flips: one line a factor from the metric that decides to the others."""

from __future__ import annotations

import pandas as pd

from study.analysis.agreement import flips
from study.design.architectures.tasks import METRICS
from study.design.factors import Factors, spelt
from study.exhibits.exhibit import FigureExhibit
from study.exhibits.wording import capital, count, number
from study.figures.style import BARS, DARK, headline, name_ends, on_phone, sheet, styled, whisker
from study.statistics.interval import Interval


@styled
def slopes(table: pd.DataFrame, title: str, seeds: int, factors: Factors) -> FigureExhibit:
    """Draw each factor's main effect on every metric of test examples on one scale.

    Args:
        table: as `agreement.improvements` returns it.
        title: the finding.
        seeds: number of seeds behind it.
        factors: the study's factors.
    """
    figure = sheet(3.6, 3.9)
    axes = figure.subplots()
    axes.axhline(0, color=DARK, lw=0.8, zorder=1)
    compared = list(dict.fromkeys(table["metric"]))
    turned = {term for term, _ in flips(table)}
    ends = []
    for number_, factor in enumerate(factors):
        name = factor.name
        found = table[table["term"] == name].set_index("metric").loc[compared]
        # Side by side, so that intervals of several factors can be told apart.
        x = [k + (number_ - (len(factors) - 1) / 2) * 0.035 for k in range(len(compared))]
        axes.plot(x, found["estimate"], color=factor.colour, lw=2.2 if name in turned else 1.1, zorder=2)
        for at, (_, row) in zip(x, found.iterrows()):
            whisker(axes, at, Interval.of(row, "%"), factor.colour, 1.6, upright=True)
            axes.plot(
                at,
                row["estimate"],
                factor.marker,
                ms=6.5,
                color=factor.colour,
                zorder=3,
                mfc=factor.colour if row["sign"] else "white",
            )
        ends.append((x[-1], float(found["estimate"].iloc[-1]), factor.label, name in turned))
    labels = [capital(METRICS[name].label) for name in compared]
    axes.set_xticks(range(len(compared)), [label.replace(" ", "\n", 1) for label in labels] if on_phone() else labels)
    axes.set_xlim(-0.25, len(compared) - (0.1 if on_phone() else 0.45))
    figure.draw_without_rendering()  # places the axes, whose size says where names would touch
    name_ends(axes, ends, len(compared) - 0.76)
    axes.set_ylabel("Improvement (% of the arms' span)")
    axes.tick_params(axis="x", length=0)
    headline(figure, title)
    caption = (
        f"Main effects on {spelt(len(compared))} metrics, turned so that up is better, in percent of the span between "
        f"the best and the worst arm's mean on that metric. Marker: mean of {count(seeds, 'seed')}, filled where the "
        f"verdict is *helps* or *hurts*; {BARS} the {len(factors)} of a metric; thick lines: the verdict turns round."
    )
    told = "; ".join(
        f"{factors[name].label} "
        + ", ".join(
            f"{METRICS[row.metric].label} {number(row.estimate, 0, sign=True)} %"
            for row in table[table["term"] == name].itertuples()
        )
        for name in factors.names
    )
    return FigureExhibit(figure, caption, f"Slope chart. {title}. Improvements: {told}.", table)
