"""One trajectory, two cells: the compiled epoch and the read-out of early stopping.

The only place where a factor becomes a callback or changes the loss. An epoch is one `tf.function` over tensors in
memory; between epochs Keras's own `CallbackList` is driven, so any Keras callback works.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from study.design.arms import Arm
from study.design.seeds import derive
from study.design.settings import Experiment
from study.store.records import METRICS
from study.training.batches import Tensors, batches, pixels
from study.training.metrics import evaluate
from study.training.networks import build, hooked
from study.training.optimizers import optimizer

CHUNK = 1000
"""Examples a forward pass; bounds the memory of evaluation."""


@dataclass(frozen=True)
class Outcome:
    """What one cell yields.

    Attributes:
        status: `ok`, or `diverged` if the loss stopped being finite.
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


class Trainer:
    """One arm's network, built and traced once, ready to be trained under any seed.

    Args:
        experiment: what to train.
        arm: which factors are on; whether early stopping is among them does not matter here.
        sample: shape of one example.
        classes: number of classes.
        callbacks: makes further Keras callbacks, fresh for every training.
    """

    def __init__(self, experiment: Experiment, arm: Arm, sample: Sequence[int], classes: int, callbacks=None) -> None:
        self.experiment = experiment
        self.arm = arm.trajectory
        self.sample, self.classes = tuple(sample), classes
        self.make_callbacks = callbacks or (lambda: [])
        self.model = self._build(seed=0)
        training = experiment.training
        self.optimizer = optimizer(training.optimizer, training.learning_rate)
        self.optimizer.build(self.model.trainable_variables)
        # Callbacks look for the optimizer there (learning-rate schedules, for example).
        self.model.optimizer = self.optimizer
        self._fresh_optimizer = [variable.numpy() for variable in self.optimizer.variables]
        self._loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        self._compile()

    def _build(self, seed: int) -> keras.Model:
        return build(self.experiment, self.arm, seed, self.sample, self.classes)

    def _compile(self) -> None:
        """Trace nothing yet; make the functions that will be traced at their first call."""
        model, optimizer, loss = self.model, self.optimizer, self._loss
        variables = model.trainable_variables
        own = hooked(self.experiment, self.arm, "loss")

        def objective(x, y, training):
            logits = model(pixels(x), training=training)
            total = loss(y, logits)
            for factor, strength in own:
                total = factor.loss(total, y, logits, strength)
            total += sum(model.losses)
            right = tf.cast(tf.equal(tf.argmax(logits, 1, tf.int32), y), tf.float32)
            return total, tf.reduce_sum(right)

        def step(x, y, index, sums):
            x, y = tf.gather(x, index), tf.gather(y, index)
            with tf.GradientTape() as tape:
                value, right = objective(x, y, training=True)
            optimizer.apply(tape.gradient(value, variables), variables)
            size = tf.cast(tf.shape(index)[0], tf.float32)
            return sums + tf.stack([value * size, right])

        @tf.function
        def steps(x, y, order):
            sums = tf.zeros(2)
            for number in tf.range(tf.shape(order)[0]):
                sums = step(x, y, order[number], sums)
            return sums

        @tf.function
        def validate(x, y):
            sums = tf.zeros(2)
            for start in range(0, x.shape[0], CHUNK):
                part, labels = x[start : start + CHUNK], y[start : start + CHUNK]
                value, right = objective(part, labels, training=False)
                sums += tf.stack([value * part.shape[0], right])
            return sums / x.shape[0]

        @tf.function
        def epoch(x, y, order, rest, x_validation, y_validation):
            sums = steps(x, y, order)
            if rest.shape[0]:
                sums = step(x, y, rest, sums)
            return tf.concat([sums / x.shape[0], validate(x_validation, y_validation)], 0)

        @tf.function
        def logits(x):
            return model(pixels(x), training=False)

        self._steps, self._validate, self._epoch, self._logits = steps, validate, epoch, logits

    def reset(self, seed: int) -> None:
        """Set weights, random states and optimizer to what they are before a seed's first step."""
        for variable, fresh in zip(self.model.variables, self._build(seed).variables, strict=True):
            variable.assign(fresh)
        for variable, fresh in zip(self.optimizer.variables, self._fresh_optimizer, strict=True):
            variable.assign(fresh)
        self.model.stop_training = False

    def train(self, data: Tensors, seed: int, stops: Sequence[bool] = (False, True)) -> dict[bool, Outcome]:
        """Train once and read off the cells with and without early stopping.

        Args:
            data: the seed's examples.
            seed: the block's seed.
            stops: which cells to yield: False, without early stopping; True, with it. Where only
                the latter is asked for, training ends when early stopping fires.

        Returns:
            An outcome for each of `stops`.
        """
        self.reset(seed)
        run = _Run(self, data, seed, set(stops))
        return run.go()

    def predict(self, x) -> np.ndarray:
        """Return the logits at inference, shape (examples, classes), for `x`, (examples, *sample)."""
        parts = [self._logits(x[start : start + CHUNK]) for start in range(0, len(x), CHUNK)]
        return np.concatenate([part.numpy() for part in parts])

    def judge(self, data: Tensors) -> dict[str, float]:
        """Return the cell's metrics with the weights the model has now."""
        found = {}
        for prefix, (x, y) in (("test", data.test), ("val", data.validation), ("train", data.train)):
            found |= {f"{prefix}_{k}": v for k, v in evaluate(self.predict(x), y.numpy()).items()}
        return {name: found[name] for name in METRICS}


