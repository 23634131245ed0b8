"""Dropout's rank and dropout with L2, on made-up lattices, on both sides of every criterion."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from synthetic import runs

from study.analysis import effects, lattice
from study.analysis.convergence import CONVERGED, MOVING
from study.claims.catalogue import answered
from study.claims.claim import LIMITS
from study.claims.criteria import FAILS, HOLDS, UNDECIDED
from study.claims.evidence import Evidence, Unmeasured
from study.claims.ledger import UNMEASURED, Ledger
from study.claims.sentences import LEDGERS
from study.claims.topics import ranking
from study.design.arms import ARMS, Arm
from study.design.factors import TEXTBOOK, Factors
from study.design.own import factors as own_factors

BEST = {"dropout": 8.0, "l2": 3.0, "batchnorm": -1.0, "augmentation": -3.0, "earlystopping": -2.0}
"""Dropout and L2 are the two that help."""
WORST = {"dropout": -3.0, "l2": -1.0, "batchnorm": 1.0, "augmentation": 3.0, "earlystopping": 2.0}
GAP = 4.0
"""Percentage points by which dropout narrows the made-up gap."""
CORE = {
    9: {"dropout-without-augmentation", "dropout-beside-augmentation", "dropout-margin", "dropout-gap"},
    10: {"together-dropout", "together-l2"},
}


@dataclass
class Made:
    """As much of a study's results as the claims read."""

    runs: pd.DataFrame
    titles: dict[str, str]
    arms: tuple[Arm, ...] = ARMS
    tuning: list = field(default_factory=list)
    factors: Factors = TEXTBOOK
    moving: tuple[str, ...] = ()

    @property
    def experiments(self):
        return [name for name in self.titles if name in set(self.runs["experiment"])]

    @property
    def study(self):
        titled = {name: SimpleNamespace(title=title) for name, title in self.titles.items()}
        return SimpleNamespace(tuning=SimpleNamespace(beside=(), values={}), experiments=titled, factors=self.factors)

    def experiment(self, name):
        found = lambda metric="test_accuracy": lattice.lattice(self.runs, name, self.arms, metric)
        table = lambda kind, metric: effects.of_kind(effects.effects(found(metric), 0.5), kind, metric)
        verdict = MOVING if name in self.moving else CONVERGED
        return SimpleNamespace(lattice=found, effects=table, training={"verdict": verdict})


def made(effects: dict[str, dict], gap: float = -GAP, seeds=6, pairs=(), **about) -> Made:
    """Return results of one experiment for each name of `effects`, noisy, with dropout's effect on the gap in pp."""
    frames = []
    for number, (name, points) in enumerate(effects.items()):
        arms = about.get("arms", ARMS)
        frame = runs(points, pairs, noise=0.1, experiment=name, base=50, rng=number, seeds=seeds, arms=arms)
        noise = np.random.default_rng(100 + number).normal(0, 1e-3, len(frame))
        frame["train_accuracy"] = frame["test_accuracy"] + 0.2 + gap / 100 * frame["dropout"].astype(float) + noise
        frames.append(frame)
    return Made(pd.concat(frames, ignore_index=True), {name: name.upper() for name in effects}, **about)


def ledger(results) -> Ledger:
    return Ledger(ranking.claims(results), Evidence(results=results), LEDGERS["textbook"])


def verdicts(results) -> dict[str, str]:
    return {entry.claim.name: entry.verdict for entry in ledger(results).entries}


GOOD, BAD = made({"a": BEST, "b": BEST}), made({"a": WORST, "b": WORST}, gap=GAP)


@pytest.fixture(scope="module")
def judged():
    """The verdicts of both."""
    return verdicts(GOOD), verdicts(BAD)


@pytest.mark.parametrize("claim", ranking.claims(GOOD), ids=lambda claim: claim.name)
def test_judged_on_both_sides(claim, judged):
    good, bad = judged
    assert good[claim.name] == HOLDS
    assert bad[claim.name] == (LIMITS if claim.limit else FAILS)


