"""Convergence: how many steps to a training loss batch norm saves, and over which learning rates."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from study.claims.claim import Claim, Mechanism, Setting
from study.claims.criteria import Above, Below
from study.claims.estimate import Estimate, over_seeds
from study.claims.evidence import Evidence, Unmeasured
from study.claims.mechanisms.networks import SIGNALS
from study.claims.topics.ratio import ratio_over_seeds
from study.design.factors import NAMES

RATES = {
    "steps-adam": [1e-3, 2e-3, 5e-3, 1e-2, 2e-2, 5e-2, 1e-1, 2e-1],
    "steps-sgd": [1e-2, 2e-2, 5e-2, 1e-1, 2e-1, 5e-1, 1.0],
    "steps-deep": [1e-3, 2e-3, 5e-3, 1e-2, 2e-2, 5e-2, 1e-1, 2e-1],
}
"""Learning rates by mechanism."""
TARGET = 0.5
LONGEST = 600
"""Steps after which a training that has not reached its loss is given up; it counts as this many."""
MATTERS = 1.1
"""Smallest ratio of steps, or of seconds, that matters."""
DEEP_WIDTHS = [64] * 8


def _mechanism(name: str, widths: list[int], optimizer: str, seconds: float) -> Mechanism:
    return Mechanism(
        name=name,
        topic="batchnorm",
        runner="study.claims.mechanisms.convergence:Convergence",
        settings={
            "data": SIGNALS,
            "use": {"train": 1000},
            "model": {"name": "mlp", "widths": widths},
            "training": {"epochs": 1, "batch": 100, "optimizer": optimizer, "learning_rate": 5e-3},
            "strengths": {"batchnorm": {"momentum": 0.95}},
            "rates": RATES[name],
            "target": TARGET,
            "longest": LONGEST,
        },
        seconds=seconds,
    )


MECHANISMS: tuple[Mechanism, ...] = (
    _mechanism("steps-adam", [128, 128], "adam", 1.6),
    _mechanism("steps-sgd", [128, 128], "sgd", 1.3),
    _mechanism("steps-deep", DEEP_WIDTHS, "adam", 3.1),
)


def fewest(steps: Sequence[int | None]) -> int:
    """Return the steps at a network's own best learning rate; `LONGEST` if no rate reached the loss."""
    return min((count for count in steps if count is not None), default=LONGEST)


def speedup(evidence: Evidence, mechanism: str) -> Estimate:
    """Return steps without batch norm over steps with it, each at its own best learning rate."""
    pairs = zip(evidence.values(mechanism, "none"), evidence.values(mechanism, "batchnorm"), strict=True)
    return ratio_over_seeds([fewest(plain) / fewest(normalized) for plain, normalized in pairs])


def rates_reaching(evidence: Evidence, mechanism: str) -> Estimate:
    """Return how many more of the learning rates reach the loss with batch norm than without."""
    pairs = zip(evidence.values(mechanism, "none"), evidence.values(mechanism, "batchnorm"), strict=True)
    return over_seeds(
        [
            sum(count is not None for count in normalized) - sum(count is not None for count in plain)
            for plain, normalized in pairs
        ]
    )


def seconds(evidence: Evidence) -> Estimate:
    """Return the seconds of stored trainings with batch norm over those of the same arm without it.

    Those with early stopping are left out, as they end at different epochs.

    Raises:
        Unmeasured: if there is no such pair.
    """
    if evidence.results is None:
        raise Unmeasured("lattice")
    runs = evidence.results.runs
    runs = runs[(runs["status"] == "ok") & (runs["earlystopping"] == 0) & (runs["seconds"] > 0)]
    others = [name for name in NAMES if name != "batchnorm"]
    pairs = (
        runs.pivot_table(index=["experiment", "seed", *others], columns="batchnorm", values="seconds")
        .reindex(columns=[0, 1])
        .dropna()
    )
    if pairs.empty:
        raise Unmeasured("lattice")
    return ratio_over_seeds(np.exp(np.log(pairs[1] / pairs[0]).groupby("seed").mean()))


ADAM = Setting("Adam", "MLP 40-128-128-10, MNIST-1D, n = 1,000, batch 100, Adam")
SGD = Setting("SGD", "but SGD with momentum 0.9", like=ADAM)
DEEP = Setting("deep", f"but {len(DEEP_WIDTHS)} hidden layers of {DEEP_WIDTHS[0]}", like=ADAM)
LATTICE = Setting(
    "lattice", "all trainings of the study without early stopping, the other regularizers and the epochs alike"
)
LOWEST, *_, HIGHEST = RATES["steps-adam"]
TRIED = len(RATES["steps-adam"])

_faster = partial(
    Claim,
    sentence=7,
    measurement=f"Steps to a training loss of {TARGET} (mean over the last epoch's batches) without batch norm over "
    "steps with it, each at its own best learning rate",
    unit="times",
    criterion=Above(MATTERS),
    source=("ioffe2015batch",),
)

CLAIMS: tuple[Claim, ...] = (
    _faster(
        name="batchnorm-steps",
        setting=ADAM,
        estimate=partial(speedup, mechanism="steps-adam"),
        fails=f"in two hidden layers with Adam, batch norm does not make convergence {MATTERS:g} times as fast: each "
        f"at its own best learning rate, the same training loss takes {{value}} as many steps without it",
    ),
    _faster(
        name="batchnorm-steps-sgd",
        setting=SGD,
        estimate=partial(speedup, mechanism="steps-sgd"),
        limit="not clearly faster with SGD and momentum",
    ),
    _faster(
        name="batchnorm-steps-deep",
        setting=DEEP,
        estimate=partial(speedup, mechanism="steps-deep"),
        limit=f"not clearly faster in {len(DEEP_WIDTHS)} hidden layers",
    ),
    _faster(
        name="batchnorm-steps-size",
        setting=DEEP,
        estimate=partial(speedup, mechanism="steps-deep"),
        criterion=Above(2),
        limit=f"less than twice as fast in {len(DEEP_WIDTHS)} hidden layers (published for Inception: 14 times)",
    ),
    Claim(
        name="batchnorm-seconds",
        sentence=7,
        measurement="Seconds of a training with batch norm over those without, geometric mean by seed",
        setting=LATTICE,
        unit="times",
        estimate=seconds,
        criterion=Below(MATTERS),
        limit="its steps take longer",
    ),
    Claim(
        name="batchnorm-rates",
        sentence=7,
        measurement=f"More of {TRIED} learning rates ({LOWEST:g} … {HIGHEST:g}) that reach a training loss of "
        f"{TARGET} within {LONGEST} steps with batch norm than without",
        setting=ADAM,
        estimate=partial(rates_reaching, mechanism="steps-adam"),
        criterion=Above(0),
        source=("ioffe2015batch", "santurkar2018how"),
        limit="it bears no more learning rates",
    ),
)
