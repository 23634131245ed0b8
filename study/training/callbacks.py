"""Which Keras callbacks a training has, which it cannot have, and who listens to what.

The only place where a factor becomes a callback. `run` calls them in `keras.Model.fit`'s order.
"""

from __future__ import annotations

import keras
import numpy as np

from study.design.arms import Arm
from study.design.settings import Experiment, KerasModel
from study.errors import StudyError
from study.training.hooks import hooked
from study.training.surgery.template import template

TRAIN_BATCHES = ("on_batch_begin", "on_batch_end", "on_train_batch_begin", "on_train_batch_end")
TEST_BATCHES = ("on_test_batch_begin", "on_test_batch_end")
TESTS = ("on_test_begin", "on_test_end", *TEST_BATCHES)
"""Hooks around batches and validation; they are called where a callback listens to one of them."""


def early_stopping(experiment: Experiment) -> keras.callbacks.EarlyStopping:
    """Return Keras's early stopping with the experiment's strength, restoring the best weights.

    Raises:
        StudyError: if it watches what a user's model does not give.
    """
    strength = experiment.stopping
    return keras.callbacks.EarlyStopping(
        monitor=strength.monitor,
        mode="max" if rises(experiment) else "min",
        patience=strength.patience,
        min_delta=strength.min_delta,
        start_from_epoch=strength.start_from_epoch,
        restore_best_weights=strength.restore,
    )


class Averaged:
    """What Keras's early stopping asks of a model, answered with averages in place of its trainable weights.

    Args:
        model: the model.
        optimizer: its optimizer, which averages.

    Attributes:
        stop_training: set by early stopping.
    """

    def __init__(self, model: keras.Model, optimizer: keras.optimizers.Optimizer) -> None:
        self.model, self.optimizer = model, optimizer
        self.stop_training = False

    def get_weights(self) -> list[np.ndarray]:
        """Return the averages, and what is not trained, in the model's order."""
        pairs = zip(self.model.trainable_variables, self.optimizer._model_variables_moving_average, strict=True)
        averages = {id(variable): average for variable, average in pairs}
        return [averages.get(id(variable), variable).numpy() for variable in self.model.weights]

    def set_weights(self, weights: list[np.ndarray]) -> None:
        """Set the model's weights."""
        self.model.set_weights(weights)


def rises(experiment: Experiment) -> bool:
    """Return whether more is better of what early stopping watches."""
    monitor = experiment.stopping.monitor
    if isinstance(experiment.model, KerasModel):
        return template(experiment.model).rises(monitor)
    return monitor == f"val_{experiment.model.judged.followed.name}"


def brought(experiment: Experiment, arm: Arm) -> list[keras.callbacks.Callback]:
    """Return the callbacks of the study's own factors, fresh.

    Raises:
        StudyError: if a hook returns something else.
    """
    found = []
    for factor, strength in hooked(experiment, arm, "callbacks"):
        made = factor.callbacks(strength)
        if not isinstance(made, (list, tuple)) or not all(isinstance(one, keras.callbacks.Callback) for one in made):
            raise StudyError(
                f"factor {factor.name!r}, callbacks: Expected a list of Keras callbacks. Received: {made!r}."
            )
        found += made
    return found


def refuse(callbacks: list[keras.callbacks.Callback], optimizer: keras.optimizers.Optimizer, switched: bool) -> None:
    """Refuse, by name, the callbacks that would not do here what they do under `fit`; `switched`: whether some arms
    average no weights.

    Raises:
        StudyError: if there is one.
    """
    for callback in callbacks:
        if isinstance(callback, keras.callbacks.BackupAndRestore):
            # It would give an arm the weights that another arm, or another seed, left in the folder.
            raise StudyError(
                "callbacks: Expected none that resumes a training. Received: BackupAndRestore. A study resumes by "
                "itself: `study run` keeps the cells that are done and trains the others from their start."
            )
        turns = isinstance(callback, (keras.callbacks.ReduceLROnPlateau, keras.callbacks.LearningRateScheduler))
        if turns and isinstance(optimizer._learning_rate, keras.optimizers.schedules.LearningRateSchedule):
            raise StudyError(
                "callbacks: Expected none that sets the learning rate, which follows training.schedule. Received: "
                f"{type(callback).__name__}. It can be used where training.schedule is 'constant'."
            )
        if isinstance(callback, keras.callbacks.SwapEMAWeights) and (switched or not optimizer.use_ema):
            without = "of which averaging is a factor" if switched else "which averages no weights"
            raise StudyError(
                "callbacks: Expected none that needs an optimizer with use_ema=True. Received: SwapEMAWeights, with "
                f"{type(optimizer).__name__}, {without}."
            )


def only_watches(callback: keras.callbacks.Callback) -> bool:
    """Return whether a callback says, by an attribute `only_watches = True`, that it changes nothing.

    Trainings whose callbacks all say so yield both cells, the one with early stopping and the one without; where
    others take part, each cell is a training of its own, since a callback may act on how its training ends.
    """
    return getattr(callback, "only_watches", False)


def listens(callbacks: list[keras.callbacks.Callback], hooks: tuple[str, ...]) -> bool:
    """Return whether a callback overrides one of some hooks."""
    default = keras.callbacks.Callback
    return any(
        getattr(getattr(callback, hook), "__func__", None) is not getattr(default, hook)
        for callback in callbacks
        for hook in hooks
    )
