"""Titles of figures, as far as intervals and means support them; those of effects stand in `sentences`."""

from __future__ import annotations

import pandas as pd

from study.analysis.curves import Curve
from study.analysis.lattice import ArmEstimates, Lattice, steps
from study.design.factors import Factors
from study.exhibits.wording import arm_words, capital, listed, number, term_label, too_few
from study.statistics.interval import HELPS, HURTS, Interval, sign_of


def arms(found: Lattice) -> str:
    """Return the hero's title: how often the strongest factor helps or hurts, pair by pair.

    A pair of arms differs in that factor alone; it counts if the 95 % interval of its difference
    over seeds excludes zero. All arms of the lattice were run.
    """
    if fewest := too_few(len(found.seeds)):
        return fewest
    pairs: dict[str, list[Interval]] = {name: [] for name in found.factors.names}
    for arm, upper, difference in steps(found):
        (name,) = set(upper.factors) - set(arm.factors)
        pairs[name].append(difference)
    strongest = max(pairs, key=lambda name: abs(sum(difference.mean for difference in pairs[name])))
    signs, label = [difference.sign for difference in pairs[strongest]], found.factors[strongest].label
    told = [f"{word} in {signs.count(sign)}" for word, sign in ((HELPS, 1), (HURTS, -1)) if signs.count(sign)]
    if not told:
        return f"No regularizer stands out: {label} is clear in none of {len(signs)} pairs of arms"
    rest = ", the rest clearly neither" if 0 in signs else ""
    return f"{capital(label)} {listed(told)} of {len(signs)} pairs of arms that differ in nothing else{rest}"


def switches(found: Lattice) -> str:
    """Return how many of the lattice's single switches help, hurt, or are undecided."""
    if fewest := too_few(len(found.seeds)):
        return fewest
    signs = [difference.sign for *_, difference in steps(found)]
    return (
        f"Of {len(signs)} single switches, {signs.count(1)} clearly help, {signs.count(-1)} clearly hurt; "
        f"{signs.count(0)} do neither"
    )


def interactions(effects: pd.DataFrame, factors: Factors) -> str:
    """Return which pairs are worth less together than apart, and which more.

    Args:
        effects: effects of kind `interaction` on test accuracy, indexed by term; only pairs are counted.
        factors: the study's factors.
    """
    pairs = effects[[term.count(":") == 1 for term in effects.index]]
    if fewest := too_few(int(pairs["n_seeds"].iloc[0])):
        return fewest
    signs = pairs["verdict"].map(sign_of)
    parts = []
    for sign, words in ((-1, "less"), (1, "more")):
        found = pairs[signs == sign]
        if found.empty:
            continue
        strongest = found["estimate"].abs().idxmax()
        size = number(abs(found.loc[strongest, "estimate"]))
        are = "is" if len(found) == 1 else "are"
        parts.append(
            f"{len(found)} {are} worth {words} together (most: {term_label(strongest, factors)}, by {size} pp)"
        )
    if not parts:
        return "No pair of regularizers clearly acts differently together than apart"
    return f"Of {len(pairs)} pairs, {listed(parts)}"


def gaps(found: ArmEstimates) -> str:
    """Return which arms have the widest and the narrowest generalization gap."""
    widest, narrowest = found.mean.argmax(), found.mean.argmin()

    def told(index) -> str:
        return f"{arm_words(found.arms[index])} ({number(found.mean[index])} pp)"

    return f"Training runs ahead of test accuracy most for {told(widest)}, least for {told(narrowest)}"


def curves(found: list[Curve]) -> str:
    """Return in how many arms the validation loss ends above its lowest point."""
    worse = [c for c in found if c.validation[-1] > 1.2 * c.validation.min()]
    kept = [c for c in found if c not in worse]
    if not worse:
        return "No arm's validation loss ends far above its lowest point"
    common = set.intersection(*(set(c.arm.factors) for c in kept)) if kept else set()
    always = [factor.label for factor in found[0].arm.known if factor.name in common]
    text = f"In {len(worse)} of {len(found)} arms the mean validation loss ends more than 20 % above its lowest point"
    return text + (f"; the others all have {listed(always)}" if always else "")


def over_training(table: pd.DataFrame, factors: Factors) -> str:
    """Return which regularizers' verdicts turn round as training goes on, and when.

    Args:
        table: main effects by length, as `ExperimentResults.over_training` returns them.
        factors: the study's factors.
    """
    lengths = table["value"].unique()
    turned = []
    for term, rows in table.groupby("term", sort=False):
        clear = rows[rows["verdict"].isin((HELPS, HURTS))]
        changes = clear[clear["verdict"] != clear["verdict"].shift()]
        if len(changes) > 1:
            told = [f"{row.verdict} at {row.value:,}" for row in changes.itertuples()]
            turned.append(f"{factors[term].label} {listed(told)} epochs")
    if turned:
        return f"{capital('; '.join(turned))}"
    return f"From {lengths[0]:,} to {lengths[-1]:,} epochs no regularizer's clear effect changes its sign"
