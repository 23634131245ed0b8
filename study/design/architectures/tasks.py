"""What a network is asked to do, and the numbers that its answers are judged by.

A task's first measure decides: arms are chosen by it on validation examples, and verdicts are about it on test
examples.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

Column = tuple[str, str, str]
"""Type (`text`, `integer`, `number` or `any`), unit (empty for none) and meaning, a Markdown sentence."""

PARTS = {"test": "test", "val": "validation", "train": "training"}
"""Parts of the data by how columns call them; training examples are judged at inference, not augmented."""


@dataclass(frozen=True)
class Metric:
    """A number a cell has, and how it is shown.

    Attributes:
        name: its column in `effects.csv`.
        label: its name on an axis.
        unit: unit of its values, as shown; `effect_unit`: of differences.
        scale: factor from the stored number to the unit.
        better: 1 if more is better, −1 if less is, 0 if neither is.
        banded: whether the study's equivalence band, in percentage points, applies.
    """

    name: str
    label: str
    unit: str
    effect_unit: str
    scale: float
    better: int
    banded: bool

    @property
    def measure(self) -> str:
        """Its label without the part of the data: `accuracy`."""
        return self.label.removeprefix("test ")

    @property
    def amounts(self) -> str:
        """What its effects are counted in: `percentage points of test accuracy`."""
        unit = {"pp": "percentage points"}.get(self.effect_unit, self.effect_unit)
        return f"{unit} of {self.label}" if unit else self.label

    @property
    def axis(self) -> str:
        """Its label with its unit, as an axis or a column is headed: `Test accuracy (%)`."""
        return f"{self.label[0].upper()}{self.label[1:]}" + (f" ({self.unit})" if self.unit else "")

    def effect(self, words: str) -> str:
        """Return a heading with the unit of its effects, if they have one: `Main effect (pp)`."""
        return f"{words} ({self.effect_unit})" if self.effect_unit else words

    def judged(self, band: float | None) -> dict:
        """Return unit, direction and band of an effect on it, as `Interval` takes them; `band` in percentage points."""
        return {"unit": self.effect_unit, "better": self.better, "band": band if self.banded else None}


@dataclass(frozen=True)
class Measure:
    """A number that predictions for some examples have.

    Attributes:
        name: how columns call it, behind the part's name.
        label: how readers call it.
        stored: unit of the stored number.
        meaning: a sentence, in which `{part}` is the part and `{how}` says how training examples are judged.
        better: 1 if more is better, −1 if less is.
        percent: whether it is shown in percent, its differences in percentage points, for which the equivalence band
            holds; otherwise as it is stored.
        unit: its unit where it is not shown in percent.
        parts: which parts it is taken of.
    """

    name: str
    label: str
    stored: str
    meaning: str
    better: int = 1
    percent: bool = True
    unit: str = ""
    parts: tuple[str, ...] = tuple(PARTS)

    def column(self, part: str) -> Column:
        """Return what the column of a part holds."""
        how = ", at inference, not augmented" if part == "train" else ""
        return "number", self.stored, self.meaning.format(part=PARTS[part], how=how)

    @property
    def metric(self) -> Metric:
        """The measure on test examples, as it is shown."""
        shown = ("%", "pp", 100.0) if self.percent else (self.unit, self.unit, 1.0)
        return Metric(f"test_{self.name}", f"test {self.label}", *shown, self.better, self.percent)


@dataclass(frozen=True)
class Task:
    """What a network is asked to do.

    Attributes:
        name: one of `TASKS`.
        noun: what an answer gives, one and many: `("class", "classes")`.
        labels: what its labels are, as arrays of the data.
        measures: what its predictions are judged by, the one that decides first.
        followed: the measure that is followed epoch by epoch, beside the loss.
        loss: unit of the loss.
    """

    name: str
    noun: tuple[str, str]
    labels: str
    measures: tuple[Measure, ...]
    followed: Measure
    loss: str

    @cached_property
    def columns(self) -> dict[str, Column]:
        """The columns of a cell's measures, by part and measure."""
        return {
            f"{part}_{measure.name}": measure.column(part)
            for part in PARTS
            for measure in self.measures
            if part in measure.parts
        }

    @cached_property
    def curves(self) -> dict[str, Column]:
        """The columns of a cell's history."""
        name, label = self.followed.name, self.followed.label
        acting, after = "dropout and augmentation acting; mean over the epoch.", "after the epoch."
        stored = self.followed.stored
        return {
            "loss": ("number", self.loss, f"Training loss with the L2 penalty, {acting}"),
            name: ("number", stored, f"Training {label}, {acting}"),
            "val_loss": ("number", self.loss, f"Validation loss with the L2 penalty {after}"),
            f"val_{name}": ("number", stored, f"Validation {label} {after}"),
        }

    @property
    def metrics(self) -> list[Metric]:
        """What test examples are judged by, the metric that decides first."""
        return [measure.metric for measure in self.measures]

    @property
    def metric(self) -> Metric:
        """The metric that decides."""
        return self.metrics[0]

    def judged_by(self, name: str | None) -> Task:
        """Return the same task with one of `MEASURES` in the first place."""
        if name is None:
            return self
        others = tuple(measure for measure in self.measures if measure.name != name)
        return replace(self, measures=(MEASURES[name], *others))


