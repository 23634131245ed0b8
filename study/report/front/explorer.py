"""What the explorer knows of every arm: mean, rank, flips in words, and which arms cannot be told from it."""

from __future__ import annotations

import json
from html import escape

import numpy as np

from study.analysis.convergence import at_length
from study.analysis.experiment import ExperimentResults
from study.analysis.lattice import Lattice, against_ends, alike, arm_estimates, ranked, switches
from study.analysis.pair_model import pair_model
from study.analysis.results import Results
from study.design.architectures.tasks import Metric
from study.design.arms import Arm, parse_arm, trajectories_of
from study.design.factors import EARLY_STOPPING
from study.errors import StudyError
from study.exhibits.wording import arm_words, capital, count, kind_of
from study.report.front.cells import KINDS
from study.report.front.grid import label
from study.statistics.inference import FEWEST_SEEDS, LEVEL, t_quantile
from study.statistics.interval import MOST_PLACES, Interval

TEXTBOOK = "dropout+earlystopping"
"""What a textbook would start with: the baseline of Goodfellow, Bengio and Courville, Deep Learning, section 11.2."""
POINTS = 40
"""Points of a learning curve, at most."""
DIGITS = {"%": 2, "nats": 3}
"""Decimals of a single seed, by unit."""
OTHER = 4
"""Decimals in a unit of the user's own."""


def data(results: Results) -> dict:
    """Return everything the explorer shows, as plain values; see `view` for its largest part."""
    factors, arms = results.study.factors, results.arms
    own = results.study.of_models
    textbook = -1 if own else _place(arms, TEXTBOOK)
    return {
        "factors": [{"id": factor.name, "label": factor.label, "colour": factor.colour} for factor in factors],
        "number": factors.number,
        "metrics": [_metric(metric, results.study.equivalence) for metric in results.metrics],
        "followed": results.study.task.followed.label,
        "arms": [_bits(arm) for arm in arms],
        "words": [arm_words(arm) for arm in arms],
        "names": [arm.name for arm in arms],
        "textbook": textbook,
        "start": len(arms) - 1 if own else max(textbook, 0),
        "kinds": list(KINDS),
        "fewest": FEWEST_SEEDS,
        "places": MOST_PLACES,
        "sets": [_set(results.experiment(name), arms) for name in results.experiments],
    }


