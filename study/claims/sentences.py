"""The textbook's sentences that the ledger answers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sentence:
    """A sentence as textbooks and lecture notes have it.

    Attributes:
        number: its place in the ledger, from 1.
        about: a few words to name it by.
        text: the sentence.
    """

    number: int
    about: str
    text: str


SENTENCES = (
    Sentence(1, "What dropout does", "Dropout zeroes each hidden unit, never an output, with probability p at every training step."),
    Sentence(2, "Thinned networks and co-adaptation", "So each step trains a thinned network; this prevents co-adaptation, units relying on particular others."),
    Sentence(3, "At test time", "At test time all units act; activations are scaled by 1 − p, or, inverted, by 1/(1 − p) during training, so that the expected signal agrees."),
    Sentence(4, "The inverted form", "Today's frameworks use the inverted form."),
    Sentence(5, "L2", "L2 adds λ/2·Σw² to the loss, keeps weights small and the model simpler."),
    Sentence(6, "Early stopping", "Early stopping watches the validation loss and stops when it starts to rise."),
    Sentence(7, "Batch normalization", "Batch normalization is mainly for faster convergence, with a slight regularizing effect from the noise of batch means and variances."),
    Sentence(8, "Augmentation", "Augmentation (rotation, noise) acts as more training data."),
    Sentence(9, "The rank of dropout", "Dropout is one of the most effective ways to prevent overfitting."),
)  # fmt: skip
