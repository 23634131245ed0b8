"""Sentence 15: under batch norm, what weight decay does is done as well by norms, or by rates, alone."""

from __future__ import annotations

from functools import partial

import numpy as np

from study.claims.claim import Claim, Mechanism, Setting
from study.claims.criteria import BAND, Above, AtMost, Below, Within
from study.claims.estimate import largest, over_seeds
from study.claims.evidence import Evidence
from study.claims.mechanisms.networks import SIGNALS

SOURCE = ("kosson2024rotational",)
NEARBY = 2.0
"""Percentage points by which equally disturbed networks' disagreements may differ."""
ROUNDING = 1e-9
"""What some hundred steps in float64 may leave of an identity."""
INEXACT = 0.01
"""Share of the way gone from which on an identity is said to be spoilt."""
SETTINGS = {
    "data": SIGNALS, "use": {"train": 1000}, "widths": [128, 128], "batch": 50, "steps": 1000, "rate": 0.1,
    "momentum": 0.9, "decay": 0.03, "runs": 4,
    "identity": {"steps": 200, "rate": 0.1, "decay": 0.03, "epsilons": {"tiny": 1e-12, "keras": 1e-3}},
}  # fmt: skip

MECHANISMS: tuple[Mechanism, ...] = (
    Mechanism(
        name="rescaling", topic="weight-decay", runner="study.claims.mechanisms.rescaling:Rescaling", settings=SETTINGS,
        seconds=5.5,
    ),
)  # fmt: skip


def values(evidence: Evidence, table: str, name: str) -> np.ndarray:
    """Return a network's entry of `accuracy` or `differ`, in percent of the test signals, shape (seeds,)."""
    return np.array([found[name] for found in evidence.values("rescaling", table)])


def change(table: str, first: str, second: str):
    """Return an estimate: one network's entry of a table minus another's, paired, in percentage points."""
    return lambda evidence: over_seeds(values(evidence, table, first) - values(evidence, table, second))


def apart(epsilon: str, way: str):
    """Return an estimate: the largest distance, over seeds, from the decayed network's directions, as a share of the
    way that network's have gone."""
    return lambda evidence: largest([found[epsilon][way] for found in evidence.values("rescaling", "apart")])


NETWORK = f"MLP {'-'.join(map(str, (40, *SETTINGS['widths'], 10)))} with batch norm"
MOMENTUM = Setting(
    "momentum",
    f"{NETWORK}, {SETTINGS['use']['train']:,} MNIST-1D signals, SGD {SETTINGS['rate']:g} with momentum "
    f"{SETTINGS['momentum']:g}, λ = {SETTINGS['decay']:g} on hidden kernels, {SETTINGS['steps']:,} steps of "
    f"{SETTINGS['batch']}, the rate falling to zero over the last fifth; mean of {SETTINGS['runs']} runs a seed; "
    "rescaled: no decay, each hidden unit's weights set after every step to the norm that they have in the decayed "
    "network; rerated: no decay, each unit's rate times (own norm / norm in the decayed network)²; published with far "
    "larger networks, whose units' rotation was set instead",
)
EXACT = Setting(
    "plain SGD",
    f"{NETWORK} in float64, {SETTINGS['identity']['steps']} steps of SGD without momentum at a constant rate η = "
    f"{SETTINGS['identity']['rate']:g}, λ = {SETTINGS['identity']['decay']:g}, the two others at η/(1 − ηλ) on hidden "
    "kernels; distance of hidden units' directions from the decayed network's, as a share of the way that these have "
    "gone, largest over seeds",
)

_claim = partial(Claim, sentence=15, setting=MOMENTUM, unit="pp", source=SOURCE)
_exact = partial(Claim, sentence=15, setting=EXACT, criterion=AtMost(ROUNDING), source=SOURCE)

CLAIMS: tuple[Claim, ...] = (
    _claim(
        name="rescaled-worth",
        measurement="Test accuracy: decayed − neither decayed nor rescaled (what there is to recover)",
        estimate=change("accuracy", "decay", "none"),
        criterion=Above(BAND),
    ),
    _claim(
        name="rescaled-accuracy",
        measurement="Test accuracy: rescaled − decayed",
        estimate=change("accuracy", "rescaled", "decay"),
        criterion=Within(-BAND, BAND),
        fails="with the norms alone, and no decay, test accuracy differs by {value}",
    ),
    _claim(
        name="rescaled-predictions",
        measurement="Test signals classified otherwise than by the decayed network: rescaled − without decay",
        estimate=change("differ", "rescaled", "none"),
        criterion=Below(0),
        fails="with the norms alone its predictions come no nearer to the decayed network's ({value})",
    ),
    _claim(
        name="rescaled-replica",
        measurement="The same: rescaled − decayed again at the rate η/(1 − ηλ), a disturbance as small",
        estimate=change("differ", "rescaled", "replica"),
        criterion=Within(-NEARBY, NEARBY),
        source=(),
    ),
    _claim(
        name="rerated-accuracy",
        measurement="Test accuracy: rerated − decayed",
        estimate=change("accuracy", "rated", "decay"),
        criterion=Within(-BAND, BAND),
        limit="with momentum a rate in its place does not recover all of it",
    ),
    _exact(
        name="rescaled-exactly",
        measurement="Rescaled, Keras's ε = 10⁻³",
        estimate=apart("keras", "rescaled"),
        fails="not even under plain SGD do the norms alone give the decayed network's directions (distance {value})",
    ),
    _exact(
        name="rerated-exactly",
        measurement="Rerated, ε = 10⁻¹²",
        estimate=apart("tiny", "rated"),
        fails="not even under plain SGD does a rate in its place give the decayed network's directions (distance "
        "{value})",
    ),
    _exact(
        name="rerated-epsilon",
        measurement="Rerated, Keras's ε = 10⁻³",
        estimate=apart("keras", "rated"),
        criterion=AtMost(INEXACT),
        limit="batch norm's ε keeps a rate in its place from being exact",
    ),
)
