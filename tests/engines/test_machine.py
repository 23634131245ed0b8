"""Limits are those of the control group, read from files made up here."""

import os

import pytest

from study.engines import machine
from study.store import provenance


@pytest.fixture
def group(tmp_path, monkeypatch):
    monkeypatch.setattr(machine, "CGROUP", tmp_path)
    monkeypatch.setattr(machine, "NVIDIA", tmp_path / "gpus")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    return tmp_path


@pytest.mark.parametrize(
    "quota, cores", [("300000 100000", 3), ("max 100000", 8), ("50000 100000", 1), ("1600000 100000", 8)]
)
def test_cores_are_the_groups(group, quota, cores):
    (group / "cpu.max").write_text(quota)
    assert provenance.cores() == cores


def test_without_a_control_group_affinity_counts(group):
    assert provenance.cores() == 8


def test_memory_limits_the_workers(group):
    (group / "memory.max").write_text(str(5 * 2**30))
    (group / "memory.current").write_text(str(2**30))
    assert machine.memory() <= 4 * 2**30
    assert machine.workers() == 2
    assert machine.workers(jobs=7) == 7, "whoever asks for it gets it"
    (group / "memory.current").write_text(str(5 * 2**30))
    assert machine.workers() == 1
    (group / "memory.max").write_text("max")
    assert machine.memory() > 0


def test_a_gpu_without_cuda_libraries_leaves_a_worker_to_every_core(group, monkeypatch):
    (group / "gpus" / "0000:01:00.0").mkdir(parents=True)
    monkeypatch.setattr(machine, "cuda", lambda: False)
    assert machine.devices() == 1 and machine.gpus() == 0
    monkeypatch.setattr(machine, "cores", lambda: 7)
    monkeypatch.setattr(machine, "memory", lambda: float("inf"))
    assert machine.workers() == 7


def test_the_one_device_of_windows_subsystem_for_linux_is_a_gpu(group, monkeypatch):
    monkeypatch.setattr(machine, "cuda", lambda: True)
    monkeypatch.setattr(machine, "WSL", group / "dxg")
    assert machine.gpus() == 0
    (group / "dxg").touch()
    assert machine.gpus() == 1


def test_gpus_are_those_that_may_be_seen(group, monkeypatch):
    monkeypatch.setattr(machine, "cuda", lambda: True)
    assert machine.gpus() == 0
    for name in ("0000:01:00.0", "0000:02:00.0"):
        (group / "gpus" / name).mkdir(parents=True)
    assert machine.gpus() == 2 and machine.workers() == 2 and machine.workers(per_gpu=3) == 6
    for visible, found in (("0", 1), ("", 0), ("-1", 0), ("0,1", 2)):
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
        assert machine.gpus() == found
