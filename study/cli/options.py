"""What the commands of the command line share: arguments and options, with the words of their help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from study.design import cells, studyfile
from study.design.arms import parse_arm
from study.design.seeds import parse_seeds
from study.errors import StudyError

Name = Annotated[str, typer.Argument(metavar="STUDY", help="A bundled study's name, or the path of a .toml file.")]
Results = Annotated[Path | None, typer.Option("--results", metavar="DIR", help="Results folder [results/STUDY].")]
Experiments = Annotated[
    list[str] | None, typer.Option("--experiment", "-E", metavar="E", help="Only this experiment.")
]
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


def chosen_cells(study: studyfile.Study, experiments, arms, seeds) -> dict:
    """Return a choice of cells, as `cells.cells` and `sweeps.cells` take it.

    Args:
        study: the study.
        experiments: names of experiments, or None.
        arms: arms as they are typed, or None.
        seeds: seeds as they are typed, such as `0-5`, or None.

    Raises:
        StudyError: if an experiment, an arm or a seed is not the study's.
    """
    try:
        numbers = parse_seeds(seeds) if seeds is not None else None
    except ValueError as error:
        raise StudyError(f"--seeds: {str(error).capitalize()}. Received: {seeds!r}.") from None
    chosen = [parse_arm(arm, study.factors) for arm in arms or []]
    choice = {"experiments": experiments, "arms": chosen, "seeds": numbers}
    cells.cells(study, **choice)
    return choice
