"""What a sweep shows: accuracy over a setting, the value chosen on validation, effects over a setting."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from study.analysis.effects import COLUMNS
from study.analysis.effects import effects as effects_of
from study.analysis.lattice import deciding, lattice, on_validation
from study.analysis.lattice import metric as metric_of
from study.design.arms import Arm
from study.design.studyfile import Study
from study.design.sweeps import places
from study.statistics.data_worth import above, below, worth
from study.statistics.inference import t_interval
from study.statistics.interval import Interval
from study.store.frames import runs_frame
from study.store.lines import Record


def frame(study: Study, name: str, done: dict) -> pd.DataFrame:
    """Return one row a cell of a sweep.

    Args:
        study: the study.
        name: the sweep's name.
        done: the records of today's settings by cell; cells that are not in it are left out.

    Returns:
        Columns `sweep`, `setting`, `value` and those of `frames.runs_frame`, with `experiment` the one that
        is varied; by value in the sweep's order, then arm and seed.
    """
    sweep = study.sweeps[name]
    kept: list[tuple[object, Record]] = [
        (value, done[cell]) for (value, _, _), cell in places(study, name).items() if cell in done
    ]
    table = runs_frame((record for _, record in kept), study.factors.names, study.task)
    table.insert(0, "sweep", name)
    table.insert(1, "setting", sweep.setting)
    table.insert(2, "value", [value for value, _ in kept])
    return table.assign(experiment=sweep.experiment)


def _by_seed(table: pd.DataFrame, arm: str, metric: str) -> pd.DataFrame:
    """Return one arm's metric, one row a seed that is `ok` at every value, one column a value in order."""
    ok = table[(table["arm"] == arm) & (table["status"] == "ok")]
    wide = ok.pivot(index="seed", columns="value", values=metric)
    return wide.reindex(columns=pd.unique(table["value"])).dropna()


def responses(table: pd.DataFrame, metric: str | None = None) -> pd.DataFrame:
    """Return how a metric follows the setting.

    Args:
        table: as `frame` returns it.
        metric: one of `tasks.METRICS` that is a column; by default the one that decides.

    Returns:
        One row an arm and value: `arm`, `value`, `estimate`, `ci_low`, `ci_high` (in the metric's unit),
        `n_seeds`: seeds that are `ok` at all values of the arm.
    """
    metric = metric or deciding(table)
    scale = metric_of(metric).scale
    rows = []
    for arm in pd.unique(table["arm"]):
        wide = _by_seed(table, arm, metric)
        mean, low, high = t_interval(scale * wide.to_numpy()) if len(wide) else 3 * [np.full(wide.shape[1], np.nan)]
        rows += [
            (arm, value, float(m), float(a), float(b), len(wide))
            for value, m, a, b in zip(wide.columns, mean, low, high, strict=True)
        ]
    return pd.DataFrame(rows, columns=["arm", "value", "estimate", "ci_low", "ci_high", "n_seeds"])


@dataclass(frozen=True)
class Choice:
    """The value that validation chooses for one arm.

    Attributes:
        arm: the arm's name.
        value: the value with the best mean over seeds on validation examples, the first of equals.
        gain: the metric that decides, on test examples, at the chosen value minus that at the experiment's own; None if
            its own is not among the values.
        matter: that at the chosen value minus that at the value with the worst mean on validation examples.

    Gains are a family over the arms, and so are the others.
    """

    arm: str
    value: object
    gain: Interval | None
    matter: Interval


def choices(table: pd.DataFrame, own) -> list[Choice]:
    """Return, for each arm with a complete seed in which the setting matters, the value that validation chooses.

    Values are chosen on validation examples and judged on test examples of the same trainings, on the seeds that are
    complete in all of these arms.

    Args:
        table: as `frame` returns it.
        own: the experiment's own value of the setting.
    """
    shown = metric_of(deciding(table))
    measured = {
        arm: (shown.better * validation, test)
        for arm in pd.unique(table["arm"])
        for validation, test in [[_by_seed(table, arm, name) for name in (on_validation(shown.name), shown.name)]]
        # Where the setting changes nothing in an arm, there is nothing to choose from.
        if not validation.empty and not (test.nunique(axis=1) == 1).all()
    }
    seeds = sorted(set.intersection(*(set(test.index) for _, test in measured.values()))) if measured else []
    if not seeds:
        return []
    means = {arm: validation.mean() for arm, (validation, _) in measured.items()}

    def above(others: dict) -> list[Interval]:
        tests = {arm: test.loc[seeds] for arm, (_, test) in measured.items()}
        gains = [shown.scale * (test[means[arm].idxmax()] - test[others[arm]]) for arm, test in tests.items()]
        return Interval.family(np.stack(gains, axis=1), shown.effect_unit, shown.better)

    matters = above({arm: mean.idxmin() for arm, mean in means.items()})
    own_there = all(own in mean.index for mean in means.values())
    gains = above(dict.fromkeys(means, own)) if own_there else [None] * len(means)
    return [
        Choice(arm, means[arm].idxmax(), gain, matter) for arm, gain, matter in zip(means, gains, matters, strict=True)
    ]


