"""Sentence 3: what stands for the average over thinned networks at test time, and how well."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from study.claims.claim import Claim, Mechanism, Setting
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
NETWORK = Setting(
    "thinned",
    f"MLP {'-'.join(map(str, (40, *AVERAGING.settings['model']['widths'], 10)))} trained with dropout "
    f"{AVERAGING.settings['strengths']['dropout']['rate']:g} on {AVERAGING.settings['use']['train']:,} MNIST-1D "
    f"signals, {AVERAGING.settings['data']['test']:,} test signals",
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


def worst(mechanism: str, name: str, factor: float = 1.0):
    """Return an estimate: the largest of one value a seed, times a factor."""
    return lambda evidence: largest([factor * value for value in evidence.values(mechanism, name)])


SMALL = Setting(
    "enumerated",
    f"small random networks, {ENUMERATION.settings['units']} units dropped at p = {ENUMERATION.settings['rate']:g}, "
    f"all {2 ** ENUMERATION.settings['units']:,} masks; weight scaling stands for one pass with all units",
)

_mean = partial(
    Claim, sentence=3, setting=SMALL, criterion=AtMost(ROUNDING), source=BALDI
)  # weight scaling against a mean of thinned networks
_averaged = partial(Claim, sentence=3, setting=NETWORK, source=SRIVASTAVA)

CLAIMS: tuple[Claim, ...] = (
    Claim(
        name="expectation-next",
        sentence=3,
        measurement="Next layer's mean input over masks − with all units, largest difference",
        setting=SMALL,
        estimate=worst("enumeration", "next_input"),
        criterion=AtMost(ROUNDING),
        source=SRIVASTAVA,
        fails="the next layer's expected input is not that with all units (largest difference {value})",
    ),
    Claim(
        name="expectation-beyond",
        sentence=3,
        measurement=f"Second hidden layer's mean ReLU output over {SAMPLES} masks, relative to all units, − 1",
        setting=NETWORK,
        unit="%",
        estimate=lambda evidence: over_seeds(evidence.values("averaging", "signal")),
        criterion=Within(-BEYOND, BEYOND),
        limit="expected signals agree as far as the next layer's input, not behind its ReLU",
    ),
    _mean(
        name="geometric-softmax",
        measurement="Softmax regression's probabilities: weight scaling − thinned networks' normalized geometric mean",
        estimate=worst("enumeration", "geometric"),
    ),
    _mean(
        name="arithmetic-softmax",
        measurement="Softmax regression's probabilities: weight scaling − thinned networks' arithmetic mean",
        estimate=worst("enumeration", "arithmetic"),
    ),
    _mean(
        name="geometric-deep",
        measurement="Geometric mean again, with a ReLU layer behind the dropped units",
        estimate=worst("enumeration", "geometric_deep"),
    ),
    _averaged(
        name="averaging-one",
        measurement="Test error: one thinned network − all units",
        unit="pp",
        estimate=_at(1),
        criterion=Above(0),
    ),
    _averaged(
        name="averaging-fifty",
        measurement=f"Test error: average of {PUBLISHED} thinned networks − all units; published, on MNIST: about "
        "equal",
        unit="pp",
        estimate=_at(PUBLISHED),
        criterion=Within(-BAND, BAND),
    ),
    _averaged(
        name="averaging-hundred",
        measurement=f"Test error: average of {SAMPLES} − all units; published: slightly below",
        unit="pp",
        estimate=_at(SAMPLES),
        criterion=Below(0),
    ),
    _averaged(
        name="averaging-needed",
        measurement=f"Networks needed to err no more than all units, upper median over seeds ({SAMPLES + 1}: none "
        f"did); published: about {PUBLISHED}",
        unit="thinned networks",
        estimate=_needed,
        criterion=AtMost(PUBLISHED),
    ),
    _averaged(
        name="averaging-unreached",
        measurement="Seeds in which no average errs as little as all units",
        unit="seeds",
        estimate=_unreached,
        criterion=AtMost(0),
        source=(),
    ),
    _averaged(
        name="averaging-nll",
        measurement=f"Test NLL: average of {SAMPLES} − all units",
        unit="nats",
        estimate=_at(SAMPLES, "nll"),
        criterion=Below(0),
        source=(),
    ),
)
