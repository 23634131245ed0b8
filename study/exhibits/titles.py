"""Titles of figures, as far as intervals and means support them; those of main effects stand in `sentences`."""

from __future__ import annotations

import pandas as pd

from study.analysis.curves import Curve
from study.analysis.lattice import ArmEstimates, Lattice, steps
from study.design.architectures.builtin import AFTER_BATCHNORM, BEFORE_BATCHNORM, BEFORE_LINEAR
from study.design.factors import Factors
from study.exhibits.wording import arm_words, capital, count, listed, number, term_label, too_few, universe_label
from study.statistics.inference import FEWEST_SEEDS
from study.statistics.interval import DEPENDS, HELPS, HURTS, REINFORCE, SUBSTITUTE, Interval, amount, sign_of

FEW, NAMED = 10, 3
"""Pairs of the five, of which the strongest is named; of more pairs, how many are."""


def arms(found: Lattice) -> str:
    """Return the hero's title: how often the strongest factor helps or hurts, pair by pair.

    A pair of arms differs in that factor alone; it counts if the interval of its difference, simultaneous over all
    such pairs, excludes zero. All arms of the lattice were run.
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
        return f"{capital(label)} is clear in none of {len(signs)} pairs of arms that differ in nothing else"
    rest = f", {signs.count(0)} undecided" if 0 in signs else ""
    return f"{capital(label)} {listed(told)} of {len(signs)} pairs of arms that differ in nothing else{rest}"


def switches(found: Lattice) -> str:
    """Return how many of the lattice's single switches help, hurt, or are undecided."""
    if fewest := too_few(len(found.seeds)):
        return fewest
    signs = [difference.sign for *_, difference in steps(found)]
    return (
        f"Of {len(signs)} single switches, {signs.count(1)} clearly help, {signs.count(-1)} clearly hurt; "
        f"{signs.count(0)} are undecided"
    )


def interactions(effects: pd.DataFrame, factors: Factors) -> str:
    """Return which pairs substitute each other, worth less together than apart, and which reinforce each other.

    Args:
        effects: effects of kind `interaction` on test accuracy, indexed by term; only pairs are counted.
        factors: the study's factors.
    """
    pairs = effects[[term.count(":") == 1 for term in effects.index]]
    if pairs.empty:
        return "One regularizer has no other to act together with"
    if fewest := too_few(int(pairs["n_seeds"].iloc[0])):
        return fewest
    signs = pairs["verdict"].map(sign_of)
    unit = Interval.of(pairs.iloc[0]).unit
    parts = []
    for sign, words in ((-1, SUBSTITUTE), (1, REINFORCE)):
        found = pairs[signs == sign]
        if found.empty:
            continue
        sizes = found["estimate"].abs().sort_values(ascending=False)[: 1 if len(pairs) <= FEW else NAMED]
        said = words if len(found) > 1 else f"{words}s"
        most = [f"{term_label(term, factors)}, by {amount(size, unit)}" for term, size in sizes.items()]
        parts.append(f"{len(found)} {said} ({'most: ' if len(found) > len(most) else ''}{'; '.join(most)})")
    if not parts:
        return "No pair of regularizers clearly acts differently together than apart"
    rest = f"; {(signs == 0).sum()} undecided" if (signs == 0).any() else ""
    return f"Of {len(pairs)} pairs, {listed(parts)}{rest}"


def gaps(found: ArmEstimates) -> str:
    """Return which arms have the widest and the narrowest generalization gap."""
    widest, narrowest = found.mean.argmax(), found.mean.argmin()

    def told(index) -> str:
        return f"{arm_words(found.arms[index])} ({number(found.mean[index])} pp)"

    return f"Training runs ahead of the test most for {told(widest)}, least for {told(narrowest)}"


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


PLACES = {BEFORE_LINEAR: "one linear map before it", BEFORE_BATCHNORM: "right before it", AFTER_BATCHNORM: "after it"}
"""Places for readers, seen from the last batch norm."""


def placement(table: pd.DataFrame) -> str:
    """Return whether dropout is better after the last batch norm than before it, as far as the intervals say.

    Args:
        table: as `differences` returns it.
    """
    if (seeds := int(table["n_seeds"].min())) < FEWEST_SEEDS:
        return f"Dropout before or after the last batch norm: {count(seeds, 'seed')} are too few to tell."
    words = {1: ("better", "than"), -1: ("worse", "than"), 0: ("not clearly different", "from")}
    parts = []
    for place, rows in table.groupby("place", sort=False):
        against, said = PLACES[place], []
        for sign, part in rows.groupby("sign", sort=False):
            word, than = words[sign]
            said.append(f"{word}{f' {than} {against}' if not said else ''} at {_networks(part)}")
        parts.append(" and ".join(said))
    return f"Dropout after the last batch norm is {'; '.join(parts)}."


def _networks(rows: pd.DataFrame) -> str:
    """Return the networks of some rows: `widths 32 and 512`, `width 32 on MNIST and width 512 on Digits`."""
    if len(rows) > 1 and all(row.network == f"width {row.width}" for row in rows.itertuples()):
        return f"widths {listed([str(width) for width in rows['width']])}"
    return listed(list(rows["network"]))


def multiverse(found: pd.DataFrame, factors: Factors) -> str:
    """Return which main effects keep their sign in every universe, and which choice turns the others.

    Args:
        found: as `multiverse.verdicts` returns it.
        factors: the study's factors.
    """
    main = found[found["kind"] == "main"]
    never, parts = [], []
    for row in main.itertuples():
        label = factors[row.term].label
        word, other = (HELPS, HURTS) if row.helps >= row.hurts else (HURTS, HELPS)
        often = {word: max(row.helps, row.hurts), f"{DEPENDS} company": row.depends}
        told = ", ".join(f"{verdict} in {number}" for verdict, number in often.items() if number)
        if row.turned:
            parts.append(f"{label} {told}, but {other} with {listed([universe_label(name) for name in row.turned])}")
        elif told:
            never.append(f"{label} ({told})")
    kept = [f"no choice turns {listed(never)}"] if never else []
    if not kept and not parts:
        return f"In none of {count(int(main['universes'].max()), 'universe')} is a main effect clear"
    return f"Of {count(int(main['universes'].max()), 'universe')}: {'; '.join([*kept, *parts])}"
