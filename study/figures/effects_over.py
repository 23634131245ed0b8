"""Every factor's effect over one setting, a panel a factor, and what else the setting changes beside them."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

import numpy as np
import pandas as pd

from study.design.factors import Factors, spelt
from study.exhibits.exhibit import FigureExhibit
from study.exhibits.wording import BOUNDS, capital, number, seeds_behind, term_label, value_words, worth_bound
from study.figures.style import BARS, DARK, LIGHT, headline, name_places, on_phone, sheet, spaced, styled, whisker
from study.statistics.inference import CONFIDENCE
from study.statistics.interval import Interval, sign_of

ACROSS = 7
"""Panels in a row at most."""


@dataclass(frozen=True)
class Multiples:
    """A panel of its own scale: how many times the training examples the best arm is worth.

    Attributes:
        table: as `sweep_effects.equivalence` returns it.
    """

    table: pd.DataFrame


@styled
def effects_over(
    table: pd.DataFrame,
    setting: str,
    what: str,
    unit: str,
    band: float | None,
    title: str,
    factors: Factors,
    beside: pd.DataFrame | Multiples | None = None,
) -> FigureExhibit:
    """Draw, a panel a factor on one common scale, an effect and its interval at every value of a setting.

    Every panel names the values of its own rows, in their order: a value without a complete seed has none.

    Args:
        table: as `sweep_effects.effects` returns it, with at least one row.
        setting: the setting's name for readers.
        what: the effect's name for readers.
        unit: its unit.
        band: half-width of the band within which an effect counts as none; None for none.
        title: the finding.
        factors: the study's factors.
        beside: a further panel: the interaction of two factors, rows as in `table`, or what the best arm is worth;
            no panel if it has no row.

    Raises:
        ValueError: if there is no row.
    """
    if table.empty:
        raise ValueError("Expected effects at one value or more. Received: none.")
    if beside is not None and (beside.table if isinstance(beside, Multiples) else beside).empty:
        beside = None
    number_of = len(factors) + (beside is not None)
    columns = 2 if on_phone() else -(-number_of // -(-number_of // ACROSS))
    lines = -(-number_of // columns)
    figure = sheet(0.9 + 2.0 * lines, 0.8 + 1.65 * lines)
    every = figure.subplots(lines, columns, squeeze=False).ravel()
    panels = every[:number_of]
    for axes in every[number_of:]:
        axes.set_axis_off()
    for place, axes in enumerate(panels):
        if 0 < place < number_of - isinstance(beside, Multiples):
            axes.sharey(panels[0])
            axes.tick_params(labelleft=not place % columns)
    values = _values(table, beside.table if isinstance(beside, Multiples) else beside)
    places = dict(zip(values, spaced(values)))
    inches = 1.3 if on_phone() else 6.4 / columns
    told = []
    for axes, factor in zip(panels, factors):
        rows = table[table["term"] == factor.name]
        _effect(axes, rows, places, factor.colour, factor.marker, band)
        _name(axes, factor.label, rows, places, inches)
        told.append(_told(factor.label, rows, unit))
    if isinstance(beside, Multiples):
        _multiples(panels[-1], beside.table, places)
        _name(panels[-1], "best arm", beside.table, places, inches)
        told += [
            f"best arm at {value_words(row.value)}: worth {_times(row)} the data" for row in beside.table.itertuples()
        ]
    elif beside is not None:
        label = term_label(beside["term"].iloc[0], factors)
        _effect(panels[-1], beside, places, DARK, "X", band)
        _name(panels[-1], label.replace(" × ", " ×\n"), beside, places, inches)
        told.append(_told(f"interaction {label}", beside, unit))
    quantity = f"{what} ({unit})" if unit else what
    if on_phone() or lines > 1:
        figure.supylabel(quantity, fontsize=9)
    else:
        panels[0].set_ylabel(textwrap.fill(quantity, 22))
    figure.supxlabel(setting, fontsize=9)
    headline(figure, title)
    seeds = seeds_behind(table["n_seeds"])
    caption = (
        f"{capital(what)} over {setting}. Marker: mean of {seeds}, filled where the verdict is clear; {BARS} the "
        f"{len(factors)} at a value" + (f"; grey band: ±{band:g} {unit}." if band is not None else ".")
    )
    if isinstance(beside, Multiples):
        caption += (
            " Last panel: how many times the training examples the arm without regularization needs to do as well on "
            f"the test as the arm that is best on validation (geometric mean over seeds; bar: {CONFIDENCE} t interval"
            + (
                "; arrow up, for a bar: in at least one seed no number of examples that was tried suffices"
                if beside.table["beyond"].any()
                else ""
            )
            + ("; arrow down: in at least one even the fewest do better" if beside.table["below"].any() else "")
            + ")."
        )
    elif beside is not None:
        caption += f" Last panel: the interaction {label}, the effect of one with the other minus without."
    return FigureExhibit(
        figure, caption, f"{capital(spelt(len(panels)))} panels over {setting}. {title} {'; '.join(told)}.", table
    )


def _values(table: pd.DataFrame, beside: pd.DataFrame | None) -> list:
    """Return the values of all panels in the study's order; one that only the last has stands where it belongs."""
    known = list(table["value"].unique())
    more = [] if beside is None else [value for value in beside["value"].unique() if value not in known]
    return sorted(known + more) if more and sorted(known) == known else known + more