def effects(table: pd.DataFrame, band: float, arms: tuple[Arm, ...], kind: str = "main") -> pd.DataFrame:
    """Return one kind of effect on the metric that decides at every value of a sweep over all arms.

    Args:
        table: as `frame` returns it.
        band: half-width of the band within which an effect counts as none, pp.
        arms: the study's arms.
        kind: the kind of effect.

    Returns:
        Rows as `effects.effects` returns them, with `value` before them: values in order, factors in
        canonical order. Values without a complete seed are left out; without one, no row but all columns.
    """
    parts = []
    for value in pd.unique(table["value"]):
        part = table[table["value"] == value]
        ok = part[part["status"] == "ok"].groupby("seed").size()
        if not (ok == len(arms)).any():
            continue
        found = effects_of(lattice(part, part["experiment"].iloc[0], arms), band)
        rows = found[found["kind"] == kind].copy()
        rows.insert(0, "value", value)
        parts.append(rows)
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["value", *COLUMNS])


def equivalence(table: pd.DataFrame) -> pd.DataFrame:
    """Return how many times the training examples the best arm is worth, over the number of examples.

    At every number n the arm that is best on validation examples is taken; k·n is where the arm `none` reaches, seed
    by seed, what it reaches on test examples, by accuracy or whatever decides: see `data_worth.worth`.

    Args:
        table: as `frame` returns it, over `data.train` and with the arm `none`.

    Returns:
        One row a number of examples but the largest, in increasing order: `value`, `arm`, `estimate`, `ci_low`,
        `ci_high` (k, geometric mean over seeds with 95 % t interval on its logarithm), `beyond`: seeds in which
        no number of examples without regularization suffices, so that k is a lower bound; `below`: seeds in which
        the fewest do better without it, so that k is an upper bound; `gain`, `gain_low`, `gain_high`: how much better
        the arm's metric is than that of `none` at the same number (95 % t over seeds), which no bound distorts;
        `n_seeds`.
        Numbers without a complete seed are left out, and so are seeds that lack a cell at one of the others.
    """
    shown = metric_of(deciding(table))
    ok = table[table["status"] == "ok"]
    ok = ok.assign(**{name: shown.better * ok[name] for name in (shown.name, on_validation(shown.name))})
    arms = table["arm"].nunique()
    sizes = sorted(value for value, part in ok.groupby("value") if (part.groupby("seed").size() == arms).any())
    ok = ok[ok["value"].isin(sizes)]
    whole = ok.groupby("seed").size() == arms * len(sizes)
    ok = ok[ok["seed"].isin(whole[whole].index)]
    sizes = sorted(pd.unique(ok["value"]))
    plain = _by_seed(ok, "none", shown.name).reindex(columns=sizes)
    rows = []
    for size in sizes[:-1]:
        here = ok[ok["value"] == size]
        arm = here.groupby("arm", sort=False)[on_validation(shown.name)].mean().idxmax()
        levels = here[here["arm"] == arm].set_index("seed")[shown.name].reindex(plain.index)
        pairs = list(zip(levels, plain.to_numpy(), strict=True))
        k = [worth(level, curve, sizes, size) for level, curve in pairs]
        bounds = [sum(outside(level, curve) for level, curve in pairs) for outside in (above, below)]
        gain = t_interval(shown.scale * (levels - plain[size]).to_numpy())
        rows.append((size, arm, *(float(2**end) for end in t_interval(np.log2(k))), *bounds, *map(float, gain), len(k)))
    return pd.DataFrame(rows, columns=[
        "value", "arm", "estimate", "ci_low", "ci_high", "beyond", "below", "gain", "gain_low", "gain_high", "n_seeds",
    ])  # fmt: skip


TOO_FEW = "too few seeds"
"""What `vanishing` returns where it cannot tell."""


def vanishing(table: pd.DataFrame, term: str):
    """Return the first value, in increasing order, at which an effect's simultaneous interval includes zero.

    Args:
        table: as `effects` returns it, over a setting of numbers.
        term: the factor.

    Returns:
        The value; None if there is none; `TOO_FEW` if seeds are too few for a verdict at a value before it.
    """
    for _, row in table[table["term"] == term].sort_values("value").iterrows():
        effect = Interval.of(row)
        if not effect.enough:
            return TOO_FEW
        if not effect.side():
            return row["value"]
    return None
