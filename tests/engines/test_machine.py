"""Limits are those of the control group, read from files made up here."""

import os
from types import SimpleNamespace

import pytest

from study.engines import machine
from study.store import provenance


@pytest.fixture
def group(tmp_path, monkeypatch):
    monkeypatch.setattr(provenance, "CGROUP", tmp_path)
    monkeypatch.setattr(provenance, "OWN_GROUPS", tmp_path / "own")
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


GIB = 2**30


def limit(folder, most, used, cached=0, second=True):
    """Write the files of one control group: its limit and use in GiB, of which `cached` is page cache nobody needs."""
    names = ("memory.max", "memory.current") if second else ("memory.limit_in_bytes", "memory.usage_in_bytes")
    folder.mkdir(parents=True, exist_ok=True)
    for name, value in zip(names, (most, used), strict=True):
        (folder / name).write_text(str(value if isinstance(value, str) else int(value * GIB)))
    cache = "inactive_file" if second else "total_inactive_file"
    (folder / "memory.stat").write_text(f"anon 1\nactive_file 7\n{cache} {int(cached * GIB)}\n")


@pytest.fixture
def roomy(group, monkeypatch):
    """A machine with more memory than any group here allows."""
    monkeypatch.setattr(machine.psutil, "virtual_memory", lambda: SimpleNamespace(available=1000 * GIB))
    return group


def test_memory_limits_the_workers(roomy):
    limit(roomy, 1 + 2.5 * machine.WORKER_BYTES / GIB, 1)
    assert machine.workers() == 2
    assert machine.workers(jobs=7) == 7, "whoever asks for it gets it"
    limit(roomy, 5, 5)
    assert machine.memory() == 0 and machine.workers() == 1
    limit(roomy, "max", 5)
    assert machine.memory() == 1000 * GIB and machine.workers() == 8


def test_page_cache_that_nobody_needs_is_free(roomy):
    limit(roomy, 8, 7.5, cached=5)
    assert machine.memory() == 5.5 * GIB


@pytest.mark.parametrize("second", [True, False])
def test_the_own_group_counts_and_every_one_above_it(roomy, second):
    (roomy / "own").write_text("0::/jobs/mine\n" if second else "5:cpu,cpuacct:/x\n4:memory:/jobs/mine\n0::/\n")
    root = roomy if second else roomy / "memory"
    limit(root / "jobs" / "mine", 6, 1, second=second)
    limit(root / "jobs", 20, 1, second=second)
    assert machine.memory() == 5 * GIB
    limit(root / "jobs", 20, 17, second=second)
    assert machine.memory() == 3 * GIB, "others of the group above have taken theirs"
    limit(root / "other", 1, 1, second=second)
    assert machine.memory() == 3 * GIB


def test_the_machines_own_memory_limits_too(group, monkeypatch):
    limit(group, 50, 1)
    monkeypatch.setattr(machine.psutil, "virtual_memory", lambda: SimpleNamespace(available=2 * GIB))
    assert machine.memory() == 2 * GIB


def test_a_quota_of_the_own_group_counts(group):
    (group / "own").write_text("0::/jobs/mine\n")
    (group / "jobs" / "mine").mkdir(parents=True)
    (group / "jobs" / "mine" / "cpu.max").write_text("200000 100000")
    assert provenance.cores() == 2
    (group / "own").write_text("3:cpu,cpuacct:/jobs\n")
    (group / "cpu" / "jobs").mkdir(parents=True)
    for name, value in (("quota", 400000), ("period", 100000)):
        (group / "cpu" / "jobs" / f"cpu.cfs_{name}_us").write_text(str(value))
    assert provenance.cores() == 4
    (group / "cpu" / "jobs" / "cpu.cfs_quota_us").write_text("-1")
    assert provenance.cores() == 8


def test_a_gpu_without_cuda_libraries_leaves_a_worker_to_every_core(group, monkeypatch):
    (group / "gpus" / "0000:01:00.0").mkdir(parents=True)
    monkeypatch.setattr(machine, "cuda", lambda: False)
    assert machine.devices() == 1 and machine.gpus() == 0
    monkeypatch.setattr(machine, "cores", lambda: 7)
    monkeypatch.setattr(machine, "memory", lambda: 1000 * GIB)
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


@pytest.mark.parametrize("flags, allowed, widest", [
    ("fpu sse4_1 avx avx2 avx512f", None, "avx512f"), ("fpu sse4_1 avx avx2 avx512f", "AVX2", "avx2"),
    ("fpu sse4_1 avx", "AVX2", "avx"), ("fpu sse4_1 avx avx2", "ALL", "avx2"), ("fpu", "AVX2", "unknown"),
])  # fmt: skip
def test_vectors_are_the_processors_up_to_what_is_allowed(tmp_path, monkeypatch, flags, allowed, widest):
    (tmp_path / "cpuinfo").write_text(f"model name\t: made up\nflags\t\t: {flags}\nbugs\t\t: avx512f\n")
    monkeypatch.setattr(provenance, "CPUINFO", tmp_path / "cpuinfo")
    monkeypatch.delenv(provenance.VECTORS, raising=False)
    if allowed:
        monkeypatch.setenv(provenance.VECTORS, allowed)
    assert provenance.vectors() == widest
