"""A user's files that a study names: where they lie, and the SHA-256 of what is in them."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from pathlib import Path

from study.design.architectures.own import KerasModel
from study.design.settings import Data, Model
from study.errors import StudyError

SHARED = re.compile(rb'("shared_object_id": )(\d+)')


def with_model(model: Model, study_file: Path, experiment: str) -> Model:
    """Fill in where a saved Keras model lies and what is in it."""
    if not isinstance(model, KerasModel) or not model.saved:
        return model
    try:
        file = (study_file.parent / model.build).resolve()
        digest = _of_model(file)
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise StudyError(
            f"{study_file}: experiment.{experiment}.model.build: Expected a readable .keras file. Received: "
            f"{model.build!r} ({getattr(error, 'strerror', None) or error}). Paths are relative to the study file."
        ) from None
    return model.model_copy(update={"file": file, "digest": digest})


def with_file(data: Data, study_file: Path, experiment: str) -> Data:
    """Fill in where an .npz file lies and what is in it."""
    if not data.name.endswith(".npz"):
        return data
    try:
        file = (study_file.parent / data.name).resolve()
        with file.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
    except (OSError, ValueError) as error:
        raise StudyError(
            f"{study_file}: experiment.{experiment}.data.name: Expected a readable .npz file. "
            f"Received: {data.name!r} ({getattr(error, 'strerror', None) or error}). Paths are relative to the study "
            "file."
        ) from None
    return data.model_copy(update={"file": file, "digest": digest})


def _of_model(file: Path) -> str:
    """Return the SHA-256 of what in a saved model decides a training: its layers and how it was compiled, and the
    weights if some are to stay as they are. When it was saved, and weights that are drawn anew, do not count."""
    with zipfile.ZipFile(file) as archive:
        config = archive.read("config.json")
        order: dict[bytes, int] = {}  # of objects that layers share, which Keras numbers by where they lay in memory
        config = SHARED.sub(lambda each: each[1] + str(order.setdefault(each[2], len(order))).encode(), config)
        found = hashlib.sha256(config)
        if b'"trainable": false' in config or b'"class_name": "Normalization"' in config:
            import h5py

            with h5py.File(io.BytesIO(archive.read("model.weights.h5"))) as weights:
                names: list[str] = []
                weights.visititems(lambda name, each: names.append(name) if isinstance(each, h5py.Dataset) else None)
                for name in sorted(names):
                    found.update(name.encode() + weights[name][()].tobytes())
    return found.hexdigest()
