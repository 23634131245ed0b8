"""How strengths and learning rates were chosen: validation accuracy, a panel for each thing varied."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from study.analysis.tuned import Choice
from study.design.sweeps import text
from study.exhibits.exhibit import FigureExhibit
from study.exhibits.wording import arm_words, capital, count, number
from study.figures.style import ALL, LIGHT, NONE, headline, name_places, on_phone, sheet, spaced, styled
from study.statistics.inference import CONFIDENCE

ACROSS = 6
"""Panels in a row at most."""
NARROW = 0.15
"""Share of a small panel's axis that a tick's name takes."""


@styled
def tuned(choices: Sequence[Choice], titles: dict[str, str], title: str, company: str) -> FigureExhibit:
    """Draw every value tried, with its interval, and ring the one chosen.

    Args:
        choices: what validation chose, by experiment and dial.
        titles: the experiments' titles by name.
        title: the finding.
        company: what a regularizer was tuned with: see `tuning_text.company`.
    """
    shown = choices[0].metric
    per, inside = (f" {shown.unit}", f" ({shown.unit})") if shown.unit else ("", "")
    rows = list(dict.fromkeys(choice.experiment for choice in choices))
    # Experiments may have tried values of their own: a column is a dial by its name.
    columns = list({choice.dial.name: choice.dial for choice in choices}.values())
    # On a phone every data set has lines of two panels; so have many dials, in as few lines as there are.
    folded = on_phone() or len(columns) > ACROSS
    lines = -(-len(columns) // (2 if on_phone() else ACROSS))
    figure = sheet((0.8 + 1.5 * lines if folded else 0.7 / len(rows) + 1.45) * len(rows), 0.3 + 1.5 * lines * len(rows))
    if folded:
        parts = figure.subfigures(len(rows), 1, squeeze=False)[:, 0]
        panels = [part.subplots(lines, -(-len(columns) // lines), sharey=True, squeeze=False).ravel() for part in parts]
        for row, part in zip(panels, parts):
            part.supylabel(f"{titles[rows[list(parts).index(part)]]}, validation{inside}", fontsize=8.5)
            for axes in row[len(columns) :]:
                axes.set_axis_off()
    else:
        panels = figure.subplots(len(rows), len(columns), sharey="row", squeeze=False)
    found = {(choice.experiment, choice.dial.name): choice for choice in choices}
    told = []
    for line, experiment in zip(panels, rows):
        for axes, dial in zip(line, columns):
            if folded or experiment == rows[0]:
                axes.set_title(dial.label, fontsize=9 if folded or len(columns) < ACROSS else 8)
            if folded or experiment == rows[-1]:
                two = f"{arm_words(dial.arms[0])} (grey),{' ' if on_phone() else chr(10)}{dial.arms[-1].name} (black)"
                axes.set_xlabel(dial.symbol if dial.factor else two, fontsize=8.5)
            choice = found.get((experiment, dial.name))
            if choice is None:
                axes.set_axis_off()
                continue
            values = choice.dial.values
            at, best = spaced(values, NARROW), values.index(choice.value)
            for own in [place for place, value in zip(at, values) if value == choice.own]:
                axes.axvspan(own - 0.15, own + 0.15, color=LIGHT, lw=0, zorder=0)
            looks = [(dial.factor.colour, dial.factor.marker)] if dial.factor else [(NONE, "s"), (ALL, "o")]
            for (colour, marker), mean, low, high in zip(looks, choice.mean, choice.low, choice.high):
                axes.vlines(at, low, high, color=colour, lw=1.4, zorder=2)
                axes.plot(at, mean, "-", color=colour, lw=0.8, zorder=2)
                axes.plot(at, mean, marker, color=colour, ms=4, zorder=3)
                axes.plot(at[best], mean[best], "o", ms=11, mfc="none", mec=colour, mew=1.4, zorder=4)
            name_places(axes, at, [_short(value) for value in values], 1.3 if on_phone() else 1.0)
            axes.tick_params(labelsize=8)
            told.append(
                f"{titles[experiment]}, {dial.label}: {text(choice.value)} chosen, {number(choice.reached[best])}"
                f"{per} against {number(float(np.nanmin(shown.better * choice.reached) * shown.better))}{per} at worst"
            )
        if not folded:
            line[0].set_ylabel(f"{titles[experiment]}\nvalidation{inside}", fontsize=8.5)
    headline(figure, title)
    with_one = [f"each regularizer {company}"] if any(dial.factor for dial in columns) else []
    last, least = columns[-1], arm_words(columns[-1].arms[0])
    with_two = [] if last.factor else [f"the learning rate with *{least}* and with *all*, whose mean decides"]
    caption = (
        f"{capital(shown.measure)} on validation examples over what was varied, {'; '.join([*with_one, *with_two])}. "
        f"Marker: mean of {count(choices[0].seeds, 'tuning seed')}; bar: {CONFIDENCE} t interval; ring: the value with "
        "the best mean, of equals the study’s own; shaded: the study’s own."
    )
    table = pd.DataFrame(
        [
            (choice.experiment, choice.dial.name, arm.name, text(value), *numbers, choice.seeds)
            for choice in choices
            for arm, *curves in zip(choice.dial.arms, choice.mean, choice.low, choice.high)
            for value, *numbers in zip(choice.dial.values, *curves)
        ],
        columns=["experiment", "dial", "arm", "value", "mean", "ci_low", "ci_high", "n_seeds"],
    )
    return FigureExhibit(figure, caption, f"Small line charts. {title}. {'; '.join(told)}.", table)


def _short(value) -> str:
    """Return a value as a short tick: `.3`, `3e-4`, `20`."""
    words = f"{value:.0e}" if isinstance(value, float) and 0 < value < 0.01 else text(value)
    return words[1:] if words.startswith("0.") else words.replace("e-0", "e-")
