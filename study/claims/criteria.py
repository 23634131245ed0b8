"""Criteria: what an estimate must show for a claim to hold. No verdict is typed; each is judged here."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan
from typing import Protocol

from study.claims.estimate import Estimate
from study.exhibits.wording import bound_of
from study.statistics.inference import FEWEST_SEEDS

HOLDS = "holds"
FAILS = "does not hold here"
UNDECIDED = "undecided"

BAND = 0.5
"""Smallest effect on accuracy that matters, in percentage points; the studies' own."""


class Criterion(Protocol):
    """What an estimate must show."""

    @property
    def text(self) -> str:
        """The criterion in words, with its numbers."""

    def judge(self, estimate: Estimate) -> str:
        """Return `holds`, `does not hold here` or `undecided`."""


def _by_interval(estimate: Estimate, holds: bool, fails: bool) -> str:
    """An interval over seeds decides nothing when the seeds are too few."""
    if estimate.seeds is not None and estimate.seeds < FEWEST_SEEDS:
        return UNDECIDED
    return HOLDS if holds else FAILS if fails else UNDECIDED


@dataclass(frozen=True)
class Above:
    """The whole interval lies above a bound; it fails if the whole interval lies below."""

    bound: float

    @property
    def text(self) -> str:
        return f"above {bound_of(self.bound)}"

    def judge(self, estimate: Estimate) -> str:
        return _by_interval(estimate, estimate.low > self.bound, estimate.high < self.bound)


@dataclass(frozen=True)
class Below:
    """The whole interval lies below a bound; it fails if the whole interval lies above."""

    bound: float

    @property
    def text(self) -> str:
        return f"below {bound_of(self.bound)}"

    def judge(self, estimate: Estimate) -> str:
        return _by_interval(estimate, estimate.high < self.bound, estimate.low > self.bound)


@dataclass(frozen=True)
class Within:
    """The whole interval lies between two bounds; it fails if the whole interval lies outside."""

    low: float
    high: float

    @property
    def text(self) -> str:
        if self.low == -self.high:
            return f"within ±{bound_of(self.high)}"
        return f"within {bound_of(self.low)} … {bound_of(self.high)}"

    def judge(self, estimate: Estimate) -> str:
        inside = self.low < estimate.low and estimate.high < self.high
        outside = estimate.high < self.low or estimate.low > self.high
        return _by_interval(estimate, inside, outside)


@dataclass(frozen=True)
class AtMost:
    """An identity: the largest deviation is at most a tolerance. It holds or it does not."""

    tolerance: float

    @property
    def text(self) -> str:
        return f"at most {bound_of(self.tolerance)}"

    def judge(self, estimate: Estimate) -> str:
        return UNDECIDED if isnan(estimate.value) else HOLDS if estimate.value <= self.tolerance else FAILS


@dataclass(frozen=True)
class AtLeast:
    """The counterpart of an identity: the deviation is at least so large, or the identity survives."""

    bound: float

    @property
    def text(self) -> str:
        return f"at least {bound_of(self.bound)}"

    def judge(self, estimate: Estimate) -> str:
        return UNDECIDED if isnan(estimate.value) else HOLDS if estimate.value >= self.bound else FAILS
