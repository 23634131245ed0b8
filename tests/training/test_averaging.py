"""Averaged weights are read off a training: they, and what early stopping makes of them, are `fit`'s with `use_ema`."""

import numpy as np
import pytest
from own_factors import study_with

from study.data.splits import split
from study.design import studyfile
from study.design.arms import End, arms_of, parse_arm, trajectories_of
from study.design.seeds import derive

pytestmark = pytest.mark.usefixtures("tensorflow")

HEAD = 'factors = ["dropout", "l2", "batchnorm", "augmentation", "earlystopping", "averaging"]'
ENDS = [End(stops, averages) for stops in (False, True) for averages in (False, True)]


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return studyfile.load(str(study_with(tmp_path_factory.mktemp("averaging"), HEAD, "averaging = { momentum = 0.8 }")))


@pytest.fixture(scope="module")
def experiment(study):
    """The tiny experiment, at a rate at which early stopping fires."""
    found = study.experiments["scans"]
    return found.model_copy(update={"training": found.training.model_copy(update=RATE)})


RATE = {"epochs": 40, "learning_rate": 0.1, "readouts": (0.25, 0.5)}


@pytest.fixture(scope="module")
def data(experiment):
    from study.training.batches import Tensors

    return Tensors(split(experiment.data, 0))


def made(experiment, study, arm="none"):
    from study.training.trainer import Trainer

    return Trainer(experiment, parse_arm(arm, study.factors), (8, 8, 1), 10)


def fitted(experiment, data, arm, end):
    """Train by `fit`, from the same weights and on the same batches; return the model's weights."""
    import keras
    import tensorflow as tf

    from study.training.batches import batches
    from study.training.callbacks import early_stopping
    from study.training.networks import build

    model = build(experiment, arm, 0, (8, 8, 1), 10)
    model.compile(
        keras.optimizers.Adam(experiment.training.learning_rate, use_ema=end.averages, ema_momentum=0.8),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        jit_compile=False,
    )
    x, y, batch = data.split.x_train, data.split.y_train, experiment.training.batch

    def stream():
        rng = np.random.default_rng(derive(0, "order"))
        while True:
            yield from ((x[index], y[index]) for index in batches(rng, len(y), batch)[0])

    kinds = tf.TensorSpec((None, 8, 8, 1), tf.float32), tf.TensorSpec((None,), tf.int32)
    watching = [keras.callbacks.SwapEMAWeights(swap_on_epoch=True)] if end.averages else []
    history = model.fit(
        tf.data.Dataset.from_generator(stream, output_signature=kinds),
        steps_per_epoch=3,
        epochs=experiment.training.epochs,
        validation_data=(data.split.x_validation, data.split.y_validation),
        callbacks=[*watching, early_stopping(experiment)] if end.stops else [],
        verbose=0,
    )
    return model, history.history


@pytest.mark.parametrize("name, epochs, rate", [("none", 40, 0.1), ("dropout+l2+batchnorm", 3, 0.01)])
def test_each_of_four_cells_of_one_training_is_that_of_fit(study, experiment, data, name, epochs, rate):
    from study.training.metrics import evaluate

    training = experiment.training.model_copy(update={"epochs": epochs, "learning_rate": rate})
    experiment = experiment.model_copy(update={"training": training})
    trainer = made(experiment, study, name)
    found, fired = trainer.cells(data, 0, ENDS), {}
    for end, outcome in found.items():
        model, history = fitted(experiment, data, trainer.arm, end)
        theirs = evaluate(model.predict(data.split.x_test, verbose=0), data.split.y_test)
        assert outcome.metrics["test_accuracy"] == pytest.approx(theirs["accuracy"], abs=1e-5)
        assert outcome.metrics["test_nll"] == pytest.approx(theirs["nll"], rel=1e-5)
        assert outcome.epochs_run == len(history["loss"])
        fired[end] = outcome.epochs_run < experiment.training.epochs
    if name == "none":
        assert fired == {end: end.stops for end in ENDS}
        epochs = {end: outcome.best_epoch for end, outcome in found.items()}
        assert epochs[End(True, False)] != epochs[End(True, True)], "the two watch different losses"
        assert len({outcome.metrics["test_nll"] for outcome in found.values()}) == 4


def test_what_is_read_off_together_is_what_each_training_yields_alone(study, experiment, data):
    trainer = made(experiment, study, "batchnorm+augmentation")
    together = trainer.cells(data, 0, ENDS, readouts=True)
    trainer.cells(data, 1, ENDS)
    for end in ENDS:
        [alone] = trainer.cells(data, 0, [end], readouts=True).values()
        for name in ("metrics", "epochs_run", "best_epoch", "history", "readouts"):
            if name != "history" or not end.stops:
                assert getattr(alone, name) == getattr(together[end], name), (end, name)
        left = trainer.judge(data)
        assert left == alone.metrics, "the model is left with the weights that the cell was judged with"


def test_a_read_out_is_a_training_of_that_length(study, experiment, data):
    cooled = experiment.training.model_copy(update={"schedule": "cooled", "epochs": 40})
    found = made(experiment.model_copy(update={"training": cooled}), study).cells(data, 0, ENDS, readouts=True)
    for number, length in enumerate([10, 20]):
        shorter = cooled.model_copy(update={"epochs": length, "readouts": ()})
        for end, outcome in (
            made(experiment.model_copy(update={"training": shorter}), study).cells(data, 0, ENDS).items()
        ):
            assert found[end].readouts[number]["metrics"] == outcome.metrics, (length, end)
            assert found[end].readouts[number]["best_epoch"] == outcome.best_epoch


def test_sixty_four_arms_are_sixteen_trainings(study):
    arms = arms_of(study)
    assert len(arms) == 64 and len(trajectories_of(arms)) == 16
    assert {arm.end for arm in arms} == set(ENDS)


def test_losses_are_those_of_a_training_without_averages(study, experiment, data):
    trainer = made(experiment, study)
    with_averages, without = trainer.cells(data, 0, ENDS), trainer.cells(data, 0, [End()])
    assert with_averages[End()].history == without[End()].history
    assert with_averages[End()].metrics == without[End()].metrics
