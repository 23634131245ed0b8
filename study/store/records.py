"""The record of one cell: what its stored line says."""

from __future__ import annotations

import itertools
import textwrap
from collections.abc import Iterable

import numpy as np

from study.design.budget import kept, sparse
from study.design.cells import Cell
from study.store.predictions import pack


def make(
    cell: Cell,
    *,
    status: str,
    metrics: dict,
    epochs_run: int,
    best_epoch: int,
    seconds: float,
    history: dict,
    provenance: dict,
    reason: str = "",
    readouts: Iterable[dict] = (),
    predictions: tuple[np.ndarray, np.ndarray] | None = None,
) -> dict:
    """Return the record of one cell, ready for the store.

    Args:
        cell: which cell.
        status: `ok`, `diverged` or `failed`.
        metrics: the metrics by name; None each unless `ok`.
        epochs_run, best_epoch: counted from 1; 0 if there is none.
        seconds: training time until the cell's end.
        history: one list a quantity, one value an epoch, of all or of those that `budget.kept` names; what is
            stored are the latter, of a varied experiment those that `budget.sparse` names, to five significant digits.
        provenance: where it was made.
        reason: why the cell is not `ok`.
        readouts: what it yields after fewer epochs, ascending: `epochs`, `status`, `metrics`, `epochs_run` and
            `best_epoch` of each.
        predictions: of every test example, if the experiment stores them: see `predictions.pack`.
    """
    budget = cell.experiment.training.epochs
    all_kept = _until(epochs_run, kept(budget))
    stored = set(sparse(budget) if cell.experiment.varied else all_kept)
    return {
        "experiment": cell.experiment.name,
        "arm": cell.arm.name,
        "seed": cell.seed,
        "key": cell.key,
        "status": status,
        "reason": reason,
        "factors": cell.arm.switches,
        "metrics": metrics,
        "epochs_run": epochs_run,
        "best_epoch": best_epoch,
        "seconds": round(seconds, 3),
        "history": {
            name: [
                _five(value)
                for epoch, value in zip(range(1, epochs_run + 1) if len(values) == epochs_run else all_kept, values)
                if epoch in stored
            ]
            for name, values in history.items()
        },
        **({"readouts": list(readouts)} if readouts else {}),
        **({"predictions": pack(*predictions)} if predictions else {}),
        "settings": cell.settings,
        # A file's name decides nothing, and so is no setting.
        "provenance": provenance | ({"data": cell.experiment.data.name} if cell.experiment.data.file else {}),
    }


def told(reason: str) -> str:
    """Return in one line why a record is not `ok`: of a traceback what was raised, however many lines it has."""
    _, traceback, last = reason.strip().rpartition("Traceback (most recent call last):\n")
    lines = last.splitlines()
    raised = itertools.dropwhile(lambda line: line.startswith(" "), lines) if traceback else lines
    return textwrap.shorten(" ".join(raised), 500, placeholder=" …")


def failed(cell: Cell, reason: str, provenance: dict) -> dict:
    """Return the record of a cell whose training ended in an error."""
    return make(
        cell,
        status="failed",
        metrics=dict.fromkeys(cell.experiment.model.judged.columns),
        epochs_run=0,
        best_epoch=0,
        seconds=0.0,
        history={},
        provenance=provenance,
        reason=reason,
    )


def epochs(record: dict) -> list[int]:
    """Return the epochs, from 1, of a record's history; before there was a limit all of them were stored, and of a
    sweep's cells as many as of others."""
    stored = max(map(len, record["history"].values()), default=0)
    run, budget = record["epochs_run"], record["settings"]["training"]["epochs"]
    # Each is among those before it, so that two of one length are one.
    rules = (_until(run, numbers) for numbers in (range(1, run + 1), kept(budget), sparse(budget)))
    return next(numbers for numbers in rules if len(numbers) == stored)


def _until(run: int, numbers: Iterable[int]) -> list[int]:
    """Return those epochs that a cell has run which ended after some of its budget."""
    return [epoch for epoch in numbers if epoch <= run]


def _five(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.5g}")
