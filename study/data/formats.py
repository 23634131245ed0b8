"""The formats that a user's data may come in, each read into parts: examples, labels and weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from study.design.own import code
from study.errors import StudyError

TABLES: dict[str, str] = {".csv": "read_csv", ".parquet": "read_parquet"}


class Part(NamedTuple):
    """Examples with their labels, and what each counts for if that is told."""

    x: np.ndarray
    y: np.ndarray
    w: np.ndarray | None = None


@dataclass(frozen=True)
class Wanted:
    """What a model takes.

    Attributes:
        shapes: shape of one example of each of its inputs, by the input's name, in the model's order.
        task: what its labels are for: one of `tasks.TASKS`.
    """

    shapes: dict[str, tuple[int | None, ...]]
    task: str = "classification"


def _read(file: Path, read: Callable):
    try:
        return read(file)
    except StudyError:
        raise
    except Exception as error:  # the file is the user's
        raise StudyError(f"{file}: Expected a file that can be read. Received: {_words(error)}.") from None


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[:200].rstrip('.')}"


def of_npz(file: Path) -> list[Part]:
    """Return the parts of an .npz file."""

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
    used = [f"{axis}_{part}" for part in parts for axis in "xyw"]
    if single := [name for name in used if name in arrays and not arrays[name].ndim]:
        raise StudyError(f"{file}: Expected arrays with one row an example. Received: a single value as {single[0]}.")
    found = [Part(arrays[f"x_{part}"], arrays[f"y_{part}"], arrays.get(f"w_{part}")) for part in parts]
    # Validation examples alone are no test: they join the training ones.
    return found if parts[-1] == "test" else [joined(found)]


def joined(parts: list[Part]) -> Part:
    """Return parts as one; where one of them has weights, examples of the others count 1."""
    weighted = any(part.w is not None for part in parts)
    w = np.concatenate([np.ones(len(part.x)) if part.w is None else part.w for part in parts]) if weighted else None
    return Part(np.concatenate([part.x for part in parts]), np.concatenate([part.y for part in parts]), w)


def of_table(file: Path, target: str | None) -> Part:
    """Return the rows of a table, whose columns `target` names are the labels."""
    import pandas as pd

    table = _read(file, getattr(pd, TABLES[file.suffix]))
    columns = ", ".join(map(str, table.columns[:20]))
    targets = (target or "").split(",")
    if not set(targets) <= set(table.columns):
        raise StudyError(f"--target: Expected a column of {file}. Received: {target!r}. These exist: {columns}.")
    x, y = table.drop(columns=targets), table[targets if len(targets) > 1 else target]
    strange = [str(name) for name in x if not pd.api.types.is_numeric_dtype(x[name]) and x[name].dtype != bool]
    if strange:
        raise StudyError(
            f"{file}: Expected numbers in every column but the target. Received: text in {', '.join(strange[:10])}; "
            "encode them before, or give a function that does."
        )
    if empty := [str(name) for name in table if table[name].isna().any()]:
        raise StudyError(f"{file}: Expected a value in every row. Received: empty ones in {', '.join(empty[:10])}.")
    if len(targets) == 1 and y.dtype == object:
        y = y.astype(str)
    return Part(x.to_numpy(np.float32), y.to_numpy())


def of_images(folder: Path, sample: tuple[int | None, ...]) -> list[Part]:
    """Return the images below a folder, a folder a class, in the size that the model takes."""
    import keras

    if len(sample) != 3 or None in sample or sample[2] not in (1, 3):
        raise StudyError(
            f"{folder}: Expected a model that takes images of a known size, (height, width, 1 or 3). "
            f"Received: {sample}."
        )
    split = [folder / name for name in ("train", "validation", "test") if (folder / name).is_dir()] or [folder]

    def read(place: Path) -> Part:
        found = keras.utils.image_dataset_from_directory(
            str(place),
            image_size=sample[:2],
            color_mode="grayscale" if sample[2] == 1 else "rgb",
            shuffle=False,
            verbose=False,
        )
        x, y, _ = _of_dataset(found, {"image": sample})
        return Part(np.round(x).astype(np.uint8), np.asarray(found.class_names)[y])

    return [_read(place, read) for place in split]


def of_function(path: str, wanted: Wanted) -> list[Part]:
    """Return what a user's function gives."""
    function = code.find("data", path, "a function")
    if not callable(function):
        raise StudyError(f"data {path!r}: Expected a function. Received: {type(function).__name__}.")
    try:
        made = function()
    except Exception as error:  # the function is the user's
        raise StudyError(f"data {path!r}: Expected a function without arguments. Received: {_words(error)}.") from None
    if hasattr(made, "element_spec") or _is_part(made, wanted.shapes):
        made = (made,)
    if not isinstance(made, (list, tuple)) or not 1 <= len(made) <= 3:
        raise StudyError(
            f"data {path!r}: Expected (x, y) of training, perhaps validation, and test. "
            f"Received: {type(made).__name__}."
        )
    parts = []
    for part in made:
        if hasattr(part, "element_spec"):
            parts.append(_of_dataset(part, wanted.shapes))
        elif _is_part(part, wanted.shapes):
            parts.append(Part(_packed(part[0], wanted.shapes), *map(np.asarray, part[1:])))
        else:
            raise StudyError(f"data {path!r}: Expected (x, y) for each part. Received: {type(part).__name__}.")
    if len({part.x.shape[1:] for part in parts}) > 1:
        shapes = ", ".join(str(part.x.shape[1:]) for part in parts)
        raise StudyError(f"data {path!r}: Expected examples of one shape. Received: {shapes}.")
    return parts


