"""Early stopping over the whole lattice: whether the validation loss turns, and the time that is saved."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from study.claims.claim import Claim, Setting
from study.claims.criteria import Above, Below
from study.claims.estimate import Estimate, over_seeds
from study.claims.evidence import Evidence, Unmeasured
from study.claims.topics.stopping_rules import PATIENCE, minimum, stop, turns
from study.design.arms import parse_arm

SOURCE = ("prechelt1998early",)
TURNED = (
    f"Trainings whose validation loss is least {PATIENCE} epochs or more before the budget's end, "
    "which else censors the minimum"
)


def percentage(shares) -> Estimate:
    """Return the mean of shares of one, one a seed, in percent; its interval ends where shares end."""
    found = over_seeds(100 * np.asarray(shares, float))
    return replace(found, low=max(found.low, 0.0), high=min(found.high, 100.0))


def _share_of_lattice(hit: Callable[[Sequence[float]], bool]):
    """Return an estimate: for how many stored curves of the validation loss something is so, in percent by seed."""

    def estimate(evidence: Evidence) -> Estimate:
        if evidence.results is None:
            raise Unmeasured("lattice")
        by_seed: dict[int, list[bool]] = {}
        for record in evidence.results.records:
            losses = record["history"].get("val_loss", [])
            if record["status"] == "ok" and not record["factors"]["earlystopping"] and losses:
                by_seed.setdefault(record["seed"], []).append(hit(losses))
        if not by_seed:
            raise Unmeasured("lattice")
        return percentage([np.mean(hits) for hits in by_seed.values()])

    return estimate


def _seconds(evidence: Evidence) -> Estimate:
    """Estimate, in percent by seed, the training time of stored cells with early stopping against without."""
    if evidence.results is None:
        raise Unmeasured("lattice")
    runs = evidence.results.runs
    runs = runs[runs["status"] == "ok"]
    known = evidence.results.study.factors
    trajectory = [parse_arm(name, known).trajectory.name for name in runs["arm"]]
    pairs = (
        runs.assign(trajectory=trajectory)
        .pivot_table(index=["experiment", "trajectory", "seed"], columns="earlystopping", values="seconds")
        .reindex(columns=[0, 1])
        .dropna()
    )
    if pairs.empty:
        raise Unmeasured("lattice")
    sums = pairs.groupby("seed").sum()
    return percentage(sums[1] / sums[0])


LATTICE = Setting("lattice", "all trainings of the study's lattice to their last epoch, by seed")

_shown = partial(Claim, sentence=6, setting=LATTICE, unit="%", source=SOURCE)

CLAIMS: tuple[Claim, ...] = (
    _shown(
        name="stopping-turn-lattice",
        measurement=TURNED,
        estimate=_share_of_lattice(lambda losses: turns(losses, PATIENCE)),
        criterion=Above(50),
    ),
    _shown(
        name="stopping-early-rises",
        measurement="Trainings whose validation loss first rises before its minimum",
        estimate=_share_of_lattice(lambda losses: stop(losses, 1)[1] < minimum(losses)),
        criterion=Above(50),
    ),
    _shown(
        name="stopping-seconds",
        measurement="Training time with early stopping, at the study's patience, in percent of that without",
        estimate=_seconds,
        criterion=Below(90),
        limit="early stopping saves little time",
    ),
)
