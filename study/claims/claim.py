"""Claims: a measurement that bears on a sentence of the textbook or of a paper, and when the sentence stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from study.claims.criteria import FAILS, Criterion
from study.claims.estimate import Estimate
from study.design.measurements import Mechanism

if TYPE_CHECKING:
    from study.claims.evidence import Evidence

__all__ = ["Claim", "Mechanism", "Setting"]

CORE, LIMIT, BESIDE = "core", "limit", "beside"
LIMITS = "limits it"
"""The verdict on a claim that does not hold and only limits its sentence."""


@dataclass(frozen=True)
class Setting:
    """Where measurements are made. It is described once, above the table that they share.

    Attributes:
        name: a word or two, for the table's column.
        words: data, network, training, and what is kept equal; of a variant, how it differs.
        like: what it is a variant of; None if it is none.
    """

    name: str
    words: str
    like: Setting | None = None

    @property
    def where(self) -> str:
        """How a figure below that description refers to it."""
        return f"Networks: *{self.name}*, as above"

    @property
    def whole(self) -> str:
        """The description, with that of what it is a variant of."""
        return f"{self.like.whole}, {self.words}" if self.like else self.words


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A measurement that bears on a sentence.

    What it says of the sentence where it does not hold decides its role: a claim that `fails` it is core, one
    that has a `limit` limits it, and one that has neither only explains: its verdict bears on nothing.

    Attributes:
        name: identifier, such as `dropout-zeros`.
        sentence: number of the sentence: see `sentences`.
        measurement: what was measured, in words.
        setting: where.
        estimate: evidence in, number out.
        criterion: when the claim holds.
        unit: the value's unit; empty for a pure number.
        source: citation keys in `report/references.bib`; empty where the measurement is this study's own.
        fails: why the sentence then does not hold, as a clause; `{value}` stands for the number with its interval.
        limit: the words that then limit the sentence.
    """

    name: str
    sentence: int
    measurement: str
    setting: Setting
    estimate: Callable[[Evidence], Estimate]
    criterion: Criterion
    unit: str = ""
    source: tuple[str, ...] = ()
    fails: str = ""
    limit: str = ""

    @property
    def role(self) -> str:
        """`core`: the sentence stands or falls with this claim; `limit`; or `beside`."""
        return CORE if self.fails else LIMIT if self.limit else BESIDE

    @property
    def core(self) -> bool:
        """Whether the sentence stands or falls with this claim."""
        return self.role == CORE

    @property
    def described(self) -> str:
        """The measurement with its setting, for readers who do not see the table."""
        return f"{self.measurement}; {self.setting.name}: {self.setting.whole}"

    def verdict(self, estimate: Estimate) -> str:
        """Return *holds*, *does not hold here*, *undecided*, or *limits it*: a limit that does not hold."""
        found = self.criterion.judge(estimate)
        return LIMITS if found == FAILS and self.role == LIMIT else found
