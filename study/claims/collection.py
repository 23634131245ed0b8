"""From the store to the ledger: which trials a study has, and what they say."""

from __future__ import annotations

from functools import cached_property, lru_cache

from study.analysis.results import Results
from study.claims import catalogue
from study.claims.evidence import Evidence
from study.claims.ledger import Ledger
from study.claims.sentences import LEDGERS, Edition
from study.claims.standing import standing
from study.store.status import Standing


class Claims:
    """A study's claims, opened for reading.

    Args:
        results: the study's results.

    Attributes:
        standing: where every trial stands.
    """

    def __init__(self, results: Results) -> None:
        self.results = results
        self.standing: Standing = standing(results.study, results.store)

    @cached_property
    def evidence(self) -> Evidence:
        """The values of the mechanisms whose every trial is done, and the lattice."""
        found: dict[str, dict[int, dict]] = {}
        for trial, record in self.standing.done.items():
            found.setdefault(trial.mechanism.name, {})[trial.seed] = record["values"]
        lacking = {trial.mechanism.name for trial in self.standing.to_train}
        whole = {name: [values[s] for s in sorted(values)] for name, values in found.items() if name not in lacking}
        return Evidence(whole, self.results)

    @cached_property
    def ledger(self) -> Ledger:
        """Every claim, judged."""
        return Ledger(catalogue.claims(self.results), self.evidence, self.edition)

    @property
    def edition(self) -> Edition:
        """The sentences of its ledger."""
        return LEDGERS[self.results.study.claims.ledger]

    @property
    def measured(self) -> bool:
        """Whether at least one mechanism has been run under all seeds: there is something to export."""
        return bool(self.evidence.trials)

    @property
    def complete(self) -> bool:
        """Whether every mechanism has been run under all seeds: the ledger has a page."""
        return self.measured and not self.standing.to_train


@lru_cache(maxsize=1)
def opened(results: Results) -> Claims:
    """Return the claims of opened results, read from disk once for all who ask."""
    return Claims(results)
