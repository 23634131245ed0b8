"""A study file whose settings the program changes: what was tuned, and budgets until effects have come to rest."""

from __future__ import annotations

from pathlib import Path

from study.analysis.convergence import MOVING, UNKNOWN, overview
from study.cli.options import say
from study.cli.terminal import settled
from study.design import studyfile
from study.design.cells import cells
from study.design.studyfile import Study
from study.errors import StudyError
from study.files import check_file, whole
from study.store.lines import Store
from study.store.status import survey


def rewrite(file: Path, values: dict[tuple[str, ...], object], output: Path) -> None:
    """Write a study file in which some settings of experiments have other values; comments and all else stay.

    Args:
        file: the study file.
        values: by the path from the top down to the setting: `experiment`, its name, its table, and so on.
        output: where to write it; may be the same.

    Raises:
        OSError: if it cannot be written; what was there stays as it was.
    """
    import tomlkit

    document = tomlkit.parse(file.read_text(encoding="utf-8"))
    fresh = []
    for (*tables, setting), value in values.items():
        table = document
        for depth, name in enumerate(tables):
            if name not in table:
                table[name] = tomlkit.table() if depth < 3 else tomlkit.inline_table()
                fresh += [table[name]] if depth == 2 else []
            table = table[name]
        table[setting] = value
    for table in fresh:
        table.add(tomlkit.nl())
    with whole(output) as part:
        part.write_text(tomlkit.dumps(document).rstrip("\n") + "\n", encoding="utf-8")


def check(study: Study, most: int) -> None:
    """Refuse `--until-converged` where it cannot be followed, before any training.

    Raises:
        StudyError: if the study is a bundled one, whose file stays as it is, a budget is longer than the longest, or
            the study file cannot be written.
    """
    if study.file is None:
        raise StudyError(
            "--until-converged: Expected a study file of your own, whose epochs it changes. Received: the bundled "
            f"study {study.name!r}. Copy its file, {studyfile.locate(study.name)}, and run the copy."
        )
    for name, experiment in study.experiments.items():
        if experiment.training.epochs > most:
            raise StudyError(
                f"--until-converged: Expected at least the epochs of {name!r}, {experiment.training.epochs}. "
                f"Received: {most}."
            )
    check_file(study.file, "--until-converged")


def lengthened(study: Study, store: Store, most: int) -> Study | None:
    """Double the epochs, in the study file, of the experiments that are still moving; return the study it is then.

    The trainings are done anew: what each would go on from, three times its weights, is not kept.

    Args:
        study: the study, its cells trained.
        store: its results.
        most: epochs that no budget shall exceed.

    Returns:
        None if there is nothing to lengthen: all have converged, or would need more than `most`.
    """
    longer: dict[tuple[str, ...], object] = {}
    for name, row in overview(study, survey(cells(study), store.read())).items():
        found, epochs = row["convergence"], study.experiments[name].training.epochs
        if found["verdict"] == MOVING and 2 * epochs <= most:
            longer["experiment", name, "training", "epochs"] = 2 * epochs
            say(f"{name}: {settled(found)}. {study.file} says {2 * epochs} epochs now, in place of {epochs}.")
        elif found["verdict"] in (MOVING, UNKNOWN):
            say(f"{name}: {settled(found)}, at {epochs} epochs.")
    if not longer:
        return None
    try:
        rewrite(study.file, longer, study.file)
    except OSError as error:
        raise StudyError(f"--until-converged: Expected to write {study.file}. Received: {error.strerror}.") from None
    return studyfile.load(str(study.file))
