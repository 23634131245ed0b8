"""The built-in data sets' files: where they lie, how they are read, how they can be had.

What Keras has downloaded is read from its folder; Keras itself is imported only to download.
"""

from __future__ import annotations

import functools
import gzip
import hashlib
import os
import pickle
from pathlib import Path

import numpy as np

from study.errors import StudyError

DEBIAN_FASHION = Path("/usr/share/datasets/fashion-mnist")

PUBLISHED: dict[str, tuple[str, dict[str, str]]] = {
    "mnist": ("", {"mnist.npz": "8a61469f7ea1b51cbae51d4f78837e45"}),
    "fashion_mnist": (
        "fashion-mnist",
        {
            "train-images-idx3-ubyte.gz": "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
            "train-labels-idx1-ubyte.gz": "25c81989df183df01b3e8a0aad5dffbe",
            "t10k-images-idx3-ubyte.gz": "bef4ecab320f06d8554ea6380940ec79",
            "t10k-labels-idx1-ubyte.gz": "bb300cfdad3c16e7a12a480ee83cd310",
        },
    ),
    "cifar10": (
        "cifar-10-batches-py-target/cifar-10-batches-py",
        {
            "data_batch_1": "c99cafc152244af753f735de768cd75f",
            "data_batch_2": "d4bba439e000b95fd0a9bffe97cbabec",
            "data_batch_3": "54ebc095f3ab1f0389bbae665268c751",
            "data_batch_4": "634d18415352ddfa80567beed471001a",
            "data_batch_5": "482c414d41f54cd18b22e5b47cb7c3cb",
            "test_batch": "40351d587109b95175f43aff81a1287e",
        },
    ),
}
"""Where each data set's files lie in Keras's folder, and their MD5 as they were published: in the order they are read."""

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


def place(name: str) -> Path | None:
    """Return the folder that holds all files of a data set; None if there is none."""
    folder, files = PUBLISHED[name]
    places = [keras_home() / "datasets" / folder, *([DEBIAN_FASHION] if name == "fashion_mnist" else ())]
    return next((each for each in places if all((each / file).is_file() for file in files)), None)


def lacking(name: str) -> list[str]:
    """Return the files of a data set that are not in Keras's folder, if others of it are."""
    folder, files = PUBLISHED[name]
    absent = [file for file in files if not (keras_home() / "datasets" / folder / file).is_file()]
    return absent if len(absent) < len(files) else []


def damaged(name: str, folder: Path) -> list[str]:
    """Return the files of a data set that are not as they were published; Debian packs its own."""
    files = PUBLISHED[name][1] if folder != DEBIAN_FASHION else {}
    found = {file: (folder / file).stat() for file in files}
    return [file for file, at in found.items() if _md5(folder / file, at.st_mtime_ns, at.st_size) != files[file]]


@functools.cache
def _md5(file: Path, modified: int, size: int) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "md5").hexdigest()


def _whole(name: str) -> list[Path]:
    """Return a data set's files; none if they must be downloaded.

    Raises:
        StudyError: if one is damaged.
    """
    folder = place(name)
    if folder and (wrong := damaged(name, folder)):
        raise StudyError(
            f"{folder}: Expected the files of {name!r} as they were published. Received: {', '.join(wrong)} with other "
            f"content. Delete what is damaged. {ways(name)}"
        )
    return [folder / file for file in PUBLISHED[name][1]] if folder else []


def fashion_mnist() -> Arrays:
    """Read Fashion-MNIST from Keras's folder or Debian's, or download it."""
    files = _whole("fashion_mnist")
    return _images(*map(_idx, files)) if files else _from_keras("fashion_mnist")


def _idx(file: Path) -> np.ndarray:
    """Read an IDX file: after a header of 4 bytes and 4 a dimension, unsigned bytes."""
    raw = gzip.decompress(file.read_bytes())
    shape = np.frombuffer(raw, ">i4", count=raw[3], offset=4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * raw[3]).reshape(shape)


def mnist() -> Arrays:
    """Read MNIST from Keras's folder, or download it."""
    files = _whole("mnist")
    if not files:
        return _from_keras("mnist")
    with np.load(files[0], allow_pickle=False) as archive:
        return _images(*(archive[name] for name in ("x_train", "y_train", "x_test", "y_test")))


def cifar10() -> Arrays:
    """Read CIFAR-10 from Keras's folder, or download it."""
    files = _whole("cifar10")
    if not files:
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
    folder, files = PUBLISHED[name]
    text = (
        f"Ways to get it: run once with network access, so that Keras downloads it; or copy "
        f"datasets/{f'{folder}/' if folder else next(iter(files))} from a machine that has it into {keras_home()} (KERAS_HOME)"
    )
    if name == "fashion_mnist":
        text += "; or install Debian's package dataset-fashion-mnist"
    return text + "."


def _images(x, y, x_test, y_test) -> Arrays:
    def with_channels(pixels):
        return pixels if pixels.ndim == 4 else pixels[..., None]

    return with_channels(x), y.ravel(), with_channels(x_test), y_test.ravel()
