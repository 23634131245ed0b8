"""What sweeps found, in words that follow from their intervals, and their tables."""

from __future__ import annotations

import pandas as pd

from study.analysis import sweep_effects
from study.analysis.convergence import LATE
from study.analysis.sweep import SweepResults
from study.analysis.sweep_effects import Choice
from study.design.arms import parse_arm
from study.design.factors import TEXTBOOK, Factors, spelt
from study.design.sweeps import text
from study.exhibits.exhibit import Prose, TableExhibit
from study.exhibits.wording import (
    arm_words,
    capital,
    count,
    decimals,
    estimate,
    listed,
    number,
    setting_label,
    term_label,
    worth_bound,
)
from study.statistics.inference import FEWEST_SEEDS

MANY = 4
"""Arms of a sweep up to which each is told on its own."""


def sweep_introduction(found: SweepResults) -> str:
    """Return what a sweep asks, what it varies, and what else differs from its experiment."""
    sweep = found.sweep
    also = "; ".join(
        f"{setting_label(setting)} {listed([text(v) for v in chosen] if isinstance(chosen, tuple) else [text(chosen)])}"
        for setting, chosen in sweep.also.items()
    )
    rest = f"Also set here: {also}. Everything else is" if also else "Everything else is"
    late, stopping = found.late()
    budget = (
        f" The budget was short for {late} of {count(stopping, 'cell')} with early stopping: their best epoch lies in its last "
        f"{100 * LATE:.0f} %."
        if stopping
        else ""
    )
    return (
        f"*{sweep.question}* One setting is varied, {setting_label(sweep.setting)} (`{sweep.setting}`). {rest} as in the "
        f"experiment *{found.title}*.{budget}"
    )


def response_finding(choices: list[Choice], own, setting: str, factors: Factors = TEXTBOOK) -> str:
    """Return which value validation chooses in each arm, and whether it beats the study's own; of many arms, in how
    many it does."""
    if not choices:
        return f"{capital(setting_label(setting))}: no seed is complete."
    if len(choices) > MANY:
        return (
            f"{capital(setting_label(setting))} chosen on validation: of {len(choices)} arms, {_counted(choices, own)}."
        )
    return capital("; ".join(f"with {_arm(choice.arm, factors)}, {_chosen(choice, own)}" for choice in choices)) + "."


def _counted(choices: list[Choice], own) -> str:
    """Return, of many arms, in how many the chosen value is better than the study's own, worse, or neither."""
    few = {choice.arm for choice in choices if choice.seeds < FEWEST_SEEDS}
    same = [choice for choice in choices if choice.value == own]
    judged = [choice for choice in choices if choice.value != own and choice.gain is not None and choice.arm not in few]
    kinds = {
        "is the study's own in": len(same),
        f"is better than the study's own {text(own)} in": sum(choice.gain[1] > 0 for choice in judged),
        "is worse in": sum(choice.gain[2] < 0 for choice in judged),
        "is not clearly different in": sum(choice.gain[1] <= 0 <= choice.gain[2] for choice in judged),
        "has too few seeds in": sum(
            choice.value != own and choice.gain is not None and choice.arm in few for choice in choices
        ),
        "cannot be held against the study's own, which is not among them, in": sum(
            choice.gain is None for choice in choices
        ),
    }
    return "it " + ", ".join(f"{words} {number_of}" for words, number_of in kinds.items() if number_of)


def _arm(name: str, factors: Factors) -> str:
    return arm_words(parse_arm(name, factors)) + (" alone" if "+" not in name and name not in ("none", "all") else "")


def _chosen(choice: Choice, own) -> str:
    value = text(choice.value)
    if choice.value == own:
        return f"validation chooses {value}, the study's own"
    if choice.gain is None:
        return f"validation chooses {value}"
    mean, low, high = choice.gain
    against = f"({estimate(mean, low, high, 'pp')})"
    if choice.seeds < FEWEST_SEEDS:
        return f"validation chooses {value}; {count(choice.seeds, 'seed')} are too few to say whether it is better"
    if low > 0:
        return f"{value}, chosen on validation, is better than the study's own {text(own)} {against}"
    if high < 0:
        return f"{value}, chosen on validation, is worse than the study's own {text(own)} {against}"
    return f"{value}, chosen on validation, is not clearly better than the study's own {text(own)} {against}"


