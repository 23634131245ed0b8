"""Estimates in words: numbers with intervals, verdicts gathered into sentences.

Every sentence follows from verdicts and intervals by rule; no number and no finding is typed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from study import sessions
from study.analysis import Difference, Lattice
from study.data import Split
from study.design import Arm
from study.factors import BY_NAME, NAMES
from study.inference import FEWEST_SEEDS, HELPS, HURTS, UNDECIDED, t_interval
from study.progress import duration
from study.results import ExperimentResults, Results

MINUS = "−"


def number(value: float, decimals: int = 1, sign: bool = False) -> str:
    """Return a number with a true minus sign, and a plus sign if asked for."""
    text = f"{abs(value):.{decimals}f}"
    if float(text) == 0:
        return text
    return (MINUS if value < 0 else "+" if sign else "") + text


def decimals(low: float, high: float) -> int:
    """Return how many decimals an interval deserves: two where it is narrow."""
    return 1 if high - low >= 2 else 2


def estimate(mean: float, low: float, high: float, unit: str) -> str:
    """Return `+3.2 pp [2.1, 4.3]`."""
    places = decimals(low, high)
    return (
        f"{number(mean, places, sign=True)} {unit} "
        f"[{number(low, places)}, {number(high, places)}]"
    )


def listed(words: Sequence[str], last: str = "and") -> str:
    """Return `a`, `a and b`, or `a, b and c`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def capital(text: str) -> str:
    """Return the text with its first letter in upper case."""
    return text[:1].upper() + text[1:]


def count(number_of: int, noun: str, plural: str = "") -> str:
    """Return `1 seed`, `6 seeds`."""
    return f"{number_of:,} {noun if number_of == 1 else plural or noun + 's'}"


def labels(terms: Iterable[str]) -> list[str]:
    """Return the labels of terms: `dropout × batch norm`."""
    return [" × ".join(BY_NAME[name].label for name in term.split(":")) for term in terms]


def by_verdict(effects: pd.DataFrame) -> dict[str, list[str]]:
    """Gather terms by the kind of their verdict, the largest effects first.

    Args:
        effects: rows of `effects.csv`, indexed by term.

    Returns:
        Terms under `helps`, `hurts`, `none` (no effect larger than the band), `undecided` and
        `silent` (too few seeds).
    """
    found: dict[str, list[str]] = {"helps": [], "hurts": [], "none": [], "undecided": [], "silent": []}
    ordered = effects.reindex(effects["estimate"].abs().sort_values(ascending=False).index)
    for term, words in ordered["verdict"].items():
        if words in (HELPS, HURTS, UNDECIDED):
            found[words].append(term)
        else:
            found["none" if words.startswith("no effect") else "silent"].append(term)
    return found


def finding(effects: pd.DataFrame) -> str:
    """Return a title: `Augmentation and dropout help; early stopping hurts; L2 undecided`.

    Args:
        effects: main effects of one experiment and metric, indexed by term.
    """
    found = by_verdict(effects)
    if found["silent"]:
        return f"Too few seeds for a verdict ({int(effects['n_seeds'].iloc[0])})"
    parts = []
    for kind, one, many in (("helps", "helps", "help"), ("hurts", "hurts", "hurt")):
        if found[kind]:
            parts.append(f"{listed(labels(found[kind]))} {one if len(found[kind]) == 1 else many}")
    if found["none"]:
        parts.append(f"{listed(labels(found['none']))}: no effect")
    if found["undecided"]:
        parts.append(f"{listed(labels(found['undecided']))} undecided")
    return capital("; ".join(parts))


def answer(title: str, effects: pd.DataFrame, unit: str = "pp") -> str:
    """Return the sentence that answers the question for one experiment.

    Args:
        title: the experiment's title.
        effects: main effects on test accuracy, indexed by term.
        unit: their unit.
    """
    found = by_verdict(effects)

    def told(terms: list[str]) -> list[str]:
        return [
            f"{BY_NAME[t].label} ({estimate(*effects.loc[t, ['estimate', 'ci_low', 'ci_high']], unit)})"
            for t in terms
        ]

    if found["silent"]:
        seeds = int(effects["n_seeds"].iloc[0])
        return f"On {title}, {count(seeds, 'seed')} are too few for a verdict; {listed(told(found['silent']))}."
    parts = []
    for kind, one, many in (("helps", "helps", "help"), ("hurts", "hurts", "hurt")):
        if found[kind]:
            parts.append(f"{listed(told(found[kind]))} {one if len(found[kind]) == 1 else many}")
    if found["none"]:
        words = effects.loc[found["none"][0], "verdict"]
        have = "has" if len(found["none"]) == 1 else "have"
        parts.append(f"{listed(told(found['none']))} {have} {words}")
    if found["undecided"]:
        are = "is" if len(found["undecided"]) == 1 else "are"
        parts.append(f"{listed(told(found['undecided']))} {are} undecided")
    return f"On {title}, {'; '.join(parts)}."


