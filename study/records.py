"""What a stored line says: the record of one cell, and where it was made."""

from __future__ import annotations

import functools
import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from study.design import Cell
from study.resources import cores

METRICS = (
    "test_accuracy", "test_nll", "test_ece", "val_accuracy", "val_nll", "train_accuracy", "train_nll",
)
"""Names of a cell's metrics: accuracies and ECE as fractions, NLL in nats an example."""

PACKAGES = ("tensorflow", "keras", "numpy", "mnist1d", "scikit-learn")


def make(
    cell: Cell, *, status: str, metrics: dict, epochs_run: int, best_epoch: int, seconds: float,
    history: dict, provenance: dict, reason: str = "",
) -> dict:
    """Return the record of one cell, ready for the store.

    Args:
        cell: which cell.
        status: `ok`, `diverged` or `failed`.
        metrics: the metrics by name; None each unless `ok`.
        epochs_run, best_epoch: counted from 1; 0 if there is none.
        seconds: training time until the cell's end.
        history: one list a quantity, one value an epoch, kept to six significant digits.
        provenance: where it was made.
        reason: why the cell is not `ok`.
    """
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
        "history": {name: [_six(value) for value in values] for name, values in history.items()},
        "settings": cell.settings,
        "provenance": provenance,
    }


def failed(cell: Cell, reason: str, provenance: dict) -> dict:
    """Return the record of a cell whose training ended in an error."""
    return make(
        cell, status="failed", metrics=dict.fromkeys(METRICS), epochs_run=0, best_epoch=0,
        seconds=0.0, history={}, provenance=provenance, reason=reason,
    )


def _six(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.6g}")


@functools.cache
def provenance() -> dict:
    """Return where cells of this process are made: `commit` (with `+` if the tree was changed),
    `versions`, `machine`, `cores`; a worker adds its `device`."""
    return {
        "commit": _commit(),
        "versions": {"python": platform.python_version()} | {name: installed(name) for name in PACKAGES},
        "machine": machine(),
        "cores": cores(),
    }


def installed(package: str) -> str | None:
    """Return an installed package's version; None if it is not there."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _commit() -> str | None:
    """Return the commit the package stands at; None outside a git checkout."""

    def git(*words: str) -> str:
        return subprocess.run(
            ["git", "-C", str(Path(__file__).parent), *words],
            capture_output=True, text=True, check=True, timeout=10,
        ).stdout.strip()

    try:
        return git("rev-parse", "HEAD") + ("+" if git("status", "--porcelain", "--", ".") else "")
    except (OSError, subprocess.SubprocessError):
        return os.environ.get("STUDY_COMMIT")


def machine() -> str:
    """Return the processor's name and kind; no host name."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    except OSError:
        named = []
    return f"{named[0] if named else platform.processor() or 'unknown processor'} ({platform.machine()})"
