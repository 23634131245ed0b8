"""Early stopping: whether the validation loss turns, where a rule ends a training, what that saves and costs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pandas as pd

from study.claims.claim import Claim, Mechanism
from study.claims.criteria import Above, Below
from study.claims.estimate import Estimate, over_seeds, share
from study.claims.evidence import Evidence
from study.claims.mechanisms.networks import SIGNALS
from study.claims.topics import ridge, stopping_lattice
from study.claims.topics.stopping_lattice import SOURCE, percentage
from study.claims.topics.stopping_rules import PATIENCE, minimum, stop, turns
from study.design.arms import parse_arm
from study.exhibits.wording import arm_words

EPOCHS = 120
SETTINGS = {
    "data": SIGNALS,
    "use": {"train": 1000, "validation": 1000, "test": 4000},
    "model": {"name": "mlp", "widths": [128, 128]},
    "training": {"epochs": EPOCHS, "batch": 50, "optimizer": "adam", "learning_rate": 3e-3},
    "strengths": {
        "dropout": {"rate": 0.3},
        "augmentation": {"translation": 0.1, "noise": 0.05},
        "earlystopping": {"patience": PATIENCE},
    },
    "arms": [[], ["dropout", "augmentation"]],
}
MECHANISMS: tuple[Mechanism, ...] = (
    Mechanism("stopping", "stopping", "study.claims.mechanisms.stopping:Stopping", SETTINGS, 2.3),
    *ridge.MECHANISMS,
)
ARMS = ("none", "dropout+augmentation")

FIRST_RISE, LOSS, ACCURACY, LAST = "first rise", "patience, loss", "patience, accuracy", "last epoch"
RULES = {
    FIRST_RISE: "stop at the first rise of the validation loss",
    LOSS: f"patience {PATIENCE} on the validation loss",
    ACCURACY: f"patience {PATIENCE} on the validation accuracy",
    LAST: f"train to the last epoch ({EPOCHS})",
}
"""The rules compared, by short name. All but the last restore the weights of their best epoch."""


def read_outs(curves: dict) -> dict[str, tuple[int, int]]:
    """Return, for each rule, the last epoch trained and the epoch whose weights are kept.

    Args:
        curves: one arm's values of the mechanism `stopping`; where Keras stopped is taken from there.
    """
    epochs = len(curves["val_loss"])
    return {
        FIRST_RISE: stop(curves["val_loss"], 1),
        LOSS: (curves["stopped"], curves["restored"]),
        ACCURACY: stop(curves["val_accuracy"], PATIENCE, better=1),
        LAST: (epochs, epochs),
    }


def _difference(arm: str, quantity: str, rule: str, against: str, scale: float):
    """Return an estimate: a rule's test metric minus another rule's on the same training, times a scale."""

    def estimate(evidence: Evidence) -> Estimate:
        values = []
        for curves in evidence.values("stopping", arm):
            kept = read_outs(curves)
            one, other = (curves[quantity][kept[name][1] - 1] for name in (rule, against))
            values.append(scale * (one - other))
        return over_seeds(values)

    return estimate


def _between(arm: str):
    """Return an estimate: epochs from the one before the first rise to the minimum of the validation loss."""

    def estimate(evidence: Evidence) -> Estimate:
        found = evidence.values("stopping", arm)
        return over_seeds([minimum(c["val_loss"]) - stop(c["val_loss"], 1)[1] for c in found])

    return estimate


def _share_of_budget(arm: str):
    def estimate(evidence: Evidence) -> Estimate:
        return percentage([c["stopped"] / len(c["val_loss"]) for c in evidence.values("stopping", arm)])

    return estimate


def _share_of_trainings(arm: str, hit: Callable[[dict], bool]):
    """Return an estimate: in how many of an arm's trainings, in percent, something is so; binomial interval."""

    def estimate(evidence: Evidence) -> Estimate:
        hits = [hit(curves) for curves in evidence.values("stopping", arm)]
        found = share(sum(hits), len(hits))
        return replace(found, value=100 * found.value, low=100 * found.low, high=100 * found.high)

    return estimate


