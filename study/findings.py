"""What sweeps found, in words that follow from their intervals, and their tables."""

from __future__ import annotations

import pandas as pd

from study import responses
from study.design import parse_arm
from study.exhibits import TableExhibit
from study.factors import TEXTBOOK, Factors
from study.inference import FEWEST_SEEDS
from study.responses import Choice
from study.results import SweepResults
from study.sweeps import text
from study.wording import arm_words, capital, count, decimals, estimate, listed, number, setting_label


def response_finding(choices: list[Choice], own, setting: str, factors: Factors = TEXTBOOK) -> str:
    """Return which value validation chooses in each arm, and whether it beats the study's own."""
    if not choices:
        return f"{capital(setting_label(setting))}: no seed is complete."
    return capital("; ".join(f"with {_arm(choice.arm, factors)}, {_chosen(choice, own)}" for choice in choices)) + "."


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

    rows = [
        (_arm(choice.arm, found.results.study.factors), text(choice.value), interval(choice.gain), interval(choice.matter), str(choice.seeds))
        for choice in found.choices()
    ]
    heads = ("Arm", "Chosen", "Gain over the study's own (pp)", "Best minus worst (pp)", "Seeds")
    caption = (
        f"The {setting_label(found.sweep.setting)} with the best mean validation accuracy, and test accuracy there: against the "
        f"study's own value, {text(found.own)}, and against the value that validation ranks last. In brackets: 95 % t intervals."
    )
    return TableExhibit(heads, rows, caption)


def effects_finding(table: pd.DataFrame, setting: str, factors: Factors = TEXTBOOK) -> str:
    """Return where each factor's effect is clear, as far as the intervals support it.

    Args:
        table: as `responses.effects` returns it.
        setting: the dotted setting.
        factors: the study's factors.
    """
    if table.empty or table["n_seeds"].min() < FEWEST_SEEDS:
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


def effects_table(found: SweepResults) -> TableExhibit:
    """Return every factor's Shapley value at every value of a sweep, and where it first includes zero."""
    table = found.effects()
    values = list(pd.unique(table["value"]))
    rows = []
    for name in found.results.study.factors.names:
        own = table[table["term"] == name].set_index("value")
        cells = [_signed(*own.loc[value, ["estimate", "ci_low", "ci_high"]]) for value in values]
        first = responses.vanishing(table, name)
        rows.append((found.results.study.factors[name].label, *cells, "–" if first is None else text(first)))
    caption = (
        f"Shapley value on test accuracy (pp) at each {setting_label(found.sweep.setting)}, with 95 % t intervals; last, the first "
        "value at which the interval includes zero."
    )
    return TableExhibit(("Factor", *map(text, values), "First includes zero"), rows, caption)


def _signed(mean: float, low: float, high: float) -> str:
    places = decimals(low, high)
    return f"{number(mean, places, sign=True)} [{number(low, places)}, {number(high, places)}]"
