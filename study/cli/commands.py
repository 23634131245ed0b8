"""The command line: `study plan | run | tune | status | show | report | export | verify | doctor`."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from study.analysis import convergence
from study.analysis.tuned import choices
from study.cli import tuning as tuned_file
from study.cli.options import (
    Address,
    Arms,
    Engine,
    Experiments,
    Jobs,
    Name,
    PerGpu,
    Results,
    Seeds,
    Sweeps,
    at_least_one,
    chosen_cells,
)
from study.cli.terminal import overview, tuned
from study.cli.train import beside, epochs_measured, measure_claims, say, train_cells, train_sweeps, warn_torn
from study.data import checks
from study.design import studyfile, tuning
from study.design.arms import parse_arm
from study.design.cells import cells as cells_of
from study.engines import choose, planning
from study.engines.machine import workers
from study.engines.progress import duration
from study.engines.schedule import trajectories
from study.errors import ReportError, StudyError
from study.store.lines import Store
from study.store.status import Standing, counts, stale_settings, survey

app = typer.Typer(
    help="What regularizes? A factorial ablation of five regularizers of Keras models.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _open(name: str, results: Path | None) -> tuple[studyfile.Study, Store]:
    study = studyfile.load(name)
    checks.check(study)
    return study, Store(results or Path("results") / study.name, study.name)


@app.command()
def plan(
    study: Name,
    experiment: Experiments = None,
    arm: Arms = None,
    seeds: Seeds = None,
    jobs: Jobs = None,
    workers_per_gpu: PerGpu = 1,
    results: Results = None,
    measure: Annotated[
        bool, typer.Option("--measure", help="First time a few epochs of each experiment here; nothing is stored.")
    ] = False,
) -> None:
    """Show which cells are done, missing and stale, and how long the rest takes."""
    found, store = _open(study, results)
    records = store.read()
    warn_torn(store)
    choice = chosen_cells(found, experiment, arm, seeds)
    standing = survey(cells_of(found, **choice), records)
    costs = epochs_measured(found, experiment) if measure else {}
    print(overview(found, standing))
    for name, settings in stale_settings(standing).items():
        for change, count in settings.most_common():
            print(f"{name}: {count} stale by {change}")
    for name, cost in costs.items():
        print(
            f"{name}: {cost.plain:.3f} s an epoch of {cost.examples:,} examples without any regularizer, {cost.layered:.3f} s "
            "with all, measured here."
        )
    others = beside(found, store, choice)
    claims = others.pop("trials of the claims", Standing())
    for what, where in {"cells": standing, **others}.items():
        if todo := trajectories(where.to_train):
            processes = min(workers(jobs, workers_per_gpu), len(todo))
            seconds = planning.time_needed(where, records.values(), processes, costs)
            when = f"about {duration(seconds)}" if seconds is not None else "unknown time: nothing measured yet"
            print(f"{len(todo)} trainings to do for {len(where.to_train)} {what} on {processes} processes: {when}.")
    if claims.to_train:
        print(f"{len(claims.to_train)} trials of the claims to do.")
    if not any(where.to_train for where in (standing, claims, *others.values())):
        print("Nothing to train.")


@app.command()
def run(
    study: Name,
    experiment: Experiments = None,
    arm: Arms = None,
    seeds: Seeds = None,
    jobs: Jobs = None,
    workers_per_gpu: PerGpu = 1,
    engine: Engine = "local",
    ray_address: Address = None,
    results: Results = None,
    sweeps: Sweeps = False,
    force: Annotated[bool, typer.Option("--force", help="Train again what is done.")] = False,
    fail_fast: Annotated[bool, typer.Option("--fail-fast", help="Stop at the first failed cell.")] = False,
) -> None:
    """Train the cells that are missing, stale or failed; without a choice of cells, measure the claims too."""
    found, store = _open(study, results)
    choice = chosen_cells(found, experiment, arm, seeds)
    cells = cells_of(found, **choice)
    trainer = choose.choose(engine, ray_address, jobs, workers_per_gpu)
    code = train_cells(found, store, cells, trainer, force, fail_fast)
    if sweeps and not (code and fail_fast):
        code = max(code, train_sweeps(found, store, trainer, force, fail_fast, choice))
    if not (experiment or arm or seeds or code and fail_fast):
        code = max(code, measure_claims(found, store, trainer, force, fail_fast))
    raise typer.Exit(code)


@app.command()
def tune(
    study: Name,
    jobs: Jobs = None,
    workers_per_gpu: PerGpu = 1,
    engine: Engine = "local",
    ray_address: Address = None,
    results: Results = None,
    output: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Study file to write the strengths to: a new one, or STUDY's own."),
    ] = None,
    fail_fast: Annotated[bool, typer.Option("--fail-fast", help="Stop at the first failed cell.")] = False,
) -> None:
    """Choose each regularizer's strength, alone, on validation data and the tuning's seeds."""
    found, store = _open(study, results)
    if not found.tuning.values:
        raise StudyError(
            f'{study}: Expected what to try, such as `[tuning]` with `seeds = "100-102"` and '
            "`values = { dropout = [0.1, 0.3, 0.5] }`. Received: no [tuning]."
        )
    if output:
        tuned_file.check_output(found, study, output)
    cells = tuning.cells(found)
    trainer = choose.choose(engine, ray_address, jobs, workers_per_gpu)
    code = train_cells(found, store, cells, trainer, False, fail_fast, "tuning")
    done = survey(cells, store.read()).done
    chosen = choices(found, done)
    print(tuned(chosen))
    if code:
        say("study: some cells failed; nothing is written." if output else "study: some cells failed.")
    elif output:
        tuned_file.write(study, chosen, output)
        if output.stem != found.name and not results:
            tuned_file.carry(done, Store(Path("results") / output.stem, output.stem))
        print(output)
    raise typer.Exit(code)


@app.command()
def status(
    study: Name, results: Results = None, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False
) -> None:
    """Show where the study's cells stand, and whether training converged."""
    found, store = _open(study, results)
    standing = survey(cells_of(found), store.read())
    warn_torn(store)
    superseded = store.superseded
    if as_json:
        rows = convergence.overview(found, standing)
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
        print(f"failed: {', '.join(map(str, cell.place))}: {record['reason'].strip().splitlines()[-1]}")


