"""A user's files that a study names: where they lie, and the SHA-256 of what is in them."""

from __future__ import annotations

import hashlib
from pathlib import Path

from study.design.architectures.own import KerasModel
from study.design.settings import Data, Model
from study.errors import StudyError


def with_model(model: Model, study_file: Path, experiment: str) -> Model:
    """Fill in where a saved Keras model lies and what is in it."""
    if not isinstance(model, KerasModel) or not model.saved:
        return model
    file = (study_file.parent / model.build).resolve()
    try:
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError as error:
        raise StudyError(
            f"{study_file}: experiment.{experiment}.model.build: Expected a readable .keras file. "
            f"Received: {model.build!r} ({error.strerror}). Paths are relative to the study file."
        ) from None
    return model.model_copy(update={"file": file, "digest": digest})


def with_file(data: Data, study_file: Path, experiment: str) -> Data:
    """Fill in where an .npz file lies and what is in it."""
    if not data.name.endswith(".npz"):
        return data
    file = (study_file.parent / data.name).resolve()
    try:
        with file.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise StudyError(
            f"{study_file}: experiment.{experiment}.data.name: Expected a readable .npz file. "
            f"Received: {data.name!r} ({error.strerror}). Paths are relative to the study file."
        ) from None
    return data.model_copy(update={"file": file, "digest": digest})
