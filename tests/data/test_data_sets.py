"""Every seed draws its own examples; bad arrays are refused."""

import hashlib
import pickle
import random
from pathlib import Path

import numpy as np
import pytest

from study.cli import doctor
from study.data import datasets, downloads, splits
from study.design.settings import Data
from study.errors import StudyError


def digits(**sizes):
    return Data(name="digits", **({"train": 300, "validation": 300} | sizes))


def rows(x):
    return {row.tobytes() for row in x}


def test_digits_parts_do_not_overlap():
    found = splits.split(digits(), 0)
    assert found.x_train.shape == (300, 8, 8, 1) and found.x_test.shape == (1197, 8, 8, 1)
    assert found.x_train.dtype == np.float32 and found.y_train.dtype == np.int32
    assert found.x_train.min() == 0 and found.x_train.max() == 1
    from sklearn.datasets import load_digits

    # Seven scans look exactly like another one; beyond those, no example is in two parts.
    twins = 1797 - len(rows(load_digits().data.astype(np.float32)))
    parts = [rows(x) for x in (found.x_train, found.x_validation, found.x_test)]
    shared = sum(len(a & b) for a, b in ((parts[0], parts[1]), (parts[0], parts[2]), (parts[1], parts[2])))
    assert shared <= twins


def test_the_seed_decides_the_draw():
    one, again, other = (splits.split(digits(), seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(one.x_train, again.x_train)
    assert (one.y_train != other.y_train).any()


def test_mnist1d_is_generated_without_touching_global_randomness(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    small = Data(name="mnist1d", train=30, validation=20, test=25)
    np.random.seed(5)
    random.seed(5)
    expected = np.random.random(), random.random()
    np.random.seed(5)
    random.seed(5)
    found = splits.split(small, 0)
    assert (np.random.random(), random.random()) == expected
    assert found.x_train.shape == (30, 40) and found.x_test.shape == (25, 40) and found.classes == 10
    (cached,) = tmp_path.rglob("*.npz")
    np.testing.assert_array_equal(splits.split(small, 0).x_test, found.x_test)
    cached.write_bytes(cached.read_bytes()[:50])
    np.testing.assert_array_equal(splits.split(small, 0).x_test, found.x_test)
    assert (splits.split(small, 1).x_train != found.x_train).any()
    assert not rows(found.x_train) & rows(found.x_test)


def test_mnist1d_without_a_writable_cache(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert len(splits.split(Data(name="mnist1d", train=10, validation=10, test=11), 0).y_test) == 11


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
def test_keras_data_sets(shared_keras, name):
    found = splits.split(Data(name=name, train=100, validation=50, test=70), 0)
    assert found.x_train.shape == (100, 28, 28, 1) and len(found.y_test) == 70
    assert 0.9 < found.x_train.max() <= 1 and set(found.y_test) <= set(range(10))
    other = splits.split(Data(name=name, train=100, validation=50, test=70), 1)
    np.testing.assert_array_equal(found.x_test, other.x_test)
    assert (found.x_train != other.x_train).any()


def test_fashion_mnist_from_debians_folder(shared_keras, monkeypatch, tmp_path):
    monkeypatch.setattr(downloads, "DEBIAN_FASHION", shared_keras / "datasets" / "fashion-mnist")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    assert splits.split(Data(name="fashion_mnist", train=10, validation=10), 0).x_test.shape == (10_000, 28, 28, 1)


@pytest.fixture
def cifar10(monkeypatch, tmp_path):
    """A folder of CIFAR-10 as Keras unpacks it, with four pictures a file, and published as it is."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    place, published = downloads.PUBLISHED["cifar10"]
    folder = tmp_path / "datasets" / place
    folder.mkdir(parents=True)
    known = {}
    for number, name in enumerate(published):
        pixels = np.zeros((4, 3, 32, 32), np.uint8)
        pixels[:, 1, 5, 7] = 51 * number
        batch = pickle.dumps({b"data": pixels.reshape(4, -1), b"labels": [number] * 4})
        (folder / name).write_bytes(batch)
        known[name] = hashlib.md5(batch).hexdigest()
    monkeypatch.setitem(downloads.PUBLISHED, "cifar10", (place, known))
    return folder


def test_cifar10_is_read_as_keras_unpacks_it(cifar10):
    """Six pickles of rows: 1,024 red, then green, then blue pixels, row by row."""
    x, y, x_test, y_test = downloads.cifar10()
    assert x.shape == (20, 32, 32, 3) and x_test.shape == (4, 32, 32, 3) and x.dtype == np.uint8
    np.testing.assert_array_equal(x[:, 5, 7, 1], y * 51)
    assert x.sum() == x[:, 5, 7, 1].sum() and set(y_test) == {5}


def test_a_damaged_or_half_data_set_is_none(cifar10):
    assert doctor._dataset("cifar10") == f"ready, {cifar10}"
    batch = cifar10 / "data_batch_3"
    batch.write_bytes(batch.read_bytes()[:-1])
    assert "damaged, data_batch_3 not as published" in doctor._dataset("cifar10")
    with pytest.raises(StudyError, match="Received: data_batch_3 with other content. Delete what is damaged"):
        downloads.cifar10()
    batch.unlink()
    assert doctor._dataset("cifar10").startswith("incomplete, without data_batch_3. Ways to get it")
    for file in cifar10.iterdir():
        file.unlink()
    assert doctor._dataset("cifar10").startswith("absent. Ways to get it")


def test_data_that_cannot_be_had_names_the_ways(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(downloads, "DEBIAN_FASHION", Path("/nonexistent"))
    keras = pytest.importorskip("keras")

    def offline():
        raise Exception("URL fetch failure on https://example.org: None")

    monkeypatch.setattr(keras.datasets.fashion_mnist, "load_data", offline)
    with pytest.raises(StudyError, match="dataset-fashion-mnist") as error:
        splits.split(Data(name="fashion_mnist", train=10, validation=10), 0)
    assert "URL fetch failure" in str(error.value) and str(tmp_path) in str(error.value)


GOOD = dict(
    x_train=np.random.default_rng(0).random((20, 4)),
    y_train=np.arange(20) % 2,
    x_test=np.random.default_rng(1).random((10, 4)),
    y_test=np.arange(10) % 2,
)


def own(tmp_path, **changes) -> Data:
    arrays = {name: array for name, array in (GOOD | changes).items() if array is not None}
    np.savez(tmp_path / "mine.npz", **arrays)
    return Data(name="mine.npz", train=8, validation=6, file=tmp_path / "mine.npz")


def test_own_arrays(tmp_path):
    found = splits.split(own(tmp_path), 0)
    assert found.classes == 2 and found.x_train.shape == (8, 4) and found.x_test.shape == (10, 4)


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"y_test": None}, "without y_test"),
        ({"y_train": np.arange(19) % 2}, r"y_train of shape \(20,\).*\(19,\)"),
        ({"x_train": np.where(np.eye(20, 4) > 0, np.nan, 1.0)}, "4 values that are NaN"),
        ({"y_train": np.arange(20) % 2 + 1}, "labels 0 … k−1.*1, 2"),
        ({"y_train": (np.arange(20) % 2) * 2, "y_test": np.zeros(10, int)}, "0, 2"),
        ({"y_test": np.full(10, 7)}, "labels 0 … 1 in y_test.*7"),
        ({"y_train": np.arange(20) % 2 + 0.5}, "y_test of the kind of y_train, float64"),
        ({"x_test": np.zeros((10, 5))}, r"\(4,\).*\(5,\)"),
        ({"x_train": np.zeros(20), "x_test": np.zeros(10)}, "height, width, channels"),
        (
            {"x_test": np.zeros((0, 4)), "y_test": np.zeros(0, int)},
            r"at least 1 of each. Received: float64 of shape \(0",
        ),
        ({"x_test": np.full((10, 4), 1e300)}, "none beyond 3.4e38. Received: 40 values"),
        ({"x_train": np.zeros((20, 4), complex)}, "real numbers.*Received: complex128"),
        ({"x_train": np.full((20, 4), object())}, "cannot be read: Object arrays"),
        ({"y_train": np.array(["a", "b"] * 10)}, "labels in y_train, or floats to be predicted. Received: <U1"),
    ],
)
def test_bad_arrays(tmp_path, changes, words):
    with pytest.raises(StudyError, match=words):
        datasets.describe(own(tmp_path, **changes))


def cut(whole: bytes) -> bytes:
    return whole[: len(whole) // 2]


def spoilt(whole: bytes) -> bytes:
    return whole[:300] + bytes(40) + whole[340:]


@pytest.mark.parametrize("damage, words", [
    (lambda whole: b"not a zip file", "no zip archive"), (cut, "a torn one"), (spoilt, "Bad CRC-32"),
])  # fmt: skip
def test_an_archive_that_cannot_be_read_is_one_sentence(tmp_path, damage, words):
    data = own(tmp_path)
    data.file.write_bytes(damage(data.file.read_bytes()))
    with pytest.raises(StudyError, match=f"x_train, y_train, x_test, y_test. Received: .*{words}") as error:
        datasets.describe(data)
    assert "\n" not in str(error.value)


def test_classes_weigh_by_the_labels_that_are_trained_on():
    """Also where labels were spoilt, and where the examples are generated; the draw itself stays."""
    weights = tuple(float(label + 1) for label in range(10))
    for name, sizes in (("digits", {}), ("mnist1d", {"test": 10})):
        data = Data(name=name, train=80, validation=10, label_noise=0.5, class_weight=weights, **sizes)
        found, plain = splits.draw(data, 0), splits.draw(data.model_copy(update={"class_weight": None}), 0)
        np.testing.assert_array_equal(found.w_train, found.y_train + 1)
        np.testing.assert_array_equal(found.y_train, plain.y_train)
        assert plain.w_train is None


def test_targets_that_do_not_vary_among_those_drawn_are_refused(tmp_path):
    y = np.zeros((40, 1), np.float32)
    y[:3] = 1
    x = np.arange(80, dtype=np.float32).reshape(40, 2)
    np.savez(tmp_path / "rare.npz", x_train=x, y_train=y, x_test=x, y_test=y)
    data = Data(name="rare.npz", train=30, validation=1, file=tmp_path / "rare.npz", digest="0")
    with pytest.raises(StudyError, match="data.validation: Expected examples of 'rare.npz' whose targets differ"):
        splits.draw(data, 0)
