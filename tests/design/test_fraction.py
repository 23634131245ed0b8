"""Fractions of a factorial against published tables, and what they estimate of known effects."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from conftest import study
from own_factors import study_with

from study.analysis.effects import effects as effects_of
from study.analysis.effects import of_kind
from study.analysis.lattice import lattice as lattice_of
from study.design import studyfile
from study.design.arms import Arm, arms_of, fraction_of, lattice, trajectories_of
from study.design.factors import NAMES
from study.design.fraction import Fraction, fraction
from study.errors import StudyError
from study.report import methods
from study.statistics.estimands import contrast, estimate_all, estimate_fraction, interaction, main

LETTERS = "ABCDEFGHIJK"
SIX = 'factors = ["study.training.regularizers.max_norm:MaxNorm"]'
EFFECTS = {"dropout": 3.0, "l2": 0.0, "batchnorm": 1.0, "augmentation": 8.0, "earlystopping": -2.0, "maxnorm": 1.5}


# Box, Hunter & Hunter, Statistics for Experimenters, 2nd ed., 2005, table 6.22; lengths of all words by Chen, Sun & Wu,
# 1993.
@pytest.mark.parametrize(
    "factors, runs, resolution, words",
    [
        (5, 16, 5, ["ABCDE"]),
        (6, 32, 6, ["ABCDEF"]),
        (7, 64, 7, ["ABCDEFG"]),
        (8, 64, 5, [5, 5, 6]),
        (9, 128, 6, [6, 6, 6]),
        (10, 128, 5, [5, 5, 5, 6, 6, 6, 7]),
        (11, 128, 5, [5] * 6 + [6] * 6 + [7] * 2 + [8]),
    ],
)
def test_the_published_fractions_of_resolution_v(factors, runs, resolution, words):
    found = fraction(tuple(LETTERS[:factors]))
    assert len(found.arms) == runs and found.resolution == resolution
    told = ["".join(word) for word in found.words]
    assert told == words if isinstance(words[0], str) else [len(word) for word in told] == words


def test_the_relation_is_that_of_the_design_pyDOE_makes():
    from pyDOE3 import fracfact

    found = fraction(tuple("ABCDEF"))
    np.testing.assert_array_equal(found.levels, fracfact("a b c d e abcde"))
    for names in (tuple(LETTERS[:8]), tuple(LETTERS[:10])):
        found = fraction(names)
        products = {
            term: found.levels[:, [names.index(name) for name in term]].prod(axis=1)
            for size in range(1, len(names) + 1)
            for term in itertools.combinations(names, size)
        }
        assert {term for term, product in products.items() if (product == 1).all()} == set(found.words)
        for term in (("A",), ("B", "H")):
            equal = {other for other, product in products.items() if (product == products[term]).all()} - {term}
            assert equal == set(found.aliases(term))


@pytest.mark.parametrize("factors", [6, 8, 10])
def test_a_fraction_turned_round_holds_the_arm_without_any_factor(factors):
    names = tuple(LETTERS[:factors])
    found, turned = fraction(names), replace(fraction(names), turned=True)
    assert frozenset(names) in found and (frozenset() in found) == all(len(word) % 2 == 0 for word in found.words)
    assert frozenset() in turned and turned.words == found.words
    for term in (*turned.words, ("A",), ("A", "B")):
        for alias in turned.aliases(term):
            together = turned.levels[:, [names.index(name) for name in (*term, *alias)]].prod(axis=1)
            assert (together == turned.sign(term, alias)).all() and found.sign(term, alias) == 1


def test_aliases_of_the_half_fraction_of_six():
    found = fraction(tuple("ABCDEF"))
    assert found.aliases(("A",)) == [tuple("BCDEF")] and found.aliases(("A", "B")) == [tuple("CDEF")]
    assert fraction(tuple("ABCDE")).aliases(("A", "B")) == [tuple("CDE")]


def test_a_worse_choice_of_generators_has_a_lower_resolution():
    assert Fraction(tuple("ABCDEFG"), (("F", tuple("ABCD")), ("G", tuple("ABCE")))).resolution == 4


def test_too_few_factors():
    with pytest.raises(StudyError, match="at least 5 factors.*Received: 4: A, B, C, D"):
        fraction(tuple("ABCD"))


def six(tmp_path, design="full"):
    return studyfile.load(str(study_with(tmp_path, f'{SIX}\ndesign = "{design}"', seeds="0-5")))


def test_a_fraction_halves_arms_and_trainings(tmp_path):
    found = six(tmp_path, "fractional")
    arms = arms_of(found)
    assert len(arms) == 32 and len(trajectories_of(arms)) == 16
    names = {arm.name for arm in arms}
    for arm in arms:  # both cells of every training
        assert Arm.of({*arm.factors, "earlystopping"}, found.factors) in arms and arm.trajectory in arms
    # D·L·B·A·M = −1: an even number of the five others is on.
    assert all(len(set(arm.factors) - {"earlystopping"}) % 2 == 0 for arm in arms)
    assert {"none", "earlystopping", "dropout+l2"} <= names and "all" not in names and "dropout" not in names
    relation = fraction_of(found)
    assert relation.words == (("dropout", "l2", "batchnorm", "augmentation", "maxnorm"),)
    assert relation.aliases(("earlystopping",)) == [(*NAMES, "maxnorm")]


def values(arms, effects, pairs=(), triples=()):
    """Return a lattice of shape (1, 2, …, 2), NaN where no arm was run, of known effects."""
    made = np.full((1, *(2,) * len(arms[0].known)), np.nan)
    for arm in arms:
        made[(0, *arm.switches.values())] = (
            60
            + sum(effects[name] for name in arm.factors)
            + sum(size for *term, size in (*pairs, *triples) if set(term) <= set(arm.factors))
        )
    return made


def test_an_additive_lattice_of_six_gives_each_effect_back(tmp_path):
    found = six(tmp_path)
    names = found.factors.names
    estimates = estimate_all(values(lattice(found.factors), EFFECTS), names)
    assert len(estimates) == 6 * 4 + 60 + 57
    for (kind, term), value in estimates.items():
        expected = 0.0 if kind == "interaction" else EFFECTS[term.partition("|")[0]]
        assert value == pytest.approx(expected, abs=1e-9), (kind, term)


def test_main_effects_of_a_fraction_are_free_of_pairs(tmp_path):
    found = six(tmp_path, "fractional")
    names, pairs = found.factors.names, [("dropout", "maxnorm", 2.0), ("l2", "earlystopping", -3.0)]
    estimates = estimate_fraction(values(arms_of(found), EFFECTS, pairs), names)
    whole = values(lattice(found.factors), EFFECTS, pairs)
    for name in names:
        own = EFFECTS[name] + sum(size / 2 for a, b, size in pairs if name in (a, b))
        assert estimates["main", name] == pytest.approx(own) == main(whole, name, names)
    for term in itertools.combinations(names, 2):
        assert estimates["interaction", ":".join(term)] == pytest.approx(interaction(whole, term, names), abs=1e-9)
    assert {kind for kind, _ in estimates} == {"main", "conditional", "interaction", "add_one_in"}
    assert [term for kind, term in estimates if kind == "add_one_in"] == ["earlystopping"], (
        "the one arm beside `none` that was run"
    )


def test_a_pair_is_confounded_with_the_triple_of_its_alias(tmp_path):
    found = six(tmp_path, "fractional")
    names, triple = found.factors.names, ("batchnorm", "augmentation", "maxnorm")
    estimates = estimate_fraction(values(arms_of(found), dict.fromkeys(names, 0.0), triples=[(*triple, 4.0)]), names)
    whole = values(lattice(found.factors), dict.fromkeys(names, 0.0), triples=[(*triple, 4.0)])
    relation = fraction_of(found)
    assert relation.aliases(("dropout", "l2")) == [triple] and relation.sign(("dropout", "l2"), triple) == -1
    # Contrasts of ±1 columns add up: that of the pair is 2², that of the triple −2³ times the mean product.
    assert interaction(whole, triple, names) == pytest.approx(4.0) and interaction(
        whole, ("dropout", "l2"), names
    ) == pytest.approx(0)
    assert estimates["interaction", "dropout:l2"] == pytest.approx(-4.0 / 2)


def test_the_contrast_of_a_whole_lattice_is_its_interaction(tmp_path):
    factors = six(tmp_path).factors
    made = np.random.default_rng(0).normal(size=(3, *(2,) * 6))
    for size in (1, 2, 3):
        for term in itertools.combinations(factors.names, size):
            np.testing.assert_allclose(
                contrast(made, term, factors.names), interaction(made, term, factors.names), atol=1e-12
            )


def test_effects_of_a_fraction_have_intervals(tmp_path):
    from synthetic import runs

    found = six(tmp_path, "fractional")
    frame = runs(EFFECTS, noise=0.3, arms=arms_of(found))
    made = lattice_of(frame, "made", arms=arms_of(found))
    assert not made.whole and np.isnan(made.values).sum() == 6 * 32
    table = of_kind(effects_of(made, 0.5), "main")
    assert list(table.index) == list(found.factors.names)
    for name, row in table.iterrows():
        assert row["ci_low"] - 0.2 < EFFECTS[name] < row["ci_high"] + 0.2 and row["ci_high"] > row["ci_low"]
    with pytest.raises(StudyError, match="all 32 arms"):
        lattice_of(frame[frame["arm"] != "none"], "made", arms=arms_of(found))


def test_the_alias_table(tmp_path):
    found = six(tmp_path, "fractional")
    text = methods.aliases(found)
    assert (
        "generated by M = −DLBA" in text and "The defining relation is I = −DLBAM." in text and "resolution V " in text
    )
    assert "| dropout | D | −LBAM |" in text and "| dropout × max-norm | DM | −LBA |" in text
    assert "| early stopping | E | −DLBAEM |" in text and "crossed with early stopping, which" in text
    assert text.count("\n| ") == 2 + 6 + 15
    assert methods.aliases(six(tmp_path)) == ""


def test_an_arm_outside_the_fraction_is_refused(tmp_path):
    file = study_with(tmp_path, f'{SIX}\ndesign = "fractional"')
    for words in (("plan", file, "--arm", "dropout"), ("run", file, "--arm", "all")):
        ran = study(*words, "--results", tmp_path / "r")
        assert (
            ran.returncode == 2
            and "the 32 arms of the study's fraction" in ran.stderr
            and "Traceback" not in ran.stderr
        )
    assert "One switch away: none, dropout+l2" in study("plan", file, "--arm", "dropout").stderr
    ran = study("plan", file, "--results", tmp_path / "r")
    assert "32 trainings to do for 64 cells" in ran.stdout
