"""How strengths were chosen: validation accuracy over each factor's dial, an experiment a row, a factor a column."""

from __future__ import annotations

from collections.abc import Sequence

from study.analysis.tuned import Choice
from study.design.sweeps import text
from study.exhibits.exhibit import FigureExhibit
from study.exhibits.wording import count, number
from study.figures.style import LIGHT, headline, sheet, styled


@styled
def tuned(choices: Sequence[Choice], titles: dict[str, str], title: str) -> FigureExhibit:
    """Draw every value tried, with its interval, and ring the one chosen.

    Args:
        choices: what validation chose, by experiment and factor.
        titles: the experiments' titles by name.
        title: the finding.
    """
    rows = list(dict.fromkeys(choice.experiment for choice in choices))
    columns = list(dict.fromkeys(choice.factor for choice in choices))
    figure = sheet(0.7 + 1.45 * len(rows))
    panels = figure.subplots(len(rows), len(columns), sharey="row", squeeze=False)
    found = {(choice.experiment, choice.factor): choice for choice in choices}
    told = []
    for line, experiment in zip(panels, rows):
        for axes, factor in zip(line, columns):
            if experiment == rows[0]:
                axes.set_title(factor.label, fontsize=9)
            if experiment == rows[-1]:
                axes.set_xlabel({"lambda": "λ"}.get(factor.dial, factor.dial), fontsize=8.5)
            choice = found.get((experiment, factor))
            if choice is None:
                axes.set_axis_off()
                continue
            at = range(len(choice.values))
            best = choice.values.index(choice.value)
            axes.axvspan(best - 0.4, best + 0.4, color=LIGHT, lw=0, zorder=0)
            axes.vlines(at, choice.low, choice.high, color=factor.colour, lw=1.4, zorder=2)
            axes.plot(at, choice.mean, "-", color=factor.colour, lw=0.8, zorder=2)
            axes.plot(at, choice.mean, factor.marker, color=factor.colour, ms=4, zorder=3)
            axes.plot(best, choice.mean[best], "o", ms=11, mfc="none", mec=factor.colour, mew=1.4, zorder=4)
            ticks = [_short(value) for value in choice.values]
            axes.set_xticks(at, ticks, fontsize=7, rotation=60 if max(map(len, ticks)) > 3 else 0)
            told.append(
                f"{titles[experiment]}, {factor.label}: {text(choice.value)} chosen, {number(choice.mean[best])} % "
                "against "
                f"{number(float(choice.mean.min()))} % at worst"
            )
        line[0].set_ylabel(f"{titles[experiment]}\nvalidation (%)", fontsize=8.5)
    headline(figure, title)
    caption = (
        "Validation accuracy with one regularizer alone, over its strength. Marker: mean of "
        f"{count(choices[0].seeds, 'tuning seed')}; "
        "bar: 95 % t interval; ring: the value with the best mean; of equals the study’s own."
    )
    return FigureExhibit(figure, caption, f"Small line charts, a row a data set. {title}. {'; '.join(told)}.")


def _short(value) -> str:
    """Return a value as a short tick: `.3`, `3e-4`, `20`."""
    words = f"{value:.0e}" if isinstance(value, float) and 0 < value < 0.01 else text(value)
    return words[1:] if words.startswith("0.") else words.replace("e-0", "e-")
