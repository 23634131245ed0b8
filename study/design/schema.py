"""Every column of the frames and exports: its type, its unit and what it means.

Records, frames, exports, event files and the names refused to own factors read it here.
"""

from __future__ import annotations

from collections.abc import Iterable

from study.design.architectures.tasks import METRICS, TASKS, Column, Task
from study.design.factors import Factors

CELL: dict[str, Column] = {
    "experiment": ("text", "", "Name of the experiment in the study file."),
    "arm": ("text", "", "Name of the arm: `none`, `all`, or factors joined by `+` in canonical order."),
    "seed": ("integer", "", "The block: equal seeds share data, initial weights and batch order in all arms."),
}
STATUS: dict[str, Column] = {
    "status": ("text", "", "`ok`, or `diverged` where the loss stopped being finite; metrics are empty then.")
}
EPOCHS: dict[str, Column] = {
    "epochs_run": ("integer", "epochs", "Epochs trained; with early stopping, until it fired."),
    "best_epoch": (
        "integer",
        "epochs",
        "Epoch, counted from 1, of the best monitored value; early stopping goes back to it.",
    ),
}
ORIGIN: dict[str, Column] = {
    "epochs_budget": ("integer", "epochs", "Epochs allowed."),
    "seconds": ("number", "s", "Training time until the cell's end, evaluation included, building excluded."),
    "key": ("text", "", "SHA-256 of the cell's place and settings."),
    "commit": ("text", "", "Commit the program stood at; `+` where its files had been changed."),
    "device": ("text", "", "Processor or GPU that trained the cell."),
}
LENGTH: dict[str, Column] = {
    "epochs": ("integer", "epochs", "Length of the training: what follows is as if this had been its budget.")
}
EPOCH: dict[str, Column] = {"epoch": ("integer", "epochs", "Counted from 1.")}
EFFECTS: dict[str, Column] = {
    "experiment": CELL["experiment"],
    "metric": ("text", "", "`{metrics}`, `gap` (training minus test {followed}) or `epochs_run`."),
    "kind": (
        "text",
        "",
        (
            "`main`, `conditional` (beside one other, on or off, averaged over the rest), `interaction`, `add_one_in` "
            "(alone against none), `leave_one_out` (all against all but it) or `shapley`."
        ),
    ),
    "term": ("text", "", "A factor, or factors joined by `:`; conditional: `dropout|augmentation=1`."),
    "estimate": (
        "number",
        "the metric's",
        (
            "Mean over seeds of the effect computed per seed; percentage points for {percent} and gap, {others}, "
            "epochs for epochs."
        ),
    ),
    "ci_low": ("number", "the metric's", "Lower end of the {level} t interval over seeds, of this effect alone."),
    "ci_high": ("number", "the metric's", "Upper end of the {level} t interval over seeds, of this effect alone."),
    "joint_low": (
        "number",
        "the metric's",
        (
            "Lower end of the {level} simultaneous interval, which covers all effects of the metric and kind at once; "
            "interactions within their order."
        ),
    ),
    "joint_high": ("number", "the metric's", "Upper end of the {level} simultaneous interval."),
    "p_value": ("number", "", "Two-sided sign-flip test over seeds."),
    "p_holm": ("number", "", "Holm's adjustment within the metric and kind; interactions within their order."),
    "n_seeds": ("integer", "seeds", "Complete seeds behind the estimate."),
    "verdict": (
        "text",
        "",
        (
            "By the simultaneous interval. `no effect larger than ±band` if it lies within, `helps` or `hurts` if it "
            "excludes zero, else `undecided`; of interactions `reinforce`, `substitute` or `undecided`; of averages "
            "`depends on …` where both of a factor's effects beside another are clear and opposite; `not judged` for "
            "epochs; `never fired` of early stopping where the budget ended every training; no verdict with fewer "
            "than six seeds."
        ),
    ),
    "band": (
        "number",
        "the metric's",
        (
            "Half-width within which an effect counts as none; empty for interactions, {unbanded} and epochs, which "
            "have none."
        ),
    ),
    "detectable": (
        "number",
        "the metric's",
        ("Smallest effect whose simultaneous interval excludes zero with 80 % power, seeds varying as these do."),
    ),
}
CLAIMS: dict[str, Column] = {
    "sentence": ("integer", "", "Number of the sentence, from 1; from 13 on those of the ledger of 2026."),
    "measurement": ("text", "", "What was measured, on which network and data."),
    "value": ("number", "the row's", "The measured number."),
    "ci_low": ("number", "the row's", "Lower end of its {level} interval; empty for identities."),
    "ci_high": ("number", "the row's", "Upper end of its {level} interval; empty for identities."),
    "criterion": ("text", "", "What the number must show for the claim to hold."),
    "verdict": (
        "text",
        "",
        ("`holds`, `does not hold here` or `undecided`, by the criterion; `limits it` where a limit does not hold."),
    ),
    "role": (
        "text",
        "",
        (
            "`core`: the sentence stands or falls with it; `limit`: it can only limit the sentence; "
            "`beside`: it only explains."
        ),
    ),
    "source": (
        "text",
        "",
        ("Citation keys of the report's bibliography; `this study` where nothing was published before."),
    ),
    "unit": ("text", "", "The unit of value and interval; empty for pure numbers."),
    "n_seeds": ("integer", "seeds", "Seeds behind the interval; empty where it is not over seeds."),
    "claim": ("text", "", "The claim's identifier."),
}
SWEEPS: dict[str, Column] = {
    "sweep": ("text", "", "The sweep's name in the study file."),
    "setting": ("text", "", "The setting that is varied, as in the study file."),
    "value": ("any", "the setting's", "Its value in this cell."),
}
DERIVED = ("gap",)
"""Names of metrics that are made of columns."""


