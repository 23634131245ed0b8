"""Sentence 2: thinned networks, and whether training them keeps units from relying on each other."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from study.claims.claim import Claim, Mechanism, Setting
from study.claims.criteria import Above, AtMost, Below
from study.claims.estimate import Estimate, largest, over_seeds, smallest
from study.claims.evidence import Evidence
from study.claims.topics.averaging import ENUMERATION, ROUNDING, SRIVASTAVA, worst
from study.claims.topics.dropout import MASKS
from study.claims.topics.ratio import ratio_over_seeds
from study.statistics.inference import t_interval

REMOVED = tuple(round(0.1 * step, 1) for step in range(10))
HALF = REMOVED.index(0.5)
KINDS = ("none", "longer", "dropout")
"""Without dropout; without, for as many epochs as with; with."""
MATCHED = ("none", "dropout")
PARTS = ("train", "test", "unscaled", "active")
"""Training signals; test signals; training signals with the kept units not scaled up; training signals with
the most active units removed and the kept ones not scaled up."""
HALVED = 5
"""Percentage points of accuracy that may go with half of the units where co-adaptation is called ended."""

COADAPTATION = Mechanism(
    name="coadaptation", topic="dropout", runner="study.claims.mechanisms.coadaptation:Coadaptation",
    settings={
        "data": {"name": "mnist1d", "train": 4000, "validation": 1000, "test": 10000},
        "use": {"train": 1000, "validation": 100, "test": 4000},
        "model": {"name": "mlp", "widths": [256, 256]},
        "training": {"epochs": 300, "batch": 100, "optimizer": "adam", "learning_rate": 1e-3},
        "strengths": {"dropout": {"rate": 0.5}},
        "target": 0.95, "removed": list(REMOVED), "draws": 10,
    },
    seconds=4.2,
)  # fmt: skip

MECHANISMS: tuple[Mechanism, ...] = (COADAPTATION,)


def pairs(evidence: Evidence) -> list[dict[str, dict]]:
    """Return the tables of each seed's networks; seeds in which the network with or without dropout did not
    reach the training accuracy are left out, for nothing was made equal there."""
    return [trial for trial in evidence.trials["coadaptation"] if all(trial[kind]["reached"] for kind in MATCHED)]


def curves(evidence: Evidence) -> pd.DataFrame:
    """Return accuracy as hidden units are removed, for the figure.

    Returns:
        One row for each `part` of `PARTS`, `kind` of `KINDS` and share `removed`: `mean`, `ci_low`, `ci_high`, in %
        of the examples, over `n_seeds` seeds.
    """
    rows = []
    found = pairs(evidence)
    for part in PARTS:
        for kind in KINDS:
            values = 100 * np.array([pair[kind][f"{part}_curve"] for pair in found]).reshape(-1, len(REMOVED))
            for removed, *ends in zip(REMOVED, *t_interval(values), strict=True):
                rows.append((part, kind, removed, *map(float, ends), len(found)))
    return pd.DataFrame(rows, columns=["part", "kind", "removed", "mean", "ci_low", "ci_high", "n_seeds"])


def loss(curve: list[float]) -> float:
    """Return the accuracy lost against the intact network, mean over the shares removed, pp.

    Args:
        curve: accuracy at each of `REMOVED`, a fraction; the first is that of the intact network.
    """
    return float(100 * (curve[0] - np.trapezoid(curve, REMOVED) / (REMOVED[-1] - REMOVED[0])))


def area_gain(evidence: Evidence, part: str, against: str = "none") -> Estimate:
    """Return how much less accuracy is lost with dropout than without, pp: the area between the two curves,
    each counted from its own intact network.

    Args:
        evidence: the trials of `coadaptation` are read.
        part: one of `PARTS`.
        against: one of `KINDS`.
    """
    name = f"{part}_curve"
    return _paired(evidence, lambda pair: loss(pair[against][name]) - loss(pair["dropout"][name]))


def _paired(evidence: Evidence, value, over=over_seeds) -> Estimate:
    """Return an estimate over the seeds whose networks were made equal; no seed gives no interval."""
    found = [value(pair) for pair in pairs(evidence)]
    return over(found) if found else Estimate(float("nan"), seeds=0)


def _layers(pair: dict, kind: str, name: str) -> float:
    """Return a quantity's mean over the two hidden layers."""
    return float(np.mean(pair[kind][name]))


_AT = COADAPTATION.settings
TARGET = f"at least {100 * _AT['target']:.0f} %"
RATE = _AT["strengths"]["dropout"]["rate"]
STEP = Setting("step", f"the study's dense network with dropout {MASKS.settings['rate']:g}")
MASKED = Setting(
    "enumerated",
    f"{ENUMERATION.settings['units']} inputs, all masks, p = {ENUMERATION.settings['rate']:g} in linear and "
    f"{ENUMERATION.settings['logistic_rate']:g} in logistic regression; largest relative difference",
)
PAIRS = Setting(
    "pairs",
    f"MLP {'-'.join(map(str, (40, *_AT['model']['widths'], 10)))} on {_AT['use']['train']:,} MNIST-1D signals, with "
    f"dropout {RATE:g} and without, paired, no other regularizer, each stopped after the first epoch with {TARGET} "
    f"training accuracy of all units; {_AT['use']['test']:,} test signals; removal: accuracy lost on training signals "
    "from the intact network to one without 0 to 90 % of both hidden layers' units, random ones, mean over shares and "
    f"{_AT['draws']} draws; scaling kept units up is what dropout trains with; outputs and correlations: means of "
    "both layers",
)

