"""Findings as sentences and titles.

Every sentence follows from verdicts and intervals by rule; no number and no finding is typed.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from study.analysis.agreement import disagreements, flips
from study.analysis.experiment import ExperimentResults
from study.analysis.lattice import METRICS, Difference, Lattice
from study.analysis.one_at_a_time import CLAIMED, MISSED, OPPOSITE
from study.analysis.results import Results
from study.data.datasets import test_examples
from study.design.arms import Arm
from study.design.factors import TEXTBOOK, Factors
from study.design.settings import Data
from study.engines.progress import duration
from study.exhibits.wording import arm_words, by_verdict, capital, count, decimals, estimate, labels, listed, number
from study.statistics.inference import FEWEST_SEEDS, HELPS, HURTS, t_interval
from study.statistics.placebo import Placebo
from study.store import log


def finding(effects: pd.DataFrame, factors: Factors = TEXTBOOK) -> str:
    """Return a title: `Augmentation and dropout help; early stopping hurts; L2 undecided`.

    Args:
        effects: main effects of one experiment and metric, indexed by term.
        factors: the study's factors.
    """
    found = by_verdict(effects)
    if found["silent"]:
        return f"Too few seeds for a verdict ({int(effects['n_seeds'].iloc[0])})"
    parts = []
    for kind, one, many in (("helps", "helps", "help"), ("hurts", "hurts", "hurt")):
        if found[kind]:
            parts.append(f"{listed(labels(found[kind], factors))} {one if len(found[kind]) == 1 else many}")
    if found["none"]:
        parts.append(f"{listed(labels(found['none'], factors))}: no effect")
    if found["undecided"]:
        parts.append(f"{listed(labels(found['undecided'], factors))} undecided")
    return capital("; ".join(parts))


def answer(title: str, effects: pd.DataFrame, unit: str = "pp", factors: Factors = TEXTBOOK) -> str:
    """Return the sentence that answers the question for one experiment.

    Args:
        title: the experiment's title.
        effects: main effects on test accuracy, indexed by term.
        unit: their unit.
        factors: the study's factors.
    """
    found = by_verdict(effects)

    def told(terms: list[str]) -> list[str]:
        return [
            f"{factors[t].label} ({estimate(*effects.loc[t, ['estimate', 'ci_low', 'ci_high']], unit)})" for t in terms
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
    over seeds excludes zero. All arms of the lattice were run.
    """
    factors, names = found.factors, found.factors.names
    if len(found.seeds) < FEWEST_SEEDS:
        return f"Too few seeds for a verdict ({len(found.seeds)})"
    steps = {name: np.diff(found.values, axis=names.index(name) + 1).reshape(len(found.seeds), -1) for name in names}
    strongest = max(names, key=lambda name: abs(steps[name].mean()))
    _, low, high = t_interval(steps[strongest])
    better = found.metric.better
    up, down = int((low > 0).sum()), int((high < 0).sum())
    helps, hurts = (up, down) if better > 0 else (down, up)
    pairs = steps[strongest].shape[1]
    if not helps and not hurts:
        return f"No regularizer stands out: {factors[strongest].label} is clear in none of {pairs} pairs of arms"
    told = [f"{word} in {n}" for word, n in (("helps", helps), ("hurts", hurts)) if n]
    rest = "" if helps + hurts == pairs else ", the rest clearly neither"
    return (
        f"{capital(factors[strongest].label)} {listed(told)} of {pairs} pairs of arms that differ in nothing else{rest}"
    )


def placebo_sentence(chance: Placebo | None, seeds: int, trainings: int) -> str:
    """Return how large an effect chance alone makes, and how that was found.

    Args:
        chance: the placebo; None for a single seed.
        seeds: number of complete seeds.
        trainings: trainings a seed.
    """
    if chance is None:
        return "With a single seed, chance cannot be told from effect."
    places = decimals(chance.low, chance.high)
    return (
        f"How large is an effect of nothing? In each of the {trainings} combinations that are trained, {seeds // 2} of {count(seeds, 'seed')} were called "
        f"*on* at random and the others *off*, {chance.draws:,} times, after what all arms of a seed share was taken off. "
        f"Ninety-five in a hundred of these placebos have a main effect within ±{number(chance.floor, places)} pp: the same "
        "cells, averaged as for a real regularizer, with nothing to find. What a real effect varies by from seed to seed "
        "is not in it, but in the intervals."
    )


