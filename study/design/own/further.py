"""Regularizers beyond the five: what each is called, drawn in and added with.

A study names them. Two can only be taken out of a Keras model that brings them: see `settings.KerasModel`.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from study.design.factors import AVERAGING, TEXTBOOK, Factor, Strength


class AsBuilt(Strength):
    """What a model brings with it: nothing to set."""


class WeightDecayStrength(Strength):
    """`decay`: share of every weight, times the learning rate, that is taken from it at a step."""

    decay: Annotated[float, Field(gt=0, lt=1)] = 0.004


class SmoothingStrength(Strength):
    """`epsilon`: share of a label's weight that is spread evenly over all classes."""

    epsilon: Annotated[float, Field(gt=0, lt=1)] = 0.1


class AveragingStrength(Strength):
    """`momentum` of the moving average of the weights."""

    momentum: Annotated[float, Field(gt=0, lt=1)] = 0.99


FURTHER: tuple[Factor, ...] = (
    Factor(
        name="normalization",
        label="normalization",
        letter="N",
        colour="#56B4E9",
        marker="<",
        strength=AsBuilt,
        dial="",
        formula=r"\hat z = \gamma \, \frac{z - \mu}{\sigma} + \beta",
        meaning="A layer's outputs $z$ are normalized by the mean and spread of each example's own.",
        layer="keras.layers.LayerNormalization, GroupNormalization, RMSNormalization, UnitNormalization",
        source=("ba2016layer",),
    ),
    Factor(
        name="penalty",
        label="penalties",
        letter="P",
        colour="#8C6D31",
        marker=">",
        strength=AsBuilt,
        dial="",
        formula=r"L + \sum_k \Omega(w_k)",
        meaning="What the model adds to its loss for weights or activations, other than their squares.",
        layer="keras.regularizers",
        source=("goodfellow2016deep",),
    ),
    Factor(
        name="weight_decay",
        label="weight decay",
        letter="W",
        colour="#666666",
        marker="P",
        strength=WeightDecayStrength,
        dial="decay",
        formula=r"w \leftarrow w - \eta \, \lambda \, w",
        meaning="At every step each weight loses a share of itself: "
        "the decay $\\lambda$ times the learning rate $\\eta$.",
        layer="keras.optimizers, weight_decay",
        source=("loshchilov2019decoupled",),
    ),
    Factor(
        name="label_smoothing",
        label="label smoothing",
        letter="S",
        colour="#332288",
        marker="p",
        strength=SmoothingStrength,
        dial="epsilon",
        formula=r"\tilde y = (1 - \epsilon) \, y + \epsilon / K",
        meaning="A label's weight is spread a little over all $K$ classes.",
        layer="keras.losses, label_smoothing",
        source=("szegedy2016rethinking",),
    ),
    Factor(
        name=AVERAGING,
        label="weight averaging",
        letter="M",
        colour="#44AA99",
        marker="h",
        strength=AveragingStrength,
        dial="momentum",
        formula=r"\bar w \leftarrow \beta \bar w + (1 - \beta) \, w",
        meaning="A training ends with a moving average $\\bar w$ of its weights.",
        layer="keras.optimizers, use_ema",
        source=("polyak1992acceleration",),
    ),
)

BUILT_IN: dict[str, Factor] = {factor.name: factor for factor in (*TEXTBOOK, *FURTHER)}
"""Every factor that a study may name by its bare name, in canonical order."""
ADDABLE: tuple[str, ...] = tuple(name for name in BUILT_IN if name not in ("normalization", "penalty"))
"""Those that can be put into a network that has them not."""
