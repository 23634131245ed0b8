"""All mechanisms and claims, by topic."""

from __future__ import annotations

from typing import TYPE_CHECKING

from study.claims.claim import Claim, Mechanism
from study.claims.topics import augmentation, batchnorm, coadaptation, dropout, l2, ranking, stopping

if TYPE_CHECKING:
    from study.analysis.results import Results

TOPICS = (dropout, coadaptation, l2, stopping, batchnorm, augmentation)

MECHANISMS: tuple[Mechanism, ...] = tuple(mechanism for topic in TOPICS for mechanism in topic.MECHANISMS)

CLAIMS: tuple[Claim, ...] = tuple(claim for topic in TOPICS for claim in topic.CLAIMS)
"""The claims that mechanisms answer; the lattice answers more: see `ranking.claims`."""


def claims(results: Results) -> tuple[Claim, ...]:
    """Return all claims on a study's mechanisms and lattice."""
    return CLAIMS + ranking.claims(results)
