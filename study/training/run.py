"""One training under way: `keras.Model.fit`'s calls in `fit`'s order, and the cells that are read off it."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager

import keras
import numpy as np
import tensorflow as tf

from study.design.arms import End
from study.design.budget import kept
from study.design.seeds import derive
from study.training.batches import Tensors, batches
from study.training.callbacks import TEST_BATCHES, TESTS, TRAIN_BATCHES, Averaged, early_stopping, listens, rises
from study.training.metrics import fault, of_examples
from study.training.outcome import Outcome, State


class Run:
    """One training, from weights that were reset to the cells' outcomes.

    Args:
        trainer: the built arm, reset to the seed.
        data: the seed's examples.
        seed: the block's seed.
        ends: which cells to yield.
        lengths: epochs after which to judge it, ascending; one if a callback among `others` acts.
        others: the callbacks besides early stopping, fresh; if they act, `ends` is one.
    """

    def __init__(self, trainer, data: Tensors, seed: int, ends: set[End], lengths: list[int], others: list) -> None:
        self.trainer, self.data, self.ends, self.lengths = trainer, data, ends, lengths
        self.model = trainer.model
        self.training = trainer.experiment.training
        self.others = bool(others)
        self.kept = frozenset(kept(self.training.epochs))
        watches = {self._seen(end): early_stopping(trainer.experiment) for end in ends if end.stops}
        self.state = State(0, np.random.default_rng(derive(seed, "order")), watches)
        self.callbacks = keras.callbacks.CallbackList(
            [*([watches[False]] if False in watches else []), *others],
            add_history=True,
            model=self.model,
            verbose=0,
            epochs=lengths[-1],
            steps=math.ceil(len(data.split.y_train) / self.training.batch),
        )
        self.averaged = Averaged(self.model, trainer.optimizer)
        self.logs: dict[str, float] | None = None
        self.ended = False
        self.readouts: dict[End, list[dict]] = {end: [] for end in ends}
        self.started = time.perf_counter()

    def go(self) -> dict[End, Outcome]:
        """Train to the end; return an outcome for each cell."""
        *shorter, last = self.lengths
        self.trainer.until(last)
        self.callbacks.on_train_begin()
        if True in self.state.watches:
            self.state.watches[True].set_model(self.averaged)
            self.state.watches[True].on_train_begin()
        for length in shorter:
            self._train(self.training.trunk(length))
            self._aside(length)
        self._train(last)
        outcomes = {} if len(self.ends) == 1 else {end: self._judge(end) for end in self.ends}
        self._end(None if outcomes else next(iter(self.ends)))
        outcomes = outcomes or {end: self._judge(end) for end in self.ends}
        for end, outcome in outcomes.items():
            outcome.readouts.extend(self.readouts[end])
        return outcomes

    def _end(self, end: End | None) -> None:
        """End the training as `fit` does, with the weights of its one cell if it has one alone."""
        if end is None:  # early stopping would restore its weights once more
            self._dismiss()
        elif self.trainer.averages(end):
            self.trainer.optimizer.finalize_variable_values(self.model.trainable_variables)
        self.callbacks.on_train_end(self.logs)
        if end and end.stops and self._seen(end):
            self.state.watches[True].on_train_end()
        self.ended = True

    def _aside(self, length: int) -> None:
        """End the training after so many epochs as if that were its budget, judge it, and go back to where it was."""
        state, callbacks, stopping = self.state, self.callbacks.callbacks, self.model.stop_training
        # With a constant rate it stands there already, and a judgement leaves the weights as they are.
        trains = state.epoch < length and not state.over
        variables = self.trainer.variables if trains else []
        values = [variable.numpy() for variable in variables]
        self.state = state.copy()
        # Whoever else watches sees the training itself only.
        self.callbacks.callbacks = [watch for seen, watch in self.state.watches.items() if not seen]
        self.trainer.until(length)
        self._train(length)
        for end in self.ends:
            self.readouts[end].append(self._judge(end, whole=False).read_out(length))
        self.state, self.callbacks.callbacks, self.model.stop_training = state, callbacks, stopping
        self.trainer.until(self.lengths[-1])
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)

    def _seen(self, end: End) -> bool:
        """Return whether the early stopping of a cell sees averaged weights."""
        return end.averages and self.trainer.watches_averages

    def _dismiss(self) -> None:
        """Leave the training to the other callbacks."""
        self.callbacks.callbacks = [one for one in self.callbacks.callbacks if one is not self.state.watches.get(False)]

    def _train(self, until: int) -> None:
        """Train up to an epoch, unless the training is over before."""
        state = self.state
        while state.epoch < until and not state.over:
            self.callbacks.on_epoch_begin(state.epoch)
            recorded = self.others or state.epoch + 1 in self.kept
            logs = self.logs = self._epoch(recorded or False in state.watches)
            state.epoch += 1
            if recorded:
                for name, value in logs.items():
                    state.history.setdefault(name, []).append(value)
            self.callbacks.on_epoch_end(state.epoch - 1, logs)
            checked = self.trainer.task.curves if recorded else ("loss",)
            if not all(math.isfinite(logs[name]) for name in checked):
                state.reason, state.over = f"The loss was not finite in epoch {state.epoch}.", True
                return
            if self.model.stop_training:
                self._fire(False)
            if True in state.watches and self._averages_stop():
                self._fire(True)

    def _averages_stop(self) -> bool:
        """Let early stopping see the epoch with averaged weights, as it does behind Keras's `SwapEMAWeights`."""
        logs = self._logs(self.trainer._validate_averages(*self.data.validation).numpy(), "validation")
        told = {f"val_{name}": value for name, value in logs.items()}
        self.averaged.stop_training = False
        self.state.watches[True].on_epoch_end(self.state.epoch - 1, told)
        return self.averaged.stop_training

    def _fire(self, seen: bool) -> None:
        """Make the cells whose training ends here, and go on as if nothing was if another cell needs it."""
        state = self.state
        if len(self.ends) == 1 or seen not in state.watches:
            state.over = True
            return
        state.fired |= {end: self._judge(end) for end in self.ends if end.stops and self._seen(end) == seen}
        if not seen:
            self._dismiss()
            self.model.stop_training = False
        del state.watches[seen]
        state.over = set(state.fired) == self.ends

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

    @contextmanager
    def _weights(self, averages: bool, best: list | None) -> Iterator[None]:
        """Have averages of the weights in the model, or the best epoch's, and then again those that were there."""
        now = self.model.get_weights()
        if averages:
            self.trainer.optimizer.finalize_variable_values(self.model.trainable_variables)
        if best is not None:
            self.model.set_weights(best)
        yield
        self.model.set_weights(now)

    def _judge(self, end: End, whole: bool = True) -> Outcome:
        """Return the outcome of a cell that ends now, of which a read-out needs no predictions; weights stay."""
        state = self.state
        if end in state.fired:
            return state.fired[end]
        metrics, best_epoch, reason, told = dict.fromkeys(self.trainer.task.columns), 0, state.reason, None
        watch = state.watches[self._seen(end)] if end.stops else None
        if not reason:
            averages, best = self.trainer.averages(end), watch.best_weights if watch else None
            with self._weights(*((False, None) if self.ended else (averages, best))):
                found, told = self.trainer.judge(self.data), self._of_examples() if whole else None
            reason = fault(found, self.trainer.classes if self.trainer.task.name == "classification" else 2)
            if not reason:
                metrics, best_epoch = found, watch.best_epoch + 1 if watch else self._best_epoch()
        kept = state.history.items()
        return Outcome(
            status="diverged" if reason else "ok",
            metrics=metrics,
            epochs_run=state.epoch,
            best_epoch=best_epoch,
            seconds=time.perf_counter() - self.started,
            history={name: [value if math.isfinite(value) else None for value in values] for name, values in kept},
            reason=reason,
            predictions=None if reason else told,
        )

    def _of_examples(self) -> tuple[np.ndarray, np.ndarray] | None:
        """Return what the weights in the model say of the test examples, if the experiment stores it."""
        x, y = self.data.test
        return of_examples(self.trainer.predict(x), y.numpy()) if self.trainer.experiment.predictions else None

    def _best_epoch(self) -> int:
        """Return the epoch of the best monitored value, among those whose history is kept."""
        monitor = self.trainer.experiment.stopping.monitor
        values = np.asarray(self.state.history[monitor])
        best = int(values.argmax() if rises(self.trainer.experiment) else values.argmin())
        return best + 1 if self.others else kept(self.training.epochs)[best]
