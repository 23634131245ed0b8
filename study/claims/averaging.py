"""Sentence 3: what stands for the average over thinned networks at test time, and how well."""

from __future__ import annotations

import numpy as np
import pandas as pd

from study.claims.claim import Claim, Mechanism
from study.claims.criteria import Above, AtMost, Below, Within
from study.claims.estimate import Estimate, largest, over_seeds
from study.claims.evidence import Evidence
from study.inference import t_interval

BAND = 0.5
"""Percentage points of test error within which two ways to predict are called equal."""
PUBLISHED = 50
"""About so many thinned networks reached the error of weight scaling in Srivastava et al. 2014, Fig. 11."""
ROUNDING = 1e-10
"""What a few hundred operations in float64 may leave of an identity."""

FORMS = Mechanism(
    name="forms", topic="dropout", runner="study.mechanisms.forms:Forms",
    settings={"widths": [20, 32, 32, 5], "rate": 0.3, "examples": 100, "steps": 100, "learning_rate": 0.1},
    seconds=0.05,
)

ENUMERATION = Mechanism(
    name="enumeration", topic="dropout", runner="study.mechanisms.enumeration:Enumeration",
    settings={
        "units": 10, "rate": 0.3, "logistic_rate": 0.5, "examples": 100, "classes": 5, "small": 0.1, "unit": 1.0,
    },
    seconds=0.05,
)  # fmt: skip

AVERAGING = Mechanism(
    name="averaging", topic="dropout", runner="study.mechanisms.averaging:Averaging",
    settings={
        "data": {"name": "mnist1d", "train": 4000, "validation": 1000, "test": 10000},
        "use": {"train": 1000, "validation": 100},
        "model": {"name": "mlp", "widths": [256, 256]},
        "training": {"epochs": 120, "batch": 100, "optimizer": "adam", "learning_rate": 3e-3},
        "strengths": {"dropout": {"rate": 0.5}},
        "samples": 100,
    },
    seconds=4.2,
)  # fmt: skip

MECHANISMS: tuple[Mechanism, ...] = (FORMS, ENUMERATION, AVERAGING)

NETWORK = (
    "MLP 40-256-256-10 trained with dropout .5 on 1,000 MNIST-1D signals, 10,000 test signals"
)


def excess(evidence: Evidence, name: str = "error") -> np.ndarray:
    """Return how much worse the average of 1 … k thinned networks predicts than one pass with all units.

    Args:
        evidence: the trials of `averaging` are read.
        name: `error`, in pp of the test signals, or `nll`, in nats.

    Returns:
        shape (seeds, samples); column k − 1 is the average of the first k thinned networks.
    """
    averaged = np.array(evidence.values("averaging", f"{name}s"))
    return averaged - np.array(evidence.values("averaging", f"scaled_{name}"))[:, None]


def convergence(evidence: Evidence) -> pd.DataFrame:
    """Return the excess over weight scaling by the number of thinned networks averaged, for the figure.

    Returns:
        One row for each `metric` (`error`, pp; `nll`, nats) and number of `samples`: `mean`, `ci_low`, `ci_high`,
        over `n_seeds` seeds.
    """
    frames = []
    for name in ("error", "nll"):
        values = excess(evidence, name)
        mean, low, high = t_interval(values)
        samples = np.arange(1, values.shape[1] + 1)
        frames.append(pd.DataFrame({
            "metric": name, "samples": samples, "mean": mean, "ci_low": low, "ci_high": high, "n_seeds": len(values),
        }))
    return pd.concat(frames, ignore_index=True)


def _needed(evidence: Evidence) -> Estimate:
    """Return the number of thinned networks from which on a seed's own error stays at most 0.5 pp above
    weight scaling's; one more than were tried where it never does."""
    above = excess(evidence) > BAND
    last = above.shape[1] - np.argmax(above[:, ::-1], axis=1)
    return over_seeds(np.where(above.any(axis=1), last + 1, 1))


def _expectation(evidence: Evidence) -> Estimate:
    """Return mean output over mean input − 1, in %, at the rate whose interval reaches farthest from zero."""
    by_rate = zip(*evidence.values("masks", "mean"), strict=True)
    found = [over_seeds([100 * value for value in values]) for values in by_rate]
    return max(found, key=lambda estimate: max(abs(estimate.low), abs(estimate.high)))


def _worst(mechanism: str, name: str):
    """Return an estimate: the largest of one value a seed."""
    return lambda evidence: largest(evidence.values(mechanism, name))


