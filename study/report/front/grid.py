"""The grid, regularizer × data set, as HTML that needs no script."""

from __future__ import annotations

from html import escape

import numpy as np

from study.analysis.convergence import NEVER_FIRED, UNKNOWN
from study.analysis.results import Results
from study.design.architectures.tasks import METRICS, Metric
from study.design.factors import Factor
from study.exhibits.advice import measured
from study.exhibits.wording import capital, count
from study.report.front import answer
from study.report.front.cells import DEPENDING, SILENT, SMALL, Cell, sign
from study.statistics.interval import HELPS, HURTS, UNDECIDED

STEPS = {"pp": (0.5, 1.5, 5.0), "nats": (0.05, 0.15, 0.5)}
"""Sizes of an effect at which its colour becomes stronger, by unit."""
SHARES = (0.1, 0.3, 0.6)
"""The same in a unit of the user's own, as shares of the largest effect."""
SHORT = {UNKNOWN: "convergence unknown"}
"""What heads of columns have no room for."""
NETWORKS = {"mlp": "dense net", "cnn": "conv net", "resnet": "residual net"}
SHAPES = {
    "o": '<circle cx="6" cy="6" r="5"/>',
    "s": '<path d="M1.4 1.4h9.2v9.2H1.4z"/>',
    "^": '<path d="M6 .9 11.4 10.9H.6z"/>',
    "D": '<path d="M6 .4 11.6 6 6 11.6.4 6z"/>',
    "v": '<path d="M6 11.1 11.4 1.1H.6z"/>',
}
"""Matplotlib's markers of the five, as drawn on 12 × 12."""
GLYPHS = {
    HELPS: "M1.5 6.5 4.5 9.5 10.5 2.5",
    HURTS: "M2 2l8 8M10 2l-8 8",
    DEPENDING: "M1 3.5h9M7.5 .8 10.2 3.5 7.5 6.2M11 9H2M4.5 6.5 1.8 9l2.7 2.7",
    SMALL: "M1 4.6q2.5-2.6 5 0t5 0M1 9q2.5-2.6 5 0t5 0",
    UNDECIDED: "M3.4 3.8a2.6 2.6 0 1 1 3.8 2.3C6.2 6.6 6 7 6 8M6 11v.01",
    SILENT: "M2 6h8",
}
MANY = 6
"""Factors beyond which the grid says less in a cell, so that it fits the first screen."""
BREAKS = 8
"""Data sets beyond which a row of the grid breaks at every width, as it does on a phone."""


def symbols(results: Results) -> str:
    """Return the drawings that the front page uses again and again: the factors' markers and the verdicts' glyphs."""
    markers = "".join(
        f'<symbol id="front-m-{factor.name}" viewBox="0 0 12 12"><g fill="{factor.colour}" stroke="currentColor" '
        f'stroke-width=".8">{_shape(factor)}</g></symbol>'
        for factor in results.study.factors
    )
    glyphs = "".join(
        f'<symbol id="front-i-{kind}" viewBox="0 0 12 12"><path d="{path}"/></symbol>' for kind, path in GLYPHS.items()
    )
    return f'<svg width="0" height="0" class="front-vh" aria-hidden="true">{markers}{glyphs}</svg>'


def _shape(factor: Factor) -> str:
    letter = f'<circle cx="6" cy="6" r="5"/><text x="6" y="9" text-anchor="middle" font-size="8">{factor.letter}</text>'
    return SHAPES.get(factor.marker, letter)


def marker(factor: Factor) -> str:
    """Return a factor's marker."""
    return f'<svg class="mk" aria-hidden="true"><use href="#front-m-{factor.name}"/></svg>'


def glyph(kind: str) -> str:
    """Return a verdict's glyph."""
    return f'<svg class="i" aria-hidden="true"><use href="#front-i-{kind}"/></svg>'