def choice_table(found: SweepResults) -> TableExhibit:
    """Return, for each arm, the chosen value, its gain over the study's own, and how much choosing matters."""

    def interval(three) -> str:
        if three is None:
            return "–"
        places = decimals(three[1], three[2])
        return f"{number(three[0], places, sign=True)} [{number(three[1], places)}, {number(three[2], places)}]"

    at = found.responses().set_index(["arm", "value"])[["estimate", "ci_low", "ci_high"]]
    rows = [
        (
            _arm(choice.arm, found.results.study.factors),
            text(choice.value),
            _plain(*at.loc[(choice.arm, choice.value)]),
            interval(choice.gain),
            interval(choice.matter),
            str(choice.seeds),
        )
        for choice in found.choices()
    ]
    heads = (
        "Arm",
        "Chosen",
        "Test accuracy there (%)",
        "Gain over the study's own (pp)",
        "Best minus worst (pp)",
        "Seeds",
    )
    caption = (
        f"The {setting_label(found.sweep.setting)} with the best mean validation accuracy, and test accuracy there: against the "
        f"study's own value, {text(found.own)}, and against the value that validation ranks last. In brackets: 95 % t intervals."
    )
    return TableExhibit(heads, rows, caption)


def effects_finding(table: pd.DataFrame, setting: str, factors: Factors = TEXTBOOK) -> str:
    """Return where each factor's effect is clear, as far as the intervals support it.

    Args:
        table: as `sweep_effects.effects` returns it.
        setting: the dotted setting.
        factors: the study's factors.
    """
    if table.empty:
        return f"Effects over {setting_label(setting)}: no value has a complete seed."
    if table["n_seeds"].min() < FEWEST_SEEDS:
        return f"Effects over {setting_label(setting)}: fewer than {FEWEST_SEEDS} seeds are too few for a finding."
    kinds: dict[str, list[str]] = {}
    for name in factors.names:
        rows = table[table["term"] == name]
        sign = (rows["ci_low"] > 0).astype(int) - (rows["ci_high"] < 0).astype(int)
        kinds.setdefault(_course(list(sign), list(rows["value"])), []).append(factors[name].label)
    said = "; ".join(f"{listed(labels)} {course}" for course, labels in kinds.items())
    return f"Over {setting_label(setting)}: {said}."


def _course(signs: list[int], values: list) -> str:
    words = {1: "helps", -1: "hurts", 0: "is not clear"}
    if len(set(signs)) == 1:
        return f"{words[signs[0]]} throughout"
    parts = []
    for sign in (1, -1):
        at = [text(value) for value, found in zip(values, signs) if found == sign]
        if at:
            parts.append(f"{words[sign]} at {listed(at)}")
    return " and ".join(parts)


def effects_table(found: SweepResults) -> TableExhibit | Prose:
    """Return every factor's Shapley value at every value of a sweep, and where it first includes zero, as does its
    effect with the others on; a sentence if no value has a complete seed."""
    table, given = found.effects(), found.effects("leave_one_out")
    if table.empty:
        return Prose(effects_finding(table, found.sweep.setting))
    values = list(pd.unique(table["value"]))
    ordered = found.ordered
    rows = []
    for name in found.results.study.factors.names:
        own = table[table["term"] == name].set_index("value")
        cells = [_signed(*own.loc[value, ["estimate", "ci_low", "ci_high"]]) for value in values]
        first = [_first(sweep_effects.vanishing(effects, name)) for effects in (table, given)] if ordered else []
        rows.append((found.results.study.factors[name].label, *cells, *first))
    caption = (
        f"Shapley value on test accuracy (pp) at each {setting_label(found.sweep.setting)}, with 95 % t intervals."
    )
    if lost := [text(value) for value in found.sweep.values if value not in values]:
        caption += f" Left out: {listed(lost)}, without a complete seed."
    heads = ("Factor", *map(text, values))
    if ordered:
        others = spelt(len(found.results.study.factors) - 1)
        heads += ("First includes zero", f"… with the other {others} on")
        caption += (
            " Last: the first value at which the interval includes zero, of the Shapley value, and of the effect of adding "
            f"the factor to the other {others}; – where it excludes zero throughout."
        )
    return TableExhibit(heads, rows, caption)


def _first(value) -> str:
    return "–" if value is None else text(value)


