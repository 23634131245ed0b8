"""An experiment's settings as frozen models: data, network, budget, strengths."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Annotated, Any, ClassVar

from pydantic import Discriminator, Field, Tag, create_model, model_validator

from study.design.architectures.builtin import Cnn, Mlp, Resnet
from study.design.architectures.own import KerasModel, OwnModel
from study.design.architectures.tasks import CLASSIFICATION
from study.design.budget import MODELS, Count, Frozen, Training
from study.design.factors import EARLY_STOPPING, TEXTBOOK, EarlyStoppingStrength, Factors, Strength
from study.design.own.further import AsBuilt
from study.design.seeds import Seeds


class Data(Frozen):
    """Which data, and how many examples each seed draws.

    `name`: a built-in data set, or the path of an .npz file relative to the study file.
    `train`, `validation`: examples drawn for each seed, without overlap. `test`: examples to judge
    on; all that are left when it is not given. `file`, `digest`: the .npz file's place and the
    SHA-256 of its content, filled in when the study is read. `label_noise`: share of the training
    and of the validation labels that are replaced by a wrong one, drawn for each seed; test labels
    stay clean. `class_weight`: what a training example of each class counts for in the loss, as `fit` has it.
    """

    filled = frozenset({"file", "digest"})

    name: str
    train: Count
    validation: Count
    test: Count | None = None
    file: Path | None = Field(default=None, exclude=True)
    digest: str | None = None
    label_noise: Annotated[float, Field(ge=0, le=1)] = 0.0
    class_weight: Annotated[tuple[Annotated[float, Field(ge=0)], ...] | None, Field(strict=False)] = None

    @property
    def identity(self) -> str:
        """What seeds the draws: the data set's name, or the digest of an .npz file's content."""
        return self.digest or self.name

    def settings(self) -> dict:
        """Return what decides the examples; an .npz file is its content, wherever it lies and whatever it is called."""
        kept = self.model_dump(exclude_none=True, exclude={"name"} if self.digest else None)
        if not self.label_noise:
            del kept["label_noise"]  # as it was before there was noise to choose
        return kept


ARCHITECTURES: dict[str, type[Frozen]] = {"mlp": Mlp, "cnn": Cnn, "resnet": Resnet, "keras": KerasModel}
OWN = "package.module:function"


def _architecture(value: Any) -> str:
    name = value.get("name") if isinstance(value, dict) else getattr(value, "name", None)
    return name if isinstance(name, str) and name in ARCHITECTURES else "own"


Model = Annotated[
    Annotated[Mlp, Tag("mlp")]
    | Annotated[Cnn, Tag("cnn")]
    | Annotated[Resnet, Tag("resnet")]
    | Annotated[KerasModel, Tag("keras")]
    | Annotated[OwnModel, Tag("own")],
    Discriminator(_architecture),
]


class _Strengths(Frozen):
    """One strength a factor, used in the arms that switch the factor on."""

    factors: ClassVar[Factors]

    def __reduce__(self):
        # Models of a study with factors of its own are made anew in each process.
        return _strengths, (self.factors, dict(self))


@functools.cache
def strengths_of(factors: Factors) -> type[Frozen]:
    """Return the model of the strengths of a study's factors."""
    made = create_model(  # type: ignore[call-overload]
        "Strengths",
        __base__=_Strengths,
        __doc__=_Strengths.__doc__,
        **{factor.name: (factor.strength, factor.strength()) for factor in factors},
    )
    made.factors = factors
    return made


def _strengths(factors: Factors, values: dict) -> Frozen:
    return strengths_of(factors).model_construct(**values)


Strengths = strengths_of(TEXTBOOK)


class Experiment(Frozen):
    """A data set, an architecture, a budget and strengths; the `seeds` it is repeated under, the study's by default;
    and whether each cell's line holds its `predictions` for the test examples."""

    filled = frozenset({"name"})

    name: str = ""
    title: str
    question: str
    data: Data
    model: Model
    training: Training
    strengths: Strengths = Strengths()  # type: ignore[valid-type]
    seeds: Seeds = ()
    predictions: bool = False

    @model_validator(mode="after")
    def _fits(self) -> Experiment:
        if isinstance(self.model, KerasModel) != (self.training.optimizer == MODELS):
            raise ValueError("expected the optimizer 'model' for a model named 'keras', and for no other")
        if self.predictions and self.model.judged.name != CLASSIFICATION.name:
            raise ValueError("expected no predictions of a model that does not tell one class an example")
        return self

    def strength(self, factor: str) -> Strength:
        """Return the strength of the factor of that name; one that its Keras model brings has nothing to set."""
        if isinstance(self.model, KerasModel) and factor not in (*self.model.add, EARLY_STOPPING):
            return AsBuilt()
        return getattr(self.strengths, factor)

    @property
    def varied(self) -> bool:
        """Whether it is one value of a sweep or of a tuning: see `sweeps.vary`."""
        return "@" in self.name

    @property
    def stopping(self) -> EarlyStoppingStrength:
        """How early stopping is set; the default where no factor is it."""
        return getattr(self.strengths, EARLY_STOPPING, EarlyStoppingStrength())


@functools.cache
def experiment_of(factors: Factors) -> type[Experiment]:
    """Return the model by which an experiment is read whose strengths are those of a study's factors."""
    kind = strengths_of(factors)
    return create_model("Experiment", __base__=Experiment, strengths=(kind, kind()))
