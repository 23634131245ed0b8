"""Data sets and the examples each seed draws from them. TensorFlow only where Keras must download."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from study.config import Data, Experiment, Study
from study.design import derive
from study.errors import StudyError, unknown

DEBIAN_FASHION = Path("/usr/share/datasets/fashion-mnist")
ARRAYS = ("x_train", "y_train", "x_test", "y_test")


@dataclass(frozen=True)
class Split:
    """One seed's examples.

    Attributes:
        x_train, x_validation, x_test: float32, shape (examples, *sample); sample is (steps,) for
            signals and (height, width, channels) for images, pixels in [0, 1].
        y_train, y_validation, y_test: int32, shape (examples,), values 0 … classes − 1.
        classes: number of classes.
    """

    x_train: np.ndarray
    y_train: np.ndarray
    x_validation: np.ndarray
    y_validation: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    classes: int


@dataclass(frozen=True)
class Dataset:
    """What is known of a built-in data set before it is read.

    Attributes:
        sample: shape of one example.
        train: examples to draw training and validation from; None if they are generated.
        test: examples of the data set's own test part; None if there is none, and the test
            examples are drawn, without overlap, from the same pool.
        classes: number of classes.
        source: citation key.
        about: a Markdown sentence on what an example is.
        read: returns x_train, y_train, x_test, y_test with as many examples.
    """

    sample: tuple[int, ...]
    train: int | None
    test: int | None
    classes: int
    source: str
    about: str
    read: Callable[[], tuple[np.ndarray, ...]] | None = None


def _digits() -> tuple[np.ndarray, ...]:
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    images = x.reshape(-1, 8, 8, 1) / 16.0
    return images, y, images[:0], y[:0]


def keras_home() -> Path:
    """Return the folder where Keras keeps what it downloaded."""
    return Path(os.environ.get("KERAS_HOME", Path.home() / ".keras"))


def _fashion_mnist() -> tuple[np.ndarray, ...]:
    cached = keras_home() / "datasets" / "fashion-mnist"
    for folder in (cached, DEBIAN_FASHION):
        if _complete(folder):
            return _images(*_idx(folder))
    return _from_keras("fashion_mnist")


def _complete(folder: Path) -> bool:
    return all((folder / f"{part}-ubyte.gz").is_file() for part in _IDX)


_IDX = ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1")


def _idx(folder: Path) -> list[np.ndarray]:
    """Read the four IDX files: after a header of 4 bytes and 4 a dimension, unsigned bytes."""
    arrays = []
    for part in _IDX:
        raw = gzip.decompress((folder / f"{part}-ubyte.gz").read_bytes())
        shape = np.frombuffer(raw, ">i4", count=raw[3], offset=4)
        arrays.append(np.frombuffer(raw, np.uint8, offset=4 + 4 * raw[3]).reshape(shape))
    return arrays


def _from_keras(name: str) -> tuple[np.ndarray, ...]:
    """Read a data set through `keras.datasets`, which downloads it once into `KERAS_HOME`."""
    import keras

    try:
        (x, y), (x_test, y_test) = getattr(keras.datasets, name).load_data()
    except Exception as error:  # Keras raises bare Exception when a download fails
        raise StudyError(
            f"Expected to find or download the data set {name!r}. Received: {error}. "
            f"{ways(name)}"
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


def _images(x, y, x_test, y_test) -> tuple[np.ndarray, ...]:
    def scaled(pixels):
        pixels = pixels.astype(np.float32) / 255.0
        return pixels if pixels.ndim == 4 else pixels[..., None]

    return scaled(x), y.ravel(), scaled(x_test), y_test.ravel()


DATASETS: dict[str, Dataset] = {
    "mnist1d": Dataset(
        (40,), None, None, 10, "greydanus2024scaling",
        "A signal of 40 samples: one of ten templates, shifted, stretched, sheared and with "
        "correlated noise, generated anew for every seed.",
    ),
    "digits": Dataset(
        (8, 8, 1), 1797, None, 10, "alpaydin1998digits",
        "A scan of a handwritten digit, 8 × 8 pixels.", _digits,
    ),
    "fashion_mnist": Dataset(
        (28, 28, 1), 60_000, 10_000, 10, "xiao2017fashion",
        "A grey photograph of a piece of clothing, 28 × 28 pixels.", _fashion_mnist,
    ),
    "mnist": Dataset(
        (28, 28, 1), 60_000, 10_000, 10, "lecun1998gradient",
        "A scan of a handwritten digit, 28 × 28 pixels.", lambda: _from_keras("mnist"),
    ),
    "cifar10": Dataset(
        (32, 32, 3), 50_000, 10_000, 10, "krizhevsky2009learning",
        "A colour photograph of one of ten things, 32 × 32 pixels.", lambda: _from_keras("cifar10"),
    ),
}


def describe(data: Data) -> Dataset:
    """Return what is known of an experiment's data set before any training.

    Raises:
        StudyError: if the name is unknown, or an .npz file is not what it must be.
    """
    if data.file:
        arrays = _npz(data)
        return Dataset(
            arrays[0].shape[1:], len(arrays[0]), len(arrays[2]), int(arrays[1].max()) + 1, "",
            f"An example of `{data.file.name}`.", lambda: arrays,
        )
    if data.name not in DATASETS:
        raise unknown("data set", data.name, [*DATASETS, "FILE.npz"])
    return DATASETS[data.name]


def _npz(data: Data) -> tuple[np.ndarray, ...]:
    """Read a user's own arrays and refuse whatever could not be trained on."""
    need = f"Expected an .npz file with the arrays {', '.join(ARRAYS)}"
    try:
        with np.load(data.file, allow_pickle=False) as archive:
            names = list(archive.files)
            missing = [name for name in ARRAYS if name not in names]
            if missing:
                raise StudyError(
                    f"{data.name}: {need}. Received: one without {', '.join(missing)}. "
                    f"It holds: {', '.join(names) or 'nothing'}."
                )
            arrays = {name: archive[name] for name in ARRAYS}
    except (OSError, ValueError, EOFError) as error:
        raise StudyError(f"{data.name}: {need}. Received: {error}.") from None
    for part in ("train", "test"):
        x, y = arrays[f"x_{part}"], arrays[f"y_{part}"]
        if len(x) != len(y) or y.ndim != 1:
            raise StudyError(
                f"{data.name}: Expected y_{part} of shape ({len(x)},), one label for each example "
                f"of x_{part}. Received: shape {y.shape}."
            )
        if x.ndim not in (2, 4) or not np.issubdtype(x.dtype, np.number):
            raise StudyError(
                f"{data.name}: Expected x_{part} of numbers with shape (examples, steps) or (examples, "
                f"height, width, channels). Received: {x.dtype} of shape {x.shape}."
            )
        if not np.isfinite(x).all():
            raise StudyError(
                f"{data.name}: Expected finite numbers in x_{part}. Received: "
                f"{int((~np.isfinite(x)).sum())} values that are NaN or infinite."
            )
        if not np.issubdtype(y.dtype, np.integer):
            raise StudyError(f"{data.name}: Expected whole-number labels in y_{part}. Received: {y.dtype}.")
    if arrays["x_train"].shape[1:] != arrays["x_test"].shape[1:]:
        raise StudyError(
            f"{data.name}: Expected x_test of the shape of x_train's examples, "
            f"{arrays['x_train'].shape[1:]}. Received: {arrays['x_test'].shape[1:]}."
        )
    labels = np.unique(arrays["y_train"])
    if len(labels) < 2 or not np.array_equal(labels, np.arange(len(labels))):
        raise StudyError(
            f"{data.name}: Expected labels 0 … k−1, each present in y_train, k at least 2. "
            f"Received: {', '.join(map(str, labels[:12]))}."
        )
    strange = np.setdiff1d(arrays["y_test"], labels)
    if len(strange):
        raise StudyError(
            f"{data.name}: Expected labels 0 … {len(labels) - 1} in y_test, as in y_train. "
            f"Received: {', '.join(map(str, strange[:12]))}."
        )
    return tuple(arrays[name] for name in ARRAYS)


