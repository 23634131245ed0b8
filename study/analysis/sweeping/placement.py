"""Where dropout stands: before or after the last batch norm, in networks of several widths.

Read off the sweeps over `model.dropout_placement`; all differences are paired by seed.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass

import numpy as np
import pandas as pd

from study.analysis.results import Results
from study.design import sweeps
from study.design.architectures.builtin import AFTER_BATCHNORM, BEFORE_BATCHNORM, BEFORE_LINEAR, Mlp
from study.design.settings import Experiment
from study.statistics.interval import Interval

SETTING = "model.dropout_placement"
WITHOUT, WITH = "batchnorm", "dropout+batchnorm"
"""The arms that are compared: batch norm alone, and with dropout at each place."""
PLACES_BEFORE = (BEFORE_LINEAR, BEFORE_BATCHNORM)
"""Places before the last batch norm, in the order of tables."""


@dataclass(frozen=True)
class Placement:
    """What one sweep measured.

    Attributes:
        sweep: its name.
        experiment: the swept experiment, at the sweep's first value.
        width: units in the last hidden layer.
        rate: dropout rate.
        accuracies: test accuracy in %, one row a seed that is `ok` everywhere, columns `places` in order, and
            `without`: the same network without dropout, if that was trained.
    """

    sweep: str
    experiment: Experiment
    width: int
    rate: float
    accuracies: pd.DataFrame

    @property
    def title(self) -> str:
        """The experiment's title, which names its data."""
        return self.experiment.title

    @property
    def group(self) -> str:
        """All settings but the widths and the place: sweeps with equal ones are of one experiment, at several
        widths."""
        kept = self.experiment.model_dump(mode="json", exclude={"name": True, "model": {"widths", "dropout_placement"}})
        return json.dumps(kept, sort_keys=True)

    def minus(self, place: str, other: str) -> pd.Series:
        """Return one column minus another by seed, in pp."""
        return self.accuracies[place] - self.accuracies[other]


def placements(results: Results) -> list[Placement]:
    """Return what the study's finished sweeps over the place of dropout measured.

    Returns:
        Sweeps of one experiment (see `Placement.group`) one after another, by increasing width.
    """
    found = []
    for name in results.sweeps:
        sweep = results.study.sweeps[name]
        if sweep.setting == SETTING:
            first = sweeps.points(results.study, name)[0].experiment
            table = accuracies(results.sweep(name).table)
            if AFTER_BATCHNORM in table and len(table) and isinstance(first.model, Mlp):
                found.append(
                    Placement(name, first, first.model.widths[-1], first.strength("dropout").settings()["rate"], table)
                )
    groups = list(dict.fromkeys(each.group for each in found))
    return sorted(found, key=lambda each: (groups.index(each.group), each.width))


def widths(found: list[Placement], columns: set[str]) -> tuple[Placement, Placement] | None:
    """Return the narrowest and the widest network of one experiment.

    Args:
        found: as `placements` returns them.
        columns: what both must have been measured with.

    Returns:
        Those of the first experiment that has two different widths; None if none has.
    """
    fit = [each for each in found if columns <= set(each.accuracies)]
    for group in dict.fromkeys(each.group for each in fit):
        alike = [each for each in fit if each.group == group]
        if alike[0].width < alike[-1].width:
            return alike[0], alike[-1]
    return None


def accuracies(table: pd.DataFrame) -> pd.DataFrame:
    """Return a sweep's test accuracies by seed: see `Placement.accuracies`.

    Args:
        table: as `sweep_effects.frame` returns it, over the place of dropout.
    """
    ok = table[table["status"] == "ok"]
    columns = {
        value: part.set_index("seed")["test_accuracy"]
        for value, part in ok[ok["arm"] == WITH].groupby("value", sort=False)
    }
    without = ok[ok["arm"] == WITHOUT].drop_duplicates("seed")
    if len(without):
        columns["without"] = without.set_index("seed")["test_accuracy"]
    return (100 * pd.DataFrame(columns)).dropna()


def differences(found: list[Placement]) -> pd.DataFrame:
    """Return what dropout after the last batch norm is worth against each place before it.

    Returns:
        One row a place and sweep, places in the order of `PLACES_BEFORE`, sweeps as they are given: `place`, `sweep`,
        `title` (the experiment's), `width`, `rate`, `network` (width, and in words whatever else tells it apart),
        `estimate`, `ci_low`, `ci_high` (after − before, pp of test accuracy, 95 % t over seeds), `joint_low`,
        `joint_high` (simultaneous over the sweep's places), `n_seeds`, `sign`: 1 or −1 where the simultaneous interval
        excludes zero and the seeds suffice, else 0.
    """
    rows, networks = [], named(found)
    for each in found:
        places = [place for place in PLACES_BEFORE if place in each.accuracies]
        values = [each.minus(AFTER_BATCHNORM, place).to_numpy() for place in places]
        about = (each.sweep, each.title, each.width, each.rate, networks[each.sweep])
        for place, d in zip(places, Interval.family(np.stack(values, axis=1)) if places else []):
            rows.append((place, *about, d.mean, d.low, d.high, *d.bounds, d.seeds, d.sign))
    rows.sort(key=lambda row: PLACES_BEFORE.index(row[0]))
    return pd.DataFrame(rows, columns=[
        "place", "sweep", "title", "width", "rate", "network", "estimate", "ci_low", "ci_high", "joint_low",
        "joint_high", "n_seeds", "sign",
    ])  # fmt: skip


def named(found: list[Placement]) -> dict[str, str]:
    """Return, by sweep, its network's width, with the data and the rate where they differ between sweeps, and with the
    sweep's name where even then two are alike."""
    titles, rates = ({getattr(each, part) for each in found} for part in ("title", "rate"))

    def words(each: Placement) -> str:
        data = f" on {each.title}" if len(titles) > 1 else ""
        return f"width {each.width}{data}{f', rate {each.rate:g}' if len(rates) > 1 else ''}"

    times = Counter(map(words, found))
    return {each.sweep: words(each) + (f", sweep {each.sweep}" if times[words(each)] > 1 else "") for each in found}
