"""What is estimated, for one seed: contrasts and Shapley values on a complete lattice.

A lattice is an array of shape (..., 2, 2, 2, 2, 2): the last five axes are the factors in canonical
order, index 0 off and 1 on; the leading axes, usually seeds, are kept.
"""

from __future__ import annotations

import itertools
from math import factorial

import numpy as np

from study.factors import NAMES

KINDS = ("main", "interaction", "add_one_in", "leave_one_out", "shapley")
SIZE = len(NAMES)


def _axis(factor: str) -> int:
    return NAMES.index(factor) - SIZE


def main(lattice: np.ndarray, factor: str) -> np.ndarray:
    """Return the mean over the arms with the factor minus the mean over those without, shape (...)."""
    return interaction(lattice, (factor,))


def interaction(lattice: np.ndarray, factors: tuple[str, ...]) -> np.ndarray:
    """Return a difference of differences, averaged over the other factors, shape (...).

    For two factors it is the effect of one when the other is on minus its effect when the other is
    off; further factors go on in the same way. No power of two divides it, as it does in some
    textbooks: an interaction is in the units of the effects it modifies.

    Source:
        Box, Hunter & Hunter, Statistics for Experimenters, 2nd ed., 2005, ch. 5.
    """
    others = tuple(_axis(name) for name in NAMES if name not in factors)
    averaged = lattice.mean(axis=others, keepdims=True)
    for name in factors:
        averaged = np.diff(averaged, axis=_axis(name))
    return averaged.reshape(lattice.shape[:-SIZE])


def add_one_in(lattice: np.ndarray, factor: str) -> np.ndarray:
    """Return the arm with this factor alone minus the arm `none`, shape (...)."""
    steps = np.diff(lattice, axis=_axis(factor)).reshape(*lattice.shape[:-SIZE], -1)
    return steps[..., 0]


def leave_one_out(lattice: np.ndarray, factor: str) -> np.ndarray:
    """Return the arm `all` minus the arm that lacks only this factor, shape (...)."""
    steps = np.diff(lattice, axis=_axis(factor)).reshape(*lattice.shape[:-SIZE], -1)
    return steps[..., -1]


def shapley(lattice: np.ndarray, factor: str) -> np.ndarray:
    """Return the factor's exact Shapley value over all coalitions of the others, shape (...).

    The values of the five factors sum to the arm `all` minus the arm `none`.

    Source:
        Shapley, A value for n-person games, 1953.
    """
    steps = np.diff(lattice, axis=_axis(factor)).reshape(*lattice.shape[:-SIZE], -1)
    sizes = [sum(coalition) for coalition in itertools.product((0, 1), repeat=SIZE - 1)]
    weights = [factorial(s) * factorial(SIZE - 1 - s) / factorial(SIZE) for s in sizes]
    return steps @ np.array(weights)


def interactions(orders=range(2, SIZE + 1)) -> list[tuple[str, ...]]:
    """Return the combinations of factors of the given orders, by order and then canonically."""
    return [chosen for order in orders for chosen in itertools.combinations(NAMES, order)]


def estimate_all(lattice: np.ndarray) -> dict[tuple[str, str], np.ndarray]:
    """Return every estimand by (kind, term), each of shape (...); 5 × 4 + 26 of them.

    A term is a factor's name, or names joined by `:`, in canonical order.
    """
    single = {"main": main, "add_one_in": add_one_in, "leave_one_out": leave_one_out, "shapley": shapley}
    found = {("main", name): main(lattice, name) for name in NAMES}
    found |= {("interaction", ":".join(names)): interaction(lattice, names) for names in interactions()}
    for kind in ("add_one_in", "leave_one_out", "shapley"):
        found |= {(kind, name): single[kind](lattice, name) for name in NAMES}
    return found
