"""Sweeps: one setting of an experiment varied over values; every value is an ordinary experiment.

A value that changes nothing, such as the experiment's own, shares the experiment's cells; points of equal settings,
of whichever sweep, share theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ValidationError

from study.design.arms import Arm, arms_of, not_run, parse_arm
from study.design.cells import Cell, canonical
from study.design.cells import cells as cells_of
from study.design.cells import settings as settings_of
from study.design.settings import Data, Experiment
from study.design.studyfile import Study, Sweep
from study.errors import StudyError, expected, shown, unknown

OWN = "own"
"""What an experiment itself is called among the universes of its sweeps."""


@dataclass(frozen=True)
class Point:
    """One value of a sweep.

    Attributes:
        value: the setting's value; one that is a list, as text: see `plain`.
        experiment: the experiment with that value, named `EXPERIMENT.SWEEP@VALUE`.
    """

    value: float | int | str | bool
    experiment: Experiment


def points(study: Study, name: str) -> list[Point]:
    """Return a sweep's points in the order of its values.

    Raises:
        StudyError: if the experiment, the setting or an arm does not exist, or a value does not fit.
    """
    sweep = study.sweeps[name]
    try:
        base = study.experiment(sweep.experiment)
        if sweep.labels and len(set(sweep.labels)) != len(sweep.values):
            wanted = f"{len(sweep.values)} that differ, one for each value"
            raise StudyError(f"labels: Expected {wanted}. Received: {shown(sweep.labels)}.")
        return [
            Point(plain(value), _point(base, sweep, place, f"{base.name}.{name}@{text(value)}"))
            for place, value in enumerate(sweep.values)
        ]
    except StudyError as error:
        raise StudyError(f"sweep.{name}: {error}") from None


def _point(base: Experiment, sweep: Sweep, place: int, name: str) -> Experiment:
    """Return the experiment at one place of a sweep, from 0."""
    found = base
    for setting, chosen in sweep.also.items():
        if setting == sweep.setting:
            raise StudyError(f"also: Expected settings other than the one that is varied. Received: {setting!r}.")
        if isinstance(chosen, tuple):
            one_for_all = len(chosen) == 1
            if not one_for_all and len(chosen) != len(sweep.values):
                raise StudyError(
                    f"also.{setting}: Expected one value, or {len(sweep.values)}, one for each of the sweep's. "
                    f"Received: {len(chosen)}."
                )
            chosen = chosen[0 if one_for_all else place]
        found = vary(found, setting, chosen, name)
    return vary(found, sweep.setting, sweep.values[place], name)


def text(value) -> str:
    """Return a value as it stands in names: `0.3`, `1e-05`, `val_loss`, `128-128`."""
    if isinstance(value, tuple):
        return "-".join(map(text, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def plain(value):
    """Return a value as tables hold it: a list as its text, all else as it is."""
    return text(value) if isinstance(value, tuple) else value


def check_values(values: Sequence, where: str) -> None:
    """Check that values can be told apart by the names they give to points.

    Raises:
        StudyError: if two have one name, or a name cannot be a folder's.
    """
    names: dict[str, object] = {}
    for value in values:
        name = text(value)
        if "/" in name or name != name.strip() or not name:
            raise StudyError(f"{where}: Expected values that can stand in a folder's name. Received: {value!r}.")
        if name in names:
            raise StudyError(
                f"{where}: Expected values that differ, numbers in their first six digits. Received: {names[name]!r} "
                f"and {value!r}."
            )
        names[name] = value


def vary(experiment: Experiment, setting: str, value, name: str) -> Experiment:
    """Return an experiment in which one setting has another value.

    Args:
        experiment: the experiment.
        setting: the dotted name of one of its settings, such as `strengths.l2.lambda`.
        value: the new value.
        name: the new experiment's name.

    Raises:
        StudyError: if there is no such setting, or the value does not fit it.
    """
    # Nobody reads the predictions of its cells.
    return _replaced(experiment, setting.split("."), value, setting).model_copy(
        update={"name": name, "predictions": False}
    )


def value_of(experiment: Experiment, setting: str):
    """Return an experiment's own value of a dotted setting."""
    found = experiment
    for part in setting.split("."):
        fields = {field.alias or name: name for name, field in type(found).model_fields.items()}
        found = getattr(found, fields[part])
    return found


