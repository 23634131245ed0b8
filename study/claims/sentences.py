"""The sentences that the ledgers answer, the textbook's and later ones, and who says them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sentence:
    """A sentence as textbooks, lecture notes and papers have it.

    Attributes:
        number: its place among the sentences of all ledgers, from 1.
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
    Sentence(10, "Dropout with L2", "Dropout and L2 combined beat either alone.", (TUTORIAL,)),
    Sentence(11, "Weight decay", "Weight decay is mathematically the exact same as L2 regularization.", (TUTORIAL,)),
    Sentence(
        12,
        "Outputs at test time",
        "At test time a layer with dropout has its outputs scaled down.",
        (TUTORIAL, CHOLLET),
    ),
)

RECENT = (
    Sentence(
        13,
        "Early dropout",
        "Dropout at the start of training only lowers the final training loss of a network that underfits.",
        ("liu2023dropout",),
    ),
    Sentence(
        14,
        "Weight decay and dynamics",
        "Weight decay helps by changing the dynamics of training, not as an explicit regularizer.",
        ("dangelo2024why",),
    ),
    Sentence(
        15,
        "Weight decay under batch norm",
        "Under batch norm weight decay sets a learning rate: how fast weights turn, by way of their norms.",
        ("kosson2024rotational",),
    ),
    Sentence(
        16,
        "Averaged weights",
        "A moving average of the weights has better accuracy and calibration than the last weights.",
        ("morales2024exponential",),
    ),
    Sentence(
        17,
        "The spread between runs",
        "How much equal trainings differ follows from error rate and test set: for two classes, by √(error/2n).",
        ("jordan2024variance",),
    ),
    Sentence(
        18,
        "Augmentation by class",
        "The effect of augmentation depends on the class: while the mean gains, some classes lose.",
        ("balestriero2022effects",),
    ),
)


@dataclass(frozen=True)
class Edition:
    """The sentences that one ledger answers, and how it speaks of them.

    Attributes:
        sentences: in order of their numbers.
        title: of its page.
        heading: over the sentences on a front page.
        all: how a count of them begins; `{number}` stands for how many there are.
        who: who says them, as the head of a column.
        notebook: what makes its page, in `report/notebooks`, and what methods say of it, in `report/words`.
    """

    sentences: tuple[Sentence, ...]
    title: str
    heading: str
    all: str
    who: str
    notebook: str

    @property
    def page(self) -> str:
        """The path of its page in a report."""
        return f"{self.notebook}.qmd"


LEDGERS: dict[str, Edition] = {
    "textbook": Edition(
        SENTENCES,
        "The claims ledger",
        "The textbook's sentences",
        "Of the textbook's {number} sentences on the five regularizers",
        "the textbook says",
        "claims",
    ),
    "2026": Edition(
        RECENT,
        "The ledger of 2026",
        "What papers say",
        "Of {number} claims published since 2022",
        "papers say",
        "recent",
    ),
}
"""The ledgers by the names that a study file gives them."""
