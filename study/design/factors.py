"""The five factors: what each is called, drawn in, set to by default, and where it comes from.

To change a factor, its default strength or its colour, change it here. What a factor does to a
network is one branch in `training/networks.py`; what it does to training is one in `training/trainer.py`. A study
may name further factors of its own, which bring what they do as hooks: see `own/factors.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator


class Strength(BaseModel):
    """How hard a factor pulls when it is on. Frozen; unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    def settings(self) -> dict:
        """Return the strength as written in a study file, ready for JSON."""
        return self.model_dump(by_alias=True)


class DropoutStrength(Strength):
    """`rate`: probability that a hidden unit is set to zero at a training step."""

    rate: Annotated[float, Field(ge=0, lt=1)] = 0.3


class L2Strength(Strength):
    """`lambda`: the λ of λ/2·Σw² added to the loss, over kernels only."""

    model_config = ConfigDict(validate_by_alias=True, serialize_by_alias=True)

    penalty: Annotated[float, Field(ge=0, alias="lambda")] = 1e-4


class BatchNormStrength(Strength):
    """`momentum` of the moving statistics used at inference."""

    momentum: Annotated[float, Field(ge=0, lt=1)] = 0.9


class AugmentationStrength(Strength):
    """Random transformations of the training inputs.

    `translation`: largest shift, a fraction of each axis. `rotation`: largest angle, a fraction of a full turn. `zoom`:
    largest change of size, a fraction. `flip`: mirror left and right at random. `noise`: standard deviation of Gaussian
    noise, in units of the inputs. Signals know translation and noise only. `magnitude` multiplies all but the flip.
    """

    translation: Annotated[float, Field(ge=0, lt=1)] = 0.1
    rotation: Annotated[float, Field(ge=0, le=0.5)] = 0.0
    zoom: Annotated[float, Field(ge=0, lt=1)] = 0.0
    flip: bool = False
    noise: Annotated[float, Field(ge=0)] = 0.05
    magnitude: Annotated[float, Field(ge=0)] = 1.0

    @model_validator(mode="after")
    def _fits(self) -> AugmentationStrength:
        for name, most in (("translation", 1.0), ("rotation", 0.5), ("zoom", 1.0)):
            if (found := self.magnitude * getattr(self, name)) > most:
                raise ValueError(f"expected magnitude × {name} of at most {most:g}, not {found:g}")
        return self

    def settings(self) -> dict:
        """Return the strength as written in a study file; a magnitude of 1 changes nothing."""
        kept = super().settings()
        if self.magnitude == 1.0:
            del kept["magnitude"]  # as it was before there was a magnitude to choose
        return kept

    def scaled(self) -> AugmentationStrength:
        """Return the same transformations with the magnitude multiplied in."""
        sizes = {name: self.magnitude * getattr(self, name) for name in ("translation", "rotation", "zoom", "noise")}
        return self.model_copy(update={**sizes, "magnitude": 1.0})


def _watched(monitor: str) -> str:
    if not re.fullmatch(r"val_\w+", monitor):
        raise ValueError("expected val_loss, val_accuracy, val_r2, or val_ and the name of a compiled metric")
    return monitor


class EarlyStoppingStrength(Strength):
    """`patience`: epochs without an improvement of `monitor` by more than `min_delta` before training stops, counted
    from `start_from_epoch`; `restore`: whether the weights of the best epoch are."""

    patience: Annotated[int, Field(ge=1)] = 20
    monitor: Annotated[str, AfterValidator(_watched)] = "val_loss"
    min_delta: Annotated[float, Field(ge=0)] = 0.0
    start_from_epoch: Annotated[int, Field(ge=0)] = 0
    restore: bool = True

    def settings(self) -> dict:
        """Return the strength as written in a study file, without what changes nothing."""
        kept = super().settings()
        for name, plain in (("min_delta", 0.0), ("start_from_epoch", 0), ("restore", True)):
            if kept[name] == plain:
                del kept[name]  # as it was before there was a choice
        return kept


@dataclass(frozen=True, eq=False)
class Factor:
    """One regularizer that an arm switches on or off. A factor is equal to itself alone.

    Attributes:
        name: identifier in arms, files and columns.
        label: name in figures and prose.
        letter: one letter that stands for it where space is short.
        colour: hexadecimal, safe for the colour-blind beside the others; not the blue and the orange of verdicts.
        marker: Matplotlib marker, the second cue beside the colour.
        strength: model of its settings; the defaults are the factor's default strength.
        dial: the setting of the strength that says how hard it pulls: what tuning varies.
        formula: what it does, as LaTeX.
        meaning: what the symbols of the formula are, a Markdown sentence.
        layer: the Keras built-in that does it.
        source: citation keys in `report/references.bib`; or, with spaces in them, references as they are.
        version: of a study's own factor; a new one makes its stored cells stale.
        path: `package.module:Factor` of a study's own factor, filled in when it is found; empty for the five.
        code: digests of its source by module, filled in then too: see `own.code`.
        inputs: a study's own factor may bring these hooks, and brings at least one. This one:
            `inputs(x, strength, seed)` returns the inputs, a Keras tensor, transformed in training.
        block: `block(x, strength, seed, name)` returns the output of a hidden block through a further layer.
        penalty: `penalty(strength)` returns a Keras regularizer of every kernel.
        constraint: `constraint(strength, axes)` returns a Keras constraint of a hidden kernel; `axes` are
            those over which one unit's incoming weights lie.
        loss: `loss(value, labels, logits, strength)` returns what is minimized in place of `value`, the mean
            loss of a batch so far; in training and on validation examples, as Keras does it.
        callbacks: `callbacks(strength)` returns a list of Keras callbacks, fresh for every training.
        optimizer: `optimizer(strength)` returns settings of the Keras optimizer, by the names of its arguments.
        batch: `batch(x, y, strength, seed)` returns a training batch's inputs, shape (batch, *sample), before they are
            augmented, and labels, (batch, classes), at first one-hot; `seed` is a `keras.random.SeedGenerator`.
    """

    name: str
    label: str
    letter: str
    colour: str
    marker: str
    strength: type[Strength]
    dial: str
    formula: str
    meaning: str
    layer: str
    source: tuple[str, ...]
    version: str = "1"
    path: str = ""
    code: dict[str, str] | None = None
    inputs: Callable | None = None
    block: Callable | None = None
    penalty: Callable | None = None
    constraint: Callable | None = None
    loss: Callable | None = None
    callbacks: Callable | None = None
    optimizer: Callable | None = None
    batch: Callable | None = None


