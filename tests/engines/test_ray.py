"""A whole small study on a real Ray cluster; on one of two nodes, nodes and drivers are really killed."""

import os
import signal
import subprocess
import sys
import time

import pytest
from conftest import study, write_tiny
from processes import read, same, wait_for_cells

ray = pytest.importorskip("ray", reason="Ray is not installed: pip install 'what-regularizes[ray]'")


@pytest.fixture
def cluster():
    """A head node without room for actors, and two nodes of one CPU each, as processes of their own."""
    from ray.cluster_utils import Cluster

    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    made.workers = [made.add_node(num_cpus=1), made.add_node(num_cpus=1)]
    made.wait_for_nodes()
    yield made
    made.shutdown()


def run_on(cluster, file, results):
    return subprocess.Popen(
        [sys.executable, "-m", "study", "run", str(file), "--results", str(results), "--engine", "ray",
         "--ray-address", cluster.address],
        stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip


def whole_and_equal(results, whole):
    found = read(results)
    assert found.keys() == whole.keys()
    assert all(same(record, whole[place]) for place, record in found.items()), "bit-equal to local cells"
    lines = sum(path.read_text().count("\n") for path in results.glob("*/*.jsonl"))
    assert lines == len(found), "nothing stored twice"


def test_a_study_on_a_cluster_of_this_machine(tmp_path, trained):
    arms = ("none", "earlystopping", "l2", "all")
    chosen = [word for arm in arms for word in ("--arm", arm)]
    ran = study("run", write_tiny(tmp_path), "--results", tmp_path / "r", "--engine", "ray", "-j", "2", *chosen)
    assert ran.returncode == 0, ran.stderr
    whole = read(trained / "results")
    whole_and_equal(tmp_path / "r", {place: record for place, record in whole.items() if place[1] in arms})


@pytest.mark.slow
def test_a_whole_study_on_two_nodes(tmp_path, trained, cluster):
    file = write_tiny(tmp_path)
    run = run_on(cluster, file, tmp_path / "r")
    _, said = run.communicate(timeout=300)
    assert run.returncode == 0, said
    whole_and_equal(tmp_path / "r", read(trained / "results"))


@pytest.mark.slow
def test_a_node_killed_in_mid_run_loses_nothing(tmp_path, trained, cluster):
    file = write_tiny(tmp_path)
    run = run_on(cluster, file, tmp_path / "r")
    wait_for_cells(tmp_path / "r", 8)
    cluster.remove_node(cluster.workers[0], allow_graceful=False)
    _, said = run.communicate(timeout=300)
    assert run.returncode == 0, said
    whole_and_equal(tmp_path / "r", read(trained / "results"))


@pytest.mark.slow
def test_a_driver_killed_and_resumed(tmp_path, trained, cluster):
    file = write_tiny(tmp_path)
    run = run_on(cluster, file, tmp_path / "r")
    wait_for_cells(tmp_path / "r", 8)
    run.kill()
    run.communicate(timeout=30)
    assert 8 <= len(read(tmp_path / "r")) < 64
    run = run_on(cluster, file, tmp_path / "r")
    _, said = run.communicate(timeout=300)
    assert run.returncode == 0, said
    whole_and_equal(tmp_path / "r", read(trained / "results"))


@pytest.mark.slow
def test_an_actor_that_always_dies_fails_its_cells(tmp_path):
    (tmp_path / "dying.py").write_text(
        "import os, signal, sys\n"
        "def network(inputs, classes, layers):\n"
        "    import keras\n"
        "    if 'dropout' in layers.arm and 'ray' in sys.modules:\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "    return layers.head(layers.dense(keras.layers.Flatten()(layers.augment(inputs)), 4, 'h'), classes)\n"
    )
    file = write_tiny(tmp_path)
    file.write_text(file.read_text().replace('{ name = "mlp", widths = [8] }', '{ name = "dying:network" }'))
    ran = study(
        "run",
        file,
        "--results",
        "r",
        "--arm",
        "none",
        "--arm",
        "dropout",
        "--seeds",
        "0",
        "--engine",
        "ray",
        "-j",
        "1",
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path)},
    )
    assert ran.returncode == 1 and "1 cells trained, 0 diverged, 1 failed" in ran.stderr, ran.stderr
    assert "3 times" in read(tmp_path / "r")["scans", "dropout", 0]["reason"]


@pytest.mark.slow
def test_an_actor_that_cannot_start_ends_the_run(tmp_path):
    (tmp_path / "threadpoolctl.py").write_text("raise ImportError('no threads here')")
    ran = study(
        "run",
        write_tiny(tmp_path),
        "--results",
        "r",
        "--engine",
        "ray",
        "-j",
        "1",
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path)},
    )
    assert ran.returncode == 2 and "no threads here" in ran.stderr and "Traceback" not in ran.stderr, ran.stderr


@pytest.mark.slow
def test_interrupted(tmp_path):
    file = write_tiny(tmp_path)
    run = subprocess.Popen(
        [sys.executable, "-m", "study", "run", str(file), "--results", str(tmp_path / "r"), "--engine", "ray"],
        stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    wait_for_cells(tmp_path / "r", 2)
    began = time.monotonic()
    os.kill(run.pid, signal.SIGTERM)
    _, said = run.communicate(timeout=30)
    assert run.returncode == 130 and "every finished cell is stored" in said
    assert time.monotonic() - began < 5


def test_no_cluster_is_bad_input(tmp_path):
    file = write_tiny(tmp_path)
    ran = study("run", file, "--results", tmp_path / "r", "--engine", "ray", "--ray-address", "127.0.0.1:1")
    assert ran.returncode == 2 and "--ray-address: Expected a Ray cluster" in ran.stderr
    assert "Traceback" not in ran.stderr
    ran = study("run", file, "--results", tmp_path / "r", "--ray-address", "auto")
    assert ran.returncode == 2 and "Expected --engine ray" in ran.stderr
    assert not (tmp_path / "r" / "sessions.jsonl").exists(), "nobody trained"
