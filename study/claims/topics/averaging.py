"""Sentence 3: what stands for the average over thinned networks at test time, and how well."""

from __future__ import annotations

import numpy as np
import pandas as pd

from study.claims.claim import Claim, Mechanism
from study.claims.criteria import Above, AtMost, Below, Within
from study.claims.estimate import Estimate, largest, over_seeds
from study.claims.evidence import Evidence
from study.statistics.inference import t_interval

SRIVASTAVA = ("srivastava2014dropout",)
BALDI = ("baldi2013understanding", *SRIVASTAVA)

BAND = 0.5
"""Half-width in percentage points of the band of test error that the figure shows for scale."""
PUBLISHED = 50
"""About so many thinned networks reached the error of weight scaling in Srivastava et al. 2014, Fig. 11."""
BEYOND = 5
"""Percent within which a mean signal behind the next layer's ReLU is called that of all units."""
ROUNDING = 1e-10
"""What a few hundred operations in float64 may leave of an identity."""

ENUMERATION = Mechanism(
    name="enumeration", topic="dropout", runner="study.claims.mechanisms.enumeration:Enumeration",
    settings={
        "units": 10, "rate": 0.3, "logistic_rate": 0.5, "examples": 100, "classes": 5, "small": 0.1, "unit": 1.0,
    },
    seconds=0.05,
)  # fmt: skip