def test_every_data_set_decides_and_no_mean():
    assert ledger(GOOD).verdict(9) == HOLDS and ledger(BAD).verdict(9) == FAILS
    mixed = made({"a": BEST | {"dropout": 20.0}, "b": WORST})
    assert verdicts(mixed)["dropout-margin"] == HOLDS, "one data set may give the mean"
    assert ledger(mixed).verdict(9) == FAILS
    few = made({"a": BEST, "b": BEST}, seeds=5)
    assert ledger(few).verdict(9) == UNDECIDED, "five seeds decide nothing"
    for number, stems in CORE.items():
        names = {claim.name for claim in ranking.claims(GOOD) if claim.core and claim.sentence == number}
        assert names == {f"{stem}-{name}" for stem in stems for name in "ab"}


def test_dropout_is_judged_in_company():
    """Seven points without augmentation and as many lost beside it are no help on average, nor in general."""
    split = made({"a": BEST | {"dropout": 7.0}}, pairs=[("dropout", "augmentation", -11.0)])
    found = {entry.claim.name: entry for entry in ledger(split).entries}
    assert found["dropout-without-augmentation"].estimate.value == pytest.approx(7, abs=0.1)
    assert found["dropout-beside-augmentation"].estimate.value == pytest.approx(-4, abs=0.1)
    assert found["dropout-shapley"].verdict == HOLDS and ledger(split).verdict(9) == FAILS
    assert found["dropout-beside-augmentation"].reason.startswith("beside augmentation dropout lowers")
    assert " on A (" in found["dropout-beside-augmentation"].reason


def test_together_is_held_against_each_alone_and_the_best_other():
    found = {entry.claim.name: entry.estimate.value for entry in ledger(made({"a": BEST})).entries}
    expected = {"together-none": 11, "together-dropout": 3, "together-l2": 8, "together-best": 1}
    assert {name: found[name] for name in expected} == pytest.approx(expected, abs=0.2)
    assert ledger(GOOD).verdict(10) == HOLDS
    beaten = made({"a": BEST | {"batchnorm": 2.0}})
    assert ledger(beaten).verdict(10) == "holds with a limit: another combination is better on A"


def test_a_studys_own_factor_is_not_mistaken_for_another():
    """With six axes, dropout's stays dropout's."""
    known = own_factors.collect(["study.training.regularizers.max_norm:MaxNorm"], Path())
    every = tuple(Arm.of([name for k, name in enumerate(known.names) if n >> k & 1], known) for n in range(64))
    six = made({"a": BEST | {"maxnorm": -9.0}}, arms=every, factors=known)
    found = {entry.claim.name: entry.estimate.value for entry in ledger(six).entries}
    assert found["dropout-shapley"] == pytest.approx(8, abs=0.2) and found["dropout-rank"] == 1
    assert found["dropout-margin"] == pytest.approx(10, abs=0.2), "the median of the other five is −2"
    assert found["dropout-gap"] == pytest.approx(-GAP, abs=0.1)
    assert found["dropout-without-augmentation"] == pytest.approx(8, abs=0.2)


def test_a_fraction_of_the_arms_measures_nothing():
    half = made({"a": BEST}, arms=ARMS[::2])
    assert not ledger(half).entries


def test_values_are_those_made_up():
    exact = Made(pd.concat([runs(BEST, experiment="a"), runs(WORST, experiment="b", seeds=7)]), {"a": "A", "b": "B"})
    found = {entry.claim.name: entry.estimate for entry in ledger(exact).entries}
    # In an additive lattice a Shapley value is the effect; the medians of the others' are −1.5 and 1.5.
    assert found["dropout-shapley-a"].value == pytest.approx(8) and found["dropout-shapley"].value == pytest.approx(2.5)
    assert found["dropout-margin-a"].value == pytest.approx(9.5) and found["dropout-margin"].value == pytest.approx(2.5)
    assert (found["dropout-rank-a"].value, found["dropout-rank-b"].value) == (1, 5)
    assert found["dropout-rank"].value == 1, "2.5 points on average, before L2's 1"
    assert np.isnan(found["dropout-rank"].low)
    assert (found["dropout-shapley-b"].seeds, found["dropout-shapley"].seeds) == (7, 6), "the seeds complete in both"
    narrowed = {entry.claim.name: entry.estimate for entry in ledger(GOOD).entries}["dropout-gap"]
    assert narrowed.value == pytest.approx(-GAP, abs=0.1)


