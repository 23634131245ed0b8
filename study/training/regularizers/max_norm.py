"""Max-norm: no hidden unit's incoming weights grow beyond a length."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from study.design.factors import Factor, Strength


class MaxNormStrength(Strength):
    """`limit`: the largest length of a hidden unit's incoming weights."""

    limit: Annotated[float, Field(gt=0)] = 2.0


def bounded(strength: MaxNormStrength, axes: tuple[int, ...]):
    """Return the constraint that scales longer weight vectors down after every step.

    Args:
        strength: its limit.
        axes: the kernel's axes over which one unit's incoming weights lie.

    Source:
        Srivastava et al., Dropout, JMLR 15, 2014, section 5.1.
    """
    import keras

    return keras.constraints.MaxNorm(strength.limit, axis=axes)


MaxNorm = Factor(
    name="maxnorm",
    label="max-norm",
    letter="M",
    colour="#882255",
    marker="X",
    strength=MaxNormStrength,
    dial="limit",
    formula=r"w_j \leftarrow w_j \cdot \min\left(1, \frac{c}{\lVert w_j \rVert_2}\right)",
    meaning="After every step the incoming weights $w_j$ of a hidden unit are scaled down to the length $c$ (the "
    "limit) if they are longer.",
    layer="keras.constraints.MaxNorm",
    source=("srivastava2014dropout",),
    constraint=bounded,
)
