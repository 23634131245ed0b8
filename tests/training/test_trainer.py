"""Pairing, the shared trajectory, the compiled epoch, early stopping, and that each factor acts."""

import numpy as np
import pytest
from conftest import write_tiny

from study.data.splits import split
from study.design import studyfile
from study.design.arms import ARMS, TRAJECTORIES, parse_arm

pytestmark = pytest.mark.usefixtures("tensorflow")

CNN = """
title = "Small"
seeds = "0-1"
[experiment.images]
title = "Images"
question = "?"
data = { name = "digits", train = 50, validation = 40, test = 60 }
model = { name = "cnn", filters = [2, 3], dense = 5 }
training = { epochs = 5, batch = 20, learning_rate = 0.01 }
[experiment.images.strengths]
l2 = { lambda = 1e-2 }
augmentation = { translation = 0.1, rotation = 0.02, zoom = 0.05, flip = true, noise = 0.05 }
earlystopping = { patience = 2 }
"""


@pytest.fixture(scope="module")
def mlp(tmp_path_factory):
    return studyfile.load(str(write_tiny(tmp_path_factory.mktemp("mlp")))).experiments["scans"]


@pytest.fixture(scope="module")
def cnn(tmp_path_factory):
    file = tmp_path_factory.mktemp("cnn") / "small.toml"
    file.write_text(CNN)
    return studyfile.load(str(file)).experiments["images"]


@pytest.fixture(scope="module")
def resnet(tmp_path_factory):
    file = tmp_path_factory.mktemp("resnet") / "small.toml"
    file.write_text(CNN.replace('"cnn", filters = [2, 3], dense = 5', '"resnet", filters = [2, 3]'))
    return studyfile.load(str(file)).experiments["images"]


@pytest.fixture(scope="module", params=["mlp", "cnn", "resnet"])
def experiment(request):
    return request.getfixturevalue(request.param)


def tensors(experiment, seed=0):
    from study.training.batches import Tensors

    return Tensors(split(experiment.data, seed))


def trainer(experiment, arm, **settings):
    from study.training.trainer import Trainer

    return Trainer(experiment, parse_arm(arm), (8, 8, 1), 10, **settings)


def build(experiment, arm, seed=0):
    from study.training import networks

    return networks.build(experiment, arm, seed, (8, 8, 1), 10)


def weights(model):
    """Weights by path, without what only some arms have."""
    return {
        variable.path.split("/", 1)[-1] if variable.path.count("/") > 1 else variable.path: variable.numpy()
        for variable in model.trainable_variables
    }


def test_equal_seeds_give_equal_weights_in_all_arms(experiment):
    reference = weights(build(experiment, parse_arm("none")))
    assert len(reference) >= 4
    for arm in ARMS:
        found = weights(build(experiment, arm))
        for name, value in reference.items():
            np.testing.assert_array_equal(found[name], value, err_msg=f"{arm.name} {name}")
    other = weights(build(experiment, parse_arm("none"), seed=1))
    kernels = [name for name in reference if name.endswith("kernel")]
    assert kernels and all((other[name] != reference[name]).any() for name in kernels)


def test_equal_seeds_give_equal_batches_in_all_arms(mlp, monkeypatch):
    from study.training import run

    seen = {}

    def spy(rng, examples, batch):
        order = real(rng, examples, batch)
        seen[arm.name, seed].append(order[0])
        return order

    real = run.batches
    monkeypatch.setattr(run, "batches", spy)
    short = mlp.model_copy(update={"training": mlp.training.model_copy(update={"epochs": 2})})
    for arm in TRAJECTORIES:
        made = trainer(short, arm.name)
        for seed in (0, 1):
            seen[arm.name, seed] = []
            made.train(tensors(short, seed), seed)
    for arm in TRAJECTORIES:
        np.testing.assert_array_equal(seen[arm.name, 0], seen["none", 0])
    assert len(seen["none", 0]) == 2
    assert (seen["none", 0][0] != seen["none", 0][1]).any()
    assert (seen["none", 0][0] != seen["none", 1][0]).any()


