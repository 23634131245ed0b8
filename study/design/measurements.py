"""Trials: one mechanism under one seed, keyed and stored as cells are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from study.design.cells import FORMAT, key
from study.design.cells import plain as plain_settings
from study.design.own import code


@dataclass(frozen=True)
class Mechanism:
    """A small experiment on one claim, run once a seed and stored like a cell.

    Attributes:
        name: identifier in files, such as `masks`.
        topic: folder in the store, such as `dropout`.
        runner: `package.module:Class`; see `study.claims.mechanisms`.
        settings: everything that decides the values, as plain JSON values. Tables named as in a study
            file (`data`, `model`, `training`, `strengths`) mean the same as there.
        seconds: expected seconds of one seed on one core; only ratios matter.
    """

    name: str
    topic: str
    runner: str
    settings: dict
    seconds: float


@dataclass(frozen=True, eq=False)
class Trial:
    """One mechanism under one seed; trials are equal if their keys are. A trial is its own task."""

    mechanism: Mechanism
    seed: int

    def __eq__(self, other) -> bool:
        return isinstance(other, Trial) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    @property
    def place(self) -> tuple[str, str, int]:
        """Topic, the mechanism's name and the seed: where the trial stands in the store."""
        return self.mechanism.topic, self.mechanism.name, self.seed

    @property
    def group(self) -> tuple[str, str]:
        """What a worker builds once and keeps."""
        return self.mechanism.topic, self.mechanism.name

    @property
    def cells(self) -> tuple[Trial, ...]:
        """What the task yields: itself."""
        return (self,)

    @cached_property
    def settings(self) -> dict:
        """Everything that decides the trial's values."""
        runner = self.mechanism.runner
        source = code.source(runner.partition(":")[0])
        return plain_settings({"format": FORMAT, "runner": runner, "source": source, **self.mechanism.settings})

    @cached_property
    def key(self) -> str:
        """SHA-256 of the canonical settings, with the trial's place."""
        return key(*self.place, self.settings)

    examples = None
    """The mechanism draws its own."""

    def perform(self, bench) -> dict:
        """Do the trial at a worker's bench: see `schedule.Task`."""
        return bench.measure(self)

    def records(self, content: dict, provenance: dict) -> list[dict]:
        """Return the trial's record from what `perform` returned."""
        made = content["made"]
        return [self._record("ok", content["values"], content["seconds"], provenance | made)]

    def failed(self, reason: str, provenance: dict) -> list[dict]:
        """Return the record of a trial that ended in an error."""
        return [self._record("failed", {}, 0.0, provenance, reason)]

    def _record(self, status: str, values: dict, seconds: float, provenance: dict, reason: str = "") -> dict:
        topic, name, seed = self.place
        return {
            "experiment": topic,
            "arm": name,
            "seed": seed,
            "key": self.key,
            "status": status,
            "reason": reason,
            "values": values,
            "seconds": round(seconds, 3),
            "settings": self.settings,
            "provenance": provenance,
        }


def trials(mechanisms: Iterable[Mechanism], seeds: Iterable[int]) -> list[Trial]:
    """Return every mechanism under every seed."""
    chosen = tuple(seeds)
    return [Trial(mechanism, seed) for mechanism in mechanisms for seed in chosen]