class _Run:
    """One training under way."""

    def __init__(self, trainer: Trainer, data: Tensors, seed: int, stops: set[bool]) -> None:
        self.trainer, self.data, self.stops = trainer, data, stops
        self.model = trainer.model
        self.training = trainer.experiment.training
        self.early = early_stopping(trainer.experiment) if True in stops else None
        self.callbacks = keras.callbacks.CallbackList(
            [*([self.early] if self.early else []), *trainer.make_callbacks(), *_callbacks(trainer)],
            add_history=True,
            model=self.model,
            epochs=self.training.epochs,
            verbose=0,
        )
        self.rng = np.random.default_rng(derive(seed, "order"))
        self.history: dict[str, list[float]] = {}
        self.outcomes: dict[bool, Outcome] = {}
        self.started = time.perf_counter()

    def go(self) -> dict[bool, Outcome]:
        self.callbacks.on_train_begin()
        for epoch in range(self.training.epochs):
            self.callbacks.on_epoch_begin(epoch)
            logs = self._epoch()
            for name, value in logs.items():
                self.history.setdefault(name, []).append(value)
            if not all(math.isfinite(value) for value in logs.values()):
                return self._diverged(epoch + 1)
            self.callbacks.on_epoch_end(epoch, logs)
            if self.model.stop_training:
                fired = self.early is not None and self.early.stopped_epoch == epoch > 0
                if fired:
                    self._read_out()
                if not fired or False not in self.stops:
                    break
        if self.early is not None:
            self._read_out()
        if False in self.stops:
            self._finish(False)
        self.callbacks.on_train_end()
        return self.outcomes

    def _epoch(self) -> dict[str, float]:
        """Train one epoch and validate; batch by batch if a callback listens to batches."""
        order, rest = batches(self.rng, len(self.data.split.y_train), self.training.batch)
        x, y = self.data.train
        if any(map(listens_to_batches, self.callbacks.callbacks)):
            sums = np.zeros(2)
            for number, index in enumerate([*order, *([rest] if len(rest) else [])]):
                self.callbacks.on_train_batch_begin(number)
                part = self.trainer._steps(x, y, tf.constant(index[None])).numpy()
                sums += part
                means = part / len(index)
                self.callbacks.on_train_batch_end(number, {"loss": float(means[0]), "accuracy": float(means[1])})
            values = [*(sums / len(y)), *self.trainer._validate(*self.data.validation).numpy()]
        else:
            values = self.trainer._epoch(x, y, tf.constant(order), tf.constant(rest), *self.data.validation).numpy()
        names = ("loss", "accuracy", "val_loss", "val_accuracy")
        return {name: float(value) for name, value in zip(names, values, strict=True)}

    def _read_out(self) -> None:
        """Make the cell with early stopping from the best weights, then go on as if nothing was."""
        early, self.early = self.early, None
        best_epoch = early.best_epoch + 1
        now = self.model.get_weights()
        self.model.set_weights(early.best_weights)
        self._finish(True, best_epoch)
        self.model.set_weights(now)
        # It would restore its weights once more at the very end.
        self.callbacks.callbacks.remove(early)
        self.model.stop_training = False

    def _finish(self, stopped: bool, best_epoch: int | None = None) -> None:
        history = {name: list(values) for name, values in self.history.items()}
        self.outcomes[stopped] = Outcome(
            status="ok",
            metrics=self.trainer.judge(self.data),
            epochs_run=len(history["loss"]),
            best_epoch=best_epoch or self._best_epoch(),
            seconds=time.perf_counter() - self.started,
            history=history,
        )

    def _best_epoch(self) -> int:
        monitor = self.trainer.experiment.strengths.earlystopping.monitor
        values = np.asarray(self.history[monitor])
        return int(values.argmax() if monitor == "val_accuracy" else values.argmin()) + 1

    def _diverged(self, epoch: int) -> dict[bool, Outcome]:
        """End every cell that was not read out yet; the study goes on without it."""
        for stopped in self.stops - set(self.outcomes):
            self.outcomes[stopped] = Outcome(
                status="diverged",
                metrics=dict.fromkeys(METRICS),
                epochs_run=epoch,
                best_epoch=0,
                seconds=time.perf_counter() - self.started,
                history={
                    name: [value if math.isfinite(value) else None for value in values]
                    for name, values in self.history.items()
                },
                reason=f"The loss was not finite in epoch {epoch}.",
            )
        self.callbacks.on_train_end()
        return self.outcomes


def early_stopping(experiment: Experiment) -> keras.callbacks.EarlyStopping:
    """Return Keras's early stopping with the experiment's strength, restoring the best weights."""
    strength = experiment.strengths.earlystopping
    return keras.callbacks.EarlyStopping(
        monitor=strength.monitor,
        mode="max" if strength.monitor == "val_accuracy" else "min",
        patience=strength.patience,
        restore_best_weights=True,
    )


def _callbacks(trainer: Trainer) -> list[keras.callbacks.Callback]:
    """Return the callbacks of the study's own factors, fresh."""
    own = hooked(trainer.experiment, trainer.arm, "callbacks")
    return [callback for factor, strength in own for callback in factor.callbacks(strength)]


def listens_to_batches(callback: keras.callbacks.Callback) -> bool:
    """Return whether a callback overrides one of the hooks around a training batch."""
    hooks = ("on_batch_begin", "on_batch_end", "on_train_batch_begin", "on_train_batch_end")
    default = keras.callbacks.Callback
    return any(getattr(getattr(callback, hook), "__func__", None) is not getattr(default, hook) for hook in hooks)