def check(study: Study) -> None:
    """Check every experiment's data set: it is known, large enough, and fits the augmentation.

    Raises:
        StudyError: on the first thing that is wrong, naming the experiment.
    """
    for experiment in study.experiments.values():
        try:
            _check(experiment)
        except StudyError as error:
            raise StudyError(f"experiment.{experiment.name}: {error}") from None


def _check(experiment: Experiment) -> None:
    data, known = experiment.data, describe(experiment.data)
    if known.train is not None:
        asked = data.train + data.validation + (0 if known.test is not None else data.test or 1)
        if asked > known.train:
            own = "" if known.test is not None else " and test"
            raise StudyError(
                f"data: Expected at most {known.train} training, validation{own} examples in all. "
                f"Received: {asked}. {data.name!r} has no more."
            )
    elif data.test is None:
        raise StudyError(f"data.test: Expected a number; {data.name!r} is generated. Received: nothing.")
    if known.test is not None and data.test is not None and data.test > known.test:
        raise StudyError(
            f"data.test: Expected at most {known.test} test examples. Received: {data.test}."
        )
    strength = experiment.strengths.augmentation
    spatial = [name for name in ("rotation", "zoom", "flip") if getattr(strength, name)]
    if len(known.sample) == 1 and spatial:
        raise StudyError(
            f"strengths.augmentation: Expected translation and noise only, as {data.name!r} holds "
            f"signals. Received: {', '.join(spatial)}."
        )
    if len(known.sample) == 1 and experiment.model.name == "cnn":
        raise StudyError(
            f"model: Expected an architecture for signals of shape {known.sample}, such as 'mlp'. "
            "Received: 'cnn', which needs images (height, width, channels)."
        )


