"""Killed at any moment, a run loses nothing and stores nothing twice; everything here is really killed."""

import random
import subprocess
import time

import pytest
from conftest import study, write_tiny
from processes import all_end, read, same, start, stored, wait_for_cells, workers_of

ARMS = ("--arm", "none", "--arm", "earlystopping", "--arm", "dropout+l2", "--arm", "all")


def descendants(pid):
    found = workers_of(pid)
    return found + [grandchild for child in found for grandchild in workers_of(child)]


def killed_and_resumed(tmp_path, whole, moments, seeds):
    """Kill a run at each of the given moments, then let it end; compare with an undisturbed run.

    A moment is a number of stored cells, less than there are in all, and how many seconds after them.
    """
    file, results = write_tiny(tmp_path, seeds=seeds), tmp_path / "results"
    orphans = []
    for cells, seconds in moments:
        run = start(file, results)
        wait_for_cells(results, cells)
        time.sleep(seconds)
        assert run.poll() is None, "the run had ended before it was killed"
        orphans += descendants(run.pid)
        run.kill()
        run.communicate(timeout=30)
        assert cells <= stored(results) < len(whole), "the kill hit in mid-run"
    assert orphans, "there were workers"
    assert all_end(orphans, within=10), "a worker ends with its parent"
    ended = study("run", file, "--results", results, "-j", "2")
    assert ended.returncode == 0, ended.stderr
    found = read(results)
    assert found.keys() == whole.keys()
    assert all(same(record, whole[place]) for place, record in found.items())
    seen = [line for path in results.glob("*/*.jsonl") for line in path.read_text().splitlines()]
    assert len(seen) == len(found), "no cell was trained twice"


@pytest.mark.slow
def test_a_parent_killed_twice(tmp_path, trained):
    draw = random.Random(1)
    moments = [(cells, draw.uniform(0, 0.3)) for cells in (4, 12)]
    assert len({seconds for _, seconds in moments}) == 2
    whole = {place: record for place, record in read(trained / "results").items() if record["seed"] == 0}
    killed_and_resumed(tmp_path, whole, moments, "0")


@pytest.mark.slow
def test_a_parent_killed_at_25_random_moments(tmp_path, trained):
    draw = random.Random()
    # Half of them while workers start, when nothing new is stored yet; the others in mid-training.
    counts = sorted(draw.randrange(50) for _ in range(25))
    moments = [
        (cells, draw.uniform(0.0, 0.3) if number % 2 else draw.uniform(0.2, 8)) for number, cells in enumerate(counts)
    ]
    print("moments:", [(cells, round(seconds, 2)) for cells, seconds in moments])
    killed_and_resumed(tmp_path, read(trained / "results"), moments, "0-1")


SUICIDAL = """
import multiprocessing, os, signal

def network(inputs, classes, layers, how="kill"):
    import keras

    # Only a worker is a daemon: the rehearsal before it lives.
    if "dropout" in layers.arm and multiprocessing.current_process().daemon:
        if how == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        import resource
        soft, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (2**20, hard))
        try:
            bytearray(10**9)
        finally:
            resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
    return layers.head(layers.dense(keras.layers.Flatten()(layers.augment(inputs)), 4, "h"), classes)
"""


@pytest.mark.parametrize(
    "how, words", [("kill", "signal 9"), pytest.param("memory", "MemoryError", marks=pytest.mark.slow)]
)
def test_a_worker_that_always_dies_fails_its_cells_and_no_others(tmp_path, how, words):
    """What the kernel does to a process that takes too much memory is the first of the two."""
    (tmp_path / "dying.py").write_text(SUICIDAL)
    file = write_tiny(tmp_path)
    own = f'{{ name = "dying:network", arguments = {{ how = "{how}" }} }}'
    file.write_text(file.read_text().replace('{ name = "mlp", widths = [8] }', own))
    chosen = ("--arm", "none", "--arm", "dropout", "--arm", "l2", "--seeds", "0")
    ran = study("run", file, "--results", "r", *chosen, "-j", "2", cwd=tmp_path)
    assert ran.returncode == 1 and "2 cells trained" in ran.stderr and "1 failed" in ran.stderr, ran.stderr
    found = {place[1]: record for place, record in read(tmp_path / "r").items()}
    assert {arm: record["status"] for arm, record in found.items()} == {
        "none": "ok", "l2": "ok", "dropout": "failed",
    }  # fmt: skip
    assert words in found["dropout"]["reason"]
    if how == "kill":
        assert "3 times" in found["dropout"]["reason"] and "worker-" in found["dropout"]["reason"]


def test_a_second_run_is_refused_and_a_dead_ones_lock_is_not(tmp_path):
    file, results = write_tiny(tmp_path), tmp_path / "results"
    run = start(file, results)
    wait_for_cells(results, 1)
    second = study("run", file, "--results", results)
    assert second.returncode == 2 and f"process {run.pid}" in second.stderr
    run.kill()
    run.communicate(timeout=30)
    third = study("run", file, "--results", results, *ARMS)
    assert third.returncode == 0, third.stderr


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 200 KB; skipped where it cannot be mounted."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", place], capture_output=True, text=True
    )
    if mounted.returncode:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.strip()}")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def test_a_full_disk_is_said_and_survived(tmp_path, small_disk, trained):
    file, results = write_tiny(tmp_path), small_disk / "results"
    (small_disk / "ballast").write_bytes(bytes(120_000))
    ran = study("run", file, "--results", results, "-j", "2")
    assert ran.returncode == 2 and "No space left" in ran.stderr and "Traceback" not in ran.stderr
    whole = read(trained / "results")
    assert all(same(record, whole[place]) for place, record in read(results).items())
    (small_disk / "ballast").unlink()
    ran = study("run", file, "--results", results, *ARMS)
    assert ran.returncode in (0, 2), ran.stderr
    assert all(same(record, whole[place]) for place, record in read(results).items())


def test_a_folder_that_turns_read_only_is_refused(tmp_path, small_disk):
    file, results = write_tiny(tmp_path), small_disk / "results"
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    ran = study("run", file, "--results", results, *ARMS)
    assert ran.returncode == 2 and "Read-only" in ran.stderr and "Traceback" not in ran.stderr


def test_a_changed_data_file_makes_cells_stale(tmp_path):
    import numpy as np

    file = write_tiny(tmp_path)
    text = file.read_text().replace(
        'name = "digits", train = 60, validation = 60, test = 200', 'name = "mine.npz", train = 40, validation = 20'
    )
    file.write_text(text)
    random_ = np.random.default_rng(0)
    x, y = random_.normal(size=(90, 5)), np.arange(90) % 3
    for shift in (0.0, 1.0):
        np.savez(tmp_path / "mine.npz", x_train=x + shift, y_train=y, x_test=x, y_test=y)
        planned = study("plan", file, "--results", tmp_path / "r", *ARMS)
        if shift:
            assert "stale by data.digest" in planned.stdout, planned.stdout
        ran = study("run", file, "--results", tmp_path / "r", *ARMS, "--seeds", "0", "-j", "1")
        assert ran.returncode == 0 and "4 cells trained" in ran.stderr, ran.stderr
