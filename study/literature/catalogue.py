"""All comparisons, by topic."""

from __future__ import annotations

from study.literature.comparison import Comparison, Row, compare
from study.literature.lookup import Shelf
from study.literature.topics import dropout, lattice, noise, placement, size

TOPICS = (lattice, dropout, size, noise, placement)


def comparisons(band: float) -> tuple[Comparison, ...]:
    """Return every comparison.

    Args:
        band: half-width of the band within which a difference counts as none, pp.
    """
    return tuple(comparison for topic in TOPICS for comparison in topic.comparisons(band))


def rows(shelf: Shelf) -> list[Row]:
    """Return every comparison, made."""
    return [compare(comparison, shelf) for comparison in comparisons(shelf.band)]
