"""The ledger of 2026 on made-up evidence: every criterion on both sides, every estimate by hand, the figure."""

import numpy as np
import pytest
from made_recent import SEEDS, bad, classes, good, passes, spread

from study.claims.catalogue import answered, mechanisms
from study.claims.claim import BESIDE, LIMITS
from study.claims.criteria import FAILS, HOLDS, UNDECIDED
from study.claims.evidence import Evidence, Unmeasured
from study.claims.exhibits import section, short_verdicts, summary, table, tally
from study.claims.ledger import Ledger
from study.claims.sentences import LEDGERS, RECENT, SENTENCES
from study.claims.topics import passes as over_passes
from study.claims.topics import run_spread
from study.claims.topics.class_effects import left_out
from study.exhibits import mechanism_titles
from study.figures.passes import passes as drawn

RECENT_CLAIMS, RECENT_MECHANISMS = answered("2026"), mechanisms("2026")
NAMED = {claim.name: claim for claim in RECENT_CLAIMS}
EDITION = LEDGERS["2026"]


def ledger(trials) -> Ledger:
    return Ledger(RECENT_CLAIMS, Evidence(trials), EDITION)


def value(name, trials) -> float:
    return NAMED[name].estimate(Evidence(trials)).value


def test_the_two_ledgers_share_no_name_and_no_number():
    assert [each.number for each in RECENT] == list(range(13, 19)) and not {*SENTENCES} & {*RECENT}
    assert not {claim.name for claim in answered("textbook")} & set(NAMED)
    both = [*mechanisms("textbook"), *RECENT_MECHANISMS]
    assert len({each.name for each in both}) == len(both)
    assert {claim.sentence for claim in RECENT_CLAIMS if claim.core} == set(range(13, 19))


def test_evidence_on_either_side_decides_every_sentence():
    for_, against = ledger(good()), ledger(bad())
    assert not for_.unmeasured and not against.unmeasured
    assert {for_.verdict(each.number) for each in RECENT} == {HOLDS}
    assert {against.verdict(each.number) for each in RECENT} == {FAILS}
    for one, other in zip(for_.entries, against.entries, strict=True):
        if one.claim.role != BESIDE:
            assert one.verdict == HOLDS, one.claim.name
            assert other.verdict in (FAILS, LIMITS), other.claim.name


def test_five_seeds_decide_nothing_but_identities():
    few = ledger({name: trials[:5] for name, trials in good().items()})
    exact = {"rescaled-exactly", "rerated-exactly", "rerated-epsilon"}
    assert {entry.claim.name for entry in few.entries if entry.verdict != UNDECIDED} == exact


def test_a_class_is_chosen_on_one_seed_and_judged_on_others():
    found = ledger({name: trials[:1] for name, trials in good().items()})
    assert {claim.sentence for claim in found.unmeasured} == {18}
    with pytest.raises(Unmeasured, match="second seed"):
        left_out(np.zeros((1, 3)), 0)


def test_every_estimate_by_hand():
    found = good()
    assert value("early-dropout-loss", found) == pytest.approx(-0.1)
    assert value("one-pass-accuracy", found) == pytest.approx(2) and value("one-pass-gap", found) == pytest.approx(0.05)
    assert value("many-passes-dropout", found) == pytest.approx(-1)
    assert value("decay-gain", found) == pytest.approx(3) and value("decay-before", found) == pytest.approx(0.1)
    assert value("decay-during", found) == pytest.approx(0.1)
    assert value("decay-large-rate", found) == value("decay-per-step", found) == pytest.approx(3 - 1)
    assert value("rescaled-accuracy", found) == pytest.approx(0.1)
    assert value("rescaled-predictions", found) == pytest.approx(-3)
    assert value("rerated-epsilon", found) == 1e-3
    assert value("averages-constant-accuracy-none", found) == pytest.approx(2)
    assert value("averages-for-cooling-batchnorm", found) == pytest.approx(60 + 2 - 62)
    assert value("averages-statistics", found) == pytest.approx(0.1)
    assert value("spread-formula", found) == pytest.approx(1.05)
    assert value("spread-independence", found) == pytest.approx(1.1)
    assert value("spread-calibration", found) == pytest.approx((1.05 / 1.1) ** 2)
    assert value("spread-shared", found) == pytest.approx(5.5) and value("spread-error", found) == pytest.approx(20)
    assert value("classes-gap-signals", found) == pytest.approx(15)
    assert value("classes-least-signals", found) == pytest.approx(-5)
    assert value("classes-mean-signals", found) == pytest.approx(0.25 * 10 + 0.5 * 4 - 0.25 * 5)


def test_choosing_the_class_on_other_seeds_does_not_flatter():
    """Where classes differ by chance alone, their largest and smallest effects lie apart, and these do not."""
    effects = np.random.default_rng(0).normal(0, 3, (4000, SEEDS, 10))
    flattered = np.mean([np.ptp(each.mean(0)) for each in effects])
    honest = np.mean([(left_out(each, -1) - left_out(each, 0)).mean() for each in effects])
    assert flattered > 3 and abs(honest) < 0.1
    by_hand = np.array([[0.0, 1.0, 5.0], [0.0, 4.0, 1.0], [0.0, 3.0, 1.0]])
    assert left_out(by_hand, -1).tolist() == [1.0, 1.0, 1.0] and left_out(by_hand, 0).tolist() == [0.0, 0.0, 0.0]


