"""L2: the penalty, the norms it leaves, whether the function gets simpler, and what batch norm makes of it."""

from __future__ import annotations

from functools import partial

from study.claims.claim import Claim, Setting
from study.claims.criteria import Above, AtMost, Below
from study.claims.estimate import Estimate, largest, smallest
from study.claims.evidence import Evidence
from study.claims.topics.norms import (
    ARMS,
    BESIDE_EPOCHS,
    MECHANISMS,
    PENALTIES,
    SMALL,
    STRONG,
    STUDY,
    WHOLE,
    effective_rate,
    flattest_step,
    gain,
    least_shrunk,
    percent,
    strength,
    table,
    turning,
)
from study.design.arms import parse_arm
from study.design.factors import TEXTBOOK
from study.exhibits.wording import arm_words, listed

__all__ = ["CLAIMS", "MECHANISMS"]


def _apart(evidence: Evidence, optimizer: str) -> list[float]:
    """Return how far L2 and weight decay end apart, one value a seed."""
    return [found["apart"] for found in evidence.values("weight-decay", optimizer)]


def _scale(name: str, quantities: tuple[str, ...], at: slice):
    """Return an estimate: the largest deviation from scale invariance with an ε, at some of the α."""

    def estimate(evidence: Evidence) -> Estimate:
        trials = evidence.values("scale-invariance", name)
        return largest([value for trial in trials for quantity in quantities for value in trial[quantity][at]])

    return estimate


def _gradient(evidence: Evidence) -> Estimate:
    """Return the penalty's gradient: its largest relative deviation from λw, or its size where none belongs."""
    return largest(evidence.values("penalty", "gradient") + evidence.values("penalty", "elsewhere"))


def _relabelled(evidence: Evidence) -> Estimate:
    return largest(100 * table(evidence, "norms-batchnorm", "relabelled")[:, STRONG])


def _network(settings: dict) -> str:
    widths = "-".join(map(str, settings["model"]["widths"]))
    train = settings["use"].get("train", settings["data"]["train"])
    return (
        f"MLP 40-{widths}-10 on {train:,} MNIST-1D signals, {settings['training']['epochs']} epochs, "
        f"{settings['use']['test']:,} test signals, with L2 and without, paired"
    )


LAMBDA, LARGE, LARGEST = (strength(at) for at in (STUDY, STRONG, len(PENALTIES) - 1))
BESIDE = listed([arm_words(parse_arm(name, TEXTBOOK)) for name in ARMS])
LAYERS = Setting("penalty", f"an MLP, with and without batch norm, {LAMBDA}; largest relative deviation")
OWN = Setting("quick", f"{_network(WHOLE)}, as in the study `quick`, no other regularizer, Adam, {LAMBDA}")
SMALLER = Setting("smaller", f"{_network(SMALL)}, Adam; {BESIDE_EPOCHS} epochs with dropout or augmentation")
BEHIND = Setting("normalized", f"with batch norm, {LAMBDA}", like=SMALLER)
STRONGER = Setting("stronger", f"but {LARGE}", like=BEHIND)
STEPS = Setting("SGD", "but plain SGD at 0.1", like=STRONGER)
INVARIANCE = Setting("layer", "Keras's layer in double precision on 500 MNIST-1D signals; relative deviation")
DECAY = Setting(
    "float64",
    "MLP 40-64-64-10 on 1,000 MNIST-1D signals, 400 steps, λ = 10⁻²; relative distance of the kernels trained with "
    "Keras's `L2(λ/2)` from those with `weight_decay` = λ",
)
KROGH, LAARHOVEN = ("krogh1991simple",), ("vanlaarhoven2017l2",)
PERCENT = "with over without L2"
DISTANCE = "Median distance from the class border (margin over its gradient's norm)"

_share = partial(Claim, sentence=5, unit="%", criterion=Below(100), source=KROGH)

