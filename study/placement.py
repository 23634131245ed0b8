"""Where dropout stands: before or after the last batch norm, in networks of several widths.

Read off the sweeps over `model.dropout_placement`; all differences are paired by seed.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from study import sweeps
from study.experiments import AFTER_BATCHNORM, BEFORE_BATCHNORM, BEFORE_LINEAR
from study.inference import FEWEST_SEEDS, t_interval
from study.results import Results
from study.wording import count, listed

SETTING = "model.dropout_placement"
WITHOUT, WITH = "batchnorm", "dropout+batchnorm"
"""The arms that are compared: batch norm alone, and with dropout at each place."""
WORDS = {
    BEFORE_LINEAR: "one linear map before it", BEFORE_BATCHNORM: "right before it", AFTER_BATCHNORM: "after it",
}
"""Places for readers, seen from the last batch norm."""


@dataclass(frozen=True)
class Placement:
    """What one sweep measured.

    Attributes:
        sweep: its name.
        width: units in the last hidden layer.
        rate: dropout rate.
        accuracies: test accuracy in %, one row a seed that is `ok` everywhere, columns `places` in order, and
            `without`: the same network without dropout, if that was trained.
    """

    sweep: str
    width: int
    rate: float
    accuracies: pd.DataFrame

    def minus(self, place: str, other: str) -> pd.Series:
        """Return one column minus another by seed, in pp."""
        return self.accuracies[place] - self.accuracies[other]


def placements(results: Results) -> list[Placement]:
    """Return what the study's finished sweeps over the place of dropout measured, by increasing width."""
    found = []
    for name in results.sweeps:
        sweep = results.study.sweeps[name]
        if sweep.setting == SETTING:
            model = sweeps.points(results.study, name)[0].experiment
            table = accuracies(results.sweep(name).table)
            if AFTER_BATCHNORM in table and len(table):
                found.append(Placement(name, model.model.widths[-1], model.strengths.dropout.rate, table))
    return sorted(found, key=lambda each: each.width)


def accuracies(table: pd.DataFrame) -> pd.DataFrame:
    """Return a sweep's test accuracies by seed: see `Placement.accuracies`.

    Args:
        table: as `responses.frame` returns it, over the place of dropout.
    """
    ok = table[table["status"] == "ok"]
    columns = {
        value: part.set_index("seed")["test_accuracy"] for value, part in ok[ok["arm"] == WITH].groupby("value", sort=False)
    }
    without = ok[ok["arm"] == WITHOUT].drop_duplicates("seed")
    if len(without):
        columns["without"] = without.set_index("seed")["test_accuracy"]
    return (100 * pd.DataFrame(columns)).dropna()


def differences(found: list[Placement]) -> pd.DataFrame:
    """Return what dropout after the last batch norm is worth against each place before it.

    Returns:
        One row a place and width, places in the order of `WORDS`, widths increasing: `place`, `width`, `rate`,
        `estimate`, `ci_low`, `ci_high` (after − before, pp of test accuracy, 95 % t over seeds), `n_seeds`,
        `sign`: 1 or −1 where the interval excludes zero and the seeds suffice, else 0.
    """
    rows = []
    for place in (BEFORE_LINEAR, BEFORE_BATCHNORM):
        for each in found:
            if place not in each.accuracies:
                continue
            values = each.minus(AFTER_BATCHNORM, place).to_numpy()
            mean, low, high = map(float, t_interval(values))
            sign = 0 if len(values) < FEWEST_SEEDS else int(low > 0) - int(high < 0)
            rows.append((place, each.width, each.rate, mean, low, high, len(values), sign))
    return pd.DataFrame(
        rows, columns=["place", "width", "rate", "estimate", "ci_low", "ci_high", "n_seeds", "sign"]
    )


def finding(table: pd.DataFrame) -> str:
    """Return whether dropout is better after the last batch norm than before it, as far as the intervals say.

    Args:
        table: as `differences` returns it.
    """
    if table["n_seeds"].min() < FEWEST_SEEDS:
        return f"Dropout before or after the last batch norm: {count(int(table['n_seeds'].min()), 'seed')} are too few to tell."
    words = {1: "better", -1: "worse", 0: "not clearly different"}
    parts = []
    for place, rows in table.groupby("place", sort=False):
        said = [
            f"{words[sign]} at {_widths(list(part['width']))}"
            for sign, part in rows.groupby("sign", sort=False)
        ]
        parts.append(f"against {WORDS[place]} {' and '.join(said)}")
    return f"Dropout after the last batch norm: {'; '.join(parts)}."


def _widths(widths: list[int]) -> str:
    return f"width{'s' if len(widths) > 1 else ''} {listed([str(width) for width in widths])}"
