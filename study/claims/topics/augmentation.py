"""Augmentation: how much data it is worth, each transformation alone, and transformations that lie."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from study.claims.claim import Claim, Mechanism, Setting
from study.claims.criteria import Above, Below
from study.claims.estimate import Estimate, over_seeds
from study.claims.evidence import Evidence
from study.claims.mechanisms.networks import SIGNALS
from study.claims.topics.ratio import ratio_over_seeds
from study.exhibits.wording import capital
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


def _mechanism(name: str, seconds: float, **settings) -> Mechanism:
    runner = "study.claims.mechanisms.augmentation:Augmentation"
    return Mechanism(name=name, topic="augmentation", runner=runner, settings=settings, seconds=seconds)


MECHANISMS: tuple[Mechanism, ...] = (
    _mechanism(
        "augmentation-signals", 4.7,
        data=SIGNALS,
        model={"name": "mlp", "widths": [128, 128]},
        training={"epochs": 1, "batch": 100, "optimizer": "adam", "learning_rate": 2e-3},
        sizes=SIZES,
        transformations=SIGNAL,
        at={name: AUGMENTED if name == "both" else [MAIN] for name in SIGNAL},
        steps=2000,
    ),
    _mechanism(
        "augmentation-digits", 2.1,
        data={"name": "digits", "train": DIGITS, "validation": 100},
        model={"name": "cnn", "filters": [8, 16], "dense": 32},
        training={"epochs": 1, "batch": 50, "optimizer": "adam", "learning_rate": 5e-3},
        sizes=[DIGITS],
        transformations=DIGIT,
        at={name: [DIGITS] for name in DIGIT},
        steps=300,
    ),
)  # fmt: skip


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
    """Return what `figures.data_worth` draws.

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


WHERE = {
    "signals": Setting(
        "signals",
        f"test accuracy, MLP 40-128-128-10, MNIST-1D, n = {MAIN}, Adam 2e-3, batch 100, 2,000 steps; translation ±10 "
        "%, noise 0.05; k·n examples without augmentation do as well as n with it, interpolated on log n over nested "
        f"sets of {SIZES[0]} to {SIZES[-1]:,}, beyond which their end counts; translation makes MNIST-1D's own "
        "signals, a best case",
    ),
    "digits": Setting(
        "digits",
        f"test accuracy, CNN with 8 and 16 filters, scans of digits, n = {DIGITS}, Adam 5e-3, batch 50, 300 steps; "
        "noise 0.05, rotation ±2 % of a turn, translation ±3 %, zoom ±5 %",
    ),
}
GOODFELLOW, BISHOP = ("goodfellow2016deep",), ("bishop1995training", "goodfellow2016deep")
NOT_DATA = "so it is not only as data"


def _transformed(name: str, data: str, words: str, source: tuple[str, ...], criterion, **role: str) -> Claim:
    """Return the claim on what a transformation does to test accuracy, alone."""
    return Claim(
        name=f"augmentation-{name}-{data}",
        sentence=8,
        measurement=f"{capital(words)} − without",
        setting=WHERE[data],
        unit="pp",
        estimate=partial(effect, mechanism=f"augmentation-{data}", name=name),
        criterion=criterion,
        source=source,
        **role,
    )


def _alone(name: str, data: str, source: tuple[str, ...] = GOODFELLOW, limits: bool = False) -> Claim:
    """Return the claim that a transformation alone adds to test accuracy; the sentence names it, or it `limits`."""
    words = f"{name} alone does not help on {data}"
    role = {"limit": words} if limits else {"fails": f"{words} (test accuracy {{value}})"}
    return _transformed(name, data, f"{name} alone", source, Above(0), **role)


def _lie(name: str, data: str, words: str, limit: str) -> Claim:
    """Return the claim that a transformation which makes examples that are none of their class does not help."""
    return _transformed(name, data, f"{words}, half of the time,", GOODFELLOW, Below(0.5), limit=limit)


CLAIMS: tuple[Claim, ...] = (
    Claim(
        name="augmentation-worth",
        sentence=8,
        measurement="k of translation and noise",
        setting=WHERE["signals"],
        unit="times",
        estimate=worth_at,
        criterion=Above(MATTERS),
        source=("goodfellow2016deep", "steiner2022train"),
        fails=f"translation with noise does not stand for {100 * (MATTERS - 1):.0f} % more training data: at {MAIN} "
        f"signals it is worth {{value}} as many",
    ),
    Claim(
        name="augmentation-worth-noise",
        sentence=8,
        measurement="k of noise alone",
        setting=WHERE["signals"],
        unit="times",
        estimate=partial(worth_at, name="noise"),
        criterion=Above(MATTERS),
        source=BISHOP,
        limit=f"noise alone is worth less than {100 * (MATTERS - 1):.0f} % more signals",
    ),
    _alone("noise", "signals", BISHOP),
    _alone("noise", "digits", ("bishop1995training",)),
    _alone("rotation", "digits"),
    _alone("translation", "signals", limits=True),
    _alone("translation", "digits", limits=True),
    _alone("zoom", "digits", limits=True),
    _lie("mirror", "digits", "mirrored", f"mirrored digits help, {NOT_DATA}"),
    _lie("negation", "signals", "signs turned round", f"negated signals help, {NOT_DATA}"),
    _lie("mirror", "signals", "reversed in time", f"copies that are no examples of their class help too, {NOT_DATA}"),
)
