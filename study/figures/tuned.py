"""How strengths were chosen: validation accuracy over each factor's dial, an experiment a row, a factor a column."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from study.analysis.tuned import Choice
from study.design.sweeps import text
from study.exhibits.exhibit import FigureExhibit
from study.exhibits.wording import count, number
from study.figures.style import LIGHT, headline, name_places, on_phone, sheet, spaced, styled
from study.statistics.inference import CONFIDENCE


@styled
def tuned(choices: Sequence[Choice], titles: dict[str, str], title: str) -> FigureExhibit:
    """Draw every value tried, with its interval, and ring the one chosen.

    Args:
        choices: what validation chose, by experiment and factor.
        titles: the experiments' titles by name.
        title: the finding.
    """
    shown = choices[0].metric
    per, inside = (f" {shown.unit}", f" ({shown.unit})") if shown.unit else ("", "")
    rows = list(dict.fromkeys(choice.experiment for choice in choices))
    columns = list(dict.fromkeys(choice.factor for choice in choices))
    # On a phone every data set has lines of two panels.
    lines = -(-len(columns) // 2)
    figure = sheet(0.7 + 1.45 * len(rows), 0.3 + 1.5 * lines * len(rows))
    if on_phone():
        parts = figure.subfigures(len(rows), 1, squeeze=False)[:, 0]
        panels = [part.subplots(lines, 2, sharey=True).ravel() for part in parts]
        for row, part in zip(panels, parts):
            part.supylabel(f"{titles[rows[list(parts).index(part)]]}, validation{inside}", fontsize=8.5)
            for axes in row[len(columns) :]:
                axes.set_axis_off()
    else:
        panels = figure.subplots(len(rows), len(columns), sharey="row", squeeze=False)
    found = {(choice.experiment, choice.factor): choice for choice in choices}
    told = []
    for line, experiment in zip(panels, rows):
        for axes, factor in zip(line, columns):
            if on_phone() or experiment == rows[0]:
                axes.set_title(factor.label, fontsize=9)
            if on_phone() or experiment == rows[-1]:
                axes.set_xlabel({"lambda": "λ"}.get(factor.dial, factor.dial), fontsize=8.5)
            choice = found.get((experiment, factor))
            if choice is None:
                axes.set_axis_off()
                continue
            at = spaced(choice.values)
            best = choice.values.index(choice.value)
            for own in [place for place, value in zip(at, choice.values) if value == choice.own]:
                axes.axvspan(own - 0.15, own + 0.15, color=LIGHT, lw=0, zorder=0)
            axes.vlines(at, choice.low, choice.high, color=factor.colour, lw=1.4, zorder=2)
            axes.plot(at, choice.mean, "-", color=factor.colour, lw=0.8, zorder=2)
            axes.plot(at, choice.mean, factor.marker, color=factor.colour, ms=4, zorder=3)
            axes.plot(at[best], choice.mean[best], "o", ms=11, mfc="none", mec=factor.colour, mew=1.4, zorder=4)
            name_places(axes, at, [_short(value) for value in choice.values], 1.3 if on_phone() else 1.0)
            axes.tick_params(labelsize=8)
            told.append(
                f"{titles[experiment]}, {factor.label}: {text(choice.value)} chosen, {number(choice.mean[best])}"
                f"{per} against {number(float((shown.better * choice.mean).min() * shown.better))}{per} at worst"
            )
        if not on_phone():
            line[0].set_ylabel(f"{titles[experiment]}\nvalidation{inside}", fontsize=8.5)
    headline(figure, title)
    caption = (
        f"Validation {shown.measure} with one regularizer alone, over its strength. Marker: mean of "
        f"{count(choices[0].seeds, 'tuning seed')}; bar: {CONFIDENCE} t interval; ring: the value with the best mean, "
        "of equals the study’s own; grey: the study’s own."
    )
    table = pd.DataFrame(
        [
            (choice.experiment, choice.factor.name, text(value), *numbers, choice.seeds)
            for choice in choices
            for value, *numbers in zip(choice.values, choice.mean, choice.low, choice.high)
        ],
        columns=["experiment", "factor", "value", "mean", "ci_low", "ci_high", "n_seeds"],
    )
    return FigureExhibit(figure, caption, f"Small line charts, a row a data set. {title}. {'; '.join(told)}.", table)


def _short(value) -> str:
    """Return a value as a short tick: `.3`, `3e-4`, `20`."""
    words = f"{value:.0e}" if isinstance(value, float) and 0 < value < 0.01 else text(value)
    return words[1:] if words.startswith("0.") else words.replace("e-0", "e-")