AVERAGING = Mechanism(
    name="averaging", topic="dropout", runner="study.claims.mechanisms.averaging:Averaging",
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

MECHANISMS: tuple[Mechanism, ...] = (ENUMERATION, AVERAGING)

SAMPLES = AVERAGING.settings["samples"]
"""Thinned networks averaged at most."""
JUDGED = (PUBLISHED, SAMPLES)
"""Numbers of thinned networks at which the average is judged against weight scaling."""
NETWORK = (
    f"MLP {'-'.join(map(str, (40, *AVERAGING.settings['model']['widths'], 10)))} trained with dropout "
    f"{AVERAGING.settings['strengths']['dropout']['rate']:g} on {AVERAGING.settings['use']['train']:,} MNIST-1D "
    f"signals, {AVERAGING.settings['data']['test']:,} test signals"
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
        over `n_seeds` seeds; `judged`, whether a claim is about that number.
    """
    frames = []
    for name in ("error", "nll"):
        values = excess(evidence, name)
        mean, low, high = t_interval(values)
        samples = np.arange(1, values.shape[1] + 1)
        frames.append(
            pd.DataFrame(
                {
                    "metric": name,
                    "samples": samples,
                    "mean": mean,
                    "ci_low": low,
                    "ci_high": high,
                    "n_seeds": len(values),
                    "judged": np.isin(samples, JUDGED),
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def first_as_good(evidence: Evidence) -> np.ndarray:
    """Return the first number of thinned networks whose average errs no more than one pass with all units.

    Returns:
        shape (seeds,); one more than were tried where none does.
    """
    # Equal errors differ by rounding; half a test signal tells them from unequal ones.
    reached = excess(evidence) <= 50 / AVERAGING.settings["data"]["test"]
    return np.where(reached.any(axis=1), 1 + reached.argmax(axis=1), 1 + reached.shape[1])


def _needed(evidence: Evidence) -> Estimate:
    """Return the upper median over seeds: it is right wherever at most half of the seeds reached none."""
    return Estimate(float(np.quantile(first_as_good(evidence), 0.5, method="higher")))


def _unreached(evidence: Evidence) -> Estimate:
    """Return in how many seeds no average that was tried errs as little as one pass."""
    return Estimate(int((first_as_good(evidence) > SAMPLES).sum()))


def _at(samples: int, name: str = "error"):
    """Return an estimate: the mean excess of the average of so many thinned networks over one pass."""
    return lambda evidence: over_seeds(excess(evidence, name)[:, samples - 1])


def _expectation(evidence: Evidence) -> Estimate:
    """Return mean output over mean input − 1, in %, at the rate whose interval reaches farthest from zero."""
    by_rate = zip(*evidence.values("masks", "mean"), strict=True)
    found = [over_seeds([100 * value for value in values]) for values in by_rate]
    return max(found, key=lambda estimate: max(abs(estimate.low), abs(estimate.high)))


def worst(mechanism: str, name: str, factor: float = 1.0):
    """Return an estimate: the largest of one value a seed, times a factor."""
    return lambda evidence: largest([factor * value for value in evidence.values(mechanism, name)])


SMALL = (
    f"{ENUMERATION.settings['units']} units at p = {ENUMERATION.settings['rate']:g}, "
    f"all {2 ** ENUMERATION.settings['units']:,} masks"
)

CLAIMS: tuple[Claim, ...] = (
    Claim(
        name="expectation-layer",
        sentence=3,
        unit="%",
        measurement="Mean output of `keras.layers.Dropout` over mean input − 1, 2 million units a seed at each "
        "of five rates; the rate whose interval reaches farthest from 0",
        estimate=_expectation,
        criterion=Within(-1, 1),
        holds="dropout keeps the expected output of its layer (farthest from the input's mean over five rates: "
        "{value})",
        fails="dropout does not keep the expected output of its layer (farthest from the input's mean over five "
        "rates: {value})",
        source=SRIVASTAVA,
    ),
    Claim(
        name="expectation-next",
        sentence=3,
        unit="",
        measurement="Largest difference between the next layer's mean input over masks and its input with all "
        f"units, {SMALL}",
        estimate=worst("enumeration", "next_input"),
        criterion=AtMost(ROUNDING),
        holds="the next layer's expected input is exactly that with all units (largest difference {value})",
        fails="the next layer's expected input is not that with all units (largest difference {value})",
        source=SRIVASTAVA,
    ),
    Claim(
        name="expectation-beyond",
        sentence=3,
        unit="%",
        measurement=f"Second hidden layer's mean ReLU output over {SAMPLES} masks of the first, relative to its "
        f"output with all units, − 1, {NETWORK}",
        estimate=lambda evidence: over_seeds(evidence.values("averaging", "signal")),
        criterion=Within(-BEYOND, BEYOND),
        holds=f"behind the next layer's ReLU the mean signal over masks is within {BEYOND} % of that with all units "
        "(difference {value})",
        fails=f"behind the next layer's ReLU the mean signal over masks is more than {BEYOND} % away from that with "
        "all units (difference {value})",
        source=(),
        limit="expected signals agree as far as the next layer's input, not behind its ReLU",
    ),
    Claim(
        name="geometric-softmax",
        sentence=3,
        unit="",
        measurement="Softmax regression: normalized geometric mean of all thinned networks' predictions against "
        f"weight scaling, largest difference of a probability, {SMALL}",
        estimate=worst("enumeration", "geometric"),
        criterion=AtMost(ROUNDING),
        holds="in softmax regression weight scaling is exactly the normalized geometric mean of all thinned "
        "networks (largest difference of a probability {value})",
        fails="in softmax regression weight scaling is not the normalized geometric mean of all thinned networks "
        "(probabilities differ by up to {value})",
        source=BALDI,
        beside=True,
    ),
    Claim(
        name="arithmetic-softmax",
        sentence=3,
        unit="",
        measurement="Softmax regression: arithmetic mean of all thinned networks' predictions against weight "
        f"scaling, largest difference of a probability, {SMALL}",
        estimate=worst("enumeration", "arithmetic"),
        criterion=AtMost(ROUNDING),
        holds="in softmax regression weight scaling is exactly the plain average of all thinned networks (largest "
        "difference of a probability {value})",
        fails="in softmax regression weight scaling is not the plain average of all thinned networks "
        "(probabilities differ by up to {value})",
        source=BALDI,
        beside=True,
    ),
    Claim(
        name="geometric-deep",
        sentence=3,
        unit="",
        measurement="The same network with a ReLU layer behind the dropped units: normalized geometric mean of all "
        f"thinned networks' predictions against weight scaling, largest difference of a probability, {SMALL}",
        estimate=worst("enumeration", "geometric_deep"),
        criterion=AtMost(ROUNDING),
        holds="with a ReLU layer behind the dropped units weight scaling is exactly the normalized geometric mean "
        "of all thinned networks (largest difference of a probability {value})",
        fails="with a ReLU layer behind the dropped units weight scaling only approximates the normalized "
        "geometric mean of all thinned networks (probabilities differ by up to {value} in a small random network)",
        source=BALDI,
        beside=True,
    ),
    Claim(
        name="averaging-one",
        sentence=3,
        unit="pp",
        measurement=f"Test error of a single thinned network − of one pass with all units, {NETWORK}",
        estimate=_at(1),
        criterion=Above(0),
        holds="a single thinned network errs more often than one pass with all units (by {value})",
        fails="a single thinned network errs less often than one pass with all units (difference {value})",
        source=SRIVASTAVA,
        beside=True,
    ),
    *(
        Claim(
            name=name,
            sentence=3,
            unit="pp",
            measurement=f"Test error of the average of {samples} thinned networks − of one pass with all units, "
            f"{NETWORK}; published: {published}, on MNIST",
            estimate=_at(samples),
            criterion=Below(0),
            holds=f"the average of {samples} thinned networks errs less often than one pass with all units "
            "(difference {value})",
            fails=f"the average of {samples} thinned networks still errs more often than one pass with all units "
            "(by {value})",
            source=SRIVASTAVA,
            beside=True,
        )
        for name, samples, published in (
            ("averaging-fifty", PUBLISHED, "about equal"),
            ("averaging-hundred", SAMPLES, "slightly below, within one standard deviation"),
        )
    ),
    Claim(
        name="averaging-needed",
        sentence=3,
        unit="thinned networks",
        measurement="First k at which the average of k thinned networks errs no more than one pass with all "
        f"units, upper median over seeds, {SAMPLES + 1} standing for more than the {SAMPLES} tried, {NETWORK}; "
        f"published: about {PUBLISHED}, on MNIST",
        estimate=_needed,
        criterion=AtMost(PUBLISHED),
        holds="in the median seed the average of {value} errs no more than one pass with all units; about "
        f"{PUBLISHED} were published for MNIST",
        fails=f"in the median seed more than the {PUBLISHED} thinned networks published for MNIST are averaged before "
        f"the average errs no more than one pass with all units ({{value}}, {SAMPLES + 1} standing for more than the "
        f"{SAMPLES} tried)",
        source=SRIVASTAVA,
        beside=True,
    ),
    Claim(
        name="averaging-unreached",
        sentence=3,
        unit="seeds",
        measurement=f"Seeds in which no average of 1 … {SAMPLES} thinned networks errs as little as one pass with "
        f"all units, {NETWORK}",
        estimate=_unreached,
        criterion=AtMost(0),
        holds=f"in every seed some average of at most {SAMPLES} thinned networks errs no more than one pass with all "
        "units (it does not in {value})",
        fails=f"in {{value}} no average of at most {SAMPLES} thinned networks errs as little as one pass with all "
        "units",
        source=(),
        beside=True,
    ),
    Claim(
        name="averaging-nll",
        sentence=3,
        unit="nats",
        measurement=f"Test NLL of the average of {SAMPLES} thinned networks − of one pass with all units, {NETWORK}",
        estimate=_at(SAMPLES, "nll"),
        criterion=Below(0),
        holds=f"the average of {SAMPLES} thinned networks gives better probabilities than one pass with all units "
        "(difference in NLL {value})",
        fails=f"the average of {SAMPLES} thinned networks gives worse probabilities than one pass with all units "
        "(difference in NLL {value})",
        source=(),
        beside=True,
    ),
)
