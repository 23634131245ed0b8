"""An interval over seeds: where it lies, the verdict it supports, and how it is printed.

The rule for verdicts stands here and nowhere else: whoever says *helps*, fills a marker or counts signs asks an
`Interval`, or reads the verdict of an effect in the table of effects.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from study.design.architectures.tasks import METRICS
from study.statistics.inference import FEWEST_SEEDS, t_interval
from study.statistics.simultaneous import simultaneous_interval

HELPS, HURTS, UNDECIDED, NOT_JUDGED = "helps", "hurts", "undecided", "not judged"
REINFORCE, SUBSTITUTE = "reinforce", "substitute"
NONE, DEPENDS = "no effect larger than", "depends on"
"""How the verdicts begin that say more than a word."""
NO_VERDICT = f"no verdict: fewer than {FEWEST_SEEDS} seeds"
MINUS = "−"
MOST_PLACES = 4


@dataclass(frozen=True)
class Interval:
    """A mean with its 95 % interval, and the simultaneous one of its family.

    Attributes:
        mean, low, high: in `unit`; NaN where there is none.
        seeds: number of seeds behind it; None if it is not over seeds.
        unit: of its numbers; empty for a pure number.
        better: 1 if more is better, −1 if less is, 0 if neither is.
        band: half-width within which it counts as no effect; None if there is no such band.
        joint: low and high of the interval that covers all of its family at once: see `simultaneous`. None for an
            estimate that is a family of its own; the interval alone is simultaneous then.
    """

    mean: float
    low: float
    high: float
    seeds: int | None
    unit: str = "pp"
    better: int = 1
    band: float | None = None
    joint: tuple[float, float] | None = None

    @classmethod
    def over(cls, values: np.ndarray, unit: str = "pp", better: int = 1, band: float | None = None) -> Interval:
        """Return the mean of one value a seed, shape (seeds,), with its t interval: a family of its own."""
        mean, low, high = map(float, t_interval(values))
        return cls(mean, low, high, len(values), unit, better, band)

    @classmethod
    def family(cls, values: np.ndarray, unit: str = "pp", better: int = 1, band: float | None = None) -> list[Interval]:
        """Return the mean, the t interval and the simultaneous one of every column of a family's values, shape
        (seeds, terms)."""
        ends = (column.tolist() for column in (*t_interval(values), *simultaneous_interval(values)))
        return [
            cls(mean, low, high, len(values), unit, better, band, (lowest, highest))
            for mean, low, high, lowest, highest in zip(*ends, strict=True)
        ]

    @classmethod
    def of(cls, row: Mapping, unit: str | None = None) -> Interval:
        """Return what a row of a table says: `estimate`, `ci_low`, `ci_high`, `n_seeds`, and `joint_low`, `joint_high`,
        `band` and `metric` where it has them. Unit and direction are the metric's; without one points, more of which
        are better, unless a unit is given."""
        metric = METRICS.get(row["metric"]) if "metric" in row else None
        better = metric.better if metric else 1
        unit = unit if unit is not None else metric.effect_unit if metric else "pp"
        mean, low, high = (float(row[name]) for name in ("estimate", "ci_low", "ci_high"))
        joint = (float(row["joint_low"]), float(row["joint_high"])) if "joint_low" in row else None
        band = float(row["band"]) if "band" in row and row["band"] == row["band"] else None
        return cls(mean, low, high, int(row["n_seeds"]), unit, better, band, joint)

    @property
    def bounds(self) -> tuple[float, float]:
        """The ends of the simultaneous interval, on which verdicts rest."""
        return self.joint or (self.low, self.high)

    def side(self, null: float = 0.0) -> int:
        """Return 1 or −1 if all of the simultaneous interval lies above or below a value, whatever the seeds; else
        0."""
        low, high = self.bounds
        return int(low > null) - int(high < null)

    @property
    def enough(self) -> bool:
        """Whether its seeds suffice for a verdict."""
        return self.seeds is None or self.seeds >= FEWEST_SEEDS

    @property
    def verdict(self) -> str:
        """What it supports, by the simultaneous interval.

        *not judged* if neither more nor less is better; no verdict below six seeds; *no effect larger than ±band* if it
        lies inside the band, which goes first: whether so small an effect is above or below zero does not matter;
        *helps* or *hurts* if it excludes zero; else *undecided*.
        """
        if not self.better:
            return NOT_JUDGED
        if not self.enough:
            return NO_VERDICT
        low, high = self.bounds
        if self.band is not None and -self.band < low and high < self.band:
            return f"{NONE} ±{self.band:g} {self.unit}"
        return {1: HELPS, -1: HURTS, 0: UNDECIDED}[self.better * self.side()]

    @property
    def company(self) -> str:
        """What it supports of an interaction: whether factors *reinforce* or *substitute* each other, that is, whether
        they are worth more or less together than apart; *undecided* if it holds zero."""
        if not self.better:
            return NOT_JUDGED
        if not self.enough:
            return NO_VERDICT
        return {1: REINFORCE, -1: SUBSTITUTE, 0: UNDECIDED}[self.better * self.side()]

    @property
    def sign(self) -> int:
        """1 where the verdict is *helps*, −1 where it is *hurts*, 0 where neither is clear."""
        return sign_of(self.verdict)

    @property
    def places(self) -> int:
        """Decimals to print: two where it is narrow, more where rounding would take an end onto zero or across it, or
        into the band or out of it. What is as wide as the band is not inside."""
        low, high = self.bounds
        places = decimals(low, high)
        while places < MOST_PLACES and any(self._lies(end) != self._lies(round(end, places)) for end in (low, high)):
            places += 1
        return places

    def _lies(self, end: float) -> tuple[bool, bool, bool]:
        """Return where an end lies: above zero, below it, inside the band."""
        return end > 0, end < 0, self.band is not None and abs(end) < self.band

    def words(self, signed: bool = True, unit: bool = True, places: int | None = None) -> str:
        """Return `+3.2 pp [2.1, 4.3]`, to the decimals it deserves unless `places` are given; in brackets stand the
        ends of the simultaneous interval."""
        places = self.places if places is None else places
        return f"{amount(self.mean, self.unit if unit else '', places, signed)} {self.ends(places)}"

    def middle(self, signed: bool = True) -> str:
        """Return the mean alone, to the same decimals: `+3.2 pp`."""
        return amount(self.mean, self.unit, self.places, signed)

    def ends(self, places: int) -> str:
        """Return the ends of the simultaneous interval: `[2.1, 4.3]`."""
        low, high = self.bounds
        return f"[{number(low, places)}, {number(high, places)}]"


def sign_of(verdict: str) -> int:
    """Return 1 for *helps* and *reinforce*, −1 for *hurts* and *substitute*, 0 for every other verdict."""
    return {HELPS: 1, HURTS: -1, REINFORCE: 1, SUBSTITUTE: -1}.get(verdict, 0)


def number(value: float, decimals: int = 1, sign: bool = False) -> str:
    """Return a number with a true minus sign, and a plus sign if asked for; a dash if there is none."""
    if math.isnan(value):
        return "–"
    text = f"{abs(value):.{decimals}f}"
    if float(text) == 0:
        return text
    return (MINUS if value < 0 else "+" if sign else "") + text


def amount(value: float, unit: str, decimals: int = 1, sign: bool = False) -> str:
    """Return a number with its unit, if it has one: `+3.2 pp`."""
    return f"{number(value, decimals, sign)}{f' {unit}' if unit else ''}"


def decimals(low: float, high: float) -> int:
    """Return how many decimals an interval deserves: two where it is narrow."""
    return 1 if high - low >= 2 else 2
