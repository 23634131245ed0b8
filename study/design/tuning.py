"""What a study tries for each factor's strength: the factor alone, under seeds used for nothing else."""

from __future__ import annotations

from study.design import sweeps
from study.design.arms import Arm
from study.design.cells import Cell
from study.design.factors import Factor
from study.design.studyfile import Study
from study.errors import StudyError, unknown

PREFIX = "tuning-"
"""How the points' experiments are named: `EXPERIMENT.tuning-FACTOR@VALUE`; no sweep may be named so."""


def dial(factor: Factor) -> str:
    """Return the dotted setting that tuning varies for a factor, such as `strengths.dropout.rate`."""
    return f"strengths.{factor.name}.{factor.dial}"


def tuned(study: Study) -> list[Factor]:
    """Return the factors that a study tunes, in canonical order.

    Raises:
        StudyError: if it names one that it does not have.
    """
    for name in study.tuning.values:
        if name not in study.factors.names:
            raise unknown("factor", name, study.factors.names, where="tuning.values")
    return [factor for factor in study.factors if factor.name in study.tuning.values]


def grid(study: Study) -> dict[tuple[str, str, object], list[Cell]]:
    """Return the cells that a study's tuning asks for, one a seed, by experiment, factor and value.

    The arm has the factor alone. Its cells stand apart from the experiment's own, also where a value is the
    study's: so they stay what they are when the study's strengths are set to what they chose.

    Raises:
        StudyError: if a factor does not exist, or a value does not fit.
    """
    found: dict[tuple[str, str, object], list[Cell]] = {}
    for name, own in study.experiments.items():
        epochs = max(1, round(study.tuning.share(name) * own.training.epochs))
        experiment = sweeps.vary(own, "training.epochs", epochs, name)
        for factor in tuned(study):
            arm = Arm.of([factor.name], study.factors)
            sweeps.check_values(study.tuning.values[factor.name], f"tuning.values.{factor.name}")
            for value in study.tuning.values[factor.name]:
                try:
                    point = sweeps.vary(
                        experiment, dial(factor), value, f"{name}.{PREFIX}{factor.name}@{sweeps.text(value)}"
                    )
                except StudyError as error:
                    raise StudyError(f"tuning.values.{factor.name}: {error}") from None
                found[name, factor.name, value] = [Cell(point, arm, seed) for seed in study.tuning.seeds]
    return found


def cells(study: Study) -> list[Cell]:
    """Return every cell that a study's tuning asks for."""
    return [cell for chosen in grid(study).values() for cell in chosen]


def check(study: Study) -> None:
    """Check a study's tuning: its factors, values and seeds.

    Raises:
        StudyError: if a factor or a value is wrong, or a seed is used for anything else in the study.
    """
    tuning = study.tuning
    if bool(tuning.values) != bool(tuning.seeds):
        lacking, there = ("seeds", "values") if tuning.values else ("values", "seeds")
        raise StudyError(f"tuning.{lacking}: Expected {lacking} to tune with. Received: none, but {there}.")
    for name in tuning.budgets:
        if name not in study.experiments:
            raise unknown("experiment", name, study.experiments, where="tuning.budgets")
    used = {"seeds": study.seeds, "claims.seeds": study.claims.seeds}
    used |= {f"experiment.{name}.seeds": each.seeds for name, each in study.experiments.items()}
    used |= {f"sweep.{name}.seeds": sweep.seeds for name, sweep in study.sweeps.items()}
    for where, seeds in used.items():
        if both := sorted(set(tuning.seeds) & set(seeds)):
            raise StudyError(
                f"tuning.seeds: Expected seeds used for nothing else in the study. "
                f"Received: {', '.join(map(str, both))}, also among {where}."
            )
    for name in study.sweeps:
        if name.startswith(PREFIX):
            raise StudyError(f"sweep.{name}: Expected a name that does not begin with {PREFIX!r}. Received: {name!r}.")
    grid(study)
