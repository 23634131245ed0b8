"""Records as tidy frames."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from study.store.records import METRICS

if TYPE_CHECKING:
    import pandas as pd
from study.store.lines import Record

HISTORY = ("loss", "accuracy", "val_loss", "val_accuracy")


def runs_frame(records: Iterable[Record], names: Iterable[str]) -> pd.DataFrame:
    """Return one row a cell.

    Args:
        records: stored records of today's settings.
        names: the study's factors. What a record does not name was off: the study had fewer factors then.

    Returns:
        Columns `experiment`, `arm`, `seed`, `status`, one 0/1 column a factor, one column a metric
        (accuracies and ECE as fractions, NLL in nats; NaN unless `ok`), `epochs_run`,
        `best_epoch`, `epochs_budget`, `seconds`, `key`, `commit`, `device`.
    """
    import pandas as pd

    names = tuple(names)
    rows = [
        {
            **{name: record[name] for name in ("experiment", "arm", "seed", "status")},
            **{name: record["factors"].get(name, 0) for name in names},
            **{name: record["metrics"][name] for name in METRICS},
            **{name: record[name] for name in ("epochs_run", "best_epoch")},
            "epochs_budget": record["settings"]["training"]["epochs"],
            **{name: record[name] for name in ("seconds", "key")},
            **{name: record["provenance"].get(name) for name in ("commit", "device")},
        }
        for record in records
    ]
    return pd.DataFrame(rows)


def history_frame(records: Iterable[Record]) -> pd.DataFrame:
    """Return one row an epoch of a cell: `experiment`, `arm`, `seed`, `epoch` (from 1), `loss`,
    `accuracy`, `val_loss`, `val_accuracy` (losses in nats with the L2 penalty; accuracies as
    fractions, `accuracy` with dropout and augmentation acting)."""
    import pandas as pd

    columns = {name: [] for name in ("experiment", "arm", "seed", "epoch", *HISTORY)}
    for record in records:
        if not record["history"]:
            continue
        epochs = record["epochs_run"]
        for name in ("experiment", "arm", "seed"):
            columns[name] += [record[name]] * epochs
        columns["epoch"] += range(1, epochs + 1)
        for name in HISTORY:
            columns[name] += record["history"][name]
    return pd.DataFrame(columns)
