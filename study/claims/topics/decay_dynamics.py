"""Sentence 14: when in a training, and at which rate, weight decay gains what it gains."""

from __future__ import annotations

from functools import partial

import numpy as np

from study.claims.claim import Claim, Mechanism, Setting
from study.claims.criteria import BAND, Above, Below, Within
from study.claims.estimate import over_seeds
from study.claims.evidence import Evidence
from study.claims.mechanisms.networks import SIGNALS

SOURCE = ("dangelo2024why",)
TIMES = 10
NORMED = {
    "data": SIGNALS, "use": {"train": 1000}, "widths": [128, 128], "epsilon": 1e-3, "batch": 50, "steps": 1000,
    "rate": 0.1, "momentum": 0.9, "decay": 0.03, "times": TIMES, "runs": 4,
}  # fmt: skip
PLAIN = NORMED | {"epsilon": None, "rate": 0.03, "decay": 0.01, "times": None}

_rates = partial(Mechanism, topic="weight-decay", runner="study.claims.mechanisms.decay_rates:DecayRates")

MECHANISMS: tuple[Mechanism, ...] = (
    _rates(name="decay-rates", settings=NORMED, seconds=7.5),
    _rates(name="decay-rates-plain", settings=PLAIN, seconds=3.0),
)


def accuracy(evidence: Evidence, training: str, mechanism: str = "decay-rates") -> np.ndarray:
    """Return a training's test accuracy in percent, shape (seeds,); for the names see `DecayRates.measure`."""
    return np.array([found["test_accuracy"] for found in evidence.values(mechanism, training)])


def change(first: str, second: str, mechanism: str = "decay-rates"):
    """Return an estimate: the test accuracy of one training minus that of another, paired, in percentage points."""
    return lambda evidence: over_seeds(accuracy(evidence, first, mechanism) - accuracy(evidence, second, mechanism))


def rates_apart(small: str):
    """Return an estimate: what decay gains at the large rate minus what it gains at the small one, of `small` or of
    `short` trainings."""

    def estimate(evidence: Evidence):
        gains = (
            accuracy(evidence, decayed) - accuracy(evidence, plain)
            for decayed, plain in (("decay", "none"), (f"{small}_decay", f"{small}_none"))
        )
        return over_seeds(np.subtract(*gains))

    return estimate


def loss(evidence: Evidence):
    """Estimate what decay does to the final training loss, without any penalty, in nats."""
    found = (evidence.values("decay-rates", name) for name in ("decay", "none"))
    return over_seeds(np.subtract(*([one["train_nll"] for one in each] for each in found)))


def _network(settings: dict) -> str:
    return (
        f"test accuracy, MLP {'-'.join(map(str, (40, *settings['widths'], 10)))}, {settings['use']['train']:,} "
        f"MNIST-1D signals, SGD {settings['rate']:g} with momentum {settings['momentum']:g}, λ = {settings['decay']:g} "
        f"on all kernels, {settings['steps']:,} steps of {settings['batch']}, the rate falling to zero over the last "
        f"fifth (*cooling*); mean of {settings['runs']} runs a seed; published on photographs and on text, with far "
        "larger networks"
    )


HOT = Setting("batch norm", f"{_network(NORMED)}; batch norm, judged with the whole training set's statistics")
COLD = Setting("plain", f"{_network(PLAIN)}; no batch norm")

_claim = partial(Claim, sentence=14, setting=HOT, unit="pp", source=SOURCE)
_plain = partial(_claim, setting=COLD)
BEFORE, DURING = "Decay until cooling − decay to the end", "Decay while cooling − none"

CLAIMS: tuple[Claim, ...] = (
    _claim(
        name="decay-gain",
        measurement="Decay − none",
        estimate=change("decay", "none"),
        criterion=Above(0),
        fails="weight decay gains no test accuracy here ({value})",
    ),
    _claim(
        name="decay-before",
        measurement=BEFORE,
        estimate=change("before", "decay"),
        criterion=Within(-BAND, BAND),
        fails="what it gains, it gains by lasting to the end: without it while the rate cools, test accuracy changes "
        "by {value}",
    ),
    _claim(
        name="decay-during",
        measurement=DURING,
        estimate=change("during", "none"),
        criterion=Within(-BAND, BAND),
        fails="decay in the end alone, where a penalty decides which minimum is reached, changes test accuracy by "
        "{value}",
    ),
    _claim(
        name="decay-large-rate",
        measurement=f"(Decay − none) − the same at a rate {TIMES} times smaller, with {TIMES} times the steps",
        estimate=rates_apart("small"),
        criterion=Above(0),
        limit=f"it needs no large rate: at one {TIMES} times smaller it gains more",
    ),
    _claim(
        name="decay-per-step",
        measurement=f"(Decay − none) − the same at a rate {TIMES} times smaller, with {TIMES} times the λ and as many "
        "steps",
        estimate=rates_apart("short"),
        criterion=Above(0),
    ),
    _claim(
        name="decay-loss",
        measurement="Final training loss: decay − none",
        unit="nats",
        estimate=loss,
        criterion=Below(0),
    ),
    _plain(
        name="decay-gain-plain",
        measurement="Decay − none",
        estimate=change("decay", "none", "decay-rates-plain"),
        criterion=Above(0),
    ),
    _plain(
        name="decay-before-plain",
        measurement=BEFORE,
        estimate=change("before", "decay", "decay-rates-plain"),
        criterion=Within(-BAND, BAND),
        limit="without batch norm it must last to the end",
    ),
    _plain(
        name="decay-during-plain",
        measurement=DURING,
        estimate=change("during", "none", "decay-rates-plain"),
        criterion=Within(-BAND, BAND),
        limit="without batch norm decay in the end alone matters too",
    ),
)
