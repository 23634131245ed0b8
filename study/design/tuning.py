"""What a study tries for each factor's strength, the factor alone or beside those that the study names, and for the
learning rate, with none (or those) and with all of them: under seeds used for nothing else."""

from __future__ import annotations

from dataclasses import dataclass, replace

from study.design import sweeps
from study.design.arms import Arm
from study.design.cells import Cell
from study.design.factors import Factor
from study.design.studyfile import Study
from study.errors import StudyError, unknown

PREFIX = "tuning-"
"""How the points' experiments are named: `EXPERIMENT.tuning-DIAL@VALUE`; no sweep may be named so."""


@dataclass(frozen=True)
class Dial:
    """One setting that tuning varies.

    Attributes:
        name: the factor's, or `learning-rate`.
        label: the same for readers.
        setting: dotted, such as `strengths.dropout.rate`.
        values: what is tried, in the study's order.
        arms: whose mean decides: the factor alone, or with those it is tuned beside; for the learning rate *none*, or
            those, and *all*.
        factor: the factor; None for the learning rate.
        where: where the study file says it.
    """

    name: str
    label: str
    setting: str
    values: tuple
    arms: tuple[Arm, ...]
    factor: Factor | None
    where: str

    @property
    def symbol(self) -> str:
        """The setting's own name, as readers see it: `rate`, `λ`, `learning rate`."""
        last = self.setting.rpartition(".")[2]
        return "λ" if last == "lambda" else last.replace("_", " ")


def dials(study: Study, experiment: str) -> list[Dial]:
    """Return what a study tunes on an experiment: strengths in the factors' canonical order, then the learning rate.

    Raises:
        StudyError: if it names a factor that it does not have, or other values for one that it does not tune.
    """
    tuning, factors = study.tuning, study.factors
    for where in ("values", "beside"):
        for name in getattr(tuning, where):
            if name not in factors.names:
                raise unknown("factor", name, factors.names, where=f"tuning.{where}")
    found = [
        Dial(
            factor.name,
            factor.label,
            f"strengths.{factor.name}.{factor.dial}",
            tuning.values[factor.name],
            (Arm.of({factor.name, *tuning.beside}, factors),),
            factor,
            f"tuning.values.{factor.name}",
        )
        for factor in factors
        if factor.name in tuning.values
    ]
    if tuning.learning_rates:
        both = (Arm.of(tuning.beside, factors), Arm(factors.names, factors))
        rates = tuning.learning_rates
        found.append(
            Dial("learning-rate", "learning rate", "training.learning_rate", rates, both, None, "tuning.learning_rates")
        )
    tried, where = tuning.tried.get(experiment, {}), f"tuning.tried.{experiment}"
    for name in tried:
        if name not in (tuned := [dial.name for dial in found]):
            raise unknown("tuned setting", name, tuned, where=where)
    return [
        replace(dial, values=tried[dial.name], where=f"{where}.{dial.name}") if dial.name in tried else dial
        for dial in found
    ]


def grid(study: Study) -> dict[tuple[str, str, object], list[Cell]]:
    """Return the cells that a study's tuning asks for, by experiment, dial's name and value: for each of the dial's
    arms one a seed.

    They stand apart from the experiment's own, also where a value is the study's, and keep what the tuning holds: so
    they stay what they are when the study's settings become what they chose.

    Raises:
        StudyError: if a factor does not exist, or a value does not fit.
    """
    found: dict[tuple[str, str, object], list[Cell]] = {}
    for name, own in study.experiments.items():
        epochs = max(1, round(study.tuning.share(name) * own.training.epochs))
        experiment = sweeps.vary(own, "training.epochs", epochs, name)
        for setting, value in study.tuning.held.get(name, {}).items():
            try:
                experiment = sweeps.vary(experiment, setting, value, name)
            except StudyError as error:
                raise StudyError(f"tuning.held.{name}: {error}") from None
        for dial in dials(study, name):
            sweeps.check_values(dial.values, dial.where)
            for value in dial.values:
                try:
                    point = sweeps.vary(
                        experiment, dial.setting, value, f"{name}.{PREFIX}{dial.name}@{sweeps.text(value)}"
                    )
                except StudyError as error:
                    raise StudyError(f"{dial.where}: {error}") from None
                found[name, dial.name, value] = [
                    Cell(point, arm, seed) for arm in dial.arms for seed in study.tuning.seeds
                ]
    return found


def cells(study: Study, experiments=None) -> list[Cell]:
    """Return every cell that a study's tuning asks for, of some experiments by name or of all.

    Raises:
        StudyError: if an experiment does not exist.
    """
    chosen = {study.experiment(name).name for name in experiments or study.experiments}
    return [cell for (name, *_), found in grid(study).items() if name in chosen for cell in found]


def check(study: Study) -> None:
    """Check a study's tuning: its factors, values and seeds.

    Raises:
        StudyError: if a factor or a value is wrong, or a seed is used for anything else in the study.
    """
    tuning = study.tuning
    tried = bool(tuning.values or tuning.learning_rates)
    more = [name for name in ("beside", "tried", "kept") if getattr(tuning, name)]
    if more and not tried:
        raise StudyError(f"tuning.{more[0]}: Expected values or learning_rates to try, too. Received: none.")
    if tried != bool(tuning.seeds):
        given = "values" if tuning.values else "learning_rates"
        raise StudyError(
            f"tuning.seeds: Expected seeds to tune with. Received: none, but {given}."
            if tried
            else "tuning: Expected values or learning_rates to try. Received: none, but seeds."
        )
    if set(tuning.beside) == set(study.factors.names):
        raise StudyError(
            "tuning.beside: Expected some of the factors. Received: all of them, which leaves none to add."
        )
    for where in ("budgets", "held", "tried"):
        for name in getattr(tuning, where):
            if name not in study.experiments:
                raise unknown("experiment", name, study.experiments, where=f"tuning.{where}")
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
