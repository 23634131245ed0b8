"""One arm against others: the two ends of the lattice, and the arms one switch away."""

from __future__ import annotations

from study.analysis import Difference, Lattice, difference
from study.design import Arm
from study.factors import EARLY_STOPPING


def against_ends(found: Lattice, arm: Arm, band: float) -> dict[str, Difference]:
    """Return the arm minus `none` and minus `all`, by what is compared; without itself and what was not run."""
    return {
        f"this arm − {label}": difference(found, arm, end, band)
        for label, end in ends(found).items() if end != arm
    }


def ends(found: Lattice) -> dict[str, Arm]:
    """Return the two ends of a lattice by their names for readers, or the one that a fraction holds."""
    known = found.factors
    both = {"none": Arm((), known), f"all {known.number}": Arm(known.names, known)}
    return {label: end for label, end in both.items() if end in found.arms}


def switches(found: Lattice, arm: Arm, band: float) -> dict[tuple[str, bool], Difference]:
    """Return, by factor and whether it is added, the arm with that switch flipped minus the arm,
    where a fraction holds that arm."""
    changes = {}
    for name in found.factors.names:
        flipped = Arm.of(set(arm.factors) ^ {name}, found.factors)
        if flipped in found.arms:
            changes[name, name not in arm] = difference(found, flipped, arm, band)
    return changes


def trajectories_beside(arm: Arm) -> tuple[Arm, ...]:
    """Return the trajectories to show beside an arm: none, its own, all; each once."""
    known = arm.known
    everything = Arm.of(set(known.names) - {EARLY_STOPPING}, known)
    return tuple(dict.fromkeys((Arm((), known), arm.trajectory, everything)))
