"""The queue, and real runs: interrupted, killed, resumed, forced."""

import json
import os
import signal
import time

import pytest
from conftest import study, write_tiny
from processes import all_end, read, same, start, tasks, wait_for_cells, workers_of

from study.design import studyfile
from study.design.arms import parse_arm
from study.engines.local import Processes
from study.engines.schedule import Queue
from study.errors import StudyError
from study.store import provenance


def test_a_trajectory_yields_two_cells():
    found = tasks(studyfile.load("quick"))
    assert len(found) == 192 and all(len(task.cells) == 2 for task in found)
    one = tasks(studyfile.load("quick"), arms=[parse_arm("dropout+earlystopping")], seeds=[0])
    assert [task.arm.name for task in one] == ["dropout", "dropout"] and all(len(t.cells) == 1 for t in one)


def test_a_file_where_the_logs_go_is_refused(tmp_path):
    (tmp_path / ".logs").write_text("mine")
    with pytest.raises(StudyError, match="results: Expected a folder. Received: .*logs, which is a file"):
        Processes(1, tmp_path / ".logs")
    assert (tmp_path / ".logs").read_text() == "mine"


def test_workers_keep_their_arm_and_share_the_last_one():
    some = tasks(studyfile.load("quick"), experiments=["digits"], arms=[parse_arm("none"), parse_arm("l2")])
    queue = Queue(some, lambda task: 2.0 if task.arm.name == "l2" else 1.0)
    first = queue.take(None, set())
    assert first.arm.name == "l2", "the longest work first"
    second = queue.take(None, {first.group})
    assert second.arm.name == "none", "an arm that nobody holds"
    for _ in range(5):
        assert queue.take(second.group, {first.group}).arm.name == "none", "a worker stays with its arm"
    assert queue.take(second.group, {first.group}).arm.name == "l2", "and shares the last one"
    left = [queue.take(first.group, set()) for _ in range(4)]
    assert len({task.seed for task in left}) == 4 and queue.take(None, set()) is None and not len(queue)
    queue.put_back(first)
    assert queue.take(None, set()) is first


def test_every_cell_is_trained_once(trained, monkeypatch):
    monkeypatch.setenv(provenance.VECTORS, os.environ.get(provenance.VECTORS, "AVX2"))
    limited = provenance.vectors()
    found = read(trained / "results")
    assert len(found) == 32 * 2 and {record["status"] for record in found.values()} == {"ok"}
    lines = sum(file.read_text().count("\n") for file in (trained / "results").glob("*/*.jsonl"))
    assert lines == 64
    for record in found.values():
        assert record["provenance"]["device"] and record["provenance"]["versions"]["keras"]
        assert record["provenance"]["vectors"] == limited
        assert record["epochs_run"] == len(record["history"]["loss"])
        assert record["factors"] == parse_arm(record["arm"]).switches


def test_a_second_run_trains_nothing(trained):
    ran = study("run", trained / "tiny.toml", "--results", trained / "results")
    assert ran.returncode == 0 and "nothing to train" in ran.stderr


def test_one_arm_alone_gives_the_same_cells_and_merges(trained, tmp_path, monkeypatch):
    file = write_tiny(tmp_path)
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    words = ("--results", tmp_path / "r", "--arm", "l2+dropout", "--arm", "earlystopping", "--seeds", "1", "-j", "1")
    ran = study("run", file, *words)
    assert ran.returncode == 0, ran.stderr
    assert not list((tmp_path / "temporary").iterdir()), "what TensorFlow writes for a killed worker goes too"
    found, whole = read(tmp_path / "r"), read(trained / "results")
    assert {place[1:] for place in found} == {("dropout+l2", 1), ("earlystopping", 1)}
    assert all(same(record, whole[place]) for place, record in found.items())
    ran = study("run", file, *words, "--force")
    assert ran.returncode == 0, ran.stderr
    again = read(tmp_path / "r")
    assert all(same(record, found[place]) for place, record in again.items())
    assert (tmp_path / "r" / "scans" / "dropout+l2.jsonl").read_text().count("\n") == 2
    status = json.loads(study("status", file, "--results", tmp_path / "r", "--json").stdout)
    assert status["experiments"]["scans"]["done"] == 2 and status["superseded_lines"] == 2


