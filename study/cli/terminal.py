"""Where a study stands, as text for the terminal."""

from __future__ import annotations

from study.analysis.convergence import overview as rows_of
from study.analysis.tuned import Choice
from study.design.studyfile import Study
from study.design.sweeps import text
from study.store.status import Standing

HEADS = ("experiment", "done", "diverged", "failed", "stale", "missing", "late best", "at the cap")


def overview(study: Study, standing: Standing) -> str:
    """Return one row an experiment: cells by where they stand, and how far training converged."""
    rows = [HEADS]
    for name, row in rows_of(study, standing).items():
        found = row["convergence"]
        shares = ["–" if found[key] is None else f"{found[key]:.1%}" for key in ("late_share", "capped_share")]
        rows.append((name, *(str(row[key]) for key in HEADS[1:6]), *shares))
    return "\n".join(
        [
            _aligned(rows, 1),
            "late best: early-stopping cells whose best epoch lies in the last 5 % of the budget; "
            "at the cap: those that early stopping did not end.",
        ]
    )


def tuned(chosen: list[Choice]) -> str:
    """Return one row an experiment and factor: what validation chose, and what it chose from."""
    rows = [("experiment", "factor", "setting", "chosen", "study's own", "validation accuracy (%) by value")]
    for choice in chosen:
        tried = ", ".join(f"{text(value)}: {mean:.2f}" for value, mean in zip(choice.values, choice.mean))
        rows.append(
            (choice.experiment, choice.factor.name, choice.factor.dial, text(choice.value), text(choice.own), tried)
        )
    return _aligned(rows, len(rows[0]))


def _aligned(rows: list[tuple[str, ...]], left: int) -> str:
    """Return rows with their columns aligned, the first `left` of them to the left."""
    widths = [max(map(len, column)) for column in zip(*rows)]
    return "\n".join(
        "  ".join(
            text.ljust(width) if number < left else text.rjust(width)
            for number, (text, width) in enumerate(zip(row, widths))
        ).rstrip()
        for row in rows
    )
