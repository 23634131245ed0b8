"""What a look into a user's model finds, without Keras: it goes from the process that looks to the one that tells."""

from __future__ import annotations

from dataclasses import dataclass, field

from study.design.own.further import BUILT_IN


@dataclass(frozen=True)
class Finding:
    """One thing that regularizes.

    Attributes:
        factor: which factor switches it.
        where: the layer's name, inner ones after their model's: `encoder/dense_1`; or `optimizer`, `loss`, `callbacks`.
        what: the class and its strength, such as `Dropout(rate=0.25)`.
    """

    factor: str
    where: str
    what: str


@dataclass(frozen=True)
class Look:
    """What a first look found.

    Attributes:
        findings: what regularizes the model.
        classes: names of the classes, in the order of the labels; of labels and values, as far as they have names.
        train, test: examples.
        held_out: whether the test examples were drawn here.
        stopping: the strength of early stopping, as a study file has it; empty without it.
        doubts: what is strange in the data, a sentence each.
        task: what the model is asked to do: one of `tasks.TASKS`.
        number: how many classes, labels or values it answers with.
        metrics: those of its compiled metrics that may decide: see `tasks.COMPILED`.
        weighted: whether training examples have weights.
    """

    findings: list[Finding]
    classes: tuple[str, ...]
    train: int
    test: int
    held_out: bool
    stopping: dict = field(default_factory=dict)
    doubts: tuple[str, ...] = ()
    task: str = "classification"
    number: int = 0
    metrics: tuple[str, ...] = ()
    weighted: bool = False

    @property
    def factors(self) -> list[str]:
        """The factors that were found, in canonical order."""
        return [name for name in BUILT_IN if any(finding.factor == name for finding in self.findings)]
