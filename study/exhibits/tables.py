"""Estimates as tables: of an experiment, of an arm, and across experiments."""

from __future__ import annotations

import numpy as np

from study.analysis.experiment import ExperimentResults
from study.analysis.lattice import ends
from study.analysis.one_at_a_time import STYLES
from study.design.architectures.tasks import Metric, estimated
from study.design.arms import Arm
from study.design.factors import Factors, spelt
from study.exhibits import wording
from study.exhibits.exhibit import TableExhibit
from study.exhibits.wording import arm_words, capital, count, effect_label, listed, number, term_label, universe_label
from study.statistics.estimands import beside
from study.statistics.inference import CONFIDENCE, LEVEL, smallest_p
from study.statistics.interval import Interval


def arms(results: ExperimentResults) -> TableExhibit:
    """Return every arm's metrics, gap and epochs, best first by the one that decides."""
    decides, *others = (results.arms(name) for name in estimated(results.results.runs.columns))
    shown = decides.metric
    places = {"%": 1, "pp": 1, "epochs": 0}
    rows = [
        (
            arm_words(decides.arms[k]),
            decides.interval(k).words(signed=False, unit=False),
            *(number(each.mean[k], places.get(each.metric.unit, 3)) for each in others),
        )
        for k in np.argsort(-shown.better * decides.mean, kind="stable")
    ]
    short = {"test_ece": "ECE (%)", "test_nll": "Test NLL", "gap": "Gap (pp)", "epochs_run": "Epochs"}
    heads = ("Arm", *(short.get(each.name, each.axis) for each in (shown, *(other.metric for other in others))))
    n = len(decides.values)
    followed = results.results.study.task.followed.label
    caption = (
        f"All arms, by mean {shown.label}. Means of {count(n, 'seed')}; in brackets the {CONFIDENCE} t interval; gap: "
        f"training minus test {followed}."
    )
    return TableExhibit(heads, rows, caption)


def effects(results: ExperimentResults) -> TableExhibit:
    """Return four answers to what each factor is worth, side by side, and the main effect's test."""
    others = {kind: results.effects(kind) for kind in ("shapley", "add_one_in", "leave_one_out")}
    kinds = {"main": results.effects("main"), **others}
    kinds = {kind: table for kind, table in kinds.items() if len(table)}
    seeds = int(kinds["main"]["n_seeds"].iloc[0])
    least = min(1, len(results.factors) * smallest_p(seeds))
    tells = least <= 1 - LEVEL
    rows = []
    for factor in results.factors:
        main = kinds["main"].loc[factor.name]
        rows.append(
            (
                factor.label,
                *(_effect(table.loc[factor.name]) if factor.name in table.index else "–" for table in kinds.values()),
                *([number(main["p_holm"], 3)] if tells else []),
                main["verdict"],
            )
        )
    names = {
        "main": results.metric.effect("Main effect"),
        "shapley": "Shapley value",
        "add_one_in": "Added to none",
        "leave_one_out": "Left out of all",
    }
    heads = ("Regularizer", *(names[kind] for kind in kinds), *(["p (Holm)"] if tells else []), "Verdict")
    p = f", not on p, of its sign-flip test adjusted over the {results.factors.number}" if tells else ""
    caption = (
        f"What each regularizer is worth, in {results.metric.amounts}, with {CONFIDENCE} intervals that are "
        f"simultaneous over their column. The verdict is on the main effect{p}."
    )
    return TableExhibit(heads, rows, caption, frozenset({0, len(heads) - 1}))


def _effect(row) -> str:
    return Interval.of(row).words(unit=False)


def company(results: ExperimentResults) -> TableExhibit:
    """Return each factor's effect in company: alone, beside each other factor off and on, and beside all."""
    beside_one = results.effects("conditional")
    ends = {"alone": results.effects("add_one_in"), "beside all others": results.effects("leave_one_out")}
    rows = []
    for factor in results.factors:
        told = {words: table.loc[factor.name] for words, table in ends.items() if factor.name in table.index}
        rows += [(factor.label, words, _effect(row), "", row["verdict"]) for words, row in told.items()]
        for other in results.factors:
            if other != factor:
                off, on = (beside_one.loc[beside(factor.name, other.name, state)] for state in (0, 1))
                verdict = off["verdict"] if off["verdict"] == on["verdict"] else f"{off['verdict']} → {on['verdict']}"
                rows.append((factor.label, other.label, _effect(off), _effect(on), verdict))
    unit = results.metric.effect
    heads = ("Regularizer", "Beside", unit("Without it"), unit("With it"), "Verdict")
    caption = (
        f"What each regularizer is worth in company, in {results.metric.amounts}: alone, beside each other one off and "
        f"on, averaged over the rest, and beside all. In brackets {CONFIDENCE} intervals, simultaneous over all "
        "effects beside one other, over those alone, and over those beside all."
    )
    return TableExhibit(heads, rows, caption, frozenset({0, 1, 4}))


