"""The ledger: every claim judged by its criterion, every sentence by its claims."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from study.claims.claim import LIMITS, Claim
from study.claims.criteria import FAILS, HOLDS, UNDECIDED
from study.claims.estimate import Estimate
from study.claims.evidence import Absent, Evidence, Unmeasured
from study.claims.sentences import Edition
from study.design import schema
from study.exhibits.wording import compact, number

LIMITED = "holds with a limit: "
UNMEASURED = "not measured"
COLUMNS = tuple(schema.CLAIMS)


@dataclass(frozen=True)
class Entry:
    """One claim, judged.

    Attributes:
        claim: the claim.
        estimate: what was measured.
        verdict: see `Claim.verdict`.
    """

    claim: Claim
    estimate: Estimate
    verdict: str

    @property
    def reason(self) -> str:
        """What the sentence suffers by, where the claim does not hold and is not beside it."""
        return (self.claim.fails or self.claim.limit).format(value=written(self.estimate, self.claim.unit))


class Ledger:
    """All claims of a study, judged.

    Args:
        claims: what to judge.
        evidence: what was measured.
        edition: the sentences that they bear on.

    Attributes:
        edition: as given.
        entries: the claims that could be judged, by sentence and then as given.
        unmeasured: the claims whose mechanism has not been run.
        absent: by sentence, names of what is not installed here and so was not looked at.
    """

    def __init__(self, claims: Iterable[Claim], evidence: Evidence, edition: Edition) -> None:
        self.edition = edition
        self.entries: list[Entry] = []
        self.unmeasured: list[Claim] = []
        self.absent: dict[int, list[str]] = {}
        for claim in sorted(claims, key=lambda claim: claim.sentence):
            try:
                estimate = claim.estimate(evidence)
            except Unmeasured:
                self.unmeasured.append(claim)
            except Absent as missing:
                self.absent.setdefault(claim.sentence, []).append(str(missing))
            else:
                self.entries.append(Entry(claim, estimate, claim.verdict(estimate)))

    def of(self, sentence: int) -> list[Entry]:
        """Return a sentence's entries."""
        return [entry for entry in self.entries if entry.claim.sentence == sentence]

    def verdict(self, sentence: int) -> str:
        """Return the verdict on a sentence.

        A sentence stands or falls with its core claims: it does *not hold here* if one of them does not,
        and is *undecided* if one of them is. Otherwise it *holds*, with the limits of the claims that do not
        hold; a limit that is undecided limits nothing. Claims beside the sentence bear on nothing.
        """
        if any(claim.sentence == sentence and claim.core for claim in self.unmeasured):
            return UNMEASURED
        entries = self.of(sentence)
        core = [entry.verdict for entry in entries if entry.claim.core]
        if not core:
            return UNMEASURED
        for worst in (FAILS, UNDECIDED):
            if worst in core:
                return worst
        limits = [entry.reason for entry in entries if entry.verdict == LIMITS]
        return f"{LIMITED}{'; '.join(dict.fromkeys(limits))}" if limits else HOLDS

    def frame(self) -> pd.DataFrame:
        """Return one row a judged claim: the columns of `claims.csv`."""
        rows = [
            (
                entry.claim.sentence,
                entry.claim.described,
                entry.estimate.value,
                entry.estimate.low,
                entry.estimate.high,
                entry.claim.criterion.text,
                entry.verdict,
                entry.claim.role,
                "; ".join(entry.claim.source) or "this study",
                entry.claim.unit,
                entry.estimate.seeds,
                entry.claim.name,
            )
            for entry in self.entries
        ]
        return pd.DataFrame(rows, columns=COLUMNS).astype({"n_seeds": "Int64"})


def written(estimate: Estimate, unit: str) -> str:
    """Return a number with its interval and unit, to the digits that the interval deserves."""
    gap = "" if unit in ("", "×") else " "
    if math.isnan(estimate.low):
        return f"{compact(estimate.value)}{gap}{unit}"
    half = (estimate.high - estimate.low) / 2
    places = min(6, max(0, 1 - math.floor(math.log10(half)))) if half > 0 else 3
    low, high = (number(end, places) for end in (estimate.low, estimate.high))
    return f"{number(estimate.value, places)}{gap}{unit} [{low}, {high}]"
