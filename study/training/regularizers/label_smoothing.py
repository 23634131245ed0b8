"""Label smoothing: a little of every label's weight goes to all classes alike."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from study.design.factors import Factor, Strength


class LabelSmoothingStrength(Strength):
    """`share`: how much of a label's weight is spread evenly over all classes."""

    share: Annotated[float, Field(ge=0, lt=1)] = 0.1


def smoothed(value, labels, logits, strength: LabelSmoothingStrength):
    """Return the loss with smoothed labels.

    The cross-entropy is linear in the labels: with labels (1 − ε)·y + ε/K it is 1 − ε times the loss with
    the labels as they are, plus ε times the mean of −log p over the K classes.

    Args:
        value: the mean loss of a batch so far, nats.
        labels: shape (batch,), not used.
        logits: shape (batch, classes).
        strength: ε is its share.

    Source:
        Szegedy et al., Rethinking the Inception architecture, CVPR 2016, section 7.
    """
    import keras

    even = -keras.ops.mean(keras.ops.log_softmax(logits, axis=-1))
    return (1 - strength.share) * value + strength.share * even


LabelSmoothing = Factor(
    name="labelsmoothing",
    label="label smoothing",
    letter="S",
    colour="#56B4E9",
    marker="P",
    strength=LabelSmoothingStrength,
    dial="share",
    formula=r"(1 - \varepsilon) \, L(y) + \frac{\varepsilon}{K} \sum_{k=1}^{K} -\log p_k",
    meaning="A share $\\varepsilon$ of every label's weight is spread evenly over the $K$ classes, whose predicted "
    "probabilities are $p_k$: the loss $L(y)$ with the labels as they are is mixed with the mean over all classes.",
    layer="keras.losses.CategoricalCrossentropy",
    source=("szegedy2016rethinking",),
    loss=smoothed,
)