@pytest.mark.parametrize("arm", ["none", "dropout+l2+batchnorm+augmentation"])
def test_a_shared_trajectory_equals_two_trainings(experiment, arm):
    soon = experiment.strengths.earlystopping.model_copy(update={"patience": 1, "monitor": "val_accuracy"})
    experiment = experiment.model_copy(
        update={
            "training": experiment.training.model_copy(update={"epochs": 12, "learning_rate": 0.05}),
            "strengths": experiment.strengths.model_copy(update={"earlystopping": soon}),
        }
    )
    made = trainer(experiment, arm)
    data = tensors(experiment)
    made.train(tensors(experiment, 1), 1)
    shared = made.train(data, 0)
    for stops in (False, True):
        alone = trainer(experiment, arm).train(data, 0, [stops])
        assert set(alone) == {stops}
        assert alone[stops].metrics == shared[stops].metrics
        assert alone[stops].history == shared[stops].history
        assert alone[stops].best_epoch == shared[stops].best_epoch
    assert shared[True].epochs_run < shared[False].epochs_run == 12, "it went on after early stopping fired"


def test_stopping_really_happened_in_a_longer_training(mlp):
    longer = mlp.model_copy(update={"training": mlp.training.model_copy(update={"epochs": 60, "learning_rate": 0.05})})
    found = trainer(longer, "none").train(tensors(longer), 0)
    stopped, full = found[True], found[False]
    assert stopped.epochs_run < full.epochs_run == 60
    assert stopped.epochs_run - stopped.best_epoch == 2
    assert stopped.history["val_loss"] == full.history["val_loss"][: stopped.epochs_run]
    assert stopped.metrics["val_nll"] == pytest.approx(min(stopped.history["val_loss"]), abs=1e-5)
    assert stopped.metrics["val_nll"] != full.metrics["val_nll"]


@pytest.mark.parametrize("arm", ["none", "l2", "batchnorm", "dropout", "l2+batchnorm"])
def test_a_compiled_epoch_equals_keras_fit(experiment, arm):
    import keras

    from study.training.batches import batches

    # A bias right before batch norm has no gradient but rounding, and Adam makes full steps of it.
    optimizer = "sgd" if "batchnorm" in arm else "adam"
    budget = experiment.training.model_copy(update={"batch": 16, "optimizer": optimizer})
    experiment = experiment.model_copy(update={"training": budget})
    made = trainer(experiment, arm)
    data = tensors(experiment)
    made.reset(0)
    order, rest = batches(np.random.default_rng(3), len(data.split.y_train), experiment.training.batch)
    assert len(rest)
    values = made._epoch(*data.train, order, rest, *data.validation).numpy()

    model = build(experiment, parse_arm(arm))
    model.compile(
        {"adam": keras.optimizers.Adam, "sgd": keras.optimizers.SGD}[optimizer](budget.learning_rate),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        jit_compile=False,
    )
    index = np.concatenate([order.ravel(), rest])
    history = model.fit(
        data.split.x_train[index],
        data.split.y_train[index],
        batch_size=experiment.training.batch,
        shuffle=False,
        epochs=1,
        verbose=0,
        validation_data=(data.split.x_validation, data.split.y_validation),
        validation_batch_size=40,
    ).history
    for name, value in zip(("loss", "accuracy", "val_loss", "val_accuracy"), values):
        assert history[name][0] == pytest.approx(value, abs=1e-5), name
    for ours, theirs in zip(made.model.weights, model.weights, strict=True):
        np.testing.assert_allclose(ours.numpy(), theirs.numpy(), atol=1e-5)