def test_the_formula_of_the_spread_follows_from_calibrated_and_independent_answers(tensorflow):
    """Answers of class 1 with probability q to examples that are of class 1 with probability q."""
    from study.claims.mechanisms.spread import moments

    rng = np.random.default_rng(0)
    found = []
    for _ in range(SEEDS):
        q = rng.uniform(0, 1, 2000)
        answers = rng.random((400, 2000)) < q
        found.append(moments(answers == (rng.random(2000) < q)))
    one = {name: [[each[name]] * 2 for each in found] for name in found[0]}
    trials = [{name: values[seed] for name, values in one.items()} for seed in range(SEEDS)]
    evidence = Evidence({"spread": trials})
    assert run_spread.formula(evidence).value == pytest.approx(1, abs=0.05)
    assert run_spread.independence(evidence).value == pytest.approx(1, abs=0.03)
    assert np.mean([each["error"] for each in found]) == pytest.approx(1 / 3, abs=0.02)
    assert abs(np.mean([each["shared"] / each["variance"] for each in found])) < 0.1


def test_networks_of_different_skill_share_their_errors(tensorflow):
    from study.claims.mechanisms.spread import moments

    rng = np.random.default_rng(0)
    skill = rng.uniform(0.6, 0.9, (300, 1))
    found = moments(rng.random((300, 2000)) < skill)
    assert found["error"] == pytest.approx(0.25, abs=0.02)
    assert found["shared"] == pytest.approx(skill.var(), rel=0.15)
    assert found["variance"] > 10 * found["independent"]


def test_seeds_that_disagree_decide_nothing():
    for_, against = good(), bad()
    mixed = {name: [(for_, against)[seed % 2][name][seed] for seed in range(SEEDS)] for name in for_}
    found = [entry for entry in ledger(mixed).entries if entry.claim.core and entry.estimate.seeds]
    assert len(found) == 15 and {entry.verdict for entry in found} == {UNDECIDED}


def test_the_ledger_speaks_of_its_own_sentences():
    for_, against = ledger(good()), ledger(bad())
    assert list(short_verdicts(for_)) == [each.text for each in RECENT]
    assert tally(for_) == "Of 6 claims published since 2022, 6 hold."
    assert [row[0] for row in summary(for_).rows] == [str(number) for number in range(13, 19)]
    said = section(against, 17).text
    assert "[@jordan2024variance]" in said and "the standard deviation between runs is 2.0" in said
    assert len(table(for_, 16).rows) == sum(claim.sentence == 16 for claim in RECENT_CLAIMS)
    assert "68 % to 46 %" in " ".join(row[0] for row in table(for_, 18).rows)


def test_lengths_are_those_of_the_traced_calls(tensorflow):
    from study.claims.mechanisms.descent import CHUNK

    assert over_passes.STRETCH == CHUNK
    assert over_passes.PASSES == [1, 4, 20, 100] and over_passes.passes(over_passes.NARROW) == [8]
    assert over_passes.steps(over_passes.NARROW) == 4000


def test_the_figure_draws_both_ways_over_passes():
    trials = {"passes": passes(early=(0.2, 0.1, 0, -0.1), throughout=(0.4, 0.3, 0, -0.2))}
    found = over_passes.curves(Evidence(trials))
    row = found[(found["metric"] == "test_accuracy") & (found["way"] == "dropout")].set_index("passes")
    assert row.loc[1, "mean"] == pytest.approx(-4) and row.loc[100, "mean"] == pytest.approx(2)
    exhibit = drawn(found, over_passes.WIDE_SETTING.where)
    assert exhibit.title == (
        "Early dropout raises the final training loss at 1 and 4 passes, lowers it at 100 passes and costs test "
        "accuracy at 1 and 4 passes, gains it at 100 passes; dropout throughout costs test accuracy at 1 and 4 "
        "passes, gains it at 100 passes."
    )
    assert exhibit.title in exhibit.alt and "6 seeds" in exhibit.caption and len(exhibit.data) == 16
    lines = [line for line in exhibit.figure.axes[1].lines if line.get_marker() not in ("None", "")]
    assert [line.get_ydata()[0] for line in lines] == pytest.approx([-2, -4])
    phone = exhibit.redrawn()
    assert phone.get_size_inches()[0] == pytest.approx(3.5) and len(phone.axes) == 2
    few = over_passes.curves(Evidence({"passes": trials["passes"][:5]}))
    assert "no finding" in mechanism_titles.passes(few)
    still = over_passes.curves(Evidence({"passes": passes(early=(0,) * 4, throughout=(0,) * 4)}))
    assert "nowhere clearly moves test accuracy" in mechanism_titles.passes(still)


def test_unequal_classes_and_spreads_are_told_apart_by_the_made_up_trials():
    """The made-up trials do what they say, so that what is held against them means something."""
    assert value("classes-gap-signals", {"classes-signals": classes((3, 1, 0))}) == pytest.approx(3)
    assert value("spread-formula", {"spread": spread(1.5, 1.2)}) == pytest.approx(1.5)
