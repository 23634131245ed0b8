"""A study file whose settings the program changes: what was tuned, and budgets until effects have come to rest."""

from __future__ import annotations

import tomllib
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

Values = dict[tuple[str, ...], object]
"""Settings of a study file by the path from the top down to each: `experiment`, its name, its table, and so on."""


def changed(file: Path, values: Values) -> str:
    """Return the text of a study file in which some settings have other values; comments and all else stay.

    Raises:
        StudyError: if its settings are written in a way in which nothing can be changed without a loss.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    with file.open(encoding="utf-8", newline="") as stream:
        text = stream.read()
    ends = "\r\n" if "\r\n" in text else "\n"
    wanted = tomllib.loads(text)
    try:
        document = tomlkit.parse(text)
        fresh = []
        for (*tables, setting), value in values.items():
            table, plain = document, wanted
            for depth, name in enumerate(tables):
                if name not in table:
                    flat = depth > 2 or isinstance(table, tomlkit.items.InlineTable)
                    table[name] = tomlkit.inline_table() if flat else tomlkit.table()
                    fresh += [table[name]] if depth == 2 and not flat else []
                table, plain = table[name], plain.setdefault(name, {})
            table[setting] = plain[setting] = value
        for table in fresh:
            table.add(tomlkit.nl())
        said = tomlkit.dumps(document).replace("\r\n", "\n").rstrip().replace("\n", ends) + ends
        lossless = tomllib.loads(said) == wanted
    except (TOMLKitError, ValueError, TypeError, AttributeError):
        lossless = False
    if not lossless:
        names = ", ".join(sorted({f"[{'.'.join(path[:3])}]" for path in values}))
        raise StudyError(
            f"{file}: Expected settings in tables of their own, such as {names}, so that one can be changed and all "
            "else stays. Received: others, which cannot be."
        )
    return said


def rewrite(file: Path, values: Values, output: Path) -> None:
    """Write what `changed` returns.

    Args:
        file: the study file.
        values: the settings.
        output: where to write it; may be the same.

    Raises:
        StudyError: see `changed`.
        OSError: if it cannot be written; what was there stays as it was.
    """
    said = changed(file, values)
    with whole(output) as part, part.open("w", encoding="utf-8", newline="") as stream:
        stream.write(said)


def check(study: Study, most: int) -> None:
    """Refuse `--until-converged` where it cannot be followed, before any training.

    Raises:
        StudyError: if the study is a bundled one, whose file stays as it is, a budget is longer than the longest, or
            the study file cannot be written or its epochs not be changed.
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
    changed(study.file, {("experiment", name, "training", "epochs"): most for name in study.experiments})


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
    longer: Values = {}
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
