"""Where dropout stands, in words that follow from the intervals."""

from __future__ import annotations

import pandas as pd

from study.design.settings import AFTER_BATCHNORM, BEFORE_BATCHNORM, BEFORE_LINEAR
from study.exhibits.wording import count, listed
from study.statistics.inference import FEWEST_SEEDS

WORDS = {BEFORE_LINEAR: "one linear map before it", BEFORE_BATCHNORM: "right before it", AFTER_BATCHNORM: "after it"}
"""Places for readers, seen from the last batch norm."""


def finding(table: pd.DataFrame) -> str:
    """Return whether dropout is better after the last batch norm than before it, as far as the intervals say.

    Args:
        table: as `differences` returns it.
    """
    if (seeds := int(table["n_seeds"].min())) < FEWEST_SEEDS:
        return f"Dropout before or after the last batch norm: {count(seeds, 'seed')} are too few to tell."
    words = {1: "better", -1: "worse", 0: "not clearly different"}
    parts = []
    for place, rows in table.groupby("place", sort=False):
        said = [f"{words[sign]} at {_networks(part)}" for sign, part in rows.groupby("sign", sort=False)]
        parts.append(f"against {WORDS[place]} {' and '.join(said)}")
    return f"Dropout after the last batch norm: {'; '.join(parts)}."


def _networks(rows: pd.DataFrame) -> str:
    """Return the networks of some rows: `widths 32 and 512`, `width 32 on MNIST and width 512 on Digits`."""
    if len(rows) > 1 and all(row.network == f"width {row.width}" for row in rows.itertuples()):
        return f"widths {listed([str(width) for width in rows['width']])}"
    return listed(list(rows["network"]))
