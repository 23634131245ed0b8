"""Lattices whose answer is known by hand, and two other ways to the same numbers."""

import itertools

import numpy as np
import pandas as pd
import pytest
from synthetic import EFFECTS, runs

from study.analysis.lattice import lattice
from study.design.arms import ARMS
from study.design.factors import NAMES
from study.statistics import estimands


def cube(**chosen):
    return lattice(runs(**chosen), "made", ARMS).values


def random_cube(seeds=3, rng=1):
    return np.random.default_rng(rng).normal(size=(seeds, *(2,) * 5))


def test_an_additive_lattice_has_its_effects_and_no_interactions():
    values = cube()
    for name, points in EFFECTS.items():
        for kind in (estimands.main, estimands.shapley, estimands.add_one_in, estimands.leave_one_out):
            np.testing.assert_allclose(kind(values, name, NAMES), points, atol=1e-9)
    for names in estimands.interactions(NAMES):
        np.testing.assert_allclose(estimands.interaction(values, names, NAMES), 0, atol=1e-9)


def test_a_pair_is_split_half_and_half():
    values = cube(effects={}, pairs=[("dropout", "batchnorm", -4.0)])
    expected = dict.fromkeys(NAMES, 0.0) | {"dropout": -2.0, "batchnorm": -2.0}
    for name in NAMES:
        np.testing.assert_allclose(estimands.shapley(values, name, NAMES), expected[name], atol=1e-9)
        np.testing.assert_allclose(estimands.main(values, name, NAMES), expected[name], atol=1e-9)
    np.testing.assert_allclose(estimands.interaction(values, ("dropout", "batchnorm"), NAMES), -4, atol=1e-9)
    np.testing.assert_allclose(estimands.add_one_in(values, "dropout", NAMES), 0, atol=1e-9)
    np.testing.assert_allclose(estimands.leave_one_out(values, "dropout", NAMES), -4, atol=1e-9)


def test_shapley_values_sum_to_all_minus_none():
    values = random_cube()
    total = sum(estimands.shapley(values, name, NAMES) for name in NAMES)
    np.testing.assert_allclose(total, values[:, 1, 1, 1, 1, 1] - values[:, 0, 0, 0, 0, 0], atol=1e-9)


def test_shapley_values_are_means_over_all_orders():
    values = random_cube(seeds=1)[0]
    expected = dict.fromkeys(NAMES, 0.0)
    orders = list(itertools.permutations(range(5)))
    for order in orders:
        on = [0] * 5
        for factor in order:
            before = values[tuple(on)]
            on[factor] = 1
            expected[NAMES[factor]] += (values[tuple(on)] - before) / len(orders)
    for name in NAMES:
        assert estimands.shapley(values[None], name, NAMES)[0] == pytest.approx(expected[name], abs=1e-12)


def test_relabelling_factors_permutes_the_results():
    values = random_cube()
    order = [3, 0, 4, 1, 2]
    relabelled = values.transpose(0, *(axis + 1 for axis in order))
    for kind in (estimands.main, estimands.shapley, estimands.add_one_in, estimands.leave_one_out):
        for position, axis in enumerate(order):
            np.testing.assert_allclose(
                kind(relabelled, NAMES[position], NAMES), kind(values, NAMES[axis], NAMES), atol=1e-12
            )


def test_least_squares_gives_the_same_contrasts():
    """An independent way: OLS on ±½ codes with all interactions and a dummy a seed."""
    import statsmodels.formula.api as smf

    frame = runs(noise=1.5, pairs=[("dropout", "l2", 2.0)], seeds=4)
    table = pd.DataFrame({name: frame[name] - 0.5 for name in NAMES})
    table["value"], table["seed"] = frame["test_accuracy"] * 100, frame["seed"]
    fit = smf.ols(f"value ~ C(seed) + {' * '.join(NAMES)}", table).fit()
    values = lattice(frame, "made", ARMS).values
    for (kind, term), per_seed in estimands.estimate_all(values, NAMES).items():
        if kind in ("main", "interaction"):
            assert fit.params[term] == pytest.approx(per_seed.mean(), abs=1e-9), term


def test_shapley_values_against_shapiq():
    """Another implementation of the exact value, on the same game."""
    from shapiq import ExactComputer

    cube_ = random_cube(seeds=1)[0]

    def game(coalitions):
        return np.array([cube_[tuple(int(on) for on in coalition)] for coalition in coalitions])

    found = ExactComputer(n_players=5, game=game)("SV")
    for position, name in enumerate(NAMES):
        assert found[(position,)] == pytest.approx(estimands.shapley(cube_[None], name, NAMES)[0], abs=1e-9)


def test_everything_is_estimated_once():
    found = estimands.estimate_all(random_cube(), NAMES)
    kinds = [kind for kind, _ in found]
    assert {kind: kinds.count(kind) for kind in estimands.KINDS} == {
        "main": 5, "conditional": 40, "interaction": 26, "add_one_in": 5, "leave_one_out": 5, "shapley": 5,
    }  # fmt: skip
    assert ("interaction", "dropout:batchnorm") in found
    assert all(values.shape == (3,) for values in found.values())
