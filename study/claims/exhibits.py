"""The ledger as the report shows it: a sentence, its verdict, and a table of what bears on it."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from study.claims.claim import BESIDE, CORE, Setting
from study.claims.criteria import FAILS, HOLDS, UNDECIDED
from study.claims.ledger import LIMITED, UNMEASURED, Ledger, written
from study.claims.sentences import LEDGERS, Sentence
from study.exhibits.exhibit import Prose, TableExhibit
from study.exhibits.wording import capital, count, listed

WHERE, VALUE = "Where", "Value"
HEADS = ("Measurement", WHERE, VALUE, "Criterion", "Verdict")


def sentence(number: int) -> Sentence:
    """Return the sentence of that number, from 1, whichever ledger it is of."""
    return next(each for edition in LEDGERS.values() for each in edition.sentences if each.number == number)


def kind(verdict: str) -> str:
    """Return a verdict without its limits."""
    return "holds with a limit" if verdict.startswith(LIMITED) else verdict


def section(ledger: Ledger, number: int) -> Prose:
    """Return a sentence with who says it, its verdict with the reasons, and the settings of its measurements."""
    said = sentence(number)
    entries = ledger.of(number)
    lines = [f"> {said.text}{_cited(said.source)}", _verdict(ledger, number)]
    open_limits = [entry for entry in entries if entry.claim.limit and entry.verdict == UNDECIDED]
    if open_limits:
        lines.append(f"Whether it has a further limit is open in {count(len(open_limits), 'measurement')}.")
    lacking = sum(claim.sentence == number for claim in ledger.unmeasured)
    if lacking:
        lines.append(f"Not measured yet: {count(lacking, 'claim')}. `study run` measures them.")
    if ledger.absent.get(number):
        lines.append(f"Not installed, so not looked at: {listed(ledger.absent[number])}.")
    lines.append("\n".join(_described(ledger, number)))
    sources = dict.fromkeys(key for entry in entries for key in entry.claim.source if key not in said.source)
    if sources:
        lines.append(f"Measured after{_cited(tuple(sources))}.")
    return Prose("\n\n".join(filter(None, lines)))


def _verdict(ledger: Ledger, number: int) -> str:
    """Return the verdict on a sentence and its reasons: its limits, the claims that fail, or how many are open."""
    verdict = ledger.verdict(number)
    core = [entry for entry in ledger.of(number) if entry.claim.core]
    decisive = [entry for entry in core if entry.verdict == verdict]
    reasons = verdict.removeprefix(LIMITED) if verdict.startswith(LIMITED) else ""
    if verdict == FAILS:
        reasons = "; ".join(entry.reason for entry in decisive)
    elif verdict == UNDECIDED:
        some = f"open in {len(decisive)} of the {len(core)} measurements that it stands on"
        reasons = some if len(core) > 1 else "the one measurement that it stands on is open"
    return f"**{capital(kind(verdict))}" + (f":** {reasons}." if reasons else ".**")


def _described(ledger: Ledger, number: int) -> list[str]:
    """Return a list of a sentence's settings as Markdown. Those described by the same words stand together, and what an
    earlier sentence describes is looked up there."""
    names: dict[str, list[str]] = {}
    for setting in _settings(ledger, number):
        earlier = [n for n in range(1, number) if any(setting.whole == other.whole for other in _settings(ledger, n))]
        words = f"as *{setting.like.name}*, {setting.words}" if setting.like else setting.words
        words = f"see [{earlier[0]}](#tbl-claims-{earlier[0]})" if earlier else words
        names.setdefault(words, []).append(f"*{setting.name}*")
    return [f"- {listed(each)}: {words}." for words, each in names.items()]


def _settings(ledger: Ledger, number: int) -> dict[Setting, None]:
    return dict.fromkeys(entry.claim.setting for entry in ledger.of(number))


def table(ledger: Ledger, number: int) -> TableExhibit:
    """Return a sentence's measurements with criteria and verdicts; what is as in the row above is left out."""
    entries, several = ledger.of(number), len(_settings(ledger, number)) > 1
    rows = []
    for above, entry in pairwise((None, *entries)):
        claim = entry.claim
        same = above is not None and above.claim.measurement == claim.measurement
        rows.append(
            (
                "" if same else claim.measurement,
                *[claim.setting.name] * several,
                written(entry.estimate, claim.unit),
                "" if same and above.claim.criterion == claim.criterion else claim.criterion.text,
                {CORE: f"**{entry.verdict}**", BESIDE: f"({entry.verdict})"}.get(claim.role, entry.verdict),
            )
        )
    heads = [head for head in HEADS if several or head != WHERE]
    return TableExhibit(heads, rows, f"Sentence {number}.", frozenset(range(len(heads))) - {heads.index(VALUE)})


def _cited(keys: tuple[str, ...]) -> str:
    return f" [{'; '.join(f'@{key}' for key in keys)}]" if keys else ""


def summary(ledger: Ledger) -> TableExhibit:
    """Return the verdict on every sentence."""
    rows = [
        (str(each.number), f"[{each.about}](#tbl-claims-{each.number})", kind(ledger.verdict(each.number)))
        for each in ledger.edition.sentences
    ]
    return TableExhibit(("No.", "Sentence on", "Verdict"), rows, "Verdicts.", frozenset({1, 2}))


def short_verdicts(ledger: Ledger) -> dict[str, str]:
    """Return every sentence's text and its verdict without limits."""
    return {each.text: kind(ledger.verdict(each.number)) for each in ledger.edition.sentences}


def tally(ledger: Ledger) -> str:
    """Return how many sentences got which verdict, as a sentence of Markdown."""
    found = list(short_verdicts(ledger).values())
    words = [f"{number} {_plural(name, number)}" for name, number in Counter(found).items()]
    return f"{ledger.edition.all.format(number=len(found))}, {listed(words)}."


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
