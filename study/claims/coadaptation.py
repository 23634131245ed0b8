"""Sentence 2: thinned networks, and whether training them keeps units from relying on each other."""

from __future__ import annotations

import numpy as np
import pandas as pd

from study.claims.claim import Claim, Mechanism
from study.claims.criteria import Above, AtMost, Below
from study.claims.estimate import Estimate, largest, over_seeds, smallest
from study.claims.evidence import Evidence
from study.inference import t_interval

REMOVED = tuple(round(0.1 * step, 1) for step in range(10))
HALF = REMOVED.index(0.5)
KINDS = ("none", "longer", "dropout")
"""Without dropout; without, for as many epochs as with; with."""
MATCHED = ("none", "dropout")
ROUNDING = 1e-10

COADAPTATION = Mechanism(
    name="coadaptation", topic="dropout", runner="study.mechanisms.coadaptation:Coadaptation",
    settings={
        "data": {"name": "mnist1d", "train": 4000, "validation": 1000, "test": 10000},
        "use": {"train": 1000, "validation": 100, "test": 4000},
        "model": {"name": "mlp", "widths": [256, 256]},
        "training": {"epochs": 300, "batch": 100, "optimizer": "adam", "learning_rate": 1e-3},
        "strengths": {"dropout": {"rate": 0.5}},
        "target": 0.95, "removed": list(REMOVED), "draws": 10,
    },
    seconds=3.9,
)  # fmt: skip

MECHANISMS: tuple[Mechanism, ...] = (COADAPTATION,)


def pairs(evidence: Evidence) -> list[dict[str, dict]]:
    """Return the tables of each seed's networks; seeds in which the network with or without dropout did not
    reach the training accuracy are left out, for nothing was made equal there."""
    return [trial for trial in evidence.trials["coadaptation"] if all(trial[kind]["reached"] for kind in MATCHED)]


def curves(evidence: Evidence) -> pd.DataFrame:
    """Return accuracy as hidden units are removed, for the figure.

    Returns:
        One row for each `part` (`train`, `test`), `kind` (`none`, `longer`, `dropout`) and share `removed`: `mean`,
        `ci_low`, `ci_high`, in % of the examples, over `n_seeds` seeds.
    """
    rows = []
    found = pairs(evidence)
    for part in ("train", "test"):
        for kind in KINDS:
            values = 100 * np.array([pair[kind][f"{part}_curve"] for pair in found]).reshape(-1, len(REMOVED))
            for removed, *ends in zip(REMOVED, *t_interval(values), strict=True):
                rows.append((part, kind, removed, *map(float, ends), len(found)))
    return pd.DataFrame(rows, columns=["part", "kind", "removed", "mean", "ci_low", "ci_high", "n_seeds"])


def area(curve: list[float]) -> float:
    """Return the area under an accuracy curve as its mean height over the shares removed, in %."""
    return float(100 * np.trapezoid(curve, REMOVED) / (REMOVED[-1] - REMOVED[0]))


def area_gain(evidence: Evidence, part: str, against: str = "none") -> Estimate:
    """Return the area with dropout − without, pp; `part` is `train` or `test`, `against` one of `KINDS`."""
    name = f"{part}_curve"
    return _paired(evidence, lambda pair: area(pair["dropout"][name]) - area(pair[against][name]))


def _paired(evidence: Evidence, value) -> Estimate:
    """Return an estimate over the seeds whose networks were made equal; no seed gives no interval."""
    found = [value(pair) for pair in pairs(evidence)]
    return over_seeds(found) if found else Estimate(float("nan"), seeds=0)


def _layers(pair: dict, kind: str, name: str) -> float:
    """Return a quantity's mean over the two hidden layers."""
    return float(np.mean(pair[kind][name]))


def _worst(mechanism: str, name: str, factor: float = 1.0):
    """Return an estimate: the largest of one value a seed, times a factor."""
    return lambda evidence: largest([factor * value for value in evidence.values(mechanism, name)])


NETWORK = (
    "MLP 40-256-256-10 on 1,000 MNIST-1D signals, with dropout .5 against without, paired, each stopped after the "
    "first epoch at which 95 % of the training signals are right with all units acting; no other regularizer"
)
REMOVAL = "0 to 90 % of the units of both hidden layers removed at random, ten times each, kept ones scaled up"
SRIVASTAVA = ("srivastava2014dropout",)