def multiverse(found, experiment: str, factors: Factors, metric: Metric) -> TableExhibit:
    """Return, for each main and conditional effect, how it and its verdict differ over universes.

    Args:
        found: as `multiverse.verdicts` returns it.
        experiment: the experiment's title.
        factors: the study's factors.
    """
    rows = [
        (
            effect_label(row.term, factors),
            f"{number(row.low, 1, True)} to {number(row.high, 1, True)}",
            row.helps,
            row.hurts,
            row.depends,
            row.universes - row.helps - row.hurts - row.depends,
            listed([universe_label(name) for name in row.turned]) or "–",
        )
        for row in found.itertuples()
    ]
    heads = (
        "Effect",
        metric.effect("Smallest to largest"),
        "Helps",
        "Hurts",
        "Depends",
        "Not clear",
        "Turned round by",
    )
    caption = (
        f"What other choices do to each effect on {experiment}: in how many universes it helps, hurts or depends on "
        "another regularizer, by the rule for verdicts, and which choices turn what most of them say."
    )
    return TableExhibit(heads, rows, caption, frozenset({0, 6}))


def audit(results: ExperimentResults) -> TableExhibit:
    """Return, factor by factor, sign and rank by each style of ablation, and whether they agree."""
    table, agreement = results.audit(), results.rank_agreement()
    signs = {1: "+", -1: "−", 0: "·"}
    misled = {"opposite": "reverse"}
    rows = []
    for factor in results.factors:
        row = table.loc[factor.name]
        wrong = [
            f"{words}: {misled.get(kind, kind)}"
            for style, words in (("add_one_in", "added"), ("leave_one_out", "left out"))
            for kind in [row[f"{style}_misled"]]
            if kind
        ]
        rows.append(
            (
                factor.label,
                *(f"{signs[row[f'{style}_sign']]} ({row[f'{style}_rank']})" for style in STYLES),
                "yes" if row["same_sign"] else "no",
                "yes" if row["same_rank"] else "no",
                ", ".join(wrong) or "–",
            )
        )
    heads = (
        "Regularizer",
        "Main effect",
        "Shapley value",
        "Added to none",
        "Left out of all",
        "Same sign",
        "Same rank",
        "One at a time misleads",
    )
    taus = listed(
        [
            f"{label} {Interval(*row, None, '').words(signed=False, places=2)}"
            for label, row in zip(("main effect", "added to none", "left out of all"), agreement.to_numpy())
        ]
    )
    caption = (
        "Do the four answers agree? + helps, − hurts, · neither is clear; in brackets the rank among the "
        f"{results.factors.number}. Agreement with the ranking by Shapley values, Kendall's τ, mean over seeds with 95 "
        f"% t interval: {taus}."
    )
    return TableExhibit(heads, rows, caption, frozenset(range(len(heads))))


def shares(results: ExperimentResults) -> TableExhibit:
    """Return how the variance between arms splits by order of effect."""
    names = {1: "single regularizers", 2: "pairs", len(results.factors): f"all {results.factors.number}"}
    rows = []
    for order, row in results.variance_shares().iterrows():
        found = Interval(*(100 * row[key] for key in ("share", "ci_low", "ci_high")), None, "%")
        share = found.words(signed=False, unit=False) if row["share"] == row["share"] else "–"
        rows.append((names.get(order, f"groups of {spelt(order)}"), int(row["terms"]), share))
    caption = (
        f"Variance between the {2 ** len(results.factors)} arms' means by order of effect, noise taken off, with "
        f"{CONFIDENCE} jackknife intervals over seeds; chance can push a small share below zero."
    )
    return TableExhibit(("Made by", "Effects", "Share of variance (%)"), rows, caption)


