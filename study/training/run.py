"""One training under way: `keras.Model.fit`'s calls in `fit`'s order, and the cells that are read off it."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from study.design.seeds import derive
from study.store.records import METRICS
from study.training.batches import Tensors, batches
from study.training.callbacks import TEST_BATCHES, TESTS, TRAIN_BATCHES, early_stopping, listens
from study.training.metrics import fault


@dataclass(frozen=True)
class Outcome:
    """What one cell yields.

    Attributes:
        status: `ok`, or `diverged` if the loss or a metric stopped being finite, or became absurd: see
            `metrics.fault`.
        metrics: `test_accuracy`, `test_nll`, `test_ece`, `val_accuracy`, `val_nll`,
            `train_accuracy`, `train_nll`, all at inference; None each if diverged.
        epochs_run: epochs trained.
        best_epoch: the epoch, counted from 1, of the best monitored value; 0 if there was none.
        seconds: training time until the cell's end, evaluation included, building excluded.
        history: `loss`, `accuracy`, `val_loss`, `val_accuracy`, one value an epoch; the losses
            hold the L2 penalty, as Keras's do, and what the study's own factors make of them.
        reason: why the cell is not `ok`; empty if it is.
    """

    status: str
    metrics: dict[str, float | None]
    epochs_run: int
    best_epoch: int
    seconds: float
    history: dict[str, list[float]]
    reason: str = ""


class Run:
    """One training, from weights that were reset to the cells' outcomes.

    Args:
        trainer: the built arm, reset to the seed.
        data: the seed's examples.
        seed: the block's seed.
        stops: which cells to yield; if both, `others` only watch.
        others: the callbacks besides early stopping, fresh.
    """

    def __init__(self, trainer, data: Tensors, seed: int, stops: set[bool], others: list) -> None:
        self.trainer, self.data, self.stops = trainer, data, stops
        self.model = trainer.model
        self.training = trainer.experiment.training
        self.early = early_stopping(trainer.experiment) if True in stops else None
        self.callbacks = keras.callbacks.CallbackList(
            [*([self.early] if self.early else []), *others],
            add_history=True,
            model=self.model,
            verbose=0,
            epochs=self.training.epochs,
            steps=math.ceil(len(data.split.y_train) / self.training.batch),
        )
        self.rng = np.random.default_rng(derive(seed, "order"))
        self.history: dict[str, list[float]] = {}
        self.outcomes: dict[bool, Outcome] = {}
        self.started = time.perf_counter()

    def go(self) -> dict[bool, Outcome]:
        """Train to the end; return an outcome for each cell."""
        both = len(self.stops) == 2
        logs = None
        self.callbacks.on_train_begin()
        for epoch in range(self.training.epochs):
            self.callbacks.on_epoch_begin(epoch)
            logs = self._epoch()
            for name, value in logs.items():
                self.history.setdefault(name, []).append(value)
            self.callbacks.on_epoch_end(epoch, logs)
            if not all(math.isfinite(value) for value in logs.values()):
                self._end(logs)
                return self._diverged(f"The loss was not finite in epoch {epoch + 1}.")
            if self.model.stop_training:
                if not both:
                    break
                self._read_out()
        if both and True not in self.outcomes:
            self._read_out()
        self._end(logs)
        for stopped in self.stops - set(self.outcomes):
            self._finish(stopped, self.early.best_epoch + 1 if stopped else self._best_epoch())
        return self.outcomes

    def _epoch(self) -> dict[str, float]:
        """Train one epoch and validate: in one compiled call, or in as many as callbacks listen to."""
        order, rest = batches(self.rng, len(self.data.split.y_train), self.training.batch)
        # Whoever ended the training before its first step still sees one, as under `fit`.
        by_batch = self._listen(TRAIN_BATCHES) or self.model.stop_training
        if by_batch or self._listen(TESTS):
            values = [*self._train(order, rest, by_batch), *self._test()]
        else:
            values = self.trainer._epoch(
                *self.data.train, tf.constant(order), tf.constant(rest), *self.data.validation
            ).numpy()
        names = ("loss", "accuracy", "val_loss", "val_accuracy")
        return {name: float(value) for name, value in zip(names, values, strict=True)}

    def _listen(self, hooks: tuple[str, ...]) -> bool:
        return listens(self.callbacks.callbacks, hooks)

    def _train(self, order: np.ndarray, rest: np.ndarray, by_batch: bool) -> np.ndarray:
        """Return an epoch's mean loss and accuracy; where nobody listens to batches, they are trained in one call."""
        parts = [index[None] for index in order] if by_batch else [order] * bool(len(order))
        parts += [rest[None]] * bool(len(rest))
        sums, seen = np.zeros(2), 0
        for number, part in enumerate(parts):
            self.callbacks.on_train_batch_begin(number)
            sums += self.trainer._steps(*self.data.train, tf.constant(part)).numpy()
            seen += part.size
            self.callbacks.on_train_batch_end(number, _logs(sums / seen))
            if by_batch and self.model.stop_training:
                break
        return sums / seen

    def _test(self) -> np.ndarray:
        """Return the mean loss and accuracy on the validation examples; in batches where a callback listens to them."""
        x, y = self.data.validation
        size = self.training.batch if self._listen(TEST_BATCHES) else len(y)
        self.model.stop_evaluating = False
        self.callbacks.on_test_begin()
        sums, seen = np.zeros(2), 0
        for number, start in enumerate(range(0, len(y), size)):
            part, labels = x[start : start + size], y[start : start + size]
            self.callbacks.on_test_batch_begin(number)
            sums += self.trainer._validate(part, labels).numpy() * len(labels)
            seen += len(labels)
            self.callbacks.on_test_batch_end(number, _logs(sums / seen))
            if self.model.stop_evaluating:
                break
        self.callbacks.on_test_end(_logs(sums / seen))
        return sums / seen

    def _read_out(self) -> None:
        """Make the cell with early stopping from the best weights, then go on as if nothing was."""
        now = self.model.get_weights()
        self.model.set_weights(self.early.best_weights)
        self._finish(True, self.early.best_epoch + 1)
        self.model.set_weights(now)
        # It would restore its weights once more at the very end.
        self.callbacks.callbacks.remove(self.early)
        self.model.stop_training = False

    def _end(self, logs: dict[str, float]) -> None:
        self.trainer.optimizer.finalize_variable_values(self.model.trainable_variables)
        self.callbacks.on_train_end(logs)

    def _finish(self, stopped: bool, best_epoch: int) -> None:
        metrics = self.trainer.judge(self.data)
        wrong = fault(metrics, self.trainer.classes)
        self._keep(stopped, dict.fromkeys(METRICS) if wrong else metrics, 0 if wrong else best_epoch, wrong)

    def _best_epoch(self) -> int:
        monitor = self.trainer.experiment.strengths.earlystopping.monitor
        values = np.asarray(self.history[monitor])
        return int(values.argmax() if monitor == "val_accuracy" else values.argmin()) + 1

    def _diverged(self, reason: str) -> dict[bool, Outcome]:
        """End every cell that was not read out yet; the study goes on without it."""
        for stopped in self.stops - set(self.outcomes):
            self._keep(stopped, dict.fromkeys(METRICS), 0, reason)
        return self.outcomes

    def _keep(self, stopped: bool, metrics: dict, best_epoch: int, reason: str) -> None:
        self.outcomes[stopped] = Outcome(
            status="diverged" if reason else "ok",
            metrics=metrics,
            epochs_run=len(self.history["loss"]),
            best_epoch=best_epoch,
            seconds=time.perf_counter() - self.started,
            history={
                name: [value if math.isfinite(value) else None for value in values]
                for name, values in self.history.items()
            },
            reason=reason,
        )


def _logs(means: np.ndarray) -> dict[str, float]:
    return {"accuracy": float(means[1]), "loss": float(means[0])}