USED = SETTINGS["use"]
NETWORK = (
    f"MLP 40-{'-'.join(map(str, SETTINGS['model']['widths']))}-10 on {USED['train']:,} MNIST-1D signals, "
    f"{USED['validation']:,} for validation, {USED['test']:,} to test, Adam, {EPOCHS} epochs"
)
WAITS = f"patience {PATIENCE} on the validation loss"
SINGLE = "a single rise is not the turn: it takes patience"
UNTURNED = "with strong regularization the validation loss may not turn within the budget"


def _claims_of(arm: str) -> list[Claim]:
    """Return the claims that are measured on one arm's trajectories.

    The sentence stands or falls with the arm without other regularizers; the other can only limit it. Where
    the validation loss does not turn within the budget, the budget's end censors what is measured: the words
    then say *at least*.
    """
    alone = arm == "none"
    name = "none" if alone else "regularized"
    words = "without other regularizers" if alone else f"with {arm_words(parse_arm(arm))}"
    where = f"{NETWORK}, {words}"
    least = "" if alone else "at least "
    limit = None if alone else UNTURNED
    return [
        Claim(
            f"stopping-turn-{name}",
            6,
            f"Share of trainings whose validation loss is least {PATIENCE} epochs or more before the budget's end "
            f"(otherwise the end censors the minimum), exact binomial interval: {where}",
            "%",
            _share_of_trainings(arm, lambda curves: turns(curves["val_loss"], PATIENCE)),
            Above(50),
            f"{words}, the validation loss of {{value}} of the trainings turns within the budget of {EPOCHS} epochs",
            f"{words}, the validation loss of only {{value}} of the trainings turns within the budget of {EPOCHS} "
            "epochs",
            SOURCE,
            limit,
        ),
        Claim(
            f"stopping-epochs-{name}",
            6,
            f"Epochs until {WAITS} stops, in percent of the budget: {where}",
            "%",
            _share_of_budget(arm),
            Below(90),
            f"{words}, {WAITS} ends training after {least}{{value}} of the epochs",
            f"{words}, {WAITS} saves few epochs: it trains {least}{{value}} of them",
            SOURCE,
            limit,
        ),
        Claim(
            f"stopping-nll-{name}",
            6,
            f"Test NLL of the last epoch minus that with {WAITS}: {where}",
            "nats",
            _difference(arm, "test_nll", LAST, LOSS, 1),
            Above(0),
            f"{words}, early stopping saves {{value}} of test NLL against the last epoch",
            f"{words}, early stopping saves no test NLL against the last epoch (last minus stopped: {{value}})",
            SOURCE,
            limit,
        ),
        Claim(
            f"stopping-between-{name}",
            6,
            f"Epochs from the last one before the first rise of the validation loss to its minimum: {where}",
            "epochs",
            _between(arm),
            Below(1),
            f"{words}, the validation loss first rises where its minimum is ({{value}} apart)",
            f"{words}, the validation loss first rises {least}{{value}} before its minimum",
            SOURCE,
            SINGLE,
        ),
        Claim(
            f"stopping-first-rise-{name}",
            6,
            f"Test accuracy with {WAITS} minus that of stopping at the first rise, weights of the best epoch "
            f"restored in both: {where}",
            "pp",
            _difference(arm, "test_accuracy", LOSS, FIRST_RISE, 100),
            Below(0.5),
            f"{words}, waiting {PATIENCE} epochs instead of stopping at the first rise of the validation loss changes "
            "test accuracy by {value}, a gain of no more than half a point",
            f"{words}, stopping at the first rise of the validation loss costs {{value}} of test accuracy against "
            f"waiting {PATIENCE} epochs",
            SOURCE,
            SINGLE,
        ),
        Claim(
            f"stopping-accuracy-{name}",
            6,
            f"Test accuracy with {WAITS} minus that of the last epoch: {where}",
            "pp",
            _difference(arm, "test_accuracy", LOSS, LAST, 100),
            Above(-0.5),
            f"{words}, early stopping changes test accuracy by {{value}} against the last epoch, a loss of no more "
            "than half a point",
            f"{words}, early stopping changes test accuracy by {{value}} against the last epoch",
            SOURCE,
            f"{words}, going on to the last epoch gives the better accuracy",
        ),
        Claim(
            f"stopping-monitor-accuracy-{name}",
            6,
            f"Test accuracy with patience {PATIENCE} on the validation accuracy minus that with {WAITS}: {where}",
            "pp",
            _difference(arm, "test_accuracy", ACCURACY, LOSS, 100),
            Below(0.5),
            f"{words}, watching the validation accuracy instead of the loss changes test accuracy by {{value}}",
            f"{words}, watching the validation accuracy instead of the loss gains {{value}} of test accuracy",
            SOURCE,
            f"{words}, watching the validation accuracy gives the better accuracy",
        ),
        Claim(
            f"stopping-monitor-nll-{name}",
            6,
            f"Test NLL with patience {PATIENCE} on the validation accuracy minus that with {WAITS}: {where}",
            "nats",
            _difference(arm, "test_nll", ACCURACY, LOSS, 1),
            Above(0),
            f"{words}, watching the validation accuracy instead of the loss raises test NLL by {{value}}",
            f"{words}, watching the validation accuracy instead of the loss does not raise test NLL ({{value}})",
            SOURCE,
            f"{words}, watching the validation loss does not give the better NLL",
        ),
    ]


