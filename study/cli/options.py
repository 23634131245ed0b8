"""What the commands of the command line share: arguments and options, with the words of their help."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from study.errors import StudyError

if TYPE_CHECKING:
    from study.design.studyfile import Study
    from study.store.lines import Store

Name = Annotated[str, typer.Argument(metavar="STUDY", help="A bundled study's name, or the path of a .toml file.")]
Results = Annotated[Path | None, typer.Option("--results", metavar="DIR", help="Results folder [results/STUDY].")]
Experiments = Annotated[list[str] | None, typer.Option("--experiment", "-E", metavar="E", help="Only this experiment.")]
Arms = Annotated[
    list[str] | None, typer.Option("--arm", "-a", metavar="ARM", help="Only this arm, such as dropout+l2.")
]
Seeds = Annotated[str | None, typer.Option("--seeds", metavar="0-5", help="Only these seeds.")]


def at_least_one(param: typer.CallbackParam, value: int | None) -> int | None:
    """Refuse a number below 1: the callback of an option that counts."""
    if value is not None and value < 1:
        raise StudyError(f"{param.opts[0]}: Expected a whole number of at least 1. Received: {value}.")
    return value


Engine = Annotated[str, typer.Option("--engine", help="local or ray.")]
Address = Annotated[
    str | None,
    typer.Option("--ray-address", metavar="ADDRESS", help="A Ray cluster, such as auto [one on this machine]."),
]
Jobs = Annotated[
    int | None,
    typer.Option("-j", "--jobs", metavar="N", callback=at_least_one, help="Processes [one a core, or a GPU]."),
]
Sweeps = Annotated[bool, typer.Option("--sweeps", help="The study's sweeps too.")]
PerGpu = Annotated[
    int, typer.Option("--workers-per-gpu", metavar="N", callback=at_least_one, help="Processes that share a GPU.")
]


class Host:
    """Where the command line runs, and what is done there before a command; here nothing: see `cli.container`."""

    def opening(self, command: str, name: str, whole: bool) -> None:
        """Prepare the results of a study that `--results` does not name.

        Args:
            command: its name.
            name: the study's, as it was typed.
            whole: whether the command is about all of the study's cells.
        """

    def retrains(self, name: str, cells: list, store: Store, whole: bool) -> bool:
        """Return whether a `run` means to train cells again that are done; arguments as for `opening`."""
        return False


host = Host()
"""Whoever starts the command line elsewhere puts its own here."""


def opened(command: str, name: str, results: Path | None, whole: bool = True) -> tuple[Study, Store]:
    """Return a study and the store of its results.

    Args:
        command: who asks.
        name: the study's bundled name or path.
        results: the folder, if not `results/STUDY`.
        whole: whether it is about all of the study's cells.

    Raises:
        StudyError: if the study, its data or the results are not what they must be.
    """
    from study.data import checks
    from study.design import studyfile
    from study.store.lines import Store

    study = studyfile.load(name)
    checks.check(study)
    if results is None:
        host.opening(command, name, whole)
    return study, Store(results or Path("results") / study.name, study.name)


def points(text: str) -> float:
    """Return an effect, such as `0.3pp` or `0.3`, in percentage points or the unit of the metric that decides.

    Raises:
        StudyError: if it is not a number above 0.
    """
    try:
        found = float(text.strip().removesuffix("pp"))
    except ValueError:
        found = 0.0
    if not 0 < found < float("inf"):
        raise StudyError(f"--detect: Expected an effect above 0, such as 0.3pp. Received: {text!r}.")
    return found


def say(text: str) -> None:
    """Print to standard error, where everything goes that is not a result."""
    print(text, file=sys.stderr, flush=True)


def misused(error: typer.TyperException) -> StudyError:
    """Return what Typer found wrong with the words of a command, said as every other wrong input is."""
    found = error.format_message().rstrip(".?")
    received = f"Received: {found[:1].lower()}{found[1:]}."
    if error.ctx is None:  # of an option that lacks its value the parser does not say whose it is
        return StudyError(f"Expected words as `study {sys.argv[1]} --help` lists them. {received}")
    command, path = error.ctx.command, error.ctx.command_path
    options = [word for each in command.params for word in each.opts if word.startswith("--")]
    exist = ", ".join(getattr(command, "commands", options)) or "no options"
    return StudyError(f"Expected words as `{path} --help` lists them. {received} These exist: {exist}.")


def chosen_cells(study: Study, experiments, arms, seeds) -> dict:
    """Return a choice of cells, as `cells.cells` and `sweeps.cells` take it.

    Args:
        study: the study.
        experiments: names of experiments, or None.
        arms: arms as they are typed, or None.
        seeds: seeds as they are typed, such as `0-5`, or None.

    Raises:
        StudyError: if an experiment, an arm or a seed is not the study's.
    """
    from study.design import cells
    from study.design.arms import parse_arm
    from study.design.seeds import parse_seeds

    try:
        numbers = parse_seeds(seeds) if seeds is not None else None
    except ValueError as error:
        raise StudyError(f"--seeds: {str(error).capitalize()}. Received: {seeds!r}.") from None
    chosen = [parse_arm(arm, study.factors) for arm in arms or []]
    choice = {"experiments": experiments, "arms": chosen, "seeds": numbers}
    cells.cells(study, **choice)
    return choice
