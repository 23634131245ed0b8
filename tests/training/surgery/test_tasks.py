"""Models that give values or labels, take several inputs or weigh their examples: trained and judged as Keras does."""

import numpy as np
import pytest
import users_tasks
from conftest import looked_into
from users_tasks import NAMES, WAYS

from study.cli import models
from study.data.splits import draw
from study.design import studyfile
from study.design.arms import Arm
from study.design.seeds import derive
from study.errors import StudyError

pytestmark = pytest.mark.usefixtures("tensorflow")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The models, and the study file that `init` writes of each."""
    place = tmp_path_factory.mktemp("tasks")
    users_tasks.write(place)
    looked_into(place, {name: (f"tasks_models:{name}", f"tasks_data:{name}") for name in NAMES})
    return place


def opened(folder, name, **model):
    found = studyfile.load(str(folder / f"{name}.toml"))
    experiment = found.experiments[name]
    changed = experiment.model.model_copy(update=model)
    return found, experiment.model_copy(update={"model": changed})


@pytest.fixture(params=NAMES)
def given(folder, request):
    return request.param, *opened(folder, request.param)


def trained(found, experiment):
    from study.training.batches import Tensors
    from study.training.trainer import Trainer

    data = draw(experiment.data, 0)
    trainer = Trainer(experiment, Arm.of(found.factors.names, found.factors), data.x_train.shape[1:], data.classes)
    return trainer, data, trainer.train(Tensors(data), 0, [False])[False]


def test_init_reads_the_task_off_the_loss(folder):
    tasks = {name: opened(folder, name)[1].model.task for name in NAMES}
    assert tasks == {"values": "regression", "labels": "multilabel", "two_inputs": "classification"}


def test_it_trains_as_fit_does(given):
    """From the same weights and on the same batches, weights of examples among them, losses are `fit`'s."""
    import keras
    import tensorflow as tf

    from study.training.batches import batches
    from study.training.networks import build
    from study.training.surgery import operate
    from study.training.surgery.template import template

    name, study, experiment = given
    trainer, data, outcome = trained(study, experiment)
    found, arm = template(experiment.model), Arm.of(study.factors.names, study.factors)
    keras.utils.clear_session()
    model = build(experiment, arm, 0, data.x_train.shape[1:], data.classes)
    model.compile(operate.optimizer(found, experiment, arm), operate.loss(found, experiment, arm), jit_compile=False)
    weights = np.ones(len(data.x_train), np.float32) if data.w_train is None else data.w_train
    assert (data.w_train is not None) == (name == "two_inputs")
    rng = np.random.default_rng(derive(0, "order"))
    losses = []
    for _ in range(3):
        order, rest = batches(rng, len(data.x_train), 25)
        total = 0.0
        for index in [*order, rest]:
            x = found.inputs(tf.constant(data.x_train[index]))
            y = found.answers.targets(tf.constant(data.y_train[index]))
            total += len(index) * float(model.train_on_batch(x, y, sample_weight=tf.constant(weights[index])))
            model.reset_metrics()
        losses.append(total / len(data.x_train))
    # What Keras reports of a weighted batch is over the sum of its weights; what it trains on is over the examples.
    if data.w_train is None:
        np.testing.assert_allclose(outcome.history["loss"], losses, rtol=1e-5)
    own = model(found.inputs(tf.constant(data.x_test)), training=False)
    np.testing.assert_allclose(trainer.predict(data.x_test), trainer.logits(own), atol=1e-5)


def test_values_are_judged_by_the_variance_explained(folder):
    trainer, data, outcome = trained(*opened(folder, "values"))
    errors = trainer.predict(data.x_test) - data.y_test
    spread = data.y_test - data.y_test.mean(0)
    assert list(outcome.metrics) == ["test_r2", "test_rmse", "val_r2", "val_rmse", "train_r2", "train_rmse"]
    assert outcome.metrics["test_r2"] == pytest.approx(1 - (errors**2).sum() / (spread**2).sum())
    assert outcome.metrics["test_rmse"] == pytest.approx(np.sqrt((errors**2).mean()))
    assert outcome.history["val_r2"][-1] == pytest.approx(outcome.metrics["val_r2"], abs=1e-5)
    assert set(outcome.history) == {"loss", "r2", "val_loss", "val_r2"}


