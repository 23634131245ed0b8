"""One arm among its neighbours: what each single switch would change."""

from __future__ import annotations

from study.analysis.lattice import Difference, Metric
from study.design.factors import TEXTBOOK, Factor, Factors
from study.exhibits.exhibit import FigureExhibit
from study.exhibits.wording import count, estimate
from study.figures.style import DARK, LIGHT, headline, sheet, styled


@styled
def neighbours(
    changes: dict[tuple[str, bool], Difference],
    shown: Metric,
    title: str,
    band: float | None,
    factors: Factors = TEXTBOOK,
) -> FigureExhibit:
    """Draw the effect of flipping each switch of one arm.

    Args:
        changes: by factor and whether the flip adds it: the new arm minus this one.
        shown: the metric.
        title: the finding.
        band: half-width of the equivalence band.
        factors: the study's factors.
    """
    figure = sheet(0.9 + 0.38 * len(changes))
    axes = figure.subplots()
    if band is not None:
        axes.axvspan(-band, band, color=LIGHT, lw=0, zorder=0)
    axes.axvline(0, color=DARK, lw=0.8, zorder=1)
    texts = []
    for y, ((name, adds), d) in enumerate(changes.items()):
        factor = factors[name]
        axes.plot([d.low, d.high], [y, y], color=factor.colour, lw=2.2, zorder=2)
        fill = factor.colour if adds else "white"
        axes.plot(d.mean, y, factor.marker, ms=7, mfc=fill, mec=factor.colour, mew=1.4, zorder=3)
        text = f"{estimate(d.mean, d.low, d.high, shown.effect_unit)}  {d.verdict}"
        axes.annotate(
            text, (1.02, y), xycoords=("axes fraction", "data"), va="center", fontsize=8.5, annotation_clip=False
        )
        texts.append(f"{_flip(factor, adds)}: {text}")
    axes.set_yticks(range(len(changes)), [_flip(factors[name], adds) for name, adds in changes])
    axes.set_ylim(len(changes) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(f"Change in {shown.label} ({shown.effect_unit})")
    headline(figure, title)
    n = next(iter(changes.values())).seeds
    caption = (
        f"The effect of flipping one switch of this arm on {shown.label}: filled, a regularizer added; hollow, "
        f"one removed. Marker: mean of {count(n, 'seed')}; bar: 95 % t interval over seeds"
        + (f"; grey band: ±{band:g} {shown.effect_unit}." if band is not None else ".")
    )
    return FigureExhibit(figure, caption, f"Forest plot. {title}. {'; '.join(texts)}.")


def _flip(factor: Factor, adds: bool) -> str:
    return f"{'add' if adds else 'remove'} {factor.label}"
