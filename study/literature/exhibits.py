"""Comparisons as the report shows them: what was published, what is measured here, who agrees and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pandas as pd

from study.claims.criteria import UNDECIDED
from study.claims.ledger import written
from study.exhibits.exhibit import Prose, TableExhibit
from study.exhibits.wording import bound_of, count, listed
from study.literature.comparison import AGREES, DIFFERS, NOT_COMPARABLE, NOT_COMPARED, NOT_RUN, Row
from study.literature.published import Published
from study.statistics.inference import CONFIDENCE

HEADS = ("Quantity", "Published", "Here", "Verdict, and why")
JUDGED = (AGREES, DIFFERS, UNDECIDED)
UNJUDGED = (NOT_COMPARABLE, NOT_RUN, NOT_COMPARED)


def number(published: Published) -> str:
    """Return a published number with its unit; the statement where there is none."""
    if published.value is None:
        return published.says
    words = f"{bound_of(round(published.value, 2))} {published.unit}"
    return f"{words} ({published.says})" if published.says else words


def _published(row: Row) -> str:
    published = row.comparison.published
    return f"{number(published)}; {published.source.setting}"


def _quantity(row: Row) -> str:
    source = row.comparison.published.source
    return f"{row.comparison.quantity} [@{source.key}, {source.place}]"


def _why(row: Row) -> str:
    comparison = row.comparison
    criterion = f"criterion: {comparison.criterion.text}" if comparison.criterion else ""
    return "; ".join(filter(None, (criterion, row.size, comparison.differences, row.found.differences)))


def table(rows: Sequence[Row]) -> TableExhibit:
    """Return the comparisons that were made, those that are not judged last."""
    made = [row for row in rows if row.verdict in JUDGED] + [row for row in rows if row.verdict == NOT_COMPARABLE]
    cells = [
        (
            _quantity(row),
            _published(row),
            f"{written(row.found.estimate, row.comparison.unit)}; {row.found.setting}",
            f"**{row.verdict}**: {_why(row)}",
        )
        for row in made
    ]
    caption = (
        f"Published results beside this study's. In brackets: {CONFIDENCE} t intervals over seeds. Verdicts follow "
        "from the interval and the criterion alone."
    )
    return TableExhibit(HEADS, cells, caption, frozenset(range(len(HEADS))))


def lacking(rows: Sequence[Row]) -> TableExhibit | Prose:
    """Return what was published and not run here, and what would run it, then what is not compared, and why; a sentence
    if there is nothing."""
    cells = [(_quantity(row), _published(row), row.needs) for row in rows if row.verdict == NOT_RUN]
    cells += [
        (_quantity(row), _published(row), f"not compared here: {row.needs}")
        for row in rows
        if row.verdict == NOT_COMPARED
    ]
    if not cells:
        return Prose("Every published result on the list was measured here.")
    return TableExhibit(
        ("Quantity", "Published", "What would run it"),
        cells,
        "Published results that were not run, or are not compared, here.",
        frozenset({0, 1, 2}),
    )


def finding(rows: Sequence[Row]) -> str:
    """Return how many comparisons with published results were judged, and how they came out."""
    counts = Counter(row.verdict for row in rows)
    judged = sum(counts[verdict] for verdict in JUDGED)
    if not judged:
        return "No comparison with a published result can be judged here."
    return f"Of {count(judged, 'comparison')} with published results, {_came_out(counts)}."


def pictured_finding(pictured: pd.DataFrame) -> str:
    """Return how the comparisons that `frame` holds came out: those of the figure alone."""
    counts = Counter(pictured["verdict"])
    return f"Of the {count(len(pictured), 'comparison')} with a published number, {_came_out(counts)}."


def _came_out(counts: Counter) -> str:
    one, many = ("agrees", "differs", "is undecided"), ("agree", "differ", "are undecided")
    words = [
        f"{counts[verdict]} {(one if counts[verdict] == 1 else many)[place]}"
        for place, verdict in enumerate(JUDGED)
        if counts[verdict]
    ]
    return listed(words)


def rest(rows: Sequence[Row]) -> str:
    """Return how many were not judged, as a sentence; empty if all were."""
    counts = Counter(row.verdict for row in rows)
    words = [
        f"{counts[verdict]} {'is' if counts[verdict] == 1 else 'are'} {verdict}"
        for verdict in UNJUDGED
        if counts[verdict]
    ]
    return f" Besides, {listed(words)}." if words else ""


def frame(rows: Sequence[Row]) -> pd.DataFrame:
    """Return the judged comparisons whose published side is a number, for the figure.

    Returns:
        One row a comparison: `name`, `quantity`, `source` (key), `unit`, `published`, `estimate`, `ci_low`,
        `ci_high` (in the unit), `n_seeds`, `verdict`; by unit, then as given. Those without an interval are left out.
    """
    found = [
        (
            row.comparison.name,
            row.comparison.quantity.removesuffix(SAID),
            row.comparison.published.source.key,
            row.comparison.unit,
            row.comparison.published.value,
            row.found.estimate.value,
            row.found.estimate.low,
            row.found.estimate.high,
            row.found.estimate.seeds,
            row.verdict,
        )
        for row in rows
        if row.verdict in JUDGED and row.comparison.published.value is not None
    ]
    columns = ["name", "quantity", "source", "unit", "published", "estimate", "ci_low", "ci_high", "n_seeds", "verdict"]
    table = pd.DataFrame(found, columns=columns)
    return table.dropna(subset=["ci_low", "ci_high"]).sort_values(
        "unit", kind="stable", key=lambda unit: unit.map(UNITS.index)
    )


UNITS = ["pp", "%", "times"]
"""Units of comparisons, in the order of the figure's panels."""
SAID = ", test accuracy"
"""What the figure's axis says for all of its rows."""
