"""The architectures that come with the package."""

from __future__ import annotations

from collections.abc import Container
from typing import Annotated, Literal

from pydantic import Field, model_validator

from study.design.architectures.tasks import CLASSIFICATION, Task
from study.design.budget import Count, Frozen

Widths = Annotated[tuple[Count, ...], Field(strict=False, min_length=1)]


class Architecture(Frozen):
    """What networks have in common."""

    @property
    def judged(self) -> Task:
        """What the network is asked to do, and by what it is judged."""
        return CLASSIFICATION

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