def split(data: Data, seed: int) -> Split:
    """Draw one seed's training, validation and test examples.

    Training and validation examples are drawn from the data set's training part; test examples
    from its test part, or, where it has none, from what training and validation left over.

    Args:
        data: which data and how many.
        seed: the block's seed; equal seeds draw equal examples in every arm.

    Returns:
        The examples, no two of which stand at one place of the source.

    Raises:
        StudyError: if the data set cannot be had, naming the ways to get it.
    """
    if data.name == "mnist1d":
        return _generated(data, seed)
    known = describe(data)
    x, y, x_test, y_test = known.read()
    order = np.random.default_rng(derive(seed, "data", data.name)).permutation(len(x))
    train, rest = order[: data.train], order[data.train :]
    validation, rest = rest[: data.validation], rest[data.validation :]
    if not len(x_test):
        x_test, y_test = x[rest], y[rest]
    picked = slice(None)
    if data.test is not None and data.test < len(x_test):
        # The same test examples for every seed: a fixed test part stays fixed.
        picked = np.random.default_rng(derive(0, "test", data.name)).permutation(len(x_test))[: data.test]
    return _split(
        known.classes, x[train], y[train], x[validation], y[validation], x_test[picked], y_test[picked]
    )


def _split(classes: int, *arrays: np.ndarray) -> Split:
    kinds = (np.float32, np.int32) * 3
    return Split(*(np.ascontiguousarray(a, kind) for a, kind in zip(arrays, kinds)), classes=classes)


def cache_folder() -> Path:
    """Return the folder where generated data are kept: `XDG_CACHE_HOME` or `~/.cache`."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "what-regularizes"


def _generated(data: Data, seed: int) -> Split:
    """Generate MNIST-1D signals for one seed, once a machine: it takes seconds, reading it none."""
    from importlib.metadata import version

    sizes = (data.train, data.validation, data.test)
    name = f"mnist1d-{version('mnist1d')}-{'-'.join(map(str, sizes))}-{seed}.npz"
    file = cache_folder() / name
    try:
        with np.load(file, allow_pickle=False) as archive:
            x, y = archive["x"], archive["y"]
    except Exception:  # absent, torn or unreadable: made again
        x, y = generate_mnist1d(sum(sizes), derive(seed, "data", "mnist1d"))
        _keep(file, x=x, y=y)
    ends = np.cumsum(sizes)
    parts = [(x[a:b], y[a:b]) for a, b in zip([0, *ends], ends)]
    return _split(10, *(array for part in parts for array in part))


def _keep(file: Path, **arrays: np.ndarray) -> None:
    """Write a cache file whole or not at all; a cache that cannot be written is no error."""
    partial = file.with_name(f"{file.name}.{os.getpid()}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as stream:
            np.savez(stream, **arrays)
        partial.replace(file)
    except OSError:
        partial.unlink(missing_ok=True)


def generate_mnist1d(examples: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Generate MNIST-1D signals with the data set's published settings.

    Args:
        examples: how many signals, in all ten classes alike but for a remainder.
        seed: seed of the generator. NumPy's and Python's global states are left as they were.

    Returns:
        x: float32, shape (examples, 40), centred and scaled by the mean and standard deviation of
            these signals.
        y: int32, shape (examples,), values 0 … 9, in random order.

    Source:
        Greydanus & Kobak, Scaling down deep learning with MNIST-1D, ICML 2024.
    """
    import random

    from mnist1d.data import get_dataset_args, make_dataset

    args = get_dataset_args()
    args.num_samples = -(-examples // 10) * 10
    args.train_split, args.seed = 1.0, seed
    state, python_state = np.random.get_state(), random.getstate()
    try:
        made = make_dataset(args)
    finally:
        np.random.set_state(state)
        random.setstate(python_state)
    return made["x"][:examples].astype(np.float32), made["y"][:examples].astype(np.int32)