def test_labels_are_judged_one_by_one(folder):
    trainer, data, outcome = trained(*opened(folder, "labels"))
    right = (trainer.predict(data.x_test) > 0) == (data.y_test > 0)
    assert outcome.metrics["test_accuracy"] == pytest.approx(right.mean())
    assert outcome.history["val_accuracy"][-1] == pytest.approx(outcome.metrics["val_accuracy"], abs=1e-6)


@pytest.mark.parametrize("name,metric", [("labels", "auc"), ("two_inputs", "auc"), ("values", "mean_absolute_error")])
def test_a_compiled_metric_decides_where_it_is_named(folder, name, metric):
    import keras
    import tensorflow as tf

    found, experiment = opened(folder, name, metric=metric)
    trainer, data, outcome = trained(found, experiment)
    assert next(iter(outcome.metrics)) == f"test_{metric}"
    outputs = trainer.model(trainer.inputs(tf.constant(data.x_test)), training=False)
    kinds = {"auc": keras.metrics.AUC, "mean_absolute_error": keras.metrics.MeanAbsoluteError}
    judge = kinds[metric](**({"from_logits": True} if name == "two_inputs" else {}))
    judge.update_state(trainer.targets(tf.constant(data.y_test)), outputs)
    assert outcome.metrics[f"test_{metric}"] == pytest.approx(float(judge.result()), abs=1e-6)


def test_inputs_come_apart_as_the_model_takes_them(folder):
    import tensorflow as tf

    from study.training.surgery.template import template

    _, experiment = opened(folder, "two_inputs")
    data = draw(experiment.data, 0)
    apart = template(experiment.model).inputs(tf.constant(data.x_train[:7]))
    assert {name: (each.shape, each.dtype) for name, each in apart.items()} == {
        "numbers": ((7, 5), tf.float32),
        "place": ((7, 1), tf.int32),
    }
    assert set(np.unique(apart["place"])) <= set(range(4)) and data.w_train.min() >= 1


def test_classes_may_weigh_differently(folder):
    found, experiment = opened(folder, "two_inputs")
    plain = draw(experiment.data, 0)
    weighed = draw(experiment.data.model_copy(update={"class_weight": (1.0, 3.0)}), 0)
    np.testing.assert_array_equal(weighed.w_train, plain.w_train * np.where(plain.y_train == 1, 3.0, 1.0))


@pytest.mark.parametrize(
    "name,change,words",
    [
        ("values", {"task": "classification"}, "Expected the task 'regression', as its loss 'huber"),
        ("labels", {"metric": "recall"}, "compiled metric.*'recall'.*auc"),
        ("two_inputs", {"task": "multilabel"}, "Expected the task 'classification'"),
    ],
)
def test_what_the_model_is_not_is_refused(folder, name, change, words):
    with pytest.raises(StudyError, match=words):
        trained(*opened(folder, name, **change))


