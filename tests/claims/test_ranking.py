"""Dropout's rank, judged on lattices made up with known effects, on both sides of every criterion."""

import re
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from synthetic import runs

from study.analysis import lattice
from study.claims.catalogue import CLAIMS
from study.claims.criteria import FAILS, HOLDS, UNDECIDED
from study.claims.evidence import Evidence, Unmeasured
from study.claims.ledger import UNMEASURED, Ledger
from study.claims.topics import ranking
from study.design.arms import ARMS

BEST = {"dropout": 8.0, "l2": 1.0, "batchnorm": 1.0, "augmentation": 3.0, "earlystopping": -2.0}
WORST = BEST | {"dropout": -3.0}
GAP = 4.0
"""Percentage points by which dropout narrows the made-up gap."""


@dataclass
class Made:
    """As much of a study's results as the claims read."""

    runs: pd.DataFrame
    titles: dict[str, str]

    @property
    def experiments(self):
        return [name for name in self.titles if name in set(self.runs["experiment"])]

    @property
    def study(self):
        return SimpleNamespace(experiments={name: SimpleNamespace(title=title) for name, title in self.titles.items()})

    def experiment(self, name):
        return SimpleNamespace(lattice=lambda metric="test_accuracy": lattice.lattice(self.runs, name, ARMS, metric))


def made(effects: dict[str, dict], gap: float = -GAP, seeds=6) -> Made:
    """Return results of one experiment for each name of `effects`, noisy, with dropout's effect on the gap in pp."""
    frames = []
    for number, (name, points) in enumerate(effects.items()):
        frame = runs(points, noise=0.1, experiment=name, base=50, rng=number, seeds=seeds)
        noise = np.random.default_rng(100 + number).normal(0, 1e-3, len(frame))
        frame["train_accuracy"] = frame["test_accuracy"] + 0.2 + gap / 100 * frame["dropout"].astype(float) + noise
        frames.append(frame)
    return Made(pd.concat(frames, ignore_index=True), {name: name.upper() for name in effects})


def ledger(results) -> Ledger:
    return Ledger(ranking.claims(results), Evidence(results=results))


def verdicts(results) -> dict[str, str]:
    return {entry.claim.name: entry.verdict for entry in ledger(results).entries}


GOOD, BAD = made({"a": BEST, "b": BEST}), made({"a": WORST, "b": WORST}, gap=GAP)


@pytest.mark.parametrize("claim", ranking.claims(GOOD), ids=lambda claim: claim.name)
def test_judged_on_both_sides(claim):
    assert verdicts(GOOD)[claim.name] == HOLDS
    assert verdicts(BAD)[claim.name] == (f"holds with a limit: {claim.limit}" if claim.limit else FAILS)


def test_the_sentence_follows_from_the_mean_over_data_sets():
    assert ledger(GOOD).verdict(9) == HOLDS and ledger(BAD).verdict(9) == FAILS
    mixed = made({"a": BEST | {"dropout": 20.0}, "b": WORST})
    assert ledger(mixed).verdict(9) == "holds with a limit: not on B"
    few = made({"a": BEST, "b": BEST}, seeds=5)
    assert ledger(few).verdict(9) == UNDECIDED, "five seeds decide nothing"
    names = {claim.name for claim in ranking.claims(GOOD) if claim.core}
    assert names == {"dropout-shapley", "dropout-margin", "dropout-gap"}
    assert not any(claim.core for claim in ranking.claims(GOOD) if claim.name.startswith("dropout-rank"))


def test_values_are_those_made_up():
    exact = Made(pd.concat([runs(BEST, experiment="a"), runs(WORST, experiment="b", seeds=7)]), {"a": "A", "b": "B"})
    found = {entry.claim.name: entry.estimate for entry in ledger(exact).entries}
    # In an additive lattice a Shapley value is the effect; the median of the others' is (1 + 1)/2.
    assert found["dropout-shapley-a"].value == pytest.approx(8) and found["dropout-shapley"].value == pytest.approx(2.5)
    assert found["dropout-margin-a"].value == pytest.approx(7) and found["dropout-margin"].value == pytest.approx(1.5)
    assert (found["dropout-rank-a"].value, found["dropout-rank-b"].value) == (1, 5)
    assert found["dropout-rank"].value == 2, "2.5 points on average, behind augmentation's 3"
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
    assert set(verdicts(made({"a": BEST}))) == {"dropout-shapley", "dropout-margin", "dropout-gap", "dropout-rank"}


def test_without_a_complete_seed_nothing_is_measured():
    nothing = Made(pd.DataFrame({"experiment": []}), {"a": "A"})
    found = ledger(nothing)
    assert not found.entries and len(found.unmeasured) == 4 and found.verdict(9) == UNMEASURED
    # Each data set has a complete seed, but no seed is complete in both.
    frame = made({"a": BEST, "b": BEST}, seeds=2).runs
    lacking = {("a", 0), ("b", 1)}
    places = frame[["experiment", "seed", "arm"]].values
    cut = [(name, seed) in lacking and arm == ARMS[0].name for name, seed, arm in places]
    apart = ledger(Made(frame[~np.array(cut)], {"a": "A", "b": "B"}))
    assert {claim.name for claim in apart.unmeasured} == set(verdicts(made({"a": BEST})))
    assert apart.verdict(9) == UNMEASURED and len(apart.entries) == 8
    with pytest.raises(Unmeasured):
        ranking.averaged(Evidence(results=nothing), (), ranking.own, "test_accuracy")


class TestCatalogue:
    """What every claim must be, of those that depend on the study."""

    def test_names_are_unique(self):
        names = [claim.name for claim in (*CLAIMS, *ranking.claims(GOOD))]
        assert len(set(names)) == len(names)
        assert all(claim.sentence == 9 and not (claim.limit and claim.beside) for claim in ranking.claims(GOOD))

    def test_sources_are_in_the_bibliography(self):
        bibliography = (Path(__file__).parents[2] / "report" / "references.bib").read_text()
        known = set(re.findall(r"@\w+\{(\w+),", bibliography))
        assert all(claim.source and set(claim.source) <= known for claim in ranking.claims(GOOD))

    def test_clauses_take_a_value_and_say_that_nothing_was_tuned(self):
        for claim in (*ranking.claims(GOOD), *ranking.claims(made({"a": BEST}))):
            for words in (claim.holds, claim.fails):
                assert "7 pp" in words.format(value="7 pp") and not words.endswith(".") and "untuned" in words
            assert claim.holds != claim.fails and "untuned" in claim.measurement
