"""Sentence 2: thinned networks, and whether training them keeps units from relying on each other."""

from __future__ import annotations

import numpy as np
import pandas as pd

from study.claims.claim import Claim, Mechanism
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
NETWORK = (
    f"MLP {'-'.join(map(str, (40, *_AT['model']['widths'], 10)))} on {_AT['use']['train']:,} MNIST-1D signals, with "
    f"dropout {RATE:g} against without, paired, each stopped after the first epoch at which {TARGET} of the training "
    "signals are right with all units acting; no other regularizer"
)
LOST = "Accuracy lost on the training signals, from the intact network to one with 0 to 90 % of the units of both"
DRAWS = f"mean over the shares and {_AT['draws']} draws of each"
REMOVAL = f"{LOST} hidden layers removed at random, {DRAWS}, kept units scaled up"
OWN = f"half of the units removed and the kept ones scaled up is what dropout {RATE:g} trains with"
TEST = f"{_AT['use']['test']:,} test signals"
LINEAR, LOGISTIC = (ENUMERATION.settings[name] for name in ("rate", "logistic_rate"))
MASKED = f"{ENUMERATION.settings['units']} inputs dropped at p = "

CLAIMS: tuple[Claim, ...] = (
    Claim(
        name="thinned-gradient",
        sentence=2,
        unit="",
        measurement="Largest gradient of a weight that enters or leaves an active hidden unit that was dropped, "
        f"one example through the study's dense network with dropout {MASKS.settings['rate']:g}",
        estimate=worst("masks", "dropped_gradient"),
        criterion=AtMost(0),
        holds="a training step on one example trains what is left of the network: no gradient reaches the "
        "weights of a dropped unit (largest {value})",
        fails="in a training step on one example gradients reach the weights of dropped units (largest {value})",
        source=SRIVASTAVA,
    ),
    Claim(
        name="thinned-one",
        sentence=2,
        unit="thinned networks",
        measurement="Different masks in one training step of the study's dense network with dropout "
        f"{MASKS.settings['rate']:g}, batch of {MASKS.settings['examples']}",
        estimate=lambda evidence: smallest(evidence.values("masks", "thinned")),
        criterion=AtMost(1),
        holds="all examples of a batch share one mask, so that a step trains one thinned network",
        fails="every example of a batch has a mask of its own, so that a step on "
        f"{MASKS.settings['examples']} examples trains {{value}}",
        source=(),
        limit="a step trains one thinned network an example, not one a step",
    ),
    Claim(
        name="thinned-ridge",
        sentence=2,
        unit="",
        measurement=f"Linear regression, {MASKED}{LINEAR:g}: expected squared error over all masks against squared "
        "error plus its L2 penalty, both forms; largest relative difference",
        estimate=lambda evidence: largest(
            evidence.values("enumeration", "ridge_standard") + evidence.values("enumeration", "ridge_inverted")
        ),
        criterion=AtMost(ROUNDING),
        holds="in linear regression, training all thinned networks is exactly an L2 penalty with a weight for "
        "each input (largest relative difference {value})",
        fails="in linear regression, training all thinned networks is not exactly an L2 penalty (largest relative "
        "difference {value})",
        source=SRIVASTAVA,
        beside=True,
    ),
    *(
        Claim(
            name=name,
            sentence=2,
            unit="%",
            measurement=f"Logistic regression, {MASKED}{LOGISTIC:g}, coefficient vector of length {length:g}: what "
            "dropout adds to the expected loss over all masks against L2 scaled by the Fisher information; largest "
            "relative difference",
            estimate=worst("enumeration", key, 100),
            criterion=AtMost(tolerance),
            holds=f"in logistic regression with coefficients of length {length:g}, training all thinned networks is an "
            f"L2 penalty scaled by the Fisher information to within {tolerance:g} % (off by at most {{value}})",
            fails=f"in logistic regression with coefficients of length {length:g}, training all thinned networks is "
            f"more than {tolerance:g} % off an L2 penalty scaled by the Fisher information (by up to {{value}})",
            source=("wager2013dropout",),
            beside=True,
        )
        for name, key, length, tolerance in (
            ("thinned-fisher", "fisher_small", ENUMERATION.settings["small"], 0.3),
            ("thinned-fisher-unit", "fisher_unit", ENUMERATION.settings["unit"], 5),
        )
    ),
    Claim(
        name="coadaptation-removal",
        sentence=2,
        unit="pp",
        measurement=f"{REMOVAL}: none − dropout; {NETWORK}; {OWN}",
        estimate=lambda evidence: area_gain(evidence, "train"),
        criterion=Above(0),
        holds=f"of two networks with {TARGET} training accuracy, the one trained with dropout is more robust to what "
        "it was trained with: when random hidden units are removed and the kept ones scaled up, it loses {value} "
        "less accuracy on the training signals",
        fails=f"of two networks with {TARGET} training accuracy, the one trained with dropout is less robust even to "
        "what it was trained with: when random hidden units are removed and the kept ones scaled up, it loses "
        "more accuracy on the training signals (spared: {value})",
        source=SRIVASTAVA,
    ),
    Claim(
        name="coadaptation-unscaled",
        sentence=2,
        unit="pp",
        measurement=f"{LOST} hidden layers removed at random, {DRAWS}, kept units left as they are, which "
        f"neither network was trained with: none − dropout; {NETWORK}",
        estimate=lambda evidence: area_gain(evidence, "unscaled"),
        criterion=Above(0),
        holds="where the kept units are left as they are, which dropout does not train with, removing random hidden "
        "units costs a network trained with dropout less accuracy than one trained without (by {value})",
        fails="where the kept units are left as they are, which dropout does not train with, removing random hidden "
        "units costs a network trained with dropout more accuracy than one trained without (spared: {value})",
        source=(),
        limit="only where the kept units are scaled up as in training",
    ),
    Claim(
        name="coadaptation-active",
        sentence=2,
        unit="pp",
        measurement=f"{LOST} hidden layers removed, the most active first, mean over the shares, kept units left as they "
        f"are, which neither network was trained with: none − dropout; {NETWORK}",
        estimate=lambda evidence: area_gain(evidence, "active"),
        criterion=Above(0),
        holds="removing the most active hidden units, which dropout does not train with, costs a network trained "
        "with dropout less accuracy than one trained without (by {value})",
        fails="removing the most active hidden units, which dropout does not train with, costs a network trained "
        "with dropout more accuracy than one trained without (spared: {value})",
        source=(),
        limit="not where the most active units are removed",
    ),
    Claim(
        name="coadaptation-test",
        sentence=2,
        unit="pp",
        measurement=f"{REMOVAL.replace('the training signals', TEST)}: none − dropout; {NETWORK}; {OWN}",
        estimate=lambda evidence: area_gain(evidence, "test"),
        criterion=Above(0),
        holds="on test signals, removing random hidden units and scaling up the kept ones costs a network trained "
        "with dropout less of its own accuracy than one trained without (by {value})",
        fails="on test signals, removing random hidden units and scaling up the kept ones costs a network trained "
        "with dropout more of its own accuracy than one trained without (spared: {value})",
        source=SRIVASTAVA,
        limit="not on test signals",
    ),
    Claim(
        name="coadaptation-longer",
        sentence=2,
        unit="pp",
        measurement=f"{REMOVAL}: without dropout, trained for as many epochs as with − dropout; {NETWORK}; {OWN}",
        estimate=lambda evidence: area_gain(evidence, "train", "longer"),
        criterion=Above(0),
        holds="compared with a network trained for as many epochs without dropout, one trained with it loses "
        "{value} less accuracy on the training signals when random hidden units are removed and the kept ones "
        "scaled up",
        fails="compared with a network trained for as many epochs without dropout, one trained with it loses more "
        "accuracy on the training signals when random hidden units are removed and the kept ones scaled up "
        "(spared: {value})",
        source=(),
        limit="longer training without dropout does more",
    ),
    Claim(
        name="coadaptation-half",
        sentence=2,
        unit="pp",
        measurement="Accuracy on the training signals that the network trained with dropout loses when a random half "
        f"of the units of both hidden layers are removed, kept units scaled up; {NETWORK}; {OWN}",
        estimate=lambda evidence: _paired(
            evidence, lambda pair: 100 * (pair["dropout"]["train_curve"][0] - pair["dropout"]["train_curve"][HALF])
        ),
        criterion=Below(HALVED),
        holds=f"a network trained with dropout can lose half of its hidden units for less than {HALVED} pp of accuracy "
        "on the training signals ({value})",
        fails="without half of its hidden units, the accuracy of a network trained with dropout is {value} lower on "
        "the training signals",
        source=(),
        limit="co-adaptation becomes less and does not end",
    ),
    Claim(
        name="coadaptation-correlation",
        sentence=2,
        unit="",
        measurement=f"Mean absolute correlation between two units of a hidden layer over {TEST}, mean of both layers: "
        f"dropout − none; {NETWORK}",
        estimate=lambda evidence: _paired(
            evidence, lambda pair: _layers(pair, "dropout", "correlation") - _layers(pair, "none", "correlation")
        ),
        criterion=Below(0),
        holds="units trained with dropout are less correlated (mean absolute correlation changes by {value})",
        fails="units trained with dropout are more correlated (mean absolute correlation changes by {value})",
        source=(),
        beside=True,
    ),
    Claim(
        name="coadaptation-activation",
        sentence=2,
        unit="times",
        measurement=f"Mean output of a hidden unit over {TEST}, mean of both layers: dropout / none, geometric mean "
        f"over seeds; {NETWORK}; published: about 0.7 against 2.0, in an autoencoder on MNIST",
        estimate=lambda evidence: _paired(
            evidence,
            lambda pair: _layers(pair, "dropout", "activation") / _layers(pair, "none", "activation"),
            ratio_over_seeds,
        ),
        criterion=Below(1),
        holds="hidden units trained with dropout are less active: their mean output is {value} that of units trained "
        "without",
        fails="hidden units trained with dropout are more active: their mean output is {value} that of units trained "
        "without",
        source=SRIVASTAVA,
        beside=True,
    ),
)
