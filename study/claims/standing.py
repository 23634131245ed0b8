"""The trials of a study's claims, where they are stored and how far they are."""

from __future__ import annotations

from study.claims import catalogue
from study.design.measurements import Trial, trials
from study.design.studyfile import CLAIMS, Study
from study.store.lines import Store
from study.store.status import Standing, survey


def store_of(store: Store) -> Store:
    """Return the store of a study's trials, in a folder of its results."""
    return Store(store.root / CLAIMS, store.study)


def wanted(study: Study) -> list[Trial]:
    """Return every trial of a study: all mechanisms of its ledgers under the seeds of its claims."""
    every = [each for name in study.claims.ledger for each in catalogue.mechanisms(name)]
    return trials(every, study.claims.seeds)


def standing(study: Study, store: Store) -> Standing:
    """Return where a study's trials stand; `store` is the study's own."""
    return survey(wanted(study), store_of(store).read())
