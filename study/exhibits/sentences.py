"""What effects say, as sentences and titles.

Every sentence follows from verdicts and intervals by rule; no number and no finding is typed.
"""

from __future__ import annotations

import pandas as pd

from study.analysis.agreement import disagreements, flips
from study.analysis.one_at_a_time import CLAIMED, MISSED, ONE_SIDED, OPPOSITE
from study.design.architectures.tasks import METRICS
from study.design.factors import Factors
from study.exhibits.wording import by_verdict, capital, count, labels, listed, too_few, verb
from study.statistics.inference import CONFIDENCE
from study.statistics.interval import HELPS, HURTS, Interval, amount, decimals
from study.statistics.placebo import Placebo


def finding(effects: pd.DataFrame, factors: Factors) -> str:
    """Return a title: `Augmentation and dropout help; early stopping hurts; L2 undecided`.

    Args:
        effects: main effects of one experiment and metric, indexed by term.
        factors: the study's factors.
    """
    return capital(verdicts(effects, factors))


def verdicts(effects: pd.DataFrame, factors: Factors) -> str:
    """Return what `finding` does, to go on a sentence."""
    found = by_verdict(effects)
    if found["silent"]:
        return too_few(int(effects["n_seeds"].iloc[0]))
    parts = [
        f"{listed(labels(found[kind], factors))} {verb(kind, found[kind])}" for kind in (HELPS, HURTS) if found[kind]
    ]
    parts += [f"{factors[term].label} {effects.loc[term, 'verdict'].partition(':')[0]}" for term in found["depends"]]
    if found["none"]:
        parts.append(f"{listed(labels(found['none'], factors))}: {effects.loc[found['none'][0], 'verdict']}")
    if found["undecided"]:
        parts.append(f"{listed(labels(found['undecided'], factors))} undecided")
    return "; ".join(parts)


def answer(title: str, effects: pd.DataFrame, factors: Factors, arms: int) -> str:
    """Return the sentence that answers the question for one experiment.

    Args:
        title: the experiment's title.
        effects: main effects on test accuracy, indexed by term.
        factors: the study's factors.
        arms: how many were run.
    """
    if too_few(seeds := int(effects["n_seeds"].iloc[0])):
        said = listed(_told(by_verdict(effects)["silent"], effects, factors))
        return f"On {title}, {count(seeds, 'seed')} are too few for a verdict; {said}."
    return f"On {title}, {averaged(factors, arms)}, {by_kind(effects, factors)}."


def by_kind(effects: pd.DataFrame, factors: Factors) -> str:
    """Return effects by their verdicts: `dropout (+0.7 pp [0.4, 1.1]) helps; L2 (…) is undecided`.

    Args:
        effects: of one experiment and metric, with enough seeds for a verdict, indexed by term.
        factors: the study's factors.
    """
    found = by_verdict(effects)
    told = {kind: listed(_told(terms, effects, factors)) for kind, terms in found.items()}
    parts = [f"{told[kind]} {verb(kind, found[kind])}" for kind in (HELPS, HURTS) if found[kind]]
    parts += [f"{factors[term].label} {effects.loc[term, 'verdict']}" for term in found["depends"]]
    if found["none"]:
        words = effects.loc[found["none"][0], "verdict"]
        parts.append(f"{told['none']} {'has' if len(found['none']) == 1 else 'have'} {words}")
    if found["undecided"]:
        parts.append(f"{told['undecided']} {'is' if len(found['undecided']) == 1 else 'are'} undecided")
    return "; ".join(parts)


def _told(terms: list[str], effects: pd.DataFrame, factors: Factors) -> list[str]:
    return [f"{factors[term].label} ({Interval.of(effects.loc[term]).words()})" for term in terms]


def averaged(factors: Factors, arms: int) -> str:
    """Return over what a main effect averages: `averaged over the 16 combinations of the others`; of a fraction, whose
    arms do not pair, `averaged over the 128 arms with each and the 128 without`."""
    half = 2 ** (len(factors) - 1)
    if arms == 2 * half:
        return f"averaged over the {half} combinations of the others"
    return f"averaged over the {arms // 2} arms with each and the {arms - arms // 2} without"


