"""What `study export --format tensorboard` writes is what TensorBoard reads back, and what the store holds."""

import shutil
import subprocess
import sys

import numpy as np
import pytest
from conftest import study, write_tiny
from own_factors import write_own
from synthetic import store
from tensorboard.backend.event_processing import data_provider, plugin_event_multiplexer
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.context import RequestContext
from tensorboard.plugins.base_plugin import TBContext
from tensorboard.plugins.custom_scalar import layout_pb2
from tensorboard.plugins.hparams import api_pb2, backend_context, list_session_groups

from study.analysis.results import Results
from study.design import studyfile, sweeps
from study.design.architectures.tasks import CLASSIFICATION
from study.design.factors import NAMES
from study.export import tensorboard
from study.store.lines import Store, decode, encode

CURVES = {
    "loss/train": "loss", "accuracy/train": "accuracy", "loss/validation": "val_loss",
    "accuracy/validation": "val_accuracy",
}  # fmt: skip
SWEEP = """
[sweep.size]
title = "How many examples?"
question = "When does it stop helping?"
experiment = "scans"
setting = "data.train"
values = [40, 60]
arms = ["none", "l2"]
"""
FAKE = 'raise ImportError("nothing here but this file")\n'


def change(results, arm, seed, **fields):
    """Change a stored record, as if its training had ended so; return it."""
    file = results / "scans" / f"{arm}.jsonl"
    records = [decode(line) for line in file.read_text().splitlines()]
    changed = next(record for record in records if record["seed"] == seed)
    changed.update(fields)
    file.write_text("".join(encode(record) + "\n" for record in records))
    return changed


@pytest.fixture(scope="module")
def exported(trained, tmp_path_factory):
    """The tiny study with a sweep, a diverged and a failed cell, in `results`, exported to `events`."""
    folder = tmp_path_factory.mktemp("exported")
    shutil.copytree(trained / "results", folder / "results")
    file = write_tiny(folder)
    file.write_text(file.read_text() + SWEEP)
    kept_in = Store(folder / "results", "tiny")
    kept = kept_in.read()
    for cell in sweeps.cells(studyfile.load(str(file))):  # as if they had been trained
        base = kept["scans", cell.arm.name, cell.seed]
        kept_in.append(base | {"experiment": cell.experiment.name, "key": cell.key, "settings": cell.settings})
    cut = {name: [1.5, None] for name in CURVES.values()}
    nothing = dict.fromkeys(CLASSIFICATION.columns)
    change(
        folder / "results",
        "dropout",
        0,
        status="diverged",
        reason="The loss was not finite in epoch 2.",
        metrics=nothing,
        epochs_run=2,
        best_epoch=0,
        history=cut,
    )
    change(
        folder / "results",
        "dropout",
        1,
        status="failed",
        reason="Traceback:\nValueError: no",
        metrics=nothing,
        epochs_run=0,
        best_epoch=0,
        seconds=0.0,
        history={},
    )
    ran = export(folder)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines() == [str(folder / "events")] and "tensorboard --logdir" in ran.stderr
    return folder


def export(folder, output="events", **more):
    words = ("export", folder / "tiny.toml", "--results", folder / "results", "--format", "tensorboard")
    return study(*words, "--output", folder / output, **more)


def records(folder):
    return Store(folder / "results", "tiny").read()


def read(place):
    found = EventAccumulator(str(place), size_guidance={"scalars": 0, "tensors": 0})
    return found.Reload()


def run_of(folder, record):
    return folder / "events" / record["experiment"] / record["arm"] / f"seed-{record['seed']}"


def points(found, tag):
    """Return the steps and the values of one tag; EventAccumulator keeps them in order of writing."""
    scalars = found.Scalars(tag)
    return [scalar.step for scalar in scalars], [scalar.value for scalar in scalars]


