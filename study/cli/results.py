"""The commands that read a study's results: `study status | show | export | report`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from study.cli.options import Jobs, Name, Results, Sweeps, opened, say
from study.errors import StudyError

# What a command needs beyond its options is imported inside it: help and refusals come at once.


def status(
    study: Name, results: Results = None, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False
) -> None:
    """Show where the study's cells stand, and whether training converged."""
    from study.analysis import convergence
    from study.cli.terminal import overview
    from study.cli.train import beside, warn_torn
    from study.design.cells import cells as cells_of
    from study.store.records import told
    from study.store.status import counts, renamed, stale_settings, survey

    found, store = opened("status", study, results)
    standing = survey(cells_of(found), store.read())
    warn_torn(store)
    for line in renamed(standing):
        say(line)
    superseded = store.superseded
    if as_json:
        rows = {
            name: {"seeds": found.seeds_of(name)} | row for name, row in convergence.overview(found, standing).items()
        }
        stale = {name: dict(count) for name, count in stale_settings(standing).items()}
        print(
            json.dumps(
                {
                    "study": found.name,
                    "results": str(store.root),
                    "seeds": found.seeds,
                    "experiments": rows,
                    "stale_settings": stale,
                    "superseded_lines": superseded,
                    "beside": {what: counts(where) for what, where in beside(found, store).items()},
                },
                indent=2,
            )
        )
        return
    print(overview(found, standing))
    for what, where in beside(found, store).items():
        print(f"{what}: " + ", ".join(f"{number} {name}" for name, number in counts(where).items()))
    for cell, record in standing.failed.items():
        print(f"failed: {', '.join(map(str, cell.place))}: {told(record['reason'])}")


def show(
    study: Name,
    experiment: Annotated[str, typer.Argument(metavar="EXPERIMENT")],
    arm: Annotated[str, typer.Argument(metavar="ARM", help="Such as dropout+l2, none or all.")],
    metric: Annotated[str | None, typer.Option(help="The metric to compare [the one that decides].")] = None,
    results: Results = None,
) -> None:
    """Compare one arm with `none` and `all`, in the terminal; its own cells alone while no seed has all arms."""
    from study.analysis.results import Results
    from study.design.arms import parse_arm
    from study.design.cells import cells as cells_of
    from study.exhibits.arm_text import compare

    found, store = opened("show", study, results)
    found.experiment(experiment)
    chosen = parse_arm(arm, found.factors)
    cells_of(found, arms=[chosen])  # refuses an arm that a fraction leaves out
    print(compare(Results(found, store).experiment(experiment), chosen, metric))


def export(
    study: Name,
    results: Results = None,
    format: Annotated[str, typer.Option(help="csv, parquet, tensorboard or keras.")] = "csv",
    output: Annotated[Path | None, typer.Option(metavar="DIR", help="Folder [RESULTS/export].")] = None,
    arm: Annotated[str | None, typer.Option(metavar="ARM", help="Of a keras export: an arm, or best [best].")] = None,
    experiment: Annotated[
        str | None, typer.Option("--experiment", "-E", metavar="E", help="Of a keras export: only this experiment.")
    ] = None,
) -> None:
    """Write runs, history and effects as tables, the cells as event files for TensorBoard, or an arm as Keras model."""
    from study.analysis.results import Results
    from study.exhibits.study_text import incomplete
    from study.export import models
    from study.export.tables import MODELS, write

    if format != MODELS and (arm or experiment):
        raise StudyError(f"--arm, --experiment: Expected --format {MODELS} beside them. Received: {format!r}.")
    read = Results(*opened("export", study, results))
    folder = output or read.store.root / "export"
    if format == MODELS:
        for file in models.write(read, folder, experiment, arm or models.BEST):
            print(file)
        return
    for file in write(read, folder, format):
        print(file)
        if format == "tensorboard":
            say(f"To look at it: tensorboard --logdir {file}")
    if format != "tensorboard" and (lacking := incomplete(read)):
        say(f"study: {lacking}")


def report(
    study: Name,
    results: Results = None,
    jobs: Jobs = None,
    sweeps: Sweeps = False,
    renderer: Annotated[str, typer.Option(help="auto, quarto or pandoc.")] = "auto",
    output: Annotated[Path | None, typer.Option(metavar="DIR", help="Folder [RESULTS/report].")] = None,
    arm_pages: Annotated[str, typer.Option(help="some: none, single arms, all, best; or all; or none.")] = "some",
    single: Annotated[Path | None, typer.Option(metavar="FILE", help="All pages as one HTML file, too.")] = None,
    pdf: Annotated[bool, typer.Option("--pdf", help="A report.pdf beside the pages, too: the short version.")] = False,
) -> None:
    """Train what is missing, then render the report; print the page to open."""
    from study.analysis.results import Results
    from study.cli.train import beside, measure_claims, train_cells, train_sweeps
    from study.design.cells import cells as cells_of
    from study.engines import choose
    from study.exhibits.study_text import incomplete
    from study.export.digest import made_by_a_report
    from study.files import check_file, check_folder, check_ours
    from study.report.build import check_options, render
    from study.report.front.answer import spoken
    from study.store.status import Standing, survey

    check_options(renderer, arm_pages, pdf)
    if single:
        check_file(single, "--single")
    found, store = opened("report", study, results)
    folder = output or store.root / "report"
    check_folder(folder, "--output")
    for option, page in (("--output", folder / "index.html"), ("--single", single)):
        if page and page.is_file():
            check_ours((page,), made_by_a_report(page), option, "an earlier report")
    cells = cells_of(found)
    trainer = choose.choose("local", None, jobs, 1)
    code = train_cells(found, store, cells, trainer) if survey(cells, store.read()).to_train else 0
    lacking = beside(found, store)
    if sweeps and lacking.get("cells of the sweeps", Standing()).to_train:
        code = max(code, train_sweeps(found, store, trainer))
    if lacking.get("trials of the claims", Standing()).to_train:
        code = max(code, measure_claims(found, store, trainer))
    try:
        read = Results(found, store)
        if read.experiments and (missing := incomplete(read)):
            say(f"study: {missing}")
        page = render(read, folder, renderer, arm_pages, jobs, single, pdf)
    except OSError as error:
        raise StudyError(f"Expected results and pages that can be written. Received: {error}.") from None
    except StudyError as error:
        if not code:
            raise
        say(f"study: {error}")  # the failed cells are the reason
    else:
        if sys.stdout.isatty():
            print(spoken(read))
        for made in (page, single, folder / "report.pdf" if pdf else None):
            if made:
                print(made)
    raise typer.Exit(code)