def interactions(results: ExperimentResults) -> TableExhibit:
    """Return the interactions of three and more factors."""
    return _interactions(results, lambda size: size > 2, "three and more")


def pairs(results: ExperimentResults) -> TableExhibit:
    """Return the interactions of pairs."""
    return _interactions(results, lambda size: size == 2, "pairs")


def _interactions(results: ExperimentResults, wanted, which: str) -> TableExhibit:
    table = results.effects("interaction")
    kept = table[[wanted(1 + term.count(":")) for term in table.index]]
    rows = [
        (term_label(term, results.factors), _effect(row), number(row["p_value"], 3), row["verdict"])
        for term, row in kept.iterrows()
    ]
    heads = ("Regularizers", results.metric.effect("Interaction"), "p (sign-flip)", "Verdict")
    caption = (
        f"Interactions of {which}, with {CONFIDENCE} intervals that are simultaneous over those of an order: "
        "*reinforce* if they are worth more together than apart, *substitute* if less, else *undecided*. The p-values "
        "are each for itself."
    )
    return TableExhibit(heads, rows, caption, frozenset({0, 3}))


def across(table, titles: dict[str, str], factors: Factors, metric: Metric) -> TableExhibit:
    """Return main effects by experiment.

    Args:
        table: as `agreement.by_experiment` returns it.
        titles: the experiments' titles by name.
        factors: the study's factors.
        metric: what they are effects on.
    """
    rows = []
    for factor in factors:
        found = table[table["term"] == factor.name].set_index("experiment")
        rows.append((factor.label, *(f"{_effect(found.loc[name])} {found.loc[name, 'verdict']}" for name in titles)))
    heads = ("Regularizer", *titles.values())
    caption = (
        f"Main effects in {metric.amounts}, means of {wording.seeds_behind(table['n_seeds'])}, with verdicts and "
        f"{CONFIDENCE} intervals that are simultaneous over the {factors.number} of a data set; averaged over the "
        "others."
    )
    return TableExhibit(heads, rows, caption, frozenset(range(len(heads))))


def power(results: ExperimentResults) -> TableExhibit:
    """Return, for each main effect, the smallest that so many seeds find."""
    rows = []
    for factor in results.factors:
        row = results.effects("main").loc[factor.name]
        rows.append((factor.label, _effect(row), number(row["detectable"], 2), row["verdict"]))
    heads = ("Regularizer", results.metric.effect("Main effect"), results.metric.effect("Detectable"), "Verdict")
    caption = (
        "Could a smaller effect have been seen? Detectable: the smallest whose simultaneous interval excludes zero "
        "with 80 % power, with as many seeds, varying as these do."
    )
    return TableExhibit(heads, rows, caption, frozenset({0, 3}))


def comparison(results: ExperimentResults, arm: Arm) -> TableExhibit:
    """Return one arm beside `none` and `all`, on every metric."""
    shown = {each.name: each for each in (arm, *ends(results.lattice()).values())}
    rows = []
    for name in estimated(results.results.runs.columns):
        found = results.lattice(name)
        cells = [Interval.over(found.arm(each)).words(signed=False, unit=False) for each in shown.values()]
        rows.append((found.metric.axis, *cells))
    heads = ("", *(capital(arm_words(each)) for each in shown.values()))
    n = len(results.lattice().seeds)
    return TableExhibit(
        heads, rows, f"This arm beside {_ends_of(results)}. Means of {count(n, 'seed')} with {CONFIDENCE} t intervals."
    )


def _ends_of(results: ExperimentResults) -> str:
    return "the two ends" if results.lattice().whole else "the ends of the lattice that were run"


def differences(found: dict[str, Interval], metric: Metric) -> TableExhibit:
    """Return an arm's paired differences from the ends of its lattice in a metric, as `lattice.against_ends` returns
    them."""
    rows = [(f"this arm − {label}", d.words(), d.verdict) for label, d in found.items()]
    return TableExhibit(
        ("Comparison", f"Difference in {metric.label}", "Verdict"),
        rows,
        f"Paired differences, seed by seed, with {CONFIDENCE} intervals that are simultaneous over both.",
        frozenset({0, 2}),
    )