def _mean(mechanism: str, name: str, factor: float = 1.0):
    """Return an estimate: the mean of one value a seed, times a factor."""
    return lambda evidence: over_seeds([factor * value for value in evidence.values(mechanism, name)])


SRIVASTAVA = ("srivastava2014dropout",)
BALDI = ("baldi2013understanding", "srivastava2014dropout")
FORM = "ReLU network 20-32-32-5 with biases, 100 steps of gradient descent at p = .3 on the same masks, in float64"
SMALL = "10 units at p = .3, all 1,024 masks"

CLAIMS: tuple[Claim, ...] = (
    Claim(
        name="forms-rescaled", sentence=3, unit="",
        measurement="Standard against inverted dropout: largest difference of a predicted probability at any "
        f"step, in training and at test time, {FORM}; the standard form's kernels behind dropped units start 1/(1 "
        "− p) times larger and learn at 1/(1 − p)² times the rate",
        estimate=_worst("forms", "rescaled"), criterion=AtMost(ROUNDING),
        holds="under plain gradient descent the two forms are the same training once the kernels that dropped "
        "units feed start 1/(1 − p) times larger and learn 1/(1 − p)² times faster in the standard form, biases "
        "untouched (largest difference of a probability {value})",
        fails="the two forms differ even after their kernels and learning rates are rescaled (largest difference "
        "of a probability {value})",
        source=SRIVASTAVA,
    ),
    Claim(
        name="forms-as-they-are", sentence=3, unit="",
        measurement="The same with equal initial weights and learning rates, at test time after the last step, "
        f"{FORM}",
        estimate=_worst("forms", "as_they_are"), criterion=AtMost(ROUNDING),
        holds="with equal initial weights and learning rates they are the same training too (largest difference "
        "of a probability {value})",
        fails="with equal initial weights and learning rates they train different networks (probabilities differ "
        "by up to {value})",
        source=SRIVASTAVA, limit="the two forms agree only if initial kernels and learning rates are rescaled as well",
    ),
    Claim(
        name="scaling-outgoing", sentence=3, unit="",
        measurement="Activations times 1 − p against the kernels they feed times 1 − p, at test time: largest "
        f"difference of a probability, {FORM}",
        estimate=_worst("forms", "outgoing"), criterion=AtMost(ROUNDING),
        holds="at test time the kernels that dropped units feed may be scaled in place of the activations "
        "(largest difference {value})",
        fails="scaling the kernels that dropped units feed is not scaling the activations (largest difference "
        "{value})",
        source=SRIVASTAVA,
    ),
    Claim(
        name="scaling-incoming-unbiased", sentence=3, unit="",
        measurement="Activations times 1 − p against the kernels before them times 1 − p, at test time, with all "
        f"biases zero: largest difference of a probability, {FORM}",
        estimate=_worst("forms", "incoming_unbiased"), criterion=AtMost(ROUNDING),
        holds="so may, in a ReLU network without biases, the kernels before them (largest difference {value})",
        fails="scaling the kernels before them is not, even without biases (largest difference {value})",
        source=SRIVASTAVA, limit="the kernels before the dropped units may not be scaled in place of the activations",
    ),
    Claim(
        name="scaling-incoming", sentence=3, unit="",
        measurement=f"The same with the trained biases, {FORM}",
        estimate=_worst("forms", "incoming"), criterion=AtMost(ROUNDING),
        holds="with biases too (largest difference {value})",
        fails="with biases they may not (probabilities differ by up to {value})",
        source=SRIVASTAVA,
        limit="where units have biases, it is activations that are scaled, or the kernels behind them",
    ),
    Claim(
        name="expectation-layer", sentence=3, unit="%",
        measurement="Mean output of `keras.layers.Dropout` over mean input − 1, 2 million units a seed at each "
        "of five rates; the rate whose interval reaches farthest from 0",
        estimate=_expectation, criterion=Within(-1, 1),
        holds="dropout keeps the layer's expected signal (farthest from it over five rates: {value})",
        fails="dropout does not keep the layer's expected signal (farthest from it over five rates: {value})",
        source=SRIVASTAVA,
    ),
    Claim(
        name="expectation-next", sentence=3, unit="",
        measurement="Largest difference between the next layer's mean input over masks and its input with all "
        f"units, {SMALL}",
        estimate=_worst("enumeration", "next_input"), criterion=AtMost(ROUNDING),
        holds="the next layer's expected input is exactly that with all units (largest difference {value})",
        fails="the next layer's expected input is not that with all units (largest difference {value})",
        source=SRIVASTAVA,
    ),
    Claim(
        name="expectation-beyond", sentence=3, unit="%",
        measurement="Second hidden layer's mean ReLU output over 100 masks of the first, relative to its output "
        f"with all units, − 1, {NETWORK}",
        estimate=_mean("averaging", "signal"), criterion=Within(-5, 5),
        holds="behind the next ReLU the mean signal still agrees within 5 % ({value})",
        fails="behind the next ReLU the mean signal over masks no longer agrees with that of all units ({value})",
        source=(), limit="expected signals agree as far as the next layer's input, not behind its ReLU",
    ),
    Claim(
        name="geometric-softmax", sentence=3, unit="",
        measurement="Softmax regression: normalized geometric mean of all thinned networks' predictions against "
        f"weight scaling, largest difference of a probability, {SMALL}",
        estimate=_worst("enumeration", "geometric"), criterion=AtMost(ROUNDING),
        holds="in softmax regression weight scaling is exactly the normalized geometric mean of all thinned "
        "networks (largest difference of a probability {value})",
        fails="weight scaling is not the normalized geometric mean of all thinned networks, not even in softmax "
        "regression (largest difference of a probability {value})",
        source=BALDI,
    ),
    Claim(
        name="arithmetic-softmax", sentence=3, unit="",
        measurement=f"The same with the arithmetic mean, {SMALL}",
        estimate=_worst("enumeration", "arithmetic"), criterion=AtMost(ROUNDING),
        holds="and their plain average (largest difference {value})",
        fails="not their plain average (differs by up to {value})",
        source=BALDI, limit="weight scaling stands for the geometric mean of thinned networks, not for their average",
    ),
    Claim(
        name="geometric-deep", sentence=3, unit="",
        measurement=f"The normalized geometric mean again, with a ReLU layer behind the dropped units, {SMALL}",
        estimate=_worst("enumeration", "geometric_deep"), criterion=AtMost(ROUNDING),
        holds="in deeper networks it is that mean too (largest difference {value})",
        fails="in deeper networks it only approximates that mean (differs by up to {value} in a small random "
        "network)",
        source=BALDI, limit="in networks with more than one layer weight scaling is an approximation",
    ),
    Claim(
        name="averaging-one", sentence=3, unit="pp",
        measurement=f"Test error of a single thinned network − of all units, {NETWORK}",
        estimate=lambda evidence: over_seeds(excess(evidence)[:, 0]), criterion=Above(0),
        holds="all units together err less than a single thinned network (by {value})",
        fails="all units together do not err less than a single thinned network (difference {value})",
        source=SRIVASTAVA,
    ),
    Claim(
        name="averaging-hundred", sentence=3, unit="pp",
        measurement=f"Test error of the average of 100 thinned networks − of weight scaling, {NETWORK}",
        estimate=lambda evidence: over_seeds(excess(evidence)[:, -1]), criterion=Within(-BAND, BAND),
        holds="one pass with all units errs as often as the average of 100 thinned networks, within 0.5 pp "
        "(difference {value})",
        fails="one pass with all units does not err as often as the average of 100 thinned networks (the "
        "average's error less that of one pass: {value})",
        source=SRIVASTAVA, limit="averaging many thinned networks gives another error",
    ),
    Claim(
        name="averaging-needed", sentence=3, unit="thinned networks",
        measurement="Thinned networks averaged from which on the test error stays at most 0.5 pp above weight "
        f"scaling's, {NETWORK}; published: about 50 to reach it, on MNIST",
        estimate=_needed, criterion=Below(PUBLISHED),
        holds="averages come within 0.5 pp of its error with {value}, fewer than the 50 published for MNIST",
        fails="averages come within 0.5 pp of its error with {value}, more than the 50 published for MNIST",
        source=SRIVASTAVA, limit="averaging needs more thinned networks than published",
    ),
    Claim(
        name="averaging-nll", sentence=3, unit="nats",
        measurement=f"Test NLL of the average of 100 thinned networks − of weight scaling, {NETWORK}",
        estimate=lambda evidence: over_seeds(excess(evidence, "nll")[:, -1]), criterion=Within(-0.05, 0.05),
        holds="the probabilities of one pass are as good as those of the average of 100 thinned networks "
        "(difference in NLL {value})",
        fails="the probabilities of one pass are not those of the average of 100 thinned networks (the average's "
        "NLL less that of one pass: {value})",
        source=(), limit="the probabilities of one pass are not those of the average",
    ),
)
