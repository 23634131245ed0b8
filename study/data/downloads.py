"""The built-in data sets' files: where they lie, how they are read, how they can be had.

What Keras has downloaded is read from its folder; Keras itself is imported only to download.
"""

from __future__ import annotations

import gzip
import os
import pickle
from pathlib import Path

import numpy as np

from study.errors import StudyError

DEBIAN_FASHION = Path("/usr/share/datasets/fashion-mnist")

IDX = ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1")

Arrays = tuple[np.ndarray, ...]
"""x_train, y_train, x_test, y_test: pixels of shape (examples, height, width, channels), bytes 0 … 255 or floats in
[0, 1], and labels of shape (examples,)."""


def digits() -> Arrays:
    """Read the scans inside scikit-learn; they have no test part of their own."""
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    images = x.reshape(-1, 8, 8, 1) / 16.0
    return images, y, images[:0], y[:0]


def keras_home() -> Path:
    """Return the folder where Keras keeps what it downloaded."""
    return Path(os.environ.get("KERAS_HOME", Path.home() / ".keras"))


def fashion_mnist() -> Arrays:
    """Read Fashion-MNIST from Keras's folder or Debian's, or download it."""
    cached = keras_home() / "datasets" / "fashion-mnist"
    for folder in (cached, DEBIAN_FASHION):
        if complete(folder):
            return _images(*_idx(folder))
    return _from_keras("fashion_mnist")


def complete(folder: Path) -> bool:
    """Return whether a folder holds the four files of Fashion-MNIST."""
    return all((folder / f"{part}-ubyte.gz").is_file() for part in IDX)


def _idx(folder: Path) -> list[np.ndarray]:
    """Read the four IDX files: after a header of 4 bytes and 4 a dimension, unsigned bytes."""
    arrays = []
    for part in IDX:
        raw = gzip.decompress((folder / f"{part}-ubyte.gz").read_bytes())
        shape = np.frombuffer(raw, ">i4", count=raw[3], offset=4)
        arrays.append(np.frombuffer(raw, np.uint8, offset=4 + 4 * raw[3]).reshape(shape))
    return arrays


def mnist() -> Arrays:
    """Read MNIST from Keras's folder, or download it."""
    file = keras_home() / "datasets" / "mnist.npz"
    if not file.is_file():
        return _from_keras("mnist")
    with np.load(file, allow_pickle=False) as archive:
        return _images(*(archive[name] for name in ("x_train", "y_train", "x_test", "y_test")))


def cifar10() -> Arrays:
    """Read CIFAR-10 from Keras's folder, or download it."""
    folder = keras_home() / "datasets" / "cifar-10-batches-py-target" / "cifar-10-batches-py"
    files = [folder / f"data_batch_{number}" for number in range(1, 6)] + [folder / "test_batch"]
    if not all(file.is_file() for file in files):
        return _from_keras("cifar10")
    batches = [pickle.loads(file.read_bytes(), encoding="bytes") for file in files]
    x = [batch[b"data"].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1) for batch in batches]
    y = [np.array(batch[b"labels"]) for batch in batches]
    return _images(np.concatenate(x[:5]), np.concatenate(y[:5]), x[5], y[5])


def _from_keras(name: str) -> Arrays:
    """Read a data set through `keras.datasets`, which downloads it once into `KERAS_HOME`."""
    import keras

    try:
        (x, y), (x_test, y_test) = getattr(keras.datasets, name).load_data()
    except Exception as error:  # Keras raises bare Exception when a download fails
        raise StudyError(
            f"Expected to find or download the data set {name!r}. Received: {error}. {ways(name)}"
        ) from None
    return _images(x, y, x_test, y_test)


def ways(name: str) -> str:
    """Return a sentence that names the ways to get a data set that is not there."""
    files = {"mnist": "mnist.npz", "fashion_mnist": "fashion-mnist/", "cifar10": "cifar-10-batches-py-target/"}
    text = (
        f"Ways to get it: run once with network access, so that Keras downloads it; or copy "
        f"datasets/{files[name]} from a machine that has it into {keras_home()} (KERAS_HOME)"
    )
    if name == "fashion_mnist":
        text += "; or install Debian's package dataset-fashion-mnist"
    return text + "."


def _images(x, y, x_test, y_test) -> Arrays:
    def with_channels(pixels):
        return pixels if pixels.ndim == 4 else pixels[..., None]

    return with_channels(x), y.ravel(), with_channels(x_test), y_test.ravel()
