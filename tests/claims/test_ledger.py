"""Criteria judge both ways, sentences follow from their claims, and the table is what it should be."""

import math
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from study.claims.claim import Claim
from study.claims.criteria import FAILS, HOLDS, UNDECIDED, Above, AtLeast, AtMost, Below, Within
from study.claims.estimate import Estimate, largest, over_seeds, share, smallest
from study.claims.evidence import Absent, Evidence, Unmeasured
from study.claims.exhibits import answer, section, summary, table, tally
from study.claims.ledger import COLUMNS, UNMEASURED, Ledger, written
from study.claims.sentences import SENTENCES
from study.exhibits.wording import bound_of, compact


def of(low, high, seeds=6):
    return Estimate((low + high) / 2, low, high, seeds)


@pytest.mark.parametrize(
    "criterion, holds, fails, open_",
    [
        (Above(1), of(1.1, 2), of(0, 0.9), of(0.5, 1.5)),
        (Below(1), of(0, 0.9), of(1.1, 2), of(0.5, 1.5)),
        (Within(-1, 1), of(-0.5, 0.9), of(1.1, 2), of(0.5, 1.5)),
        (Within(-1, 1), of(-0.5, 0.9), of(-2, -1.1), of(-2, 2)),
    ],
)
def test_intervals_decide_both_ways_or_not_at_all(criterion, holds, fails, open_):
    assert [criterion.judge(each) for each in (holds, fails, open_)] == [HOLDS, FAILS, UNDECIDED]
    few = Estimate(holds.value, holds.low, holds.high, 5)
    assert criterion.judge(few) == UNDECIDED, "five seeds decide nothing"
    drawn = Estimate(holds.value, holds.low, holds.high, None)
    assert criterion.judge(drawn) == HOLDS, "an interval over draws needs no seeds"
    assert re.search(r"\d", criterion.text)


def test_identities_hold_or_do_not():
    assert AtMost(1e-6).judge(Estimate(1e-6)) == HOLDS and AtMost(1e-6).judge(Estimate(2e-6)) == FAILS
    assert AtLeast(0.1).judge(Estimate(0.1)) == HOLDS and AtLeast(0.1).judge(Estimate(0.09)) == FAILS


def test_estimates_against_scipy():
    values = np.array([1.0, 2.0, 4.0, 3.0])
    found = over_seeds(values)
    low, high = stats.t.interval(0.95, 3, values.mean(), stats.sem(values))
    assert (found.value, found.seeds) == (2.5, 4)
    np.testing.assert_allclose([found.low, found.high], [low, high])
    none = share(0, 10)
    assert none.low == 0 and none.high == pytest.approx(1 - 0.025 ** (1 / 10))
    assert share(0, 10, comparisons=5).high == pytest.approx(1 - 0.005 ** (1 / 10))
    assert largest([1, 3, 2]).value == 3 and smallest([1, 3, 2]).value == 1 and math.isnan(largest([1]).low)


def claim(name, value, criterion=Above(0), sentence=1, limit=None, mechanism=None, beside=False):
    """A claim whose interval is `value` ± 0.1 over six seeds."""
    return Claim(
        name, sentence, f"Measurement {name}", "pp",
        lambda evidence: evidence.values(mechanism, "x") and None if mechanism else of(value - 0.1, value + 0.1),
        criterion, f"{name} is so ({{value}})", f"{name} is not so ({{value}})", ("srivastava2014dropout",), limit, beside,
    )  # fmt: skip


def test_a_sentence_follows_from_its_claims():
    yes, no, maybe = claim("yes", 1), claim("no", -1), claim("maybe", 0)
    limited, free = claim("limited", -1, limit="only here"), claim("free", 1, limit="only there")
    open_limit = claim("open", 0, limit="nowhere")
    judge = lambda *claims: Ledger(claims, Evidence()).verdict(1)
    assert judge(yes) == judge(yes, free) == judge(yes, open_limit) == HOLDS
    assert judge(yes, limited) == "holds with a limit: only here"
    assert judge(yes, no) == judge(no, maybe) == judge(no, limited) == FAILS
    assert judge(yes, maybe) == judge(maybe, limited) == UNDECIDED
    assert judge() == judge(limited) == UNMEASURED
    asides = [claim("aside", value, beside=True) for value in (1, -1, 0)]
    assert judge(yes, *asides) == HOLDS and judge(*asides) == UNMEASURED


def test_what_was_not_measured_is_said_not_guessed():
    ledger = Ledger([claim("yes", 1), claim("later", 1, mechanism="masks")], Evidence())
    assert [each.name for each in ledger.unmeasured] == ["later"] and len(ledger.entries) == 1
    assert ledger.verdict(1) == UNMEASURED
    assert "1 claim" in section(ledger, 1).text
    with pytest.raises(Unmeasured):
        Evidence({"forms": [{}]}).values("masks", "x")


