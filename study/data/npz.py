"""A user's own data: an .npz file with four arrays."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from study.errors import StudyError

ARRAYS = ("x_train", "y_train", "x_test", "y_test")


def read(file: Path, name: str) -> tuple[np.ndarray, ...]:
    """Read a user's own arrays and refuse whatever could not be trained on.

    Args:
        file: the archive.
        name: what the study file calls it, for messages.

    Returns:
        x_train, y_train, x_test, y_test; x of shape (examples, steps) or (examples, height, width,
        channels), y of shape (examples,) with values 0 … classes − 1.

    Raises:
        StudyError: naming the array and what is wrong with it.
    """
    need = f"Expected an .npz file with the arrays {', '.join(ARRAYS)}"
    try:
        with np.load(file, allow_pickle=False) as archive:
            names = list(archive.files)
            missing = [array for array in ARRAYS if array not in names]
            if missing:
                raise StudyError(
                    f"{name}: {need}. Received: one without {', '.join(missing)}. "
                    f"It holds: {', '.join(names) or 'nothing'}."
                )
            arrays = {array: archive[array] for array in ARRAYS}
    except (OSError, ValueError, EOFError) as error:
        raise StudyError(f"{name}: {need}. Received: {error}.") from None
    for part in ("train", "test"):
        x, y = arrays[f"x_{part}"], arrays[f"y_{part}"]
        if len(x) != len(y) or y.ndim != 1:
            raise StudyError(
                f"{name}: Expected y_{part} of shape ({len(x)},), one label for each example "
                f"of x_{part}. Received: shape {y.shape}."
            )
        if x.ndim not in (2, 4) or not np.issubdtype(x.dtype, np.number):
            raise StudyError(
                f"{name}: Expected x_{part} of numbers with shape (examples, steps) or (examples, "
                f"height, width, channels). Received: {x.dtype} of shape {x.shape}."
            )
        if not np.isfinite(x).all():
            raise StudyError(
                f"{name}: Expected finite numbers in x_{part}. Received: "
                f"{int((~np.isfinite(x)).sum())} values that are NaN or infinite."
            )
        if not np.issubdtype(y.dtype, np.integer):
            raise StudyError(f"{name}: Expected whole-number labels in y_{part}. Received: {y.dtype}.")
    if arrays["x_train"].shape[1:] != arrays["x_test"].shape[1:]:
        raise StudyError(
            f"{name}: Expected x_test of the shape of x_train's examples, "
            f"{arrays['x_train'].shape[1:]}. Received: {arrays['x_test'].shape[1:]}."
        )
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
    return tuple(arrays[array] for array in ARRAYS)
