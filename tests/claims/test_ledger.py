"""Criteria judge both ways, sentences follow from their claims, and the table is what it should be."""

import math
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from study.claims.claim import BESIDE, CORE, LIMIT, LIMITS, Claim, Setting
from study.claims.criteria import FAILS, HOLDS, UNDECIDED, Above, AtLeast, AtMost, Below, Within
from study.claims.estimate import Estimate, largest, over_seeds, share, smallest
from study.claims.evidence import Absent, Evidence, Unmeasured
from study.claims.exhibits import section, short_verdicts, summary, table, tally
from study.claims.ledger import COLUMNS, UNMEASURED, Ledger, written
from study.claims.sentences import LEDGERS, SENTENCES
from study.exhibits.wording import bound_of, compact

BIBLIOGRAPHY = Path(__file__).parents[2] / "report" / "references.bib"

TEXTBOOK = LEDGERS["textbook"]


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


HERE = Setting("here", "a network")


ABOVE = Above(0)


def claim(name, value, criterion=ABOVE, sentence=1, limit="", mechanism=None, beside=False, setting=HERE):
    """A claim whose interval is `value` ± 0.1 over six seeds."""
    return Claim(
        name=name,
        sentence=sentence,
        measurement=f"Measurement {name}",
        setting=setting,
        unit="pp",
        estimate=lambda evidence: (
            evidence.values(mechanism, "x") and None if mechanism else of(value - 0.1, value + 0.1)
        ),
        criterion=criterion,
        source=("srivastava2014dropout",),
        fails="" if limit or beside else f"{name} is not so ({{value}})",
        limit=limit,
    )


def test_a_sentence_follows_from_its_claims():
    yes, no, maybe = claim("yes", 1), claim("no", -1), claim("maybe", 0)
    limited, free = claim("limited", -1, limit="only here"), claim("free", 1, limit="only there")
    open_limit = claim("open", 0, limit="nowhere")
    judge = lambda *claims: Ledger(claims, Evidence(), TEXTBOOK).verdict(1)
    assert judge(yes) == judge(yes, free) == judge(yes, open_limit) == HOLDS
    assert judge(yes, limited) == "holds with a limit: only here"
    assert judge(yes, no) == judge(no, maybe) == judge(no, limited) == FAILS
    assert judge(yes, maybe) == judge(maybe, limited) == UNDECIDED
    assert judge() == judge(limited) == UNMEASURED
    asides = [claim("aside", value, beside=True) for value in (1, -1, 0)]
    assert judge(yes, *asides) == HOLDS and judge(*asides) == UNMEASURED
    assert [each.role for each in (yes, limited, asides[0])] == [CORE, LIMIT, BESIDE]


def test_what_was_not_measured_is_said_not_guessed():
    ledger = Ledger([claim("yes", 1), claim("later", 1, mechanism="masks")], Evidence(), TEXTBOOK)
    assert [each.name for each in ledger.unmeasured] == ["later"] and len(ledger.entries) == 1
    assert ledger.verdict(1) == UNMEASURED
    assert "1 claim" in section(ledger, 1).text
    with pytest.raises(Unmeasured):
        Evidence({"forms": [{}]}).values("masks", "x")


def test_a_verdict_tells_its_reasons():
    said = lambda *claims: section(Ledger(claims, Evidence(), TEXTBOOK), 1).text
    assert "**Does not hold here:** no is not so (−1.00 pp [−1.10, −0.90])." in said(claim("yes", 1), claim("no", -1))
    assert "**Undecided:** the one measurement that it stands on is open." in said(claim("maybe", 0))
    assert "**Undecided:** open in 1 of the 2 measurements that it stands on." in said(
        claim("maybe", 0), claim("yes", 1)
    )
    assert "Whether it has a further limit is open in 1 measurement." in said(
        claim("yes", 1), claim("later", 0, limit="only here")
    )

    def absent(evidence):
        raise Absent("PyTorch")

    missing = replace(claim("torch", 1, limit="x"), estimate=absent)
    assert "not looked at: PyTorch." in said(claim("yes", 1), missing)


def test_the_table_of_claims():
    ledger = Ledger([claim("b", -1, sentence=2), claim("a", 1), claim("id", 1, AtMost(2))], Evidence(), TEXTBOOK)
    frame = ledger.frame()
    assert tuple(frame.columns) == COLUMNS
    assert frame["measurement"][0] == "Measurement a; here: a network" and set(frame["role"]) == {"core"}
    assert list(frame["sentence"]) == [1, 1, 2] and list(frame["verdict"]) == [HOLDS, HOLDS, FAILS]
    assert frame["criterion"][0] == "above 0" and frame["ci_low"][0] == pytest.approx(0.9)


