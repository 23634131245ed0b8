"""Augmentation: how much data it is worth, each transformation alone, and transformations that lie."""

from __future__ import annotations

import functools

import numpy as np
import pandas as pd

from study.claims.claim import Claim, Mechanism
from study.claims.criteria import Above, Below
from study.claims.estimate import Estimate, over_seeds
from study.claims.evidence import Evidence
from study.claims.mechanisms.networks import SIGNALS
from study.claims.topics.ratio import ratio_over_seeds
from study.statistics import data_worth
from study.statistics.data_worth import worth
from study.statistics.inference import t_interval

SIZES = [250, 500, 1000, 2000, 4000]
AUGMENTED = [250, 500, 1000]
MAIN = 500
"""The size at which the worth of augmentation is judged."""
MATTERS = 1.1
"""Smallest k that matters."""
SIGNAL = {
    "both": {"translation": 0.1, "noise": 0.05},
    "translation": {"translation": 0.1},
    "noise": {"noise": 0.05},
    "mirror": {"mirror": True},
    "negation": {"negation": True},
}
DIGIT = {
    "translation": {"translation": 0.03},
    "rotation": {"rotation": 0.02},
    "zoom": {"zoom": 0.05},
    "noise": {"noise": 0.05},
    "mirror": {"mirror": True},
}
DIGITS = 100
RUNNER = "study.claims.mechanisms.augmentation:Augmentation"

MECHANISMS: tuple[Mechanism, ...] = (
    Mechanism(
        "augmentation-signals",
        "augmentation",
        RUNNER,
        {
            "data": SIGNALS,
            "model": {"name": "mlp", "widths": [128, 128]},
            "training": {"epochs": 1, "batch": 100, "optimizer": "adam", "learning_rate": 2e-3},
            "sizes": SIZES,
            "transformations": SIGNAL,
            "at": {name: AUGMENTED if name == "both" else [MAIN] for name in SIGNAL},
            "steps": 2000,
        },
        4.7,
    ),
    Mechanism(
        "augmentation-digits",
        "augmentation",
        RUNNER,
        {
            "data": {"name": "digits", "train": DIGITS, "validation": 100},
            "model": {"name": "cnn", "filters": [8, 16], "dense": 32},
            "training": {"epochs": 1, "batch": 50, "optimizer": "adam", "learning_rate": 5e-3},
            "sizes": [DIGITS],
            "transformations": DIGIT,
            "at": {name: [DIGITS] for name in DIGIT},
            "steps": 300,
        },
        2.1,
    ),
)


def worth_at(evidence: Evidence, size: int = MAIN, name: str = "both") -> Estimate:
    """Return k of a transformation of signals; `both` is the study's augmentation, translation and noise."""
    return ratio_over_seeds([worth(level, curve, SIZES, size) for level, curve in _levels(evidence, size, name)])


def bounded_worth_at(evidence: Evidence, size: int) -> Estimate:
    """Return k of the study's augmentation; without an interval where a seed lies above its whole curve, or below its
    beginning, as then its own k, and with it the mean, is a bound."""
    found = worth_at(evidence, size)
    return Estimate(found.value) if beyond(evidence, size) or below(evidence, size) else found


def beyond(evidence: Evidence, size: int) -> int:
    """Return the number of seeds whose accuracy with augmentation no size without it reaches."""
    return sum(data_worth.above(level, curve) for level, curve in _levels(evidence, size, "both"))


def below(evidence: Evidence, size: int) -> int:
    """Return the number of seeds whose accuracy with augmentation lies below that of the smallest size without it."""
    return sum(data_worth.below(level, curve) for level, curve in _levels(evidence, size, "both"))


def _levels(evidence: Evidence, size: int, name: str) -> list[tuple[float, list[float]]]:
    """Return, for each seed, the accuracy with a transformation at a size and the curve without it."""
    tables = evidence.values("augmentation-signals", "augmented")
    levels = [table[name][_at(name).index(size)] for table in tables]
    return list(zip(levels, evidence.values("augmentation-signals", "none"), strict=True))


def _at(name: str) -> list[int]:
    """Return the sizes at which a transformation of signals is used."""
    return AUGMENTED if name == "both" else [MAIN]


def effect(evidence: Evidence, mechanism: str, name: str) -> Estimate:
    """Return a transformation's paired effect on test accuracy, in percentage points."""
    sizes = SIZES if mechanism == "augmentation-signals" else [DIGITS]
    at = sizes.index(MAIN if mechanism == "augmentation-signals" else DIGITS)
    plain = [curve[at] for curve in evidence.values(mechanism, "none")]
    augmented = [_at_main(mechanism, name, table) for table in evidence.values(mechanism, "augmented")]
    return over_seeds(np.subtract(augmented, plain))


def _at_main(mechanism: str, name: str, table: dict) -> float:
    return table[name][_at(name).index(MAIN) if mechanism == "augmentation-signals" else 0]