CLAIMS: tuple[Claim, ...] = (
    Claim(
        name="l2-penalty",
        sentence=5,
        measurement="Penalty that Keras adds, from λ/2·Σw² over the kernels",
        setting=LAYERS,
        estimate=lambda evidence: largest(evidence.values("penalty", "penalty")),
        criterion=AtMost(1e-6),
        source=("goodfellow2016deep", "krogh1991simple"),
        fails="what the framework adds for L2 is not λ/2·Σw² (relative deviation {value})",
    ),
    Claim(
        name="l2-gradient",
        sentence=5,
        measurement="Its gradient, from λw over every kernel, or its size on biases and batch norm's parameters",
        setting=LAYERS,
        estimate=_gradient,
        criterion=AtMost(1e-6),
        source=("goodfellow2016deep", "krogh1991simple"),
        fails="the gradient of L2's penalty is not λw on the kernels alone (deviation {value})",
    ),
    _share(
        name="l2-norm",
        measurement=f"Norm of all kernels, {PERCENT}",
        setting=OWN,
        estimate=percent("norms-study", "norm", 1),
        source=("goodfellow2016deep", "krogh1991simple"),
        fails=f"L2 does not keep the weights small: at {LAMBDA} their norm ends at {{value}} of that without L2",
    ),
    _share(
        name="l2-norm-arms",
        measurement=f"Norm of all kernels at {LAMBDA}, {PERCENT}, in the arm where it is most (Bonferroni; other "
        f"regularizers: {BESIDE})",
        setting=SMALLER,
        estimate=least_shrunk,
        limit="L2 does not shrink the weights beside every other regularizer",
    ),
    _share(
        name="l2-norm-range",
        measurement="Norm of all kernels at λ (10⁻⁵ … 10⁻¹) over that at the next smaller one, at its least fall, with "
        "and without batch norm (Bonferroni)",
        setting=SMALLER,
        estimate=flattest_step,
        limit="not every step up in λ shrinks the weights",
    ),
    _share(
        name="l2-distance",
        measurement=f"{DISTANCE}, {PERCENT}",
        setting=OWN,
        estimate=percent("norms-study", "distance", 1),
        criterion=Above(100),
        source=("novak2018sensitivity",),
        fails=f"L2 does not make the model simpler: at {LAMBDA} test examples lie no farther from the class borders "
        "({value} of the distance without L2)",
    ),
    *(
        _share(
            name=name,
            measurement=f"{DISTANCE}, {PERCENT}",
            setting=setting,
            estimate=percent("norms-batchnorm", "distance", at),
            criterion=Above(100),
            source=("vanlaarhoven2017l2", "novak2018sensitivity"),
            limit=f"behind batch norm the model gets no simpler at {strength(at)}",
        )
        for name, setting, at in (("l2-bn-simpler", BEHIND, STUDY), ("l2-bn-simpler-strong", STRONGER, STRONG))
    ),
    _share(
        name="l2-simpler",
        measurement=f"Mean norm of the margin's gradient, which smaller logits lower as well, {PERCENT}",
        setting=OWN,
        estimate=percent("norms-study", "sensitivity", 1),
        source=("novak2018sensitivity", "krogh1991simple"),
    ),
    Claim(
        name="l2-accuracy",
        sentence=5,
        measurement="Test accuracy with L2 − without",
        setting=OWN,
        unit="pp",
        estimate=gain("norms-study", 1),
        criterion=Above(0),
        source=KROGH,
        limit="simpler is not always better",
    ),
    Claim(
        name="l2-too-strong",
        sentence=5,
        measurement=f"Test accuracy with L2, {LARGEST}, − without, no other regularizer",
        setting=SMALLER,
        unit="pp",
        estimate=gain("norms", len(PENALTIES) - 1),
        criterion=Above(0),
        source=KROGH,
        limit="too large a λ makes the model too simple",
    ),
    Claim(
        name="l2-scale-free",
        sentence=5,
        measurement="BN((αW)u) from BN(Wu), and the gradient at αW from 1/α of that at W, α = 0.1 … 10, ε = 10⁻¹², "
        "largest",
        setting=INVARIANCE,
        estimate=_scale("tiny", ("output", "gradient"), slice(None)),
        criterion=AtMost(1e-6),
        source=("ioffe2015batch", "vanlaarhoven2017l2"),
    ),
    Claim(
        name="l2-scale-epsilon",
        sentence=5,
        measurement="BN((αW)u) from BN(Wu), α = 0.1, Keras's ε = 10⁻³, units of variance 1",
        setting=INVARIANCE,
        estimate=_scale("keras", ("output",), slice(0, 1)),
        criterion=AtMost(0.01),
        source=("ioffe2015batch",),
    ),
    Claim(
        name="l2-bn-function",
        sentence=5,
        measurement="Predictions changed by scaling the hidden kernels, and moving statistics, to the norm without "
        "L2, most over seeds",
        setting=STRONGER,
        unit="%",
        estimate=_relabelled,
        criterion=AtMost(1),
        source=LAARHOVEN,
    ),
    Claim(
        name="l2-bn-rate",
        sentence=5,
        measurement="Effective learning rate (rate over the hidden kernels' squared norm), with L2 over without",
        setting=STEPS,
        unit="times",
        estimate=effective_rate,
        criterion=Above(1),
        source=LAARHOVEN,
    ),
    Claim(
        name="l2-bn-turn",
        sentence=5,
        measurement=f"Angle an epoch turns the hidden kernels, mean of the last {SMALL['turning']}, with L2 over "
        "without",
        setting=STEPS,
        unit="times",
        estimate=turning,
        criterion=Above(1),
        source=LAARHOVEN,
        limit="behind batch norm L2 did not turn the weights faster",
    ),
    *(
        Claim(
            name=f"l2-{name}",
            sentence=11,
            measurement=words,
            setting=DECAY,
            estimate=lambda evidence, name=name, over=over: over(_apart(evidence, name)),
            criterion=AtMost(1e-9),
            source=("loshchilov2019decoupled",),
            fails=fails,
        )
        for name, words, over, fails in (
            ("sgd", "Plain SGD at 0.1, the largest over seeds", largest,
             "with plain SGD, L2 is not weight decay (relative distance of the weights {value})"),
            ("adam", "Adam at 0.001, the smallest over seeds", smallest,
             "under Adam, L2 and weight decay part (relative distance of the weights at least {value})"),
        )
    ),
)  # fmt: skip
