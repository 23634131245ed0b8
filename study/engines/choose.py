"""Who trains: local processes, or a Ray cluster."""

from __future__ import annotations

from functools import partial

from study.engines.machine import workers
from study.errors import StudyError, unknown

ENGINES = ("local", "ray")


def choose(engine: str, address: str | None = None, jobs: int | None = None, per_gpu: int = 1):
    """Return the function that trains cells, `local.train` or `ray.train`, with its options filled in.

    Args:
        engine: `local` or `ray`.
        address: the Ray cluster's; None for one on this machine.
        jobs: number of processes; see `machine.workers` for the default.
        per_gpu: processes that share a GPU.

    Raises:
        StudyError: if the engine is unknown, or an address is given to the local one.
    """
    if engine not in ENGINES:
        raise unknown("engine", engine, ENGINES, where="--engine")
    if engine == "local":
        if address:
            raise StudyError("--ray-address: Expected --engine ray with it. Received: --engine local.")
        from study.engines.local import train

        return partial(train, jobs=workers(jobs, per_gpu))
    from study.engines.ray import train

    return partial(train, address=address, jobs=jobs, per_gpu=per_gpu)