@pytest.mark.parametrize("way", [*WAYS[:2], *(pytest.param(way, marks=pytest.mark.slow) for way in WAYS[2:])])
def test_callbacks_are_driven_as_fit_drives_them(folder, monkeypatch, way):
    """Each sees, under `fit` and here, the same numbers in the same epochs, those of a compiled metric among them."""
    import keras
    import tensorflow as tf

    from study.training.batches import Tensors, batches
    from study.training.callbacks import early_stopping
    from study.training.networks import build
    from study.training.surgery import operate
    from study.training.surgery.template import template
    from study.training.trainer import Trainer

    monkeypatch.chdir(folder)
    monkeypatch.setattr(models, "_apart", models._looking)
    name = f"labels_{way}"
    if not (folder / f"{name}.toml").exists():
        models.write(
            "tasks_models:labels", "tasks_data:labels", None, f"tasks_models:{way}", (), folder / f"{name}.toml", 6, 25
        )
    found, experiment = opened(folder, name)
    arm, own, seen = Arm.of(found.factors.names, found.factors), template(experiment.model), {"here": [], "fit": []}

    def watch(where):
        # A copy of all that callbacks are told, and the learning rate that they may have set.
        rate = lambda each: float(each.model.optimizer.learning_rate)
        told = keras.callbacks.Callback()
        told.on_epoch_end = lambda epoch, logs=None: seen[where].append({**logs, "rate": rate(told)})
        return told

    data = draw(experiment.data, 0)
    trainer = Trainer(experiment, arm, (6,), 3, lambda: [*own.callbacks(), watch("here")])
    outcome = trainer.cells(Tensors(data), 0, [arm.end])[arm.end]

    keras.utils.clear_session()
    model = build(experiment, arm, 0, (6,), 3)
    metrics = [keras.metrics.BinaryAccuracy(name="accuracy"), "AUC"]
    model.compile(
        operate.optimizer(own, experiment, arm), operate.loss(own, experiment, arm), metrics=metrics, jit_compile=False
    )
    rng, y = np.random.default_rng(derive(0, "order")), data.y_train.astype(np.float32)

    def stream():
        while True:
            order, rest = batches(rng, len(y), 25)
            yield from ((data.x_train[index], y[index]) for index in [*order, rest] if len(index))

    model.fit(
        tf.data.Dataset.from_generator(
            stream, output_signature=(tf.TensorSpec((None, 6), tf.float32), tf.TensorSpec((None, 3), tf.float32))
        ),
        steps_per_epoch=-(-len(y) // 25),
        epochs=6,
        validation_data=(data.x_validation, data.y_validation.astype(np.float32)),
        validation_batch_size=1000,
        callbacks=[*([early_stopping(experiment)] if arm.stops else []), *own.callbacks(), watch("fit")],
        verbose=0,
    )
    assert len(seen["here"]) == len(seen["fit"]) == outcome.epochs_run
    for here, there in zip(seen["here"], seen["fit"], strict=True):
        assert set(here) == set(there) >= {"AUC", "val_AUC", "val_accuracy", "rate"}
        for what in there:
            assert here[what] == pytest.approx(there[what], rel=1e-5, abs=1e-5), what
    np.testing.assert_allclose(
        trainer.predict(data.x_test), trainer.logits(model(data.x_test, training=False)), atol=1e-4
    )


def test_what_early_stopping_cannot_watch_is_refused(folder):
    found, experiment = opened(folder, "labels")
    strengths = experiment.strengths.model_copy(
        update={"earlystopping": experiment.stopping.model_copy(update={"monitor": "val_f1"})}
    )
    with pytest.raises(StudyError, match="number to watch.*val_f1.*val_loss, val_accuracy, val_AUC"):
        trained(found, experiment.model_copy(update={"strengths": strengths}))


def test_every_model_can_be_rehearsed(given):
    """What `study run` does first: every network is built and called as a training will."""
    from study.training.rehearsal import examine

    _, found, experiment = given
    examine(experiment, found.factors)


def test_words_of_compile_alone_are_left_to_it(folder):
    import keras

    from study.training.surgery.template import of_model

    def made(*metrics):
        model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(1, activation="sigmoid")])
        model.compile(loss="binary_crossentropy", metrics=list(metrics))
        return of_model(model, "made")

    assert made("crossentropy", "accuracy").compiled == {}
    two = made(keras.metrics.AUC(name="roc"), keras.metrics.AUC(name="pr", curve="PR"), "recall")
    assert list(two.compiled) == ["roc", "pr", "recall"] and list(two.metrics) == ["recall"]
