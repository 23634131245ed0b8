"""A user's data, wherever they lie, as the four arrays of an .npz file: read once, and the same ever after."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from study.design.own import code
from study.design.seeds import derive
from study.errors import StudyError

HELD_OUT = 0.2
"""Share of the examples that are kept for the test where nobody says which."""
TABLES: dict[str, str] = {".csv": "read_csv", ".parquet": "read_parquet"}
KINDS = "an .npz, .csv or .parquet file, a folder of images by class, or package.module:function"


@dataclass(frozen=True)
class Gathered:
    """A user's data.

    Attributes:
        arrays: `x_train`, `y_train`, `x_test`, `y_test`: x of shape (examples, …), y of shape (examples,), int32,
            values 0 … classes − 1.
        classes: the classes' names, in the order of their labels.
        held_out: whether the test part was drawn here, as the data had none.
    """

    arrays: dict[str, np.ndarray]
    classes: tuple[str, ...]
    held_out: bool


def gather(data: str, target: str | None, sample: tuple[int | None, ...]) -> Gathered:
    """Read a user's data.

    Args:
        data: one of `KINDS`. An .npz file may lack a test part, and hold one-hot labels or names of classes. A function
            returns what `keras.datasets` do, ((x, y), (x, y)), of training, perhaps validation, and test, or of
            training alone; each part may be a `tf.data.Dataset`. What is for training and what for validation is drawn
            for each seed from both. A folder may hold the folders `train` and `test`.
        target: the column of a table that holds the labels; the other columns are the inputs.
        sample: shape of one example as the model takes it.

    Raises:
        StudyError: if it is none of these, or cannot be read.
    """
    path = Path(data)
    if path.suffix in TABLES:
        parts = [_table(path, target)]
    elif target is not None:
        raise StudyError(f"--target: Expected a table, {' or '.join(TABLES)}, beside it. Received: {data!r}.")
    elif path.is_dir():
        parts = _images(path, sample)
    elif path.suffix == ".npz":
        parts = _npz(path)
    elif ":" in data:
        parts = _function(data)
    else:
        raise StudyError(f"--data: Expected {KINDS}. Received: {data!r}.")
    return _arranged(data, parts)


def _arranged(data: str, parts: list[tuple[np.ndarray, np.ndarray]]) -> Gathered:
    """Return the parts as training and test, with labels counted from 0."""
    for x, y in parts:
        if len(x) != len(y):
            raise StudyError(
                f"{data}: Expected a label for each example. Received: {len(x)} examples, {len(y)} labels."
            )
    pairs = [(x, _flat(data, y)) for x, y in parts]
    names, codes = np.unique(np.concatenate([y for _, y in pairs]), return_inverse=True)
    if len(names) < 2 or len(names) > len(codes) / 2:
        raise StudyError(
            f"{data}: Expected labels of at least 2 classes, with several examples each. Received: {len(names)} "
            f"different labels of {len(codes)} examples."
        )
    ends = np.cumsum([len(y) for _, y in pairs])
    coded = np.split(codes.astype(np.int32), ends[:-1])
    *before, last = [x for x, _ in pairs]
    if before:
        x_train, y_train, x_test, y_test = np.concatenate(before), np.concatenate(coded[:-1]), last, coded[-1]
    else:
        order = np.random.default_rng(derive(0, "held out")).permutation(len(last))
        kept, out = np.split(order, [round((1 - HELD_OUT) * len(order))])
        x_train, y_train, x_test, y_test = last[kept], coded[0][kept], last[out], coded[0][out]
    arrays = {"x_train": x_train, "y_train": y_train, "x_test": x_test, "y_test": y_test}
    return Gathered(arrays, tuple(map(str, names)), not before)


def _flat(data: str, y: np.ndarray) -> np.ndarray:
    """Return labels as one a row: of one-hot ones, the place of the 1."""
    y = np.asarray(y)
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim == 2 and np.array_equal(y.sum(axis=1), np.ones(len(y))) and set(np.unique(y)) <= {0, 1}:
        return y.argmax(axis=1)
    if y.ndim != 1:
        raise StudyError(
            f"{data}: Expected one label an example, or one-hot rows. Received: labels of shape {y.shape}."
        )
    if np.issubdtype(y.dtype, np.floating) and not np.array_equal(y, y.round()):
        raise StudyError(
            f"{data}: Expected classes for labels. Received: numbers that are not whole; only classifiers are judged."
        )
    return y.astype(np.int64) if np.issubdtype(y.dtype, np.floating) else y


def _read(file: Path, read: Callable):
    try:
        return read(file)
    except StudyError:
        raise
    except Exception as error:  # the file is the user's
        raise StudyError(f"{file}: Expected a file that can be read. Received: {_words(error)}.") from None


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[:200].rstrip('.')}"


def _npz(file: Path) -> list[tuple[np.ndarray, np.ndarray]]:
    def read(file: Path) -> dict[str, np.ndarray]:
        with np.load(file, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}

    arrays = _read(file, read)
    parts = [part for part in ("train", "validation", "val", "test") if f"x_{part}" in arrays]
    lacking = [f"y_{part}" for part in parts if f"y_{part}" not in arrays]
    if "train" not in parts or lacking:
        raise StudyError(
            f"{file}: Expected the arrays x_train and y_train, and perhaps x_test and y_test. Received: "
            f"{', '.join(arrays) or 'nothing'}."
        )
    found = [(arrays[f"x_{part}"], arrays[f"y_{part}"]) for part in parts]
    # Validation examples alone are no test: they join the training ones.
    return found if parts[-1] == "test" else [tuple(np.concatenate(each) for each in zip(*found))]


def _table(file: Path, target: str | None) -> tuple[np.ndarray, np.ndarray]:
    import pandas as pd

    table = _read(file, getattr(pd, TABLES[file.suffix]))
    columns = ", ".join(map(str, table.columns[:20]))
    if target is None or target not in table.columns:
        raise StudyError(f"--target: Expected a column of {file}. Received: {target!r}. These exist: {columns}.")
    x, y = table.drop(columns=target), table[target]
    strange = [str(name) for name in x if not pd.api.types.is_numeric_dtype(x[name]) and x[name].dtype != bool]
    if strange:
        raise StudyError(
            f"{file}: Expected numbers in every column but the target. Received: text in {', '.join(strange[:10])}; "
            "encode them before, or give a function that does."
        )
    if empty := [str(name) for name in table if table[name].isna().any()]:
        raise StudyError(f"{file}: Expected a value in every row. Received: empty ones in {', '.join(empty[:10])}.")
    return x.to_numpy(np.float32), y.to_numpy() if y.dtype != object else y.astype(str).to_numpy()


def _images(folder: Path, sample: tuple[int | None, ...]) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the images below a folder, a folder a class, in the size that the model takes."""
    import keras

    if len(sample) != 3 or None in sample or sample[2] not in (1, 3):
        raise StudyError(
            f"{folder}: Expected a model that takes images of a known size, (height, width, 1 or 3). "
            f"Received: {sample}."
        )
    split = [folder / name for name in ("train", "validation", "test") if (folder / name).is_dir()] or [folder]

    def read(place: Path) -> tuple[np.ndarray, np.ndarray]:
        found = keras.utils.image_dataset_from_directory(
            str(place),
            image_size=sample[:2],
            color_mode="grayscale" if sample[2] == 1 else "rgb",
            shuffle=False,
            verbose=False,
        )
        x, y = _of_dataset(found)
        return np.round(x).astype(np.uint8), np.asarray(found.class_names)[y]

    return [_read(place, read) for place in split]


