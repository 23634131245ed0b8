"""Users' models taken apart: what is found, what is left when it is off, and that nothing else changes."""

import numpy as np
import pytest
import users_models
from conftest import looked_into, study
from users_models import FOUND, GIVEN

from study.cli import models
from study.data.splits import draw
from study.design import studyfile
from study.design.arms import Arm
from study.design.seeds import derive
from study.errors import StudyError

pytestmark = pytest.mark.usefixtures("tensorflow")


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty folder to write models in; they are looked into in this process."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(models, "_apart", models._looking)
    users_models.write(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The models, and the study file that `init` writes of each."""
    place = tmp_path_factory.mktemp("users")
    users_models.write(place)
    looked_into(place, {name: (f"users_{name}:build", f"users_data:{GIVEN[name]}") for name in FOUND})
    return place


@pytest.fixture(params=FOUND)
def given(folder, request):
    found = studyfile.load(str(folder / f"{request.param}.toml"))
    return request.param, found, found.experiments[request.param]


def built(experiment, arm, seed=0):
    import keras

    from study.data.datasets import describe
    from study.training.networks import build
    from study.training.surgery.template import template

    template(experiment.model)
    keras.utils.clear_session()  # so that layers inside users' own are named alike
    known = describe(experiment.data)
    return build(experiment, arm, seed, known.sample, known.classes)


def test_all_that_regularizes_is_found(given):
    from study.training.surgery.findings import look
    from study.training.surgery.template import template

    name, _, experiment = given
    found = {}
    for each in look(template(experiment.model)):
        found.setdefault(each.factor, []).append(f"{each.what} in {each.where}")
    assert found == FOUND[name]


def test_the_study_has_the_factors_that_were_found(given):
    name, found, _ = given
    assert found.factors.names == tuple(FOUND[name])


def test_every_arm_builds_and_equal_seeds_give_equal_weights(given):
    """What arms have in common starts alike: a kernel's initial values depend on the seed and its place alone."""
    _, found, experiment = given
    names = list(found.factors.names)
    whole = {
        weight.path: weight.numpy() for weight in built(experiment, Arm.of(names, found.factors)).trainable_weights
    }
    other = {
        weight.path: weight.numpy() for weight in built(experiment, Arm.of(names, found.factors), 1).trainable_weights
    }
    drawn = [path for path, values in whole.items() if values.std() > 0]
    assert drawn and all(not np.array_equal(whole[path], other[path]) for path in drawn)
    for chosen in ([], *([each] for each in names), *([each for each in names if each != left] for left in names)):
        model = built(experiment, Arm.of(chosen, found.factors))
        common = [weight for weight in model.trainable_weights if weight.path in whole]
        assert len(common) >= len(drawn)
        for weight in common:
            np.testing.assert_array_equal(weight.numpy(), whole[weight.path], err_msg=f"{chosen}: {weight.path}")


def test_with_everything_on_it_is_the_users_model(given):
    from study.training.surgery.template import template

    _, found, experiment = given
    model = built(experiment, Arm.of(found.factors.names, found.factors))
    own = template(experiment.model).model
    x = np.asarray(draw(experiment.data, 0).x_test[:20], np.float32)
    own.set_weights(model.get_weights())
    np.testing.assert_allclose(model(x, training=False), own(x, training=False), atol=1e-6)


def test_with_everything_off_nothing_of_it_is_left(given):
    from study.training.surgery.findings import of_layer, walk

    _, found, experiment = given
    model = built(experiment, Arm.of([], found.factors))
    assert [each for path, layer in walk(model) for each in of_layer(path, layer)] == []
    assert sum(map(float, model.losses)) == 0
    x = np.asarray(draw(experiment.data, 0).x_test[:20], np.float32)
    np.testing.assert_array_equal(model(x, training=True), model(x, training=False))


def test_a_layer_gets_its_bias_back_when_the_batch_norm_behind_it_goes(folder):
    found = studyfile.load(str(folder / "cnn.toml"))
    experiment = found.experiments["cnn"]
    assert not built(experiment, Arm.of(["batchnorm"], found.factors)).get_layer("conv2d").use_bias
    assert built(experiment, Arm.of([], found.factors)).get_layer("conv2d").use_bias


def fitted(experiment, arm, data):
    """Train an arm by `fit`, from the same weights and on the same batches; return the model and its history."""
    import tensorflow as tf

    from study.training.batches import batches
    from study.training.callbacks import early_stopping
    from study.training.surgery import operate
    from study.training.surgery.template import template

    found = template(experiment.model)
    model = built(experiment, arm)
    model.compile(
        operate.optimizer(found, experiment, arm),
        operate.loss(found, experiment, arm),
        metrics=["accuracy"],
        jit_compile=False,
    )
    x, y = data.x_train, found.answers.targets(tf.constant(data.y_train)).numpy()
    rng = np.random.default_rng(derive(0, "order"))

    def stream():
        while True:
            order, rest = batches(rng, len(y), experiment.training.batch)
            yield from ((x[index], y[index]) for index in [*order, rest] if len(index))

    kinds = tf.TensorSpec((None, *x.shape[1:]), x.dtype), tf.TensorSpec((None, *y.shape[1:]), y.dtype)
    stopping = [early_stopping(experiment)] if arm.stops else []
    history = model.fit(
        tf.data.Dataset.from_generator(stream, output_signature=kinds),
        steps_per_epoch=-(-len(y) // experiment.training.batch),
        epochs=experiment.training.epochs,
        validation_data=(data.x_validation, found.answers.targets(tf.constant(data.y_validation)).numpy()),
        validation_batch_size=1000,
        callbacks=[*stopping, *found.callbacks()],
        verbose=0,
    )
    return model, history.history


ROUNDED = {("separable", "all"): (1e-4, 1e-2)}
"""Errors of losses and of logits where convolutions have a bias before a batch norm: its gradient is rounding alone,
which Adam makes whole steps of. Without batch norm the same model is as near as the others."""


@pytest.mark.parametrize("chosen", ["all", "none"])
def test_it_trains_as_fit_does(given, chosen):
    """Optimizer with schedule, decay, clipping and averaging, loss with smoothing, callbacks: all are the model's."""
    from study.training.batches import Tensors
    from study.training.metrics import evaluate
    from study.training.trainer import Trainer

    name, found, experiment = given
    arm = Arm.of(found.factors.names if chosen == "all" else [], found.factors)
    data = draw(experiment.data, 0)
    trainer = Trainer(experiment, arm, data.x_train.shape[1:], data.classes)
    outcome = trainer.cells(Tensors(data), 0, [arm.end])[arm.end]
    model, history = fitted(experiment, arm, data)
    assert outcome.status == "ok"
    near, far = ROUNDED.get((name, chosen), (1e-5, 1e-5))
    for curve in ("loss", "val_loss"):
        np.testing.assert_allclose(outcome.history[curve], history[curve], rtol=near, atol=near, err_msg=name)
    x = np.asarray(data.x_test, np.float32)
    logits = trainer.logits(model(x, training=False)).numpy()
    np.testing.assert_allclose(trainer.predict(x), logits, rtol=far, atol=far)
    assert outcome.metrics["test_nll"] == pytest.approx(evaluate(logits, data.y_test)["nll"], rel=far)


def test_readouts_of_averaged_weights_are_those_of_shorter_trainings(folder):
    from study.training.batches import Tensors
    from study.training.trainer import Trainer

    found = studyfile.load(str(folder / "residual.toml"))
    arm, base = Arm.of(["averaging"], found.factors), found.experiments["residual"]
    rate = {"training": base.training.model_copy(update={"epochs": 4, "readouts": (0.5,)})}
    short = {"training": base.training.model_copy(update={"epochs": 2, "readouts": ()})}
    data = draw(base.data, 0)
    made = [
        Trainer(base.model_copy(update=each), arm, (8, 8, 1), 10).train(Tensors(data), 0, [False], True)[False]
        for each in (rate, short)
    ]
    assert made[0].readouts[0]["metrics"] == made[1].metrics


@pytest.mark.parametrize(
    "factor", ["dropout", "batchnorm", "l2", "augmentation", "weight_decay", "label_smoothing", "averaging"]
)
def test_what_is_not_there_can_be_put_in(here, factor):
    import keras

    name = f"bare_{factor}"
    (here / f"{name}.py").write_text(
        "import keras\nfrom keras import layers\n\n\ndef build():\n"
        "    model = keras.Sequential([keras.Input((8, 8, 1)), layers.Flatten(), layers.Dense(7, activation='relu'), "
        "layers.Dense(6), layers.ReLU(), layers.Dense(10, activation='softmax')])\n"
        "    model.compile('adam', 'categorical_crossentropy')\n    return model\n"
    )
    look = models.write(f"{name}:build", "users_data:images", None, None, (factor,), here / "bare.toml")
    assert look.findings == []
    found = studyfile.load(str(here / "bare.toml"))
    experiment = found.experiments["bare"]
    kinds = [type(layer) for layer in built(experiment, Arm.of([factor], found.factors)).layers]
    bare = built(experiment, Arm.of([], found.factors))
    if factor == "dropout":
        assert kinds.count(keras.layers.Dropout) == 2 and kinds[-1] is keras.layers.Dense
    if factor == "batchnorm":
        assert kinds.count(keras.layers.BatchNormalization) == 2
        assert [kind.__name__ for kind in kinds[2:]] == [
            "Dense", "BatchNormalization", "Activation", "Dense", "BatchNormalization", "ReLU", "Dense"
        ]  # fmt: skip
    if factor == "augmentation":
        assert keras.layers.RandomTranslation in kinds and keras.layers.GaussianNoise in kinds
    if factor == "l2":
        kernels = built(experiment, Arm.of(["l2"], found.factors))
        squares = sum(float((layer.kernel**2).numpy().sum()) for layer in kernels.layers if hasattr(layer, "kernel"))
        assert sum(map(float, kernels.losses)) == pytest.approx(1e-4 / 2 * squares, rel=1e-5)
    assert not bare.losses and keras.layers.Dropout not in map(type, bare.layers)


def test_frozen_layers_keep_the_weights_they_came_with(here):
    (here / "frozen_model.py").write_text(
        "import keras, numpy as np\nfrom keras import layers\n\n\ndef build():\n"
        "    body = layers.Dense(5, trainable=False, name='body')\n    scale = layers.Normalization(name='scale')\n"
        "    scale.adapt(np.arange(24.0).reshape(2, 12))\n"
        "    model = keras.Sequential([keras.Input((12,)), scale, body, layers.Dropout(0.2), layers.Dense(1)])\n"
        "    body.set_weights([np.full((12, 5), 0.5), np.ones(5)])\n"
        "    model.compile('adam', keras.losses.BinaryCrossentropy(from_logits=True))\n    return model\n"
    )
    models.write("frozen_model:build", "users_data:rows", None, None, (), here / "frozen.toml")
    found = studyfile.load(str(here / "frozen.toml"))
    for seed in (0, 1):
        model = built(found.experiments["frozen"], Arm.of([], found.factors), seed)
        assert (model.get_layer("body").get_weights()[0] == 0.5).all()
        np.testing.assert_allclose(np.ravel(model.get_layer("scale").mean), np.arange(24.0).reshape(2, 12).mean(0))


def test_an_edited_model_is_stale_and_said_to_be(here):
    from study.design.cells import cells, differences

    module = here / "edited_model.py"
    module.write_text(users_models.TABULAR)
    models.write("edited_model:build", "users_data:rows", None, None, (), here / "edited.toml")
    before = cells(studyfile.load(str(here / "edited.toml")))[0]
    module.write_text(module.read_text().replace("Dropout(0.3)", "Dropout(0.45)"))
    after = cells(studyfile.load(str(here / "edited.toml")))[0]
    assert before.key != after.key
    assert [each.partition(":")[0] for each in differences(before.settings, after.settings)] == [
        "model.source.edited_model"
    ]


def test_a_file_that_was_saved_again_is_the_same_model(here):
    from study.design.cells import cells
    from study.design.own import code

    code.look_around(here)
    model = code.find("model", "users_tabular:build", "a function")()
    keys = []
    for _ in range(2):
        model.set_weights([weights + 1 for weights in model.get_weights()])
        model.save(here / "mine.keras")
        models.write("mine.keras", "users_data:rows", None, None, (), here / "mine.toml", anew=True)
        keys.append(cells(studyfile.load(str(here / "mine.toml")))[0].key)
    assert keys[0] == keys[1]


REFUSED = {
    "not compiled": ("keras.Sequential([keras.Input((12,)), keras.layers.Dense(2)])", "", "Expected a compiled model"),
    "no input shape": ("keras.Sequential([keras.layers.Dense(2)])", "'adam', 'mse'", "whose input shape is known"),
    "a subclass": ("Mine()", "'adam', 'mse'", "Expected a Sequential or functional model"),
    "another loss": (
        "keras.Sequential([keras.Input((12,)), keras.layers.Dense(1)])", "'adam', 'hinge'",
        "Expected a loss for classes, labels or values",
    ),
    "two outputs": (
        "(lambda x: keras.Model(x, [keras.layers.Dense(2)(x), keras.layers.Dense(1)(x)]))(keras.Input((12,)))",
        "'adam', ['mse', 'mse']", "Expected one output. Received: 2 outputs",
    ),
    "many labels": (
        "keras.Sequential([keras.Input((12,)), keras.layers.Dropout(0.1), keras.layers.Dense(3)])",
        "'adam', keras.losses.BinaryCrossentropy(from_logits=True)",
        "Expected 3 labels, as it has outputs for. Received: 1",
    ),
    "logits called probabilities": (
        "keras.Sequential([keras.Input((12,)), keras.layers.Dense(2, bias_initializer='ones')])",
        "'adam', 'sparse_categorical_crossentropy'", "Expected a softmax at the end",
    ),
    "nothing in it": (
        "keras.Sequential([keras.Input((12,)), keras.layers.Dense(2)])",
        "'adam', keras.losses.SparseCategoricalCrossentropy(from_logits=True)", "Expected something that regularizes",
    ),
    "no model": ("3", None, "Expected a keras.Model. Received: int."),
    "an error": ("keras.layers.Nonsense()", None, "Received: AttributeError"),
    "three classes": (
        "keras.Sequential([keras.Input((12,)), keras.layers.Dropout(0.1), keras.layers.Dense(3)])",
        "'adam', keras.losses.SparseCategoricalCrossentropy(from_logits=True)",
        "Expected 3 classes, as it has outputs for. Received: 2",
    ),
    "another shape": (
        "keras.Sequential([keras.Input((11,)), keras.layers.Dropout(0.1), keras.layers.Dense(1)])",
        "'adam', keras.losses.BinaryCrossentropy(from_logits=True)", r"shape \(11,\). Received: \(12,\)",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_taken_is_refused_in_a_sentence_and_nothing_is_written(here, name):
    made, words, said = REFUSED[name]
    module = f"refused_{name.replace(' ', '_')}"
    compiled = f"    model.compile({words})\n" if words else ""
    (here / f"{module}.py").write_text(
        "import keras\n\n\nclass Mine(keras.Model):\n    def call(self, x):\n        return x\n\n\n"
        f"def build():\n    model = {made}\n{compiled}    return model\n"
    )
    with pytest.raises(StudyError, match=said):
        models.write(f"{module}:build", "users_data:rows", None, None, (), here / "refused.toml")
    assert not list(here.glob("*.toml")) and not list(here.glob("*.npz"))


def test_a_factor_that_the_model_lost_is_told_before_training(here):
    models.write("users_tabular:build", "users_data:rows", None, None, (), here / "lost.toml")
    module = here / "users_tabular.py"
    module.write_text(module.read_text().replace("layers.Dropout(0.3),", ""))
    said = study("run", "lost.toml", cwd=here)
    assert said.returncode == 2 and "the same network with and without dropout" in said.stderr
    assert not (here / "results").exists()
