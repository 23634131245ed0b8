"""The ledger as the report shows it: a table a sentence, its verdict, and the answer rewritten."""

from __future__ import annotations

from study.claims.claim import Claim
from study.claims.ledger import LIMITED, Ledger, written
from study.claims.sentences import SENTENCES, Sentence
from study.exhibits import Prose, TableExhibit
from study.wording import capital, count

HEADS = ("Measurement", "Value", "Criterion", "Verdict", "Source")


def sentence(number: int) -> Sentence:
    """Return the sentence of that number, from 1."""
    return SENTENCES[number - 1]


def section(ledger: Ledger, number: int) -> Prose:
    """Return a sentence, its verdict and what the evidence makes of it."""
    verdict = capital(ledger.verdict(number))
    lines = [f"> {sentence(number).text}", f"**{verdict}.** {ledger.rewritten(sentence(number))}"]
    lacking = sum(claim.sentence == number for claim in ledger.unmeasured)
    if lacking:
        lines.append(f"Not measured yet: {count(lacking, 'claim')}. `study run` measures them.")
    return Prose("\n\n".join(lines))


def table(ledger: Ledger, number: int) -> TableExhibit:
    """Return a sentence's measurements with their criteria and verdicts."""
    rows = [
        (
            entry.claim.measurement, written(entry.estimate, entry.claim.unit), entry.claim.criterion.text,
            entry.verdict, _cited(entry.claim),
        )
        for entry in ledger.of(number)
    ]
    caption = (
        f"What bears on sentence {number}. In brackets: the 95 % interval, over seeds unless the measurement says "
        "otherwise; identities have none. A verdict follows from its criterion."
    )
    return TableExhibit(HEADS, rows, caption, frozenset({0, 2, 3, 4}))


def _cited(claim: Claim) -> str:
    return f"[{'; '.join(f'@{key}' for key in claim.source)}]" if claim.source else "this study"


def summary(ledger: Ledger) -> TableExhibit:
    """Return the verdict on every sentence."""
    rows = [
        (f"[{each.number}](#tbl-claims-{each.number})", each.text, ledger.verdict(each.number)) for each in SENTENCES
    ]
    return TableExhibit(
        ("No.", "The textbook says", "Verdict"), rows,
        "Nine sentences as textbooks have them, and what the measurements below make of them.", frozenset({1, 2}),
    )


def answer(ledger: Ledger) -> Prose:
    """Return the textbook's answer rewritten as the evidence allows, each clause linked to its measurement."""
    lines = [
        f"{each.number}. {ledger.rewritten(each, f'#tbl-claims-{each.number}')}" for each in SENTENCES
    ]
    return Prose("\n".join(lines))


def tally(ledger: Ledger) -> str:
    """Return how many sentences got which verdict, as a sentence of Markdown."""
    found = [ledger.verdict(each.number) for each in SENTENCES]
    kinds: dict[str, int] = {}
    for verdict in found:
        kind = "holds with a limit" if verdict.startswith(LIMITED) else verdict
        kinds[kind] = kinds.get(kind, 0) + 1
    return f"Of the textbook's {len(found)} sentences: " + ", ".join(f"{n} {kind}" for kind, n in kinds.items()) + "."