def placebo_sentence(chance: Placebo | None, unit: str) -> str:
    """Return how large an effect chance alone makes: see `placebo.placebo`; None for a single seed."""
    if chance is None:
        return "With a single seed, chance cannot be told from effect."
    within = amount(chance.floor, unit, decimals(chance.low, chance.high))
    return (
        f"A placebo, a regularizer that does nothing, has a main effect within ±{within} in {CONFIDENCE} of "
        f"{chance.draws:,} draws. What a real effect varies by from seed to seed is not in it, but in the intervals."
    )


def shares_sentence(shares: pd.DataFrame) -> str:
    """Return how the variance between arms splits into single factors, pairs and larger groups; if it does."""
    if len(shares) == 1:
        return ""
    if shares["share"].isna().any():
        return "The differences between arms do not stand out from chance enough to be split by order."
    if ((shares["ci_high"] - shares["ci_low"]) > 1).any():
        return (
            "The differences between arms are too small beside chance to say how much of them single regularizers make "
            "and how much groups of them."
        )

    def told(order: int) -> str:
        ends = (100 * float(shares.loc[order, key]) for key in ("share", "ci_low", "ci_high"))
        return Interval(*ends, None, "%").words(signed=False, places=0)

    return (
        f"Of the variance between the {int(shares['terms'].sum()) + 1} arms' means, {told(1)} is made by the "
        f"regularizers alone and {told(2)} by pairs" + ("; larger groups make the rest." if len(shares) > 2 else ".")
    )


def audit_sentence(table: pd.DataFrame, title: str, seeds: int, factors: Factors) -> str:
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
            (ONE_SIDED, "would have shown one side only of"),
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


def flips_finding(table: pd.DataFrame, seeds: int, factors: Factors) -> str:
    """Return a title: which factors' verdicts turn round between metrics.

    Args:
        table: as `agreement.improvements` returns it.
        seeds: number of seeds behind it.
        factors: the study's factors.
    """
    if too_few(seeds):
        return too_few(seeds)
    signs, decides = table.set_index(["term", "metric"])["sign"], table["metric"].iloc[0]
    found: dict[str, list[str]] = {}
    for term, name in flips(table):
        found.setdefault(term, []).append(METRICS[name].label)
    if not found:
        names = {"test_ece": "calibration"}
        told = listed([names.get(name) or METRICS[name].measure for name in dict.fromkeys(table["metric"])])
        return f"No regularizer's verdict turns round between {told}"
    does = {1: (HELPS, HURTS), -1: (HURTS, HELPS)}
    told = []
    for term, names in found.items():
        first, then = does[signs[term, decides]]
        told.append(f"{factors[term].label} {first} {METRICS[decides].label} but {then} {listed(names)}")
    return capital("; ".join(told))


def across_finding(table: pd.DataFrame, factors: Factors) -> str:
    """Return a title: which regularizers agree over experiments, and which do not.

    Args:
        table: as `agreement.by_experiment` returns it.
        factors: the study's factors.
    """
    if fewest := too_few(int(table["n_seeds"].min())):
        return fewest
    signs = table.groupby("term")["sign"].agg(set)
    turned = disagreements(table)
    parts = []
    for kind, sign in ((HELPS, 1), (HURTS, -1)):
        if everywhere := [name for name in factors.names if signs[name] == {sign}]:
            parts.append(f"{listed(labels(everywhere, factors))} {verb(kind, everywhere)} everywhere")
    if turned:
        parts.append(f"{listed(labels(turned, factors))} {verb(HELPS, turned)} here and {verb(HURTS, turned)} there")
    return capital("; ".join(parts)) if parts else "No regularizer has the same clear verdict on every data set"


def across_sentence(table: pd.DataFrame, titles: dict[str, str], factors: Factors) -> str:
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
