"""A network or a factor of one's own that cannot be meant is refused in a sentence before anything is trained."""

import pytest
from conftest import write_tiny
from own_factors import write_own

from study.design import studyfile
from study.design.arms import parse_arm
from study.design.cells import cells
from study.errors import StudyError
from study.store.lines import Store
from study.training import rehearsal

pytestmark = pytest.mark.usefixtures("tensorflow")

MODULE = """
import keras


def good(inputs, classes, layers, width=8):
    x = keras.layers.Flatten()(layers.augment(inputs))
    return layers.head(layers.dense(x, width, "wide"), classes)


def softmax(inputs, classes, layers):
    return keras.layers.Softmax()(good(inputs, classes, layers))


def alone(inputs, classes, layers):
    return keras.layers.Dense(classes)(keras.layers.Flatten()(inputs))


def nowhere(inputs, classes, layers):
    x = keras.layers.Flatten()(layers.augment(inputs))
    return layers.head(layers.dense(x, 8, "wide", dropout="nowhere"), classes)


def own(inputs, classes, layers):
    x = keras.layers.Flatten()(layers.augment(inputs))
    rate = 0.5 if "dropout" in layers.arm else 0.0
    x = layers.dense(x, 8, "wide", dropout="nowhere")
    return layers.head(keras.layers.Dropout(rate, seed=1)(x), classes)


def narrow(inputs, classes, layers):
    return good(inputs, 3, layers)


def nothing(inputs, classes, layers):
    good(inputs, classes, layers)


def raises(inputs, classes, layers):
    raise ValueError("a first line\\nand a second")


def ends(inputs, classes, layers):
    raise SystemExit(3)


number = 3
"""


def experiment(folder, name, module):
    (folder / f"{module}.py").write_text(MODULE)
    file = write_tiny(folder)
    file.write_text(file.read_text().replace('name = "mlp", widths = [8]', f'name = "{module}:{name}"'))
    return studyfile.load(str(file))


@pytest.mark.parametrize("name", ["good", "own"])
def test_a_network_that_listens_to_its_arm_is_fine(tmp_path, name):
    """By the methods of `layers`, or by asking which factors are on."""
    found = experiment(tmp_path, name, f"rehearsed_{name}")
    rehearsal.examine(found.experiments["scans"], found.factors)


@pytest.mark.parametrize("name, told", [
    ("softmax", "Expected logits. Received: probabilities, which add up to 1. Leave the softmax at the end out"),
    ("alone", "the same network with and without dropout, L2, batch norm, augmentation. Make its layers by"),
    ("nowhere", "the same network with and without dropout. Make its layers by"),
    ("narrow", "arm none: model 'rehearsed_narrow:narrow': Expected logits of shape (None, 10). Received: (None, 3)."),
    ("nothing", "Expected logits of shape (None, 10). Received: None."),
    ("raises", "Received: ValueError: a first line and a second (rehearsed_raises.py, line 39)"),
    ("ends", "Received: SystemExit: 3 (rehearsed_ends.py, line 43)"),
    ("number", "Expected a function. Received: int."),
    ("absent", "has no attribute 'absent'"),
])  # fmt: skip
def test_a_network_that_cannot_be_meant_is_refused(tmp_path, name, told):
    found = experiment(tmp_path, name, f"rehearsed_{name}")
    with pytest.raises(StudyError) as error:
        rehearsal.examine(found.experiments["scans"], found.factors)
    said = str(error.value)
    assert said.startswith("experiment 'scans', ") and "Expected" in said and told in said and "\n" not in said


LAYER = "return keras.layers.GaussianNoise(strength.size, seed=seed, name=name)(x)"


@pytest.mark.parametrize("number, old, new, told", [
    (0, LAYER, "return x", "the same network with and without hum"),
    (1, LAYER, "return None", "Expected a network that can be built and called"),
    (2, "import keras\n", "import keras; raise KeyError('x')\n", "KeyError: 'x' (rehearsed_hum_2.py, line 10)"),
    (3, "block=layer", "callbacks=lambda strength: [3]", "Expected a list of Keras callbacks. Received: [3]"),
    (4, "block=layer", "loss=lambda total, y, logits, strength: logits", "loss: Expected one number a batch"),
])  # fmt: skip
def test_a_factor_that_cannot_be_meant_is_refused(tmp_path, number, old, new, told):
    found = studyfile.load(str(write_own(tmp_path, f"rehearsed_hum_{number}", old, new)))
    with pytest.raises(StudyError) as error:
        rehearsal.examine(found.experiments["scans"], found.factors)
    assert told in str(error.value) and "\n" not in str(error.value)


def test_a_factor_that_acts_on_the_loss_alone_is_no_idler(tmp_path):
    changed = "loss=lambda total, y, logits, strength: 2 * total"
    found = studyfile.load(str(write_own(tmp_path, "rehearsed_loss", "block=layer", changed)))
    rehearsal.examine(found.experiments["scans"], found.factors)


def test_what_is_built_in_or_was_trained_is_not_rehearsed(tmp_path, monkeypatch):
    """Nor is another experiment than those asked for; the body of the process is `examine`."""
    asked = []

    class Here:
        def __init__(self, *_):
            pass

        def submit(self, body, experiment, factors):
            asked.append((body, experiment.name))
            return self

        result = __enter__ = lambda self: self
        __exit__ = lambda self, *_: None

    monkeypatch.setattr(rehearsal, "ProcessPoolExecutor", Here)
    plain = studyfile.load(str(write_tiny(tmp_path)))
    own = experiment(tmp_path, "good", "rehearsed_once")
    empty = Store(tmp_path / "r", own.name)
    rehearsal.rehearse(plain, cells(plain), empty)
    assert asked == []
    rehearsal.rehearse(own, cells(own), empty)
    assert asked == [(rehearsal.examine, "scans")]
    (some,) = cells(own, arms=[parse_arm("l2")], seeds=[0])
    monkeypatch.setattr(Store, "read", lambda self: {some.place: {"key": some.key, "status": "ok"}})
    rehearsal.rehearse(own, cells(own), empty)
    assert len(asked) == 1
