"""The textbook's sentences that the ledger answers, and who says them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sentence:
    """A sentence as textbooks and lecture notes have it.

    Attributes:
        number: its place in the ledger, from 1.
        about: a few words to name it by.
        text: the sentence, in this study's words.
        source: citation keys of books, courses and papers whose own wording was read and says so.
    """

    number: int
    about: str
    text: str
    source: tuple[str, ...]


DROPOUT, COURSE, TUTORIAL = "srivastava2014dropout", "cs231n", "tensorflow2020overfit"
DEEP, CHOLLET = "goodfellow2016deep", "chollet2021deep"

SENTENCES = (
    Sentence(
        1,
        "What dropout does",
        "Dropout zeroes each hidden unit, never an output, with probability p at every training step.",
        (COURSE,),
    ),
    Sentence(
        2,
        "Thinned networks and co-adaptation",
        "So each step trains a thinned network; this prevents co-adaptation, units relying on particular others.",
        (DROPOUT, COURSE, TUTORIAL),
    ),
    Sentence(
        3,
        "At test time",
        "At test time all units act; activations are scaled by 1 − p, or, inverted, by 1/(1 − p) during training, so "
        "that the expected signal agrees.",
        (COURSE,),
    ),
    Sentence(4, "The inverted form", "Today's frameworks use the inverted form.", (CHOLLET,)),
    Sentence(5, "L2", "L2 adds λ/2·Σw² to the loss, keeps weights small and the model simpler.", (COURSE, TUTORIAL)),
    Sentence(
        6,
        "Early stopping",
        "Early stopping watches the validation loss and stops when it starts to rise.",
        ("geron2019hands",),
    ),
    Sentence(
        7,
        "Batch normalization",
        "Batch normalization is mainly for faster convergence, with a slight regularizing effect from the noise of "
        "batch means and variances.",
        (DEEP,),
    ),
    Sentence(8, "Augmentation", "Augmentation (rotation, noise) acts as more training data.", (DEEP,)),
    Sentence(
        9,
        "The rank of dropout",
        "Dropout is one of the most effective ways to prevent overfitting.",
        (TUTORIAL, CHOLLET, COURSE),
    ),
    Sentence(10, "Dropout with L2", "Dropout and L2 combined are the best regularization.", (TUTORIAL,)),
    Sentence(11, "Weight decay", "Weight decay is mathematically the exact same as L2 regularization.", (TUTORIAL,)),
    Sentence(
        12,
        "Outputs at test time",
        "At test time a layer with dropout has its outputs scaled down.",
        (TUTORIAL, CHOLLET),
    ),
)
