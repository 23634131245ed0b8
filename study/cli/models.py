"""`study init`: a look into the Keras model that somebody has, and a study file for it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from study.cli.options import say
from study.errors import StudyError, unknown

if TYPE_CHECKING:
    from study.training.surgery.found import Look

EPOCHS, BATCH, SEEDS = 50, 32, "0-5"
ANEW = "# Written by `study.ablate`, and written anew by its next call: change this line to keep what is below."
"""The first line of a study file that may be written over."""


def init(
    model: Annotated[str, typer.Argument(metavar="MODULE:FUNCTION", help="Returns the compiled model; or FILE.keras.")],
    data: Annotated[
        str,
        typer.Option(metavar="DATA", help="An .npz, .csv or .parquet file, a folder of images, or MODULE:FUNCTION."),
    ],
    target: Annotated[str | None, typer.Option(metavar="COLUMN", help="A table's column of labels.")] = None,
    callbacks: Annotated[
        str | None,
        typer.Option(metavar="MODULE:FUNCTION", help="Returns the callbacks [MODULE:callbacks, if it is there]."),
    ] = None,
    add: Annotated[
        str | None, typer.Option(metavar="FACTORS", help="Put in what is not there, such as dropout,batchnorm.")
    ] = None,
    epochs: Annotated[int | None, typer.Option(metavar="N", min=1, help=f"The budget [{EPOCHS}].")] = None,
    batch: Annotated[int, typer.Option(metavar="N", min=1, help="Examples a step.")] = BATCH,
    probe: Annotated[
        bool, typer.Option("--probe", help="Propose epochs and patience from two short trainings.")
    ] = False,
    metric: Annotated[
        str | None, typer.Option(metavar="NAME", help="Which compiled metric decides [accuracy, or R²].")
    ] = None,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The study file [NAME.toml, of the data file or the module].")
    ] = None,
) -> None:
    """Look into a Keras model, say what regularizes it, and write a study of it; trains nothing."""
    file = output or Path(f"{_name(data if Path(data).suffix else model)}.toml")
    added = _added(add)
    if epochs is not None and probe:
        raise StudyError("--probe: Expected no --epochs beside it. Received: both.")
    look = write(model, data, target, callbacks, added, file, epochs or EPOCHS, batch, probe, metric=metric)
    print(told(look, added, metric))
    for doubt in look.doubts:
        say(f"{data}: {doubt}")
    print(file)
    say(f"Next: study plan {file} --measure, then study report {file}")


def write(
    model: str,
    data: str,
    target: str | None,
    callbacks: str | None,
    add: tuple[str, ...],
    file: Path,
    epochs: int = EPOCHS,
    batch: int = BATCH,
    probe: bool = False,
    seeds: str = SEEDS,
    anew: bool = False,
    metric: str | None = None,
) -> Look:
    """Write a study file and its data; nothing is written if anything is wrong.

    Args:
        model: `package.module:function`, or the path of a .keras file.
        data, target: as `sources.gather` takes them.
        callbacks: `package.module:function`; by default `callbacks` of the model's module, if there is one.
        add: factors to put in.
        file: the study file; the data go beside it, as an .npz file of its name.
        epochs, batch: the budget; `probe`: propose it.
        seeds: the study's.
        anew: whether to write over what was written with it before.
        metric: the compiled metric that decides; by default accuracy, or R².

    Raises:
        StudyError: if something is wrong with the model, its data, or the place.
    """
    from study.cli.studyfiles import first
    from study.design import studyfile
    from study.design.architectures.own import OWN_MODEL, KerasModel
    from study.design.architectures.tasks import COMPILED
    from study.design.own import code
    from study.files import check_file, restored, whole

    if file.suffix != ".toml" or not studyfile.NAME.fullmatch(file.stem) or file.stem in studyfile.bundled():
        raise StudyError(
            "--output: Expected a .toml file named by lower-case letters, digits, '-' and '_', not as a bundled study "
            f"is. Received: {str(file)!r}."
        )
    kept = file.with_suffix(".npz")
    if kept.resolve() == Path(data).resolve():
        kept = file.with_name(f"{file.stem}-data.npz")
    for there in (file, kept):
        check_file(there, "--output")
        if there.exists() and not (anew and written_anew(file)):
            raise taken("name" if anew else "--output", there)
    code.look_around(file.parent)
    if model.endswith(".keras"):
        saved = Path(model).resolve()
        if not saved.is_file():
            raise StudyError(f"model: Expected a .keras file. Received: {model!r}, which is not there.")
        place = {"build": str(_beside(saved, file)), "file": saved, "digest": "-"}
    elif OWN_MODEL.fullmatch(model):
        place = {"build": model}
        callbacks = callbacks or _callbacks_of(model)
    else:
        raise StudyError(f"model: Expected MODULE:FUNCTION, or a .keras file. Received: {model!r}.")
    if callbacks is not None and not OWN_MODEL.fullmatch(callbacks):
        raise StudyError(f"--callbacks: Expected MODULE:FUNCTION. Received: {callbacks!r}.")
    if metric is not None and metric not in COMPILED:
        raise unknown("metric", metric, COMPILED, where="--metric")
    settings = KerasModel.model_validate(
        {"name": "keras", **place, "callbacks": callbacks, "add": add, "metric": metric}, context=file.parent
    )
    head = f"{ANEW}\n" if anew else ""
    with restored(file, kept):
        look = _apart("into", settings, data, target, kept)
        text = head + first.written(look, settings, kept, file, epochs, batch, seeds)
        with whole(file) as part:
            part.write_text(text, encoding="utf-8")
        study = studyfile.load(str(file))
        if probe:
            name = next(iter(study.experiments))
            found = _apart("probe", study.experiments[name], study.factors)
            if "earlystopping" in add:
                look = replace(look, stopping={"patience": found["patience"]})
            text = head + first.written(look, settings, kept, file, found["epochs"], batch, seeds)
            with whole(file) as part:
                part.write_text(text, encoding="utf-8")
    return look


def taken(option: str, file: Path) -> StudyError:
    """Return the error for a place where a file of the user's lies."""
    return StudyError(f"{option}: Expected a file that is not there yet. Received: {file}; move it, or name another.")