@pytest.mark.parametrize("how", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)])
def test_interrupted_and_resumed(tmp_path, trained, how):
    file = write_tiny(tmp_path)
    run = start(file, tmp_path / "r")
    wait_for_cells(tmp_path / "r", 6)
    children = workers_of(run.pid)
    began = time.monotonic()
    run.send_signal(how)
    _, said = run.communicate(timeout=30)
    assert run.returncode == 130 and "every finished cell is stored" in said
    assert time.monotonic() - began < 5
    assert children and all_end(children)
    before = read(tmp_path / "r")
    assert 6 <= len(before) < 64
    assert study("run", file, "--results", tmp_path / "r", "--arm", "none", "--arm", "all").returncode == 0
    whole = read(trained / "results")
    assert all(same(record, whole[place]) for place, record in read(tmp_path / "r").items())


def test_a_killed_worker_is_replaced(tmp_path, trained):
    file = write_tiny(tmp_path)
    run = start(file, tmp_path / "r", jobs=1)
    wait_for_cells(tmp_path / "r", 2)
    for child in workers_of(run.pid):
        command = open(f"/proc/{child}/cmdline").read()
        if "spawn_main" in command:
            os.kill(int(child), signal.SIGKILL)
    wait_for_cells(tmp_path / "r", 6)
    run.send_signal(signal.SIGTERM)
    run.communicate(timeout=30)
    whole = read(trained / "results")
    found = read(tmp_path / "r")
    assert len(found) >= 6 and {r["status"] for r in found.values()} == {"ok"}
    assert all(same(record, whole[place]) for place, record in found.items())


def test_a_cell_that_fails_is_told_and_tried_again(tmp_path):
    (tmp_path / "broken.py").write_text(
        # Only a worker is a daemon: what the rehearsal sees is whole, and what is trained fails.
        "import multiprocessing, pathlib\n"
        "def network(inputs, classes, layers):\n"
        "    import keras\n"
        "    works = pathlib.Path('mended').exists() or not multiprocessing.current_process().daemon\n"
        "    if 'dropout' in layers.arm and not works:\n"
        "        raise RuntimeError('no such layer')\n"
        "    return layers.head(layers.dense(keras.layers.Flatten()(layers.augment(inputs)), 4, 'h'), classes)\n"
    )
    file = write_tiny(tmp_path)
    file.write_text(file.read_text().replace('{ name = "mlp", widths = [8] }', '{ name = "broken:network" }'))
    words = ("run", file, "--results", "r", "--arm", "none", "--arm", "dropout", "--seeds", "0", "-j", "1")
    ran = study(*words, cwd=tmp_path)
    assert ran.returncode == 1 and "no such layer" in ran.stderr and "1 failed" in ran.stderr
    assert "failed: scans, dropout, 0" in study("status", file, "--results", "r", cwd=tmp_path).stdout
    (tmp_path / "mended").write_text("")
    ran = study(*words, cwd=tmp_path)
    assert ran.returncode == 0 and "1 cells trained" in ran.stderr


def test_a_model_that_cannot_be_had_is_bad_input(tmp_path):
    file = write_tiny(tmp_path)
    file.write_text(file.read_text().replace('{ name = "mlp", widths = [8] }', '{ name = "nowhere:network" }'))
    ran = study("run", file, "--results", "r", "--arm", "none", cwd=tmp_path)
    assert ran.returncode == 2 and "nowhere" in ran.stderr and "Traceback" not in ran.stderr
    assert not list((tmp_path / "r").glob("*/*.jsonl"))
