"""Cells: an arm of an experiment under a seed, and the key that tells whether a stored one is still today's."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property

from study.design.arms import Arm, arms_of, not_run
from study.design.settings import Experiment
from study.design.studyfile import Study
from study.errors import StudyError

FORMAT = 1
"""Version of the results on disk: of the lines, of the keys, and of what a key is made from."""


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
        "training": experiment.training.settings(),
        "strengths": {name: experiment.strength(name).settings() for name in arm.factors},
    }
    own = {
        factor.name: {"path": factor.path, "version": factor.version, "source": factor.code}
        for factor in arm.known.own
        if factor.name in arm
    }
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
        seeds: seeds to take, each of which must be some experiment's or sweep's; all of them by default.

    Raises:
        StudyError: if an experiment, an arm or a seed is not the study's.
    """
    chosen = list(study.experiments) if not experiments else list(dict.fromkeys(experiments))
    swept = {seed for sweep in study.sweeps.values() if sweep.experiment in chosen for seed in sweep.seeds}
    there = sorted(swept | {seed for name in chosen for seed in study.seeds_of(name)})
    wanted = set(there if seeds is None else seeds)
    strange = sorted(wanted - set(there))
    if strange:
        whose = f"of {', '.join(chosen)} in" if experiments else "of"
        raise StudyError(
            f"Expected seeds {whose} the study {study.name!r}. Received: "
            f"{', '.join(map(str, strange))}. These exist: {', '.join(map(str, there))}."
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
        for seed in study.seeds_of(name)
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
