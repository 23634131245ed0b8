"""Where a study stands, as text for the terminal."""

from __future__ import annotations

from study.analysis.convergence import overview as rows_of
from study.analysis.tuned import Choice
from study.design.studyfile import Study
from study.design.sweeps import text
from study.store.status import Standing

HEADS = ("experiment", "done", "diverged", "failed", "stale", "missing", "effects")


def overview(study: Study, standing: Standing) -> str:
    """Return one row an experiment: cells by where they stand, and whether its effects came to rest."""
    rows = [HEADS]
    for name, row in rows_of(study, standing).items():
        rows.append((name, *(str(row[key]) for key in HEADS[1:6]), settled(row["convergence"])))
    return "\n".join(
        [
            aligned(rows, 1),
            f"effects: converged if from half of the budget to its end no main or conditional effect moved by more "
            f"than ±{study.equivalence:g} pp or changed its sign.",
        ]
    )


def settled(found: dict) -> str:
    """Return whether effects came to rest; `found` as `Convergence.summary` returns it."""
    if not found["moving"]:
        return found["verdict"]
    far = found["farthest"]
    return f"{found['verdict']}: {found['moving']} of {found['effects']}, {far['term']} by {far['change']:+.1f} pp"


def tuned(chosen: list[Choice]) -> str:
    """Return one row an experiment, dial and arm, and one a mean of both: what validation chose, and from what."""
    what = chosen[0].judged if chosen else "validation"
    rows = [("experiment", "with", "setting", "chosen", "study's own", f"{what} by value")]
    for choice in chosen:
        setting = choice.dial.setting.rpartition(".")[2]
        for arm, means in choice.tried:
            who = choice.dial.name if choice.dial.factor else arm.name if arm else "both"
            tried = ", ".join(f"{text(value)}: {mean:.2f}" for value, mean in zip(choice.dial.values, means))
            rows.append((choice.experiment, who, setting, text(choice.value), text(choice.own), tried))
    return aligned(rows, len(rows[0]))


def aligned(rows: list[tuple[str, ...]], left: int) -> str:
    """Return rows with their columns aligned, the first `left` of them to the left."""
    widths = [max(map(len, column)) for column in zip(*rows)]
    return "\n".join(
        "  ".join(
            text.ljust(width) if number < left else text.rjust(width)
            for number, (text, width) in enumerate(zip(row, widths))
        ).rstrip()
        for row in rows
    )
