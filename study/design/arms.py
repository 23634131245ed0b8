"""Arms: combinations of a study's factors, all of them or a fraction."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

from study.design.factors import AVERAGING, EARLY_STOPPING, READ_OUT, TEXTBOOK, Factors
from study.design.fraction import Fraction, fraction
from study.design.studyfile import Study
from study.errors import StudyError, unknown


class End(NamedTuple):
    """Which weights a training's cell is judged with.

    Attributes:
        stops: those that early stopping restores, not the last ones.
        averages: moving averages of the weights, not the weights themselves.
    """

    stops: bool = False
    averages: bool = False


@dataclass(frozen=True)
class Arm:
    """One combination of a study's factors.

    Attributes:
        factors: names of the factors that are on, in canonical order.
        known: the study's factors; the five by default.
    """

    factors: tuple[str, ...]
    known: Factors = field(default=TEXTBOOK, repr=False)

    def __post_init__(self) -> None:
        ordered = tuple(name for name in self.known.names if name in self.factors)
        if ordered != self.factors:
            raise ValueError(f"Expected factors in canonical order. Received: {self.factors!r}.")

    @classmethod
    def of(cls, factors, known: Factors = TEXTBOOK) -> Arm:
        """Return the arm in which exactly `factors`, an iterable of names, are on."""
        chosen = set(factors)
        return cls(tuple(name for name in known.names if name in chosen), known)

    @cached_property
    def name(self) -> str:
        """`none`, `all`, or the names joined by `+` in canonical order."""
        if not self.factors:
            return "none"
        return "all" if self.factors == self.known.names else "+".join(self.factors)

    @property
    def switches(self) -> dict[str, int]:
        """Every factor's name and whether it is on (1) or off (0)."""
        return {name: int(name in self.factors) for name in self.known.names}

    @property
    def stops(self) -> bool:
        """Whether early stopping is on."""
        return EARLY_STOPPING in self.factors

    @property
    def end(self) -> End:
        """How its cell is read off its training."""
        return End(self.stops, AVERAGING in self.factors)

    @property
    def trajectory(self) -> Arm:
        """The same arm without early stopping and averaging: the training that yields all its cells."""
        return Arm.of(set(self.factors) - set(READ_OUT), self.known)

    def __contains__(self, factor: object) -> bool:
        return factor in self.factors


@functools.cache
def lattice(factors: Factors) -> tuple[Arm, ...]:
    """Return all arms of some factors, by number of factors and then in canonical order."""
    names = factors.names
    return tuple(
        Arm(chosen, factors) for size in range(len(names) + 1) for chosen in itertools.combinations(names, size)
    )


ARMS: tuple[Arm, ...] = lattice(TEXTBOOK)
"""All 32 arms of the five, by number of factors and then in canonical order."""
TRAJECTORIES: tuple[Arm, ...] = tuple(arm for arm in ARMS if not arm.stops)


def arms_of(study: Study) -> tuple[Arm, ...]:
    """Return a study's arms: all of them, or a fraction; by number of factors and then in canonical order."""
    if study.design == "full":
        return lattice(study.factors)
    found = fraction_of(study)
    return tuple(arm for arm in lattice(study.factors) if arm.factors in found)


def fraction_of(study: Study) -> Fraction:
    """Return the fraction of a fractional study: of its trainings, each read out with and without early stopping and
    averaging, if they are there.

    The further cells of a training cost nothing, so these are crossed with the fraction of the others.
    A fraction of all factors alike would hold one cell of each training, and save none.
    It holds the arm that the others are set against: `none`, or `all`, the model as it is, of a user's models.
    """
    return replace(fraction(study.factors.names, free=READ_OUT), turned=not study.of_models)


def trajectories_of(arms: Iterable[Arm]) -> tuple[Arm, ...]:
    """Return the arms without early stopping and averaging whose trainings yield some arms, each once."""
    return tuple(dict.fromkeys(arm.trajectory for arm in arms))


def parse_arm(text: str, factors: Factors = TEXTBOOK) -> Arm:
    """Return the arm a name stands for; factors may come in any order.

    Args:
        text: the name.
        factors: the study's factors.

    Raises:
        StudyError: if a part of the name is no factor, or stands there twice.
    """
    cleaned = text.strip().lower()
    if cleaned == "none":
        return Arm((), factors)
    if cleaned == "all":
        return Arm(factors.names, factors)
    parts = [part.strip() for part in cleaned.split("+")]
    for part in parts:
        if part not in factors.names:
            raise unknown("factor", part, factors.names, where=f"arm {text!r}")
    if len(set(parts)) != len(parts):
        raise StudyError(
            f"arm {text!r}: Expected each factor once. Received: {', '.join(parts)}. "
            "An arm is 'none', 'all', or factors joined by '+'."
        )
    return Arm.of(parts, factors)


def not_run(study: Study, arm: Arm) -> StudyError:
    """Return the error for an arm that a fractional study leaves out."""
    every = arms_of(study)
    near = [other.name for other in every if len(set(other.factors) ^ set(arm.factors)) == 1]
    return StudyError(
        f"arm {arm.name!r}: Expected one of the {len(every)} arms of the study's fraction. Received: one that it "
        f"leaves out. " + (f"One switch away: {', '.join(near)}. " if near else "") + '`design = "full"` has all arms.'
    )
