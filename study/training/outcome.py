"""What a training's cells yield."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Outcome:
    """What one cell yields.

    Attributes:
        status: `ok`, or `diverged` if the loss or a metric stopped being finite, or became absurd: see
            `metrics.fault`.
        metrics: the columns of the task, of a classifier `test_accuracy`, `test_nll`, `test_ece`, `val_accuracy`,
            `val_nll`, `train_accuracy`, `train_nll`, all at inference; None each if diverged.
        epochs_run: epochs trained.
        best_epoch: the epoch, counted from 1, of the best monitored value; 0 if there was none.
        seconds: training time until the cell's end, evaluation included, building excluded.
        history: `loss`, `accuracy`, `val_loss`, `val_accuracy`, or `r2` for the accuracies, one value an epoch of those
            that `budget.kept` names, or of every one if callbacks take part; the losses hold the L2 penalty, as Keras's
            do, and what the study's own factors make of them.
        reason: why the cell is not `ok`; empty if it is.
        readouts: what it yields after fewer epochs: see `read_out`.
    """

    status: str
    metrics: dict[str, float | None]
    epochs_run: int
    best_epoch: int
    seconds: float
    history: dict[str, list[float | None]]
    reason: str = ""
    readouts: list[dict] = field(default_factory=list)

    def read_out(self, length: int) -> dict:
        """Return what is stored of it as the outcome of a training of so many epochs."""
        told = {name: getattr(self, name) for name in ("status", "metrics", "epochs_run", "best_epoch")}
        return {"epochs": length, **told}