def _is_part(part, shapes: dict) -> bool:
    """Return whether something is x and y, perhaps with weights: arrays with one example a row, x of several inputs as
    many of them."""
    if not isinstance(part, (list, tuple)) or not 2 <= len(part) <= 3:
        return False
    x, *others = part
    several = list(x.values()) if isinstance(x, dict) else x if isinstance(x, (list, tuple)) else [x]
    return len(several) == len(shapes) and all(hasattr(each, "shape") for each in (*several, *others))


def _packed(x, shapes: dict[str, tuple[int | None, ...]]) -> np.ndarray:
    """Return the inputs of examples as one array: of several, float32, shape (examples, numbers), one behind the
    other."""
    if len(shapes) == 1:
        return np.asarray(next(iter(x.values())) if isinstance(x, dict) else x)
    if isinstance(x, dict) and set(x) != set(shapes):
        raise StudyError(f"data: Expected x with the inputs {', '.join(shapes)}. Received: {', '.join(map(str, x))}.")
    given = {name: np.asarray(x[name] if isinstance(x, dict) else x[at]) for at, name in enumerate(shapes)}
    for name, each in given.items():
        shape = shapes[name]
        if each.shape[1:] != shape and (*each.shape[1:], 1) != shape:
            raise StudyError(
                f"data: Expected examples of shape {shape} for the input {name!r}. Received: {each.shape[1:]}."
            )
    return np.concatenate([each.reshape(len(each), -1).astype(np.float32) for each in given.values()], axis=1)


def _of_dataset(found, shapes: dict[str, tuple[int | None, ...]]) -> Part:
    """Return the examples and labels of a `tf.data.Dataset`, batched or not."""
    import keras

    spec = found.element_spec
    if not isinstance(spec, tuple) or not 2 <= len(spec) <= 3:
        raise StudyError(f"data: Expected a tf.data.Dataset of (x, y). Received: one of {spec!r}.")
    first, labels = keras.tree.flatten(spec[0])[0], spec[1]
    sizes = [None], labels.shape[:1].as_list()
    batched = labels.shape.rank not in (None, 0) and first.shape[:1].as_list() in sizes
    join = np.concatenate if batched else np.stack
    every = [keras.tree.map_structure(np.asarray, each) for each in found.as_numpy_iterator()]
    x, y, *w = keras.tree.map_structure(lambda *each: join(each), *every)
    return Part(_packed(x, shapes), y, *w)