def runs(names: Iterable[str], measured: Iterable[str]) -> tuple[str, ...]:
    """Return the columns of the table of cells of a study with factors of these names, and these measures."""
    return (*CELL, *STATUS, *names, *measured, *EPOCHS, *ORIGIN)


def readouts(names: Iterable[str], measured: Iterable[str]) -> tuple[str, ...]:
    """Return the columns of the table of read-outs of a study with factors of these names, and these measures."""
    return (*CELL, *LENGTH, *STATUS, *names, *measured, *EPOCHS)


def tables(factors: Factors, task: Task, level: str) -> dict[str, dict[str, Column]]:
    """Return every exported table's columns, in order, in a study with these factors and this task, whose intervals are
    of a level such as `95 %`."""
    known = {factor.name: ("integer", "0 or 1", f"Whether {factor.label} is on.") for factor in factors}
    known |= CELL | LENGTH | STATUS | task.columns | EPOCHS | ORIGIN
    cells = {name: known[name] for name in runs(factors.names, task.columns)}
    return {
        "runs": cells,
        "readouts": {name: known[name] for name in readouts(factors.names, task.columns)},
        "history": CELL | EPOCH | task.curves,
        "effects": _filled(EFFECTS, {"level": level, **_words(task)}),
        "sweeps": SWEEPS | cells,
        "claims": _filled(CLAIMS, {"level": level}),
    }


def _words(task: Task) -> dict[str, str]:
    """Return what the columns of the table of effects say of a task's metrics."""
    others = [measure for measure in task.measures if not measure.percent]
    return {
        "metrics": "`, `".join(measure.metric.name for measure in task.measures),
        "followed": task.followed.label,
        "percent": ", ".join(measure.label for measure in task.measures if measure.percent),
        "others": ", ".join(f"{measure.unit or measure.stored} for {measure.label}" for measure in others),
        "unbanded": ", ".join(measure.label for measure in others),
    }


def _filled(columns: dict[str, Column], words: dict[str, str]) -> dict[str, Column]:
    return {name: (kind, unit, meaning.format(**words)) for name, (kind, unit, meaning) in columns.items()}


TAKEN = frozenset(
    {"none", "all", *DERIVED, *METRICS, *SWEEPS, *runs((), ()), *LENGTH, *EPOCH, *EFFECTS, *CLAIMS}
    | {name for task in TASKS.values() for name in (*task.columns, *task.curves)}
)
"""Names that mean something else in arms and columns: no factor may be called so."""
