"""What sweeps found, in words that follow from their intervals, and their tables."""

from __future__ import annotations

import re

import pandas as pd

from study.analysis.sweeping import sweep_effects
from study.analysis.sweeping.sweep import SweepResults
from study.analysis.sweeping.sweep_effects import Choice
from study.design.architectures.tasks import Metric
from study.design.arms import parse_arm
from study.design.factors import Factors, spelt
from study.design.studyfile import Sweep
from study.design.sweeps import plain
from study.exhibits.exhibit import Prose, TableExhibit
from study.exhibits.wording import (
    also_set,
    arm_words,
    capital,
    count,
    listed,
    number,
    place_label,
    setting_label,
    term_label,
    value_words,
    varied,
    worth_bound,
)  # fmt: skip
from study.statistics.inference import CONFIDENCE, FEWEST_SEEDS
from study.statistics.interval import NONE, UNDECIDED, Interval, sign_of

MANY = 4
"""Arms of a sweep up to which each is told on its own."""


def sweep_introduction(found: SweepResults) -> str:
    """Return what a sweep asks, what it varies, and what else differs from its experiment."""
    sweep = found.sweep
    also = also_set(sweep)
    rest = f"Also set: {also}; all" if also else "All"
    what = f"{varied(sweep)}, by {setting_label(sweep.setting)}" if sweep.labels else varied(sweep)
    return f"*{sweep.question}* Varied: {what} (`{sweep.setting}`). {rest} else as in *{found.title}*."


def response_finding(choices: list[Choice], own, setting: str, factors: Factors) -> str:
    """Return which value validation chooses in each arm, and whether it beats the study's own; of many arms, in how
    many it does."""
    if not choices:
        return f"{capital(setting_label(setting))}: no seed is complete."
    kinds = [_kind(choice, own) for choice in choices]
    if len(choices) > MANY:
        counted = [
            f"{words.format(own=value_words(own))} {kinds.count(kind)}"
            for kind, words in COUNTED.items()
            if kind in kinds
        ]
        return (
            f"{capital(setting_label(setting))} chosen on validation: of {len(choices)} arms, it {', '.join(counted)}."
        )
    told = []
    for choice, kind in zip(choices, kinds, strict=True):
        gain = choice.gain.words() if choice.gain else ""
        said = TOLD[kind].format(
            value=value_words(choice.value), own=value_words(own), gain=gain, seeds=count(choice.matter.seeds, "seed")
        )
        told.append(f"with {_arm(choice.arm, factors)}, {said}")
    return capital("; ".join(told)) + "."


SAME, BETTER, WORSE, OPEN, FEW, UNKNOWN = "same", "better", "worse", "open", "few", "unknown"
TOLD = {
    SAME: "validation chooses {value}, the study's own",
    BETTER: "{value}, chosen on validation, is better than the study's own {own} ({gain})",
    WORSE: "{value}, chosen on validation, is worse than the study's own {own} ({gain})",
    OPEN: "{value}, chosen on validation, is not clearly better than the study's own {own} ({gain})",
    FEW: "validation chooses {value}; {seeds} are too few to say whether it is better",
    UNKNOWN: "validation chooses {value}",
}
"""What is said of one arm's choice, by how it stands to the study's own value."""
COUNTED = {
    SAME: "is the study's own in",
    BETTER: "is better than the study's own {own} in",
    WORSE: "is worse in",
    OPEN: "is not clearly different in",
    FEW: "has too few seeds in",
    UNKNOWN: "cannot be held against the study's own, which is not among them, in",
}
"""What is said of many arms' choices, in this order."""


def _kind(choice: Choice, own) -> str:
    """Return how the chosen value stands to the study's own."""
    if choice.value == own:
        return SAME
    if choice.gain is None:
        return UNKNOWN
    return {1: BETTER, -1: WORSE, 0: OPEN}[choice.gain.sign] if choice.gain.enough else FEW


def _arm(name: str, factors: Factors) -> str:
    return arm_words(parse_arm(name, factors)) + (" alone" if "+" not in name and name not in ("none", "all") else "")


