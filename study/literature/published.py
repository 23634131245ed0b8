"""What was published: every figure that is compared, with where it stands. No published number has another home."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Source:
    """A paper's experiment.

    Attributes:
        key: citation key in `report/references.bib`.
        place: section, table or figure of the paper.
        setting: data and network, in words.
    """

    key: str
    place: str
    setting: str


@dataclass(frozen=True, kw_only=True)
class Published:
    """One published number, or a statement without one.

    Attributes:
        source: where it stands.
        value: the number, or one computed from the paper's numbers; None for a statement in words.
        unit: its unit.
        says: the statement in words; with a value, how it was computed, or empty.
    """

    source: Source
    value: float | None = None
    unit: str = ""
    says: str = ""


SIGNALS = "greydanus2024scaling"
DROPOUT = "srivastava2014dropout"
MNIST = "MNIST, dense networks"
INCEPTION = Source(key="zhang2017understanding", place="Table 1", setting="CIFAR-10, small Inception, one run a cell")
DENSENET = Source(
    key="li2019understanding", place="Fig. 1", setting="CIFAR-100, DenseNet, rate 0.5 in every bottleneck"
)
NOISE = Source(key="zhang2018mixup", place="Table 2", setting="CIFAR-10, errors at the best and at the last epoch")
BATCHNORM = Source(key="ioffe2015batch", place="§4.2", setting="ImageNet, Inception")
TABLE_9 = Source(key=DROPOUT, place="Table 9", setting="MNIST, 784-1024-1024-2048-10, one number a row")
TABLE_2 = Source(key=DROPOUT, place="Table 2", setting="MNIST, no augmentation, one number a row")

ACCURACY = {"logistic regression": 32.0, "MLP": 68.0, "CNN": 94.0, "GRU": 91.0}
"""Test accuracies in % on MNIST-1D with 4,000 training signals, by network: the authors' table."""
SIGNAL_TESTS = 1000
"""Test signals behind each of them."""
SIGNAL_SETTING = "two hidden layers of 100 with a skip connection, 6,000 steps"

INCEPTION_ACCURACY = {
    ("batchnorm", "augmentation", "l2"): 89.05,
    ("batchnorm", "augmentation"): 89.31,
    ("batchnorm", "l2"): 86.03,
    ("batchnorm",): 85.75,
    ("l2",): 83.00,
    (): 82.00,
}
"""Zhang et al.'s test accuracies in % by what was on."""

DENSENET_ACCURACY = {"without": 77.42, "before": 68.55}
"""Li et al.'s test accuracies in % without dropout, and with it before batch norm."""

NOISE_ERROR = {
    0.2: {"none": (12.7, 16.6), "dropout": (8.8, 10.4)},
    0.5: {"none": (18.8, 44.6), "dropout": (14.1, 15.5)},
    0.8: {"none": (36.5, 73.9), "dropout": (30.9, 35.1)},
}
"""Zhang et al.'s test errors in % at the best and at the last epoch, by share of random labels."""

MNIST_ERROR = {"l2": 1.62, "dropout+l2": 1.25, "max-norm": 1.35, "dropout+max-norm": 1.05}
"""Test errors in % of one network on MNIST: Srivastava et al., Table 9."""
PLAIN_ERROR = {"none": 1.60, "dropout": 1.25}
"""Test errors in % of plain and dropout networks on MNIST: Srivastava et al., Table 2."""

ACTIVATION = {"none": 2.0, "dropout": 0.7}
"""Mean activation of an autoencoder's 256 hidden ReLUs."""
FLAT_KEEP = (0.4, 0.8)
"""Probabilities of keeping a unit between which the published test error is flat."""
FEW = 500
"""Training examples up to which dropout was published to give nothing."""
FEWER_STEPS = 14.0
MORE_DATA = 10.0
COCKTAILS = 40


def stopping_gain(share: float, arm: str) -> float:
    """Return what stopping at the best epoch would give in pp, the last epoch's error − the best's."""
    best, last = NOISE_ERROR[share][arm]
    return last - best


def inception(plus: tuple[str, ...], minus: tuple[str, ...]) -> float:
    """Return the difference of two of Zhang et al.'s accuracies in pp."""
    return INCEPTION_ACCURACY[plus] - INCEPTION_ACCURACY[minus]
