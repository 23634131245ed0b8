"""Where and with what a record was made."""

from __future__ import annotations

import functools
import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
"""The folder that the package stands in: of a checkout, that of its report, results and published pages."""

CGROUP = Path("/sys/fs/cgroup")
OWN_GROUPS = Path("/proc/self/cgroup")

VECTORS = "ONEDNN_MAX_CPU_ISA"
"""The variable that limits which vector instructions oneDNN uses; it rounds otherwise with others."""
WIDEST = {"avx512f": "ALL", "avx2": "AVX2", "avx": "AVX", "sse4_1": "SSE41"}
"""Vector instructions as processors name them, the widest first, and as that variable does."""
CPUINFO = Path("/proc/cpuinfo")

PACKAGES = ("tensorflow", "keras", "numpy", "mnist1d", "scikit-learn")


@functools.cache
def provenance() -> dict:
    """Return where cells of this process are made: `commit` (with `+` if the tree was changed),
    `versions`, `machine`, `vectors`, `cores`; a worker adds its `device`."""
    return {
        "commit": _commit(),
        "versions": {"python": platform.python_version()} | {name: installed(name) for name in PACKAGES},
        "machine": machine(),
        "vectors": vectors(),
        "cores": cores(),
    }


def installed(package: str) -> str | None:
    """Return an installed package's version; None if it is not there."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _commit() -> str | None:
    """Return the commit the package stands at; None outside a git checkout."""

    def git(*words: str) -> str:
        return subprocess.run(
            ["git", "-C", str(CHECKOUT / "study"), *words], capture_output=True, text=True, check=True, timeout=10
        ).stdout.strip()

    try:
        return git("rev-parse", "HEAD") + ("+" if git("status", "--porcelain", "--", ".") else "")
    except (OSError, subprocess.SubprocessError):
        return os.environ.get("STUDY_COMMIT")


def machine() -> str:
    """Return the processor's name and kind; no host name."""
    try:
        lines = CPUINFO.read_text().splitlines()
        named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    except OSError:
        named = []
    return f"{named[0] if named else platform.processor() or 'unknown processor'} ({platform.machine()})"


def vectors() -> str:
    """Return the widest vector instructions that oneDNN may use here: the processor's own, up to those that
    `ONEDNN_MAX_CPU_ISA` allows; `unknown` for processors that have none of these."""
    try:
        flags = set(CPUINFO.read_text().partition("flags")[2].partition("\n")[0].split())
    except OSError:
        flags = set()
    limits = list(WIDEST.values())
    allowed = os.environ.get(VECTORS, "ALL").upper()
    first = limits.index(allowed) if allowed in limits else 0
    return next((name for name in list(WIDEST)[first:] if name in flags), "unknown")


def cores() -> int:
    """Return how many cores this process may use: its affinity, and its control groups' quotas."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    for folder, second in groups("cpu"):
        try:
            if second:
                quota, period = (folder / "cpu.max").read_text().split()
            else:
                quota, period = ((folder / f"cpu.cfs_{name}_us").read_text() for name in ("quota", "period"))
            if int(quota) > 0:  # version 1 writes -1 for no limit
                allowed = min(allowed, int(quota) // int(period))
        except (OSError, ValueError):  # no such file, or "max"
            continue
    return max(1, allowed)


def groups(controller: str) -> list[tuple[Path, bool]]:
    """Return the folders of the control groups that limit this process: its own, and every one above it.

    Args:
        controller: `cpu` or `memory`.

    Returns:
        Each folder, and whether its files are those of version 2; not every folder need exist.
    """
    try:
        lines = [line.split(":", 2) for line in OWN_GROUPS.read_text().splitlines()]
    except OSError:
        lines = []
    found = []
    for _, controllers, own in [["0", "", "/"], *lines]:  # a container may see its own group as the root
        if controllers and controller not in controllers.split(","):
            continue
        root = CGROUP / controller if controllers else CGROUP
        inner = root / own.strip("/")
        found += [(folder, not controllers) for folder in (inner, *inner.parents) if folder.is_relative_to(root)]
    return list(dict.fromkeys(found))
