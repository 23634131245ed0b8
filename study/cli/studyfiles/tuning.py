"""What was tuned written into a study file, which keeps its comments."""

from __future__ import annotations

import sys
from pathlib import Path

from study.analysis.tuned import Choice
from study.cli.studyfiles.budgets import Values, changed, rewrite
from study.design import studyfile
from study.design.cells import Cell
from study.design.factors import Factor
from study.design.studyfile import Study
from study.design.tuning import Dial, dials
from study.errors import StudyError
from study.files import check_file
from study.store.lines import Record, Store


def check_output(study: Study, name: str, output: Path) -> None:
    """Refuse a place for the tuned study file that would lose something, before any training.

    Args:
        study: the study.
        name: its bundled name or path, as given.
        output: the file to write: a new one, or the study's own.

    Raises:
        StudyError: if another file is there, the name is no study file's or a bundled study's, it cannot be written, or
            its settings not be changed, or .npz files would be out of reach.
    """
    own = studyfile.locate(name)
    same = output.exists() and output.samefile(own)
    if output.exists() and not same:
        raise StudyError(f"--output: Expected a new file, or the study's own. Received: {output}, which exists.")
    if output.suffix != ".toml" or not studyfile.NAME.fullmatch(output.stem) or output.stem in studyfile.bundled():
        raise StudyError(
            "--output: Expected a file name of lower-case letters, digits, '-' and '_' before .toml, not that of a "
            f"bundled study. Received: {output.name!r}."
        )
    if not output.parent.is_dir():
        raise StudyError(f"--output: Expected a file in a folder that exists. Received: {output}.")
    check_file(output, "--output")
    files = [experiment.data.name for experiment in study.experiments.values() if experiment.data.file]
    files += [factor.path for factor in study.factors.own if own_module(factor, own.resolve().parent)]
    if files and output.resolve().parent != own.resolve().parent:
        raise StudyError(
            f"--output: Expected a file in {own.resolve().parent}, where {', '.join(files)} is found from. "
            f"Received: {output}."
        )
    # Whether it can be changed does not depend on what is chosen.
    tried = {
        (each, dial): (dial.values[0], dial.values[0]) for each in study.experiments for dial in dials(study, each)
    }
    changed(own, _values(study, tried))


def own_module(factor: Factor, folder: Path) -> bool:
    """Return whether a study's own factor was imported from a folder."""
    file = sys.modules[factor.path.partition(":")[0]].__file__
    return file is not None and Path(file).resolve().is_relative_to(folder)


def carry(done: dict[Cell, Record], store: Store) -> None:
    """Copy the tuning's records into the results of the study that was written, whose report shows the choice from
    them.

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
    """Write the study file with the chosen values; all else, comments too, stays as it was. Where what
    is chosen was on in trainings that chose another setting, the tuning holds the study's own from then on.

    Args:
        name: the study's bundled name or path.
        chosen: what `choices` returned.
        output: see `check_output`.

    Raises:
        StudyError: if it cannot be written; what was there stays as it was.
    """
    try:
        rewrite(
            studyfile.locate(name),
            _values(studyfile.load(name), {(each.experiment, each.dial): (each.value, each.own) for each in chosen}),
            output,
        )
    except OSError as error:
        raise StudyError(
            f"--output: Expected a file that can be written. Received: {output} ({error.strerror})."
        ) from None


def _values(study: Study, chosen: dict[tuple[str, Dial], tuple[object, object]]) -> Values:
    """Return what of a study file changes.

    Args:
        study: the study.
        chosen: the chosen value and the study's own, by experiment and dial.
    """
    values: Values = {
        ("experiment", name, *dial.setting.split(".")): value for (name, dial), (value, _) in chosen.items()
    }
    kinds = {dial.factor is None for _, dial in chosen}
    if len(kinds) > 1 or study.tuning.beside:
        values |= {
            ("tuning", "held", name, dial.setting): own
            for (name, dial), (_, own) in chosen.items()
            if dial.setting not in study.tuning.held.get(name, {})
        }
    return values
