"""A user's data, wherever they lie, as the arrays of an .npz file: read once, and the same ever after."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from study.data.formats import TABLES, Part, Wanted, joined, of_function, of_images, of_npz, of_table
from study.design.seeds import derive
from study.errors import StudyError

HELD_OUT = 0.2
"""Share of the examples that are kept for the test where nobody says which."""
KINDS = "an .npz, .csv or .parquet file, a folder of images by class, or package.module:function"


@dataclass(frozen=True)
class Gathered:
    """A user's data.

    Attributes:
        arrays: `x_train`, `y_train`, `x_test`, `y_test`, and `w_train` if training examples have weights, as `npz.read`
            takes them. The inputs of a model that has several lie behind each other.
        classes: the names of the classes in the order of their labels, or of labels and values as far as they have one.
        held_out: whether the test part was drawn here, as the data had none.
    """

    arrays: dict[str, np.ndarray]
    classes: tuple[str, ...]
    held_out: bool


def gather(data: str, target: str | None, wanted: Wanted) -> Gathered:
    """Read a user's data.

    Args:
        data: one of `KINDS`. An .npz file may lack a test part, and hold one-hot labels or names of classes. A function
            returns what `keras.datasets` do, ((x, y), (x, y)), of training, perhaps validation, and test, or of
            training alone; each part may have weights, (x, y, w), or be a `tf.data.Dataset`. x of several inputs is a
            dictionary by their names, or as many arrays in the model's order. What is for training and what for
            validation is drawn for each seed from both. A folder may hold the folders `train` and `test`.
        target: the column of a table that holds the labels, or several with commas between; the other columns are the
            inputs.
        wanted: what the model takes.

    Raises:
        StudyError: if it is none of these, or cannot be read.
    """
    path = Path(data)
    if len(wanted.shapes) > 1 and (path.suffix or ":" not in data):
        raise StudyError(
            f"--data: Expected package.module:function for a model of the inputs {', '.join(wanted.shapes)}, which "
            f"returns x as a dictionary by these names. Received: {data!r}."
        )
    if path.suffix in TABLES:
        parts = [of_table(path, target)]
    elif target is not None:
        raise StudyError(f"--target: Expected a table, {' or '.join(TABLES)}, beside it. Received: {data!r}.")
    elif path.is_dir():
        parts = of_images(path, next(iter(wanted.shapes.values())))
    elif path.suffix == ".npz":
        parts = of_npz(path)
    elif ":" in data:
        parts = of_function(data, wanted)
    else:
        raise StudyError(f"--data: Expected {KINDS}. Received: {data!r}.")
    return _arranged(data, parts, wanted.task, target)


def _arranged(data: str, parts: list[Part], task: str, target: str | None) -> Gathered:
    """Return the parts as training and test, with labels as the task has them."""
    for x, y, w in parts:
        for what, given in (("label", y), ("weight", w)):
            if given is not None and len(x) != len(given):
                raise StudyError(
                    f"{data}: Expected a {what} for each example. Received: {len(x)} examples, {len(given)} {what}s."
                )
    names, told = _classes(data, parts) if task == "classification" else _rows(data, parts, task)
    *before, last = [part._replace(y=y) for part, y in zip(parts, told)]
    if before:
        train, test = joined(before), last
    else:
        order = np.random.default_rng(derive(0, "held out")).permutation(len(last.x))
        kept, out = np.split(order, [round((1 - HELD_OUT) * len(order))])
        train, test = (Part(*(None if each is None else each[chosen] for each in last)) for chosen in (kept, out))
    arrays = {"x_train": train.x, "y_train": train.y, "x_test": test.x, "y_test": test.y}
    if train.w is not None:
        arrays["w_train"] = np.asarray(train.w, np.float32)
    if target is not None and task != "classification":
        names = tuple(target.split(","))
    return Gathered(arrays, names, not before)


def _classes(data: str, parts: list[Part]) -> tuple[tuple[str, ...], list[np.ndarray]]:
    """Return the names of classes, and labels counted from 0."""
    labels = [_flat(data, part.y) for part in parts]
    names, codes = np.unique(np.concatenate(labels), return_inverse=True)
    if len(names) < 2 or len(names) > len(codes) / 2:
        raise StudyError(
            f"{data}: Expected labels of at least 2 classes, with several examples each. Received: {len(names)} "
            f"different labels of {len(codes)} examples."
        )
    ends = np.cumsum([len(y) for y in labels])
    return tuple(map(str, names)), np.split(codes.astype(np.int32), ends[:-1])


def _rows(data: str, parts: list[Part], task: str) -> tuple[tuple[str, ...], list[np.ndarray]]:
    """Return labels that may hold together as rows of 0 and 1, or values as rows of floats; without names."""
    found = [np.asarray(part.y) for part in parts]
    if any(not np.issubdtype(y.dtype, np.number) and y.dtype != bool or y.ndim > 2 for y in found):
        raise StudyError(
            f"{data}: Expected numbers, a row an example. Received: {found[0].dtype} of shape {found[0].shape}."
        )
    rows = [y[:, None] if y.ndim == 1 else y for y in found]
    if task == "multilabel" and not all(np.isin(y, (0, 1)).all() for y in rows):
        raise StudyError(f"{data}: Expected 0 or 1 for each label. Received: {rows[0].min()} … {rows[0].max()}.")
    return (), [y.astype(np.int32 if task == "multilabel" else np.float32) for y in rows]


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
        raise StudyError(f"{data}: Expected classes for labels, as the loss is for. Received: numbers not whole.")
    return y.astype(np.int64) if np.issubdtype(y.dtype, np.floating) else y
