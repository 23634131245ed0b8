"""Arms, cells, seeds by purpose, and the keys that tell whether a stored cell is still today's."""

from __future__ import annotations

import functools
import hashlib
import itertools
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from study.config import Study
from study.errors import StudyError, unknown
from study.experiments import Experiment
from study.factors import EARLY_STOPPING, TEXTBOOK, Factors
from study.fraction import Fraction, fraction

FORMAT = 1
"""Version of the results on disk: of the lines, of the keys, and of what a key is made from."""


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
    def trajectory(self) -> Arm:
        """The same arm without early stopping: the training that yields both cells."""
        return Arm.of(set(self.factors) - {EARLY_STOPPING}, self.known)

    def __contains__(self, factor: str) -> bool:
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
    found = fraction_of(study.factors)
    return tuple(arm for arm in lattice(study.factors) if arm.factors in found)


def fraction_of(factors: Factors) -> Fraction:
    """Return the fraction of a fractional study: of its trainings, each read out with and without early stopping.

    The second cell of a training costs nothing, so early stopping is crossed with the fraction of the others.
    A fraction of all factors alike would hold one cell of each training, and save none.
    """
    return fraction(factors.names, free=(EARLY_STOPPING,))


def trajectories_of(arms: Iterable[Arm]) -> tuple[Arm, ...]:
    """Return the arms without early stopping whose trainings yield some arms, each once."""
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


def derive(seed: int, *purpose: str) -> int:
    """Return the seed for one purpose under one of the study's seeds.

    Every source of randomness gets its own stream, named by what it is for and never by the order
    of creation: so switching one factor on leaves every other draw where it was.

    Args:
        seed: the block's seed.
        purpose: words such as `"weights", "hidden_1"`.

    Returns:
        An integer in [0, 2^31), from SHA-256.
    """
    digest = hashlib.sha256("/".join([str(seed), *purpose]).encode()).digest()
    return int.from_bytes(digest[:4], "big") >> 1


@dataclass(frozen=True, eq=False)
class Cell:
    """One arm of one experiment under one seed; cells are equal if their keys are."""

    experiment: Experiment
    arm: Arm
    seed: int

    def __eq__(self, other) -> bool:
        return isinstance(other, Cell) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    @property
    def place(self) -> tuple[str, str, int]:
        """Experiment's name, arm's name and seed: where the cell stands in the study."""
        return self.experiment.name, self.arm.name, self.seed

    @cached_property
    def settings(self) -> dict:
        """Everything that decides the cell's outcome, ready for JSON; strengths of the factors
        that are on, so that a changed dropout rate leaves the arms without dropout valid."""
        return settings(self.experiment, self.arm)

    @cached_property
    def key(self) -> str:
        """SHA-256 of the canonical settings, with the cell's place."""
        return key(*self.place, self.settings)


def settings(experiment: Experiment, arm: Arm) -> dict:
    """Return what decides an arm's outcomes, besides the seed, as plain JSON values."""
    decided = {
        "format": FORMAT,
        "data": experiment.data.settings(),
        "model": experiment.model.settings(arm),
        "training": experiment.training.model_dump(),
        "strengths": {name: experiment.strength(name).settings() for name in arm.factors},
    }
    own = {factor.name: {"path": factor.path, "version": factor.version} for factor in arm.known.own if factor.name in arm}
    if own:
        decided["factors"] = own
    return plain(decided)


def plain(value):
    """Return a value as it comes back from JSON: tuples as lists, keys as text."""
    return json.loads(json.dumps(value))


def key(experiment: str, arm: str, seed: int, settings: dict) -> str:
    """Return the SHA-256, in hexadecimal, of a cell's place and canonical settings."""
    return hashlib.sha256(canonical([experiment, arm, seed, settings]).encode()).hexdigest()


def canonical(value) -> str:
    """Return the one JSON text of a value: sorted keys, no spaces, no NaN."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def cells(study: Study, experiments=None, arms=None, seeds=None) -> list[Cell]:
    """Return the study's cells, by experiment, arm and seed.

    Args:
        study: the study.
        experiments: names of the experiments to take; all of them by default.
        arms: `Arm`s to take; all of the study's by default.
        seeds: seeds to take, which must be the study's own; all of them by default.

    Raises:
        StudyError: if an experiment, an arm or a seed is not the study's.
    """
    chosen = list(study.experiments) if not experiments else list(dict.fromkeys(experiments))
    wanted = set(seeds) if seeds is not None else set(study.seeds)
    strange = sorted(wanted - set(study.seeds))
    if strange:
        raise StudyError(
            f"Expected seeds of the study {study.name!r}. Received: "
            f"{', '.join(map(str, strange))}. These exist: {', '.join(map(str, study.seeds))}."
        )
    every = arms_of(study)
    taken = set(arms) if arms else set(every)
    for arm in taken - set(every):
        raise not_run(study, arm)
    return [
        Cell(study.experiment(name), arm, seed)
        for name in chosen
        for arm in every
        if arm in taken
        for seed in study.seeds
        if seed in wanted
    ]


def not_run(study: Study, arm: Arm) -> StudyError:
    """Return the error for an arm that a fractional study leaves out."""
    every = arms_of(study)
    near = [other.name for other in every if len(set(other.factors) ^ set(arm.factors)) == 1]
    return StudyError(
        f"arm {arm.name!r}: Expected one of the {len(every)} arms of the study's fraction. Received: one that it leaves out. "
        + (f"One switch away: {', '.join(near)}. " if near else "")
        + "`design = \"full\"` has all arms."
    )


def differences(old: dict, new: dict, prefix: str = "") -> list[str]:
    """Return the settings in which two cells differ, as `training.epochs: 60 → 120`."""
    found = []
    for name in sorted(old.keys() | new.keys()):
        before, after = old.get(name), new.get(name)
        if isinstance(before, dict) and isinstance(after, dict):
            found += differences(before, after, f"{prefix}{name}.")
        elif before != after:
            found.append(f"{prefix}{name}: {_short(before)} → {_short(after)}")
    return found


def _short(value) -> str:
    text = "absent" if value is None else json.dumps(value)
    return text if len(text) <= 40 else f"{text[:18]}…{text[-18:]}"