HOOKS: tuple[str, ...] = ("inputs", "block", "penalty", "constraint", "loss", "callbacks", "optimizer", "batch")
"""What a study's own factor can do: see `Factor`."""


@dataclass(frozen=True)
class Factors:
    """A study's factors in canonical order: the five, then its own as its file names them.

    Attributes:
        members: the factors.
    """

    members: tuple[Factor, ...]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The factors' names."""
        return tuple(factor.name for factor in self.members)

    @cached_property
    def by_name(self) -> dict[str, Factor]:
        """The factors by name."""
        return {factor.name: factor for factor in self.members}

    @property
    def own(self) -> tuple[Factor, ...]:
        """The factors that are the study's own."""
        return tuple(factor for factor in self.members if factor.path)

    @property
    def number(self) -> str:
        """How many there are, in words: `five`."""
        return spelt(len(self.members))

    def __reduce__(self):
        return Factors, (self.members,)

    def __getitem__(self, name: str) -> Factor:
        return self.by_name[name]

    def __iter__(self) -> Iterator[Factor]:
        return iter(self.members)

    def __len__(self) -> int:
        return len(self.members)


def spelt(number: int) -> str:
    """Return a small number in words: `five`; a larger one in digits."""
    words = "no one two three four five six seven eight nine ten eleven twelve".split()
    return words[number] if number < len(words) else str(number)


FACTORS: tuple[Factor, ...] = (
    Factor(
        name="dropout",
        label="dropout",
        letter="D",
        colour="#5E3C99",
        marker="o",
        strength=DropoutStrength,
        dial="rate",
        formula=r"\tilde h = \frac{m}{1 - p} \odot h, \quad m_j \sim \mathrm{Bernoulli}(1 - p)",
        meaning="Each hidden unit $h_j$ is zeroed with probability $p$ (the rate) at every training "
        "step; the survivors are scaled up, so that nothing changes at test time.",
        layer="keras.layers.Dropout",
        source=("srivastava2014dropout",),
    ),
    Factor(
        name="l2",
        label="L2",
        letter="L",
        colour="#BFAE00",
        marker="s",
        strength=L2Strength,
        dial="lambda",
        formula=r"L + \frac{\lambda}{2} \sum_k w_k^2",
        meaning="The squares of all kernel weights $w_k$, biases excluded, are added to the loss $L$.",
        layer="keras.regularizers.L2",
        source=("goodfellow2016deep", "krogh1991simple"),
    ),
    Factor(
        name="batchnorm",
        label="batch norm",
        letter="B",
        colour="#00876A",
        marker="^",
        strength=BatchNormStrength,
        dial="momentum",
        formula=r"\hat z = \gamma \, \frac{z - \mu_B}{\sqrt{\sigma_B^2 + \epsilon}} + \beta",
        meaning="Each unit's input $z$ is normalized by the mean $\\mu_B$ and variance $\\sigma_B^2$ of "
        "its batch in training, and by their moving averages at test time.",
        layer="keras.layers.BatchNormalization",
        source=("ioffe2015batch",),
    ),
    Factor(
        name="augmentation",
        label="augmentation",
        letter="A",
        colour="#CC79A7",
        marker="D",
        strength=AugmentationStrength,
        dial="magnitude",
        formula=r"\tilde x = T_\theta(x) + \sigma \varepsilon, \quad \theta \sim \mathrm{Uniform}, "
        r"\; \varepsilon \sim \mathcal N(0, 1)",
        meaning="Every training input is shifted (images may also be rotated, zoomed and flipped) at random "
        "and noise is added, anew at every step.",
        layer="keras.layers.RandomTranslation, RandomRotation, RandomZoom, RandomFlip, GaussianNoise",
        source=("goodfellow2016deep", "bishop1995training"),
    ),
    Factor(
        name="earlystopping",
        label="early stopping",
        letter="E",
        colour="#7A4B2A",
        marker="v",
        strength=EarlyStoppingStrength,
        dial="patience",
        formula=r"\hat t = \arg\min_{t \le t_{\mathrm{stop}}} L_{\mathrm{val}}(t)",
        meaning="Training stops when the validation loss $L_{\\mathrm{val}}$ (or accuracy, if so set) has not improved "
        "for *patience* epochs; the weights of its best epoch $\\hat t$ are restored.",
        layer="keras.callbacks.EarlyStopping",
        source=("prechelt1998early",),
    ),
)

TEXTBOOK = Factors(FACTORS)
"""The five."""
NAMES: tuple[str, ...] = TEXTBOOK.names
BY_NAME: dict[str, Factor] = TEXTBOOK.by_name

EARLY_STOPPING = "earlystopping"
AVERAGING = "averaging"
READ_OUT: tuple[str, ...] = (EARLY_STOPPING, AVERAGING)
"""Factors that only choose which weights a training ends with: all their cells are read off one."""
