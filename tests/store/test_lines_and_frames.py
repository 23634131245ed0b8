"""The store loses nothing, believes nothing torn, and mixes nothing stale."""

import json
import os
import subprocess
import sys

import pytest
from conftest import write_tiny

from study.design import studyfile
from study.design.architectures.tasks import CLASSIFICATION
from study.design.arms import parse_arm
from study.design.cells import Cell, cells
from study.errors import StudyError
from study.store import records
from study.store.frames import history_frame, runs_frame
from study.store.lines import Store, decode, encode
from study.store.status import survey


@pytest.fixture
def tiny(tmp_path):
    return studyfile.load(str(write_tiny(tmp_path)))


def record(cell: Cell, accuracy=0.5, status="ok"):
    metrics = dict.fromkeys(CLASSIFICATION.columns, accuracy if status == "ok" else None)
    history = {name: [1.0, 0.123456789] for name in ("loss", "accuracy", "val_loss", "val_accuracy")}
    return records.make(
        cell,
        status=status,
        metrics=metrics,
        epochs_run=2,
        best_epoch=1,
        seconds=1.23456,
        history=history,
        provenance={"commit": "c", "device": "CPU"},
        reason="" if status == "ok" else "why\nit failed",
    )


def cell(tiny, arm="none", seed=0):
    return Cell(tiny.experiments["scans"], parse_arm(arm), seed)


def test_a_record_comes_back_as_it_was(tiny, tmp_path):
    store = Store(tmp_path / "results", "tiny")
    made = record(cell(tiny, "dropout+l2"))
    store.append(made)
    assert store.read() == {("scans", "dropout+l2", 0): made}
    assert (tmp_path / "results" / "scans" / "dropout+l2.jsonl").read_text().count("\n") == 1
    assert json.loads((tmp_path / "results" / "store.json").read_text()) == {"format": 1, "study": "tiny"}
    assert made["history"]["loss"] == [1.0, 0.12346]


def test_the_last_line_of_a_seed_counts(tiny, tmp_path):
    store = Store(tmp_path, "tiny")
    for accuracy in (0.1, 0.2, 0.3):
        store.append(record(cell(tiny), accuracy))
    store.append(record(cell(tiny, seed=1), 0.9))
    found = store.read()
    assert found["scans", "none", 0]["metrics"]["test_accuracy"] == 0.3
    assert len(found) == 2 and store.superseded == 2


def test_a_failed_retraining_hides_nothing(tiny, tmp_path):
    store, (cell, *_) = Store(tmp_path / "r", tiny.name), cells(tiny)
    store.append(record(cell, 0.5))
    store.append(record(cell, status="failed"))
    assert store.read()[cell.place]["metrics"]["test_accuracy"] == 0.5
    store.append(record(cell, 0.7))
    assert store.read()[cell.place]["metrics"]["test_accuracy"] == 0.7 and store.superseded == 2


def test_every_prefix_loads_to_the_whole_lines_before_it(tiny, tmp_path):
    store = Store(tmp_path, "tiny")
    for seed in (0, 1):
        for accuracy in (0.1, 0.2):
            store.append(record(cell(tiny, seed=seed), accuracy))
    file = tmp_path / "scans" / "none.jsonl"
    whole = file.read_bytes()
    lines = whole.splitlines(keepends=True)
    start = sum(map(len, lines[:2]))
    for end in range(start, len(whole) + 1):
        file.write_bytes(whole[:end])
        expected = {}
        for line in whole[:end].split(b"\n")[:-1]:
            one = decode(line.decode())
            expected[one["experiment"], one["arm"], one["seed"]] = one
        again = Store(tmp_path, "tiny")
        assert again.read() == expected
        assert bool(again.torn) == (whole[:end][-1:] != b"\n")


def test_appending_cuts_a_torn_line_off(tiny, tmp_path):
    store = Store(tmp_path, "tiny")
    store.append(record(cell(tiny)))
    file = tmp_path / "scans" / "none.jsonl"
    file.write_bytes(file.read_bytes() + b'{"arm":"none","exp')
    store.append(record(cell(tiny, seed=1)))
    assert [place[2] for place in store.read()] == [0, 1] and not store.torn


@pytest.mark.parametrize(
    "edit, words",
    [
        (lambda text: text.replace('"test_accuracy":0.5', '"test_accuracy":0.9'), "changed after"),
        (lambda text: "\n" + text, "line 1"),
        (lambda text: "garbage\n" + text, "line 1"),
        (lambda text: text.replace("\n", "") + " \n", "changed after"),
        (lambda text: json.dumps(json.loads(text)) + "\n", "changed after"),
    ],
)
def test_a_line_changed_by_hand_is_refused(tiny, tmp_path, edit, words):
    store = Store(tmp_path, "tiny")
    store.append(record(cell(tiny)))
    file = tmp_path / "scans" / "none.jsonl"
    file.write_text(edit(file.read_text()))
    before = file.read_bytes()
    with pytest.raises(StudyError, match=words) as error:
        store.read()
    assert "none.jsonl" in str(error.value) and "Delete the line" in str(error.value)
    assert file.read_bytes() == before