def test_early_stopping_on_invented_losses(mlp, monkeypatch):
    """The best of these is epoch 3; with patience 2 training stops after epoch 5."""
    from study.design.architectures.tasks import CLASSIFICATION
    from study.training.run import Run
    from study.training.trainer import Trainer

    losses = [1.0, 0.9, 0.5, 0.6, 0.55, 0.4]
    seen = []

    def invented(self, validated):
        epoch = len(seen)
        for variable in self.model.trainable_variables:
            variable.assign(np.full(variable.shape, float(epoch + 1), np.float32))
        seen.append(epoch)
        return {"loss": 1.0, "accuracy": 0.5, "val_loss": losses[epoch], "val_accuracy": 0.5}

    judged = []

    def judge(self, data):
        judged.append(float(self.model.trainable_variables[0].numpy().ravel()[0]))
        return dict.fromkeys(CLASSIFICATION.columns, 0.0)

    monkeypatch.setattr(Run, "_epoch", invented)
    monkeypatch.setattr(Trainer, "judge", judge)
    found = trainer(mlp, "none").train(tensors(mlp), 0)
    assert (found[True].epochs_run, found[True].best_epoch) == (5, 3)
    assert (found[False].epochs_run, found[False].best_epoch) == (6, 6)
    assert judged == [3.0, 6.0], "the weights of epoch 3 are judged, then those of the last epoch"


def test_a_run_that_reaches_the_cap_restores_its_best_epoch(mlp, monkeypatch):
    from study.training.run import Run

    losses = [1.0, 0.9, 0.8, 0.7, 0.5, 0.6]
    monkeypatch.setattr(
        Run,
        "_epoch",
        lambda self, validated: {
            "loss": 1.0,
            "accuracy": 0.5,
            "val_loss": losses[len(self.state.history.get("loss", []))],
            "val_accuracy": 0.5,
        },
    )
    found = trainer(mlp, "none").train(tensors(mlp), 0)
    assert (found[True].epochs_run, found[True].best_epoch) == (6, 5)


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_loss_that_is_not_finite_ends_the_cell(mlp, monkeypatch, bad):
    from study.training.run import Run

    losses = [1.0, 1.1, 1.2, 1.0, bad, 1.0]
    monkeypatch.setattr(
        Run,
        "_epoch",
        lambda self, validated: {
            "loss": 1.0,
            "accuracy": 0.5,
            "val_loss": losses[len(self.state.history.get("loss", []))],
            "val_accuracy": 0.5,
        },
    )
    found = trainer(mlp, "none").train(tensors(mlp), 0)
    assert found[True].status == "ok" and found[True].epochs_run == 3
    assert found[False].status == "diverged" and found[False].epochs_run == 5
    assert "epoch 5" in found[False].reason and found[False].history["val_loss"][-1] is None
    assert set(found[False].metrics.values()) == {None}


def test_a_learning_rate_that_is_too_high_diverges(mlp):
    wild = mlp.model_copy(
        update={"training": mlp.training.model_copy(update={"optimizer": "sgd", "learning_rate": 1e30})}
    )
    found = trainer(wild, "none").train(tensors(wild), 0)
    assert {outcome.status for outcome in found.values()} == {"diverged"}


@pytest.mark.parametrize("largest, rate, named", [(3e38, 0.01, "test_nll is not finite"), (1.0, 1e6, "train_nll is ")])
def test_finite_losses_and_absurd_metrics_end_as_diverged(mlp, largest, rate, named):
    """A test example of 3e38 passes every check of the data; at a rate of 10⁶ losses may stay finite."""
    import dataclasses

    from study.training.batches import Tensors

    data = split(mlp.data, 0)
    x_test = data.x_test.copy()
    x_test[0] = largest
    wild = mlp.model_copy(update={"training": mlp.training.model_copy(update={"learning_rate": rate})})
    found = trainer(wild, "none").train(Tensors(dataclasses.replace(data, x_test=x_test)), 0)
    assert {outcome.status for outcome in found.values()} == {"diverged"}
    for outcome in found.values():
        assert set(outcome.metrics.values()) == {None} and outcome.reason.startswith(f"The metric {named}")
        assert all(np.isfinite(outcome.history["val_loss"]))