def _measures(*given: Measure) -> dict[str, Measure]:
    return {measure.name: measure for measure in given}


def _of_labels(of: str, per: str) -> tuple[Measure, Measure, Measure]:
    return (
        Measure("accuracy", "accuracy", "fraction", f"Share of {of} right{{how}}."),
        Measure(
            "nll",
            "NLL",
            f"nats {per}",
            "Mean negative log-likelihood of the {part} labels; no penalty.",
            -1,
            False,
            "nats",
        ),
        Measure(
            "ece",
            "calibration error",
            "fraction",
            "Expected calibration error on {part} examples, 15 bins of equal width.",
            -1,
            parts=("test",),
        ),
    )


_CLASSES = _of_labels("{part} examples classified", "an example")
_LABELS = _of_labels("labels of {part} examples told", "a label")
_VALUES = (
    Measure(
        "r2",
        "R²",
        "fraction",
        "Share of the variance of the {part} targets that is explained, all targets together{how}.",
    ),
    Measure("rmse", "RMSE", "the target's", "Root of the mean squared error on {part} examples{how}.", -1, False),
)
TASKS: dict[str, Task] = {
    task.name: task
    for task in (
        Task(
            "classification",
            ("class", "classes"),
            "whole-number labels of classes, shape (examples,)",
            _CLASSES,
            _CLASSES[0],
            "nats an example",
        ),
        Task(
            "multilabel",
            ("label", "labels"),
            "whole-number labels, 0 or 1, shape (examples, labels)",
            _LABELS,
            _LABELS[0],
            "nats a label",
        ),
        Task("regression", ("value", "values"), "floats, shape (examples, values)", _VALUES, _VALUES[0], "the loss's"),
    )
}
"""One class an example; any number of labels an example; numbers."""
CLASSIFICATION = TASKS["classification"]


def _keras(name: str, label: str, better: int = 1, percent: bool = True) -> Measure:
    stored = "fraction" if percent else "the metric's"
    return Measure(name, label, stored, f"Keras's `{name}` on {{part}} examples{{how}}.", better, percent)


COMPILED: dict[str, Measure] = _measures(
    _keras("auc", "AUC"),
    _keras("precision", "precision"),
    _keras("recall", "recall"),
    _keras("f1_score", "F1"),
    _keras("f_beta_score", "F-beta"),
    _keras("top_k_categorical_accuracy", "top-k accuracy"),
    _keras("sparse_top_k_categorical_accuracy", "top-k accuracy"),
    _keras("precision_at_recall", "precision at recall"),
    _keras("recall_at_precision", "recall at precision"),
    _keras("sensitivity_at_specificity", "sensitivity at specificity"),
    _keras("specificity_at_sensitivity", "specificity at sensitivity"),
    _keras("mean_absolute_error", "mean absolute error", -1, False),
    _keras("mean_squared_error", "mean squared error", -1, False),
    _keras("mean_absolute_percentage_error", "mean absolute percentage error", -1, False),
    _keras("mean_squared_logarithmic_error", "mean squared logarithmic error", -1, False),
    _keras("log_cosh_error", "log-cosh error", -1, False),
    _keras("cosine_similarity", "cosine similarity", 1, False),
    _keras("pearson_correlation", "Pearson correlation", 1, False),
    _keras("concordance_correlation", "concordance correlation", 1, False),
)
"""Keras's own metrics that a compiled model may be judged by, by the name of their class in lower case."""
MEASURES: dict[str, Measure] = COMPILED | _measures(*_CLASSES, *_VALUES)

METRICS: dict[str, Metric] = {
    **{f"test_{name}": measure.metric for name, measure in MEASURES.items()},
    "gap": Metric("gap", "generalization gap", "pp", "pp", 100.0, -1, True),
    "epochs_run": Metric("epochs_run", "epochs run", "epochs", "epochs", 1.0, 0, False),
}
"""Metrics whose effects are estimated, by name; `gap` is train minus test accuracy, or R²."""


def tested(columns: Iterable[str]) -> list[str]:
    """Return the metrics of test examples that a table has, the one that decides first, from the table's columns."""
    return [name for name in columns if name.startswith("test_") and name in METRICS]


def followed(columns: Iterable[str]) -> str:
    """Return the measure, in percent, that a table's task is followed by whatever decides: `accuracy` or `r2`."""
    return next(task.followed.name for task in TASKS.values() if f"test_{task.followed.name}" in columns)


def estimated(columns: Iterable[str]) -> list[str]:
    """Return the metrics whose effects are estimated, from a table's columns."""
    return [*tested(columns), "gap", "epochs_run"]
