"""One training under way: `keras.Model.fit`'s calls in `fit`'s order, and the cells that are read off it."""

from __future__ import annotations

import copy
import math
import time
from dataclasses import dataclass, field, replace

import keras
import numpy as np
import tensorflow as tf

from study.design.budget import kept
from study.design.seeds import derive
from study.training.batches import Tensors, batches
from study.training.callbacks import TEST_BATCHES, TESTS, TRAIN_BATCHES, early_stopping, listens, only_watches, rises
from study.training.metrics import fault


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


@dataclass
class State:
    """Where a training stands besides its model's and optimizer's variables.

    Attributes:
        epoch: epochs trained.
        rng: draws the next epoch's batches.
        early: Keras's early stopping, which still watches; None if nobody asked for it.
        fired: the outcome of the cell with early stopping, once that has fired.
        history: as `Outcome` has it.
        reason: why the training cannot go on; empty if it can.
        over: whether it has ended.
    """

    epoch: int
    rng: np.random.Generator
    early: keras.callbacks.EarlyStopping | None
    fired: Outcome | None = None
    history: dict[str, list[float]] = field(default_factory=dict)
    reason: str = ""
    over: bool = False

    def copy(self) -> State:
        """Return one that stays as it is while this goes on."""
        history = {name: list(values) for name, values in self.history.items()}
        return replace(self, rng=copy.deepcopy(self.rng), early=copy.copy(self.early), history=history)


