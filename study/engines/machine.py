"""What this computer can run at once: memory, GPUs, and the number of training processes."""

from __future__ import annotations

import os
from ctypes.util import find_library
from importlib.util import find_spec
from pathlib import Path

import psutil

from study.store.provenance import cores, groups

NVIDIA = Path("/proc/driver/nvidia/gpus")

WSL = Path("/dev/dxg")

WORKER_BYTES = 3 * 2**29
"""Memory to leave for each training process: 1.5 GiB. The most that one was seen to take at once is 1,395 MiB, while it
drew 50,000 images for the first time; of that, 500 MiB are TensorFlow's libraries, which processes share."""


def memory() -> int:
    """Return how many bytes this process can still have: of the machine's memory, and of its control groups' limits.

    Files that the kernel keeps at hand but would drop (page cache that was not used lately) count as free.
    """
    free = psutil.virtual_memory().available
    for folder, second in groups("memory"):
        names = ("memory.max", "memory.current") if second else ("memory.limit_in_bytes", "memory.usage_in_bytes")
        try:
            limit, used = (int((folder / name).read_text()) for name in names)
            counts = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
            cached = int(counts["inactive_file" if second else "total_inactive_file"])
            free = min(free, limit - used + cached)
        except (OSError, ValueError, KeyError):  # no such file, or "max"
            continue
    return max(0, free)


def devices() -> int:
    """Return how many NVIDIA GPUs the machine's driver lists; Windows' subsystem for Linux lists none and has one
    device for all."""
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
    return max(1, min(cores(), memory() // WORKER_BYTES))