def test_the_difference_is_paired_by_seed():
    """What lifts all regularizers under one seed widens no interval of the difference."""
    frame = runs(BEST, experiment="a")
    on = frame[list(BEST)].sum(axis=1)
    frame["test_accuracy"] += 0.01 * on * frame["seed"]
    found = {entry.claim.name: entry.estimate for entry in ledger(Made(frame, {"a": "A"})).entries}
    assert found["dropout-shapley"].high - found["dropout-shapley"].low > 1
    assert found["dropout-margin"].high - found["dropout-margin"].low == pytest.approx(0, abs=1e-9)


def test_one_data_set_is_judged_once():
    names = set(verdicts(made({"a": BEST})))
    assert names == {each.name for each in ranking.MEASURED} and len(names) == 10


def test_without_a_complete_seed_nothing_is_measured():
    nothing = Made(pd.DataFrame({"experiment": []}), {"a": "A"})
    found = ledger(nothing)
    assert not found.entries and len(found.unmeasured) == 10 and found.verdict(9) == UNMEASURED
    # Each data set has a complete seed, but no seed is complete in both.
    frame = made({"a": BEST, "b": BEST}, seeds=2).runs
    lacking = {("a", 0), ("b", 1)}
    places = frame[["experiment", "seed", "arm"]].values
    cut = [(name, seed) in lacking and arm == ARMS[0].name for name, seed, arm in places]
    apart = ledger(Made(frame[~np.array(cut)], {"a": "A", "b": "B"}))
    means = {each.name for each in ranking.MEASURED if each.averaged}
    assert {claim.name for claim in apart.unmeasured} == means and len(apart.entries) == 2 * 10
    assert apart.verdict(9) == UNDECIDED, "means decide nothing, and one seed does not either"
    with pytest.raises(Unmeasured):
        ranking.averaged(Evidence(results=nothing), (), ranking.own, "test_accuracy")


class TestCatalogue:
    """What every claim must be, of those that depend on the study."""

    def test_names_are_unique(self):
        names = [claim.name for claim in (*answered("textbook"), *ranking.claims(GOOD))]
        assert len(set(names)) == len(names)
        assert all(claim.sentence in CORE and not (claim.limit and claim.fails) for claim in ranking.claims(GOOD))

    def test_sources_are_in_the_bibliography(self):
        bibliography = (Path(__file__).parents[2] / "report" / "references.bib").read_text()
        known = set(re.findall(r"@\w+\{(\w+),", bibliography))
        assert all(set(claim.source) <= known for claim in ranking.claims(GOOD))

    def test_clauses_name_the_data(self):
        for claim in ranking.claims(GOOD):
            for words in filter(None, (claim.fails, claim.limit)):
                assert f" on {claim.setting.name}" in words.format(value="7 pp") and "{" not in words.format(value="7")

    @pytest.mark.parametrize("values, words", [
        ((), "strengths are not tuned"),
        ((3,) * 5, "all strengths are tuned, each regularizer alone, not combinations"),
        ((3, 3, 4, 4, 4), "2 of 5 strengths are tuned"),
    ])  # fmt: skip
    def test_words_on_strengths_come_from_the_study(self, values, words):
        factor, rate = SimpleNamespace(factor="any"), SimpleNamespace(factor=None)
        tuning = [SimpleNamespace(value=value, own=3, dial=factor) for value in values]
        tuning += [SimpleNamespace(value=3, own=3, dial=rate)]  # a learning rate is no strength
        tuned = made({"a": BEST}, tuning=tuning)
        assert all(words in claim.setting.words for claim in ranking.claims(tuned))

    def test_what_still_moves_is_called_so(self):
        claims = ranking.claims(made({"a": BEST, "b": BEST}, moving=("b",)))
        assert {claim.setting.name for claim in claims} == {"A", "B (still moving)", "mean"}
        assert any("on B (still moving)" in claim.fails for claim in claims)
