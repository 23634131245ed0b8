"""All mechanisms and claims, by topic."""

from __future__ import annotations

from typing import TYPE_CHECKING

from study.claims.claim import Claim, Mechanism
from study.claims.topics import (
    augmentation,
    batchnorm,
    class_effects,
    coadaptation,
    decay_dynamics,
    dropout,
    l2,
    passes,
    ranking,
    rescaling,
    run_spread,
    stopping,
    weight_averages,
)

if TYPE_CHECKING:
    from study.analysis.results import Results

TOPICS = {
    "textbook": (dropout, coadaptation, l2, stopping, batchnorm, augmentation),
    "2026": (passes, decay_dynamics, rescaling, weight_averages, run_spread, class_effects),
}
"""What each ledger is made of: see `sentences.LEDGERS`."""


def mechanisms(ledger: str) -> tuple[Mechanism, ...]:
    """Return what measures the claims of a ledger."""
    return tuple(mechanism for topic in TOPICS[ledger] for mechanism in topic.MECHANISMS)


def answered(ledger: str) -> tuple[Claim, ...]:
    """Return the claims of a ledger that mechanisms answer; the lattice answers more of the textbook's."""
    return tuple(claim for topic in TOPICS[ledger] for claim in topic.CLAIMS)


def claims(ledger: str, results: Results) -> tuple[Claim, ...]:
    """Return all claims of a ledger, on its mechanisms and, of the textbook's, on a study's lattice."""
    return answered(ledger) + (ranking.claims(results) if ledger == "textbook" else ())