def choice_table(found: SweepResults) -> TableExhibit:
    """Return, for each arm, the chosen value, its gain over the study's own, and how much choosing matters."""
    at = found.responses().set_index(["arm", "value"])
    rows = [
        (
            _arm(choice.arm, found.results.study.factors),
            value_words(choice.value),
            _plain(at.loc[(choice.arm, choice.value)]),
            choice.gain.words(unit=False) if choice.gain else "–",
            choice.matter.words(unit=False),
            str(choice.matter.seeds),
        )
        for choice in found.choices()
    ]
    shown = found.metric
    heads = (
        "Arm",
        "Chosen",
        shown.axis.replace(shown.measure, f"{shown.measure} there", 1),
        shown.effect("Gain over the study's own"),
        shown.effect("Best minus worst"),
        "Seeds",
    )
    caption = (
        f"The {setting_label(found.sweep.setting)} with the best mean validation {shown.measure}, and {shown.label} "
        f"there: against the study's own value, {value_words(found.own)}, and against the value that validation ranks "
        f"last. In brackets: {CONFIDENCE} intervals, of differences simultaneous over the arms."
    )
    return TableExhibit(heads, rows, caption)


def effects_finding(table: pd.DataFrame, sweep: Sweep, factors: Factors) -> str:
    """Return where each factor's effect is clear, as far as the intervals support it.

    Args:
        table: as `sweep_effects.effects` returns it.
        sweep: what is varied.
        factors: the study's factors.
    """
    if table.empty:
        return f"Effects over {varied(sweep)}: no value has a complete seed."
    if table["n_seeds"].min() < FEWEST_SEEDS:
        return f"Effects over {varied(sweep)}: fewer than {FEWEST_SEEDS} seeds are too few for a finding."
    kinds: dict[str, list[str]] = {}
    for name in factors.names:
        rows = table[table["term"] == name]
        kinds.setdefault(_course(rows, sweep), []).append(factors[name].label)
    said = "; ".join(
        f"{listed(labels)} {course if len(labels) == 1 else VERB.sub(lambda verb: PLURAL[verb[0]], course)}"
        for course, labels in kinds.items()
    )
    return f"Over {varied(sweep)}: {said}."


PLURAL = {"has": "have", "helps": "help", "hurts": "hurt", "depends": "depend", "is": "are"}
VERB = re.compile(rf"\b(?:{'|'.join(PLURAL)})\b")
"""The verbs of what is said of one factor's course, as they are said of several."""


def _course(rows: pd.DataFrame, sweep: Sweep) -> str:
    """Return at which values an effect's verdict is which, but for *undecided*: that is said if it is so throughout."""
    by_kind: dict[str, list[str]] = {}
    for value, verdict in zip(rows["value"], rows["verdict"]):
        kind = verdict.partition(":")[0]
        kind = {UNDECIDED: "is undecided"}.get(kind, f"has {kind}" if kind.startswith(NONE) else kind)
        by_kind.setdefault(kind, []).append(place_label(sweep, value))
    if len(by_kind) == 1:
        return f"{next(iter(by_kind))} throughout"
    return " and ".join(f"{kind} at {listed(at)}" for kind, at in by_kind.items() if kind != "is undecided")


def effects_table(found: SweepResults) -> TableExhibit | Prose:
    """Return every factor's main effect at every value of a sweep, and where it first includes zero, as does its
    effect with the others on; a sentence if no value has a complete seed."""
    table, given = found.effects(), found.effects("leave_one_out")
    if table.empty:
        return Prose(effects_finding(table, found.sweep, found.results.study.factors))
    values = list(pd.unique(table["value"]))
    ordered = found.ordered and not found.sweep.labels
    rows = []
    for name in found.results.study.factors.names:
        own = table[table["term"] == name].set_index("value")
        cells = [Interval.of(own.loc[value]).words(unit=False) for value in values]
        first = [_first(sweep_effects.vanishing(effects, name)) for effects in (table, given)] if ordered else []
        rows.append((found.results.study.factors[name].label, *cells, *first))
    caption = (
        f"Main effects over {varied(found.sweep)}, in {found.metric.amounts}, with {CONFIDENCE} "
        f"intervals, simultaneous over the {len(found.results.study.factors)} of a value."
    )
    if lost := [place_label(found.sweep, value) for value in found.sweep.values if plain(value) not in values]:
        caption += f" Left out: {listed(lost)}, without a complete seed."
    heads = ("Factor", *(place_label(found.sweep, value) for value in values))
    if ordered:
        others = spelt(len(found.results.study.factors) - 1)
        heads += ("First includes zero", f"… with the other {others} on")
        caption += f" Last: the first value whose interval includes zero; the same of adding it to the other {others}."
    return TableExhibit(heads, rows, caption)