def written_anew(file: Path) -> bool:
    """Return whether a study file, and so what lies beside it under its name, may be written over: `study.ablate`
    wrote it, and nobody changed its first line."""
    return file.is_file() and file.read_bytes().startswith(ANEW.encode())


def _apart(what: str, *words):
    """Call a function of `looking` in a process of its own, so that this one stays free of TensorFlow."""
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    from study.training.rehearsal import quiet

    with ProcessPoolExecutor(1, get_context("spawn"), quiet) as pool:
        try:
            return pool.submit(_looking, what, *words).result()
        except BrokenProcessPool:
            raise StudyError(
                "model: Expected a model that can be built. Received: the end of the process that built it."
            ) from None


def _looking(what: str, *words):
    from study.training.surgery import looking

    return getattr(looking, what)(*words)


def _name(text: str) -> str:
    """Return a name for a study from that of a file or a module."""
    stem = text.partition(":")[0].rpartition(".")[2] if ":" in text else Path(text).stem
    return re.sub(r"[^a-z0-9_-]+", "-", stem.lower()).strip("-_") or "model"


def _added(text: str | None) -> tuple[str, ...]:
    from study.design.own.further import ADDABLE

    names = tuple(part.strip() for part in (text or "").split(",") if part.strip())
    for name in names:
        if name not in ADDABLE:
            raise unknown("factor", name, ADDABLE, where="--add")
    if len(set(names)) < len(names):
        raise StudyError(f"--add: Expected each factor once. Received: {text!r}.")
    return tuple(name for name in ADDABLE if name in names)


def _callbacks_of(model: str) -> str | None:
    """Return the function `callbacks` of a model's module, if its source has one."""
    import ast

    from study.design.own.code import file_of

    module = model.partition(":")[0]
    file = file_of(module)
    if file is None:
        return None
    try:
        tree = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError):
        return None
    defined = any(isinstance(node, ast.FunctionDef) and node.name == "callbacks" for node in tree.body)
    return f"{module}:callbacks" if defined else None


def _beside(file: Path, study_file: Path) -> Path:
    """Return a file's path as the study file shall name it."""
    folder = study_file.resolve().parent
    return file.relative_to(folder) if file.is_relative_to(folder) else file


def told(look: Look, added: tuple[str, ...], metric: str | None = None) -> str:
    """Return what a look found, as a table for the terminal, and what the data are."""
    from study.cli.studyfiles import first
    from study.cli.terminal import aligned
    from study.design.architectures.tasks import TASKS
    from study.exhibits.wording import count, listed

    rows = [("factor", "where", "what"), *((each.factor, each.where, each.what) for each in look.findings)]
    rows += [
        (name, "put in", ", ".join(f"{key} {value}" for key, value in first.default(name).items())) for name in added
    ]
    number = len({*look.factors, *added})
    arms = 2**number
    tests = "held out here, as the data have no test part" if look.held_out else "the data's own"
    named = f": {listed(list(look.classes[:12]))}{', …' if len(look.classes) > 12 else ''}" if look.classes else ""
    task = TASKS[look.task].judged_by(metric)
    others = [name for name in look.metrics if name != metric]
    also = f"; of its compiled metrics, {listed(others)} can take its place (--metric)" if others else ""
    return "\n".join(
        [
            aligned(rows, 3),
            f"Data: {look.train:,} examples for training and validation, {look.test:,} for the test ({tests}), of "
            f"{count(look.number, *task.noun)}{named}{', with weights' if look.weighted else ''}.",
            f"Task: {task.name}, judged by {task.metric.measure}{also}.",
            f"{count(number, 'factor')}: {arms} combinations"
            + (", of which a fraction is trained." if number >= first.MANY else "."),
        ]
    )