def test_every_scalar_is_the_stores(exported):
    kept = records(exported)
    assert len(kept) == 64 + 4
    for record in kept.values():
        found = read(run_of(exported, record))
        tags = set(found.Tags()["scalars"])
        assert tags == {
            *(CURVES if record["history"] else ()),
            "metrics/epochs_run",
            "metrics/best_epoch",
            *(f"metrics/{name}" for name in CLASSIFICATION.columns if record["status"] == "ok"),
            *(f"readouts/{name}" for name in CLASSIFICATION.columns if record.get("readouts")),
        }
        if record.get("readouts"):
            lengths = [each["epochs"] for each in record["readouts"]]
            read_out = [np.float32(each["metrics"]["test_nll"]) for each in record["readouts"]]
            assert lengths == [1, 2, 3] and points(found, "readouts/test_nll") == (lengths, read_out)
        for tag in tags & set(CURVES):
            steps, values = points(found, tag)
            told = {epoch: value for epoch, value in enumerate(record["history"][CURVES[tag]], 1) if value is not None}
            assert steps == list(told)
            np.testing.assert_array_equal(np.float32(values), np.float32(list(told.values())))
        outcomes = record["metrics"] | {name: record[name] for name in ("epochs_run", "best_epoch")}
        judged = record["best_epoch"] if record["factors"]["earlystopping"] else record["epochs_run"]
        for name in (name for name in outcomes if f"metrics/{name}" in tags):
            assert points(found, f"metrics/{name}") == ([judged], [np.float32(outcomes[name])])


def test_time_is_that_of_the_training(exported):
    record = records(exported)["scans", "l2", 0]
    scalars = read(run_of(exported, record)).Scalars("loss/train")
    assert [s.wall_time for s in scalars] == pytest.approx([record["seconds"] * n / 6 for n in range(1, 7)])


def listed(events):
    """Return what the HParams panel's own back end needs, and the experiment that it reads from a folder."""
    multiplexer = plugin_event_multiplexer.EventMultiplexer(size_guidance={"scalars": 0, "tensors": 0})
    multiplexer.AddRunsFromDirectory(str(events)).Reload()
    provider = data_provider.MultiplexerDataProvider(multiplexer, str(events))
    context = backend_context.Context(TBContext(data_provider=provider))
    request = RequestContext()
    content = context.hparams_metadata(request, "")
    return context, request, context.experiment_from_metadata(request, "", True, content, [])


@pytest.fixture(scope="module")
def panel(exported):
    """The panel's experiment and its session groups."""
    context, request, experiment = listed(exported / "events")
    asked = api_pb2.ListSessionGroupsRequest(
        slice_size=1000,
        allowed_statuses=[api_pb2.STATUS_SUCCESS, api_pb2.STATUS_FAILURE],
        col_params=[api_pb2.ColParams(hparam=info.name) for info in experiment.hparam_infos],
    )
    response = list_session_groups.Handler(request, context, "", asked).run()
    return experiment, {group.name: group for group in response.session_groups}


def plain(value):
    return getattr(value, value.WhichOneof("kind"))


def test_a_session_is_a_cell_and_a_group_an_arm(exported, panel):
    _, groups = panel
    kept = records(exported)
    sessions = [session.name for group in groups.values() for session in group.sessions]
    assert sorted(sessions) == sorted(f"{e}/{arm}/seed-{seed}" for e, arm, seed in kept)
    assert len(groups) == 32 + 2 + 1  # no arm of the tiny study but `dropout` is in two groups
    for (experiment, arm, seed), record in kept.items():
        ok = record["status"] == "ok"
        group = groups[f"{experiment}/{arm}" if ok else f"{experiment}/{arm} ({record['status']})"]
        hparams = {name: plain(value) for name, value in group.hparams.items()}
        strengths = {
            f"{name}.{key}": value
            for name, part in record["settings"]["strengths"].items()
            for key, value in part.items()
        }
        assert hparams == {
            "experiment": experiment,
            "arm": arm,
            "status": record["status"],
            "data.train": record["settings"]["data"]["train"],
            **{name: bool(record["factors"][name]) for name in NAMES},
            **strengths,
        }
        session = next(s for s in group.sessions if s.name.endswith(f"seed-{seed}"))
        assert session.status == (api_pb2.STATUS_SUCCESS if ok else api_pb2.STATUS_FAILURE)
        values = {metric.name.tag: metric.value for metric in session.metric_values}
        for name in CLASSIFICATION.columns if ok else ():
            assert values[f"metrics/{name}"] == np.float32(record["metrics"][name])
        assert ok or not any(f"metrics/{name}" in values for name in CLASSIFICATION.columns)


