"""MixUp: every training example is mixed with another one, its label too."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from study.design.factors import Factor, Strength


class MixUpStrength(Strength):
    """`alpha`: how evenly two examples are mixed, from hardly at all towards half and half."""

    alpha: Annotated[float, Field(gt=0)] = 0.2


def mixed(x, y, strength: MixUpStrength, seed):
    """Return every example of a batch mixed with a random one of the same batch.

    It is the rule of `keras.layers.MixUp`, for inputs of any shape: an example keeps a share λ ~ Beta(α, α) of its own,
    drawn for it alone.

    Args:
        x: inputs, shape (batch, …).
        y: labels, shape (batch, classes).
        strength: its α.
        seed: a `keras.random.SeedGenerator`.

    Source:
        Zhang et al., mixup: Beyond empirical risk minimization, ICLR 2018.
    """
    from keras import ops, random

    size = ops.shape(x)[0]
    partner = random.shuffle(ops.arange(size), seed=seed)
    share = random.beta((size,), strength.alpha, strength.alpha, seed=seed)

    def mix(values):
        own = ops.reshape(share, (-1,) + (1,) * (len(values.shape) - 1))
        return own * values + (1 - own) * ops.take(values, partner, axis=0)

    return mix(x), mix(y)


MixUp = Factor(
    name="mixup",
    label="MixUp",
    letter="X",
    colour="#117733",
    marker="H",
    strength=MixUpStrength,
    dial="alpha",
    formula=r"\tilde x = \lambda x + (1 - \lambda) x', \quad \tilde y = \lambda y + (1 - \lambda) y', "
    r"\quad \lambda \sim \mathrm{Beta}(\alpha, \alpha)",
    meaning="At every step each training example $x$ and its label $y$, one-hot, are mixed with another one of the "
    "same batch, $x'$ and $y'$, before it is augmented.",
    layer="keras.layers.MixUp",
    source=("zhang2018mixup",),
    batch=mixed,
)
