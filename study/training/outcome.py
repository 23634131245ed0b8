"""What a training's cells yield, and where it stands until then."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field, replace

import keras
import numpy as np

from study.design.arms import End


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
        predictions: if the experiment asks for them and it is `ok`, what it says of the test examples: see
            `metrics.of_examples`.
    """

    status: str
    metrics: dict[str, float | None]
    epochs_run: int
    best_epoch: int
    seconds: float
    history: dict[str, list[float | None]]
    reason: str = ""
    readouts: list[dict] = field(default_factory=list)
    predictions: tuple[np.ndarray, np.ndarray] | None = None

    def read_out(self, length: int) -> dict:
        """Return what is stored of it as the outcome of a training of so many epochs."""
        told = {name: getattr(self, name) for name in ("status", "metrics", "epochs_run", "best_epoch")}
        return {"epochs": length, **told}


@dataclass
class State:
    """Where a training stands besides its model's and optimizer's variables.

    Attributes:
        epoch: epochs trained.
        rng: draws the next epoch's batches.
        watches: Keras's early stopping by whether it sees averaged weights, while it still watches.
        fired: the outcomes of the cells whose early stopping has fired.
        history: as `Outcome` has it.
        reason: why the training cannot go on; empty if it can.
        over: whether it has ended.
    """

    epoch: int
    rng: np.random.Generator
    watches: dict[bool, keras.callbacks.EarlyStopping]
    fired: dict[End, Outcome] = field(default_factory=dict)
    history: dict[str, list[float]] = field(default_factory=dict)
    reason: str = ""
    over: bool = False

    def copy(self) -> State:
        """Return one that stays as it is while this goes on."""
        history = {name: list(values) for name, values in self.history.items()}
        watches = {seen: copy.copy(watch) for seen, watch in self.watches.items()}
        return replace(self, rng=copy.deepcopy(self.rng), watches=watches, fired=dict(self.fired), history=history)
