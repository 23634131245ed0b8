"""A study's cells as event files for TensorBoard: a run a cell, with its curves, its metrics and its settings.

Written by TensorBoard's own protocol buffers; TensorFlow is not needed. `study.export.tables` imports this module
only when it is asked for, because TensorBoard need not be installed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
from tensorboard.compat.proto.types_pb2 import DT_STRING
from tensorboard.plugins.custom_scalar import layout_pb2 as layout
from tensorboard.plugins.custom_scalar import metadata as custom_scalar
from tensorboard.plugins.hparams import api_pb2, plugin_data_pb2
from tensorboard.plugins.hparams import metadata as hparams
from tensorboard.plugins.hparams import summary_v2 as hp
from tensorboard.plugins.text import metadata as text
from tensorboard.summary.writer.record_writer import RecordWriter

from study.analysis.results import Results
from study.design import schema, sweeps
from study.design.architectures.tasks import Task
from study.design.factors import EARLY_STOPPING
from study.files import whole
from study.store.lines import Record
from study.store.records import epochs as epochs_of
from study.store.status import survey


def tags(curves: Iterable[str]) -> dict[str, str]:
    """Return the tag of each quantity of a cell's history: one section a quantity, one chart a kind of examples; losses
    first."""
    return {
        name: f"{name.removeprefix('val_')}/{'validation' if name.startswith('val_') else 'train'}"
        for name in sorted(curves, key=lambda name: name.removeprefix("val_") != "loss")
    }


FIELDS = {bool: "bool_value", float: "number_value", str: "string_value"}


def write(results: Results, folder: Path) -> int:
    """Write one event file a cell, and one that says what hyperparameters and metrics there are.

    The cells are those of today's settings, of experiments and of sweeps, the diverged and the failed among
    them. A cell's file is `<folder>/<experiment>/<arm>/seed-<n>/events.out.tfevents.0.<study>`. It takes the
    place of the one that an earlier export wrote; files of cells that are not today's any more are removed.
    Equal results give equal bytes: times count from 0, as the training's seconds did.

    Args:
        results: the study's results.
        folder: TensorBoard's `--logdir`.

    Returns:
        The number of cells.

    Raises:
        OSError: if a file cannot be written; every cell's file is then whole, today's or the earlier one.
    """
    records = _records(results)
    settings, task = [_settings(record) for record in records], results.study.task
    shown = _shown(settings, results.study.factors.names)
    name = f"events.out.tfevents.0.{results.study.name}"
    files = set()
    for record, flat in zip(records, settings, strict=True):
        file = folder / record["experiment"] / record["arm"] / f"seed-{record['seed']}" / name
        _write(file, _cell(record, {key: shown[key](value) for key, value in flat.items() if key in shown}, task))
        files.add(file)
    for old in set(folder.glob(f"*/*/seed-*/{name}")) - files:
        old.unlink()
        with suppress(OSError):  # not empty: something of the user's own is in it
            for parent in list(old.parents)[:3]:
                parent.rmdir()
    _write(folder / name, _overview(settings, shown, results.study.factors.names, task))
    return len(records)


def _records(results: Results) -> list[Record]:
    """Return the records of all cells of today's settings, in the study's order."""
    beside = sweeps.cells(results.study)
    parts = [results.standing, *([survey(beside, results.store.read())] if beside else [])]
    return [record for part in parts for record in (*part.done.values(), *part.failed.values())]


def _settings(record: Record) -> dict[str, object]:
    """Return a cell's hyperparameters by name: place, status, switches, strengths, and all other settings.

    A strength is there only where its factor is on. The seed is none of them: so cells of one arm are one
    group, whose metrics TensorBoard averages over the seeds.
    """
    settings = {name: part for name, part in record["settings"].items() if name != "format"}
    strengths = settings.pop("strengths")
    return {
        **{name: record[name] for name in ("experiment", "arm", "status")},
        **{name: bool(on) for name, on in record["factors"].items()},
        **_flat({name: strengths[name] for name in record["factors"] if name in strengths}),
        **_flat(settings),
    }


def _flat(table: dict, prefix: str = "") -> dict[str, object]:
    """Return a nested table as dotted names and values; lists as JSON, nothing for null."""
    found = {}
    for name, value in table.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{prefix}{name}.")
        elif value is not None:
            found[f"{prefix}{name}"] = json.dumps(value) if isinstance(value, list) else value
    return found


def _shown(settings: list[dict], factors: Sequence[str]) -> dict[str, type]:
    """Return the hyperparameters worth a column and the one type of all their values.

    Place, status, switches and strengths always are; of data, network and training those in which cells differ.
    """
    values: dict[str, list] = {}
    for flat in settings:
        for name, value in flat.items():
            values.setdefault(name, []).append(value)
    kinds = {name: {float if type(value) is int else type(value) for value in found} for name, found in values.items()}
    always = ("experiment", "arm", "status", *factors)
    return {
        name: kinds[name].pop() if len(kinds[name]) == 1 else str
        for name, found in values.items()
        if name in always or name.partition(".")[0] in factors or len(found) < len(settings) or len(set(found)) > 1
    }


def _cell(record: Record, settings: dict, task: Task) -> Iterator[Event]:
    """Yield one cell's events: settings, an event an epoch, the metrics, and how it ended."""
    epochs, seconds = record["epochs_run"], record["seconds"]
    group = f"{record['experiment']}/{record['arm']}"
    ok = record["status"] == "ok"
    yield from _start()
    start = plugin_data_pb2.SessionStartInfo(group_name=group if ok else f"{group} ({record['status']})")
    for name, value in settings.items():
        setattr(start.hparams[name], FIELDS[type(value)], value)
    yield _event(0, 0, _hparams(hparams.SESSION_START_INFO_TAG, session_start_info=start))
    tagged = tags(task.curves)
    curves = zip(*(record["history"].get(name, []) for name in tagged))
    for epoch, values in zip(epochs_of(record), curves, strict=True):
        yield _event(
            seconds * epoch / epochs,
            epoch,
            # A diverged cell's last values are not numbers.
            *(_scalar(tag, value) for tag, value in zip(tagged.values(), values) if value is not None),
        )
    for found in record.get("readouts", ()):
        yield _event(
            seconds * found["epochs"] / record["settings"]["training"]["epochs"],
            found["epochs"],
            *(_scalar(f"readouts/{name}", value) for name, value in found["metrics"].items() if value is not None),
        )
    # The metrics are those of the weights that the cell ends with: early stopping goes back to the best epoch.
    judged = record["best_epoch"] if ok and record["factors"].get(EARLY_STOPPING) else epochs
    outcomes = record["metrics"] | {name: record[name] for name in schema.EPOCHS}
    yield _event(
        seconds, judged, *(_scalar(f"metrics/{name}", value) for name, value in outcomes.items() if value is not None)
    )
    if not ok:
        # Indented, it is a block of code to the text panel, and a traceback keeps its lines.
        told = "\n".join(f"    {line}" for line in f"{record['status']}: {record['reason']}".splitlines())
        yield _event(seconds, judged, _words("reason", told, text.create_summary_metadata("reason", "")))
    status = api_pb2.STATUS_SUCCESS if ok else api_pb2.STATUS_FAILURE
    end = plugin_data_pb2.SessionEndInfo(status=status, end_time_secs=seconds)
    yield _event(seconds, judged, _hparams(hparams.SESSION_END_INFO_TAG, session_end_info=end))


