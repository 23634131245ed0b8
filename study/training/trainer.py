"""One arm's network, built and traced once, and trained under any seed.

The only place where a factor changes the loss. An epoch is one `tf.function` over tensors in memory; `run` drives it,
and Keras's callbacks between.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf

from study.design.arms import Arm, End
from study.design.factors import AVERAGING
from study.design.seeds import derive
from study.design.settings import Experiment, KerasModel
from study.training.batches import Tensors, pixels
from study.training.callbacks import brought, only_watches, refuse, rises
from study.training.hooks import hooked, mix
from study.training.labels import RIGHT, as_they_are, loss_and_targets
from study.training.metrics import judge
from study.training.networks import build
from study.training.optimizers import Cooled, alone, optimizer, rate, settings
from study.training.outcome import Outcome
from study.training.run import Run
from study.training.surgery import operate
from study.training.surgery.template import template

CHUNK = 1000
"""Examples a forward pass; bounds the memory of evaluation."""


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
        averaged = Arm.of({*self.arm.factors, AVERAGING}, arm.known)  # if it is a factor; which are judged is read off
        self.model = self._build(seed=0)
        training = experiment.training
        self.rate = None
        self.task, self.metric = experiment.model.judged, None
        if isinstance(experiment.model, KerasModel):
            found = template(experiment.model)
            self.make_callbacks = callbacks or found.callbacks
            self.optimizer = alone(operate.optimizer(found, experiment, averaged))
            self._loss = operate.loss(found, experiment, self.arm)
            self.targets, self.logits, self.inputs = found.answers.targets, found.answers.logits, found.inputs
            if given := found.metrics.get(experiment.model.metric):
                self.metric = type(given).from_config(given.get_config())
        else:
            self.rate = rate(training, math.ceil(experiment.data.train / training.batch))
            self.optimizer = optimizer(training.optimizer, self.rate, **settings(experiment, averaged))
            self._loss, self.targets = loss_and_targets(experiment, self.arm, classes)
            self.logits = self.inputs = as_they_are
        self.averaging = AVERAGING in arm.known.names
        self.mixed = hooked(experiment, self.arm, "batch")
        self.generators = {factor.name: keras.random.SeedGenerator(0) for factor, _ in self.mixed}
        rises(experiment)  # refuses what early stopping cannot watch
        self._watched = self._watched_metrics()
        self.compiled = {part: self._fresh_metrics() for part in ("train", "validation")}
        self.optimizer.build(self.model.trainable_variables)
        self._fresh_optimizer = [variable.numpy() for variable in self.optimizer.variables]
        self._compile()
        self._ready = False

    def _watched_metrics(self) -> dict[str, keras.metrics.Metric]:
        """Return the metrics that the model was compiled with, if anybody may look at them: callbacks, or early
        stopping that watches one."""
        if not isinstance(self.experiment.model, KerasModel):
            return {}
        found, monitor = template(self.experiment.model).compiled, self.experiment.stopping.monitor
        return found if monitor.removeprefix("val_") in found or found and self.make_callbacks() else {}

    def _fresh_metrics(self) -> dict[str, keras.metrics.Metric]:
        made = {name: type(metric).from_config(metric.get_config()) for name, metric in self._watched.items()}
        for name, metric in made.items():
            metric.name = name
        return made

    def _build(self, seed: int) -> keras.Model:
        return build(self.experiment, self.arm, seed, self.sample, self.classes)

    def _compile(self) -> None:
        """Trace nothing yet; make the functions that will be traced at their first call."""
        model, optimizer, loss = self.model, self.optimizer, self._loss
        variables = model.trainable_variables
        own, mixed, generators = hooked(self.experiment, self.arm, "loss"), self.mixed, self.generators
        targets, logits_of, inputs, right = self.targets, self.logits, self.inputs, RIGHT[self.task.name]
        compiled, classification = self.compiled, self.task.name == "classification"

        def value(y, wanted, outputs, weights=None):
            total = loss(wanted, outputs, weights)
            for factor, strength in own:
                total = factor.loss(total, y, logits_of(outputs), strength)
            return total

        def compiled_loss(y, outputs):
            # Keras makes numbers of labels.
            y = tf.cast(tf.reshape(y, [-1]), tf.int32) if classification else y
            return value(y, targets(y), outputs)

        def objective(x, y, training):
            y, *weights = y if isinstance(y, tuple) else (y,)
            x, wanted = inputs(pixels(x)), targets(y)
            if training and mixed:
                for factor, strength in mixed:
                    x, wanted = mix(factor, strength, x, wanted, generators[factor.name])
                y = tf.argmax(wanted, 1, tf.int32)
            outputs = model(x, training=training)
            total = value(y, wanted, outputs, *weights)
            total += sum(model.losses)
            for metric in compiled["train" if training else "validation"].values():
                metric.update_state(wanted, outputs)
            return total, tf.reduce_sum(right(y, logits_of(outputs)))

        def step(x, y, index, sums):
            x, y = tf.gather(x, index), tf.nest.map_structure(lambda each: tf.gather(each, index), y)
            with tf.GradientTape() as tape:
                value, total = objective(x, y, training=True)
            optimizer.apply(tape.gradient(value, variables), variables)
            size = tf.cast(tf.shape(index)[0], tf.float32)
            return sums + tf.stack([value * size, total])

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
                value, total = objective(part, labels, training=False)
                sums += tf.stack([value * part.shape[0], total])
            return sums / x.shape[0]

        @tf.function
        def validate_averages(x, y):
            now = [tf.identity(variable.value) for variable in variables]
            optimizer.finalize_variable_values(variables)
            found = validate(x, y)
            [variable.assign(value) for variable, value in zip(variables, now)]
            return found

        @tf.function
        def epoch(x, y, order, rest, x_validation, y_validation):
            sums = steps(x, y, order)
            if rest.shape[0]:
                sums = step(x, y, rest, sums)
            return tf.concat([sums / x.shape[0], validate(x_validation, y_validation)], 0)

        @tf.function
        def logits(x):
            return logits_of(model(inputs(pixels(x)), training=False))

        self._steps, self._validate, self._epoch, self._logits = steps, validate, epoch, logits
        self._validate_averages = validate_averages
        self.objective = objective
        self._compiled_loss = compiled_loss if own or targets is not as_they_are else loss

    def ready(self, data: Tensors) -> None:
        """Let callbacks find what they find under `fit`: a compiled model whose metrics have names."""
        if self._ready:
            return
        metrics = {
            "classification": "accuracy",
            "multilabel": keras.metrics.BinaryAccuracy(name="accuracy"),
            "regression": keras.metrics.R2Score(name="r2"),
        }
        self.model.compile(
            self.optimizer,
            loss=self._compiled_loss,
            metrics=[metrics[self.task.name], *self._fresh_metrics().values()],
            jit_compile=False,
        )
        x, y = (part[:1] for part in data.validation)
        outputs = self.model(self.inputs(pixels(x)), training=False)
        self.model.compute_loss(x, y, outputs)
        self.model.compute_metrics(x, y, outputs)
        self._ready = True

    def reset(self, seed: int) -> None:
        """Set weights, random states and optimizer to what they are before a seed's first step."""
        for variable, fresh in zip(self.model.variables, self._build(seed).variables, strict=True):
            variable.assign(fresh)
        for variable, fresh in zip(self.optimizer.variables, self._fresh_optimizer, strict=True):
            variable.assign(fresh)
        for name, generator in self.generators.items():
            generator.state.assign(keras.random.SeedGenerator(derive(seed, name, "batch")).state)
        self.until(self.experiment.training.epochs)
        self.model.stop_training = False

    def until(self, length: int) -> None:
        """Let the learning rate fall as in a training of so many epochs, if it falls at all."""
        if isinstance(self.rate, Cooled):
            self.rate.until(length)

    @property
    def variables(self) -> list[keras.Variable]:
        """Whatever a training changes."""
        return [*self.model.variables, *self.optimizer.variables, *(each.state for each in self.generators.values())]

    @property
    def watches_averages(self) -> bool:
        """Whether early stopping beside averaging sees averages; with a user's Keras model it sees what `fit` shows."""
        return self.averaging and not isinstance(self.experiment.model, KerasModel)

    def averages(self, end: End) -> bool:
        """Return whether a cell's training ends with averages of its weights."""
        return end.averages if self.averaging else self.optimizer.use_ema

    def train(
        self, data: Tensors, seed: int, stops: Sequence[bool] = (False, True), readouts: bool = False
    ) -> dict[bool, Outcome]:
        """Train once and read off the cells without (False) and with (True) early stopping, as `cells` does."""
        return {end.stops: each for end, each in self.cells(data, seed, [*map(End, stops)], readouts).items()}

    def cells(self, data: Tensors, seed: int, ends: Sequence[End], readouts: bool = False) -> dict[End, Outcome]:
        """Train once and read off an arm's cells.

        Args:
            data: the seed's examples.
            seed: the block's seed.
            ends: which cells to yield. Where all of them stop early, training ends when early stopping has fired.
            readouts: whether to judge it on the way too: see `budget.Training`.

        Returns:
            An outcome for each of `ends`.

        Raises:
            StudyError: if a callback cannot be driven here as `fit` would.
        """
        lengths = self.experiment.training.lengths if readouts else [self.experiment.training.epochs]
        others = self.callbacks()
        if all(map(only_watches, others)) and not self.optimizer.ema_overwrite_frequency:
            return self._run(data, seed, ends, lengths, others)
        # A callback may act on how its training ends: each cell, and each read-out, is a training of its own.
        found = {}
        for end in sorted(ends, reverse=True):
            *shorter, found[end] = (self._run(data, seed, [end], [length], self.callbacks())[end] for length in lengths)
            found[end].readouts.extend(each.read_out(length) for length, each in zip(lengths, shorter))
        return found

    def callbacks(self) -> list[keras.callbacks.Callback]:
        """Return a training's callbacks besides early stopping, fresh; raises `StudyError` if one cannot be driven."""
        others = [*self.make_callbacks(), *brought(self.experiment, self.arm)]
        refuse(others, self.optimizer, self.averaging)
        return others

    def _run(self, data: Tensors, seed: int, ends, lengths: list[int], others: list) -> dict[End, Outcome]:
        averages = any(map(self.averages, ends))
        if averages != self.optimizer.use_ema:  # which is looked at when a function is traced
            self.optimizer.use_ema = averages
            self._compile()
        self.reset(seed)
        if others:
            self.ready(data)
        return Run(self, data, seed, set(ends), lengths, others).go()

    def predict(self, x) -> np.ndarray:
        """Return the logits at inference, shape (examples, classes), for `x`, (examples, *sample)."""
        parts = [self._logits(x[start : start + CHUNK]) for start in range(0, len(x), CHUNK)]
        return np.concatenate([part.numpy() for part in parts])

    def judge(self, data: Tensors) -> dict[str, float]:
        """Return the cell's metrics with the weights the model has now."""
        found = {}
        for prefix, (x, y) in (("test", data.test), ("val", data.validation), ("train", data.train)):
            y = y[0] if isinstance(y, tuple) else y
            judged = judge(self.predict(x), y.numpy(), self.task.name)
            if self.metric is not None:
                judged[self.task.measures[0].name] = self._by_metric(x, y)
            found |= {f"{prefix}_{k}": v for k, v in judged.items()}
        return {name: found[name] for name in self.task.columns}

    def _by_metric(self, x: tf.Tensor, y: tf.Tensor) -> float:
        """Return the compiled metric that decides; of one a class their mean, as Keras has it."""
        self.metric.reset_state()
        for start in range(0, len(x), CHUNK):
            outputs = self.model(self.inputs(pixels(x[start : start + CHUNK])), training=False)
            self.metric.update_state(self.targets(y[start : start + CHUNK]), outputs)
        return float(np.mean(self.metric.result()))
