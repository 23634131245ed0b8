"""One arm against others: the two ends of the lattice, and the arms one switch away."""

from __future__ import annotations

from study.analysis import Difference, Lattice, difference
from study.design import Arm
from study.factors import EARLY_STOPPING, NAMES


def against_ends(found: Lattice, arm: Arm, band: float) -> dict[str, Difference]:
    """Return the arm minus `none` and minus `all`, by what is compared; without itself."""
    ends = {"none": Arm(()), "all five": Arm(NAMES)}
    return {
        f"this arm − {label}": difference(found, arm, end, band)
        for label, end in ends.items() if end != arm
    }


def switches(found: Lattice, arm: Arm, band: float) -> dict[tuple[str, bool], Difference]:
    """Return, by factor and whether it is added, the arm with that switch flipped minus the arm."""
    changes = {}
    for name in NAMES:
        flipped = Arm.of(set(arm.factors) ^ {name})
        changes[name, name not in arm] = difference(found, flipped, arm, band)
    return changes


def trajectories_beside(arm: Arm) -> tuple[Arm, ...]:
    """Return the trajectories to show beside an arm: none, its own, all; each once."""
    everything = Arm.of(set(NAMES) - {EARLY_STOPPING})
    return tuple(dict.fromkeys((Arm(()), arm.trajectory, everything)))