@app.command()
def show(
    study: Name,
    experiment: Annotated[str, typer.Argument(metavar="EXPERIMENT")],
    arm: Annotated[str, typer.Argument(metavar="ARM", help="Such as dropout+l2, none or all.")],
    metric: Annotated[str, typer.Option(help="The metric to compare.")] = "test_accuracy",
    results: Results = None,
) -> None:
    """Compare one arm with `none` and `all`, in the terminal; its own cells alone while no seed has all arms."""
    from study.analysis.results import Results
    from study.exhibits.arm_text import compare

    found, store = _open(study, results)
    found.experiment(experiment)
    chosen = parse_arm(arm, found.factors)
    cells_of(found, arms=[chosen])  # refuses an arm that a fraction leaves out
    print(compare(Results(found, store).experiment(experiment), chosen, metric))


@app.command()
def export(
    study: Name,
    results: Results = None,
    format: Annotated[str, typer.Option(help="csv, parquet or tensorboard.")] = "csv",
    output: Annotated[Path | None, typer.Option(metavar="DIR", help="Folder [RESULTS/export].")] = None,
) -> None:
    """Write runs, history and effects as tables, or the cells as event files for TensorBoard."""
    from study.analysis.results import Results
    from study.exhibits.study_text import incomplete
    from study.export.tables import write

    found, store = _open(study, results)
    opened = Results(found, store)
    for file in write(opened, output or store.root / "export", format):
        print(file)
    if format != "tensorboard" and (lacking := incomplete(opened)):
        say(f"study: {lacking}")
        if format == "tensorboard":
            say(f"To look at it: tensorboard --logdir {file}")