def test_any_keras_callback_works(mlp):
    import keras

    rates, batches_seen = [], []

    class Spy(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            rates.append(float(self.model.optimizer.learning_rate.numpy()))

    class Batches(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            batches_seen.append((batch, logs["loss"]))

    def schedule(epoch, rate):
        return 0.01 / (epoch + 1)

    compiled = trainer(mlp, "none", callbacks=lambda: [keras.callbacks.LearningRateScheduler(schedule), Spy()])
    found = compiled.train(tensors(mlp), 0, [False])[False]
    np.testing.assert_allclose(rates, [0.01 / (epoch + 1) for epoch in range(6)], rtol=1e-6)
    stepped = trainer(
        mlp, "none", callbacks=lambda: [keras.callbacks.LearningRateScheduler(schedule), Batches()]
    ).train(tensors(mlp), 0, [False])[False]
    assert [batch for batch, _ in batches_seen[:4]] == [0, 1, 2, 0] and len(batches_seen) == 18
    np.testing.assert_allclose(stepped.history["loss"], found.history["loss"], rtol=1e-5)
    assert stepped.metrics["test_nll"] == pytest.approx(found.metrics["test_nll"], rel=1e-5)


def layer_names(model):
    return {type(layer).__name__ for layer in model.layers}


def test_none_has_nothing(experiment):
    model = build(experiment, parse_arm("none"))
    assert not layer_names(model) & {
        "Dropout",
        "BatchNormalization",
        "GaussianNoise",
        "RandomTranslation",
        "RandomRotation",
        "RandomZoom",
        "RandomFlip",
    }
    assert not model.losses and not model.non_trainable_variables


def test_dropout_acts_on_hidden_units_in_training_only(experiment):
    import keras

    model = build(experiment, parse_arm("dropout"))
    found = [layer for layer in model.layers if isinstance(layer, keras.layers.Dropout)]
    hidden = [layer for layer in model.layers if isinstance(layer, keras.layers.ReLU)]
    assert len(found) == len(hidden) > 0
    assert {layer.rate for layer in found} == {experiment.strengths.dropout.rate}
    assert len({layer.seed for layer in found}) == len(found)
    ones = np.ones((200, 50), np.float32)
    masked = found[0](ones, training=True).numpy()
    assert np.mean(masked == 0) == pytest.approx(0.3, abs=0.02)
    assert set(np.unique(masked.round(5))) == {0.0, np.float32(1 / 0.7).round(5)}
    np.testing.assert_array_equal(found[0](ones, training=False), ones)
    for before, after in zip(model.layers, model.layers[1:]):
        if isinstance(after, keras.layers.Dropout):
            assert isinstance(before, keras.layers.ReLU)
    assert not isinstance(model.layers[-1], keras.layers.Dropout)


def test_l2_is_half_lambda_times_the_sum_of_squares_of_kernels(experiment):
    model = build(experiment, parse_arm("l2"))
    kernels = [v.numpy() for v in model.trainable_variables if v.name == "kernel"]
    by_hand = experiment.strengths.l2.penalty / 2 * sum((k.astype(np.float64) ** 2).sum() for k in kernels)
    assert float(sum(model.losses)) == pytest.approx(by_hand, rel=1e-5)
    assert len(model.losses) == len(kernels) >= 2


def test_batch_norm_stands_before_relu_and_its_statistics_move(experiment):
    import keras

    made = trainer(experiment, "batchnorm")
    made.reset(0)
    found = [layer for layer in made.model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    assert found and all(layer.momentum == 0.9 for layer in found)
    for before, after in zip(made.model.layers, made.model.layers[1:]):
        if isinstance(before, keras.layers.BatchNormalization):
            assert isinstance(after, keras.layers.ReLU)
    start = [layer.moving_mean.numpy().copy() for layer in found]
    data = tensors(experiment)
    made.predict(data.test[0])
    assert all((layer.moving_mean.numpy() == a).all() for layer, a in zip(found, start))
    made.train(data, 0)
    assert all((layer.moving_mean.numpy() != a).any() for layer, a in zip(found, start))


def test_augmentation_changes_inputs_in_training_only(experiment):
    import keras

    model = build(experiment, parse_arm("augmentation"))
    kinds = layer_names(model) & {"RandomTranslation", "RandomRotation", "RandomZoom", "RandomFlip", "GaussianNoise"}
    assert kinds == (
        {"RandomTranslation", "GaussianNoise"}
        if experiment.model.name == "mlp"
        else {"RandomTranslation", "RandomRotation", "RandomZoom", "RandomFlip", "GaussianNoise"}
    )
    noise = model.get_layer("noise")
    inputs = keras.Model(model.inputs, noise.output)
    x = split(experiment.data, 0).x_train
    np.testing.assert_array_equal(inputs(x, training=False), x)
    one, two = (inputs(x, training=True).numpy() for _ in range(2))
    assert one.shape == x.shape and (one != x).any() and (one != two).any()


def test_a_signal_is_shifted_along_time():
    from study.training import networks

    study = studyfile.load("quick")
    model = networks.build(study.experiments["mnist1d"], parse_arm("augmentation"), 0, (40,), 10)
    import keras

    shifted = keras.Model(model.inputs, model.get_layer("as_signal").output)
    x = np.zeros((64, 40), np.float32)
    x[:, 20] = 1.0
    peaks = shifted(x, training=True).numpy().argmax(axis=1)
    assert peaks.min() >= 16 and peaks.max() <= 24 and len(set(peaks)) > 3


def test_dropout_masks_differ_between_steps_and_seeds_repeat_them(mlp):
    made = trainer(mlp, "dropout")
    one, again, other = (made.train(tensors(mlp), seed)[False] for seed in (0, 0, 1))
    assert one.history == again.history and one.metrics == again.metrics
    assert one.history != other.history


def own_network(inputs, classes, layers, width):
    import keras

    x = (
        layers.augment(keras.layers.Flatten()(inputs))
        if "augmentation" not in layers.arm
        else keras.layers.Flatten()(layers.augment(inputs))
    )
    return layers.head(layers.dense(x, width, "wide"), classes)


def test_own_network(mlp, monkeypatch):
    import sys

    from study.errors import StudyError

    monkeypatch.setitem(sys.modules, "own_networks", sys.modules[__name__])
    mine = mlp.model_copy(update={"model": studyfile.OwnModel(name="own_networks:own_network", arguments={"width": 7})})
    model = build(mine, parse_arm("all"))
    assert model.get_layer("wide").units == 7 and model.output_shape == (None, 10)
    for name, words in (
        ("own_networks:absent", "absent"),
        ("nowhere.at.all:f", "nowhere"),
        ("own_networks:CNN", "function"),
    ):
        bad = mlp.model_copy(update={"model": studyfile.OwnModel(name=name)})
        with pytest.raises(StudyError, match=words):
            build(bad, parse_arm("none"))


def test_every_architecture_of_ours_is_built():
    study = studyfile.load("quick")
    ours = {name: kind for name, kind in studyfile.ARCHITECTURES.items() if name != "keras"}
    for name, kind in ours.items():
        experiment = study.experiments["digits"].model_copy(update={"model": kind(name=name)})
        assert build(experiment, parse_arm("all")).output_shape == (None, 10)


def test_outcome_has_every_metric(mlp):
    from study.design.architectures.tasks import CLASSIFICATION

    outcome = trainer(mlp, "none").train(tensors(mlp), 0)[False]
    assert tuple(outcome.metrics) == tuple(CLASSIFICATION.columns) and outcome.seconds > 0
    assert set(outcome.history) == {"loss", "accuracy", "val_loss", "val_accuracy"}


def test_a_dropped_arm_leaves_no_graph_behind(mlp):
    """A worker that builds arm after arm must not grow with every one of them."""
    import gc

    import keras

    def graphs() -> int:
        keras.backend.clear_session()
        gc.collect()
        return sum(type(each).__name__.endswith("FuncGraph") for each in gc.get_objects())

    def build_and_drop() -> int:
        trainer(mlp, "dropout").train(tensors(mlp), 0)
        return graphs()

    first = build_and_drop()
    assert build_and_drop() <= first and build_and_drop() <= first