_removed = partial(Claim, sentence=2, setting=PAIRS, unit="pp", criterion=Above(0))

CLAIMS: tuple[Claim, ...] = (
    Claim(
        name="thinned-gradient",
        sentence=2,
        measurement="Largest gradient of a weight at an active hidden unit that was dropped, one example",
        setting=STEP,
        estimate=worst("masks", "dropped_gradient"),
        criterion=AtMost(0),
        source=SRIVASTAVA,
        fails="in a training step on one example gradients reach the weights of dropped units (largest {value})",
    ),
    Claim(
        name="thinned-one",
        sentence=2,
        measurement=f"Different masks in a batch of {MASKS.settings['examples']}",
        setting=STEP,
        unit="thinned networks",
        estimate=lambda evidence: smallest(evidence.values("masks", "thinned")),
        criterion=AtMost(1),
        limit="a step trains one thinned network an example, not one a step",
    ),
    Claim(
        name="thinned-ridge",
        sentence=2,
        measurement="Linear regression: expected error with dropout − error with its L2 penalty, both forms",
        setting=MASKED,
        estimate=lambda evidence: largest(
            evidence.values("enumeration", "ridge_standard") + evidence.values("enumeration", "ridge_inverted")
        ),
        criterion=AtMost(ROUNDING),
        source=SRIVASTAVA,
    ),
    *(
        Claim(
            name=name,
            sentence=2,
            measurement=f"Logistic regression, coefficients of length {length:g}: what dropout adds to the loss − L2 "
            "scaled by the Fisher information",
            setting=MASKED,
            unit="%",
            estimate=worst("enumeration", key, 100),
            criterion=AtMost(tolerance),
            source=("wager2013dropout",),
        )
        for name, key, length, tolerance in (
            ("thinned-fisher", "fisher_small", ENUMERATION.settings["small"], 0.3),
            ("thinned-fisher-unit", "fisher_unit", ENUMERATION.settings["unit"], 5),
        )
    ),
    _removed(
        name="coadaptation-removal",
        measurement="Removal, kept units scaled up: none − dropout",
        estimate=lambda evidence: area_gain(evidence, "train"),
        source=SRIVASTAVA,
        fails=f"of two networks with {TARGET} training accuracy, the one trained with dropout is less robust even to "
        "what it was trained with: when random hidden units are removed and the kept ones scaled up, it loses "
        "more accuracy on the training signals (spared: {value})",
    ),
    _removed(
        name="coadaptation-unscaled",
        measurement="Removal, kept units as they are: none − dropout",
        estimate=lambda evidence: area_gain(evidence, "unscaled"),
        limit="only where the kept units are scaled up as in training",
    ),
    _removed(
        name="coadaptation-active",
        measurement="Removal of the most active first, kept units as they are: none − dropout",
        estimate=lambda evidence: area_gain(evidence, "active"),
        limit="not where the most active units are removed",
    ),
    _removed(
        name="coadaptation-test",
        measurement="Removal, kept units scaled up, test signals: none − dropout",
        estimate=lambda evidence: area_gain(evidence, "test"),
        source=SRIVASTAVA,
        limit="not on test signals",
    ),
    _removed(
        name="coadaptation-longer",
        measurement="Removal, kept units scaled up: none, trained for as many epochs as dropout, − dropout",
        estimate=lambda evidence: area_gain(evidence, "train", "longer"),
        limit="longer training without dropout does more",
    ),
    _removed(
        name="coadaptation-half",
        measurement="Removal of a random half, kept units scaled up: dropout's own loss",
        estimate=lambda evidence: _paired(
            evidence, lambda pair: 100 * (pair["dropout"]["train_curve"][0] - pair["dropout"]["train_curve"][HALF])
        ),
        criterion=Below(HALVED),
        limit="co-adaptation becomes less and does not end",
    ),
    Claim(
        name="coadaptation-correlation",
        sentence=2,
        measurement="Mean absolute correlation of two units of a hidden layer: dropout − none",
        setting=PAIRS,
        estimate=lambda evidence: _paired(
            evidence, lambda pair: _layers(pair, "dropout", "correlation") - _layers(pair, "none", "correlation")
        ),
        criterion=Below(0),
    ),
    Claim(
        name="coadaptation-activation",
        sentence=2,
        measurement="Mean output of a hidden unit: dropout / none; published: 0.7 / 2.0, an autoencoder",
        setting=PAIRS,
        unit="times",
        estimate=lambda evidence: _paired(
            evidence,
            lambda pair: _layers(pair, "dropout", "activation") / _layers(pair, "none", "activation"),
            ratio_over_seeds,
        ),
        criterion=Below(1),
        source=SRIVASTAVA,
    ),
)
