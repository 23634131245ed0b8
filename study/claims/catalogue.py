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
    from study.design.studyfile import Study

TOPICS = (dropout, coadaptation, l2, stopping, batchnorm, augmentation)
RECENT_TOPICS = (passes, decay_dynamics, rescaling, weight_averages, run_spread, class_effects)

MECHANISMS: tuple[Mechanism, ...] = tuple(mechanism for topic in TOPICS for mechanism in topic.MECHANISMS)
RECENT_MECHANISMS: tuple[Mechanism, ...] = tuple(each for topic in RECENT_TOPICS for each in topic.MECHANISMS)

CLAIMS: tuple[Claim, ...] = tuple(claim for topic in TOPICS for claim in topic.CLAIMS)
"""The claims on the textbook that mechanisms answer; the lattice answers more: see `ranking.claims`."""
RECENT_CLAIMS: tuple[Claim, ...] = tuple(claim for topic in RECENT_TOPICS for claim in topic.CLAIMS)
"""The claims on what was published since; mechanisms answer all of them."""


def mechanisms(study: Study) -> tuple[Mechanism, ...]:
    """Return what measures the claims of a study's ledger."""
    return RECENT_MECHANISMS if study.claims.ledger == "2026" else MECHANISMS


def claims(results: Results) -> tuple[Claim, ...]:
    """Return all claims of a study's ledger, on its mechanisms and, of the textbook's, on its lattice."""
    return RECENT_CLAIMS if results.study.claims.ledger == "2026" else CLAIMS + ranking.claims(results)