def shares_sentence(shares: pd.DataFrame) -> str:
    """Return how the variance between arms splits into single factors, pairs and larger groups."""
    if shares["share"].isna().any():
        return "The differences between arms do not stand out from chance enough to be split by order."
    if ((shares["ci_high"] - shares["ci_low"]) > 1).any():
        return (
            "The differences between arms are too small beside chance to say how much of them single regularizers make "
            "and how much groups of them."
        )

    def told(order: int) -> str:
        share, low, high = (100 * float(shares.loc[order, key]) for key in ("share", "ci_low", "ci_high"))
        return f"{number(share, 0)} % [{number(low, 0)}, {number(high, 0)}]"

    return (
        f"Of the variance between the {int(shares['terms'].sum()) + 1} arms' means, {told(1)} is made by the regularizers alone and {told(2)} by pairs; "
        "larger groups make the rest."
    )


def too_few(seeds: int) -> str:
    """Return the words for fewer seeds than a verdict needs; empty if they are enough."""
    return f"Too few seeds for a verdict ({seeds})" if seeds < FEWEST_SEEDS else ""


def audit_sentence(table: pd.DataFrame, title: str, seeds: int, factors: Factors = TEXTBOOK) -> str:
    """Return when a one-at-a-time ablation would have misled.

    Args:
        table: as `one_at_a_time.audit` returns it.
        title: the experiment's title.
        seeds: number of seeds behind it.
        factors: the study's factors.
    """
    if too_few(seeds):
        return f"{too_few(seeds)}, so the four answers cannot be held against each other."
    styles = {"add_one_in": "adding one to none", "leave_one_out": "leaving one out of all"}
    told = []
    for style, words in styles.items():
        said = table[f"{style}_misled"]
        kinds = (
            (OPPOSITE, "would have shown the reverse for"),
            (MISSED, "would have missed"),
            (CLAIMED, "would have claimed an effect that does not stand on average for"),
        )
        parts = [
            f"{verb} {listed(labels(said.index[said == kind], factors))}"
            for kind, verb in kinds
            if (said == kind).any()
        ]
        if parts:
            told.append(f"{words} {listed(parts)}")
    if not told:
        return f"On {title}, a one-at-a-time ablation would have shown help and harm where the main effects do."
    return f"On {title}, {'; '.join(told)}."


def flips_finding(table: pd.DataFrame, seeds: int, factors: Factors = TEXTBOOK) -> str:
    """Return a title: which factors' verdicts turn round between metrics.

    Args:
        table: as `agreement.improvements` returns it.
        seeds: number of seeds behind it.
        factors: the study's factors.
    """
    if too_few(seeds):
        return too_few(seeds)
    signs = table.set_index(["term", "metric"])["sign"]
    found: dict[tuple[str, bool], list[str]] = {}
    for term, name in flips(table):
        found.setdefault((term, bool(signs[term, "test_accuracy"] > 0)), []).append(METRICS[name].label)
    if not found:
        return "No regularizer's verdict turns round between accuracy, NLL and calibration"
    return capital(
        "; ".join(
            f"{factors[term].label} {'helps' if helps else 'hurts'} test accuracy but "
            f"{'hurts' if helps else 'helps'} {listed(names)}"
            for (term, helps), names in found.items()
        )
    )


