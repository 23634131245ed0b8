"""Titles of the figures that show the claims' mechanisms, as far as the intervals support them."""

from __future__ import annotations

import pandas as pd

from study.design.arms import parse_arm
from study.design.factors import TEXTBOOK
from study.exhibits.wording import BOUNDS, arm_words, capital, listed, number, power_of_ten, worth_bound
from study.statistics.inference import FEWEST_SEEDS
from study.statistics.interval import Interval


def interval(found, unit: str) -> Interval:
    """Return a claim's estimate as an interval."""
    return Interval(found.value, found.low, found.high, found.seeds, unit)


def averaging(table: pd.DataFrame) -> str:
    """Return how the averages that are judged err against weight scaling.

    Args:
        table: as `claims.averaging.convergence` returns it.
    """
    judged = table[table["judged"]].sort_values("samples")
    by_sign: dict[int, list[int]] = {1: [], -1: [], 0: []}
    for _, row in judged[judged["metric"] == "error"].iterrows():
        by_sign[_row(row, "pp").sign].append(int(row["samples"]))
    said = [
        f"{_averages(by_sign[sign])} {_err(by_sign[sign])} {how} often than weight scaling"
        for sign, how in ((1, "more"), (-1, "less"))
        if by_sign[sign]
    ]
    if open_ := by_sign[0]:
        said.append(f"it is open whether {_averages(open_)} {_err(open_)} more often than weight scaling")
    last = judged[judged["metric"] == "nll"].iloc[-1]
    if sign := _row(last, "nats").sign:
        said.append(f"{_averages([int(last['samples'])])} has {'worse' if sign > 0 else 'better'} probabilities")
    return capital("; ".join(said))


def _row(row: pd.Series, unit: str) -> Interval:
    return Interval(row["mean"], row["ci_low"], row["ci_high"], int(row["n_seeds"]), unit)


def _err(samples: list[int]) -> str:
    return "err" if len(samples) > 1 else "errs"


def _averages(samples: list[int]) -> str:
    if len(samples) > 1:
        return f"the averages of {listed([str(k) for k in samples])} thinned networks"
    return f"the average of {samples[0]} thinned networks"


def batch_normalization(found: dict) -> str:
    """Return whether batch norm is faster, deep or not, and whether its noise helps where the networks fit.

    Args:
        found: as `claims.batchnorm.pictured` returns it.
    """
    matters = found["matters"]
    two, deep = (
        _steps_without(interval(found["speedup"][name], "times"), matters) for name in ("steps-adam", "steps-deep")
    )
    return f"Without batch norm, fitting takes {two} in two hidden layers, {deep} in eight; {_noise(found)}"


def _steps_without(times: Interval, matters: float) -> str:
    """Return in words how many steps it takes without batch norm; less than `matters` times as many do not matter."""
    if times.enough and times.side(matters) < 0 < times.side(1 / matters):
        return f"less than {matters:g} times as many steps"
    clear = times.enough and times.side(1)
    return f"{number(times.mean, 2)} times as many steps" if clear else "not clearly more or fewer steps"


def _noise(found: dict) -> str:
    if not found["fitting"]:
        return "no batch size shows its noise apart from underfitting"
    noise = interval(found["noise"], "pp")
    does = {1: "adds to", -1: "takes from", 0: "does not clearly change"}[noise.sign]
    return f"its noise {does} test accuracy ({noise.words()}, {batches(found)})"


def batches(found: dict) -> str:
    """Return the batch sizes at which the networks fit, in words."""
    return f"batches of {listed([str(batch) for batch in found['fitting']])}"


def data_worth(found: dict) -> str:
    """Return what augmentation is worth in training examples.

    Args:
        found: as `claims.augmentation.pictured` returns it.
    """
    size = found["main"]
    k, bound = interval(found["judged"], "times"), worth_bound(found["beyond"][size], found["below"][size])
    side = k.side(1) if k.enough else 0
    # An interval of bounds decides only what the bounds err against.
    if not side or bound not in ("", "≥ " if side > 0 else "≤ "):
        return f"It is open how much more training data augmentation is worth at {size:,} signals"
    if side > 0:
        return f"Translation with noise is worth {times(k, bound)} the training data at {size:,} signals"
    return f"Augmentation costs training data at {size:,} signals: it is worth {times(k, bound)} as many"


def times(k: Interval, bound: str) -> str:
    """Return how many times the data something is worth, in words; without an interval where it is a bound."""
    return (
        f"{BOUNDS[bound]} {number(k.mean)} times" if bound else f"{k.words(signed=False, unit=False, places=1)} times"
    )


