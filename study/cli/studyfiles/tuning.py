"""What was tuned written into a study file, which keeps its comments."""

from __future__ import annotations

import sys
from pathlib import Path

from study.analysis.tuned import Choice
from study.cli.studyfiles.budgets import rewrite
from study.design import studyfile
from study.design.cells import Cell
from study.design.factors import Factor
from study.design.studyfile import Study
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
        StudyError: if another file is there, the name is no study file's, it cannot be written, or .npz files would be
            out of reach.
    """
    own = studyfile.locate(name)
    same = output.exists() and output.samefile(own)
    if output.exists() and not same:
        raise StudyError(f"--output: Expected a new file, or the study's own. Received: {output}, which exists.")
    if output.suffix != ".toml" or not studyfile.NAME.fullmatch(output.stem):
        raise StudyError(
            "--output: Expected a file name of lower-case letters, digits, '-' and '_' before .toml. "
            f"Received: {output.name!r}."
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
    """Write the study file with the chosen values; all else, comments too, stays as it was. Where strengths and a
    learning rate were tuned, each with the study's own of the other, the tuning holds these from then on.

    Args:
        name: the study's bundled name or path.
        chosen: what `choices` returned.
        output: see `check_output`.

    Raises:
        StudyError: if it cannot be written; what was there stays as it was.
    """
    values = {("experiment", choice.experiment, *choice.dial.setting.split(".")): choice.value for choice in chosen}
    if any(choice.dial.factor for choice in chosen) and not all(choice.dial.factor for choice in chosen):
        already = studyfile.load(name).tuning.held
        values |= {
            ("tuning", "held", choice.experiment, choice.dial.setting): choice.own
            for choice in chosen
            if choice.dial.setting not in already.get(choice.experiment, {})
        }
    try:
        rewrite(studyfile.locate(name), values, output)
    except OSError as error:
        raise StudyError(
            f"--output: Expected a file that can be written. Received: {output} ({error.strerror})."
        ) from None
