"""Convergence: how many steps to a training loss batch norm saves, and over which learning rates."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np

from study.claims.claim import Claim, Mechanism
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
    training = {"epochs": 1, "batch": 100, "optimizer": optimizer, "learning_rate": 5e-3}
    settings = {
        "data": SIGNALS,
        "use": {"train": 1000},
        "model": {"name": "mlp", "widths": widths},
        "training": training,
        "strengths": {"batchnorm": {"momentum": 0.95}},
        "rates": RATES[name],
        "target": TARGET,
        "longest": LONGEST,
    }
    return Mechanism(name, "batchnorm", "study.claims.mechanisms.convergence:Convergence", settings, seconds)


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


STEPS = (
    f"steps to a training loss of {TARGET} (mean over the last epoch's batches, in training mode) without batch norm over "
    "steps with it, each at its own best learning rate; {network}, n = 1,000, {optimizer}, batch 100"
)
NETWORK = "MLP 40-128-128-10, MNIST-1D"
LAYERS = f"{len(DEEP_WIDTHS)} hidden layers"
DEEP = f"MLP with {LAYERS} of {DEEP_WIDTHS[0]}, MNIST-1D"
LOWEST, *_, HIGHEST = RATES["steps-adam"]
TRIED = len(RATES["steps-adam"])
ADAM, SGD, EIGHT = (functools.partial(speedup, mechanism=name) for name in RATES)


def _faster(name: str, network: str, optimizer: str, where: str, estimate, limit: str | None) -> Claim:
    """Return the claim that batch norm saves steps in a network."""
    return Claim(
        name,
        7,
        STEPS.format(network=network, optimizer=optimizer),
        "times",
        estimate,
        Above(MATTERS),
        f"{where} batch norm converges faster: each at its own best learning rate, the same training loss takes {{value}} "
        "as many steps without it",
        f"{where} batch norm does not make convergence {MATTERS:g} times as fast: each at its own best learning rate, the "
        "same training loss takes {value} as many steps without it",
        ("ioffe2015batch",),
        limit,
    )


CLAIMS: tuple[Claim, ...] = (
    _faster("batchnorm-steps", NETWORK, "Adam", "in two hidden layers with Adam,", ADAM, None),
    _faster(
        "batchnorm-steps-sgd",
        NETWORK,
        "SGD with momentum 0.9",
        "in two hidden layers with SGD and momentum,",
        SGD,
        "not clearly faster with SGD and momentum",
    ),
    _faster("batchnorm-steps-deep", DEEP, "Adam", f"in {LAYERS} with Adam,", EIGHT, f"not clearly faster in {LAYERS}"),
    Claim(
        "batchnorm-steps-size",
        7,
        STEPS.format(network=DEEP, optimizer="Adam")
        + "; published for Inception on ImageNet: 14 times fewer steps to the "
        "same accuracy",
        "times",
        EIGHT,
        Above(2),
        f"in {LAYERS} batch norm at least halves the steps (without it {{value}} as many; published for Inception: 14 "
        "times)",
        f"in {LAYERS} batch norm saves less than half of the steps (without it {{value}} as many; published for Inception: "
        "14 times)",
        ("ioffe2015batch",),
        f"less than twice as fast in {LAYERS}",
    ),
    Claim(
        "batchnorm-seconds",
        7,
        "seconds a training takes with batch norm over seconds without it, the other regularizers alike, the same epochs: "
        "all trainings of the study's lattice without early stopping, geometric mean by seed",
        "times",
        seconds,
        Below(MATTERS),
        "over equal epochs a training with batch norm takes hardly longer than one without ({value} the seconds)",
        "over equal epochs a training with batch norm takes {value} the seconds of one without, which fewer steps must "
        "first make up for",
        (),
        "its steps take longer",
    ),
    Claim(
        "batchnorm-rates",
        7,
        f"how many more of {TRIED} learning rates from {LOWEST:g} to {HIGHEST:g} reach a training loss of {TARGET} within "
        f"{LONGEST} steps with batch norm than without; {NETWORK}, n = 1,000, Adam, batch 100",
        "",
        functools.partial(rates_reaching, mechanism="steps-adam"),
        Above(0),
        f"batch norm bears higher learning rates: of {TRIED} tried, {{value}} more reach the training loss with it than "
        "without",
        f"batch norm does not bear more learning rates: of {TRIED} tried, {{value}} more reach the training loss with it "
        "than without",
        ("ioffe2015batch", "santurkar2018how"),
        "it bears no more learning rates",
    ),
)
