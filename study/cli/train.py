"""What `run` and `report` do: train what is missing, measure what is missing, and say how it went."""

from __future__ import annotations

from study.claims.standing import standing as standing_of_claims
from study.claims.standing import store_of, wanted
from study.cli.options import say
from study.design import sweeps, tuning
from study.design.cells import Cell
from study.design.studyfile import Study
from study.engines import costs, planning
from study.engines.costs import EpochCost
from study.engines.outcomes import Summary
from study.engines.progress import Meter, duration
from study.engines.schedule import trajectories
from study.errors import StudyError
from study.store import log as sessions
from study.store.lines import Store
from study.store.records import told
from study.store.status import Standing, survey
from study.training.rehearsal import rehearse


def warn_torn(store: Store) -> None:
    """Say which files end in a torn line."""
    for file in store.torn:
        say(f"{file}: the last line is torn; its cell counts as missing and is trained again.")


def train_cells(
    study: Study,
    store: Store,
    cells: list[Cell],
    train,
    force: bool = False,
    fail_fast: bool = False,
    kind: str = "run",
) -> int:
    """Train cells under a progress display; return the exit status.

    Args:
        study: the study.
        store: its results.
        cells: the cells asked for; those that are done are passed over.
        train: the engine: see `choose.choose`.
        force: train again what is done.
        fail_fast: stop at the first cell that fails.
        kind: what the log calls the session: `run`, `sweeps` or `tuning`.
    """
    rehearse(study, cells, store)
    with store.lock():
        records = store.read()
        warn_torn(store)
        standing = survey(cells, records)
        todo = list(cells) if force else standing.to_train
        if not todo:
            say(f"All {len(cells)} cells are done; nothing to train.")
            return 0
        expected = planning.expected_seconds(records.values())
        cost = lambda task: expected(task) or planning.guess(task)
        return _do(store, trajectories(todo), train, cost, fail_fast, kind, ("trainings", "cells", "trained"), store)


def train_sweeps(
    study: Study, store: Store, train, force: bool = False, fail_fast: bool = False, choice: dict | None = None
) -> int:
    """Train the cells that the study's sweeps still need; return the exit status.

    Arguments as in `train_cells`; a study without sweeps needs none. `choice`: arguments of `sweeps.cells`, if not all
    are to be trained.
    """
    cells = sweeps.cells(study, **choice or {})
    return train_cells(study, store, cells, train, force, fail_fast, "sweeps") if cells else 0


def beside(study: Study, store: Store, choice: dict | None = None) -> dict[str, Standing]:
    """Return where the cells of a study's sweeps and tuning and the trials of its claims stand, if it has any.

    `choice`: arguments of `sweeps.cells`, if only some of the sweeps' cells are asked about.
    """
    found = {}
    if study.sweeps:
        found["cells of the sweeps"] = survey(sweeps.cells(study, **choice or {}), store.read())
    if study.tuning.seeds:
        found["cells of the tuning"] = survey(tuning.cells(study, (choice or {}).get("experiments")), store.read())
    if study.claims.seeds:
        found["trials of the claims"] = standing_of_claims(study, store)
    return found


def epochs_measured(study: Study, experiments=None) -> dict[str, EpochCost]:
    """Return what an epoch of each experiment costs here, by name; those that cannot be measured are told of and left
    out."""
    found = {}
    for name in experiments or study.experiments:
        say(f"{name}: measuring a few epochs")
        try:
            found[name] = costs.measure(study, study.experiment(name))
        except StudyError as error:
            say(f"{name}: not measured: {error}")
    return found


def measure_claims(study: Study, store: Store, train, force: bool = False, fail_fast: bool = False) -> int:
    """Run the mechanisms of a study's claims that are missing; return the exit status.

    Arguments as in `train_cells`; a study without seeds for its claims has none.
    """
    trials = wanted(study)
    if not trials:
        return 0
    kept = store_of(store)
    with kept.lock():
        standing = survey(trials, kept.read())
        warn_torn(kept)
        todo = trials if force else standing.to_train
        if not todo:
            return 0
        cost = lambda trial: trial.mechanism.seconds
        return _do(kept, todo, train, cost, fail_fast, "claims", ("trials", "trials of the claims", "measured"), store)


def _do(store: Store, tasks, train, cost, fail_fast: bool, kind: str, words: tuple[str, str, str], log: Store) -> int:
    noun, what, done = words
    summary = Summary()
    progress = Meter(tasks, cost, summary, noun)
    try:
        train(tasks, store, fail_fast=fail_fast, cost=cost, report=progress, summary=summary)
    finally:
        progress.close()
        if summary.processes:  # else nobody was there to train
            sessions.add(
                log.root,
                kind,
                progress.elapsed(),
                jobs=summary.processes,
                trainings=progress.trained,
                cells=sum(len(task.cells) for task in tasks),
            )
    say(
        f"{summary.ok} {what} {done}, {summary.diverged} diverged, {len(summary.failed)} failed, in "
        f"{duration(progress.elapsed())}. Results: {store.root}"
    )
    for record in summary.failed:
        say(f"failed: {record['experiment']}, {record['arm']}, seed {record['seed']}: {told(record['reason'])}")
    return 1 if summary.failed else 0
