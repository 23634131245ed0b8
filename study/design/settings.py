"""An experiment's settings as frozen models: data, network, budget, strengths."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Container
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag, create_model, model_validator

from study.design.budget import Count, Frozen, Training
from study.design.factors import TEXTBOOK, Factors, Strength
from study.design.own import code
from study.errors import StudyError

OWN_MODEL = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")


Widths = Annotated[tuple[Count, ...], Field(strict=False, min_length=1)]


class Data(Frozen):
    """Which data, and how many examples each seed draws.

    `name`: a built-in data set, or the path of an .npz file relative to the study file.
    `train`, `validation`: examples drawn for each seed, without overlap. `test`: examples to judge
    on; all that are left when it is not given. `file`, `digest`: the .npz file's place and the
    SHA-256 of its content, filled in when the study is read. `label_noise`: share of the training
    and of the validation labels that are replaced by a wrong one, drawn for each seed; test labels
    stay clean.
    """

    filled = frozenset({"file", "digest"})

    name: str
    train: Count
    validation: Count
    test: Count | None = None
    file: Path | None = Field(default=None, exclude=True)
    digest: str | None = None
    label_noise: Annotated[float, Field(ge=0, le=1)] = 0.0

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


class Architecture(Frozen):
    """What networks have in common."""

    def settings(self, arm: Container[str]) -> dict:
        """Return what decides the network of an arm, which holds the names of its factors."""
        return self.model_dump()


EVERY_BLOCK, BEFORE_LINEAR, BEFORE_BATCHNORM, AFTER_BATCHNORM = PLACEMENTS = (
    "every_block",
    "before_last_linear",
    "before_last_batchnorm",
    "after_last_batchnorm",
)
"""Where dropout can stand in an `mlp`."""


class Mlp(Architecture):
    """Dense hidden layers of the given `widths`, in order.

    `dropout_placement`: where dropout stands in the arms that have it. `every_block`: at the end of every
    hidden block, linear → batch norm → ReLU → dropout, as textbooks have it, so that all but the last
    dropout come before a batch norm. With the others there is one dropout, near the last batch norm:
    `before_last_linear` at the end of the last block but one, so that a linear map stands between dropout
    and batch norm; `before_last_batchnorm` right before it, linear → dropout → batch norm → ReLU;
    `after_last_batchnorm` at the end of the last block.
    """

    name: Literal["mlp"]
    widths: Widths = (256, 256)
    dropout_placement: Literal[PLACEMENTS] = EVERY_BLOCK  # type: ignore[valid-type]

    @model_validator(mode="after")
    def _fits(self) -> Mlp:
        if self.dropout_placement == BEFORE_LINEAR and len(self.widths) < 2:
            raise ValueError(f"expected at least two widths where dropout_placement is {BEFORE_LINEAR!r}")
        return self

    def settings(self, arm: Container[str]) -> dict:
        """Return what decides the network of an arm; without dropout its placement decides nothing."""
        kept = self.model_dump()
        if "dropout" not in arm or self.dropout_placement == EVERY_BLOCK:
            del kept["dropout_placement"]  # as it was before there was a placement to choose
        return kept


class Cnn(Architecture):
    """3 × 3 convolutions with `filters` channels, each followed by 2 × 2 max pooling, then one
    dense hidden layer of width `dense`."""

    name: Literal["cnn"]
    filters: Widths = (16, 32)
    dense: Count = 64


class Resnet(Architecture):
    """Stages of growing width, each a 3 × 3 convolution, 2 × 2 max pooling, and two more convolutions around which the
    signal also goes straight; then the mean over all places. `filters`: channels of each stage.

    Source:
        He et al., Deep residual learning for image recognition, CVPR 2016; pooling inside stages as in Page, How to
        train your ResNet, 2018.
    """

    name: Literal["resnet"]
    filters: Widths = (16, 32, 64)


def _importable(name: str) -> str:
    if not OWN_MODEL.fullmatch(name):
        raise ValueError(f"unknown model {name!r}")
    return name


class OwnModel(Architecture):
    """A user's network, `package.module:function`; `arguments` are passed to the function."""

    name: Annotated[str, AfterValidator(_importable)]
    arguments: dict[str, Any] = {}
    _places: tuple[str, ...] = ()
    _source: dict[str, str] | None = None

    def model_post_init(self, context: Path | None) -> None:
        """Fill in where the module may lie, as the process that trains may stand elsewhere, and what its source is.

        `context`: the study file's folder.
        """
        code.look_around(context)
        self._places, self._source = tuple(code.PLACES), code.source(self.name.partition(":")[0])

    @property
    def exists(self) -> bool:
        """Whether the module was found."""
        return self._source is not None

    def settings(self, arm: Container[str]) -> dict:
        """Return what decides the network of an arm: the source of the function is part of it."""
        return self.model_dump() | {"source": self._source}

    def function(self) -> Callable:
        """Import the function: it is called as `function(inputs, classes, layers, **arguments)` with a symbolic Keras
        tensor, the number of classes and a `study.training.networks.Layers`, and returns the logits.

        Raises:
            StudyError: if there is no such module or function.
        """
        code.look_in(self._places)
        found = code.find("model", self.name, "a function")
        if not callable(found):
            raise StudyError(f"model {self.name!r}: Expected a function. Received: {type(found).__name__}.")
        return found


ARCHITECTURES: dict[str, type[Frozen]] = {"mlp": Mlp, "cnn": Cnn, "resnet": Resnet}
OWN = "package.module:function"


def _architecture(value: Any) -> str:
    name = value.get("name") if isinstance(value, dict) else getattr(value, "name", None)
    return name if name in ARCHITECTURES else "own"


Model = Annotated[
    Annotated[Mlp, Tag("mlp")]
    | Annotated[Cnn, Tag("cnn")]
    | Annotated[Resnet, Tag("resnet")]
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
    """A data set, an architecture, a budget and strengths."""

    filled = frozenset({"name"})

    name: str = ""
    title: str
    question: str
    data: Data
    model: Model
    training: Training
    strengths: Strengths = Strengths()  # type: ignore[valid-type]

    def strength(self, factor: str) -> Strength:
        """Return the strength of the factor of that name."""
        return getattr(self.strengths, factor)


@functools.cache
def experiment_of(factors: Factors) -> type[Experiment]:
    """Return the model by which an experiment is read whose strengths are those of a study's factors."""
    kind = strengths_of(factors)
    return create_model("Experiment", __base__=Experiment, strengths=(kind, kind()))
