"""Rescaling: a network that does not decay but is given the norms, or the rates, of one that does."""

from __future__ import annotations

import numpy as np

from study.claims.mechanisms.decay import FREE, RATED, RESCALED, Decay, constant, cooled, decays
from study.claims.mechanisms.descent import order
from study.claims.mechanisms.networks import examples


class Rescaling:
    """Weight decay on hidden kernels under batch norm, against two networks without it that follow its norms.

    Args:
        settings: `data` and `use` as in `networks`; `widths`; `batch`; `steps`, of which the last fifth cools; `rate`;
            `decay`, λ; `identity`, the `steps`, `rate`, `decay` and, by name, `epsilons` of plain SGD in double
            precision, at a constant rate.
    """

    def __init__(self, settings: dict) -> None:
        self.settings = settings
        self.network = Decay(40, settings["widths"], 10)
        self.exact = {
            name: Decay(40, settings["widths"], 10, 0.0, epsilon, "float64", compiled=False)
            for name, epsilon in settings["identity"]["epsilons"].items()
        }

    def measure(self, seed: int) -> dict:
        """Return how far the two follow the network that decays.

        Returns:
            `accuracy`, in percent of the test examples, of `none`, `decay` (hidden kernels alone), `rescaled`, `rated`
            and `everywhere` (decay of the head's kernel as well). `differ`, the test examples in percent that `none`,
            `rescaled` and `rated` each put into another class than `decay`. `apart`, by the names of `epsilons` and
            of the two ways, the distance of hidden units' directions from those of the network that decays over the
            distance of that network's from its first ones, both after the last step of plain SGD.
        """
        drawn = examples(self.settings, seed)
        labels = self._labels(drawn, seed)
        accuracy = {name: float(100 * (found == drawn.y_test).mean()) for name, found in labels.items()}
        differ = {
            name: float(100 * (labels[name] != labels["decay"]).mean()) for name in ("none", RESCALED, RATED)
        }
        return {"accuracy": accuracy, "differ": differ, "apart": self._apart(drawn, seed)}

    def _labels(self, drawn, seed: int) -> dict[str, np.ndarray]:
        """Return the class that each network gives each test example, shape (examples,)."""
        chosen, network, x, y = self.settings, self.network, drawn.x_train, drawn.y_train
        steps, strength = chosen["steps"], chosen["decay"]
        batches, rates = order(seed, len(y), chosen["batch"], steps), cooled(steps, chosen["rate"])
        found, targets = {}, None
        for name, table, way in (
            ("none", (0.0, 0.0), FREE),
            ("everywhere", (strength, strength), FREE),
            ("decay", (strength, 0.0), FREE),
            (RESCALED, (strength, 0.0), RESCALED),
            (RATED, (strength, 0.0), RATED),
        ):
            network.reset(seed)
            norms = network.steps(x, y, batches, rates, decays(steps, *table), way, targets if way != FREE else None)
            targets = norms if name == "decay" else targets
            network.recompute_statistics(x)
            found[name] = network.logits(drawn.x_test).argmax(1)
        return found

    def _apart(self, drawn, seed: int) -> dict[str, dict[str, float]]:
        chosen, x, y = self.settings["identity"], drawn.x_train, drawn.y_train
        steps = chosen["steps"]
        batches = order(seed, len(y), self.settings["batch"], steps)
        rates, table = constant(steps, chosen["rate"]), decays(steps, chosen["decay"])
        found = {}
        for name, network in self.exact.items():
            network.reset(seed)
            first, ends, targets = _directions(network), {}, None
            for way in (FREE, RESCALED, RATED):
                network.reset(seed)
                norms = network.steps(x, y, batches, rates, table, way, targets)
                targets = norms if way == FREE else targets
                ends[way] = _directions(network)
            moved = np.linalg.norm(ends[FREE] - first)
            found[name] = {way: float(np.linalg.norm(ends[way] - ends[FREE]) / moved) for way in (RESCALED, RATED)}
        return found


def _directions(network: Decay) -> np.ndarray:
    """Return every hidden unit's incoming weights over their norm, all in one row."""
    kernels = [kernel.numpy() for kernel in network.hidden]
    return np.concatenate([(kernel / np.linalg.norm(kernel, axis=0)).ravel() for kernel in kernels])
