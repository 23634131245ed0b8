"""Numbers, intervals and names in words; verdicts gathered."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from numbers import Integral, Real
from typing import TYPE_CHECKING

from study.design.architectures.builtin import AFTER_BATCHNORM, BEFORE_BATCHNORM, BEFORE_LINEAR, EVERY_BLOCK
from study.design.arms import Arm
from study.design.factors import Factors
from study.design.studyfile import Sweep
from study.design.sweeps import OWN, plain, text
from study.statistics.inference import FEWEST_SEEDS
from study.statistics.interval import DEPENDS, HELPS, HURTS, MINUS, NONE, UNDECIDED, number

if TYPE_CHECKING:
    import pandas as pd

SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def power_of_ten(exponent: int) -> str:
    """Return `10⁻⁴`."""
    return f"10{str(exponent).translate(SUPERSCRIPTS)}"


def compact(value: float) -> str:
    """Return a number to three digits: `0.204`, `2.2 × 10⁻¹⁶`."""
    if value == 0 or 1e-3 <= abs(value) < 1e4:
        whole = value == int(value)
        return number(value, 0 if whole else max(0, 2 - math.floor(math.log10(abs(value)))))
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa.replace('-', MINUS)} × {power_of_ten(int(exponent))}"


def bound_of(value: float) -> str:
    """Return a number as it was chosen, without a digit more: `0.3`, `−0.5`, `10⁻¹⁰`, `5 × 10⁻⁶`."""
    text = f"{value:g}"
    if "e" not in text:
        return text.replace("-", MINUS)
    mantissa, exponent = text.split("e")
    power = power_of_ten(int(exponent))
    return power if mantissa == "1" else f"{mantissa.replace('-', MINUS)} × {power}"


def listed(words: Sequence[str], last: str = "and") -> str:
    """Return `a`, `a and b`, or `a, b and c`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def capital(text: str) -> str:
    """Return the text with its first letter in upper case."""
    return text[:1].upper() + text[1:]


def too_few(seeds: int) -> str:
    """Return the words for fewer seeds than a verdict needs; empty if they are enough."""
    return f"Too few seeds for a verdict ({seeds})" if seeds < FEWEST_SEEDS else ""


def count(number_of: int, noun: str, plural: str = "") -> str:
    """Return `1 seed`, `6 seeds`."""
    return f"{number_of:,} {noun if number_of == 1 else plural or noun + 's'}"


def seeds_behind(numbers: Iterable[int]) -> str:
    """Return how many seeds estimates rest on: `6 seeds`, `6 to 10 seeds`."""
    fewest, most = min(numbers), max(numbers)
    return count(fewest, "seed") if fewest == most else f"{fewest} to {count(most, 'seed')}"


def labels(terms: Iterable[str], factors: Factors) -> list[str]:
    """Return the labels of terms: `dropout × batch norm`."""
    return [term_label(term, factors) for term in terms]


def term_label(term: str, factors: Factors) -> str:
    """Return a term for readers: `dropout × batch norm`."""
    return " × ".join(factors[name].label for name in term.split(":"))


def effect_label(term: str, factors: Factors) -> str:
    """Return a term for readers, also one in company: `dropout with augmentation`."""
    effect, beside, company = term.partition("|")
    if not beside:
        return term_label(term, factors)
    name, _, on = company.partition("=")
    return f"{term_label(effect, factors)} {'with' if on == '1' else 'without'} {factors[name].label}"


def verb(name: str, many: Sequence) -> str:
    """Return a verb as it is said of one thing or of several: `helps` or `help`."""
    return name if len(many) == 1 else name[:-1]


DEPENDING, SMALL, SILENT = "depends", "none", "silent"
"""Kinds of verdicts beside *helps*, *hurts* and *undecided*."""


def kind_of(verdict: str) -> str:
    """Return the kind of a verdict: see `by_verdict`."""
    if verdict in (HELPS, HURTS, UNDECIDED):
        return verdict
    return SMALL if verdict.startswith(NONE) else DEPENDING if verdict.startswith(DEPENDS) else SILENT


def by_verdict(effects: pd.DataFrame) -> dict[str, list[str]]:
    """Gather terms by the kind of their verdict, the largest effects first.

    Args:
        effects: rows of `effects.csv`, indexed by term.

    Returns:
        Terms under `helps`, `hurts`, `depends` (on company), `none` (no effect larger than the band), `undecided` and
        `silent` (too few seeds).
    """
    found: dict[str, list[str]] = {"helps": [], "hurts": [], "depends": [], "none": [], "undecided": [], "silent": []}
    ordered = effects.reindex(effects["estimate"].abs().sort_values(ascending=False).index)
    for term, words in ordered["verdict"].items():
        found[kind_of(words)].append(term)
    return found


