"""Weight decay at a large and at a small rate, and in parts of a training: where its gain comes from."""

from __future__ import annotations

import numpy as np

from study.claims.mechanisms.decay import Decay, cooled, decays
from study.claims.mechanisms.descent import order
from study.claims.mechanisms.networks import examples
from study.training.metrics import evaluate


class DecayRates:
    """Test accuracy with and without weight decay; every training ends with its rate cooled over the last fifth.

    Args:
        settings: `data` and `use` as in `networks`; `widths`; `batch`; `steps` at the large rate; `rate`; `decay`, λ;
            `times`, by how much the small rate is smaller.
    """

    def __init__(self, settings: dict) -> None:
        self.settings = settings
        self.network = Decay(40, settings["widths"], 10)

    def measure(self, seed: int) -> dict:
        """Return a dictionary for each training: `test_accuracy`, `train_accuracy`, in percent, `test_nll`, `train_nll`,
        in nats, and `norm`, the root mean square of the hidden units' norms.

        Returns:
            At the large rate: `none`, `decay`, `before` (decay until cooling begins) and `during` (from then on). At the
            small rate, of as many more steps as it is smaller: `small_none`, `small_decay`; of the same number of steps:
            `short_none`, and `short_decay`, whose λ is as much larger, so that each step decays as at the large rate.
        """
        chosen = self.settings
        steps, rate, strength, times = (chosen[name] for name in ("steps", "rate", "decay", "times"))
        hot = np.arange(steps) < round(0.8 * steps)
        parts = {"none": 0 * hot, "decay": 1 + 0 * hot, "before": 1 * hot, "during": 1 * ~hot}
        plans = {name: (steps, rate, strength * part) for name, part in parts.items()}
        plans |= {
            "small_none": (times * steps, rate / times, np.zeros(times * steps)),
            "small_decay": (times * steps, rate / times, np.full(times * steps, strength)),
            "short_none": (steps, rate / times, np.zeros(steps)),
            "short_decay": (steps, rate / times, np.full(steps, times * strength)),
        }
        drawn = examples(chosen, seed)
        return {name: self._train(drawn, seed, *plan) for name, plan in plans.items()}

    def _train(self, drawn, seed: int, steps: int, rate: float, strengths: np.ndarray) -> dict:
        x, y = drawn.x_train, drawn.y_train
        self.network.reset(seed)
        table = decays(steps, 0.0)
        table[:, 0] = strengths
        self.network.steps(x, y, order(seed, len(y), self.settings["batch"], steps), cooled(steps, rate), table)
        self.network.recompute_statistics(x)
        found = {"norm": float(np.sqrt(np.square(self.network.norms()).mean()))}
        for part, (inputs, labels) in (("train", (x, y)), ("test", (drawn.x_test, drawn.y_test))):
            judged = evaluate(self.network.logits(inputs), labels)
            found |= {f"{part}_accuracy": 100 * judged["accuracy"], f"{part}_nll": judged["nll"]}
        return found
