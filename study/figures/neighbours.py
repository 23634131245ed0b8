"""One arm among its neighbours: what each single switch would change."""

from __future__ import annotations

import pandas as pd

from study.design.architectures.tasks import Metric
from study.design.factors import Factor, Factors
from study.exhibits.exhibit import FigureExhibit
from study.exhibits.wording import count
from study.figures.style import BARS, PHONE_ROW, aside, bar, headline, null, rows, sheet, styled
from study.statistics.interval import Interval


@styled
def neighbours(
    changes: dict[tuple[str, bool], Interval], shown: Metric, title: str, band: float | None, factors: Factors
) -> FigureExhibit:
    """Draw the effect of flipping each switch of one arm.

    Args:
        changes: by factor and whether the flip adds it: the new arm minus this one.
        shown: the metric.
        title: the finding.
        band: half-width of the equivalence band.
        factors: the study's factors.
    """
    figure = sheet(0.9 + 0.38 * len(changes), 0.5 + PHONE_ROW * len(changes))
    axes = figure.subplots()
    null(axes, band)
    texts = []
    for y, ((name, adds), d) in enumerate(changes.items()):
        factor = factors[name]
        bar(axes, y, d, factor.colour, factor.marker, adds, 2.2, 7)
        text = f"{d.words()}  {d.verdict}"
        aside(axes, y, text)
        texts.append(f"{_flip(factor, adds)}: {text}")
    rows(axes, [_flip(factors[name], adds) for name, adds in changes])
    axes.set_xlabel(shown.effect(f"Change in {shown.label}"))
    headline(figure, title)
    n = next(iter(changes.values())).seeds
    caption = (
        f"The effect of flipping one switch of this arm on {shown.label}: filled, a regularizer added; hollow, "
        f"one removed. Marker: mean of {count(n, 'seed')}; {BARS} the {len(changes)}, in brackets"
        + (f"; grey band: ±{band:g} {shown.effect_unit}." if band is not None else ".")
    )
    table = pd.DataFrame(
        [
            (name, "add" if adds else "remove", d.mean, *d.bounds, d.low, d.high, d.seeds, d.verdict)
            for (name, adds), d in changes.items()
        ],
        columns=[
            "factor", "switch", "estimate", "joint_low", "joint_high", "ci_low", "ci_high", "n_seeds", "verdict",
        ],
    )  # fmt: skip
    return FigureExhibit(figure, caption, f"Forest plot. {title}. {'; '.join(texts)}.", table)


def _flip(factor: Factor, adds: bool) -> str:
    return f"{'add' if adds else 'remove'} {factor.label}"