@app.command()
def report(
    study: Name,
    results: Results = None,
    jobs: Jobs = None,
    sweeps: Sweeps = False,
    renderer: Annotated[str, typer.Option(help="auto, quarto or pandoc.")] = "auto",
    output: Annotated[Path | None, typer.Option(metavar="DIR", help="Folder [RESULTS/report].")] = None,
    arm_pages: Annotated[str, typer.Option(help="some: none, single arms, all, best; or all; or none.")] = "some",
    single: Annotated[Path | None, typer.Option(metavar="FILE", help="All pages as one HTML file, too.")] = None,
    pdf: Annotated[bool, typer.Option("--pdf", help="A report.pdf beside the pages, too.")] = False,
) -> None:
    """Train what is missing, then render the report; print the page to open."""
    from study.analysis.results import Results
    from study.exhibits.study_text import incomplete
    from study.report.build import check_options, check_output, check_single, render

    check_options(renderer, arm_pages, pdf)
    check_single(single)
    found, store = _open(study, results)
    folder = output or store.root / "report"
    check_output(folder)
    cells = cells_of(found)
    trainer = choose.choose("local", None, jobs, 1)
    code = train_cells(found, store, cells, trainer) if survey(cells, store.read()).to_train else 0
    lacking = beside(found, store)
    if sweeps and lacking.get("cells of the sweeps", Standing()).to_train:
        code = max(code, train_sweeps(found, store, trainer))
    if lacking.get("trials of the claims", Standing()).to_train:
        code = max(code, measure_claims(found, store, trainer))
    try:
        opened = Results(found, store)
        if opened.experiments and (missing := incomplete(opened)):
            say(f"study: {missing}")
        page = render(opened, folder, renderer, arm_pages, jobs, single, pdf)
    except OSError as error:
        raise StudyError(f"Expected results and pages that can be written. Received: {error}.") from None
    except StudyError as error:
        if not code:
            raise
        say(f"study: {error}")  # the failed cells are the reason
    else:
        for made in (page, single, folder / "report.pdf" if pdf else None):
            if made:
                print(made)
    raise typer.Exit(code)


@app.command()
def verify(
    study: Name,
    results: Results = None,
    jobs: Jobs = None,
    sample: Annotated[int, typer.Option(metavar="N", callback=at_least_one, help="How many cells.")] = 5,
) -> None:
    """Train random cells again and compare them with the stored ones."""
    from study.engines import verification

    found, store = _open(study, results)
    done = survey(cells_of(found), store.read()).done
    warn_torn(store)

    def tell(record: dict, left: int) -> None:
        say(f"{record['experiment']} {record['arm']} seed {record['seed']} trained again; {left} trainings left")

    result = verification.verify(found, store, done, sample, jobs=jobs, report=tell)
    total = len(result.equal) + len(result.differing)
    print(f"{len(result.equal)} of {total} cells are bit-equal to the stored ones.")
    for cell, changes in result.differing.items():
        print(f"differs: {', '.join(map(str, cell.place))}: {'; '.join(changes)}")
    for name, pairs in result.versions.items() if result.differing else ():
        print(f"{name}: " + "; ".join(f"{then} stored, {now} here" for then, now in sorted(pairs)))
    raise typer.Exit(1 if result.differing else 0)


@app.command()
def doctor() -> None:
    """Say what is there, TensorFlow, GPUs, Quarto and data sets, and what to do about the rest."""
    from study.cli.doctor import examine

    raise typer.Exit(examine())


def main() -> None:
    """Run the command line and exit: 0 done, 1 some cells failed, 2 bad input, 130 interrupted."""
    try:
        code = app(standalone_mode=False)
        sys.stdout.flush()
    except typer.TyperException as error:  # a word or an option that does not exist
        error.show()
        code = error.exit_code
    except StudyError as error:
        say(f"study: {error}")
        code = 2
    except ReportError as error:
        say(f"study: {error}")
        code = 1
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    if code == 130:
        say("study: interrupted; every finished cell is stored, run again to go on.")
    sys.exit(code)


if __name__ == "__main__":
    main()