BOUNDS = {"≥ ": "at least", "≤ ": "at most", "≈ ": "about"}
"""Marks of bounds, in words."""


def worth_bound(beyond: int, below: int) -> str:
    """Return what stands before k, how many times the data something is worth, where it is a bound.

    Args:
        beyond, below: seeds above the whole curve and below its beginning: see `data_worth`.

    Returns:
        `≥ `, `≤ `, or `≈ ` where some seeds lie above and others below; empty where k has an interval.
    """
    return {(True, False): "≥ ", (False, True): "≤ ", (True, True): "≈ "}.get((bool(beyond), bool(below)), "")


SETTINGS = {
    "model.dropout_placement": "place of dropout", "model.widths": "widths of hidden layers",
    "data.train": "training examples", "data.label_noise": "share of wrong labels", "training.batch": "batch size",
    "training.epochs": "epochs", "training.readouts": "read-outs on the way", "training.schedule": "schedule",
    "training.optimizer": "optimizer",
    "training.learning_rate": "learning rate", "strengths.dropout.rate": "dropout rate",
    "strengths.l2.lambda": "λ of L2", "strengths.batchnorm.momentum": "batch norm's momentum",
    "strengths.augmentation.translation": "largest shift", "strengths.augmentation.rotation": "largest rotation",
    "strengths.augmentation.magnitude": "augmentation's magnitude", "data.validation": "validation examples",
    "strengths.augmentation.noise": "noise of augmentation", "strengths.earlystopping.patience": "patience",
    "strengths.earlystopping.monitor": "monitor", "training.momentum": "momentum of SGD",
}  # fmt: skip


UNIVERSE = re.compile(r"([\w-]+(?:\.[\w-]+)+)=(.*)")
VALUES = {
    EVERY_BLOCK: "in every block", BEFORE_LINEAR: "before the last linear map",
    BEFORE_BATCHNORM: "right before the last batch norm", AFTER_BATCHNORM: "after the last batch norm",
    "val_loss": "validation loss", "val_accuracy": "validation accuracy",
}  # fmt: skip


def setting_label(setting: str) -> str:
    """Return a setting's name for readers; the dotted name where it has no other."""
    return SETTINGS.get(setting, setting)


def value_words(value) -> str:
    """Return a setting's value for readers: `0.3`, `10⁻⁶`, `4,000`, `after the last batch norm`."""
    if isinstance(value, Real) and not isinstance(value, bool):
        return f"{value:,}" if isinstance(value, Integral) else bound_of(float(value))
    if isinstance(value, tuple) and not any(isinstance(each, Integral) for each in value):
        return listed([*map(value_words, value)]) or "none"
    return VALUES.get(value, text(value).replace("_", " "))


def varied(sweep: Sweep) -> str:
    """Return what a sweep varies, for readers: its setting, or, where its values have labels, what its title says."""
    return sweep.title[0].lower() + sweep.title[1:] if sweep.labels else setting_label(sweep.setting)


def place_label(sweep: Sweep, value) -> str:
    """Return what readers call one of a sweep's values, as it or its tables have it: its label, if it has one."""
    labels = dict(zip(map(plain, sweep.values), sweep.labels))
    return labels.get(plain(value)) or value_words(value)


def labelled(effects: pd.DataFrame, sweep: Sweep) -> pd.DataFrame:
    """Return effects by a sweep's values with the values' labels in their place, where they have any."""
    if not sweep.labels:
        return effects
    return effects.assign(value=[place_label(sweep, value) for value in effects["value"]])


def also_set(sweep: Sweep) -> str:
    """Return what else a sweep sets: `training examples 1,000; epochs 480`; nothing if it sets nothing else."""
    listing = {key: chosen if isinstance(chosen, tuple) else (chosen,) for key, chosen in sweep.also.items()}
    return "; ".join(f"{setting_label(key)} {listed([*map(value_words, chosen)])}" for key, chosen in listing.items())


def universe_label(universe: str) -> str:
    """Return a universe's name for readers: `batch size 50`, its sweep's label, or `the study's own`."""
    if not (named := UNIVERSE.fullmatch(universe)):
        return "the study's own" if universe == OWN else universe
    setting, value = named.groups()
    return f"{setting_label(setting)} {value_words(int(value) if value.isdigit() else value)}"


def arm_words(arm: Arm) -> str:
    """Return an arm's name for readers: `none`, `all five`, `dropout + batch norm`."""
    if arm.name in ("none", "all"):
        return {"none": "none", "all": f"all {arm.known.number}"}[arm.name]
    return " + ".join(arm.known[name].label for name in arm.factors)