def _first(value) -> str:
    return "–" if value is None else value_words(value)


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
    times, at = Interval.of(row, "times the data"), f"At {value_words(row['value'])} examples"
    gain = Interval(row["gain"], row["gain_low"], row["gain_high"], times.seeds).sign
    if row["below"] and gain:
        return (
            f"{at} the best arm is worth {'more' if gain > 0 else 'less'} data; how much is open, as in "
            f"{count(row['below'], 'seed')} it does worse than no regularization on the fewest examples."
        )
    if not gain or times.side(1) != gain or (row["beyond"] and gain < 0):
        return f"{at} it is open whether the best arm is worth more data."
    if row["beyond"]:
        return f"{at} the best arm is worth at least {number(times.mean)} times the data."
    return f"{at} the best arm is worth {times.words(signed=False, places=1)}."


def worth(found: SweepResults) -> str:
    """Return a sweep's last words: the table of what the best arm is worth, where training examples are varied."""
    if not found.over_examples:
        return ""
    if (measured := found.equivalence()).empty:
        return (
            "What the best arm is worth in training examples is open: "
            "no seed is complete at two numbers of them or more."
        )
    known = found.results.study.factors
    return equivalence_table(measured, known, found.metric).labelled(f"worth-{found.name}")


def equivalence_table(table: pd.DataFrame, factors: Factors, metric: Metric) -> TableExhibit:
    """Return, at each number of training examples, the best arm and how many times the data it is worth."""
    rows = [
        (
            value_words(row["value"]),
            arm_words(parse_arm(row["arm"], factors)),
            f"{bound}{number(row['estimate'])}" if (bound := worth_bound(row["beyond"], row["below"])) else _plain(row),
            f"{row['beyond']} of {row['n_seeds']}",
            f"{row['below']} of {row['n_seeds']}",
        )
        for _, row in table.iterrows()
    ]
    caption = (
        f"How many times the training examples the best arm, by mean validation {metric.measure}, is worth: k times as "
        f"many give the arm without regularization the same {metric.label}; interpolated on log n, seed by seed; "
        f"geometric mean with {CONFIDENCE} t interval. Beyond: seeds in which no number that was tried suffices and "
        "the largest counts, so that k is a lower bound (≥). Below: seeds in which even the fewest do better and "
        "count, so that k is an upper bound (≤)."
    )
    return TableExhibit(
        ("Training examples", "Best arm", "Worth, times the data", "Seeds beyond", "Seeds below"), rows, caption
    )


def interaction_finding(table: pd.DataFrame, factors: Factors) -> str:
    """Return at which values of a setting two factors' interaction is clear.

    Args:
        table: rows of one interaction, as `sweep_effects.effects` returns them.
        factors: the study's factors.
    """
    if table.empty or table["n_seeds"].min() < FEWEST_SEEDS:
        return ""
    signs = [sign_of(verdict) for verdict in table["verdict"]]
    label = capital(term_label(table["term"].iloc[0], factors))
    words = {1: "they reinforce each other", -1: "they substitute each other", 0: UNDECIDED}
    if len(set(signs)) == 1:
        return f"{label}: {words[signs[0]]} throughout."
    parts = [
        f"{words[kind]} at {listed([value_words(v) for v, s in zip(table['value'], signs) if s == kind])}"
        for kind in (1, -1, 0)
        if kind in signs
    ]
    return f"{label}: {'; '.join(parts)}."


def _plain(row) -> str:
    return Interval.of(row).words(signed=False, unit=False)