def pictured(evidence: Evidence) -> dict:
    """Return what `figures.augmentation_as_data` draws.

    Returns:
        `curve` and `levels`: frames of `size`, `mean`, `ci_low`, `ci_high`, test accuracy in percent
        without and with augmentation. `worth`: k by size, an estimate each, without an interval where it
        is a bound. `beyond` and `below`: by size, the number of seeds whose level lies above their whole curve, and
        below its beginning. `main`: the size judged. `judged`: k there with its interval, of bounds too.
        `effects`: a frame of `data` (`signals` or `digits`), `name`, `mean`, `ci_low`, `ci_high`, in
        percentage points. `seeds`: their number.
    """
    curve = t_interval(np.array(evidence.values("augmentation-signals", "none")))
    tables = evidence.values("augmentation-signals", "augmented")
    levels = t_interval(np.array([table["both"] for table in tables]))
    effects = []
    for data, names in (("signals", SIGNAL), ("digits", DIGIT)):
        for name in names:
            found = effect(evidence, f"augmentation-{data}", name)
            effects.append((data, name, found.value, found.low, found.high))
    interval = ["mean", "ci_low", "ci_high"]
    return {
        "curve": pd.DataFrame(list(zip(SIZES, *curve, strict=True)), columns=["size", *interval]),
        "levels": pd.DataFrame(list(zip(AUGMENTED, *levels, strict=True)), columns=["size", *interval]),
        "worth": {size: bounded_worth_at(evidence, size) for size in AUGMENTED},
        "beyond": {size: beyond(evidence, size) for size in AUGMENTED},
        "below": {size: below(evidence, size) for size in AUGMENTED},
        "main": MAIN,
        "judged": worth_at(evidence, MAIN),
        "effects": pd.DataFrame(effects, columns=["data", "name", *interval]),
        "seeds": len(tables),
    }


MLP = f"MLP 40-128-128-10, MNIST-1D, n = {MAIN}, Adam 2e-3, batch 100, 2,000 steps"
CNN = f"CNN with 8 and 16 filters, digits, n = {DIGITS}, Adam 5e-3, batch 50, 300 steps"
WORTH = (
    "k such that k·n examples without augmentation give the test accuracy of n with {words}, interpolated on log n between "
    f"nested sets of {SIZES[0]} to {SIZES[-1]:,}, a seed beyond them counting as their end; {MLP}"
)
MORE = f"{100 * (MATTERS - 1):.0f} %"


def _where(data: str) -> str:
    return "signals" if data == "signals" else "scans of digits"


def _alone(name: str, data: str, words: str, source: tuple[str, ...], limits: bool = False) -> Claim:
    """Return the claim that a transformation alone adds to test accuracy; the sentence names it, or it `limits`."""
    return Claim(
        f"augmentation-{name}-{data}",
        8,
        f"test accuracy with {words} alone − without; {MLP if data == 'signals' else CNN}",
        "pp",
        functools.partial(effect, mechanism=f"augmentation-{data}", name=name),
        Above(0),
        f"{words} alone adds {{value}} of test accuracy on {_where(data)}",
        f"{words} alone does not help on {_where(data)} (test accuracy {{value}})",
        source,
        f"{name} alone does not help on {_where(data)}" if limits else None,
    )


def _lie(name: str, data: str, words: str, limit: str) -> Claim:
    """Return the claim that a transformation which makes examples that are none of their class does not help."""
    return Claim(
        f"augmentation-{name}-{data}",
        8,
        f"test accuracy with {words}, half of the time, − without; {MLP if data == 'signals' else CNN}",
        "pp",
        functools.partial(effect, mechanism=f"augmentation-{data}", name=name),
        Below(0.5),
        f"{words}, which makes many of them no examples of their class, does not help (test accuracy {{value}})",
        f"{words} helps although it makes many of them no examples of their class (test accuracy {{value}})",
        ("goodfellow2016deep",),
        limit,
    )


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "augmentation-worth",
        8,
        WORTH.format(words="translation (±10 %) and noise (0.05)")
        + "; MNIST-1D's own signals are made by translation, "
        "so this is a best case",
        "times",
        worth_at,
        Above(MATTERS),
        f"translation with noise acts as more training data: at {MAIN} signals it is worth {{value}} as many, a best case, "
        "as the signals themselves are made by translation",
        f"translation with noise does not stand for {MORE} more training data: at {MAIN} signals it is worth {{value}} as "
        "many",
        ("goodfellow2016deep", "steiner2022train"),
    ),
    Claim(
        "augmentation-worth-noise",
        8,
        WORTH.format(words="noise (0.05) alone"),
        "times",
        functools.partial(worth_at, name="noise"),
        Above(MATTERS),
        f"noise alone acts as more training data: at {MAIN} signals it is worth {{value}} as many",
        f"noise alone does not stand for {MORE} more training data: at {MAIN} signals it is worth {{value}} as many",
        ("bishop1995training", "goodfellow2016deep"),
        f"noise alone is worth less than {MORE} more signals",
    ),
    _alone("noise", "signals", "noise (0.05)", ("bishop1995training", "goodfellow2016deep")),
    _alone("noise", "digits", "noise (0.05)", ("bishop1995training",)),
    _alone("rotation", "digits", "rotation (±2 % of a turn)", ("goodfellow2016deep",)),
    _alone("translation", "signals", "translation (±10 %)", ("goodfellow2016deep",), limits=True),
    _alone("translation", "digits", "translation (±3 %)", ("goodfellow2016deep",), limits=True),
    _alone("zoom", "digits", "zoom (±5 %)", ("goodfellow2016deep",), limits=True),
    _lie("mirror", "digits", "mirroring scans of digits", "mirrored digits help, so it is not only as data"),
    _lie(
        "negation", "signals", "turning the signs of signals round", "negated signals help, so it is not only as data"
    ),
    _lie(
        "mirror",
        "signals",
        "reversing signals in time",
        "copies that are no examples of their class help too, so it is not only as data",
    ),
)
