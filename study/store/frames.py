"""Records as tidy frames; `study.design.schema` says what their columns are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from study.design import schema
from study.design.architectures.tasks import Task
from study.store.lines import Record
from study.store.records import epochs as epochs_of

if TYPE_CHECKING:
    import pandas as pd


def runs_frame(records: Iterable[Record], names: Iterable[str], task: Task) -> pd.DataFrame:
    """Return one row a cell.

    Args:
        records: stored records of today's settings.
        names: the study's factors. What a record does not name was off: the study had fewer factors then.
        task: the study's.

    Returns:
        The columns of `schema.runs`, measures as they are stored, NaN unless `ok`; one 0/1 column a factor.
    """
    import pandas as pd

    names = tuple(names)
    columns = schema.runs(names, task.columns)
    rows = []
    for record in records:
        known = {
            **dict.fromkeys(names, 0),
            **record["factors"],
            **record["metrics"],
            "epochs_budget": record["settings"]["training"]["epochs"],
            **{name: record["provenance"].get(name) for name in ("commit", "device")},
            **record,
        }
        rows.append([known[name] for name in columns])
    return pd.DataFrame(rows, columns=columns)


def readouts_frame(records: Iterable[Record], names: Iterable[str], task: Task) -> pd.DataFrame:
    """Return one row a cell and length at which its training was judged, the whole budget among them.

    Args:
        records: stored records of today's settings.
        names: the study's factors.
        task: the study's.

    Returns:
        The columns of `schema.readouts`; by cell, then by length.
    """
    import pandas as pd

    names = tuple(names)
    columns = schema.readouts(names, task.columns)
    rows = []
    for record in records:
        shared = {**dict.fromkeys(names, 0), **record["factors"], **{name: record[name] for name in schema.CELL}}
        whole = {"epochs": record["settings"]["training"]["epochs"], **record}
        for found in (*record.get("readouts", ()), whole):
            known = {
                **shared,
                **found["metrics"],
                **{name: found[name] for name in ("epochs", "status", *schema.EPOCHS)},
            }
            rows.append([known[name] for name in columns])
    return pd.DataFrame(rows, columns=columns)


def history_frame(records: Iterable[Record], task: Task) -> pd.DataFrame:
    """Return one row an epoch of a cell: the columns of `schema`'s `CELL` and `EPOCH`, and the task's curves (epochs
    from 1; losses with the L2 penalty; `accuracy` or `r2`, with dropout and augmentation acting, as a fraction)."""
    import pandas as pd

    columns: dict[str, list] = {name: [] for name in (*schema.CELL, *schema.EPOCH, *task.curves)}
    for record in records:
        if not record["history"]:
            continue
        epochs = epochs_of(record)
        for name in schema.CELL:
            columns[name] += [record[name]] * len(epochs)
        columns["epoch"] += epochs
        for name in task.curves:
            columns[name] += record["history"][name]
    return pd.DataFrame(columns)