def _overview(settings: list[dict], shown: dict[str, type], factors: Sequence[str], task: Task) -> Iterator[Event]:
    """Yield the events of the top folder: the hyperparameters with their domains, the metrics, a layout of charts."""
    infos = []
    for name, kind in shown.items():
        # TensorBoard first shows those that are marked as differing: the switches shall be these.
        infos.append(api_pb2.HParamInfo(name=name, differs=name in factors))
        hp.Discrete({kind(flat[name]) for flat in settings if name in flat}, kind).update_hparam_info(infos[-1])
    # Of metrics too it first shows five, and draws them when a row is opened: test metrics, then curves.
    outcomes = {f"metrics/{name}": name for name in (*task.columns, *schema.EPOCHS)}
    tests = {tag: name for tag, name in outcomes.items() if name.startswith("test_")}
    curves = {tag: f"{tag}, last epoch" for tag in tags(task.curves).values()}
    metrics = [hp.Metric(tag, display_name=name) for tag, name in (tests | curves | outcomes).items()]
    config = api_pb2.Experiment(hparam_infos=infos, metric_infos=[metric.as_proto() for metric in metrics])
    charts = [
        layout.Chart(
            title=f"{name}: train and validation",
            multiline=layout.MultilineChartContent(tag=[f"{name}/train", f"{name}/validation"]),
        )
        for name in task.curves
        if not name.startswith("val_")
    ]
    content = layout.Layout(category=[layout.Category(title="Training against validation", chart=charts)])
    yield from _start()
    yield _event(0, 0, _hparams(hparams.EXPERIMENT_TAG, experiment=config))
    yield _event(
        0,
        0,
        _words(custom_scalar.CONFIG_SUMMARY_TAG, content.SerializeToString(), custom_scalar.create_summary_metadata()),
    )


def _start() -> Iterator[Event]:
    yield Event(wall_time=0.0, file_version="brain.Event:2")


def _event(seconds: float, step: int, *values: Summary.Value) -> Event:
    return Event(wall_time=seconds, step=step, summary=Summary(value=values))


def _scalar(tag: str, value: float) -> Summary.Value:
    return Summary.Value(tag=tag, simple_value=value)


def _hparams(tag: str, **content) -> Summary.Value:
    """Return what TensorBoard's HParams panel reads, in one order of bytes: a map's own differs between processes."""
    data = plugin_data_pb2.HParamsPluginData(version=hparams.PLUGIN_DATA_VERSION, **content)
    plugin = SummaryMetadata.PluginData(
        plugin_name=hparams.PLUGIN_NAME, content=data.SerializeToString(deterministic=True)
    )
    return Summary.Value(tag=tag, tensor=hparams.NULL_TENSOR, metadata=SummaryMetadata(plugin_data=plugin))


def _words(tag: str, words: str | bytes, metadata: SummaryMetadata) -> Summary.Value:
    content = words.encode() if isinstance(words, str) else words
    tensor = TensorProto(dtype=DT_STRING, tensor_shape=TensorShapeProto(), string_val=[content])
    return Summary.Value(tag=tag, tensor=tensor, metadata=metadata)


def _write(file: Path, events: Iterable[Event]) -> None:
    """Write an event file, whole or not at all."""
    with whole(file) as part, part.open("wb") as stream:
        writer = RecordWriter(stream)
        for event in events:
            writer.write(event.SerializeToString())