def grids(results: Results, every: dict[str, dict[str, dict[str, Cell]]]) -> str:
    """Return the grid of every metric, of which the style shows the one that is switched to.

    Args:
        results: the study's results.
        every: cells by metric: see `cells.every`.
    """
    radios = "".join(
        f'<label><input class="front-vh" type="radio" name="front-grid" id="front-{metric}" value="{metric}"'
        f"{' checked' if metric == next(iter(every)) else ''}><span>{label(METRICS[metric])}</span></label>"
        for metric in every
    )
    switch = f'<fieldset class="seg"><legend class="front-vh">Metric of the grid</legend>{radios}</fieldset>'
    first, *others = (_grid(results, metric, grid) for metric, grid in every.items())
    return f"{_screen(switch)}{first}{_screen(''.join(others))}"


def switching(metrics: list[str]) -> str:
    """Return the style that shows the grid of the chosen metric alone, the first one's without a choice."""
    rules = [f".front .g:not(.g-{metrics[0]}) {{ display: none; }}"]
    for metric in metrics[1:]:
        rules.append(f".front:has(#front-{metric}:checked) .g:not(.g-{metric}) {{ display: none; }}")
        rules.append(f".front:has(#front-{metric}:checked) .g-{metric} {{ display: block; }}")
    return "\n".join(rules) + "\n"


def label(metric: Metric) -> str:
    """Return a metric as the switch names it."""
    return capital(measured(metric))


def _about(metric: Metric) -> str:
    """Return what the numbers of a grid are: `points of accuracy`."""
    unit = {"pp": "points of "}.get(metric.effect_unit, f"{metric.effect_unit} of " if metric.effect_unit else "")
    return f"{unit}{metric.measure}{', less is better' if metric.better < 0 else ''}"


def _steps(grid: dict[str, dict[str, Cell]]) -> tuple[float, ...]:
    every = [cell.effect for row in grid.values() for cell in row.values()]
    largest = max(abs(effect.mean) for effect in every)
    return STEPS.get(every[0].unit) or tuple(float(f"{share * largest:.1g}") for share in SHARES)


def _screen(html: str) -> str:
    """Mark what paper does without."""
    return f"<!-- screen -->{html}<!-- /screen -->"


