"""What runs and reports took, kept beside the results they belong to.

`<results>/sessions.jsonl` holds one JSON line a session. It is a log, not a result: nothing is computed
from it but costs, and a line that cannot be read is passed over.
"""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

from study.store.provenance import machine


def add(root: Path, kind: str, seconds: float, **fields) -> None:
    """Log a session; a log that cannot be written stops nothing.

    Args:
        root: the results folder.
        kind: `run`, `sweeps`, `tuning`, `claims` or `report`.
        seconds: how long it took, from start to end.
        fields: what else is worth knowing: `jobs`, `trainings`, `cells`, `renderer`, `notebooks`.
    """
    line = {"kind": kind, "seconds": round(seconds, 1), "machine": machine(), **fields}
    with suppress(OSError), (root / "sessions.jsonl").open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(line, ensure_ascii=False) + "\n")


def read(root: Path, kind: str) -> list[dict]:
    """Return the logged sessions of one kind, oldest first."""
    try:
        lines = (root / "sessions.jsonl").read_bytes().splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        with suppress(ValueError):
            found.append(json.loads(line))
    return [session for session in found if isinstance(session, dict) and session.get("kind") == kind]
