"""Variance by order of effect, on lattices whose answer is known."""

import numpy as np
import pytest
from synthetic import runs

from study.analysis.lattice import lattice
from study.design.arms import ARMS


def shares(**chosen):
    return lattice(runs(**chosen), "made", ARMS).variance_shares()


def test_an_additive_lattice_is_all_single_factors():
    found = shares()
    np.testing.assert_allclose(found["share"], [1, 0, 0, 0, 0], atol=1e-12)
    assert list(found["terms"]) == [5, 10, 10, 5, 1]


def test_a_pair_gives_its_known_share():
    """y = 4ab: in ±½ codes 1 + 2a' + 2b' + 4a'b', so variances are 1, 1 and 1."""
    found = shares(effects={}, pairs=[("dropout", "l2", 4.0)])
    np.testing.assert_allclose(found["share"], [2 / 3, 1 / 3, 0, 0, 0], atol=1e-9)


def test_noise_is_taken_off():
    found = np.mean([shares(effects={"dropout": 2.0}, noise=2.0, rng=k)["share"] for k in range(40)], axis=0)
    assert found[0] == pytest.approx(1.0, abs=0.05) and np.abs(found[1:]).max() < 0.05


def test_intervals_hold_the_truth_and_few_seeds_have_none():
    found = shares(noise=1.0, seeds=8)
    assert found.loc[1, "ci_low"] < 1 < found.loc[1, "ci_high"] + 0.05
    assert shares(seeds=2)["share"].isna().all()
    assert shares(effects={}, noise=0.0)["share"].isna().all()
