"""What other tools read: runs, history, effects and claims as CSV or Parquet, cells as TensorBoard's event files."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from study.analysis.results import Results
from study.claims.collection import opened
from study.design import schema
from study.design.studyfile import Study
from study.errors import StudyError, unknown
from study.files import check_folder, check_ours
from study.statistics.inference import CONFIDENCE

FORMATS = ("csv", "parquet", "tensorboard")
MODELS = "keras"
"""The format that `models` writes."""
PREDICTIONS = "predictions-{}.npz"
HEADS = ["table", "column", "type", "unit", "meaning"]
"""Columns of the data dictionary."""
TABLES = {"runs", "readouts", "history", "effects", "sweeps", "claims", "dictionary"}


def write(results: Results, folder: Path, format: str = "csv") -> list[Path]:
    """Write `runs`, `readouts`, `history`, `effects` if a seed is complete, `sweeps` if trained, `claims` if measured,
    and their data dictionary, and `predictions-EXPERIMENT.npz` with the fields of `Predictions` where cells hold them;
    return the files. All are made aside before one takes its place, so that what cannot be made or written leaves what
    was there. One of these that an earlier export left and that cannot be made now is removed; where no export was
    before, by its `dictionary`, a file of such a name is an error.

    The format `tensorboard` writes an event file a cell instead; the folder is returned.

    Raises:
        StudyError: if the format is unknown, TensorBoard is not there, it cannot be written, or would be written over
            what no export left.
    """
    if format not in FORMATS:
        raise unknown("export format", format, (*FORMATS, MODELS))
    check_folder(folder, "export")
    try:
        return _event_files(results, folder) if format == "tensorboard" else _tables(results, folder, format)
    except OSError as error:
        raise StudyError(f"{folder}: Expected a folder that can be written. Received: {error}.") from None


def _tables(results: Results, folder: Path, format: str) -> list[Path]:
    found = {"runs": results.runs, "readouts": results.readouts, "history": results.history}
    if results.experiments:
        found["effects"] = results.effects
    if results.sweeps:
        found["sweeps"] = pd.concat([results.sweep(name).table for name in results.sweeps], ignore_index=True)
    claims = opened(results)
    if claims.measured:
        found["claims"] = claims.frame()
    found["dictionary"] = dictionary(results.study)
    told = _predictions(results)
    files = [folder / f"{name}.{format}" for name in found] + [folder / PREDICTIONS.format(name) for name in told]
    every = [folder / f"{name}.{format}" for name in sorted(TABLES)]
    every += [folder / PREDICTIONS.format(name) for name in results.study.experiments]
    check_ours(every, _exported(folder / f"dictionary.{format}"), "export", "an earlier one")
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder, prefix=".export-") as aside:
        for name, frame in found.items():
            part = Path(aside) / f"{name}.{format}"
            frame.to_csv(part, index=False) if format == "csv" else _uniform(frame).to_parquet(part, index=False)
        for name, arrays in told.items():
            np.savez_compressed(Path(aside) / PREDICTIONS.format(name), **arrays)
        for file in every:
            (Path(aside) / file.name).replace(file) if file in files else file.unlink(missing_ok=True)
    return files


def _exported(dictionary: Path) -> bool:
    """Return whether an export left a file: the data dictionary, which every export leaves and by which it is known."""
    try:
        return list((pd.read_csv if dictionary.suffix == ".csv" else pd.read_parquet)(dictionary).columns) == HEADS
    except (OSError, ValueError):
        return False


def _predictions(results: Results) -> dict[str, dict]:
    """Return what cells say of their test examples, arrays by name, by experiment that stores it."""
    experiments = {name: results.experiment(name) for name in results.study.experiments}
    storing = [name for name, each in experiments.items() if any("predictions" in record for record in each.records)]
    fields = {name: vars(experiments[name].predictions) for name in storing}
    return {name: {key: value for key, value in found.items() if value is not None} for name, found in fields.items()}


def dictionary(study: Study) -> pd.DataFrame:
    """Return one row a column of a study's export: `table`, `column`, `type`, `unit`, `meaning`."""
    tables = schema.tables(study.factors, study.task, CONFIDENCE).items()
    rows = [(table, column, *about) for table, columns in tables for column, about in columns.items()]
    return pd.DataFrame(rows, columns=HEADS)


def _uniform(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose columns hold one kind each, as Parquet asks: text where sweeps mix numbers and words."""
    mixed = [name for name in frame.columns if pd.api.types.infer_dtype(frame[name]) in ("mixed", "mixed-integer")]
    return frame.astype(dict.fromkeys(mixed, str))


def _event_files(results: Results, folder: Path) -> list[Path]:
    try:
        from study.export import tensorboard
    except ImportError as error:
        raise StudyError(
            f"--format tensorboard: Expected TensorBoard. Received: none that can be imported ({error}). "
            "Install it with `pip install tensorboard`."
        ) from None
    tensorboard.write(results, folder)
    return [folder]
