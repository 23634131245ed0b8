"""Augmentation: how much data it is worth, each transformation alone, and transformations that lie."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np
import pandas as pd

from study.claims.claim import Claim, Mechanism
from study.claims.criteria import Above, Below
from study.claims.estimate import Estimate, over_seeds
from study.claims.evidence import Evidence
from study.claims.ratio import ratio_over_seeds
from study.inference import t_interval
from study.mechanisms.networks import SIGNALS

SIZES = [250, 500, 1000, 2000, 4000]
AUGMENTED = [250, 500, 1000]
MAIN = 500
"""The size at which the worth of augmentation is judged."""
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
RUNNER = "study.mechanisms.augmentation:Augmentation"

MECHANISMS: tuple[Mechanism, ...] = (
    Mechanism(
        "augmentation-signals", "augmentation", RUNNER,
        {
            "data": SIGNALS, "model": {"name": "mlp", "widths": [128, 128]},
            "training": {"epochs": 1, "batch": 100, "optimizer": "adam", "learning_rate": 2e-3},
            "sizes": SIZES, "transformations": SIGNAL,
            "at": {name: AUGMENTED if name == "both" else [MAIN] for name in SIGNAL}, "steps": 2000,
        },
        4.7,
    ),
    Mechanism(
        "augmentation-digits", "augmentation", RUNNER,
        {
            "data": {"name": "digits", "train": DIGITS, "validation": 100},
            "model": {"name": "cnn", "filters": [8, 16], "dense": 32},
            "training": {"epochs": 1, "batch": 50, "optimizer": "adam", "learning_rate": 5e-3},
            "sizes": [DIGITS], "transformations": DIGIT, "at": {name: [DIGITS] for name in DIGIT}, "steps": 300,
        },
        2.1,
    ),
)


def worth(level: float, curve: Sequence[float], size: int) -> float:
    """Return k: without augmentation, k·n examples give the accuracy that n give with it.

    Args:
        level: test accuracy with augmentation at `size`, in percent.
        curve: test accuracy without augmentation at `SIZES`, in percent.
        size: n.

    Returns:
        k, interpolated on log n. A level beyond the curve's ends counts as the end: k is then at least the
        largest (at most the smallest) size over n, so a mean over seeds errs towards k = 1.
    """
    # More data that happened to do worse are taken to do as well as fewer.
    rising = np.maximum.accumulate(np.asarray(curve, float))
    # np.interp wants increasing levels: of equal ones the first, the smaller size, counts.
    rising, first = np.unique(rising, return_index=True)
    return float(2 ** np.interp(level, rising, np.log2(SIZES)[first]) / size)


def worth_at(evidence: Evidence, size: int = MAIN) -> Estimate:
    """Return k of the study's augmentation, translation and noise, on signals."""
    return ratio_over_seeds([worth(level, curve, size) for level, curve in _levels(evidence, size)])


def beyond(evidence: Evidence, size: int) -> int:
    """Return the number of seeds whose accuracy with augmentation no size without it reaches."""
    return sum(level > max(curve) for level, curve in _levels(evidence, size))


def _levels(evidence: Evidence, size: int) -> list[tuple[float, list[float]]]:
    """Return, for each seed, the accuracy with augmentation at a size and the curve without it."""
    tables = evidence.values("augmentation-signals", "augmented")
    levels = [table["both"][AUGMENTED.index(size)] for table in tables]
    return list(zip(levels, evidence.values("augmentation-signals", "none"), strict=True))


def effect(evidence: Evidence, mechanism: str, name: str) -> Estimate:
    """Return a transformation's paired effect on test accuracy, in percentage points."""
    sizes = SIZES if mechanism == "augmentation-signals" else [DIGITS]
    at = sizes.index(MAIN if mechanism == "augmentation-signals" else DIGITS)
    plain = [curve[at] for curve in evidence.values(mechanism, "none")]
    augmented = [_at_main(mechanism, name, table) for table in evidence.values(mechanism, "augmented")]
    return over_seeds(np.subtract(augmented, plain))


