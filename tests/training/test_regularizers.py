"""Label smoothing and max-norm do what they say; hooks of a user's own reach the training."""

import numpy as np
import pytest
from own_factors import study_with, write_own

from study.data import splits
from study.design import studyfile
from study.design.arms import parse_arm

SHIPPED = (
    'factors = ["dropout", "l2", "batchnorm", "augmentation", "earlystopping", "label_smoothing", '
    '"study.training.regularizers.max_norm:MaxNorm"]'
)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    strengths = "maxnorm = { limit = 0.5 }\nlabel_smoothing = { epsilon = 0.2 }"
    return studyfile.load(str(study_with(tmp_path_factory.mktemp("shipped"), SHIPPED, strengths, epochs=3)))


def train(study, arm, callbacks=None):
    from study.training.batches import Tensors
    from study.training.trainer import Trainer

    experiment = study.experiment("scans")
    split = splits.split(experiment.data, 0)
    trainer = Trainer(experiment, parse_arm(arm, study.factors), split.x_train.shape[1:], split.classes, callbacks)
    return trainer, trainer.train(Tensors(split), 0, [False])[False]


def lengths(trainer):
    return np.linalg.norm(trainer.model.get_layer("hidden_1").kernel.numpy(), axis=0)


def test_max_norm_bounds_hidden_weights_and_no_others(tensorflow, tiny):
    free, _ = train(tiny, "none")
    bound, _ = train(tiny, "maxnorm")
    assert lengths(free).min() > 0.5, "the bound binds every unit"
    assert lengths(bound).max() <= 0.5 + 1e-5
    assert np.linalg.norm(bound.model.get_layer("head").kernel.numpy(), axis=0).max() > 0.5


def test_max_norm_bounds_each_channel_of_a_convolution(tensorflow, tiny):
    import keras

    from study.training.networks import Layers

    layers = Layers(tiny.experiment("scans"), parse_arm("maxnorm", tiny.factors), 0)
    inputs = keras.Input((8, 8, 3))
    layer = keras.Model(inputs, layers.conv(inputs, 4, "c")).get_layer("c")
    kernel = layer.kernel_constraint(layer.kernel).numpy()
    assert kernel.shape == (3, 3, 3, 4)
    np.testing.assert_allclose(np.linalg.norm(kernel.reshape(-1, 4), axis=0), 0.5, atol=1e-5)


def test_smoothed_loss_by_hand(tensorflow, tiny):
    from study.training.labels import loss_and_targets

    probabilities = np.array([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8]])
    labels, share = np.array([0, 1]), 0.2
    loss, targets = loss_and_targets(tiny.experiment("scans"), parse_arm("label_smoothing", tiny.factors), 3)
    found = loss(targets(labels), np.log(probabilities))
    # By the definition: cross-entropy with labels (1 − ε) on the right class and ε/3 on each of the three.
    weights = 0.8 * np.eye(3)[labels] + share / 3
    assert float(found) == pytest.approx(-(weights * np.log(probabilities)).sum(axis=1).mean())


def test_smoothed_loss_is_keras_own(tensorflow, tiny):
    import keras

    trainer, _ = train(tiny, "label_smoothing")
    split = splits.split(tiny.experiment("scans").data, 0)
    logits = trainer.predict(split.x_validation)
    own = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.2)
    value = trainer._validate(split.x_validation, split.y_validation).numpy()[0]
    assert value == pytest.approx(float(own(np.eye(10)[split.y_validation], logits)), rel=1e-5)
    assert len(trainer.model.losses) == 0


def test_own_factors_leave_the_others_draws_where_they_were(tensorflow, tiny):
    from study.training.networks import build

    experiment = tiny.experiment("scans")
    plain = build(experiment, parse_arm("dropout", tiny.factors), 1, (8, 8, 1), 10).get_weights()
    both = build(experiment, parse_arm("dropout+maxnorm+label_smoothing", tiny.factors), 1, (8, 8, 1), 10).get_weights()
    for one, other in zip(plain, both, strict=True):
        np.testing.assert_array_equal(one, other)


HOOKS = """
def inputs(x, strength, seed):
    import keras

    return keras.layers.GaussianNoise(strength.size, seed=seed, name="hum_inputs")(x)


def penalty(strength):
    import keras

    return keras.regularizers.L1(strength.size)


def constraint(strength, axes):
    import keras

    return keras.constraints.NonNeg()


def loss(value, labels, logits, strength):
    return 2 * value


SEEN = []


def callbacks(strength):
    import keras

    return [keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: SEEN.append(epoch))]


Hum = Factor(
    inputs=inputs, penalty=penalty, constraint=constraint, loss=loss, callbacks=callbacks,"""


def test_every_hook_acts(tensorflow, tmp_path):
    import importlib

    import keras

    from study.training.networks import build

    found = studyfile.load(str(write_own(tmp_path, "own_hooks", "\nHum = Factor(", HOOKS, epochs=3)))
    trainer, outcome = train(found, "l2+hum")
    model = trainer.model
    assert outcome.status == "ok" and importlib.import_module("own_hooks").SEEN == [0, 1, 2]
    layers = [layer.name for layer in model.layers]
    assert "hum_inputs" in layers and layers.index("hidden_1_hum") == layers.index("hidden_1_relu") + 1
    hidden, head = model.get_layer("hidden_1"), model.get_layer("head")
    assert hidden.kernel.numpy().min() >= 0 > head.kernel.numpy().min(), "hidden units alone are constrained"
    kernels = [layer.kernel.numpy() for layer in (hidden, head)]
    by_hand = sum(0.5 * np.abs(k).sum() + 0.5e-3 * (k**2).sum() for k in kernels)
    assert sum(map(float, model.losses)) == pytest.approx(by_hand, rel=1e-5), (
        "L1 and the textbook's L2, over every kernel"
    )
    split = splits.split(found.experiment("scans").data, 0)
    plain = keras.losses.SparseCategoricalCrossentropy(from_logits=True)(
        split.y_validation, trainer.predict(split.x_validation)
    )
    assert trainer._validate(split.x_validation, split.y_validation).numpy()[0] == pytest.approx(
        2 * float(plain) + by_hand, rel=1e-5
    )
    off = build(found.experiment("scans"), parse_arm("l2", found.factors), 0, (8, 8, 1), 10)
    assert (
        "hum_inputs" not in [layer.name for layer in off.layers] and off.get_layer("hidden_1").kernel_constraint is None
    )
