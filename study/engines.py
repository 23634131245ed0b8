"""Who trains: local processes, or a Ray cluster."""

from __future__ import annotations

from functools import partial

from study.errors import StudyError, unknown
from study.resources import workers

ENGINES = ("local", "ray")


def choose(engine: str, address: str | None = None, jobs: int | None = None, per_gpu: int = 1):
    """Return the function that trains cells, `execution.train` or `cluster.train`, with its options filled in.

    Args:
        engine: `local` or `ray`.
        address: the Ray cluster's; None for one on this machine.
        jobs: number of processes; see `resources.workers` for the default.
        per_gpu: processes that share a GPU.

    Raises:
        StudyError: if the engine is unknown, or an address is given to the local one.
    """
    if engine not in ENGINES:
        raise unknown("engine", engine, ENGINES, where="--engine")
    if engine == "local":
        if address:
            raise StudyError("--ray-address: Expected --engine ray with it. Received: --engine local.")
        from study.execution import train

        return partial(train, jobs=workers(jobs, per_gpu))
    from study.cluster import train

    return partial(train, address=address, jobs=jobs, per_gpu=per_gpu)
