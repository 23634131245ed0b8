"""From the store to the ledger: which trials a study has, and what they say."""

from __future__ import annotations

from functools import cached_property, lru_cache

import pandas as pd

from study.analysis.results import Results
from study.claims import catalogue
from study.claims.evidence import Evidence
from study.claims.ledger import COLUMNS, Entry, Ledger
from study.claims.sentences import LEDGERS
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
    def ledgers(self) -> dict[str, Ledger]:
        """Every claim, judged, by the name of its ledger, as the study lists them; none if it measures no claims."""
        asked = self.results.study.claims
        return {
            name: Ledger(catalogue.claims(name, self.results), self.evidence, LEDGERS[name])
            for name in asked.ledger
            if asked.seeds
        }

    @property
    def entries(self) -> list[Entry]:
        """The claims of all ledgers that could be judged."""
        return [entry for ledger in self.ledgers.values() for entry in ledger.entries]

    def frame(self) -> pd.DataFrame:
        """Return one row a judged claim of any ledger: the columns of `claims.csv`."""
        every = [ledger.frame() for ledger in self.ledgers.values()]
        return pd.concat(every, ignore_index=True) if every else pd.DataFrame(columns=COLUMNS)

    def lacking(self, name: str) -> int:
        """Return how many trials of a ledger are not done."""
        its = {mechanism.name for mechanism in catalogue.mechanisms(name)}
        return sum(trial.mechanism.name in its for trial in self.standing.to_train)

    @property
    def whole(self) -> list[Ledger]:
        """The ledgers whose every trial is done: they have pages."""
        return [ledger for name, ledger in self.ledgers.items() if not self.lacking(name)]

    @property
    def measured(self) -> bool:
        """Whether at least one mechanism has been run under all seeds: there is something to export."""
        return bool(self.evidence.trials)


@lru_cache(maxsize=1)
def opened(results: Results) -> Claims:
    """Return the claims of opened results, read from disk once for all who ask."""
    return Claims(results)
