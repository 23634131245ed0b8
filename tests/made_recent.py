"""Made-up trials of the ledger of 2026, on either side of its criteria."""

from __future__ import annotations

import numpy as np

SEEDS = 6
WOBBLE = np.array([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5]) * 1e-3
"""What makes seeds differ; its mean is zero."""


def good() -> dict[str, list[dict]]:
    """Return trials by which all six sentences hold, without a limit."""
    return {
        "passes": passes(early=(-0.2, -0.1, 0, 0.1), throughout=(0.4, 0.3, 0.2, 0.1)),
        "passes-narrow": passes(early=(-0.1,), throughout=(0.1,)),
        "decay-rates": decay(none=50, decay=53, before=53.1, during=50.1, small=(48, 49), short=(47, 48)),
        "decay-rates-plain": decay(none=45, decay=46, before=46.1, during=45.1),
        "rescaling": rescaling(accuracy=(50, 53, 53.1, 52.9, 53), differ=(34, 31, 31.5, 31.4), apart=(1e-14, 1e-3)),
        "weight-averages": averages(gain=2, cooled=0.8, better=-0.2, statistics=0.1),
        "spread": spread(ratio=1.05, independence=1.1),
        "classes-signals": classes(effects=(10, 4, -5), strong=(12, 4, -8)),
        "classes-photographs": classes(effects=(5, 1, -6)),
    }


def bad() -> dict[str, list[dict]]:
    """Return trials by which all six sentences fail, and every limit limits."""
    return {
        "passes": passes(early=(0.2, 0.1, 0, -0.1), throughout=(-0.4, -0.3, -0.2, -0.1)),
        "passes-narrow": passes(early=(0.1,), throughout=(-0.1,)),
        "decay-rates": decay(none=50, decay=48, before=50, during=46, small=(48, 49), short=(47, 48)),
        "decay-rates-plain": decay(none=45, decay=44, before=46, during=43),
        "rescaling": rescaling(accuracy=(50, 53, 51, 51, 53), differ=(31, 34, 34, 30), apart=(1e-3, 0.1)),
        "weight-averages": averages(gain=-2, cooled=0.1, better=0.2, statistics=2),
        "spread": spread(ratio=2, independence=1.9),
        "classes-signals": classes(effects=(3, 2.9, 2.8), strong=(3, 3, 3)),
        "classes-photographs": classes(effects=(-3, -3.1, -3.2)),
    }


def _over_seeds(made) -> list[dict]:
    return [made(float(wobble)) for wobble in WOBBLE]


def passes(early, throughout) -> list[dict]:
    """Return trials in which a way of dropout adds so many nats to losses, at each number of passes, and takes ten
    times as many points of accuracy."""

    def way(nats, wobble: float) -> dict:
        nats = [value + wobble for value in nats]
        accuracy = [60 - 10 * value for value in nats]
        losses = {"train_nll": [1 + value for value in nats], "test_nll": [1.05 + value for value in nats]}
        return losses | {"train_accuracy": accuracy, "test_accuracy": accuracy}

    none = tuple(0 for _ in early)
    return _over_seeds(
        lambda wobble: {"none": way(none, 0), "early": way(early, wobble), "dropout": way(throughout, wobble)}
    )


def decay(small=(), short=(), **accuracy) -> list[dict]:
    """Return trials of so many percent; of the small rate without decay and with."""
    for name, pair in (("small", small), ("short", short)):
        accuracy |= {f"{name}_{kind}": value for kind, value in zip(("none", "decay"), pair)}

    def found(value: float, wobble: float) -> dict:
        return {
            "test_accuracy": value + wobble,
            "train_accuracy": 100,
            "test_nll": 2,
            "train_nll": 1 / value,
            "norm": 1,
        }

    # Without a wobble the trainings without decay are the same in every seed.
    return _over_seeds(
        lambda wobble: {
            name: found(value, wobble * (not name.endswith("none")) * (1 + (name == "decay")))
            for name, value in accuracy.items()
        }
    )


def rescaling(accuracy, differ, apart) -> list[dict]:
    """Return trials: accuracies of none, decay, rescaled, rated and replica; shares of other answers of none,
    rescaled, rated and replica; distances, those of ε but for `rescaled` last."""
    networks = ("none", "decay", "rescaled", "rated", "replica")
    exact, inexact = apart
    return _over_seeds(
        lambda wobble: {
            "accuracy": {name: value + wobble * at for at, (name, value) in enumerate(zip(networks, accuracy))},
            "differ": {
                name: value + wobble * at
                for at, (name, value) in enumerate(zip(("none", "rescaled", "rated", "replica"), differ))
            },
            "apart": {"tiny": {"rescaled": exact, "rated": exact}, "keras": {"rescaled": exact, "rated": inexact}},
        }
    )


def averages(gain, cooled, better, statistics) -> list[dict]:
    """Return trials: what averages gain in accuracy at a constant and a cooled rate, in NLL and calibration error, and
    by recomputed statistics."""

    def judged(accuracy: float, others: float) -> dict:
        return {"accuracy": accuracy, "nll": 1 + others, "ece": 10 + others}

    def network(wobble: float, normed: bool) -> dict:
        found = {}
        for schedule, more, base in (("constant", gain, 60), ("cooled", cooled, 62)):
            found[schedule] = {"last": judged(base, 0), "averaged": judged(base + more + wobble, better + wobble)}
            if normed:
                found[schedule] |= {
                    "last_recomputed": judged(base + wobble, 0),
                    "averaged_recomputed": judged(base + more + statistics, better - 0.1),
                }
        return found

    return _over_seeds(lambda wobble: {"none": network(wobble, False), "batchnorm": network(wobble, True)})


def spread(ratio, independence) -> list[dict]:
    """Return trials: the standard deviation over that of the formula, and over that of independent errors."""

    def found(wobble: float) -> dict:
        error, sizes = 0.2 + wobble, np.array([2000, 10000])
        variance = ratio**2 * error / (2 * sizes)
        return {
            "train_accuracy": 100.0,
            "error": [error] * 2,
            "variance": variance.tolist(),
            "independent": (variance / independence**2).tolist(),
            "shared": (0.05 * independence * variance).tolist(),
        }

    return _over_seeds(found)


def classes(effects, strong=None) -> list[dict]:
    """Return trials of three classes alike in size, by augmentation's effects on them, the last twice as common."""
    given = {"study": effects} | ({"strong": strong} if strong else {})
    return _over_seeds(
        lambda wobble: {
            "none": [60.0] * 3,
            "augmented": {
                name: [60 + value + wobble * (at + 1) for at, value in enumerate(each)] for name, each in given.items()
            },
            "share": [0.25, 0.5, 0.25],
        }
    )