def _replaced(model: BaseModel, path: list[str], value, setting: str):
    fields = {field.alias or name: name for name, field in type(model).model_fields.items()}
    if isinstance(model, Experiment):  # what it is called, which seeds it has and what it stores are no settings
        fields = {key: name for key, name in fields.items() if isinstance(getattr(model, name), BaseModel)}
    for name in getattr(model, "filled", ()):
        fields.pop(name, None)
    if path[0] not in fields:
        raise unknown("setting", path[0], fields, where=setting)
    attribute = fields[path[0]]
    inner = getattr(model, attribute)
    if len(path) > 1:
        if not isinstance(inner, BaseModel):
            raise StudyError(f"{setting}: Expected a setting. Received: {path[0]!r}, which has none below it.")
        return model.model_copy(update={attribute: _replaced(inner, path[1:], value, setting)})
    if isinstance(inner, BaseModel):
        hidden = getattr(inner, "filled", ())
        inside = ", ".join(f.alias or name for name, f in type(inner).model_fields.items() if name not in hidden)
        raise StudyError(f"{setting}: Expected one setting. Received: {path[0]!r}, which holds: {inside}.")
    if isinstance(model, Data) and ".npz" in f"{model.name} {value}" and path[0] == "name":
        raise StudyError(
            f"{setting}: Expected a setting that can be varied. Received: {path[0]!r} of arrays of one's own; "
            "each such file is an experiment."
        )
    table = {field.alias or name: getattr(model, name) for name, field in type(model).model_fields.items()}
    try:
        return type(model).model_validate(table | {path[0]: value})
    except ValidationError as error:
        raise StudyError(f"{setting}: Expected {expected(error.errors()[0])}. Received: {shown(value)}.") from None


def arms(sweep: Sweep, study: Study) -> tuple[Arm, ...]:
    """Return a sweep's arms, in canonical order; all of the study's if it names none."""
    every = arms_of(study)
    chosen = {parse_arm(name, study.factors) for name in sweep.arms} or set(every)
    for arm in chosen - set(every):
        raise not_run(study, arm)
    return tuple(arm for arm in every if arm in chosen)


def every(study: Study) -> dict[str, dict[tuple, Cell]]:
    """Return the cells of every sweep: by its name, then by value, arm and seed.

    Points whose settings are equal in an arm share cells, within a sweep and across the sweeps of an experiment: those
    of the experiment where nothing differs from it, otherwise those of the sweep with the most arms, the first of
    equals:
    what early stopping derives from a training then has its cells beside it.
    """
    owners: dict[tuple, Experiment] = {}
    for base in study.experiments:
        experiment = study.experiment(base)
        for arm in arms_of(study):
            owners[base, arm, canonical(settings_of(experiment, arm))] = experiment
    found: dict[str, dict[tuple, Cell]] = {name: {} for name in study.sweeps}
    taken = {name: arms(sweep, study) for name, sweep in study.sweeps.items()}
    for name in sorted(study.sweeps, key=lambda name: -len(taken[name])):
        sweep = study.sweeps[name]
        seeds = sweep.seeds or study.seeds_of(sweep.experiment)
        for point in points(study, name):
            for arm in taken[name]:
                settings = canonical(settings_of(point.experiment, arm))
                owner = owners.setdefault((sweep.experiment, arm, settings), point.experiment)
                found[name] |= {(point.value, arm, seed): Cell(owner, arm, seed) for seed in seeds}
    return found


def places(study: Study, name: str) -> dict[tuple, Cell]:
    """Return the cell of every (value, arm, seed) of a sweep, by value, arm and seed: see `every`."""
    return every(study)[name]


def cells(study: Study, experiments=None, arms=None, seeds=None) -> list[Cell]:
    """Return the cells that the study's sweeps need beyond its experiments', each once.

    Args:
        study: the study.
        experiments: names of the experiments whose sweeps are taken; all of them by default.
        arms: `Arm`s to take; all of the sweeps' by default.
        seeds: seeds to take; all of the sweeps' by default.
    """
    found = dict.fromkeys(
        cell
        for name, places in every(study).items()
        if not experiments or study.sweeps[name].experiment in experiments
        for cell in places.values()
        if (not arms or cell.arm in arms) and (seeds is None or cell.seed in seeds)
    )
    own = set(cells_of(study))
    return [cell for cell in found if cell not in own]