def _at_main(mechanism: str, name: str, table: dict) -> float:
    whole = mechanism == "augmentation-signals" and name == "both"
    return table[name][AUGMENTED.index(MAIN) if whole else 0]


def pictured(evidence: Evidence) -> dict:
    """Return what `figures.augmentation_as_data` draws.

    Returns:
        `curve` and `levels`: frames of `size`, `mean`, `ci_low`, `ci_high`, test accuracy in percent
        without and with augmentation. `worth`: k by size, an estimate each. `beyond`: by size, the number of
        seeds whose level lies above their whole curve. `main`: the size judged.
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
        "worth": {size: worth_at(evidence, size) for size in AUGMENTED},
        "beyond": {size: beyond(evidence, size) for size in AUGMENTED},
        "main": MAIN,
        "effects": pd.DataFrame(effects, columns=["data", "name", *interval]),
        "seeds": len(tables),
    }


MLP = "MLP 40-128-128-10, MNIST-1D, n = 500, Adam 2e-3, batch 100, 2,000 steps"
CNN = "CNN with 8 and 16 filters, digits, n = 100, Adam 5e-3, batch 50, 300 steps"


def _alone(name: str, data: str, words: str, source: tuple[str, ...], limit: str | None) -> Claim:
    """Return the claim that a transformation alone adds to test accuracy."""
    where = "signals" if data == "signals" else "scans of digits"
    return Claim(
        f"augmentation-{name}-{data}", 8,
        f"test accuracy with {words} − without; {MLP if data == 'signals' else CNN}", "pp",
        functools.partial(effect, mechanism=f"augmentation-{data}", name=name), Above(0),
        f"{words} alone adds {{value}} on {where}",
        f"{words} alone does not help on {where} ({{value}})",
        source, limit,
    )


def _lie(name: str, data: str, words: str, limit: str) -> Claim:
    """Return the claim that a transformation which changes what an example shows does not help."""
    where = "signals" if data == "signals" else "scans of digits"
    return Claim(
        f"augmentation-{name}-{data}", 8,
        f"test accuracy with {words}, half of the time, − without; {MLP if data == 'signals' else CNN}", "pp",
        functools.partial(effect, mechanism=f"augmentation-{data}", name=name), Below(0.5),
        f"{words}, which changes what they show, does not help on {where} ({{value}})",
        f"{words} helps on {where} although it changes what many of them show ({{value}})",
        ("goodfellow2016deep",), limit,
    )


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "augmentation-worth", 8,
        "k such that k·n examples without augmentation give the test accuracy of n with it (translation ±10 %, noise "
        "0.05), interpolated on log n between nested sets of 250 to 4,000, a seed beyond them counting as their end; "
        f"{MLP}",
        "×", worth_at, Above(1),
        f"augmentation acts as more training data: at {MAIN} signals it is worth {{value}} as many",
        f"augmentation is not worth more training data here ({{value}} as many at {MAIN} signals)",
        ("goodfellow2016deep", "steiner2022train"),
    ),
    _alone("translation", "signals", "translation (±10 %)", ("goodfellow2016deep",), "not by translation of signals"),
    _alone("noise", "signals", "noise (0.05)", ("bishop1995training", "goodfellow2016deep"), "not by noise on signals"),
    _alone("translation", "digits", "translation (±3 %)", ("goodfellow2016deep",), "not by translation of digits"),
    _alone("rotation", "digits", "rotation (±2 % of a turn)", ("goodfellow2016deep",), "not by rotation of digits"),
    _alone("zoom", "digits", "zoom (±5 %)", ("goodfellow2016deep",), "not by zoom of digits"),
    _alone("noise", "digits", "noise (0.05)", ("bishop1995training",), "not by noise on digits"),
    _lie("mirror", "digits", "mirroring left and right", "mirrored digits help too"),
    _lie(
        "negation", "signals", "turning the signs round",
        "negated signals, some of which then show another class, help too",
    ),
    _lie(
        "mirror", "signals", "reversing in time",
        "reversed signals help too, though only four of the ten templates are symmetric",
    ),
)
