"""Are the stored cells what this program makes? Some are trained again and compared."""

from __future__ import annotations

import math
import random
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from study.design.cells import Cell, differences
from study.design.studyfile import Study
from study.engines import local
from study.engines.schedule import trajectories
from study.errors import StudyError
from study.store.lines import Record, Store
from study.store.records import epochs

FREE = frozenset({"seconds", "provenance"})
"""What may differ between two trainings of one cell."""


DIGITS = 6e-5
"""What rounding to the five digits of a history may change, of a value."""


@dataclass(frozen=True)
class Verification:
    """What training again gave.

    Attributes:
        equal: cells that came out bit-equal.
        differing: by cell, what differs, as `metrics.test_nll: 0.51 → 0.52`; stored first.
        versions: versions and machine that differ, by name: stored and today's.
    """

    equal: list[Cell] = field(default_factory=list)
    differing: dict[Cell, list[str]] = field(default_factory=dict)
    versions: dict[str, set[tuple[str, str]]] = field(default_factory=dict)


def verify(
    study: Study,
    store: Store,
    done: dict[Cell, Record],
    sample: int,
    rng: random.Random,
    jobs: int | None,
    report: Callable[[Record, int], None],
) -> Verification:
    """Train some stored cells again, elsewhere, and compare them with what is stored.

    Args:
        study: the study.
        store: its results, which stay as they are.
        done: cells with today's settings and their records.
        sample: how many cells to draw; all of them if there are fewer.
        rng: draws the cells.
        jobs: number of processes; see `machine.workers` for None.
        report: called with each new record and the number of trainings left.

    Raises:
        StudyError: if there is nothing to compare with.
    """
    if not done:
        raise StudyError(
            f"Expected results of the study {study.name!r} in {store.root}. Received: none. Train them with "
            "`study run`."
        )
    order = list(done)
    drawn = rng.sample(order, min(sample, len(order)))
    result = Verification()
    with tempfile.TemporaryDirectory(prefix="study-verify-") as folder:
        again = Store(Path(folder) / "results", study.name)
        with again.lock():
            local.train(trajectories(drawn), again, jobs=jobs, report=report)
            made = again.read()
    for cell in drawn:
        then, now = done[cell], made[cell.place]
        found = compare(then, now)
        if found:
            result.differing[cell] = found
        else:
            result.equal.append(cell)
        for name, pair in changed(then["provenance"], now["provenance"]).items():
            result.versions.setdefault(name, set()).add(pair)
    return result


def compare(then: Record, now: Record) -> list[str]:
    """Return in what two records of one cell differ, apart from time and place."""
    told = then | {"history": now["history"]} if _as_stored(then, now) else then
    # Whether predictions are stored may have been decided between the two.
    free = FREE if "predictions" in then and "predictions" in now else FREE | {"predictions"}
    kept = [{name: value for name, value in record.items() if name not in free} for record in (told, now)]
    return differences(*kept)


def _as_stored(then: Record, now: Record) -> bool:
    """Return whether two histories are one: of what was stored there may be more epochs or digits than is stored
    today."""
    if not then.get("history") or not now.get("history"):
        return False
    (first, old), (second, new) = ((epochs(record), record["history"]) for record in (then, now))
    if old.keys() != new.keys() or then["epochs_run"] != now["epochs_run"] or not set(second) <= set(first):
        return False
    places = [first.index(epoch) for epoch in second]
    pairs = [(old[name][place], value) for name in new for place, value in zip(places, new[name])]
    return all(a == b if None in (a, b) else math.isclose(a, b, rel_tol=DIGITS) for a, b in pairs)


def changed(then: dict, now: dict) -> dict[str, tuple[str, str]]:
    """Return the versions, device and machine in which two provenances differ, by name."""

    def flat(provenance: dict) -> dict[str, str]:
        rest = {name: provenance.get(name) for name in ("machine", "vectors", "device", "commit")}
        return {name: str(value) for name, value in (provenance.get("versions", {}) | rest).items()}

    before, after = flat(then), flat(now)
    return {
        name: (before.get(name, "absent"), after.get(name, "absent"))
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    }
