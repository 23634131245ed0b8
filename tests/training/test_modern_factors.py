"""Weight decay, label smoothing, MixUp and erasing do what they say, in the networks that are built in."""

import numpy as np
import pytest
from own_factors import study_with, write_own

from study.data.splits import split
from study.design import studyfile
from study.design.arms import parse_arm
from study.errors import StudyError

pytestmark = pytest.mark.usefixtures("tensorflow")

HEAD = (
    'factors = ["dropout", "augmentation", "weight_decay", "label_smoothing", '
    '"study.training.regularizers.mixup:MixUp", "study.training.regularizers.erasing:Erasing"]'
)
STRENGTHS = """weight_decay = { decay = 0.02 }
label_smoothing = { epsilon = 0.2 }
mixup = { alpha = 0.4 }
erasing = { share = 0.5 }
"""


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    file = study_with(tmp_path_factory.mktemp("modern"), HEAD, STRENGTHS, epochs=3)
    # These strengths are of factors that are not there.
    kept = [line for line in file.read_text().splitlines() if not line.startswith(("l2 =", "earlystopping ="))]
    file.write_text("\n".join(kept))
    return studyfile.load(str(file))


def made(study, arm):
    from study.training.trainer import Trainer

    return Trainer(study.experiment("scans"), parse_arm(arm, study.factors), (8, 8, 1), 10)


def data(study, seed=0):
    from study.training.batches import Tensors

    return Tensors(split(study.experiment("scans").data, seed))


@pytest.mark.parametrize("arm", ["weight_decay", "label_smoothing", "mixup", "erasing", "all"])
def test_each_changes_the_training_and_a_seed_fixes_it(tiny, arm):
    trainer, plain = made(tiny, arm), made(tiny, "none")
    first, other, again = (trainer.train(data(tiny, seed), seed, [False])[False] for seed in (0, 1, 0))
    assert first.status == "ok" and first.metrics == again.metrics and first.history == again.history
    assert first.metrics != other.metrics
    assert first.metrics != plain.train(data(tiny), 0, [False])[False].metrics


def test_weight_decay_is_that_of_keras_optimizers(tiny):
    import keras

    decays, plain = made(tiny, "weight_decay").optimizer, made(tiny, "none").optimizer
    assert (decays.weight_decay, plain.weight_decay) == (0.02, None)
    weight = keras.Variable(np.array([2.0, -4.0], np.float32))
    decays.__class__.from_config({**decays.get_config(), "learning_rate": 0.1}).apply([weight * 0.0], [weight])
    np.testing.assert_allclose(weight.numpy(), [2 - 2 * 0.1 * 0.02, -4 + 4 * 0.1 * 0.02], rtol=1e-6)


def test_the_rule_of_mixup_is_that_of_keras_layer(tiny):
    import keras

    from study.training.regularizers.mixup import MixUpStrength, mixed

    rng = np.random.default_rng(0)
    images, labels = rng.random((12, 5, 4, 2), np.float32), np.eye(12, dtype=np.float32)
    layer = keras.layers.MixUp(0.7)
    drawn = layer.get_random_transformation({"images": images}, seed=keras.random.SeedGenerator(3))
    x, y = mixed(images, labels, MixUpStrength(alpha=0.7), keras.random.SeedGenerator(3))
    np.testing.assert_allclose(x, layer.transform_images(images, drawn), rtol=1e-6)
    np.testing.assert_allclose(y, layer.transform_labels(labels, drawn), rtol=1e-6)
    assert np.allclose(y.numpy().sum(1), 1) and (y.numpy().max(1) < 1).any()


def test_mixed_labels_reach_the_loss_in_training_alone(tiny):
    import keras

    trainer, found = made(tiny, "mixup"), data(tiny)
    plain = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    x, y = found.validation
    wanted = float(plain(y, trainer.predict(x)))
    assert float(trainer.objective(x, y, training=False)[0]) == pytest.approx(wanted, rel=1e-5)
    assert abs(float(trainer.objective(x, y, training=True)[0]) - wanted) > 1e-3


def test_a_stretch_of_every_signal_is_hidden_and_no_more_than_the_share(tiny):
    import keras

    from study.training.regularizers.erasing import ErasingStrength, stretch

    x, y = np.ones((4000, 40), np.float32), np.zeros((4000, 2), np.float32)
    found, labels = stretch(x, y, ErasingStrength(share=0.5), keras.random.SeedGenerator(1))
    hidden = np.asarray(found) == 0
    assert labels is y and hidden.sum(1).max() == 20
    assert hidden.mean() == pytest.approx(0.25, abs=0.01)
    assert (np.abs(np.diff(hidden.astype(int), axis=1)).sum(1) <= 2).all(), "one stretch each"
    assert hidden.mean(0)[[0, -1]].min() > 0.01, "the ends too"


def test_a_rectangle_of_an_image_is_hidden_in_training_alone(tiny):
    trainer = made(tiny, "erasing")
    layer, images = trainer.model.get_layer("erasing"), np.full((200, 8, 8, 1), 0.5, np.float32)
    np.testing.assert_array_equal(layer(images, training=False), images)
    hidden = (np.asarray(layer(images, training=True)) != 0.5)[..., 0]
    assert 0 < hidden.mean() < 0.5 and hidden.any((1, 2)).mean() > 0.9
    rows, columns = hidden.any(2), hidden.any(1)
    np.testing.assert_array_equal(hidden, rows[:, :, None] & columns[:, None, :])


SETTINGS = """
def optimizer(strength):
    return {"global_clipnorm": strength.size}


Hum = Factor(
    optimizer=optimizer,"""


def test_a_factor_of_ones_own_sets_the_optimizer(tmp_path):
    found = studyfile.load(str(write_own(tmp_path, "own_settings", "\nHum = Factor(", SETTINGS)))
    assert made(found, "hum").optimizer.global_clipnorm == 0.5 and made(found, "none").optimizer.global_clipnorm is None


def test_what_is_no_settings_is_refused_in_a_sentence(tmp_path):
    wrong = SETTINGS.replace('{"global_clipnorm": strength.size}', '["global_clipnorm"]')
    found = studyfile.load(str(write_own(tmp_path, "own_no_settings", "\nHum = Factor(", wrong)))
    with pytest.raises(StudyError, match=r"'hum', optimizer: Expected a dictionary .* Received: \['global_clipnorm'\]"):
        made(found, "hum")


def test_a_batch_that_lacks_its_labels_is_refused_in_a_sentence(tmp_path):
    half = "\ndef batch(x, y, strength, seed):\n    return x\n\n\nHum = Factor(\n    batch=batch,"
    found = studyfile.load(str(write_own(tmp_path, "own_half_batch", "\nHum = Factor(", half)))
    with pytest.raises(StudyError, match="'hum', batch: Expected a tuple of the batch's inputs and labels. Received"):
        made(found, "hum").train(data(found), 0, [False])