def test_an_arms_metric_is_the_mean_over_its_seeds(exported, panel):
    kept = records(exported)
    mean = np.mean([kept["scans", "all", seed]["metrics"]["test_accuracy"] for seed in (0, 1)])
    found = {metric.name.tag: metric.value for metric in panel[1]["scans/all"].metric_values}
    assert found["metrics/test_accuracy"] == pytest.approx(mean, rel=1e-6)


def test_domains_and_metrics_are_listed(panel):
    experiment, _ = panel
    domains = {info.name: list(info.domain_discrete) for info in experiment.hparam_infos}
    assert all(domains[name] == [False, True] for name in NAMES)
    assert domains["experiment"] == ["scans", "scans.size@40"] and domains["data.train"] == [40, 60]
    assert domains["l2.lambda"] == [1e-3] and domains["earlystopping.monitor"] == ["val_loss"]
    assert domains["status"] == ["diverged", "failed", "ok"] and len(domains["arm"]) == 32
    assert not {"seed", "model.name", "training.epochs"} & set(domains)  # nothing to choose between
    assert {info.name for info in experiment.hparam_infos[:5]} == set(NAMES)
    names = [info.name.tag for info in experiment.metric_infos]
    assert names[:5] == [
        "metrics/test_accuracy",
        "metrics/test_nll",
        "metrics/test_ece",
        "loss/train",
        "loss/validation",
    ]
    assert set(names) == {
        *CURVES,
        "metrics/epochs_run",
        "metrics/best_epoch",
        *(f"metrics/{name}" for name in CLASSIFICATION.columns),
    }


def test_why_a_cell_is_not_ok_can_be_read(exported):
    for seed, said in (
        (0, "    diverged: The loss was not finite in epoch 2."),
        (1, "    failed: Traceback:\n    ValueError: no"),
    ):
        found = read(exported / "events" / "scans" / "dropout" / f"seed-{seed}").Tensors("reason")
        assert [event.tensor_proto.string_val[0].decode() for event in found] == [said]
    assert "reason" not in read(exported / "events" / "scans" / "none" / "seed-0").Tags()["tensors"]


def test_train_and_validation_share_a_chart(exported):
    (event,) = read(exported / "events").Tensors("custom_scalars__config__")
    found = layout_pb2.Layout.FromString(event.tensor_proto.string_val[0])
    charts = [sorted(chart.multiline.tag) for category in found.category for chart in category.chart]
    assert charts == [["loss/train", "loss/validation"], ["accuracy/train", "accuracy/validation"]]