def equivalence_finding(table: pd.DataFrame) -> str:
    """Return what the best arm is worth in training examples at the smallest number of them, as its intervals tell.

    Whether it is worth more at all is decided by its gain in accuracy, paired by seed: where a seed lies outside the
    curve, k is a bound, and an interval of bounds decides nothing. How much more is said where k's interval agrees.

    Args:
        table: as `sweep_effects.equivalence` returns it.
    """
    if table.empty or table["n_seeds"].min() < FEWEST_SEEDS:
        return ""
    row = table.iloc[0]
    at, gain = f"At {text(row['value'])} examples", int(row["gain_low"] > 0) - int(row["gain_high"] < 0)
    if row["below"] and gain:
        return (
            f"{at} the best arm is worth {'more' if gain > 0 else 'less'} data; how much is open, as in {count(row['below'], 'seed')} "
            "it does worse than no regularization on the fewest examples."
        )
    k = int(row["ci_low"] > 1) - int(row["ci_high"] < 1)
    if not gain or k != gain or (row["beyond"] and k < 0):
        return f"{at} it is open whether the best arm is worth more data."
    if row["beyond"]:
        return f"{at} the best arm is worth at least {number(row['estimate'])} times the data."
    return (
        f"{at} the best arm is worth {number(row['estimate'])} times the data "
        f"[{number(row['ci_low'])}, {number(row['ci_high'])}]."
    )


def worth(found: SweepResults) -> str:
    """Return a sweep's last words: the table of what the best arm is worth, where training examples are varied."""
    if not found.over_examples:
        return ""
    if (measured := found.equivalence()).empty:
        return "What the best arm is worth in training examples is open: no seed is complete at two numbers of them or more."
    table = equivalence_table(measured, found.results.study.factors)
    return f"{table.markdown()}\n\n: {table.caption} {{#tbl-worth-{found.name}}}"


def equivalence_table(table: pd.DataFrame, factors: Factors = TEXTBOOK) -> TableExhibit:
    """Return, at each number of training examples, the best arm and how many times the data it is worth."""
    rows = [
        (
            text(row.value),
            arm_words(parse_arm(row.arm, factors)),
            f"{bound}{number(row.estimate)}"
            if (bound := worth_bound(row.beyond, row.below))
            else _plain(row.estimate, row.ci_low, row.ci_high),
            f"{row.beyond} of {row.n_seeds}",
            f"{row.below} of {row.n_seeds}",
        )
        for row in table.itertuples()
    ]
    caption = (
        "How many times the training examples the best arm, by mean validation accuracy, is worth: k times as many give the arm "
        "without regularization the same test accuracy; interpolated on log n, seed by seed; geometric mean with 95 % t "
        "interval. Beyond: seeds in which no number that was tried suffices and the largest counts, so that k is a lower bound "
        "(≥). Below: seeds in which even the fewest do better and count, so that k is an upper bound (≤)."
    )
    return TableExhibit(
        ("Training examples", "Best arm", "Worth, times the data", "Seeds beyond", "Seeds below"), rows, caption
    )


def interaction_finding(table: pd.DataFrame, factors: Factors = TEXTBOOK) -> str:
    """Return at which values of a setting two factors' interaction is clear.

    Args:
        table: rows of one interaction, as `sweep_effects.effects` returns them.
        factors: the study's factors.
    """
    if table.empty or table["n_seeds"].min() < FEWEST_SEEDS:
        return ""
    sign = (table["ci_low"] > 0).astype(int) - (table["ci_high"] < 0).astype(int)
    label = capital(term_label(table["term"].iloc[0], factors))
    words = {1: "they help each other", -1: "one takes over some of the other's effect", 0: "no clear interaction"}
    if len(set(sign)) == 1:
        return f"{label}: {words[sign.iloc[0]]} throughout."
    parts = [
        f"{words[kind]} at {listed([text(v) for v, s in zip(table['value'], sign) if s == kind])}"
        for kind in (1, -1, 0)
        if kind in set(sign)
    ]
    return f"{label}: {'; '.join(parts)}."


def _plain(mean: float, low: float, high: float) -> str:
    places = decimals(low, high)
    return f"{number(mean, places)} [{number(low, places)}, {number(high, places)}]"


def _signed(mean: float, low: float, high: float) -> str:
    places = decimals(low, high)
    return f"{number(mean, places, sign=True)} [{number(low, places)}, {number(high, places)}]"
