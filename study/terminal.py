"""Where a study stands, as text for the terminal."""

from __future__ import annotations

from study.config import Study
from study.planning import overview as rows_of
from study.store import Standing

HEADS = ("experiment", "done", "diverged", "failed", "stale", "missing", "late best", "at the cap")


def overview(study: Study, standing: Standing) -> str:
    """Return one row an experiment: cells by where they stand, and how far training converged."""
    rows = [HEADS]
    for name, row in rows_of(study, standing).items():
        found = row["convergence"]
        shares = ["–" if found[key] is None else f"{found[key]:.1%}" for key in ("late_share", "capped_share")]
        rows.append((name, *(str(row[key]) for key in HEADS[1:6]), *shares))
    widths = [max(map(len, column)) for column in zip(*rows)]
    lines = [
        "  ".join(
            text.ljust(width) if number == 0 else text.rjust(width)
            for number, (text, width) in enumerate(zip(row, widths))
        )
        for row in rows
    ]
    return "\n".join([
        *lines,
        "late best: early-stopping cells whose best epoch lies in the last 5 % of the budget; "
        "at the cap: those that early stopping did not end.",
    ])
