"""Evidence: what claims are judged by, the mechanisms' stored values and the lattice."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from study.analysis.results import Results


class Unmeasured(Exception):
    """A claim asked for a mechanism that has not been run."""


class Absent(Exception):
    """What a claim is about is not installed here; the claim is left out."""


class Trials(dict):
    """For each mechanism's name, one dictionary of values a seed, by seed in increasing order."""

    def __missing__(self, mechanism: str):
        raise Unmeasured(mechanism)


@dataclass(frozen=True)
class Evidence:
    """What was measured.

    Attributes:
        trials: for each mechanism's name, one dictionary of values a seed, by seed in increasing order.
        results: the study's lattice.
    """

    trials: dict[str, list[dict]] = field(default_factory=Trials)
    results: Results | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "trials", Trials(self.trials))

    def values(self, mechanism: str, name: str) -> list:
        """Return one value a seed, shape (seeds,).

        Raises:
            Unmeasured: if the mechanism has not been run.
        """
        return [values[name] for values in self.trials[mechanism]]
