"""What a cell says of every test example, as text that is small enough for its line."""

from __future__ import annotations

import base64
import zlib

import numpy as np

STEPS = 255
"""Probabilities are stored to so many parts of one."""


def pack(classes: np.ndarray, probability: np.ndarray) -> dict[str, str]:
    """Return predictions as they stand in a record: at most 20 kB for 10,000 examples of ten classes.

    Args:
        classes: shape (examples,), the predicted class of each, from 0.
        probability: shape (examples,), that of its true class, in [0, 1].
    """
    kind = np.uint8 if classes.max(initial=0) < 256 else np.uint32
    return {"classes": _text(classes.astype(kind)), "probability": _text(np.rint(STEPS * probability).astype(np.uint8))}


def unpack(packed: dict[str, str]) -> tuple[np.ndarray, np.ndarray]:
    """Return the predicted classes and the probabilities of the true ones, to 1/255, from what `pack` made."""
    steps = np.frombuffer(_bytes(packed["probability"]), np.uint8)
    raw = _bytes(packed["classes"])
    kind = np.uint8 if len(raw) == len(steps) else np.uint32
    return np.frombuffer(raw, kind).astype(np.int64), steps / STEPS


def _text(values: np.ndarray) -> str:
    return base64.b85encode(zlib.compress(values.tobytes(), 9)).decode()


def _bytes(text: str) -> bytes:
    return zlib.decompress(base64.b85decode(text))