class Run:
    """One training, from weights that were reset to the cells' outcomes.

    Args:
        trainer: the built arm, reset to the seed.
        data: the seed's examples.
        seed: the block's seed.
        stops: which cells to yield.
        lengths: epochs after which to judge it, ascending; one if a callback among `others` acts.
        others: the callbacks besides early stopping, fresh; if they act, `stops` is one.
    """

    def __init__(self, trainer, data: Tensors, seed: int, stops: set[bool], lengths: list[int], others: list) -> None:
        self.trainer, self.data, self.stops, self.lengths = trainer, data, stops, lengths
        self.model = trainer.model
        self.training = trainer.experiment.training
        self.alone = not all(map(only_watches, others))
        self.others = bool(others)
        self.kept = frozenset(kept(self.training.epochs))
        early = early_stopping(trainer.experiment) if True in stops else None
        self.state = State(0, np.random.default_rng(derive(seed, "order")), early)
        self.callbacks = keras.callbacks.CallbackList(
            [*([early] if early else []), *others],
            add_history=True,
            model=self.model,
            verbose=0,
            epochs=lengths[-1],
            steps=math.ceil(len(data.split.y_train) / self.training.batch),
        )
        self.logs: dict[str, float] | None = None
        self.readouts: dict[bool, list[dict]] = {stopped: [] for stopped in stops}
        self.started = time.perf_counter()

    def go(self) -> dict[bool, Outcome]:
        """Train to the end; return an outcome for each cell."""
        *shorter, last = self.lengths
        self.trainer.until(last)
        self.callbacks.on_train_begin()
        for length in shorter:
            self._train(self.training.trunk(length))
            self._aside(length)
        self._train(last)
        outcomes = {}
        if len(self.stops) == 2:
            outcomes[True] = self._judge(True)
            self._dismiss()
        self.trainer.optimizer.finalize_variable_values(self.model.trainable_variables)
        self.callbacks.on_train_end(self.logs)
        for stopped in self.stops - set(outcomes):
            outcomes[stopped] = self._judge(stopped)
        for stopped, outcome in outcomes.items():
            outcome.readouts.extend(self.readouts[stopped])
        return outcomes

    def _aside(self, length: int) -> None:
        """End the training after so many epochs as if that were its budget, judge it, and go back to where it was."""
        state, callbacks = self.state, self.callbacks.callbacks
        # With a constant rate it stands there already, and a judgement leaves the weights as they are.
        trains = state.epoch < length and not state.over or self.trainer.optimizer.use_ema
        variables = [*self.model.variables, *self.trainer.optimizer.variables] if trains else []
        values = [variable.numpy() for variable in variables]
        self.state = state.copy()
        # Whoever else watches sees the training itself only.
        self.callbacks.callbacks = [self.state.early] if self._watched else []
        self.trainer.until(length)
        self._train(length)
        self.trainer.optimizer.finalize_variable_values(self.model.trainable_variables)
        for stopped in self.stops:
            self.readouts[stopped].append(self._judge(stopped).read_out(length))
        self.state, self.callbacks.callbacks = state, callbacks
        self.trainer.until(self.lengths[-1])
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)

    @property
    def _watched(self) -> bool:
        """Whether early stopping still watches."""
        return self.state.early is not None and self.state.fired is None

    def _dismiss(self) -> None:
        """Take early stopping from the callbacks: it would restore its weights once more at the very end."""
        self.callbacks.callbacks = [one for one in self.callbacks.callbacks if one is not self.state.early]

    def _train(self, until: int) -> None:
        """Train up to an epoch, unless the training is over before."""
        state = self.state
        while state.epoch < until and not state.over:
            self.callbacks.on_epoch_begin(state.epoch)
            recorded = self.others or state.epoch + 1 in self.kept
            logs = self.logs = self._epoch(recorded or self._watched)
            state.epoch += 1
            if recorded:
                for name, value in logs.items():
                    state.history.setdefault(name, []).append(value)
            self.callbacks.on_epoch_end(state.epoch - 1, logs)
            checked = self.trainer.task.curves if recorded else ("loss",)
            if not all(math.isfinite(logs[name]) for name in checked):
                state.reason, state.over = f"The loss was not finite in epoch {state.epoch}.", True
            elif self.model.stop_training:
                self._stopped()

    def _stopped(self) -> None:
        """Make the cell with early stopping, and go on as if nothing was if another cell needs it."""
        if self.alone or not self._watched:
            self.state.over = True
            return
        self.state.fired = self._judge(True)
        self._dismiss()
        self.model.stop_training = False
        self.state.over = False not in self.stops

    def _epoch(self, validated: bool) -> dict[str, float]:
        """Train one epoch and validate, if asked to: in one compiled call, or in as many as callbacks listen to."""
        order, rest = batches(self.state.rng, len(self.data.split.y_train), self.training.batch)
        self._forget("train", "validation")
        # Whoever ended the training before its first step still sees one, as under `fit`.
        by_batch = self._listen(TRAIN_BATCHES) or self.model.stop_training
        if not validated or by_batch or self._listen(TESTS):
            values = [*self._steps(order, rest, by_batch), *(self._test() if validated else ())]
        else:
            values = self.trainer._epoch(
                *self.data.train, tf.constant(order), tf.constant(rest), *self.data.validation
            ).numpy()
        logs = {}
        for prefix, part, pair in (("", "train", values[:2]), ("val_", "validation", values[2:])):
            told = self._logs(pair, part) if len(pair) else {}
            first = ("loss", self.trainer.task.followed.name) if told else ()
            logs |= {f"{prefix}{name}": told[name] for name in dict.fromkeys((*first, *told))}
        return logs

    def _forget(self, *parts: str) -> None:
        """Let the compiled metrics begin anew."""
        for part in parts:
            for metric in self.trainer.compiled[part].values():
                metric.reset_state()

    def _logs(self, means: np.ndarray, part: str = "train") -> dict[str, float]:
        """Return the mean loss over a part's examples, what is followed, accuracy or of a squared error R², and the
        compiled metrics if anybody may look at them."""
        followed = float(means[1])
        if self.trainer.task.name == "regression":
            followed = 1 - followed / self.data.spread[part]
        compiled = self.trainer.compiled[part].items()
        others = {name: float(np.mean(metric.result())) for name, metric in compiled}
        return {**others, self.trainer.task.followed.name: followed, "loss": float(means[0])}

    def _listen(self, hooks: tuple[str, ...]) -> bool:
        return listens(self.callbacks.callbacks, hooks)

    def _steps(self, order: np.ndarray, rest: np.ndarray, by_batch: bool) -> np.ndarray:
        """Return an epoch's mean loss and accuracy; where nobody listens to batches, they are trained in one call."""
        parts = [index[None] for index in order] if by_batch else [order] * bool(len(order))
        parts += [rest[None]] * bool(len(rest))
        sums, seen = np.zeros(2), 0
        for number, part in enumerate(parts):
            self.callbacks.on_train_batch_begin(number)
            sums += self.trainer._steps(*self.data.train, tf.constant(part)).numpy()
            seen += part.size
            self.callbacks.on_train_batch_end(number, self._logs(sums / seen))
            if by_batch and self.model.stop_training:
                break
        return sums / seen

    def _test(self) -> np.ndarray:
        """Return the mean loss and accuracy on the validation examples; in batches where a callback listens to them."""
        x, y = self.data.validation
        size = self.training.batch if self._listen(TEST_BATCHES) else len(y)
        self.model.stop_evaluating = False
        self._forget("validation")
        self.callbacks.on_test_begin()
        sums, seen = np.zeros(2), 0
        for number, start in enumerate(range(0, len(y), size)):
            part, labels = x[start : start + size], y[start : start + size]
            self.callbacks.on_test_batch_begin(number)
            sums += self.trainer._validate(part, labels).numpy() * len(labels)
            seen += len(labels)
            self.callbacks.on_test_batch_end(number, self._logs(sums / seen, "validation"))
            if self.model.stop_evaluating:
                break
        self.callbacks.on_test_end(self._logs(sums / seen, "validation"))
        return sums / seen

    def _judge(self, stopped: bool) -> Outcome:
        """Return the outcome of a cell that ends now; weights stay as they are."""
        state = self.state
        if stopped and state.fired:
            return state.fired
        metrics, best_epoch, reason = dict.fromkeys(self.trainer.task.columns), 0, state.reason
        if not reason:
            now = self.model.get_weights()
            if stopped and not self.alone and state.early.best_weights is not None:
                self.model.set_weights(state.early.best_weights)
            found = self.trainer.judge(self.data)
            self.model.set_weights(now)
            reason = fault(found, self.trainer.classes if self.trainer.task.name == "classification" else 2)
            if not reason:
                metrics, best_epoch = found, state.early.best_epoch + 1 if stopped else self._best_epoch()
        return Outcome(
            status="diverged" if reason else "ok",
            metrics=metrics,
            epochs_run=state.epoch,
            best_epoch=best_epoch,
            seconds=time.perf_counter() - self.started,
            history={
                name: [value if math.isfinite(value) else None for value in values]
                for name, values in state.history.items()
            },
            reason=reason,
        )

    def _best_epoch(self) -> int:
        """Return the epoch of the best monitored value, among those whose history is kept."""
        monitor = self.trainer.experiment.stopping.monitor
        values = np.asarray(self.state.history[monitor])
        best = int(values.argmax() if rises(self.trainer.experiment) else values.argmin())
        return best + 1 if self.others else kept(self.training.epochs)[best]
