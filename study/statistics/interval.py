"""An interval over seeds: where it lies, the verdict it supports, and how it is printed.

The rule for verdicts stands here and nowhere else: whoever says *helps*, fills a marker or counts signs asks an
`Interval`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from study.statistics.inference import FEWEST_SEEDS, t_interval

HELPS, HURTS, UNDECIDED, NOT_JUDGED = "helps", "hurts", "undecided", "not judged"
NO_VERDICT = f"no verdict: fewer than {FEWEST_SEEDS} seeds"
MINUS = "−"


@dataclass(frozen=True)
class Interval:
    """A mean with its 95 % interval.

    Attributes:
        mean, low, high: in `unit`; NaN where there is none.
        seeds: number of seeds behind it; None if it is not over seeds.
        unit: of its numbers; empty for a pure number.
        better: 1 if more is better, −1 if less is, 0 if neither is.
        band: half-width within which it counts as no effect; None if there is no such band.
    """

    mean: float
    low: float
    high: float
    seeds: int | None
    unit: str = "pp"
    better: int = 1
    band: float | None = None

    @classmethod
    def over(cls, values: np.ndarray, unit: str = "pp", better: int = 1, band: float | None = None) -> Interval:
        """Return the mean of one value a seed, shape (seeds,), with its t interval."""
        mean, low, high = map(float, t_interval(values))
        return cls(mean, low, high, len(values), unit, better, band)

    @classmethod
    def each(cls, values: np.ndarray, unit: str = "pp", better: int = 1, band: float | None = None) -> list[Interval]:
        """Return the same for every column of values of shape (seeds, terms)."""
        ends = zip(*t_interval(values), strict=True)
        return [cls(float(a), float(b), float(c), len(values), unit, better, band) for a, b, c in ends]

    @classmethod
    def of(cls, row: Mapping, unit: str = "pp") -> Interval:
        """Return what a row of a table says, without a band: `estimate`, `ci_low`, `ci_high`, and `n_seeds`."""
        mean, low, high = (float(row[name]) for name in ("estimate", "ci_low", "ci_high"))
        return cls(mean, low, high, int(row["n_seeds"]), unit)

    def side(self, null: float = 0.0) -> int:
        """Return 1 or −1 if all of it lies above or below a value, whatever the seeds; else 0."""
        return int(self.low > null) - int(self.high < null)

    @property
    def enough(self) -> bool:
        """Whether its seeds suffice for a verdict."""
        return self.seeds is None or self.seeds >= FEWEST_SEEDS

    @property
    def verdict(self) -> str:
        """What it supports.

        *not judged* if neither more nor less is better; no verdict below six seeds; *no effect larger than ±band* if it
        lies inside the band, which goes first; *helps* or *hurts* if it excludes zero; else *undecided*.
        """
        if not self.better:
            return NOT_JUDGED
        if not self.enough:
            return NO_VERDICT
        if self.band is not None and -self.band < self.low and self.high < self.band:
            return f"no effect larger than ±{self.band:g} {self.unit}"
        return {1: HELPS, -1: HURTS, 0: UNDECIDED}[self.better * self.side()]

    @property
    def sign(self) -> int:
        """1 where the verdict is *helps*, −1 where it is *hurts*, 0 where neither is clear."""
        return sign_of(self.verdict)

    def words(self, signed: bool = True, unit: bool = True, places: int | None = None) -> str:
        """Return `+3.2 pp [2.1, 4.3]`, to the decimals it deserves unless `places` are given."""
        places = decimals(self.low, self.high) if places is None else places
        named = f" {self.unit}" if unit and self.unit else ""
        return f"{number(self.mean, places, signed)}{named} {self.ends(places)}"

    def ends(self, places: int) -> str:
        """Return `[2.1, 4.3]`."""
        return f"[{number(self.low, places)}, {number(self.high, places)}]"


def sign_of(verdict: str) -> int:
    """Return 1 for *helps*, −1 for *hurts*, 0 for every other verdict."""
    return {HELPS: 1, HURTS: -1}.get(verdict, 0)


def number(value: float, decimals: int = 1, sign: bool = False) -> str:
    """Return a number with a true minus sign, and a plus sign if asked for; a dash if there is none."""
    if math.isnan(value):
        return "–"
    text = f"{abs(value):.{decimals}f}"
    if float(text) == 0:
        return text
    return (MINUS if value < 0 else "+" if sign else "") + text


def decimals(low: float, high: float) -> int:
    """Return how many decimals an interval deserves: two where it is narrow."""
    return 1 if high - low >= 2 else 2
