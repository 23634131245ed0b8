"""Early stopping: whether the validation loss turns, where a rule ends a training, what that saves and costs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pandas as pd

from study.claims.claim import Claim, Mechanism, Setting
from study.claims.criteria import Above, Below, Criterion
from study.claims.estimate import Estimate, over_seeds, share
from study.claims.evidence import Evidence
from study.claims.mechanisms.networks import SIGNALS
from study.claims.topics import ridge, stopping_lattice
from study.claims.topics.stopping_lattice import SOURCE, TURNED, percentage
from study.claims.topics.stopping_rules import PATIENCE, minimum, stop, turns
from study.design.arms import parse_arm
from study.design.factors import TEXTBOOK
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
    Mechanism(
        name="stopping",
        topic="stopping",
        runner="study.claims.mechanisms.stopping:Stopping",
        settings=SETTINGS,
        seconds=2.3,
    ),
    *ridge.MECHANISMS,
)
ARMS = ("none", "dropout+augmentation")

FIRST_RISE, LOSS, ACCURACY, LAST = "first rise", "patience, loss", "patience, accuracy", "last epoch"
"""The rules compared. All but the last restore the weights of their best epoch."""


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
REGULARIZED = f"with {arm_words(parse_arm(ARMS[1], TEXTBOOK))}"
ALONE = Setting(
    "alone",
    f"{NETWORK}, without other regularizers; patience: {PATIENCE} epochs on the validation loss; shares of trainings "
    "have exact binomial intervals",
)
PLACES = {"none": ALONE, ARMS[1]: Setting("regularized", f"but {REGULARIZED}", like=ALONE)}
SINGLE = "a single rise is not the turn: it takes patience"
UNTURNED = "with strong regularization the validation loss may not turn within the budget"


@dataclass(frozen=True)
class Measured:
    """What is measured on each arm's trajectories.

    Attributes:
        name, measurement, unit, criterion: as of a claim.
        of: from an arm's name to an estimate.
        fails: as of a claim: the sentence stands or falls with the arm without other regularizers; the other, where the
            budget's end may censor the validation loss, can only limit it.
        limit: where nothing fails, what limits the sentence, `{where}` standing for the arm.
    """

    name: str
    measurement: str
    unit: str
    of: Callable[[str], Callable[[Evidence], Estimate]]
    criterion: Criterion
    fails: str = ""
    limit: str = ""

    def claims(self) -> list[Claim]:
        """Return the claim on either arm."""
        return [
            Claim(
                name=f"stopping-{self.name}-{short}",
                sentence=6,
                measurement=self.measurement,
                setting=PLACES[arm],
                unit=self.unit,
                estimate=self.of(arm),
                criterion=self.criterion,
                source=SOURCE,
                fails=self.fails if arm == "none" else "",
                limit=self.limit.replace("{where}", where) or UNTURNED * (arm != "none"),
            )
            for arm, short, where in (("none", "none", "alone"), (ARMS[1], "regularized", REGULARIZED))
        ]


def _minus(quantity: str, rule: str, against: str, scale: float = 1):
    return lambda arm: _difference(arm, quantity, rule, against, scale)


TURN = Measured(
    name="turn",
    measurement=TURNED,
    unit="%",
    of=lambda arm: _share_of_trainings(arm, lambda curves: turns(curves["val_loss"], PATIENCE)),
    criterion=Above(50),
    fails=f"the validation loss of only {{value}} of the trainings turns within the budget of {EPOCHS} epochs",
)
EPOCHS_SPENT = Measured(
    name="epochs",
    measurement="Epochs until patience stops, in percent of the budget",
    unit="%",
    of=_share_of_budget,
    criterion=Below(90),
    fails=f"patience {PATIENCE} saves few epochs: it trains {{value}} of them",
)
FIRES = Claim(
    name="stopping-fires-regularized",
    sentence=6,
    measurement="Trainings that patience ends before the budget does",
    setting=PLACES[ARMS[1]],
    unit="%",
    estimate=_share_of_trainings(ARMS[1], lambda curves: curves["stopped"] < len(curves["val_loss"])),
    criterion=Above(50),
    source=SOURCE,
)
AGAINST = (
    Measured(
        name="nll",
        measurement="Test NLL: last epoch − patience",
        unit="nats",
        of=_minus("test_nll", LAST, LOSS),
        criterion=Above(0),
        fails="early stopping saves no test NLL against the last epoch (last minus stopped: {value})",
    ),
    Measured(
        name="between",
        measurement="Epochs from before the validation loss's first rise to its minimum",
        unit="epochs",
        of=_between,
        criterion=Below(1),
        limit=SINGLE,
    ),
    Measured(
        name="first-rise",
        measurement="Test accuracy: patience − stopping at the first rise, best weights restored",
        unit="pp",
        of=_minus("test_accuracy", LOSS, FIRST_RISE, 100),
        criterion=Below(0.5),
        limit=SINGLE,
    ),
    Measured(
        name="accuracy",
        measurement="Test accuracy: patience − last epoch",
        unit="pp",
        of=_minus("test_accuracy", LOSS, LAST, 100),
        criterion=Above(-0.5),
        limit="{where}, going on to the last epoch gives the better accuracy",
    ),
    Measured(
        name="monitor-accuracy",
        measurement="Test accuracy: patience on the validation accuracy − on the loss",
        unit="pp",
        of=_minus("test_accuracy", ACCURACY, LOSS, 100),
        criterion=Below(0.5),
        limit="{where}, watching the validation accuracy gives the better accuracy",
    ),
    Measured(
        name="monitor-nll",
        measurement="Test NLL: patience on the validation accuracy − on the loss",
        unit="nats",
        of=_minus("test_nll", ACCURACY, LOSS),
        criterion=Above(0),
        limit="{where}, watching the validation loss does not give the better NLL",
    ),
)

CLAIMS: tuple[Claim, ...] = (
    *TURN.claims(),
    *stopping_lattice.CLAIMS,
    *EPOCHS_SPENT.claims(),
    FIRES,
    *(claim for each in AGAINST for claim in each.claims()),
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