def _function(path: str) -> list[tuple[np.ndarray, np.ndarray]]:
    function = code.find("data", path, "a function")
    if not callable(function):
        raise StudyError(f"data {path!r}: Expected a function. Received: {type(function).__name__}.")
    try:
        made = function()
    except Exception as error:  # the function is the user's
        raise StudyError(f"data {path!r}: Expected a function without arguments. Received: {_words(error)}.") from None
    if hasattr(made, "element_spec") or _is_pair(made):
        made = (made,)
    if not isinstance(made, (list, tuple)) or not 1 <= len(made) <= 3:
        raise StudyError(
            f"data {path!r}: Expected (x, y) of training, perhaps validation, and test. "
            f"Received: {type(made).__name__}."
        )
    parts = []
    for part in made:
        if hasattr(part, "element_spec"):
            parts.append(_of_dataset(part))
        elif _is_pair(part):
            parts.append((np.asarray(part[0]), np.asarray(part[1])))
        else:
            raise StudyError(f"data {path!r}: Expected (x, y) for each part. Received: {type(part).__name__}.")
    if len({x.shape[1:] for x, _ in parts}) > 1:
        raise StudyError(
            f"data {path!r}: Expected examples of one shape. Received: {', '.join(str(x.shape[1:]) for x, _ in parts)}."
        )
    return parts


def _is_pair(part) -> bool:
    """Return whether something is x and y: two arrays with one example a row."""
    return isinstance(part, (list, tuple)) and len(part) == 2 and all(hasattr(each, "shape") for each in part)


def _of_dataset(found) -> tuple[np.ndarray, np.ndarray]:
    """Return the examples and labels of a `tf.data.Dataset`, batched or not."""
    spec = found.element_spec
    if not isinstance(spec, tuple) or len(spec) < 2:
        raise StudyError(f"data: Expected a tf.data.Dataset of (x, y). Received: one of {spec!r}.")
    pairs = [(np.asarray(each[0]), np.asarray(each[1])) for each in found.as_numpy_iterator()]
    batched = spec[1].shape.rank not in (None, 0) and spec[0].shape[:1].as_list() in (
        [None],
        spec[1].shape[:1].as_list(),
    )
    join = np.concatenate if batched else np.stack
    x, y = (join([pair[at] for pair in pairs]) for at in (0, 1))
    return x, y
