"""The ledger as the report shows it: a table a sentence, its verdict, and the answer rewritten."""

from __future__ import annotations

from collections import Counter

from study.claims.claim import Claim
from study.claims.criteria import FAILS, HOLDS, UNDECIDED
from study.claims.ledger import LIMITED, UNMEASURED, Entry, Ledger, written
from study.claims.sentences import SENTENCES, Sentence
from study.exhibits.exhibit import Prose, TableExhibit
from study.exhibits.wording import capital, count, listed

HEADS = ("Measurement", "Value", "Criterion", "Verdict")


def sentence(number: int) -> Sentence:
    """Return the sentence of that number, from 1."""
    return SENTENCES[number - 1]


def kind(verdict: str) -> str:
    """Return a verdict without its limits."""
    return "holds with a limit" if verdict.startswith(LIMITED) else verdict


def section(ledger: Ledger, number: int) -> Prose:
    """Return a sentence, its verdict, and the reasons: its limits, or the claims that fail or are open."""
    verdict = ledger.verdict(number)
    entries = ledger.of(number)
    reasons = verdict.removeprefix(LIMITED) if verdict.startswith(LIMITED) else ""
    if verdict == FAILS:
        reasons = "; ".join(entry.clause for entry in entries if entry.claim.core and entry.verdict == FAILS)
    elif verdict == UNDECIDED:
        reasons = "open: " + "; ".join(
            _short(entry) for entry in entries if entry.claim.core and entry.verdict == UNDECIDED
        )
    lines = [f"> {sentence(number).text}", f"**{capital(kind(verdict))}" + (f":** {reasons}." if reasons else ".**")]
    open_limits = [entry for entry in entries if entry.claim.limit and entry.verdict == UNDECIDED]
    if open_limits:
        lines.append(f"Open whether a limit: {count(len(open_limits), 'measurement')}, marked *undecided* below.")
    lacking = sum(claim.sentence == number for claim in ledger.unmeasured)
    if lacking:
        lines.append(f"Not measured yet: {count(lacking, 'claim')}. `study run` measures them.")
    if ledger.absent.get(number):
        lines.append(f"Not installed where this was made, and so not looked at: {listed(ledger.absent[number])}.")
    return Prose("\n\n".join(lines))


def _short(entry: Entry) -> str:
    return f"{entry.claim.measurement} ({written(entry.estimate, entry.claim.unit)})"


def table(ledger: Ledger, number: int) -> TableExhibit:
    """Return a sentence's measurements with their criteria and verdicts."""
    rows = [
        (
            f"{entry.claim.measurement}{_cited(entry.claim)}",
            written(entry.estimate, entry.claim.unit),
            entry.claim.criterion.text,
            _row_verdict(entry),
        )
        for entry in ledger.of(number)
    ]
    caption = f"What bears on sentence {number}."
    return TableExhibit(HEADS, rows, caption, frozenset({0, 2, 3}))


def _row_verdict(entry: Entry) -> str:
    if entry.verdict.startswith(LIMITED):
        return "limits it"
    return f"({entry.verdict})" if entry.claim.beside else entry.verdict


def _cited(claim: Claim) -> str:
    return f" [{'; '.join(f'@{key}' for key in claim.source)}]" if claim.source else ""


def summary(ledger: Ledger) -> TableExhibit:
    """Return the verdict on every sentence."""
    rows = [
        (f"[{each.number}](#tbl-claims-{each.number})", each.text, kind(ledger.verdict(each.number)))
        for each in SENTENCES
    ]
    return TableExhibit(
        ("No.", "The textbook says", "Verdict"),
        rows,
        "Nine sentences as textbooks have them, and what the measurements below make of them.",
        frozenset({1, 2}),
    )


def short_verdicts(ledger: Ledger) -> dict[str, str]:
    """Return every sentence's text and its verdict without limits."""
    return {each.text: kind(ledger.verdict(each.number)) for each in SENTENCES}


def answer(ledger: Ledger) -> Prose:
    """Return the textbook's answer rewritten as the evidence allows, each clause linked to its measurement."""
    lines = [
        f"{each.number}. **{each.about}.** {ledger.rewritten(each, f'#tbl-claims-{each.number}')}" for each in SENTENCES
    ]
    return Prose("\n".join(lines))


def tally(ledger: Ledger) -> str:
    """Return how many sentences got which verdict, as a sentence of Markdown."""
    found = [ledger.verdict(each.number) for each in SENTENCES]
    counts = Counter(map(kind, found))
    words = [f"{number} {_plural(name, number)}" for name, number in counts.items()]
    return f"Of the textbook's {len(found)} sentences on the five regularizers, {listed(words)}."


def _plural(verdict: str, number: int) -> str:
    """Return a verdict as it is said of so many sentences."""
    if number == 1:
        return f"is {verdict}" if verdict in (UNDECIDED, UNMEASURED) else verdict
    return {
        HOLDS: "hold",
        "holds with a limit": "hold with a limit",
        FAILS: "do not hold here",
        UNDECIDED: "are undecided",
        UNMEASURED: "are not measured",
    }[verdict]