def penalty_sweep(table: pd.DataFrame) -> str:
    """Return what L2 does over λ, as far as the intervals of paired comparisons with λ = 0 support it.

    Args:
        table: as `claims.norms.sweep` returns it.
    """
    if table["seeds"].min() < FEWEST_SEEDS:
        return f"L2 over λ: no finding, for there are fewer than {FEWEST_SEEDS} seeds."
    gains = table[(table["quantity"] == "gain") & (table["penalty"] > 0)]
    parts = []
    for network, rows in gains.groupby("network", sort=False):
        signs = [_bar(row).sign for _, row in rows.iterrows()]
        at = {sign: [power(each) for each, found in zip(rows["penalty"], signs) if found == sign] for sign in (1, -1)}
        said = [f"{words} at {listed(at[sign])}" for sign, words in ((1, "better"), (-1, "worse")) if at[sign]]
        parts.append(f"{network} {', '.join(said) or 'neither better nor worse at any λ'}")
    return f"{_shrinking(table)}; test accuracy is {'; '.join(parts)}."


def _bar(row: pd.Series) -> Interval:
    return Interval(row["estimate"], row["low"], row["high"], int(row["seeds"]))


def _shrinking(table: pd.DataFrame) -> str:
    """Return from which λ on weights and sensitivity are smaller than without L2, in both networks."""
    left = table[table["quantity"].str.endswith("_left") & (table["penalty"] > 0)]
    highest = left.groupby("penalty")["high"].max()
    smaller: list[float] = []
    for penalty in sorted(highest.index, reverse=True):
        if highest[penalty] >= 100:
            break
        smaller.append(penalty)
    if not smaller:
        return "L2 does not shrink both weights and sensitivity"
    return f"From λ = {power(smaller[-1])} on L2 shrinks weights and sensitivity"


def power(penalty: float) -> str:
    """Return a power of ten as `10⁻⁴`, and 0 as `0`."""
    if not penalty:
        return "0"
    mantissa, exponent = f"{penalty:.0e}".split("e")
    prefix = "" if mantissa == "1" else f"{mantissa}·"
    return f"{prefix}{power_of_ten(int(exponent))}"


def removal(gain: Interval) -> str:
    """Return what dropout does to the accuracy that removed units cost."""
    start = "random hidden units, as dropout does in training, costs a network trained with it"
    if not gain.sign:
        return f"It is open whether removing {start} less accuracy on training signals"
    much = f"{number(abs(gain.mean), 0)} pp {'less' if gain.sign > 0 else 'more'}"
    return f"Removing {start} {much} accuracy on training signals, on average"


def stopping_points(points: pd.DataFrame, costs: pd.DataFrame, first: str) -> str:
    """Return the finding on `first`, the rule that stops at the first rise.

    Args:
        points: as `claims.stopping.points` returns it.
        costs: as `claims.stopping.costs` returns it.
        first: the rule's name.
    """
    parts = []
    for arm in dict.fromkeys(points["arm"]):
        rows = points[points["arm"] == arm]
        rule = (costs["arm"] == arm) & (costs["quantity"] == "test_accuracy") & (costs["rule"] == first)
        cost = _bar(costs[rule].iloc[0])
        early = int((rows["rise"] < rows["minimum"]).sum())
        if not cost.enough:
            said = "no finding on its cost"
        elif not cost.sign:
            said = "cost of stopping there undecided"
        else:
            said = f"stopping there {'costs' if cost.sign < 0 else 'gains'} {number(abs(cost.mean))} pp"
        parts.append(f"in {early} of {len(rows)} trainings {beside(arm)} ({said})")
    return f"The validation loss rises before its minimum {listed(parts)}."


def beside(arm: str) -> str:
    """Return an arm as the company of early stopping: `without other regularizers`, `with dropout`."""
    return "without other regularizers" if arm == "none" else f"with {arm_words(parse_arm(arm, TEXTBOOK))}"


def passes(table: pd.DataFrame) -> str:
    """Return where early dropout moves the final training loss, and where dropout of either kind moves test accuracy.

    Args:
        table: as `claims.passes.curves` returns it.
    """
    if table["n_seeds"].min() < FEWEST_SEEDS:
        return f"Dropout over passes: no finding, for there are fewer than {FEWEST_SEEDS} seeds."
    loss = _moved(table, "early", "train_nll", "nats", {1: "raises", -1: "lowers"}, "moves the final training loss")
    early, throughout = (
        _moved(table, way, "test_accuracy", "pp", {-1: "costs", 1: "gains"}, "moves test accuracy")
        for way in ("early", "dropout")
    )
    return f"Early dropout {loss} and {early}; dropout throughout {throughout}."


def _moved(table: pd.DataFrame, way: str, metric: str, unit: str, verbs: dict[int, str], about: str) -> str:
    """Return `raises the loss at 1 and 4 passes, lowers it at 100`, as far as intervals exclude zero.

    Args:
        table, way, metric: which rows.
        unit: of the metric.
        verbs: what is said of a mean above zero and of one below, in the order to say it.
        about: `moves` and what is moved.
    """
    rows = table[(table["metric"] == metric) & (table["way"] == way)]
    what, said = about.removeprefix("moves "), []
    for sign, verb in verbs.items():
        at = [f"{row['passes']:,}" for _, row in rows.iterrows() if _row(row, unit).sign == sign]
        if at:
            said.append(f"{verb} {'it' if said else what} at {listed(at)} {'pass' if at == ['1'] else 'passes'}")
    return ", ".join(said) or f"nowhere clearly {about}"