def written(results: Results) -> str:
    """Return `data` as JSON that may stand in a script element."""
    return json.dumps(data(results), ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")


def _metric(metric: Metric, band: float) -> dict:
    told = {"id": metric.name, "label": label(metric), "name": metric.label, "unit": metric.unit}
    return told | {"change": metric.effect_unit, "better": metric.better, "band": band if metric.banded else None}


def _bits(arm: Arm) -> int:
    return sum(on << place for place, on in enumerate(arm.switches.values()))


def _place(arms: tuple[Arm, ...], name: str) -> int:
    """Return an arm's place among those that were run, −1 for one that was not."""
    return next((place for place, arm in enumerate(arms) if arm.name == name), -1)


def _set(found: ExperimentResults, arms: tuple[Arm, ...]) -> dict:
    whole = found.experiment.training.epochs
    lengths = [length for length in found.experiment.training.lengths if length == whole or _read(found, length)]

    def lattice(metric: str, length: int) -> Lattice:
        if length == whole:
            return found.lattice(metric)
        return at_length(found.results.readouts, found.name, length, arms, metric)

    return {
        "id": found.name,
        "label": found.title,
        "seeds": [int(seed) for seed in found.lattice().seeds],
        "t": _quantiles(len(found.lattice().seeds), len(found.factors)),
        "lengths": lengths,
        "trained": found.training["verdict"],
        "curves": curves(found),
        "views": {
            metric.name: [view(lattice(metric.name, length), found.band) for length in lengths]
            for metric in found.results.metrics
        },
    }


def _quantiles(seeds: int, factors: int) -> list[float] | None:
    """Return the half-widths, in standard errors, of the interval of an estimated arm, and of those, simultaneous, of
    what flipping its switches changes."""
    return [t_quantile(seeds - 1, LEVEL), t_quantile(seeds - 1, 1 - (1 - LEVEL) / factors)] if seeds > 1 else None


def _read(found: ExperimentResults, length: int) -> bool:
    """Return whether a seed was judged after so many epochs in all arms."""
    try:
        at_length(found.results.readouts, found.name, length, found.results.arms)
    except StudyError:
        return False
    return True


def view(found: Lattice, band: float) -> dict:
    """Return what is shown of every arm by one metric; a list has an entry an arm, in the study's order.

    Returns:
        `means`: words of mean and 95 % interval. `order`: arms from the worst mean to the best. `seeds`: one number a
        seed. `flips`: for each factor the verdict's place in `KINDS` and words of the paired difference that flipping
        its switch makes, with its simultaneous interval over the arm's flips; null where that arm was not run.
        `level`: the arms that cannot be told from it, a bit an arm, as hexadecimal digits of four, the lowest first.
        `none`: words of the paired difference to `none`, and its verdict's place; null for `none`.
        `model`: of a fraction: see `_model`.
    """
    arms, estimates = found.arms, arm_estimates(found)
    digits = DIGITS.get(found.metric.unit, OTHER)
    return {
        "means": [estimates.interval(place).words(signed=False, unit=False) for place in range(len(arms))],
        "order": [arms.index(arm) for arm in reversed(ranked(found))],
        "seeds": [[round(float(value), digits) for value in column] for column in estimates.values.T],
        "flips": [_flips(found, arm, band) for arm in arms],
        "level": [_level(found, arm, band) for arm in arms],
        "none": [_told(against_ends(found, arm, band).get("none")) for arm in arms],
        "model": None if found.whole else _model(found, digits + 4),
    }


def _model(found: Lattice, digits: int) -> dict:
    """Return what estimates an arm: `split`, places of the factors that it is made for each combination of; by the bits
    of those that are on `layers`, a list a seed, and `misses`: see `pair_model.PairModel`."""
    made, names = pair_model(found), found.factors.names
    bits = {on: sum(1 << names.index(name) for name in on) for on in made.values}
    return {
        "split": [names.index(name) for name in made.split],
        "layers": {bits[on]: values.round(digits).tolist() for on, values in made.values.items()},
        "misses": {bits[on]: round(miss, digits) for on, miss in made.misses.items()},
    }


def _told(difference: Interval | None) -> list | None:
    """Return the place of a difference's verdict in `KINDS`, and its words."""
    if difference is None:
        return None
    return [KINDS.index(kind_of(difference.verdict)), difference.words(unit=False)]


def _flips(found: Lattice, arm: Arm, band: float) -> list:
    made = {factor: difference for (factor, _), difference in switches(found, arm, band).items()}
    return [_told(made.get(factor)) for factor in found.factors.names]


def _level(found: Lattice, arm: Arm, band: float) -> str:
    level = set(alike(found, arm, band))
    bits = [other in level for other in found.arms]
    return "".join(f"{sum(on << n for n, on in enumerate(bits[at : at + 4])):x}" for at in range(0, len(bits), 4))


def curves(found: ExperimentResults) -> dict:
    """Return what is followed on validation examples, accuracy or R², as means over training.

    Returns:
        `epochs`: at most `POINTS` of those that were kept. `values`: by the bits of an arm without early stopping,
        percent at these epochs. `stops`: by the bits of an arm with it, the median epoch whose weights it restored.
    """
    history = found.results.history
    own = history[history["experiment"] == found.name]
    values = f"val_{found.results.study.task.followed.name}"
    table = own.pivot_table(index="epoch", columns="arm", values=values, aggfunc="mean")
    trained = [arm for arm in trajectories_of(found.results.arms) if arm.name in table]
    table = 100 * table[[arm.name for arm in trained]].dropna()
    kept = table.iloc[np.unique(np.linspace(0, len(table) - 1, POINTS).round().astype(int))] if len(table) else table
    runs = found.results.runs
    known = EARLY_STOPPING in found.factors.names
    stopped = runs[(runs["experiment"] == found.name) & (runs[EARLY_STOPPING] == 1 if known else False)]
    best = stopped.groupby("arm")["best_epoch"].median().dropna()
    return {
        "epochs": [int(epoch) for epoch in kept.index],
        "values": {_bits(arm): [round(float(value), 1) for value in kept[arm.name]] for arm in trained},
        "stops": {_bits(parse_arm(name, found.factors)): round(float(epoch), 1) for name, epoch in best.items()},
    }


def leader(results: Results, name: str) -> str:
    """Return the sentence that says which arm leads on a data set by the metric that decides, and how many are level
    with it."""
    found = results.experiment(name).lattice()
    shown = view(found, results.study.equivalence)
    best = shown["order"][-1]
    level = sum(int(digit, 16).bit_count() for digit in shown["level"][best])
    told = f"level with {count(level, 'other')}" if level else "clear of all others"
    title = results.study.experiments[name].title
    leads = f"{capital(arm_words(found.arms[best]))} leads the {len(found.arms)} on {title}"
    return f"{leads} by {found.metric.label}, {told}"


def table(results: Results) -> str:
    """Return every arm's mean and interval on every data set by the metric that decides, as rows of an HTML table."""

    columns = {name: results.experiment(name).arms() for name in results.experiments}
    heads = "".join(f'<th scope="col">{escape(results.study.experiments[name].title)}</th>' for name in columns)
    rows = []
    for place, arm in enumerate(results.arms):
        values = (f"<td>{each.interval(place).words(signed=False, unit=False)}</td>" for each in columns.values())
        rows.append(f'<tr><th scope="row">{escape(arm_words(arm))}</th>{"".join(values)}</tr>')
    return f'<thead><tr><th scope="col">Combination</th>{heads}</tr></thead><tbody>{"".join(rows)}</tbody>'