def pairs_finding(found: Lattice) -> str:
    """Return the hero's title: how often the strongest factor helps or hurts, pair by pair.

    A pair of arms differs in that factor alone; it counts if the 95 % interval of its difference
    over seeds excludes zero.
    """
    if len(found.seeds) < FEWEST_SEEDS:
        return f"Too few seeds for a verdict ({len(found.seeds)})"
    steps = {
        name: np.diff(found.values, axis=NAMES.index(name) + 1).reshape(len(found.seeds), -1)
        for name in NAMES
    }
    strongest = max(NAMES, key=lambda name: abs(steps[name].mean()))
    _, low, high = t_interval(steps[strongest])
    better = found.metric.better
    up, down = int((low > 0).sum()), int((high < 0).sum())
    helps, hurts = (up, down) if better > 0 else (down, up)
    pairs = steps[strongest].shape[1]
    if not helps and not hurts:
        return f"No regularizer stands out: {BY_NAME[strongest].label} is undecided in all {pairs} pairs of arms"
    told = [f"{word} in {n}" for word, n in (("helps", helps), ("hurts", hurts)) if n]
    rest = "" if helps + hurts == pairs else ", the rest undecided"
    return f"{capital(BY_NAME[strongest].label)} {listed(told)} of {pairs} pairs of arms that differ in nothing else{rest}"


def data_sentence(split: Split, seeds: int) -> str:
    """Return what each seed draws."""
    return (
        f"Each of the {count(seeds, 'seed')} draws its own {len(split.y_train):,} training and "
        f"{len(split.y_validation):,} validation examples; accuracy is measured on "
        f"{len(split.y_test):,} test examples."
    )


def convergence_sentence(found: dict) -> str:
    """Return whether the budget was long enough for early stopping."""
    if not found["cells"]:
        return "No cell with early stopping was trained."
    return (
        f"Of {count(found['cells'], 'cell')} with early stopping, {found['late']} "
        f"({found['late_share']:.1%}) had their best epoch in the last 5 % of the budget, and {found['capped']} "
        f"({found['capped_share']:.1%}) reached its end before early stopping fired."
    ).replace("%)", " %)")


def cost_sentence(results: Results) -> str:
    """Return how long training took from start to end, as logged on the machine that did it."""
    runs = sessions.read(results.store.root, "run")
    if not runs:
        return "How long training took from start to end was not logged."
    processes = listed(sorted({count(run["jobs"], "process", "processes") for run in runs}))
    seconds = sum(run["seconds"] for run in runs)
    trainings = sum(run["trainings"] for run in runs)
    return (
        f"From start to end, {count(trainings, 'training')} took {duration(seconds)} in "
        f"{count(len(runs), 'run')} on {processes}."
    )


def best_arm_sentence(found: ExperimentResults) -> str:
    """Return which arm validation data chose, and how it does on test data."""
    arm = found.best_arm()
    mean, low, high = map(float, t_interval(found.lattice().arm(arm)))
    places = decimals(low, high)
    return (
        f"The best arm on validation accuracy is *{arm_words(arm)}*; on test data it reaches "
        f"{number(mean, places)} % [{number(low, places)}, {number(high, places)}]. It was chosen among 32, so its "
        "validation accuracy is flattered (the winner's curse); its test accuracy is not."
    )


def arm_words(arm: Arm) -> str:
    """Return an arm's name for readers: `none`, `all five`, `dropout + batch norm`."""
    if arm.name in ("none", "all"):
        return {"none": "none", "all": "all five"}[arm.name]
    return " + ".join(BY_NAME[name].label for name in arm.factors)


def arm_sentence(arm: Arm, title: str, ends: dict[str, Difference]) -> str:
    """Return how an arm compares with both ends of the lattice."""
    told = [
        f"{label.replace('this arm − ', 'against *')}*, {estimate(d.mean, d.low, d.high, 'pp')} ({d.verdict})"
        for label, d in ends.items()
    ]
    return f"On {title}, *{arm_words(arm)}*: {listed(told)} of test accuracy."


def switches_finding(changes: dict[tuple[str, bool], Difference]) -> str:
    """Return a title: which single switches would improve the arm, and which would harm it."""

    def flips(words: str) -> list[str]:
        return [
            f"{'adding' if adds else 'removing'} {BY_NAME[name].label}"
            for (name, adds), d in changes.items() if d.verdict == words
        ]

    parts = [
        f"{listed(found)} {verb if len(found) == 1 else verb[:-1]}"
        for found, verb in ((flips(HELPS), "helps"), (flips(HURTS), "hurts")) if found
    ]
    return capital("; ".join(parts)) if parts else "No single switch clearly changes this arm"
