"""Convergence: how many steps to a training loss batch norm saves, and over which learning rates."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from study.claims.claim import Claim, Mechanism
from study.claims.criteria import Above
from study.claims.estimate import Estimate, over_seeds
from study.claims.evidence import Evidence
from study.claims.ratio import ratio_over_seeds
from study.mechanisms.networks import SIGNALS

RATES = {
    "steps-adam": [1e-3, 2e-3, 5e-3, 1e-2, 2e-2, 5e-2, 1e-1, 2e-1],
    "steps-sgd": [1e-2, 2e-2, 5e-2, 1e-1, 2e-1, 5e-1, 1.0],
    "steps-deep": [1e-3, 2e-3, 5e-3, 1e-2, 2e-2, 5e-2, 1e-1, 2e-1],
}
"""Learning rates by mechanism."""
TARGET = 0.5
LONGEST = 600
"""Steps after which a training that has not reached its loss is given up; it counts as this many."""


def _mechanism(name: str, widths: list[int], optimizer: str, seconds: float) -> Mechanism:
    training = {"epochs": 1, "batch": 100, "optimizer": optimizer, "learning_rate": 5e-3}
    settings = {
        "data": SIGNALS, "use": {"train": 1000}, "model": {"name": "mlp", "widths": widths}, "training": training,
        "strengths": {"batchnorm": {"momentum": 0.95}}, "rates": RATES[name], "target": TARGET, "longest": LONGEST,
    }
    return Mechanism(name, "batchnorm", "study.mechanisms.convergence:Convergence", settings, seconds)


MECHANISMS: tuple[Mechanism, ...] = (
    _mechanism("steps-adam", [128, 128], "adam", 1.6),
    _mechanism("steps-sgd", [128, 128], "sgd", 1.3),
    _mechanism("steps-deep", [64] * 8, "adam", 3.1),
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
    return over_seeds([
        sum(count is not None for count in normalized) - sum(count is not None for count in plain)
        for plain, normalized in pairs
    ])


STEPS = (
    f"steps to a training loss of {TARGET} (mean over the last epoch's batches, in training mode) without batch norm over "
    "steps with it, each at its own best learning rate; {network}, n = 1,000, {optimizer}, batch 100"
)
NETWORK = "MLP 40-128-128-10, MNIST-1D"
DEEP = "MLP with eight hidden layers of 64, MNIST-1D"
LOWEST, *_, HIGHEST = RATES["steps-adam"]
TRIED = len(RATES["steps-adam"])
ADAM, SGD, EIGHT = (functools.partial(speedup, mechanism=name) for name in RATES)

CLAIMS: tuple[Claim, ...] = (
    Claim(
        "batchnorm-steps", 7, STEPS.format(network=NETWORK, optimizer="Adam"), "×", ADAM, Above(1),
        "batch norm converges faster: at each network's own best learning rate the same training loss takes {value} as many "
        "steps without it (two hidden layers, Adam)",
        "batch norm does not converge faster: at each network's own best learning rate the same training loss takes {value} "
        "as many steps without it (two hidden layers, Adam)",
        ("ioffe2015batch",),
    ),
    Claim(
        "batchnorm-steps-sgd", 7, STEPS.format(network=NETWORK, optimizer="SGD with momentum 0.9"), "×", SGD, Above(1),
        "with SGD and momentum it is faster by {value}",
        "with SGD and momentum it is not faster ({value} as many steps without it)",
        ("ioffe2015batch",), "not faster with SGD and momentum",
    ),
    Claim(
        "batchnorm-steps-deep", 7, STEPS.format(network=DEEP, optimizer="Adam"), "×", EIGHT, Above(1),
        "in eight hidden layers it is faster by {value}",
        "in eight hidden layers it is not faster ({value} as many steps without it)",
        ("ioffe2015batch",), "not faster in eight hidden layers",
    ),
    Claim(
        "batchnorm-steps-size", 7,
        STEPS.format(network=DEEP, optimizer="Adam") + "; published for Inception on ImageNet: 14 times fewer steps to the "
        "same accuracy",
        "×", EIGHT, Above(2),
        "there the speed-up is at least twofold",
        "that is far from the published 14 times, and less than twice ({value})",
        ("ioffe2015batch",), "less than twice as fast in networks of two to eight hidden layers",
    ),
    Claim(
        "batchnorm-rates", 7,
        f"how many more of {TRIED} learning rates from {LOWEST:g} to {HIGHEST:g} reach a training loss of {TARGET} within "
        f"{LONGEST} steps with batch norm than without; {NETWORK}, n = 1,000, Adam, batch 100",
        "rates", functools.partial(rates_reaching, mechanism="steps-adam"), Above(0),
        f"it bears higher learning rates: {{value}} more of the {TRIED} tried reach that loss",
        f"it does not bear more learning rates ({{value}} more of the {TRIED} tried reach that loss)",
        ("ioffe2015batch", "santurkar2018how"), "it bears no more learning rates",
    ),
)
