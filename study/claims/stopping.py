"""Early stopping: where it ends a training, what that saves and costs, and its likeness to ridge."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from study.claims.claim import Claim, Mechanism
from study.claims.criteria import Above, AtMost, Below
from study.claims.estimate import Estimate, largest, over_seeds
from study.claims.evidence import Evidence, Unmeasured
from study.claims.stopping_rules import minimum, stop
from study.design import parse_arm
from study.mechanisms.networks import SIGNALS
from study.wording import arm_words

PATIENCE, EPOCHS = 10, 120
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
    Mechanism("stopping", "stopping", "study.mechanisms.stopping:Stopping", SETTINGS, 2.3),
    Mechanism(
        "quadratics", "stopping", "study.mechanisms.quadratics:Quadratics",
        {"problems": 20, "examples": 60, "inputs": 20, "step": 1e-3, "steps": 24, "long_step": 1.0, "times": 400},
        0.1,
    ),
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


def _percentage(shares) -> Estimate:
    """Return the mean of shares of one, one a seed, in percent; its interval ends where shares end."""
    found = over_seeds(100 * np.asarray(shares, float))
    return replace(found, low=max(found.low, 0.0), high=min(found.high, 100.0))


def _share_of_budget(arm: str):
    def estimate(evidence: Evidence) -> Estimate:
        return _percentage([c["stopped"] / len(c["val_loss"]) for c in evidence.values("stopping", arm)])

    return estimate


def _early_rises(evidence: Evidence) -> Estimate:
    """Estimate, in percent by seed, in how many stored trajectories the first rise precedes the minimum."""
    if evidence.results is None:
        raise Unmeasured("lattice")
    by_seed: dict[int, list[bool]] = {}
    for record in evidence.results.records:
        losses = record["history"].get("val_loss", [])
        if record["status"] == "ok" and not record["factors"]["earlystopping"] and losses:
            by_seed.setdefault(record["seed"], []).append(stop(losses, 1)[1] < minimum(losses))
    if not by_seed:
        raise Unmeasured("lattice")
    return _percentage([np.mean(hits) for hits in by_seed.values()])


def _seconds(evidence: Evidence) -> Estimate:
    """Estimate, in percent by seed, the training time of stored cells with early stopping against without."""
    if evidence.results is None:
        raise Unmeasured("lattice")
    runs = evidence.results.runs
    runs = runs[runs["status"] == "ok"]
    trajectory = [parse_arm(name).trajectory.name for name in runs["arm"]]
    pairs = (
        runs.assign(trajectory=trajectory)
        .pivot_table(index=["experiment", "trajectory", "seed"], columns="earlystopping", values="seconds")
        .reindex(columns=[0, 1]).dropna()
    )
    if pairs.empty:
        raise Unmeasured("lattice")
    sums = pairs.groupby("seed").sum()
    return _percentage(sums[1] / sums[0])


NETWORK = (
    f"MLP 40-128-128-10 on 1,000 MNIST-1D signals, 1,000 for validation, 4,000 to test, Adam, {EPOCHS} epochs"
)
LATTICE = "all trainings of the study's lattice to their last epoch, by seed"


def _claims_of(arm: str) -> list[Claim]:
    """Return the claims that are measured on one arm's trajectories."""
    name = "none" if arm == "none" else "regularized"
    words = "without other regularizers" if arm == "none" else f"with {arm_words(parse_arm(arm))}"
    where = f"{NETWORK}, {words}"
    waits = f"patience {PATIENCE} on the validation loss"
    source = ("prechelt1998early",)
    return [
        Claim(
            f"stopping-between-{name}", 6,
            f"Epochs from the last one before the first rise of the validation loss to its minimum: {where}",
            "epochs", _between(arm), Below(1),
            f"{words}, the validation loss first rises where its minimum is ({{value}} apart)",
            f"{words}, the validation loss first rises {{value}} before its minimum",
            source, limit="the first rise of the validation loss is not yet its turn",
        ),
        Claim(
            f"stopping-first-rise-{name}", 6,
            f"Test accuracy with {waits} minus that of stopping at the first rise, weights of the best epoch "
            f"restored in both: {where}",
            "pp", _difference(arm, "test_accuracy", LOSS, FIRST_RISE, 100), Below(0.5),
            f"{words}, stopping when the validation loss starts to rise costs no more than half a point against "
            "waiting ({value})",
            f"{words}, stopping when the validation loss starts to rise costs {{value}} of test accuracy against "
            f"waiting {PATIENCE} epochs",
            source,
        ),
        Claim(
            f"stopping-epochs-{name}", 6, f"Epochs until {waits} stops, in percent of the budget: {where}",
            "%", _share_of_budget(arm), Below(90),
            f"{words}, {waits} ends training after {{value}} of the epochs",
            f"{words}, {waits} saves little: it trains {{value}} of the epochs",
            source, limit=f"it hardly stops before the budget's end {words}",
        ),
        Claim(
            f"stopping-accuracy-{name}", 6, f"Test accuracy with {waits} minus that of the last epoch: {where}",
            "pp", _difference(arm, "test_accuracy", LOSS, LAST, 100), Above(-0.5),
            f"{words}, early stopping costs no more than half a point of accuracy against the last epoch ({{value}})",
            f"{words}, early stopping costs accuracy against the last epoch ({{value}})",
            source, limit=f"{words}, going on to the last epoch gives the better accuracy",
        ),
        Claim(
            f"stopping-nll-{name}", 6, f"Test NLL of the last epoch minus that with {waits}: {where}",
            "nats", _difference(arm, "test_nll", LAST, LOSS, 1), Above(0),
            f"{words}, early stopping saves {{value}} of test NLL against the last epoch",
            f"{words}, early stopping saves no test NLL against the last epoch ({{value}})",
            source, limit=f"{words}, going on to the last epoch gives the better NLL",
        ),
        Claim(
            f"stopping-monitor-accuracy-{name}", 6,
            f"Test accuracy with patience {PATIENCE} on the validation accuracy minus that with {waits}: {where}",
            "pp", _difference(arm, "test_accuracy", ACCURACY, LOSS, 100), Below(0.5),
            f"{words}, watching the validation accuracy instead gains no more than half a point ({{value}})",
            f"{words}, watching the validation accuracy instead gains {{value}} of test accuracy",
            source, limit=f"{words}, watching the validation accuracy gives the better accuracy",
        ),
        Claim(
            f"stopping-monitor-nll-{name}", 6,
            f"Test NLL with patience {PATIENCE} on the validation accuracy minus that with {waits}: {where}",
            "nats", _difference(arm, "test_nll", ACCURACY, LOSS, 1), Above(0),
            f"{words}, watching the validation accuracy instead costs {{value}} of test NLL",
            f"{words}, watching the validation accuracy instead costs no test NLL ({{value}})",
            source, limit=f"{words}, watching the validation loss does not give the better NLL",
        ),
    ]


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "stopping-early-rises", 6,
        f"Share of trainings whose validation loss first rises before the epoch of its minimum: {LATTICE}",
        "%", _early_rises, Below(10),
        "the first rise of the validation loss is its turn in all but {value} of the trainings",
        "in {value} of the trainings the validation loss rises before it has reached its minimum",
        ("prechelt1998early",), limit="the first rise of the validation loss is not yet its turn",
    ),
    *[claim for arm in ARMS for claim in _claims_of(arm)],
    Claim(
        "stopping-seconds", 6,
        f"Training time with early stopping in percent of that without, at the study's patience: {LATTICE}",
        "%", _seconds, Below(90),
        "over the whole lattice early stopping trains {value} of the time that it takes without",
        "over the whole lattice early stopping saves little time ({value} of that without)",
        ("prechelt1998early",), limit="early stopping saves little time",
    ),
    Claim(
        "stopping-shrinkage", 6,
        "Linear regression, random problems: largest gap, in any eigendirection after any number of steps τ, between "
        "gradient descent's 1 − (1 − ελ)^τ and ridge's λ/(λ + α), α = 1/(τε), step ε = 0.001/λmax",
        "", lambda evidence: largest(evidence.values("quadratics", "gap")), AtMost(0.204),
        "in linear regression, stopping after τ small steps of size ε shrinks like L2 with λ = 1/(τε), never farther "
        "off than {value}",
        "in linear regression, stopping after τ small steps of size ε shrinks otherwise than L2 with λ = 1/(τε), by up "
        "to {value}",
        ("goodfellow2016deep",),
    ),
    Claim(
        "stopping-long-steps", 6,
        "The same with the step ε = 1/λmax, the longest without overshooting",
        "", lambda evidence: largest(evidence.values("quadratics", "long_gap")), AtMost(0.204),
        "that likeness to L2 does not need small steps",
        "with the longest steps that do not overshoot, the likeness to L2 is lost (difference up to {value})",
        ("goodfellow2016deep",), limit="it is like L2 only with steps much smaller than 1/λmax",
    ),
    Claim(
        "stopping-risk", 6,
        "Linear regression, random problems: exact risk of gradient flow over that of ridge at t = 1/λ, the largest "
        "along the path, of estimation and of in-sample prediction",
        "", lambda evidence: largest(evidence.values("quadratics", "risk")), AtMost(1.69),
        "in linear regression the risk of early stopping is at most {value} times that of ridge along the whole path",
        "in linear regression the risk of early stopping is up to {value} times that of ridge",
        ("ali2019continuous",),
    ),
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