REGULARIZED = arm_words(parse_arm(ARMS[1]))
CLAIMS: tuple[Claim, ...] = (
    *[claim for arm in ARMS for claim in _claims_of(arm)],
    Claim(
        "stopping-fires-regularized",
        6,
        f"Share of trainings that {WAITS} ends before the budget does, exact binomial interval: {NETWORK}, with "
        f"{REGULARIZED}",
        "%",
        _share_of_trainings(ARMS[1], lambda curves: curves["stopped"] < len(curves["val_loss"])),
        Above(50),
        f"with {REGULARIZED}, {WAITS} ends {{value}} of the trainings before the budget does",
        f"with {REGULARIZED}, {WAITS} ends only {{value}} of the trainings before the budget does",
        SOURCE,
        beside=True,
    ),
    *stopping_lattice.CLAIMS,
    *ridge.CLAIMS,
)


def points(evidence: Evidence) -> pd.DataFrame:
    """Return where each training's rules end, as the figure shows it.

    Returns:
        One row a training: `arm`, `seed` (its number in the evidence, from 0), `rise`, the epoch before the
        first rise, `minimum` of the validation loss, `stopped` and `restored` by Keras's patience, all
        counted from 1, and `epochs`, the budget.
    """
    rows = []
    for arm in ARMS:
        for seed, curves in enumerate(evidence.values("stopping", arm)):
            losses = curves["val_loss"]
            rows.append(
                (arm, seed, stop(losses, 1)[1], minimum(losses), curves["stopped"], curves["restored"], len(losses))
            )
    return pd.DataFrame(rows, columns=["arm", "seed", "rise", "minimum", "stopped", "restored", "epochs"])


def costs(evidence: Evidence) -> pd.DataFrame:
    """Return what each rule costs against patience on the validation loss.

    Returns:
        One row an arm, rule and quantity: `arm`, `rule`, `quantity` (`test_accuracy` in percentage points,
        `test_nll` in nats), `estimate`, `low`, `high` (rule minus reference, 95 % t interval over seeds),
        `seeds`.
    """
    rows = []
    for arm in ARMS:
        for rule in (FIRST_RISE, ACCURACY, LAST):
            for quantity, scale in (("test_accuracy", 100), ("test_nll", 1)):
                found = _difference(arm, quantity, rule, LOSS, scale)(evidence)
                rows.append((arm, rule, quantity, found.value, found.low, found.high, found.seeds))
    return pd.DataFrame(rows, columns=["arm", "rule", "quantity", "estimate", "low", "high", "seeds"])