def across_finding(table: pd.DataFrame, factors: Factors = TEXTBOOK) -> str:
    """Return a title: which regularizers agree over experiments, and which do not.

    Args:
        table: as `agreement.by_experiment` returns it.
        factors: the study's factors.
    """
    if fewest := too_few(int(table["n_seeds"].min())):
        return fewest
    signs = table.groupby("term")["sign"].agg(set)
    turned = disagreements(table)
    helping = [name for name in factors.names if signs[name] == {1}]
    hurting = [name for name in factors.names if signs[name] == {-1}]
    parts = []
    if helping:
        parts.append(f"{listed(labels(helping, factors))} {'helps' if len(helping) == 1 else 'help'} everywhere")
    if hurting:
        parts.append(f"{listed(labels(hurting, factors))} {'hurts' if len(hurting) == 1 else 'hurt'} everywhere")
    if turned:
        parts.append(
            f"{listed(labels(turned, factors))} {'helps' if len(turned) == 1 else 'help'} here and "
            f"{'hurts' if len(turned) == 1 else 'hurt'} there"
        )
    return capital("; ".join(parts)) if parts else "No regularizer has the same clear verdict on every data set"


def across_sentence(table: pd.DataFrame, titles: dict[str, str], factors: Factors = TEXTBOOK) -> str:
    """Return where signs differ between experiments, by name.

    Args:
        table: as `agreement.by_experiment` returns it.
        titles: the experiments' titles by name.
        factors: the study's factors.
    """
    if fewest := too_few(int(table["n_seeds"].min())):
        return f"{fewest}, so the data sets cannot be compared."
    told = []
    for name in disagreements(table):
        rows = table[table["term"] == name]
        helps = listed([titles[e] for e in rows.loc[rows["sign"] > 0, "experiment"]])
        hurts = listed([titles[e] for e in rows.loc[rows["sign"] < 0, "experiment"]])
        told.append(f"{capital(factors[name].label)} helps on {helps} and hurts on {hurts}.")
    return " ".join(told) or "No regularizer clearly helps on one data set and clearly hurts on another."


def left_out_sentence(left_out: dict[int, str], seeds: int) -> str:
    """Return which seeds no estimate uses, and why; empty if all are complete.

    Args:
        left_out: as `Results.left_out` returns it.
        seeds: number of seeds of the study.
    """
    if not left_out:
        return ""
    told = "; ".join(f"seed {seed}: {why}" for seed, why in left_out.items())
    return (
        f"{len(left_out)} of {count(seeds, 'seed')} are not complete, and no estimate here uses them. {capital(told)}."
    )


def data_sentence(data: Data, seeds: int) -> str:
    """Return what each seed draws."""
    return (
        f"Each of the {count(seeds, 'seed')} draws its own {data.train:,} training and {data.validation:,} validation examples; "
        f"accuracy is measured on {test_examples(data):,} test examples."
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
    runs = log.read(results.store.root, "run")
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
        f"{number(mean, places)} % [{number(low, places)}, {number(high, places)}]. It was chosen among {len(found.results.arms)}, so its "
        "validation accuracy is flattered (the winner's curse); its test accuracy less so: other examples, but the same "
        "trainings."
    )


def arm_sentence(arm: Arm, title: str, ends: dict[str, Difference]) -> str:
    """Return how an arm compares with both ends of the lattice."""
    told = [
        f"{label.replace('this arm − ', 'against *')}*, {estimate(d.mean, d.low, d.high, 'pp')} ({d.verdict})"
        for label, d in ends.items()
    ]
    return f"On {title}, *{arm_words(arm)}*: {listed(told)} of test accuracy."


def switches_finding(changes: dict[tuple[str, bool], Difference], factors: Factors = TEXTBOOK) -> str:
    """Return a title: which single switches would improve the arm, and which would harm it."""
    if fewest := too_few(min(d.seeds for d in changes.values())):
        return fewest

    def flips(words: str) -> list[str]:
        return [
            f"{'adding' if adds else 'removing'} {factors[name].label}"
            for (name, adds), d in changes.items()
            if d.verdict == words
        ]

    parts = [
        f"{listed(found)} {verb if len(found) == 1 else verb[:-1]}"
        for found, verb in ((flips(HELPS), "helps"), (flips(HURTS), "hurts"))
        if found
    ]
    return capital("; ".join(parts)) if parts else "No single switch clearly changes this arm"