def test_a_line_in_the_wrong_file_or_under_a_false_key_is_refused(tiny, tmp_path):
    store = Store(tmp_path, "tiny")
    store.append(record(cell(tiny)))
    file = tmp_path / "scans" / "none.jsonl"
    file.rename(file.with_name("dropout.jsonl"))
    with pytest.raises(StudyError, match="belongs to scans/none"):
        store.read()
    false = record(cell(tiny)) | {"settings": {}}
    (tmp_path / "scans" / "dropout.jsonl").unlink()
    file.write_text(encode(false) + "\n")
    with pytest.raises(StudyError, match="key"):
        store.read()


def test_folders_that_are_not_ours(tiny, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StudyError, match="is a file"):
        Store(tmp_path / "file", "tiny")
    store = Store(tmp_path / "results", "tiny")
    store.append(record(cell(tiny)))
    with pytest.raises(StudyError, match="those of 'tiny'"):
        Store(tmp_path / "results", "other")
    marker = tmp_path / "results" / "store.json"
    marker.write_text('{"format": 99, "study": "tiny"}')
    with pytest.raises(StudyError, match="format 1.*format 99"):
        Store(tmp_path / "results", "tiny")
    marker.write_text("[]")
    with pytest.raises(StudyError, match=r"format and the study.*Received: '\[\]'"):
        Store(tmp_path / "results", "tiny")
    marker.unlink()
    with pytest.raises(StudyError, match="names the format"):
        Store(tmp_path / "results", "tiny")


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere; a full disk is tried instead")
def test_a_folder_that_cannot_be_written(tiny, tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(StudyError, match="can be written"), Store(tmp_path / "r", "tiny").lock():
        pass


def test_a_full_disk_leaves_what_was_there(tiny, tmp_path, monkeypatch):
    store = Store(tmp_path, "tiny")
    store.append(record(cell(tiny)))
    real = os.pwrite

    def full(handle, text, offset):
        if len(text) > 20:
            return real(handle, text[:20], offset)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    monkeypatch.setattr(os, "fsync", lambda handle: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(StudyError, match="No space left"):
        store.append(record(cell(tiny, seed=1)))
    monkeypatch.undo()
    assert list(store.read()) == [("scans", "none", 0)] and not store.torn
    store.append(record(cell(tiny, seed=1)))
    assert len(store.read()) == 2


def test_a_second_writer_is_refused_by_name(tiny, tmp_path):
    store = Store(tmp_path, "tiny")
    script = (
        "import sys, time; from pathlib import Path; from study.store.lines import Store\n"
        f"with Store(Path({str(tmp_path)!r}), 'tiny').lock():\n"
        "    print('held', flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(StudyError, match=f"process {holder.pid}"), store.lock():
        pass
    holder.kill()
    holder.wait()
    with store.lock():
        assert (tmp_path / ".lock").read_text() == f"{os.getpid()}\n"


def test_survey_sorts_cells(tiny, tmp_path):
    store = Store(tmp_path, "tiny")
    store.append(record(cell(tiny)))
    store.append(record(cell(tiny, seed=1), status="failed"))
    store.append(record(cell(tiny, "dropout"), status="diverged"))
    today = cells(tiny, arms=[parse_arm(name) for name in ("none", "dropout", "l2")])
    standing = survey(today, store.read())
    assert [c.place[1:] for c in standing.done] == [("none", 0), ("dropout", 0)]
    assert [c.place[1:] for c in standing.failed] == [("none", 1)]
    assert len(standing.missing) == 3 and not standing.stale
    assert set(standing.to_train) == set(today) - set(standing.done)
    longer = tiny.experiments["scans"].model_copy(
        update={"training": tiny.experiments["scans"].training.model_copy(update={"epochs": 9})}
    )
    standing = survey([Cell(longer, parse_arm("none"), 0)], store.read())
    assert list(standing.stale.values()) == [["training.epochs: 6 → 9"]] and not standing.done


def test_a_reason_of_several_lines_is_told_whole_and_in_one():
    head, where = "Traceback (most recent call last):\n", '  File "a.py", line 1, in f\n    raise ValueError\n'
    trace = f"{head}{where}ValueError: first\nsecond\n"
    assert records.told(trace) == "ValueError: first second"
    twice = f"{trace}\nDuring handling of the above exception, another exception occurred:\n\n"
    assert records.told(f"{twice}{trace.replace('first', 'third')}") == "ValueError: third second"
    assert records.told("The worker died: exit status -9.\n") == "The worker died: exit status -9."
    long = records.told("word " * 400)
    assert len(long) <= 500 and long.endswith("…")


def test_frames(tiny):
    frame = runs_frame(
        [record(cell(tiny, "dropout+l2"), 0.75), record(cell(tiny, seed=1), status="diverged")],
        tiny.factors.names,
        tiny.task,
    )
    assert frame.loc[0, ["dropout", "l2", "batchnorm"]].tolist() == [1, 1, 0]
    assert frame.loc[0, "test_accuracy"] == 0.75 and frame["test_accuracy"].isna().tolist() == [False, True]
    assert frame.loc[0, "epochs_budget"] == 6
    epochs = history_frame([record(cell(tiny)), record(cell(tiny, seed=1))], tiny.task)
    assert epochs["epoch"].tolist() == [1, 2, 1, 2] and epochs["seed"].tolist() == [0, 0, 1, 1]
