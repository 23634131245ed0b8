"""What a study's own factors bring to a training: see `factors.Factor`."""

from __future__ import annotations

from study.design.arms import Arm
from study.design.factors import Factor, Strength
from study.design.settings import Experiment
from study.errors import StudyError


def hooked(experiment: Experiment, arm: Arm, hook: str) -> list[tuple[Factor, Strength]]:
    """Return the own factors of an arm that have a hook, in canonical order, each with its strength."""
    return [
        (factor, experiment.strength(factor.name))
        for factor in arm.known.own
        if factor.name in arm and getattr(factor, hook) is not None
    ]


def mix(factor: Factor, strength: Strength, x, y, seed) -> tuple:
    """Return a training batch's inputs and labels as a study's own factor changes them.

    Raises:
        StudyError: if its hook returns something else.
    """
    made = factor.batch(x, y, strength, seed)
    if not isinstance(made, tuple) or len(made) != 2:
        raise StudyError(
            f"factor {factor.name!r}, batch: Expected a tuple of the batch's inputs and labels. Received: "
            f"{type(made).__name__}."
        )
    return made


def of_optimizer(experiment: Experiment, arm: Arm) -> dict:
    """Return what a study's own factors set of the optimizer, by the names of its arguments.

    Raises:
        StudyError: if a hook returns something else.
    """
    found: dict = {}
    for factor, strength in hooked(experiment, arm, "optimizer"):
        made = factor.optimizer(strength)
        if not isinstance(made, dict) or not all(isinstance(name, str) for name in made):
            raise StudyError(
                f"factor {factor.name!r}, optimizer: Expected a dictionary of the optimizer's settings by name. "
                f"Received: {made!r}."
            )
        found |= made
    return found