def _grid(results: Results, metric: str, grid: dict[str, dict[str, Cell]]) -> str:
    largest = max(np.abs(cell.contexts[:, 1]).max(initial=0.0) for row in grid.values() for cell in row.values())
    trained = {name: results.experiment(name).training["verdict"] for name in results.experiments}
    alike = len(set(trained.values())) == 1
    heads = "".join(_head(results, name, "" if alike else trained[name]) for name in results.experiments)
    sizes = _steps(grid)
    rows = "".join(
        f'<tr><th scope="row">{marker(results.study.factors[factor])}{escape(results.study.factors[factor].label)}</th>'
        + "".join(f"<td>{_cell(cell, largest, sizes)}</td>" for cell in row.values())
        + "</tr>"
        for factor, row in grid.items()
    )
    said = f"Mean effect, {_about(METRICS[metric])}" + (f"; {next(iter(trained.values()))}" if alike else "")
    steps = ", ".join(f"{size:g}" for size in sizes)
    tones = [*(f"{HURTS} s{step}" for step in "4321"), *(f"{HELPS} s{step}" for step in "1234")]
    key = "".join(f'<i class="{tone}"></i>' for tone in tones)
    key = f'<span class="key" aria-hidden="true">hurts {key} helps; steps at {steps}</span>'
    breaks = ' class="breaks"' if len(results.experiments) > BREAKS else ""
    return (
        f'<div class="g g-{metric}{" many" if len(grid) > MANY else ""}" style="--sets:{len(results.experiments)}">'
        f'<h2>{escape(answer.heading(grid))}</h2><p class="sub">{escape(said)} {key}</p><table{breaks}>'
        f"<thead><tr><td></td>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _head(results: Results, name: str, trained: str) -> str:
    experiment = results.study.experiments[name]
    network = NETWORKS.get(experiment.model.name, "own network")
    rest = f'<small class="rest">{escape(SHORT.get(trained, trained))}</small>' if trained else ""
    about = f"<small>{network}, {count(experiment.data.train, 'example')}</small>{rest}"
    return f'<th scope="col">{escape(experiment.title)}{about}</th>'


def _cell(cell: Cell, largest: float, sizes: tuple[float, ...]) -> str:
    step = 1 + sum(abs(cell.effect.mean) >= size for size in sizes)
    tone = f"{cell.kind} s{step}" if sign(cell) else cell.kind
    place = f"{cell.found.name}/{cell.metric.name}/{cell.factor.name}"
    name = f'<b class="set">{escape(cell.found.title)} </b>'
    return (
        f'<div class="c {tone}" data-go="{escape(place)}" data-say="{escape(_said(cell))}">{name}'
        f'<span class="n">{answer.short(cell.effect.mean, cell)}</span> '
        f'<span class="v">{glyph(cell.kind)}<span>{_word(cell)}</span></span>'
        f"{_sides(cell)}{_ticks(cell, largest)}</div>"
    )


def _word(cell: Cell) -> str:
    """Return the verdict in as few words as a cell holds."""
    if cell.kind == SMALL:
        return f'<span class="long">with</span>in ±{cell.effect.band:g}'
    if cell.kind == SILENT:
        return cell.verdict if cell.verdict == NEVER_FIRED else "too few seeds"
    return f'<span class="long">{cell.kind}</span>' if cell.kind == DEPENDING else cell.kind


def _sides(cell: Cell) -> str:
    if not cell.partner:
        n = len(cell.contexts)
        better, worse = cell.better, n - cell.better
        told = f"better in {better} of {n}" if better >= worse else f"worse in {worse} of {n}"
        return f'<span class="t long">{told}</span>' if n else ""
    without, beside = (answer.short(side.mean, cell) for side in cell.sides)
    label = escape(cell.partner.label)
    return (
        f'<span class="t long"><b>{without}</b> without {label}, <span class="nb"><b>{beside}</b> with</span></span>'
        f'<span class="t short" aria-hidden="true"><b>{without}</b> without<br><b>{beside}</b> with<br>{label}</span>'
    )


def _said(cell: Cell) -> str:
    """Return the cell as a sentence."""
    told = f"{capital(cell.factor.label)} on {cell.found.title}: {cell.effect.words()}, {cell.verdict}"
    return told + (f"; better in {cell.better} of {len(cell.contexts)} combinations." if len(cell.contexts) else ".")


def _ticks(cell: Cell, largest: float) -> str:
    """Return the effect in each combination of the others as ticks, better to the right, on a square-root scale; with
    a partner, one row without it and one with it, each in the colour of its verdict."""
    if not len(cell.contexts) or not largest:
        return ""

    def at(value: float) -> str:
        return f"{np.sign(value) * 97 * np.sqrt(min(1.0, abs(value) / largest)):.0f}"

    def row(kept: np.ndarray, top: int) -> str:
        return f'<path d="{"".join(f"M{at(value)} {top + 1}v8" for value in sorted(kept))}"/>'

    rows, tall = row(cell.contexts[:, 1], 0), 10
    if cell.partner:
        on, tall = cell.contexts[:, 0].astype(bool), 20
        tones = [HELPS if side.mean * cell.metric.better > 0 else HURTS for side in cell.sides]
        box = '<rect class="{} s3" x="-100" y="{}" width="200" height="10"/>'
        back = "".join(box.format(tone, 10 * n) for n, tone in enumerate(tones))
        rows = back + row(cell.contexts[~on, 1], 0) + row(cell.contexts[on, 1], 10)
    elif cell.effect.band is not None:
        edge = at(cell.effect.band)
        rows = f'<rect class="band" x="-{edge}" y="0" width="{2 * int(edge)}" height="10"/>' + rows
    return (
        f'<svg class="st" viewBox="-100 0 200 {tall}" preserveAspectRatio="none" aria-hidden="true">{rows}'
        f'<path class="z" d="M0 0v{tall}"/></svg>'
    )
