"""What this computer can run at once: memory, GPUs, and the number of training processes."""

from __future__ import annotations

import os
from ctypes.util import find_library
from importlib.util import find_spec
from pathlib import Path

from study.store.provenance import CGROUP, cores

NVIDIA = Path("/proc/driver/nvidia/gpus")

WSL = Path("/dev/dxg")

WORKER_BYTES = 1.5 * 2**30
"""Memory to leave for each training process."""


def memory() -> float:
    """Return how many bytes are free for this process: the machine's, and its control group's limit."""
    free = float("inf")
    try:
        lines = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
        free = int(lines["MemAvailable"].split()[0]) * 1024
        limit = int((CGROUP / "memory.max").read_text())
        return min(free, limit - int((CGROUP / "memory.current").read_text()))
    except (OSError, ValueError, KeyError):
        return free


def devices() -> int:
    """Return how many NVIDIA GPUs the machine's driver lists; Windows' subsystem for Linux lists none and has one device for all."""
    try:
        return len(list(NVIDIA.iterdir()))
    except OSError:
        return int(WSL.exists())


def cuda() -> bool:
    """Return whether TensorFlow would find CUDA's libraries: from Python packages, or the system's."""
    return (
        find_spec("nvidia") is not None and find_spec("nvidia.cudnn") is not None or find_library("cudnn") is not None
    )


def gpus() -> int:
    """Return how many NVIDIA GPUs this process may use, without asking TensorFlow: none without CUDA's libraries."""
    present = devices()
    if not present or not cuda():
        return 0
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is None:
        return present
    chosen = [name for name in visible.split(",") if name.strip() not in ("", "-1")]
    return min(present, len(chosen))


def workers(jobs: int | None = None, per_gpu: int = 1) -> int:
    """Return how many training processes to start.

    Args:
        jobs: what the user asked for; it goes before everything else.
        per_gpu: processes that share a GPU, where there is one.

    Returns:
        `jobs`; else `per_gpu` for each GPU; else one a core, as far as memory reaches.
    """
    if jobs:
        return jobs
    if found := gpus():
        return found * per_gpu
    room = memory() / WORKER_BYTES
    return max(1, min(cores(), int(room) if room != float("inf") else cores()))
