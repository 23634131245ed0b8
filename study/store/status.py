"""Where the cells of a study stand: done, failed, stale, missing."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from study.design.cells import Cell, differences
from study.store.lines import Record


@dataclass
class Standing:
    """Where the cells of a study stand.

    Attributes:
        done: cells with a record of today's settings, `ok` or `diverged`, and that record.
        failed: cells whose last training failed, and the record; they are trained again.
        stale: cells whose record has other settings, and which these are, as
            `training.epochs: 60 → 120`.
        missing: cells without a record.
    """

    done: dict[Cell, Record] = field(default_factory=dict)
    failed: dict[Cell, Record] = field(default_factory=dict)
    stale: dict[Cell, list[str]] = field(default_factory=dict)
    missing: list[Cell] = field(default_factory=list)

    @property
    def to_train(self) -> list[Cell]:
        """The cells that `run` would train."""
        return [*self.missing, *self.stale, *self.failed]


def survey(cells: Iterable[Cell], records: dict[tuple[str, str, int], Record]) -> Standing:
    """Sort cells by where they stand; a record counts only under its own key."""
    standing = Standing()
    for cell in cells:
        record = records.get(cell.place)
        if record is None:
            standing.missing.append(cell)
        elif record["key"] != cell.key:
            standing.stale[cell] = differences(record["settings"], cell.settings)
        elif record["status"] == "failed":
            standing.failed[cell] = record
        else:
            standing.done[cell] = record
    return standing


def renamed(standing: Standing) -> list[str]:
    """Return a sentence for each .npz file that cells were trained on under another name: it is the same data."""
    return list(
        dict.fromkeys(
            f"{cell.experiment.name}: {cell.experiment.data.name} is the same data under a new name: it was "
            f"{record['provenance']['data']} when cells were trained, which stay as they are."
            for cell, record in standing.done.items()
            if record["provenance"].get("data", cell.experiment.data.name) != cell.experiment.data.name
        )
    )


def counts(standing: Standing) -> dict[str, int]:
    """Return how many cells or trials are done, failed, stale and missing."""
    return {name: len(getattr(standing, name)) for name in ("done", "failed", "stale", "missing")}


def left_out(standing: Standing, experiment: str) -> dict[int, str]:
    """Return the seeds that are not complete, each with what it lacks and why.

    A seed counts in the analysis only if all its arms are `ok` under today's settings.
    """
    reasons: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))

    def note(cell: Cell, why: str) -> None:
        if cell.experiment.name == experiment:
            reasons[cell.seed][why].append(cell.arm.name)

    for cell, record in standing.done.items():
        if record["status"] != "ok":
            note(cell, record["status"])
    for cell in standing.failed:
        note(cell, "failed")
    for cell, changes in standing.stale.items():
        note(cell, f"stale ({'; '.join(changes)})")
    for cell in standing.missing:
        note(cell, "not trained")
    return {
        seed: ", ".join(f"{_some(arms)} {why}" for why, arms in found.items())
        for seed, found in sorted(reasons.items())
    }


def _some(arms: list[str]) -> str:
    return ", ".join(arms) if len(arms) <= 3 else f"{len(arms)} arms"


def stale_settings(standing: Standing) -> dict[str, Counter]:
    """Return, for each experiment, the settings that made cells stale and how many cells each."""
    found: dict[str, Counter] = defaultdict(Counter)
    for cell, changes in standing.stale.items():
        found[cell.experiment.name].update(changes)
    return dict(found)
