"""Comparisons: a published result, the same quantity here, and the verdict that the interval supports."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isnan, sqrt
from typing import TYPE_CHECKING

from study.claims.catalogue import answered
from study.claims.criteria import FAILS, HOLDS, UNDECIDED, Criterion
from study.claims.estimate import Estimate
from study.exhibits.wording import bound_of, number
from study.literature.published import Published
from study.statistics.inference import FEWEST_SEEDS

if TYPE_CHECKING:
    from study.literature.lookup import Shelf

AGREES, DIFFERS, NOT_COMPARABLE, NOT_RUN, NOT_COMPARED = (
    "agrees",
    "differs",
    "not comparable",
    "not run",
    "not compared",
)
VERDICTS = (AGREES, DIFFERS, UNDECIDED, NOT_COMPARABLE, NOT_RUN, NOT_COMPARED)


class NotRun(Exception):
    """The cells that a comparison needs are not there; the message says what would run them."""


class NotCompared(Exception):
    """No cell that a study could have would make a comparison; the message says why."""


@dataclass(frozen=True)
class Found:
    """This study's number.

    Attributes:
        estimate: the number with its interval.
        setting: data, network and examples, in words.
        differences: how the settings differ, as far as that depends on the study.
    """

    estimate: Estimate
    setting: str
    differences: str = ""


@dataclass(frozen=True)
class Meets:
    """The interval meets that of a published accuracy, in %, over so many test examples; it fails if they are apart."""

    value: float
    tests: int

    @property
    def half(self) -> float:
        """Half-width, pp, of the published accuracy's 95 % interval: normal approximation to the binomial."""
        share = self.value / 100
        return 100 * 1.96 * sqrt(share * (1 - share) / self.tests)

    @property
    def text(self) -> str:
        published = f"{bound_of(self.value)} ± {number(self.half)}"
        return f"interval meets {published}, which {self.tests:,} test examples leave open"

    def judge(self, estimate: Estimate) -> str:
        if estimate.seeds is None or estimate.seeds < FEWEST_SEEDS:
            return UNDECIDED
        return HOLDS if estimate.low <= self.value + self.half and estimate.high >= self.value - self.half else FAILS


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """A published result and how it is held against this study's.

    Attributes:
        name: identifier.
        quantity: what is compared, in words.
        published: what was published.
        find: what this study measured; raises `NotRun` if it did not, `NotCompared` if no study can.
        criterion: when the results agree, stated before they are known; None where they cannot be compared.
        unit: unit of this study's number.
        differences: how the settings differ, or why no comparison is made.
    """

    name: str
    quantity: str
    published: Published
    find: Callable[[Shelf], Found]
    criterion: Criterion | None = None
    unit: str = "pp"
    differences: str = ""


def by_claim(claim: str, **about) -> Comparison:
    """Return a comparison with what a claim of the ledger measured, judged as the ledger judges it."""
    (known,) = (each for each in answered("textbook") if each.name == claim)
    return Comparison(find=lambda shelf: shelf.claim(claim), criterion=known.criterion, unit=known.unit, **about)


@dataclass(frozen=True)
class Row:
    """One comparison, made.

    Attributes:
        comparison: what was compared.
        verdict: one of `VERDICTS`.
        found: this study's number; None if it was not run or is not compared.
        needs: what would run it, or why it is not compared; empty if it was run.
    """

    comparison: Comparison
    verdict: str
    found: Found | None = None
    needs: str = ""

    @property
    def size(self) -> str:
        """Where the published number lies, seen from this study's interval; empty if there is none to compare."""
        published, estimate = self.comparison.published, self.found.estimate
        if self.verdict == NOT_COMPARABLE or published.value is None or isnan(estimate.low):
            return ""
        if estimate.low <= published.value <= estimate.high:
            return "the published number lies inside the interval"
        return f"the published number lies {'above' if published.value > estimate.high else 'below'} the interval"


def compare(comparison: Comparison, shelf: Shelf) -> Row:
    """Make one comparison."""
    try:
        found = comparison.find(shelf)
    except NotRun as lacking:
        return Row(comparison, NOT_RUN, needs=str(lacking))
    except NotCompared as reason:
        return Row(comparison, NOT_COMPARED, needs=str(reason))
    if comparison.criterion is None:
        return Row(comparison, NOT_COMPARABLE, found)
    judged = comparison.criterion.judge(found.estimate)
    return Row(comparison, {HOLDS: AGREES, FAILS: DIFFERS, UNDECIDED: UNDECIDED}[judged], found)
