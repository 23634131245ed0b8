"""Claims: a measurement that bears on a sentence of the textbook, and when the sentence stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from study.claims.criteria import FAILS, Criterion
from study.claims.estimate import Estimate
from study.design.measurements import Mechanism

if TYPE_CHECKING:
    from study.claims.evidence import Evidence

__all__ = ["Claim", "Mechanism"]


@dataclass(frozen=True)
class Claim:
    """A measurement that bears on a sentence.

    Attributes:
        name: identifier and anchor, such as `dropout-zeros`.
        sentence: number of the textbook's sentence.
        measurement: what was measured, with the network and the data, in words.
        unit: the value's unit; empty for a pure number.
        estimate: evidence in, number out.
        criterion: when the claim holds.
        holds, fails: the clause of the rewritten answer where it does and does not; `{value}` stands for
            the number with its interval and unit.
        source: citation keys in `report/references.bib`; empty where the measurement is this study's own.
        limit: None if the sentence stands or falls with this claim; else the words that limit the
            sentence where it does not hold.
        beside: whether the claim only explains: it is judged and shown, but the sentence does not say
            it, and its verdict bears on nothing.
    """

    name: str
    sentence: int
    measurement: str
    unit: str
    estimate: Callable[[Evidence], Estimate]
    criterion: Criterion
    holds: str
    fails: str
    source: tuple[str, ...]
    limit: str | None = None
    beside: bool = False

    @property
    def core(self) -> bool:
        """Whether the sentence stands or falls with this claim."""
        return self.limit is None and not self.beside

    def verdict(self, estimate: Estimate) -> str:
        """Return *holds*, *holds with a limit: …*, *does not hold here* or *undecided*."""
        found = self.criterion.judge(estimate)
        return f"holds with a limit: {self.limit}" if found == FAILS and self.limit else found