def test_a_verdict_tells_its_reasons():
    said = lambda *claims: section(Ledger(claims, Evidence()), 1).text
    assert "**Does not hold here:** no is not so (−1.00 pp [−1.10, −0.90])." in said(claim("yes", 1), claim("no", -1))
    assert "**Undecided:** open: Measurement maybe (0.00 pp" in said(claim("maybe", 0))
    assert "Open whether a limit: 1 measurement" in said(claim("yes", 1), claim("later", 0, limit="only here"))

    def absent(evidence):
        raise Absent("PyTorch")

    missing = replace(claim("torch", 1, limit="x"), estimate=absent)
    assert "not looked at: PyTorch." in said(claim("yes", 1), missing)


def test_the_table_of_claims():
    ledger = Ledger([claim("b", -1, sentence=2), claim("a", 1), claim("id", 1, AtMost(2))], Evidence())
    frame = ledger.frame()
    assert tuple(frame.columns) == COLUMNS
    assert COLUMNS[:8] == ("sentence", "measurement", "value", "ci_low", "ci_high", "criterion", "verdict", "source")
    assert list(frame["sentence"]) == [1, 1, 2] and list(frame["verdict"]) == [HOLDS, HOLDS, FAILS]
    assert frame["criterion"][0] == "interval above 0" and frame["ci_low"][0] == pytest.approx(0.9)


def test_the_answer_is_rewritten_by_the_verdicts_and_linked():
    ledger = Ledger([claim("a", 1), claim("b", -1, limit="not b"), claim("c", 0, limit="c?")], Evidence())
    assert ledger.rewritten(SENTENCES[0]) == (
        "A is so (1.00 pp [0.90, 1.10]); b is not so (−1.00 pp [−1.10, −0.90]). Undecided: 1 of 3 measurements."
    )
    assert "[A is so" in answer(ledger).text and "](#tbl-claims-1)" in answer(ledger).text
    assert answer(ledger).text.count("\n") == len(SENTENCES) - 1
    rows = table(ledger, 1).rows
    assert [row[3] for row in rows] == [HOLDS, "limits it", UNDECIDED]
    assert rows[0][0] == "Measurement a [@srivastava2014dropout]"
    assert summary(ledger).rows[0][2] == "holds with a limit"
    assert "**Holds with a limit:** not b." in section(ledger, 1).text
    assert tally(ledger) == (
        "Of the textbook's 9 sentences on the five regularizers, 1 holds with a limit and 8 are not measured."
    )


@pytest.mark.parametrize("value, text", [
    (0, "0"), (2.2e-16, "2.2 × 10⁻¹⁶"), (0.2036, "0.204"), (-12.345, "−12.3"), (1234.5, "1234"), (3.0, "3"),
])  # fmt: skip
def test_numbers_to_three_digits(value, text):
    assert compact(value) == text


@pytest.mark.parametrize(
    "value, text", [(0.3, "0.3"), (-0.5, "−0.5"), (1e-10, "10⁻¹⁰"), (5e-6, "5 × 10⁻⁶"), (100, "100")]
)
def test_bounds_as_they_were_chosen(value, text):
    assert bound_of(value) == text


def test_numbers_to_the_digits_of_their_interval():
    assert written(of(0.29985, 0.30011), "") == "0.29998 [0.29985, 0.30011]"
    assert written(of(-41, 60), "pp") == "10 pp [−41, 60]"
    assert written(Estimate(1e-9), "") == "1.0 × 10⁻⁹"


class TestCatalogue:
    """What every claim and mechanism must be."""

    def test_names_are_unique_and_sentences_known(self):
        from study.claims.catalogue import CLAIMS, MECHANISMS

        names = [each.name for each in CLAIMS]
        assert len(set(names)) == len(names)
        assert len({each.name for each in MECHANISMS}) == len(MECHANISMS)
        # Sentence 9 is answered by the lattice.
        core = {each.sentence for each in CLAIMS if each.core}
        assert core == set(range(1, 9)) and [each.number for each in SENTENCES] == list(range(1, 10))

    def test_sources_are_in_the_bibliography(self):
        from study.claims.catalogue import CLAIMS

        bibliography = (Path(__file__).parents[2] / "report" / "references.bib").read_text()
        known = set(re.findall(r"@\w+\{(\w+),", bibliography))
        for each in CLAIMS:
            assert set(each.source) <= known, (each.name, each.source)

    def test_clauses_take_a_value(self):
        from study.claims.catalogue import CLAIMS

        for each in CLAIMS:
            for words in (each.holds, each.fails):
                assert words.format(value="7 pp") and not words.endswith("."), each.name
            assert each.holds != each.fails

    def test_runners_are_classes_that_measure(self):
        from study.claims.catalogue import MECHANISMS
        from study.engines.worker import _find

        for each in MECHANISMS:
            assert callable(_find(each.runner).measure), each.name
            assert each.seconds > 0
