"""Sentence 13: early dropout against none, from one pass through the data to a hundred, at equal steps."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from study.claims.claim import Claim, Mechanism, Setting
from study.claims.criteria import Above, Below, Within
from study.claims.estimate import Estimate, over_seeds
from study.claims.evidence import Evidence
from study.exhibits.wording import listed
from study.statistics.inference import t_interval

FOR, AGAINST = ("liu2023dropout",), ("liu2025drop",)
POOLS = [20_000, 5_000, 1_000, 200]
BATCH, STRETCH = 40, 100
"""Examples a step, and steps at one learning rate: `descent.CHUNK`."""
UNDERFITS = 0.1
"""Nats by which the test loss of a network that underfits may lie above its training loss."""
WIDE = {
    "data": {"name": "mnist1d", "train": max(POOLS), "validation": 1000, "test": 4000},
    "model": {"name": "mlp", "widths": [128, 128]},
    "training": {"epochs": 1, "batch": BATCH, "optimizer": "adam", "learning_rate": 3e-3},
    "strengths": {"dropout": {"rate": 0.1}},
    "pools": POOLS,
    "rates": [1, 1, 1, 0.3, 0.1],
    "early": 1,
}
NARROW = WIDE | {
    "model": {"name": "mlp", "widths": [16, 16]},
    "pools": POOLS[:1],
    "rates": [1] * 24 + [0.5] * 8 + [0.2] * 4 + [0.05] * 4,
    "early": 8,
}
"""A network too small for its data, trained long: what *underfitting* means where early dropout comes from."""

_passes = partial(Mechanism, topic="dropout", runner="study.claims.mechanisms.passes:Passes")

MECHANISMS: tuple[Mechanism, ...] = (
    _passes(name="passes", settings=WIDE, seconds=9.0),
    _passes(name="passes-narrow", settings=NARROW, seconds=1.0),
)


def steps(settings: dict) -> int:
    """Return the steps of every training."""
    return STRETCH * len(settings["rates"])


def passes(settings: dict) -> list[int]:
    """Return how often the steps pass through each of the pools."""
    return [steps(settings) * BATCH // pool for pool in settings["pools"]]


PASSES = passes(WIDE)


def difference(evidence: Evidence, way: str, metric: str, mechanism: str = "passes") -> np.ndarray:
    """Return what a way of dropout does to a metric against none, paired, shape (seeds, pools).

    Args:
        evidence: what was measured.
        way: `dropout` (throughout) or `early`.
        metric: `train_nll` or `test_nll`, in nats, `train_accuracy` or `test_accuracy`, in pp.
        mechanism: `passes` or `passes-narrow`.
    """
    trained, plain = (evidence.values(mechanism, name) for name in (way, "none"))
    return np.array([one[metric] for one in trained]) - np.array([one[metric] for one in plain])


def effect(way: str, metric: str, at: int = 1, mechanism: str = "passes"):
    """Return an estimate: what a way of dropout does to a metric where the steps pass so often through the data; of
    `passes-narrow` at its one pool."""
    column = PASSES.index(at) if mechanism == "passes" else 0
    return lambda evidence: over_seeds(difference(evidence, way, metric, mechanism)[:, column])


def gap(evidence: Evidence, mechanism: str) -> Estimate:
    """Return by how many nats the test loss without dropout lies above the training loss, on the largest pool."""
    return over_seeds([table["test_nll"][0] - table["train_nll"][0] for table in evidence.values(mechanism, "none")])


def curves(evidence: Evidence) -> pd.DataFrame:
    """Return what early dropout and dropout throughout do over the number of passes, for the figure.

    Returns:
        One row for each `metric` (`train_nll`, nats; `test_accuracy`, pp), `way` and number of `passes`: `mean`,
        `ci_low`, `ci_high`, over `n_seeds` seeds, in order of passes; `pool`, how many signals there are.
    """
    frames = []
    for metric in ("train_nll", "test_accuracy"):
        for way in ("early", "dropout"):
            values = difference(evidence, way, metric)
            mean, low, high = t_interval(values)
            about = {"metric": metric, "way": way, "passes": PASSES, "pool": POOLS}
            frames.append(pd.DataFrame(about | {"mean": mean, "ci_low": low, "ci_high": high, "n_seeds": len(values)}))
    return pd.concat(frames, ignore_index=True)


def _network(settings: dict) -> str:
    widths = "-".join(map(str, (40, *settings["model"]["widths"], 10)))
    return (
        f"MLP {widths}, dropout {settings['strengths']['dropout']['rate']:g}, {steps(settings):,} steps of {BATCH} "
        f"MNIST-1D signals, Adam {settings['training']['learning_rate']:g}, its rate lowered towards the end"
    )


WIDE_SETTING = Setting(
    "passes",
    f"{_network(WIDE)}; {listed([f'{pool:,}' for pool in POOLS])} signals, so {listed([str(n) for n in PASSES])} "
    f"passes through them; early: dropout in the first {WIDE['early'] * STRETCH} steps; all judged at inference, "
    f"training loss on all training signals; {WIDE['data']['test']:,} test signals; published on images and on text, "
    "with far larger networks",
)
NARROW_SETTING = Setting(
    "narrow",
    f"{_network(NARROW)}; {NARROW['pools'][0]:,} signals, {passes(NARROW)[0]} passes; early: dropout in the first "
    f"{NARROW['early'] * STRETCH} steps",
)

_wide = partial(Claim, sentence=13, setting=WIDE_SETTING)
_narrow = partial(Claim, sentence=13, setting=NARROW_SETTING, source=FOR)
_loss = {"measurement": "Final training loss: early dropout − none", "unit": "nats", "criterion": Below(0)}

CLAIMS: tuple[Claim, ...] = (
    _narrow(
        **_loss,
        name="early-dropout-loss",
        estimate=effect("early", "train_nll", mechanism="passes-narrow"),
        fails="early dropout does not lower the final training loss of a network that is too small for its data: it "
        "changes it by {value}",
    ),
    _narrow(
        name="early-dropout-underfits",
        measurement="Premise, underfitting: test loss − training loss without dropout",
        unit="nats",
        estimate=partial(gap, mechanism="passes-narrow"),
        criterion=Within(-UNDERFITS, UNDERFITS),
    ),
    _narrow(
        name="early-dropout-accuracy",
        measurement="Test accuracy: early dropout − none",
        unit="pp",
        estimate=effect("early", "test_accuracy", mechanism="passes-narrow"),
        criterion=Above(0),
    ),
    _narrow(
        name="early-dropout-throughout",
        measurement="Final training loss: dropout throughout − none",
        unit="nats",
        estimate=effect("dropout", "train_nll", mechanism="passes-narrow"),
        criterion=Above(0),
    ),
    _wide(
        **_loss | {"measurement": "One pass: final training loss, early dropout − none"},
        name="one-pass-loss",
        estimate=effect("early", "train_nll"),
        source=(*FOR, *AGAINST),
        limit="not in a single pass through the data, where it raises the training loss",
    ),
    _wide(
        name="one-pass-accuracy",
        measurement="One pass: test accuracy, early dropout − none; published, on text: below 0",
        unit="pp",
        estimate=effect("early", "test_accuracy"),
        criterion=Above(0),
        source=AGAINST,
        limit="in a single pass it costs test accuracy",
    ),
    _wide(
        name="one-pass-throughout",
        measurement="One pass: test accuracy, dropout throughout − none; published, on text: below 0",
        unit="pp",
        estimate=effect("dropout", "test_accuracy"),
        criterion=Below(0),
        source=AGAINST,
    ),
    _wide(
        name="one-pass-gap",
        measurement="One pass: test loss − training loss without dropout",
        unit="nats",
        estimate=partial(gap, mechanism="passes"),
        criterion=Within(-UNDERFITS, UNDERFITS),
    ),
    *(
        _wide(
            name=f"many-passes-{way}",
            measurement=f"{PASSES[-1]} passes: test accuracy, {words} − none",
            unit="pp",
            estimate=effect(way, "test_accuracy", PASSES[-1]),
            criterion=Above(0),
        )
        for way, words in (("early", "early dropout"), ("dropout", "dropout throughout"))
    ),
)
