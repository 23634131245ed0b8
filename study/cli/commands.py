"""The command line: `study init | plan | run | tune | status | show | report | export | verify | doctor`."""

from __future__ import annotations

import errno
import io
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from study.cli import models, options, results
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
    misused,
    opened,
    points,
    say,
)
from study.errors import ReportError, StudyError, shown

# What a command needs beyond its options is imported inside it: help and refusals come at once.


app = typer.Typer(
    help="What regularizes? A factorial ablation of five regularizers of Keras models.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


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
    detect: Annotated[
        str | None,
        typer.Option(metavar="EFFECT", help="Also say how many seeds find a main effect so large, such as 0.3pp."),
    ] = None,
) -> None:
    """Show which cells are done, missing and stale, and how long the rest takes."""
    from study.cli.terminal import overview
    from study.cli.train import beside, epochs_measured, warn_torn
    from study.data import checks
    from study.design.cells import cells as cells_of
    from study.engines import planning
    from study.engines.machine import workers
    from study.engines.progress import duration
    from study.engines.schedule import trajectories
    from study.store.status import Standing, renamed, stale_settings, survey

    wanted = points(detect) if detect is not None else None
    found, store = opened("plan", study, results)
    records = store.read()
    warn_torn(store)
    choice = chosen_cells(found, experiment, arm, seeds)
    standing = survey(cells_of(found, **choice), records)
    for line in (*checks.warnings(found), *renamed(standing)):
        say(line)
    costs = epochs_measured(found, experiment) if measure else {}
    print(overview(found, standing))
    for name, settings in stale_settings(standing).items():
        for change, count in settings.most_common():
            print(f"{name}: {count} stale by {change}")
    for name, cost in costs.items():
        print(
            f"{name}: {cost.plain:.3f} s an epoch of {cost.examples:,} examples without any regularizer, "
            f"{cost.layered:.3f} s with all, measured here."
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
    if wanted is not None:
        from study.analysis.results import Results as Opened
        from study.exhibits.advice import seeds_needed

        read = Opened(found, store)
        for name in found.experiments:
            measured = name in read.experiments
            print(seeds_needed(read.experiment(name), wanted) if measured else f"{name}: no seed has all arms yet.")


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
    until_converged: Annotated[
        int | None,
        typer.Option(
            metavar="MAX",
            min=2,
            help="Double epochs, in the study file, up to MAX until all effects have come to rest.",
        ),
    ] = None,
) -> None:
    """Train the cells that are missing, stale or failed; without a choice of cells, measure the claims too."""
    from study.cli.studyfiles import budgets
    from study.cli.train import measure_claims, train_cells, train_sweeps
    from study.data import checks
    from study.design.cells import cells as cells_of
    from study.engines import choose

    whole = not (experiment or arm or seeds)
    found, store = opened("run", study, results, whole)
    if until_converged:
        if not whole:
            raise StudyError(
                "--until-converged: Expected no choice of cells beside it. Received: --experiment, --arm or --seeds."
            )
        budgets.check(found, until_converged)
    choice = chosen_cells(found, experiment, arm, seeds)
    for line in checks.warnings(found):
        say(line)
    cells = cells_of(found, **choice)
    force = force or results is None and options.host.retrains(study, cells, store, whole)
    trainer = choose.choose(engine, ray_address, jobs, workers_per_gpu)
    code = train_cells(found, store, cells, trainer, force, fail_fast)
    while until_converged and not code and (longer := budgets.lengthened(found, store, until_converged)):
        found = longer
        code = train_cells(found, store, cells_of(found), trainer)
    if sweeps and not (code and fail_fast):
        code = max(code, train_sweeps(found, store, trainer, force, fail_fast, choice))
    if whole and not (code and fail_fast):
        code = max(code, measure_claims(found, store, trainer, force, fail_fast))
    raise typer.Exit(code)


@app.command()
def tune(
    study: Name,
    experiment: Experiments = None,
    jobs: Jobs = None,
    workers_per_gpu: PerGpu = 1,
    engine: Engine = "local",
    ray_address: Address = None,
    results: Results = None,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Study file to write the choice to: a new one, or STUDY's own.")
    ] = None,
    fail_fast: Annotated[bool, typer.Option("--fail-fast", help="Stop at the first failed cell.")] = False,
) -> None:
    """Choose each regularizer's strength and the learning rate, on validation data and the tuning's seeds."""
    from study.analysis.tuned import choices
    from study.cli.studyfiles import tuning as tuned_file
    from study.cli.terminal import tuned
    from study.cli.train import train_cells
    from study.design import tuning
    from study.engines import choose
    from study.store.lines import Store
    from study.store.status import survey

    found, store = opened("tune", study, results)
    if not found.tuning.seeds:
        raise StudyError(
            f'{study}: Expected what to try, such as `[tuning]` with `seeds = "100-102"` and '
            "`values = { dropout = [0.1, 0.3, 0.5] }`. Received: no [tuning]."
        )
    others = None
    if output:
        tuned_file.check_output(found, study, output)
        others = None if output.stem == found.name or results else Store(Path("results") / output.stem, output.stem)
    cells = tuning.cells(found, experiment)
    trainer = choose.choose(engine, ray_address, jobs, workers_per_gpu)
    code = train_cells(found, store, cells, trainer, False, fail_fast, "tuning")
    done = survey(cells, store.read()).done
    chosen = choices(found, done)
    print(tuned(chosen))
    if code:
        say("study: some cells failed; nothing is written." if output else "study: some cells failed.")
    elif output:
        tuned_file.write(study, chosen, output)
        if others:
            tuned_file.carry(done, others)
        print(output)
    raise typer.Exit(code)


app.command()(models.init)
for command in (results.status, results.show, results.report, results.export):
    app.command()(command)


@app.command()
def verify(
    study: Name,
    results: Results = None,
    jobs: Jobs = None,
    sample: Annotated[int, typer.Option(metavar="N", callback=at_least_one, help="How many cells.")] = 5,
) -> None:
    """Train random cells again and compare them with the stored ones."""
    import random

    from study.cli.train import warn_torn
    from study.design.cells import cells as cells_of
    from study.engines.verification import verify
    from study.store.status import survey

    found, store = opened("verify", study, results)
    done = survey(cells_of(found), store.read()).done
    warn_torn(store)

    def tell(record: dict, left: int) -> None:
        say(f"{record['experiment']} {record['arm']} seed {record['seed']} trained again; {left} trainings left")

    result = verify(found, store, done, sample, random.Random(), jobs, tell)
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
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # where letters are few, as in a pipe of an old system
    try:
        code = app(prog_name="study", standalone_mode=False)
        sys.stdout.flush()
    except typer.TyperException as error:  # a word or an option that does not exist
        say(f"study: {misused(error)}") if len(sys.argv) > 1 else error.show()
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
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG:
            raise
        say(f"study: Expected a path whose names are shorter. Received: {shown(str(error.filename))}.")
        code = 2
    if code == 130:
        say("study: interrupted; every finished cell is stored, run again to go on.")
    sys.exit(code)


if __name__ == "__main__":
    main()
