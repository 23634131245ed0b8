"""How long a training lasts, at which rate, where it is judged on the way, and what of its history is kept."""

from __future__ import annotations

import functools
import itertools
import math
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Frozen(BaseModel):
    """A checked table of a study file: frozen, unknown keys refused, no silent conversions."""

    filled: ClassVar[frozenset[str]] = frozenset()
    """Fields that are filled in when a study is read; no file gives them."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, validate_by_name=True, protected_namespaces=()
    )


Count = Annotated[int, Field(ge=1, le=10**9)]

CONSTANT, COSINE, COOLED = SCHEDULES = ("constant", "cosine", "cooled")
COOLING = 0.2
"""Share of a training, its last, over which a cooled rate falls to zero."""
MODELS = "model"
"""The optimizer of a training that uses the one its model was compiled with."""
MOST_EPOCHS, SOME_EPOCHS = 200, 50
"""Epochs of a cell's history that are kept, at most; and about, of a cell that a sweep or a tuning varies."""


class Training(Frozen):
    """The budget and how it is spent.

    `epochs` at most, `batch` examples a step, `optimizer`, its `learning_rate` and, of `sgd`, `momentum`; the optimizer
    `model` is the one that a Keras model was compiled with, with all that is set in it. `schedule`:
    the rate is `constant`; falls to zero over the whole budget as a quarter of a `cosine` wave does, Keras's
    CosineDecay; or is `cooled`: constant, then falling linearly to zero over the last fifth of the epochs. `readouts`:
    shares of the budget at which a training is also judged, as a training of that length would be. A cooled one is
    cooled for each from where it stands at four fifths of that length, and goes on from there. Under `cosine` there are
    none on the way: a shorter training has another rate from its first step on.
    """

    epochs: Count
    batch: Count
    optimizer: Literal["adam", "sgd", "model"] = "adam"
    learning_rate: Annotated[float | None, Field(gt=0)] = None
    momentum: Annotated[float, Field(ge=0, lt=1)] = 0.0
    schedule: Literal[SCHEDULES] = CONSTANT  # type: ignore[valid-type]
    readouts: Annotated[tuple[Annotated[float, Field(gt=0, lt=1)], ...], Field(strict=False)] = (0.125, 0.25, 0.5)

    @model_validator(mode="after")
    def _fits(self) -> Training:
        if self.optimizer == MODELS and (self.learning_rate or self.momentum or self.schedule != CONSTANT):
            raise ValueError(
                "expected no learning_rate, momentum or schedule where optimizer is 'model': it has its own"
            )
        if self.optimizer != MODELS and self.learning_rate is None:
            raise ValueError("expected a learning_rate")
        return self

    @property
    def lengths(self) -> list[int]:
        """Epochs after which a training is judged, ascending; the last is the whole budget."""
        on_the_way = self.readouts if self.schedule != COSINE else ()
        return sorted({self.epochs, *(max(1, round(share * self.epochs)) for share in on_the_way)})

    def trunk(self, length: int) -> int:
        """Return the epochs that a training of a length has in common with every longer one."""
        return {CONSTANT: length, COSINE: 0, COOLED: length - max(1, round(COOLING * length))}[self.schedule]

    def settings(self) -> dict:
        """Return what decides a training."""
        found = self.model_dump()
        if self.optimizer != "sgd" or not self.momentum:
            del found["momentum"]  # as it was before there was one to choose; Adam has its own
        if self.optimizer == MODELS:
            del found["learning_rate"]
        if self.schedule == CONSTANT:
            del found["schedule"]  # as it was before there was a schedule to choose
        if self.lengths == [self.epochs]:
            del found["readouts"]  # as it was before a training was judged on the way
        return found


@functools.cache
def kept(epochs: int) -> tuple[int, ...]:
    """Return the epochs of a budget, from 1, of which a cell's history is kept.

    All of them up to 200; else at most 200, spaced evenly on a logarithmic scale as far as whole numbers can be: they
    are densest at the start, where most happens.
    """
    if epochs <= MOST_EPOCHS:
        return tuple(range(1, epochs + 1))
    found: tuple[int, ...] = ()
    for drawn in itertools.count(MOST_EPOCHS):
        spaced = tuple(dict.fromkeys(round(epochs ** (k / (drawn - 1))) for k in range(drawn)))
        if len(spaced) > MOST_EPOCHS:
            break
        found = spaced
    return found


@functools.cache
def sparse(epochs: int) -> tuple[int, ...]:
    """Return some 50 of the epochs that `kept` names, evenly among them, the first and the last included; all if there
    are no more.

    They are what is kept of cells that a sweep or a tuning varies: no figure draws their history.
    """
    every = kept(epochs)
    return (*every[: -1 : math.ceil(len(every) / SOME_EPOCHS)], epochs)
