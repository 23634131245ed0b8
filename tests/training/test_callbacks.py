"""Keras's callbacks, driven as `keras.Model.fit` drives them: each held against `fit` on the same batches."""

import csv

import numpy as np
import pytest
from conftest import write_tiny

from study.data.splits import split
from study.design import studyfile
from study.design.arms import parse_arm
from study.design.seeds import derive
from study.errors import StudyError

pytestmark = pytest.mark.usefixtures("tensorflow")

HOOKS = [
    f"on_{part}_{end}"
    for part in ("train", "epoch", "train_batch", "test", "test_batch", "predict", "predict_batch")
    for end in ("begin", "end")
]
NAMES = ("loss", "accuracy", "val_loss", "val_accuracy")


@pytest.fixture(scope="module")
def experiment(tmp_path_factory):
    """The tiny experiment with a smaller last batch, at a rate at which early stopping fires."""
    found = studyfile.load(str(write_tiny(tmp_path_factory.mktemp("callbacks")))).experiments["scans"]
    data = found.data.model_copy(update={"train": 50})
    training = found.training.model_copy(update={"epochs": 10, "learning_rate": 0.2})
    return found.model_copy(update={"data": data, "training": training})


@pytest.fixture(scope="module")
def data(experiment):
    from study.training.batches import Tensors

    return Tensors(split(experiment.data, 0))


@pytest.fixture(scope="module")
def arm(experiment):
    return made(experiment)


def made(experiment):
    from study.training.trainer import Trainer

    return Trainer(experiment, parse_arm("l2"), (8, 8, 1), 10)


def fitted(experiment, data, callbacks, stops=False, **optimizer):
    """Train by `fit`, from the same weights and on the same batches; return the model and its history."""
    import keras
    import tensorflow as tf

    from study.training.batches import batches
    from study.training.callbacks import early_stopping
    from study.training.networks import build

    model = build(experiment, parse_arm("l2"), 0, (8, 8, 1), 10)
    model.compile(
        keras.optimizers.Adam(experiment.training.learning_rate, **optimizer),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        jit_compile=False,
    )
    x, y, batch = data.split.x_train, data.split.y_train, experiment.training.batch

    def stream():
        rng = np.random.default_rng(derive(0, "order"))
        while True:
            order, rest = batches(rng, len(y), batch)
            yield from ((x[index], y[index]) for index in [*order, rest])

    kinds = tf.TensorSpec((None, 8, 8, 1), tf.float32), tf.TensorSpec((None,), tf.int32)
    history = model.fit(
        tf.data.Dataset.from_generator(stream, output_signature=kinds),
        steps_per_epoch=3,
        epochs=experiment.training.epochs,
        validation_data=(data.split.x_validation, data.split.y_validation),
        validation_batch_size=batch,
        callbacks=[*([early_stopping(experiment)] if stops else []), *callbacks],
        verbose=0,
    )
    return model, history.history


def held_against_fit(experiment, data, trainer, make, **optimizer):
    """Train each cell with the callbacks that `make(name)` makes anew: it is what its own `fit` leaves.

    Returns:
        The outcome of each cell.
    """
    from study.training.metrics import evaluate

    outcomes = {}
    for stops in (False, True):
        trainer.make_callbacks = lambda stops=stops: make(f"ours-{stops}")
        found = outcomes[stops] = trainer.train(data, 0, [stops])[stops]
        model, history = fitted(experiment, data, make(f"fit-{stops}"), stops, **optimizer)
        for name in NAMES:
            np.testing.assert_allclose(found.history[name], history[name], rtol=1e-4, atol=1e-5, err_msg=name)
        for ours, theirs in zip(trainer.model.get_weights(), model.get_weights(), strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-4)
        theirs = evaluate(model.predict(data.split.x_test, verbose=0), data.split.y_test)
        assert found.metrics["test_nll"] == pytest.approx(theirs["nll"], rel=1e-4)
    return outcomes


def recorder():
    """Return a callback that listens to every hook, and the list of what it was told."""
    import keras

    told = []

    def hook(name):
        def called(self, *words, logs=None):
            *words, logs = words if logs is None else (*words, logs)
            told.append((name, *words, dict(logs)))

        return called

    return type("Recorder", (keras.callbacks.Callback,), {name: hook(name) for name in HOOKS})(), told