def test_the_page_and_the_table_of_claims_say_the_same():
    """Of a claim that only limits or explains, too: its role stands beside the verdict."""
    made = [claim("a", 1), claim("b", -1, limit="not b"), claim("c", 0, limit="c?"), claim("d", -1, beside=True)]
    ledger = Ledger(made, Evidence(), TEXTBOOK)
    frame, rows = ledger.frame(), table(ledger, 1).rows
    assert list(frame["verdict"]) == [HOLDS, LIMITS, UNDECIDED, FAILS] and list(frame["role"]) == [
        CORE, LIMIT, LIMIT, BESIDE
    ]  # fmt: skip
    assert [row[-1] for row in rows] == [f"**{HOLDS}**", LIMITS, UNDECIDED, f"({FAILS})"]
    assert summary(ledger).rows[0] == ("1", "[What dropout does](#tbl-claims-1)", "holds with a limit")
    assert "**Holds with a limit:** not b." in section(ledger, 1).text
    assert short_verdicts(ledger)[SENTENCES[0].text] == "holds with a limit"
    assert tally(ledger) == (
        "Of the textbook's 12 sentences on the five regularizers, 1 holds with a limit and 11 are not measured."
    )


def test_what_several_rows_share_is_described_once():
    there = Setting("there", "with noise", like=HERE)
    pair = [replace(claim(name, 1), measurement="M", setting=setting) for name, setting in (("a", HERE), ("b", there))]
    ledger = Ledger([*pair, claim("c", 1, sentence=2), claim("d", 1, sentence=2, setting=there)], Evidence(), TEXTBOOK)
    assert [row[:2] for row in table(ledger, 1).rows] == [("M", "here"), ("", "there")]
    assert [row[3] for row in table(ledger, 1).rows] == ["above 0", ""]
    first, second = (section(ledger, number).text for number in (1, 2))
    assert "- *here*: a network.\n- *there*: as *here*, with noise." in first
    assert "- *here* and *there*: see [1](#tbl-claims-1)." in second
    assert first.count("a network") == 1 and "Measured after [@srivastava2014dropout]." in first
    assert pair[1].described == "M; there: a network, with noise", "the exported table needs no page"
    alone = Ledger([claim("c", 1)], Evidence(), TEXTBOOK)
    assert "Where" in table(ledger, 1).heads and "Where" not in table(alone, 1).heads


def test_who_says_a_sentence_is_cited():
    known = set(re.findall(r"@\w+\{(\w+),", BIBLIOGRAPHY.read_text()))
    assert all(each.source and set(each.source) <= known for each in SENTENCES)
    assert section(Ledger([claim("a", 1)], Evidence(), TEXTBOOK), 1).text.startswith(f"> {SENTENCES[0].text} [@cs231n]")


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
        from study.claims.catalogue import answered, mechanisms

        names = [each.name for each in answered("textbook")]
        assert len(set(names)) == len(names)
        assert len({each.name for each in mechanisms("textbook")}) == len(mechanisms("textbook"))
        # Sentences 9 and 10 are answered by the lattice.
        core = {each.sentence for each in answered("textbook") if each.core}
        assert core | {9, 10} == set(range(1, 13)) and [each.number for each in SENTENCES] == list(range(1, 13))

    def test_sources_are_in_the_bibliography(self):
        from study.claims.catalogue import answered

        known = set(re.findall(r"@\w+\{(\w+),", BIBLIOGRAPHY.read_text()))
        for each in answered("textbook"):
            assert set(each.source) <= known, (each.name, each.source)

    def test_every_claim_has_one_role_and_its_words(self):
        from study.claims.catalogue import answered

        for each in answered("textbook"):
            assert not (each.fails and each.limit), each.name
            assert not each.fails or "{value}" in each.fails, each.name
            for words in (each.fails, each.limit, each.measurement, each.setting.words):
                assert words.format(value="7 pp") == words.replace("{value}", "7 pp") and not words.endswith("."), (
                    each.name
                )

    def test_runners_are_classes_that_measure(self):
        from study.claims.catalogue import mechanisms
        from study.design.own.code import find

        for each in mechanisms("textbook"):
            assert callable(find("mechanism", each.runner, "a class").measure), each.name
            assert each.seconds > 0
