"""Weight decay at a large and at a small rate, and in parts of a training: where its gain comes from."""

from __future__ import annotations

import numpy as np

from study.claims.mechanisms.decay import Decay, cooled
from study.claims.mechanisms.descent import order
from study.claims.mechanisms.networks import examples
from study.design.seeds import derive
from study.training.metrics import evaluate


class DecayRates:
    """Test accuracy with and without weight decay; every training ends with its rate cooled over the last fifth.

    Args:
        settings: `data` and `use` as in `networks`; `widths`; `momentum`; `epsilon` of batch norm, None for a network
            without; `batch`; `steps` at the large rate; `rate`; `decay`, λ of all kernels; `times`, by how much the
            small rate is smaller, None for none; `runs`, how many trainings at the large rate, from other initial
            weights and in another order, are averaged in a seed.
    """

    def __init__(self, settings: dict) -> None:
        self.settings = settings
        self.network = Decay(40, settings["widths"], 10, settings["momentum"], settings["epsilon"])

    def measure(self, seed: int) -> dict:
        """Return a dictionary for each training: `test_accuracy`, `train_accuracy`, in percent, `test_nll`,
        `train_nll`, in nats, and `norm`, the root mean square of the hidden units' norms; means over its runs.

        Returns:
            At the large rate: `none`, `decay`, `before` (decay until cooling begins) and `during` (from then on). At
            the small rate, of as many more steps as it is smaller: `small_none`, `small_decay`; of the same number of
            steps: `short_none`, and `short_decay`, whose λ is as much larger, so that each step decays as at the large
            rate.
        """
        chosen = self.settings
        steps, rate, strength, times = (chosen[name] for name in ("steps", "rate", "decay", "times"))
        hot = np.arange(steps) < round(0.8 * steps)
        parts = {"none": 0 * hot, "decay": 1 + 0 * hot, "before": 1 * hot, "during": 1 * ~hot}
        plans = {name: (rate, strength * part, chosen["runs"]) for name, part in parts.items()}
        if times is not None:
            plans["small_none"] = rate / times, np.zeros(times * steps), 1
            plans["small_decay"] = rate / times, np.full(times * steps, strength), 1
            plans["short_none"] = rate / times, np.zeros(steps), 1
            plans["short_decay"] = rate / times, np.full(steps, times * strength), 1
        drawn = examples(chosen, seed)
        found = {}
        for name, (own, strengths, runs) in plans.items():
            each = [self._train(drawn, derive(seed, "run", str(run)), own, strengths) for run in range(runs)]
            found[name] = {metric: float(np.mean([one[metric] for one in each])) for metric in each[0]}
        return found

    def _train(self, drawn, run: int, rate: float, strengths: np.ndarray) -> dict[str, float]:
        """Train with λ as given for each step, shape (steps,)."""
        x, y, steps = drawn.x_train, drawn.y_train, len(strengths)
        self.network.reset(run)
        batches, table = order(run, len(y), self.settings["batch"], steps), np.stack([strengths, strengths], axis=1)
        self.network.steps(x, y, batches, cooled(steps, rate), table)
        self.network.recompute_statistics(x)
        found = {"norm": float(np.sqrt(np.square(self.network.norms()).mean()))}
        for part, (inputs, labels) in (("train", (x, y)), ("test", (drawn.x_test, drawn.y_test))):
            judged = evaluate(self.network.logits(inputs), labels)
            found |= {f"{part}_accuracy": 100 * judged["accuracy"], f"{part}_nll": judged["nll"]}
        return found
