"""A user's own data: an .npz file with four arrays."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

from study.errors import StudyError

ARRAYS = ("x_train", "y_train", "x_test", "y_test")
WEIGHTS = "w_train"
"""The array that says what training examples count for in the loss, if there is one."""

ABSURD = 1e6
"""Larger inputs are doubted: networks here are made for inputs about 1, and a loss soon is not finite."""


def read(file: Path, name: str) -> tuple[np.ndarray, ...]:
    """Read a user's own arrays and refuse whatever could not be trained on.

    Args:
        file: the archive.
        name: what the study file calls it, for messages.

    Returns:
        x_train, y_train, x_test, y_test, and the weights of the training examples, shape (examples,), if it has them; x
        of shape (examples, …), y as `task_of` takes them: of classes (examples,), values 0 … classes − 1; of labels
        (examples, labels), 0 or 1; of values (examples, values), floats.

    Raises:
        StudyError: naming the array and what is wrong with it.
    """
    need = f"Expected an .npz file with the arrays {', '.join(ARRAYS)}"
    try:
        with file.open("rb") as stream:
            if not zipfile.is_zipfile(stream):
                raise ValueError("it is no zip archive, or a torn one")
        with np.load(file, allow_pickle=False) as archive:
            names = list(archive.files)
            missing = [array for array in ARRAYS if array not in names]
            if missing:
                raise StudyError(
                    f"{name}: {need}. Received: one without {', '.join(missing)}. "
                    f"It holds: {', '.join(names) or 'nothing'}."
                )
            arrays = {array: archive[array] for array in (*ARRAYS, WEIGHTS) if array in names}
    except StudyError:
        raise
    except Exception as error:  # the file is the user's: no zip file, torn, or of arrays that only pickle could read
        raise StudyError(f"{name}: {need}. Received: a file that cannot be read: {str(error).rstrip('.')}.") from None
    for part in ("train", "test"):
        x, y = arrays[f"x_{part}"], arrays[f"y_{part}"]
        if not x.ndim or y.ndim not in (1, 2) or len(x) != len(y):
            raise StudyError(
                f"{name}: Expected y_{part} of shape {x.shape[:1]}, one label for each example "
                f"of x_{part}, or of shape {(*x.shape[:1], 'labels')}. Received: shape {y.shape}."
            )
        real = np.issubdtype(x.dtype, np.integer) or np.issubdtype(x.dtype, np.floating)
        if x.ndim < 2 or not x.size or not real:
            raise StudyError(
                f"{name}: Expected x_{part} of real numbers with shape (examples, …), such as (examples, steps) or "
                f"(examples, height, width, channels), at least 1 of each. Received: {x.dtype} of shape {x.shape}."
            )
        with np.errstate(over="ignore"):
            endless = int((~np.isfinite(x.astype(np.float32))).sum())  # as it is trained on
        if endless:
            raise StudyError(
                f"{name}: Expected finite numbers in x_{part}, none beyond 3.4e38. Received: "
                f"{endless} values that are NaN, infinite or too large."
            )
        if not np.issubdtype(y.dtype, np.integer) and not np.issubdtype(y.dtype, np.floating):
            raise StudyError(
                f"{name}: Expected whole-number labels in y_{part}, or floats to be predicted. Received: {y.dtype}."
            )
    if arrays["x_train"].shape[1:] != arrays["x_test"].shape[1:]:
        raise StudyError(
            f"{name}: Expected x_test of the shape of x_train's examples, "
            f"{arrays['x_train'].shape[1:]}. Received: {arrays['x_test'].shape[1:]}."
        )
    told = [arrays["y_train"], arrays["y_test"]]
    if len({(y.shape[1:], task_of(y)) for y in told}) > 1:
        raise StudyError(
            f"{name}: Expected y_test of the kind of y_train, {told[0].dtype} of shape {told[0].shape}. Received: "
            f"{told[1].dtype} of shape {told[1].shape}."
        )
    _check_weights(name, arrays)
    if task_of(told[0]) != "classification":
        _check_targets(name, *told)
        return tuple(arrays.values())
    labels = np.unique(arrays["y_train"])
    if len(labels) < 2 or not np.array_equal(labels, np.arange(len(labels))):
        raise StudyError(
            f"{name}: Expected labels 0 … k−1, each present in y_train, k at least 2. "
            f"Received: {', '.join(map(str, labels[:12]))}."
        )
    strange = np.setdiff1d(arrays["y_test"], labels)
    if len(strange):
        raise StudyError(
            f"{name}: Expected labels 0 … {len(labels) - 1} in y_test, as in y_train. "
            f"Received: {', '.join(map(str, strange[:12]))}."
        )
    return tuple(arrays.values())


def task_of(y: np.ndarray) -> str:
    """Return the task that labels are for: floats are values, rows of whole numbers are labels that may hold together,
    single whole numbers are classes."""
    if np.issubdtype(y.dtype, np.floating):
        return "regression"
    return "multilabel" if y.ndim == 2 else "classification"


def number_of(y: np.ndarray) -> int:
    """Return how many classes, labels or values the labels of training examples have."""
    return int(y.max()) + 1 if task_of(y) == "classification" else y.shape[1]


def _check_targets(name: str, *told: np.ndarray) -> None:
    """Refuse labels that are not 0 or 1, and values that are not finite or all the same."""
    for part, y in zip(("train", "test"), told):
        if task_of(y) == "multilabel":
            if not np.isin(y, (0, 1)).all():
                raise StudyError(
                    f"{name}: Expected 0 or 1 for each label in y_{part}. Received: {y.min()} … {y.max()}."
                )
        elif y.ndim != 2 or not np.isfinite(y).all() or not np.ptp(y, axis=0).any():
            what = f"{y.dtype} of shape {y.shape}" if y.ndim != 2 else "NaN or infinite ones, or all the same"
            raise StudyError(
                f"{name}: Expected finite values that differ in y_{part}, shape (examples, values). Received: {what}."
            )


def _check_weights(name: str, arrays: dict[str, np.ndarray]) -> None:
    """Refuse weights that are not one number for each training example, none below 0."""
    weights, shape = arrays.get(WEIGHTS), arrays["x_train"].shape[:1]
    if weights is None:
        return
    real = np.issubdtype(weights.dtype, np.number) and weights.shape == shape
    if not real or not np.isfinite(weights).all() or (weights < 0).any() or not weights.any():
        raise StudyError(
            f"{name}: Expected {WEIGHTS} of shape {shape}, finite numbers from 0 on, not all 0. Received: "
            f"{weights.dtype} of shape {weights.shape}."
        )


def doubts(arrays: tuple[np.ndarray, ...]) -> tuple[str, ...]:
    """Return what is strange in arrays that can be trained on, a sentence each.

    Args:
        arrays: what `read` returned.
    """
    x_train, _, x_test = arrays[:3]
    found = [
        f"{part} reaches {largest:.3g}; expected inputs about 1, as larger ones may end in losses that are not finite."
        for part, x in (("x_train", x_train), ("x_test", x_test))
        if (largest := max(abs(float(x.min())), abs(float(x.max())))) > ABSURD
    ]
    if x_train.min() == x_train.max():
        found.append(
            f"x_train holds {x_train.flat[0]:g} alone; expected examples that differ: there is nothing to learn."
        )
    return tuple(found)
