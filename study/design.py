"""Arms, cells, seeds by purpose, and the keys that tell whether a stored cell is still today's."""

from __future__ import annotations

import hashlib
import itertools
import json
from dataclasses import dataclass
from functools import cached_property

from study.config import Study
from study.errors import StudyError, unknown
from study.experiments import Experiment
from study.factors import EARLY_STOPPING, NAMES

FORMAT = 1
"""Version of the results on disk: of the lines, of the keys, and of what a key is made from."""


@dataclass(frozen=True, order=True)
class Arm:
    """One combination of factors.

    Attributes:
        factors: names of the factors that are on, in canonical order.
    """

    factors: tuple[str, ...]

    def __post_init__(self) -> None:
        ordered = tuple(name for name in NAMES if name in self.factors)
        if ordered != self.factors:
            raise ValueError(f"Expected factors in canonical order. Received: {self.factors!r}.")

    @classmethod
    def of(cls, factors) -> Arm:
        """Return the arm in which exactly `factors`, an iterable of names, are on."""
        chosen = set(factors)
        return cls(tuple(name for name in NAMES if name in chosen))

    @cached_property
    def name(self) -> str:
        """`none`, `all`, or the names joined by `+` in canonical order."""
        if not self.factors:
            return "none"
        return "all" if self.factors == NAMES else "+".join(self.factors)

    @property
    def switches(self) -> dict[str, int]:
        """Every factor's name and whether it is on (1) or off (0)."""
        return {name: int(name in self.factors) for name in NAMES}

    @property
    def stops(self) -> bool:
        """Whether early stopping is on."""
        return EARLY_STOPPING in self.factors

    @property
    def trajectory(self) -> Arm:
        """The same arm without early stopping: the training that yields both cells."""
        return Arm.of(set(self.factors) - {EARLY_STOPPING})

    def __contains__(self, factor: str) -> bool:
        return factor in self.factors


ARMS: tuple[Arm, ...] = tuple(
    Arm(chosen) for size in range(len(NAMES) + 1) for chosen in itertools.combinations(NAMES, size)
)
"""All 32 arms, by number of factors and then in canonical order."""

TRAJECTORIES: tuple[Arm, ...] = tuple(arm for arm in ARMS if not arm.stops)


def parse_arm(text: str) -> Arm:
    """Return the arm a name stands for; factors may come in any order.

    Raises:
        StudyError: if a part of the name is no factor, or stands there twice.
    """
    cleaned = text.strip().lower()
    if cleaned == "none":
        return Arm(())
    if cleaned == "all":
        return Arm(NAMES)
    parts = [part.strip() for part in cleaned.split("+")]
    for part in parts:
        if part not in NAMES:
            raise unknown("factor", part, NAMES, where=f"arm {text!r}")
    if len(set(parts)) != len(parts):
        raise StudyError(
            f"arm {text!r}: Expected each factor once. Received: {', '.join(parts)}. "
            "An arm is 'none', 'all', or factors joined by '+'."
        )
    return Arm.of(parts)


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
        arms: `Arm`s to take; all 32 by default.
        seeds: seeds to take, which must be the study's own; all of them by default.

    Raises:
        StudyError: if an experiment or a seed is not the study's.
    """
    chosen = list(study.experiments) if not experiments else list(dict.fromkeys(experiments))
    wanted = set(seeds) if seeds is not None else set(study.seeds)
    strange = sorted(wanted - set(study.seeds))
    if strange:
        raise StudyError(
            f"Expected seeds of the study {study.name!r}. Received: "
            f"{', '.join(map(str, strange))}. These exist: {', '.join(map(str, study.seeds))}."
        )
    taken = set(arms) if arms else set(ARMS)
    return [
        Cell(study.experiment(name), arm, seed)
        for name in chosen
        for arm in ARMS
        if arm in taken
        for seed in study.seeds
        if seed in wanted
    ]


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