@pytest.mark.parametrize("stops", [False, True])
def test_calls_and_logs_are_those_of_fit(experiment, data, arm, stops):
    (ours, mine), (theirs, other) = recorder(), recorder()
    arm.make_callbacks = lambda: [ours]
    outcome = arm.train(data, 0, [stops])[stops]
    fitted(experiment, data, [theirs], stops)
    assert (outcome.epochs_run < experiment.training.epochs) == stops, "early stopping fires in the cell that has it"
    assert ours.params == theirs.params == {"verbose": 0, "epochs": 10, "steps": 3}
    assert [call[:-1] for call in mine] == [call[:-1] for call in other] and len(mine) == 2 + 16 * outcome.epochs_run
    assert not any("predict" in call[0] for call in mine), "nor does fit call these"
    for (*call, logs), (*_, wanted) in zip(mine, other, strict=True):
        assert list(logs) == list(wanted), call
        np.testing.assert_allclose(list(logs.values()), list(wanted.values()), rtol=1e-5, atol=1e-5, err_msg=str(call))


def test_hooks_around_validation_are_called_between_compiled_epochs(experiment, data, arm):
    import keras

    class Tests(keras.callbacks.Callback):
        def on_test_begin(self, logs=None):
            told.append("begin")

        def on_test_end(self, logs=None):
            told.append(round(logs["loss"], 5))

    told = []
    arm.make_callbacks = list
    plain = arm.train(data, 0, [False])[False]
    arm.make_callbacks = lambda: [Tests()]
    found = arm.train(data, 0, [False])[False]
    np.testing.assert_allclose(found.history["loss"], plain.history["loss"], rtol=1e-6)
    assert told[::2] == ["begin"] * 10
    np.testing.assert_allclose(told[1::2], plain.history["val_loss"], atol=1e-5)


def halving(epoch, rate):
    return 0.2 / (1 + epoch)


def make_callback(kind, folder, name):
    """Return fresh callbacks of a kind, which may write into a folder, under a name."""
    import keras

    class Stops(keras.callbacks.Callback):
        def __init__(self, hook, at):
            super().__init__()
            setattr(self, hook, lambda number, logs=None: self.stop(number == at))

        def stop(self, now):
            self.model.stop_training |= now

    class Averages(keras.callbacks.Callback):
        """Ends with the mean of all epochs' weights, whoever ended the training."""

        def on_train_begin(self, logs=None):
            self.seen = []

        def on_epoch_end(self, epoch, logs=None):
            self.seen.append(self.model.get_weights())

        def on_train_end(self, logs=None):
            self.model.set_weights([np.mean(each, axis=0) for each in zip(*self.seen)])

    class Evaluates(keras.callbacks.Callback):
        """Lowers the rate where the model's own `evaluate` says that the loss is low."""

        def on_epoch_end(self, epoch, logs=None):
            found = self.model.evaluate(*X_Y, verbose=0, return_dict=True)
            assert found["loss"] == pytest.approx(logs["val_loss"], rel=1e-4)
            if found["accuracy"] > 0.3:
                self.model.optimizer.learning_rate = 0.02

    callbacks = keras.callbacks
    return {
        "LearningRateScheduler": lambda: callbacks.LearningRateScheduler(halving),
        "ReduceLROnPlateau": lambda: callbacks.ReduceLROnPlateau(patience=1, factor=0.5),
        "TerminateOnNaN": lambda: callbacks.TerminateOnNaN(),
        "ModelCheckpoint": lambda: callbacks.ModelCheckpoint(
            f"{folder}/{name}.keras", monitor="val_accuracy", save_best_only=True
        ),
        "LambdaCallback": lambda: callbacks.LambdaCallback(
            on_test_end=lambda logs: None, on_train_batch_end=lambda batch, logs: None
        ),
        "CSVLogger": lambda: callbacks.CSVLogger(f"{folder}/{name}.csv"),
        "EarlyStopping": lambda: callbacks.EarlyStopping(monitor="loss", patience=1, restore_best_weights=True),
        "TensorBoard": lambda: callbacks.TensorBoard(f"{folder}/{name}", update_freq="batch"),
        "Stops where early stopping fires": lambda: Stops("on_epoch_end", FIRED - 1),
        "Stops in mid-epoch": lambda: Stops("on_train_batch_end", 1),
        "Stops before the first step": lambda: Stops("on_epoch_begin", 0),
        "Averages": lambda: Averages(),
        "Evaluates": lambda: Evaluates(),
    }[kind]()


KINDS = (
    "LearningRateScheduler",
    "ReduceLROnPlateau",
    "TerminateOnNaN",
    "ModelCheckpoint",
    "LambdaCallback",
    "CSVLogger",
    "EarlyStopping",
    "TensorBoard",
    "Stops where early stopping fires",
    "Stops in mid-epoch",
    "Stops before the first step",
    "Averages",
    "Evaluates",
)
FIRED, X_Y = 0, ()


