"""A fraction of a two-level factorial of resolution V or higher, and what is confounded in it."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from study.errors import StudyError

RESOLUTION = 5
"""Main effects and interactions of pairs are free of one another from resolution V on."""
MOST = 2000
"""Choices of generators that are compared with one another."""
LETTERS = "abcdefghijklmnopqrstuvwxyz"

Term = tuple[str, ...]
"""Factors whose effect or interaction is meant, in canonical order; the mean is `()`."""


@dataclass(frozen=True)
class Fraction:
    """A regular fraction: the arms in which every generated factor is the product of its generators.

    Levels are −1 (off) and +1 (on).

    Attributes:
        names: all factors in canonical order.
        generators: each generated factor, and the factors it is the product of, but for `sign`.
        turned: whether all switches are turned round: the fraction then holds the arm without any factor. As it is, it
            holds that with all of them. One of resolution V can seldom hold both.
    """

    names: tuple[str, ...]
    generators: tuple[tuple[str, Term], ...]
    turned: bool = False

    @cached_property
    def levels(self) -> np.ndarray:
        """The design by pyDOE, turned round or as it is, shape (runs, factors): −1 off, +1 on."""
        from pyDOE3 import fracfact

        made = dict(self.generators)
        base = [name for name in self.names if name not in made]
        letter = dict(zip(base, LETTERS))
        words = [*base, *made]
        design = fracfact(" ".join("".join(letter[name] for name in made.get(word, (word,))) for word in words))
        return (-1 if self.turned else 1) * design[:, [words.index(name) for name in self.names]]

    @cached_property
    def arms(self) -> frozenset[frozenset[str]]:
        """The factors that are on, of every arm of the fraction."""
        return frozenset(frozenset(itertools.compress(self.names, row > 0)) for row in self.levels)

    def __contains__(self, factors: Collection[str]) -> bool:
        return frozenset(factors) in self.arms

    @cached_property
    def words(self) -> tuple[Term, ...]:
        """The defining relation: the products of factors that are the same in every arm, their `sign`, without the
        mean, shortest first."""
        whole = [frozenset((name, *term)) for name, term in self.generators]
        found = [functools.reduce(frozenset.__xor__, some) for some in _subsets(whole)]
        return tuple(sorted(map(self._term, found), key=self._order))

    @property
    def resolution(self) -> int:
        """Length of the shortest word; more than there are factors if there is none."""
        return min(map(len, self.words), default=len(self.names) + 1)

    def aliases(self, term: Term) -> list[Term]:
        """Return the terms whose contrast is that of `term`, times their common `sign`, shortest first."""
        return sorted((self._term(frozenset(term) ^ frozenset(word)) for word in self.words), key=self._order)

    def sign(self, term: Term, alias: Term = ()) -> int:
        """Return what the product of a word's levels is in every arm, −1 or 1; given two aliases, of both together."""
        return -1 if self.turned and (len(term) + len(alias)) % 2 else 1

    def _term(self, factors: Collection[str]) -> Term:
        return tuple(name for name in self.names if name in factors)

    def _order(self, term: Term):
        return len(term), [self.names.index(name) for name in term]


def _subsets(items: list) -> Iterator[tuple]:
    """Return every choice of at least one of some items."""
    return itertools.chain.from_iterable(itertools.combinations(items, size) for size in range(1, len(items) + 1))


@functools.cache
def fraction(names: tuple[str, ...], free: tuple[str, ...] = (), least: int = RESOLUTION) -> Fraction:
    """Return the smallest fraction of at least the given resolution, and of those the one with the least aberration.

    Args:
        names: the factors, in canonical order.
        free: those of them that are crossed with the fraction of the others, and so stand in no word.
        least: the resolution.

    Raises:
        StudyError: if no fraction of so few factors has it.

    Source:
        Box & Hunter, The 2^(k−p) fractional factorial designs, Technometrics 3, 1961.
    """
    others = tuple(name for name in names if name not in free)
    for generated in range(len(others) - least + 1, 0, -1):
        base, made = others[: len(others) - generated], others[len(others) - generated :]
        found = [
            Fraction(names, tuple(zip(made, terms)))
            for terms in itertools.islice(_generators(base, generated, least), MOST)
        ]
        if found:
            return min(found, key=_aberration)
    raise StudyError(
        f"design: Expected at least {least} factors, so that a fraction of their arms has resolution {least}. "
        f"Received: {len(others)}: {', '.join(others)}."
    )


def _aberration(found: Fraction) -> list[int]:
    """Return how many words there are of each length: fewer short ones are better."""
    lengths = [len(word) for word in found.words]
    return [lengths.count(length) for length in range(1, len(found.names) + 1)]


def _generators(base: tuple[str, ...], generated: int, least: int) -> Iterator[tuple[Term, ...]]:
    """Yield the choices of generators whose words all have at least the given length, the longest first."""
    candidates = [word for size in range(len(base), least - 2, -1) for word in itertools.combinations(base, size)]

    def extend(chosen: list[Term], products: list[tuple[frozenset, int]], start: int):
        if len(chosen) == generated:
            yield tuple(chosen)
            return
        for place in range(start, len(candidates)):
            word = frozenset(candidates[place])
            # A product of words holds what is left of their base factors, and one generated factor each.
            new = [(word, 1), *((word ^ other, number + 1) for other, number in products)]
            if all(len(rest) + number >= least for rest, number in new):
                yield from extend([*chosen, candidates[place]], products + new, place + 1)

    yield from extend([], [], 0)
