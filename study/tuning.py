"""Tuning: each factor's strength chosen, the factor alone, on validation examples and seeds used for nothing else."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from study import config, data, sweeps
from study.config import Study
from study.design import Arm, Cell
from study.errors import StudyError, unknown
from study.factors import Factor
from study.inference import t_interval
from study.store import Record, Store

PREFIX = "tuning-"
"""How the points' experiments are named: `EXPERIMENT.tuning-FACTOR@VALUE`; no sweep may be named so."""
EQUAL = 1e-9
"""Means, in percent, that differ by less are equal: sums of the same numbers in another order."""


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
    found = {}
    for name, experiment in study.experiments.items():
        for factor in tuned(study):
            arm = Arm.of([factor.name], study.factors)
            sweeps.check_values(study.tuning.values[factor.name], f"tuning.values.{factor.name}")
            for value in study.tuning.values[factor.name]:
                try:
                    point = sweeps.vary(
                        experiment, dial(factor), value, f"{name}.{PREFIX}{factor.name}@{sweeps.text(value)}"
                    )
                    data.check_experiment(point)
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
    used = {"seeds": study.seeds, "claims.seeds": study.claims.seeds}
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


@dataclass(frozen=True)
class Choice:
    """The strength that validation chooses for one factor alone in one experiment.

    Attributes:
        experiment: its name.
        factor: the factor.
        values: the values tried, in the study's order.
        mean, low, high: shape (values,), validation accuracy in percent: mean over seeds and 95 % t interval; NaN
            where a training diverged.
        seeds: number of seeds.
        value: the value with the best mean; of equals the study's own, else the first.
        own: the study's own strength.
    """

    experiment: str
    factor: Factor
    values: tuple
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    seeds: int
    value: object
    own: object

    @property
    def at_the_end(self) -> bool:
        """Whether the chosen value is the least or the greatest that was tried: a better one may lie beyond."""
        if all(isinstance(value, int | float) for value in self.values):
            return self.value in (min(self.values), max(self.values))
        return False


def choices(study: Study, done: dict[Cell, Record]) -> list[Choice]:
    """Return what validation chooses, by experiment and factor, wherever every cell is done.

    Args:
        study: the study.
        done: records of today's settings by cell.
    """
    trained = {
        place: 100 * np.array([_accuracy(done[cell]) for cell in found])
        for place, found in grid(study).items()
        if all(cell in done for cell in found)
    }
    found = []
    for name, experiment in study.experiments.items():
        for factor in tuned(study):
            values = study.tuning.values[factor.name]
            if not all((name, factor.name, value) in trained for value in values):
                continue
            mean, low, high = t_interval(np.stack([trained[name, factor.name, value] for value in values], axis=1))
            if np.isnan(mean).all():
                continue
            own = sweeps.value_of(experiment, dial(factor))
            equals = [value for value, one in zip(values, mean) if one > np.nanmax(mean) - EQUAL]
            best = own if own in equals else equals[0]
            found.append(Choice(name, factor, values, mean, low, high, len(study.tuning.seeds), best, own))
    return found


def _accuracy(record: Record) -> float:
    return record["metrics"]["val_accuracy"] if record["status"] == "ok" else np.nan


def check_output(study: Study, name: str, output: Path) -> None:
    """Refuse a place for the tuned study file that would lose something, before any training.

    Args:
        study: the study.
        name: its bundled name or path, as given.
        output: the file to write: a new one, or the study's own.

    Raises:
        StudyError: if another file is there, the name is no study file's, or .npz files would be out of reach.
    """
    own = config.locate(name)
    same = output.exists() and output.samefile(own)
    if output.exists() and not same:
        raise StudyError(f"--output: Expected a new file, or the study's own. Received: {output}, which exists.")
    if output.suffix != ".toml" or not config.NAME.fullmatch(output.stem):
        raise StudyError(
            "--output: Expected a file name of lower-case letters, digits, '-' and '_' before .toml. "
            f"Received: {output.name!r}."
        )
    if not output.parent.is_dir():
        raise StudyError(f"--output: Expected a file in a folder that exists. Received: {output}.")
    files = [experiment.data.name for experiment in study.experiments.values() if experiment.data.file]
    files += [factor.path for factor in study.factors.own if own_module(factor, own.resolve().parent)]
    if files and output.resolve().parent != own.resolve().parent:
        raise StudyError(
            f"--output: Expected a file in {own.resolve().parent}, where {', '.join(files)} is found from. "
            f"Received: {output}."
        )


def own_module(factor: Factor, folder: Path) -> bool:
    """Return whether a study's own factor was imported from a folder."""
    file = sys.modules[factor.path.partition(":")[0]].__file__
    return file is not None and Path(file).resolve().is_relative_to(folder)


def carry(done: dict[Cell, Record], store: Store) -> None:
    """Copy the tuning's records into the results of the study that was written, whose report shows the choice from them.

    Args:
        done: the records by cell.
        store: the other study's results; what is there already stays.
    """
    with store.lock():
        there = store.read()
        for cell, record in done.items():
            if there.get(cell.place, {}).get("key") != record["key"]:
                store.append(record)


def write(name: str, chosen: list[Choice], output: Path) -> None:
    """Write the study file with the chosen strengths; all else, comments too, stays as it was.

    Args:
        name: the study's bundled name or path.
        chosen: what `choices` returned.
        output: see `check_output`.

    Raises:
        StudyError: if it cannot be written; what was there stays as it was.
    """
    import tomlkit

    document = tomlkit.parse(config.locate(name).read_text(encoding="utf-8"))
    for choice in chosen:
        table = document["experiment"][choice.experiment]
        for key, empty in (("strengths", tomlkit.table()), (choice.factor.name, tomlkit.inline_table())):
            if key not in table:
                table[key] = empty
            table = table[key]
        table[choice.factor.dial] = choice.value
    partial = output.with_name(f".{output.name}.{os.getpid()}.part")
    try:
        partial.write_text(tomlkit.dumps(document), encoding="utf-8")
        partial.replace(output)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise StudyError(f"--output: Expected a file that can be written. Received: {output} ({error.strerror}).") from None
