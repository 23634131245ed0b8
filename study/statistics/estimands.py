"""What is estimated, for one seed: contrasts and Shapley values on a complete lattice, contrasts on a fraction.

A lattice is an array of shape (..., 2, …, 2): the last axes are the factors in canonical order, index 0 off
and 1 on, of the five (..., 2, 2, 2, 2, 2); the leading axes, usually seeds, are kept. On a fraction, the arms
that were not run are NaN. `names` are the factors of the axes.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from math import factorial

import numpy as np

KINDS = ("main", "conditional", "interaction", "add_one_in", "leave_one_out", "shapley")


def _axis(factor: str, names: Sequence[str]) -> int:
    return names.index(factor) - len(names)


def main(lattice: np.ndarray, factor: str, names: Sequence[str]) -> np.ndarray:
    """Return the mean over the arms with the factor minus the mean over those without, shape (...)."""
    return interaction(lattice, (factor,), names)


def interaction(lattice: np.ndarray, factors: tuple[str, ...], names: Sequence[str]) -> np.ndarray:
    """Return a difference of differences, averaged over the other factors, shape (...).

    For two factors it is the effect of one when the other is on minus its effect when the other is
    off; further factors go on in the same way. No power of two divides it, as it does in some
    textbooks: an interaction is in the units of the effects it modifies.

    Source:
        Box, Hunter & Hunter, Statistics for Experimenters, 2nd ed., 2005, ch. 5.
    """
    others = tuple(_axis(name, names) for name in names if name not in factors)
    averaged = lattice.mean(axis=others, keepdims=True)
    for name in factors:
        averaged = np.diff(averaged, axis=_axis(name, names))
    return averaged.reshape(lattice.shape[: -len(names)])


def contrast(lattice: np.ndarray, factors: tuple[str, ...], names: Sequence[str]) -> np.ndarray:
    """Return the same differences over the arms of a fraction, the others being NaN, shape (...).

    It estimates the effect of `factors` together with those of its aliases.
    """
    signs = np.ones((2,) * len(names))
    for name in factors:
        signs *= np.array([-1, 1]).reshape([2 if other == name else 1 for other in names])
    run = ~np.isnan(lattice).reshape(-1, *signs.shape).any(axis=0)
    return 2 ** len(factors) * (lattice[..., run] * signs[run]).mean(axis=-1)


def _steps(lattice: np.ndarray, factor: str, names: Sequence[str]) -> np.ndarray:
    """Return the factor's effect beside each coalition of the others, shape (..., 2^(k − 1))."""
    return np.diff(lattice, axis=_axis(factor, names)).reshape(*lattice.shape[: -len(names)], -1)


def add_one_in(lattice: np.ndarray, factor: str, names: Sequence[str]) -> np.ndarray:
    """Return the arm with this factor alone minus the arm `none`, shape (...)."""
    return _steps(lattice, factor, names)[..., 0]


def leave_one_out(lattice: np.ndarray, factor: str, names: Sequence[str]) -> np.ndarray:
    """Return the arm `all` minus the arm that lacks only this factor, shape (...)."""
    return _steps(lattice, factor, names)[..., -1]


def shapley(lattice: np.ndarray, factor: str, names: Sequence[str]) -> np.ndarray:
    """Return the factor's exact Shapley value over all coalitions of the others, shape (...).

    The values of all factors sum to the arm `all` minus the arm `none`.

    Source:
        Shapley, A value for n-person games, 1953.
    """
    steps, others = _steps(lattice, factor, names), len(names) - 1
    sizes = [sum(coalition) for coalition in itertools.product((0, 1), repeat=others)]
    weights = [factorial(s) * factorial(others - s) / factorial(len(names)) for s in sizes]
    return steps @ np.array(weights)


def conditional(main: np.ndarray, pair: np.ndarray, on: int) -> np.ndarray:
    """Return a factor's effect beside another that is off (0) or on (1), averaged over the rest, shape (...).

    Args:
        main: the factor's main effect, shape (...), the mean of the two.
        pair: its interaction with the other, shape (...), their difference.
        on: whether the other is on.
    """
    return main + (on - 0.5) * pair


def beside(factor: str, other: str, on: int) -> str:
    """Return the term of a conditional effect: `dropout|augmentation=1`."""
    return f"{factor}|{other}={on}"


def interactions(names: Sequence[str], orders: Sequence[int] = ()) -> list[tuple[str, ...]]:
    """Return the combinations of factors of the given orders, from two on by default, by order and then canonically."""
    chosen = orders or range(2, len(names) + 1)
    return [term for order in chosen for term in itertools.combinations(names, order)]


def estimate_all(lattice: np.ndarray, names: Sequence[str]) -> dict[tuple[str, str], np.ndarray]:
    """Return every estimand by (kind, term), each of shape (...); of the five 5 × 4 + 40 + 26 of them.

    A term is a factor's name, or names joined by `:`, in canonical order; of a conditional effect, see `beside`.
    """
    single = {"main": main, "add_one_in": add_one_in, "leave_one_out": leave_one_out, "shapley": shapley}
    found = {("main", name): main(lattice, name, names) for name in names}
    found |= {("interaction", ":".join(term)): interaction(lattice, term, names) for term in interactions(names)}
    found |= _conditionals(found, names)
    for kind in ("add_one_in", "leave_one_out", "shapley"):
        found |= {(kind, name): single[kind](lattice, name, names) for name in names}
    return found


def _conditionals(found: dict[tuple[str, str], np.ndarray], names: Sequence[str]) -> dict[tuple[str, str], np.ndarray]:
    return {
        ("conditional", beside(factor, other, on)): conditional(
            found["main", factor], found["interaction", ":".join(sorted((factor, other), key=names.index))], on
        )
        for factor, other in itertools.permutations(names, 2)
        for on in (0, 1)
    }


def estimate_fraction(lattice: np.ndarray, names: Sequence[str]) -> dict[tuple[str, str], np.ndarray]:
    """Return what a fraction of resolution V or higher estimates, by (kind, term), each of shape (...).

    Main and conditional effects and interactions of pairs; a factor added to none or left out of all only where both of
    its arms were run. No Shapley value: it takes every arm.
    """
    found = {("main", name): contrast(lattice, (name,), names) for name in names}
    found |= {("interaction", ":".join(term)): contrast(lattice, term, names) for term in interactions(names, (2,))}
    found |= _conditionals(found, names)
    for kind, single in (("add_one_in", add_one_in), ("leave_one_out", leave_one_out)):
        values = {(kind, name): single(lattice, name, names) for name in names}
        found |= {place: value for place, value in values.items() if not np.isnan(value).any()}
    return found
