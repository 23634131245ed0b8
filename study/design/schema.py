"""What every column of the exports means."""

from __future__ import annotations

import pandas as pd

from study.design.factors import TEXTBOOK, Factors

_CELL = {
    "experiment": ("text", "", "Name of the experiment in the study file."),
    "arm": ("text", "", "Name of the arm: `none`, `all`, or factors joined by `+` in canonical order."),
    "seed": ("integer", "", "The block: equal seeds share data, initial weights and batch order in all arms."),
}
_STATUS = {"status": ("text", "", "`ok`, or `diverged` where the loss stopped being finite; metrics are empty then.")}
_MEASURED = {
    "test_accuracy": ("number", "fraction", "Share of test examples classified right."),
    "test_nll": ("number", "nats an example", "Mean negative log-likelihood of the test labels; no penalty."),
    "test_ece": ("number", "fraction", "Expected calibration error on test examples, 15 bins of equal width."),
    "val_accuracy": ("number", "fraction", "Share of validation examples classified right."),
    "val_nll": ("number", "nats an example", "Mean negative log-likelihood of the validation labels; no penalty."),
    "train_accuracy": (
        "number",
        "fraction",
        "Share of training examples classified right, at inference, not augmented.",
    ),
    "train_nll": ("number", "nats an example", "Mean negative log-likelihood of the training labels; no penalty."),
    "epochs_run": ("integer", "epochs", "Epochs trained; with early stopping, until it fired."),
    "best_epoch": (
        "integer",
        "epochs",
        "Epoch, counted from 1, of the best monitored value; early stopping goes back to it.",
    ),
    "epochs_budget": ("integer", "epochs", "Epochs allowed."),
    "seconds": ("number", "s", "Training time until the cell's end, evaluation included, building excluded."),
    "key": ("text", "", "SHA-256 of the cell's place and settings."),
    "commit": ("text", "", "Commit the program stood at; `+` where its files had been changed."),
    "device": ("text", "", "Processor or GPU that trained the cell."),
}
_HISTORY = {
    **_CELL,
    "epoch": ("integer", "epochs", "Counted from 1."),
    "loss": (
        "number",
        "nats an example",
        "Training loss with the L2 penalty, dropout and augmentation acting; mean over the epoch.",
    ),
    "accuracy": ("number", "fraction", "Training accuracy, dropout and augmentation acting; mean over the epoch."),
    "val_loss": ("number", "nats an example", "Validation loss with the L2 penalty after the epoch."),
    "val_accuracy": ("number", "fraction", "Validation accuracy after the epoch."),
}
_EFFECTS = {
    "experiment": _CELL["experiment"],
    "metric": ("text", "", "`test_accuracy`, `test_nll`, `test_ece`, `gap` (training minus test accuracy) or `epochs_run`."),
    "kind": ("text", "", "`main`, `interaction`, `add_one_in` (alone against none), `leave_one_out` (all against all but it) or `shapley`."),
    "term": ("text", "", "A factor, or factors joined by `:`."),
    "estimate": ("number", "the metric's", "Mean over seeds of the effect computed per seed; percentage points for accuracy, calibration error and gap, nats for NLL, epochs for epochs."),
    "ci_low": ("number", "the metric's", "Lower end of the 95 % t interval over seeds."),
    "ci_high": ("number", "the metric's", "Upper end of the 95 % t interval over seeds."),
    "p_value": ("number", "", "Two-sided sign-flip test over seeds."),
    "p_holm": ("number", "", "Holm's adjustment within the metric and kind; interactions within their order."),
    "n_seeds": ("integer", "seeds", "Complete seeds behind the estimate."),
    "verdict": ("text", "", "`helps`, `hurts`, `no effect larger than ±band`, `undecided`, `not judged` for epochs, or no verdict with fewer than six seeds."),
    "p_equivalence": ("number", "", "Two one-sided t tests that the effect lies within ±band; empty for metrics without a band."),
    "detectable": ("number", "the metric's", "Smallest effect that so many seeds, varying as these do, find with 80 % power."),
}  # fmt: skip
_CLAIMS = {
    "sentence": ("integer", "", "Number of the textbook's sentence, from 1."),
    "measurement": ("text", "", "What was measured, on which network and data."),
    "value": ("number", "the row's", "The measured number."),
    "ci_low": ("number", "the row's", "Lower end of its 95 % interval; empty for identities."),
    "ci_high": ("number", "the row's", "Upper end of its 95 % interval; empty for identities."),
    "criterion": ("text", "", "What the number must show for the claim to hold."),
    "verdict": ("text", "", "`holds`, `does not hold here` or `undecided`, by the criterion; `limits it` where a limit does not hold."),
    "role": ("text", "", "`core`: the sentence stands or falls with it; `limit`: it can only limit the sentence; `beside`: it only explains."),
    "source": ("text", "", "Citation keys of the report's bibliography; `this study` where nothing was published before."),
    "unit": ("text", "", "The unit of value and interval; empty for pure numbers."),
    "n_seeds": ("integer", "seeds", "Seeds behind the interval; empty where it is not over seeds."),
    "claim": ("text", "", "The claim's identifier."),
}  # fmt: skip
_SWEEPS = {
    "sweep": ("text", "", "The sweep's name in the study file."),
    "setting": ("text", "", "The setting that is varied, as in the study file."),
    "value": ("any", "the setting's", "Its value in this cell."),
}


def dictionary(factors: Factors = TEXTBOOK) -> pd.DataFrame:
    """Return one row a column of an export: `table`, `column`, `type`, `unit`, `meaning`."""
    switches = {factor.name: ("integer", "0 or 1", f"Whether {factor.label} is on.") for factor in factors}
    runs = _CELL | _STATUS | switches | _MEASURED
    tables = {"runs": runs, "history": _HISTORY, "effects": _EFFECTS, "sweeps": _SWEEPS | runs, "claims": _CLAIMS}
    rows = [(table, column, *about) for table, columns in tables.items() for column, about in columns.items()]
    return pd.DataFrame(rows, columns=["table", "column", "type", "unit", "meaning"])