CLAIMS: tuple[Claim, ...] = (
    Claim(
        name="thinned-gradient", sentence=2, unit="",
        measurement="Largest gradient of a weight that enters or leaves an active hidden unit that was dropped, "
        "one example through the study's dense network with dropout .5",
        estimate=_worst("masks", "dropped_gradient"), criterion=AtMost(0),
        holds="a training step on one example trains what is left of the network: no gradient reaches the "
        "weights of a dropped unit (largest {value})",
        fails="gradients reach the weights of dropped units (largest {value})",
        source=SRIVASTAVA,
    ),
    Claim(
        name="thinned-one", sentence=2, unit="thinned networks",
        measurement="Different masks in one training step of the study's dense network with dropout .5, batch of "
        "100",
        estimate=lambda evidence: smallest(evidence.values("masks", "thinned")), criterion=AtMost(1),
        holds="a step on a batch trains one thinned network",
        fails="every example of a batch has a mask of its own, so that a step on 100 examples trains {value}",
        source=(), limit="a step trains one thinned network an example, not one a step",
    ),
    Claim(
        name="thinned-ridge", sentence=2, unit="",
        measurement="Linear regression, 10 inputs dropped at p = .3: expected squared error over all 1,024 masks "
        "against squared error plus its L2 penalty, both forms; largest relative difference",
        estimate=lambda evidence: largest(
            evidence.values("enumeration", "ridge_standard") + evidence.values("enumeration", "ridge_inverted")
        ),
        criterion=AtMost(ROUNDING),
        holds="in linear regression, training all thinned networks is exactly an L2 penalty with a weight for "
        "each input (largest relative difference {value})",
        fails="in linear regression, training all thinned networks is not an L2 penalty (largest relative "
        "difference {value})",
        source=SRIVASTAVA,
    ),
    Claim(
        name="thinned-fisher", sentence=2, unit="%",
        measurement="Logistic regression, 10 inputs dropped at p = .5, coefficient vector of length 0.1: what "
        "dropout adds to the expected loss over all masks against L2 scaled by the Fisher information; largest "
        "relative difference",
        estimate=_worst("enumeration", "fisher_small", 100), criterion=AtMost(0.3),
        holds="in logistic regression it is one to second order, scaled by the Fisher information (off by at "
        "most {value} at coefficients of length 0.1)",
        fails="in logistic regression it is not L2 scaled by the Fisher information (off by {value} at "
        "coefficients of length 0.1)",
        source=("wager2013dropout",),
    ),
    Claim(
        name="thinned-fisher-unit", sentence=2, unit="%",
        measurement="The same with a coefficient vector of length 1",
        estimate=_worst("enumeration", "fisher_unit", 100), criterion=AtMost(5),
        holds="and within {value} at coefficients of length 1",
        fails="and off by up to {value} at coefficients of length 1",
        source=("wager2013dropout",), limit="its likeness to L2 in logistic regression fades as weights grow",
    ),
    Claim(
        name="coadaptation-removal", sentence=2, unit="pp",
        measurement=f"Mean accuracy on the training signals, where both start from 95 %, with {REMOVAL}: dropout "
        f"− none; {NETWORK}",
        estimate=lambda evidence: area_gain(evidence, "train"), criterion=Above(0),
        holds="at equal training accuracy, units trained with dropout rely less on the others: with units "
        "removed, the network is right more often on its training signals (by {value} on average)",
        fails="at equal training accuracy, units trained with dropout rely no less on the others (accuracy on "
        "the training signals with units removed differs by {value})",
        source=SRIVASTAVA,
    ),
    Claim(
        name="coadaptation-test", sentence=2, unit="pp",
        measurement="The same on 4,000 test signals",
        estimate=lambda evidence: area_gain(evidence, "test"), criterion=Above(0),
        holds="on test signals too (by {value})",
        fails="not so on test signals (by {value})",
        source=SRIVASTAVA, limit="not on test signals",
    ),
    Claim(
        name="coadaptation-longer", sentence=2, unit="pp",
        measurement="The same on the training signals against a network without dropout that was trained for as "
        "many epochs as the one with",
        estimate=lambda evidence: area_gain(evidence, "train", "longer"), criterion=Above(0),
        holds="and so it is compared with a network trained as long without dropout (by {value})",
        fails="but not compared with a network trained as long without dropout (by {value})",
        source=(), limit="longer training without dropout does as much",
    ),
    Claim(
        name="coadaptation-half", sentence=2, unit="pp",
        measurement="Accuracy on the training signals that the network trained with dropout loses when half of "
        "its hidden units are removed",
        estimate=lambda evidence: _paired(
            evidence, lambda pair: 100 * (pair["dropout"]["train_curve"][0] - pair["dropout"]["train_curve"][HALF])
        ),
        criterion=Below(5),
        holds="half of its hidden units can go for less than 5 pp of accuracy on the training signals ({value})",
        fails="yet without half of its hidden units its accuracy on the training signals is {value} lower",
        source=(), limit="co-adaptation becomes less and does not end",
    ),
    Claim(
        name="coadaptation-correlation", sentence=2, unit="",
        measurement="Mean absolute correlation between two units of a hidden layer over 4,000 test signals, mean "
        "of both layers: dropout − none, the same networks",
        estimate=lambda evidence: _paired(
            evidence, lambda pair: _layers(pair, "dropout", "correlation") - _layers(pair, "none", "correlation")
        ),
        criterion=Below(0),
        holds="units trained with dropout are less correlated (mean absolute correlation changes by {value})",
        fails="units trained with dropout are not less correlated (mean absolute correlation changes by {value})",
        source=(), limit="correlations between hidden units do not fall",
    ),
    Claim(
        name="coadaptation-activation", sentence=2, unit="×",
        measurement="Mean output of a hidden unit over 4,000 test signals, mean of both layers: dropout / none, "
        "the same networks; published: about 0.7 against 2.0, in an autoencoder on MNIST",
        estimate=lambda evidence: _paired(
            evidence, lambda pair: _layers(pair, "dropout", "activation") / _layers(pair, "none", "activation")
        ),
        criterion=Below(1),
        holds="and less active on average ({value} the mean output without)",
        fails="and not less active on average ({value} the mean output without)",
        source=SRIVASTAVA, limit="hidden units are not less active",
    ),
)
