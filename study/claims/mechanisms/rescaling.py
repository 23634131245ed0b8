"""Rescaling: a network that does not decay but is given the norms, or the rates, of one that does."""

from __future__ import annotations

import numpy as np

from study.claims.mechanisms.decay import FREE, RATED, RESCALED, Decay, constant, cooled, decays
from study.claims.mechanisms.descent import order
from study.claims.mechanisms.networks import examples
from study.design.seeds import derive


class Rescaling:
    """Weight decay on hidden kernels under batch norm, against two networks without it that follow its norms.

    Args:
        settings: `data` and `use` as in `networks`; `widths`; `momentum`; `batch`; `steps`, of which the last fifth
            cools; `rate`; `decay`, λ; `runs`, how many trainings, from other initial weights and in another order, are
            averaged in a seed; `identity`, the `steps`, `rate`, `decay` and, by name, `epsilons` of plain SGD in double
            precision, at a constant rate.
    """

    def __init__(self, settings: dict) -> None:
        self.settings = settings
        self.network = Decay(40, settings["widths"], 10, settings["momentum"])
        self.exact = {
            name: Decay(40, settings["widths"], 10, 0.0, epsilon, "float64", exact=True, compiled=False)
            for name, epsilon in settings["identity"]["epsilons"].items()
        }

    def measure(self, seed: int) -> dict:
        """Return how far the two follow the network that decays.

        Returns:
            `accuracy`, in percent of the test examples, of `none`, `decay`, `rescaled`, `rated` and `replica` (`decay`
            at the rate η / (1 − ηλ): a disturbance as small as `rescaled`'s). `differ`, the test examples in percent
            that each of the others puts into another class than `decay`. Both are means over runs. `apart`, by the
            names of `epsilons` and of the two ways, the distance of hidden units' directions from those of the network
            that decays over the distance of that network's from its first ones, both after the last step of plain SGD.
        """
        drawn = examples(self.settings, seed)
        runs = [self._labels(drawn, derive(seed, "run", str(run))) for run in range(self.settings["runs"])]
        share = lambda name, wanted: float(np.mean([100 * (run[name] == wanted(run)).mean() for run in runs]))
        accuracy = {name: share(name, lambda run: drawn.y_test) for name in runs[0]}
        differ = {name: 100 - share(name, lambda run: run["decay"]) for name in runs[0] if name != "decay"}
        return {"accuracy": accuracy, "differ": differ, "apart": self._apart(drawn, seed)}

    def _labels(self, drawn, run: int) -> dict[str, np.ndarray]:
        """Return the class that each network gives each test example, shape (examples,)."""
        chosen, network, x, y = self.settings, self.network, drawn.x_train, drawn.y_train
        steps, strength = chosen["steps"], chosen["decay"]
        batches, rates = order(run, len(y), chosen["batch"], steps), cooled(steps, chosen["rate"])
        found, targets = {}, None
        for name, decay, way, own in (
            ("none", 0.0, FREE, rates),
            ("replica", strength, FREE, rates / (1 - rates * strength)),
            ("decay", strength, FREE, rates),
            (RESCALED, strength, RESCALED, rates),
            (RATED, strength, RATED, rates),
        ):
            network.reset(run)
            norms = network.steps(x, y, batches, own, decays(steps, decay), way, None if way == FREE else targets)
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