def _effect(axes, rows: pd.DataFrame, places: dict, colour: str, marker: str, band: float | None) -> None:
    if band is not None:
        axes.axhspan(-band, band, color=LIGHT, lw=0, zorder=0)
    axes.axhline(0, color=DARK, lw=0.8, zorder=1)
    at = [places[value] for value in rows["value"]]
    axes.plot(at, rows["estimate"], "-", color=colour, lw=0.8, zorder=2)
    for place, (_, row) in zip(at, rows.iterrows()):
        whisker(axes, place, Interval.of(row), colour, upright=True)
        filled = colour if sign_of(row["verdict"]) else "white"
        axes.plot(place, row["estimate"], marker, ms=6, color=colour, mfc=filled, zorder=3)


def _multiples(axes, rows: pd.DataFrame, places: dict) -> None:
    at = [places[value] for value in rows["value"]]
    axes.set_yscale("log", base=2)
    axes.axhline(1, color=DARK, lw=0.8, zorder=1)
    axes.plot(at, rows["estimate"], "-D", color=DARK, lw=0.8, ms=5, zorder=3)
    for place, row in zip(at, rows.itertuples()):
        if not worth_bound(row.beyond, row.below):
            axes.vlines(place, row.ci_low, row.ci_high, color=DARK, lw=1.8, zorder=2)
        for points, open_ended in ((17, row.beyond), (-17, row.below)):
            if open_ended:
                axes.annotate(
                    "",
                    (place, row.estimate),
                    (0, points),
                    textcoords="offset points",
                    arrowprops={"arrowstyle": "<-", "color": DARK, "lw": 1.4, "shrinkA": 0, "shrinkB": 0},
                )
    axes.margins(x=0.2, y=0.25)
    low, high = (np.log2(end) for end in axes.get_ylim())
    powers = range(int(np.ceil(low)), int(np.floor(high)) + 1)
    axes.set_yticks([2.0**power for power in powers], [f"{2.0**power:g}×" for power in powers], fontsize=8)
    axes.minorticks_off()


def _name(axes, title: str, rows: pd.DataFrame, places: dict, inches: float) -> None:
    labels = [value_words(value) for value in rows["value"]]
    axes.set_title(title, fontsize=8.5)
    axes.margins(x=max(0.12, axes.margins()[0]))
    name_places(axes, [places[value] for value in rows["value"]], labels, inches)


def _told(label: str, rows: pd.DataFrame, unit: str) -> str:
    ends = rows.iloc[[0, -1]] if len(rows) > 1 else rows
    return f"{label}: " + ", ".join(
        f"{Interval.of(row, unit).words()} at {value_words(row['value'])}" for _, row in ends.iterrows()
    )


def _times(row) -> str:
    bound = worth_bound(row.beyond, row.below)
    return f"{f'{BOUNDS[bound]} ' if bound else ''}{number(row.estimate)} times"