@pytest.fixture(scope="module", autouse=True)
def known(experiment, data, arm):
    """Note in which epoch early stopping fires if nothing else takes part."""
    global FIRED, X_Y
    arm.make_callbacks = list
    FIRED = arm.train(data, 0, [True])[True].epochs_run
    X_Y = data.split.x_validation, data.split.y_validation
    assert 2 < FIRED < experiment.training.epochs


@pytest.mark.parametrize("kind", KINDS)
def test_both_cells_are_what_fit_leaves(experiment, data, arm, tmp_path, kind):
    outcomes = held_against_fit(experiment, data, arm, lambda name: [make_callback(kind, tmp_path, name)])
    epochs = {stops: found.epochs_run for stops, found in outcomes.items()}
    if kind == "Stops where early stopping fires":
        assert epochs == {False: FIRED, True: FIRED}
        assert outcomes[True].metrics != outcomes[False].metrics, "only one of them goes back to its best epoch"
    elif kind == "EarlyStopping":
        assert epochs[False] < 10 and outcomes[False].metrics["val_nll"] != outcomes[False].history["val_loss"][-1]
    elif kind.startswith("Stops"):
        assert epochs == {False: 1, True: 1}
    elif kind == "ModelCheckpoint":
        import keras

        for stops in (False, True):
            ours, theirs = (keras.saving.load_model(tmp_path / f"{who}-{stops}.keras") for who in ("ours", "fit"))
            for one, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
                np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-4)
    elif kind == "CSVLogger":
        for stops in (False, True):
            ours, theirs = (
                list(csv.reader((tmp_path / f"{who}-{stops}.csv").read_text().splitlines())) for who in ("ours", "fit")
            )
            assert ours[0] == theirs[0] and len(ours) == 1 + epochs[stops]
            np.testing.assert_allclose(np.float64(ours[1:]), np.float64(theirs[1:]), rtol=1e-4)
    # Asked for together, the cells are the same two.
    together = arm.train(data, 0)
    for stops, found in outcomes.items():
        assert (together[stops].metrics, together[stops].history) == (found.metrics, found.history)
        assert together[stops].epochs_run == found.epochs_run


def test_swapped_averages_are_those_of_fit(experiment, data, monkeypatch):
    import keras

    from study.training import trainer

    real = trainer.optimizer
    monkeypatch.setattr(trainer, "optimizer", lambda *words: real(*words, use_ema=True, ema_momentum=0.8))
    averaged = made(experiment)
    kinds = (dict(swap_on_epoch=False), dict(swap_on_epoch=True))
    for options in kinds:
        held_against_fit(
            experiment, data, averaged, lambda name: [keras.callbacks.SwapEMAWeights(**options)],
            use_ema=True, ema_momentum=0.8,
        )  # fmt: skip


def test_a_loss_that_is_not_finite_ends_the_training_as_under_fit(experiment, data):
    import keras

    wild = experiment.training.model_copy(update={"learning_rate": 1e30})
    wild = experiment.model_copy(update={"training": wild})
    trainer, (ours, mine), (theirs, other) = made(wild), recorder(), recorder()
    trainer.make_callbacks = lambda: [keras.callbacks.TerminateOnNaN(), ours]
    assert trainer.train(data, 0, [False])[False].status == "diverged"
    fitted(wild, data, [keras.callbacks.TerminateOnNaN(), theirs])
    assert [call[:-1] for call in mine] == [call[:-1] for call in other] and mine[-1][0] == "on_train_end"


def test_what_cannot_be_driven_is_refused_by_name_before_training(data, arm, tmp_path):
    import keras

    for callback in (keras.callbacks.BackupAndRestore(tmp_path / "b"), keras.callbacks.SwapEMAWeights()):
        told = []
        other = keras.callbacks.LambdaCallback(on_train_begin=told.append)
        arm.make_callbacks = lambda: [other, callback]
        with pytest.raises(StudyError, match=f"Expected .* Received: {type(callback).__name__}"):
            arm.train(data, 0)
        assert not told and not (tmp_path / "b").exists()


def test_a_callback_that_only_watches_leaves_the_training_shared(data, arm):
    import keras

    class Watches(keras.callbacks.Callback):
        only_watches = True

        def on_train_begin(self, logs=None):
            begun.append(1)

    for trainings in (1, 2):
        begun = []
        Watches.only_watches = trainings == 1
        arm.make_callbacks = lambda: [Watches()]
        arm.train(data, 0)
        assert len(begun) == trainings