def contents(folder):
    return {path.relative_to(folder): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_the_same_results_give_the_same_bytes_in_the_same_files(exported):
    before = contents(exported / "events")
    assert len(before) == 64 + 4 + 1 and all(
        str(path).endswith("/events.out.tfevents.0.tiny") for path in before if len(path.parts) > 1
    )
    assert export(exported, env={"PYTHONHASHSEED": "1"}).returncode == 0
    assert export(exported, "twice", env={"PYTHONHASHSEED": "2"}).returncode == 0
    assert contents(exported / "events") == contents(exported / "twice") == before


def copied(exported, tmp_path):
    shutil.copytree(exported, tmp_path / "copy")
    return tmp_path / "copy"


def test_another_export_takes_the_place_of_the_first(exported, tmp_path):
    folder = copied(exported, tmp_path)
    change(folder / "results", "none", 0, history={name: [9.0] * 6 for name in CURVES.values()})
    own = folder / "events" / "scans" / "none" / "seed-0" / "events.out.tfevents.1.mine"
    own.write_bytes(b"")
    assert export(folder).returncode == 0
    assert points(read(own.parent), "loss/train") == ([1, 2, 3, 4, 5, 6], [9.0] * 6)
    assert own.exists()


def test_cells_that_are_not_todays_go(exported, tmp_path):
    folder = copied(exported, tmp_path)
    file = folder / "tiny.toml"
    file.write_text(
        file.read_text().replace("lambda = 1e-3", "lambda = 2e-3").replace("values = [40, 60]", "values = [50, 60]")
    )
    own = folder / "events" / "scans" / "l2" / "seed-0" / "notes.txt"
    own.write_text("mine")
    assert export(folder).returncode == 0
    files = [path for path in contents(folder / "events") if len(path.parts) > 1]
    assert len(files) == 32 + 1 and not (folder / "events" / "scans.size@40").exists()
    assert own.exists() and not any("l2" in path.parts[1] for path in files if path.name != "notes.txt")


def test_a_file_is_written_whole_or_not_at_all(exported, tmp_path, monkeypatch):
    folder = copied(exported, tmp_path)
    before = contents(folder / "events")
    real, number = tensorboard._scalar, iter(range(10**6))

    def full(tag, value):
        if next(number) == 500:
            raise OSError(28, "No space left on device")
        return real(tag, value)

    monkeypatch.setattr(tensorboard, "_scalar", full)
    results = Results(studyfile.load(str(folder / "tiny.toml")), Store(folder / "results", "tiny"))
    with pytest.raises(OSError, match="No space"):
        tensorboard.write(results, folder / "events")
    assert contents(folder / "events") == before


def test_a_studys_own_factor_has_its_switch_and_strength_and_is_shown_first(tmp_path):
    file = write_own(tmp_path, "own_events", seeds="0")
    found = studyfile.load(str(file))
    store(found, tmp_path / "results", lambda cell: 60.0)
    tensorboard.write(Results(found, Store(tmp_path / "results", found.name)), tmp_path / "events")
    infos = {info.name: info for info in listed(tmp_path / "events")[2].hparam_infos}
    assert list(infos["hum"].domain_discrete) == [False, True] and list(infos["hum.size"].domain_discrete) == [0.5]
    assert {name for name, info in infos.items() if info.differs} == {*NAMES, "hum"}


def test_tensorflow_is_not_imported(exported):
    words = ["export", exported / "tiny.toml", "--results", exported / "results", "--format", "tensorboard"]
    script = (
        "import sys; from study.cli.commands import app\n"
        f"app({[str(word) for word in words]} + ['--output', {str(exported / 'light')!r}], standalone_mode=False)\n"
        "assert 'tensorboard' in sys.modules\n"
        "print({'tensorflow', 'keras'} & set(sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines()[-1] == "set()"


def test_without_tensorboard_it_says_how_to_get_it(exported, tmp_path):
    (tmp_path / "tensorboard.py").write_text(FAKE)
    ran = export(exported, tmp_path / "none", env={"PYTHONPATH": f"{tmp_path}"})
    assert ran.returncode == 2 and "Traceback" not in ran.stderr and not ran.stdout
    for word in ("Expected TensorBoard", "nothing here but this file", "pip install tensorboard"):
        assert word in ran.stderr
    assert not (tmp_path / "none").exists()


def test_a_folder_that_cannot_be_written(exported, tmp_path):
    (tmp_path / "file").write_text("mine")
    ran = export(exported, tmp_path / "file")
    assert ran.returncode == 2 and "which is a file" in ran.stderr and "Traceback" not in ran.stderr
    assert (tmp_path / "file").read_text() == "mine"


def test_no_seed_need_be_complete(trained, tmp_path):
    shutil.copytree(trained / "results", tmp_path / "results")
    write_tiny(tmp_path)
    for file in (tmp_path / "results" / "scans").glob("*.jsonl"):
        if file.stem != "l2":
            file.unlink()
    assert export(tmp_path).returncode == 0
    assert len(contents(tmp_path / "events")) == 2 + 1
