"""Batch norm: how fast it converges, the noise of its batches, and dropout before it."""

from __future__ import annotations

import pandas as pd

from study.claims.claim import Claim, Mechanism
from study.claims.estimate import Estimate, over_seeds
from study.claims.evidence import Evidence
from study.claims.topics import batch_noise, convergence, variance_shift
from study.claims.topics.ratio import ratio_over_seeds
from study.statistics.inference import t_interval

PARTS = (convergence, batch_noise, variance_shift)
MECHANISMS: tuple[Mechanism, ...] = tuple(mechanism for part in PARTS for mechanism in part.MECHANISMS)
CLAIMS: tuple[Claim, ...] = tuple(claim for part in PARTS for claim in part.CLAIMS)


def pictured(evidence: Evidence) -> dict:
    """Return what `figures.batch_normalization` draws.

    Returns:
        `steps`: a frame of `network` (a mechanism's name), `arm`, `rate`, `mean`, `ci_low`, `ci_high`
        (geometric means over seeds of steps; NaN where a seed did not reach the loss) and `reached`, the
        number of seeds that did. `accuracy`: a frame of `network` (`batch`, `population`), `batch`, `mean`,
        `ci_low`, `ci_high` (percentage points above none). `speedup`: an estimate by mechanism. `noise`,
        `conditioning`: estimates, means over the batch sizes `fitting` at which all networks fit their
        training set, None if there is none. `noise_by_batch`: what the noise does, an estimate by batch
        size. `seeds`: their number. `target`: the loss; `longest`: steps; `matters`: the smallest ratio of
        steps that matters; `fitted`: the training accuracy, in percent, that counts as fitting.
    """
    steps, accuracy = [], []
    for mechanism, rates in convergence.RATES.items():
        for arm in ("none", "batchnorm"):
            table = evidence.values(mechanism, arm)
            for rate, counts in zip(rates, zip(*table, strict=True), strict=True):
                reached = sum(count is not None for count in counts)
                found = ratio_over_seeds(counts) if reached == len(counts) else Estimate(float("nan"))
                steps.append((mechanism, arm, rate, found.value, found.low, found.high, reached))
    for network in ("batch", "population"):
        ends = t_interval(batch_noise.difference(evidence, network, "none"))
        accuracy += [(network, batch, *found) for batch, *found in zip(batch_noise.BATCHES, *ends, strict=True)]
    sizes, noise = batch_noise.fitting(evidence), batch_noise.difference(evidence, "batch", "population")
    interval = ["mean", "ci_low", "ci_high"]
    return {
        "steps": pd.DataFrame(steps, columns=["network", "arm", "rate", *interval, "reached"]),
        "accuracy": pd.DataFrame(accuracy, columns=["network", "batch", *interval]),
        "speedup": {mechanism: convergence.speedup(evidence, mechanism) for mechanism in convergence.RATES},
        "noise": batch_noise.noise(evidence) if sizes else None,
        "conditioning": batch_noise.conditioning(evidence) if sizes else None,
        "noise_by_batch": dict(zip(batch_noise.BATCHES, map(over_seeds, noise.T), strict=True)),
        "fitting": sizes,
        "fitted": batch_noise.FITTED,
        "matters": convergence.MATTERS,
        "seeds": len(evidence.values("steps-adam", "none")),
        "target": convergence.TARGET,
        "longest": convergence.LONGEST,
    }
