"""L2: the penalty, the norms it leaves, whether the function gets simpler, and what batch norm makes of it."""

from __future__ import annotations

from study.claims.claim import Claim
from study.claims.criteria import Above, AtLeast, AtMost, Below
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


def _relabelled(evidence: Evidence) -> Estimate:
    return largest(100 * table(evidence, "norms-batchnorm", "relabelled")[:, STRONG])


def _network(settings: dict) -> str:
    widths = "-".join(map(str, settings["model"]["widths"]))
    train = settings["use"].get("train", settings["data"]["train"])
    return f"MLP 40-{widths}-10 on {train:,} MNIST-1D signals"


LAMBDA, LARGE, LARGEST = (strength(at) for at in (STUDY, STRONG, len(PENALTIES) - 1))
EQUAL = "equal initial weights and batches with and without L2"
SMALLER = (
    f"{_network(SMALL)}, Adam, {SMALL['training']['epochs']} epochs, {SMALL['use']['test']:,} test signals, {EQUAL}"
)
OWN = (
    f"{_network(WHOLE)} as in the quick study, no other regularizer, Adam, {WHOLE['training']['epochs']} epochs, "
    f"{WHOLE['use']['test']:,} test signals, {EQUAL}"
)
BEHIND = f"{SMALLER}, with batch norm"
SGD = f"{_network(SMALL)}, with batch norm, plain SGD at 0.1, {SMALL['training']['epochs']} epochs, {EQUAL}"
BESIDE = listed([arm_words(parse_arm(name)) for name in ARMS])

CLAIMS: tuple[Claim, ...] = (
    Claim(
        "l2-penalty",
        5,
        "Largest relative deviation of the penalty that Keras adds to the study's MLP, with and without batch norm, "
        f"from λ/2·Σw² over the kernels, {LAMBDA}",
        "",
        lambda evidence: largest(evidence.values("penalty", "penalty")),
        AtMost(1e-6),
        "L2 adds λ/2·Σw² to the loss, w running over the kernels (largest relative deviation {value})",
        "what the framework adds for L2 is not λ/2·Σw² (relative deviation {value})",
        ("goodfellow2016deep", "krogh1991simple"),
    ),
    Claim(
        "l2-gradient",
        5,
        "Largest relative deviation of the penalty's gradient from λw over every kernel, or its size on biases and "
        f"batch norm's parameters, in the study's MLP with and without batch norm, {LAMBDA}",
        "",
        lambda evidence: largest([*evidence.values("penalty", "gradient"), *evidence.values("penalty", "elsewhere")]),
        AtMost(1e-6),
        "the gradient of L2's penalty is λw on every kernel and zero elsewhere (largest deviation {value})",
        "the gradient of L2's penalty is not λw on the kernels alone (deviation {value})",
        ("goodfellow2016deep", "krogh1991simple"),
    ),
    Claim(
        "l2-norm",
        5,
        f"Norm of all kernels after training with L2, {LAMBDA}, in percent of that without; {OWN}",
        "%",
        percent("norms-study", "norm", 1),
        Below(100),
        f"L2 keeps the weights small: at {LAMBDA} their norm ends at {{value}} of that without L2",
        f"L2 does not keep the weights small: at {LAMBDA} their norm ends at {{value}} of that without L2",
        ("goodfellow2016deep", "krogh1991simple"),
    ),
    Claim(
        "l2-norm-arms",
        5,
        f"Norm of all kernels after training with L2, {LAMBDA}, in percent of that without, in that of {len(ARMS)} "
        f"arms where this is most, Bonferroni's interval over the arms (other regularizers: {BESIDE}); {SMALLER}, "
        f"{BESIDE_EPOCHS} epochs with dropout or augmentation",
        "%",
        least_shrunk,
        Below(100),
        f"L2 shrinks the weights in each of {len(ARMS)} arms (other regularizers: {BESIDE}), at {LAMBDA} to {{value}} "
        "of their norm where it does least",
        f"L2 does not shrink the weights in each of {len(ARMS)} arms (other regularizers: {BESIDE}): at {LAMBDA} their "
        "norm ends at {value} of that without L2 where it does least",
        ("krogh1991simple",),
        limit="L2 does not shrink the weights beside every other regularizer",
    ),
    Claim(
        "l2-norm-range",
        5,
        "Norm of all kernels at each λ (10⁻⁵ … 10⁻¹) in percent of that at the next smaller one (0 … 10⁻²), at the "
        f"step where it falls least, with and without batch norm, Bonferroni's interval over the steps; {SMALLER}",
        "%",
        flattest_step,
        Below(100),
        "every step up in λ shrinks the weights, with and without batch norm (to {value} of their norm at the step "
        "that does least)",
        "a step up in λ need not shrink the weights (to {value} of their norm at the step that does least)",
        ("krogh1991simple",),
        limit="not every step up in λ shrinks the weights",
    ),
    Claim(
        "l2-distance",
        5,
        "Median distance of test examples from the class border to first order (margin over the norm of its gradient), "
        f"which no rescaling of the logits changes, with L2, {LAMBDA}, in percent of that without; {OWN}",
        "%",
        percent("norms-study", "distance", 1),
        Above(100),
        f"L2 makes the model simpler, and not only its logits smaller: at {LAMBDA} test examples lie farther from the "
        "class borders ({value} of the distance without L2)",
        f"L2 does not make the model simpler: at {LAMBDA} test examples lie no farther from the class borders "
        "({value} of the distance without L2)",
        ("novak2018sensitivity",),
    ),
    Claim(
        "l2-simpler",
        5,
        "Sensitivity: mean norm of the gradient of the margin (largest logit minus the next) with respect to the input "
        f"at test examples, which smaller logits lower as well, with L2, {LAMBDA}, in percent of that without; {OWN}",
        "%",
        percent("norms-study", "sensitivity", 1),
        Below(100),
        f"with L2 at {LAMBDA} the margin between the two largest logits reacts less to the input ({{value}} of the "
        "sensitivity without L2)",
        f"with L2 at {LAMBDA} the margin between the two largest logits does not react less to the input ({{value}} of "
        "the sensitivity without L2)",
        ("novak2018sensitivity", "krogh1991simple"),
        beside=True,
    ),
    Claim(
        "l2-accuracy",
        5,
        f"Test accuracy with L2, {LAMBDA}, minus that without; {OWN}",
        "pp",
        gain("norms-study", 1),
        Above(0),
        f"alone, without any other regularizer, L2 at {LAMBDA} raises test accuracy by {{value}}",
        f"alone, without any other regularizer, L2 at {LAMBDA} does not raise test accuracy ({{value}})",
        ("krogh1991simple",),
        limit="simpler is not always better",
    ),
    Claim(
        "l2-too-strong",
        5,
        f"Test accuracy with L2, {LARGEST}, minus that without, no other regularizer; {SMALLER}",
        "pp",
        gain("norms", len(PENALTIES) - 1),
        Above(0),
        f"even {LARGEST} is better than no L2, alone, without any other regularizer ({{value}} of test accuracy)",
        f"a model can be made too simple: alone, without any other regularizer, L2 at {LARGEST} changes test accuracy "
        "by {value}",
        ("krogh1991simple",),
        limit="too large a λ makes the model too simple",
    ),
    Claim(
        "l2-sgd",
        5,
        "Relative distance of the kernels after 400 steps of plain SGD with Keras's L2(λ/2) from those with "
        "weight_decay = λ, the largest over seeds; MLP 40-64-64-10 in double precision, 1,000 MNIST-1D signals, "
        "λ = 10⁻², learning rate 0.1",
        "",
        lambda evidence: largest(_apart(evidence, "sgd")),
        AtMost(1e-9),
        "with plain SGD, L2 is weight decay: Keras's `L2(λ/2)` gives the same weights as `weight_decay=λ`, which "
        "Keras multiplies by the learning rate (relative distance {value})",
        "with plain SGD, L2 is not weight decay (relative distance of the weights {value})",
        ("loshchilov2019decoupled",),
        beside=True,
    ),
    Claim(
        "l2-adam",
        5,
        "Relative distance of the kernels after 400 steps of Adam with Keras's L2(λ/2) from those with "
        "weight_decay = λ, the smallest over seeds; MLP 40-64-64-10 in double precision, 1,000 MNIST-1D signals, "
        "λ = 10⁻², learning rate 0.001",
        "",
        lambda evidence: smallest(_apart(evidence, "adam")),
        AtLeast(0.01),
        "under Adam, L2 and weight decay part (relative distance of the weights at least {value})",
        "under Adam, L2 and weight decay hardly part (relative distance of the weights {value})",
        ("loshchilov2019decoupled",),
        beside=True,
    ),
    Claim(
        "l2-scale-free",
        5,
        "Largest relative deviation of BN((αW)u) from BN(Wu), and of the gradient at αW from 1/α of that at W, "
        "α = 0.1 … 10, ε = 10⁻¹²; Keras's layer in double precision on 500 MNIST-1D signals",
        "",
        _scale("tiny", ("output", "gradient"), slice(None)),
        AtMost(1e-6),
        "batch norm forgets the size of the weights before it: BN((αW)u) = BN(Wu), and the gradient scales by 1/α "
        "(to within {value} with ε = 10⁻¹²)",
        "batch norm does not forget the size of the weights before it (relative deviation {value})",
        ("ioffe2015batch", "vanlaarhoven2017l2"),
        beside=True,
    ),
    Claim(
        "l2-scale-epsilon",
        5,
        "Relative deviation of BN((αW)u) from BN(Wu) at α = 0.1 with Keras's ε = 10⁻³, units of variance 1; Keras's "
        "layer in double precision on 500 MNIST-1D signals",
        "",
        _scale("keras", ("output",), slice(0, 1)),
        AtMost(0.01),
        "with Keras's ε = 10⁻³ batch norm forgets the size of the weights all the same (relative deviation {value} "
        "once they have shrunk ten-fold from units of variance 1)",
        "Keras's ε = 10⁻³ lets batch norm remember a little of the weights' size: its output deviates by a share of "
        "{value} once they have shrunk ten-fold from units of variance 1",
        ("ioffe2015batch",),
        beside=True,
    ),
    Claim(
        "l2-bn-function",
        5,
        f"Test predictions that change when the hidden kernels of the network trained with L2, {LARGE}, are scaled to "
        "the norm they have without it, batch norm's moving statistics with them, the most over seeds; only batch "
        f"norm's ε can change any; {BEHIND}",
        "%",
        _relabelled,
        AtMost(1),
        "where batch norm follows, scaling the hidden kernels that L2 has shrunk back to full size leaves the function "
        "as it is but for batch norm's ε, which changes {value} of the predictions at most",
        "where batch norm follows, scaling the hidden kernels that L2 has shrunk back to full size changes up to "
        "{value} of the predictions",
        ("vanlaarhoven2017l2",),
        beside=True,
    ),
    Claim(
        "l2-bn-rate",
        5,
        f"Squared norm of the hidden kernels without L2 over that with {LARGE}: by this factor L2 raises the effective "
        f"learning rate, learning rate over squared norm; {SGD}",
        "times",
        effective_rate,
        Above(1),
        f"in a batch-normalized network L2 at {LARGE} raises the effective learning rate, learning rate over squared "
        "norm, to {value} that without L2",
        f"in a batch-normalized network L2 at {LARGE} does not raise the effective learning rate, learning rate over "
        "squared norm (it is {value} that without L2)",
        ("vanlaarhoven2017l2",),
        beside=True,
    ),
    Claim(
        "l2-bn-turn",
        5,
        "Angle by which an epoch turns the hidden kernels, mean of the last "
        f"{SMALL['turning']} epochs, with {LARGE} over that without L2; {SGD}",
        "times",
        turning,
        Above(1),
        f"behind batch norm L2 at {LARGE} makes the direction of the weights turn faster at the end ({{value}} the "
        "angle an epoch without L2)",
        f"behind batch norm L2 at {LARGE} makes the direction of the weights turn no faster at the end ({{value}} the "
        "angle an epoch without L2)",
        ("vanlaarhoven2017l2",),
        limit="behind batch norm L2 did not turn the weights faster",
    ),
    *[
        Claim(
            name,
            5,
            "Median distance of test examples from the class border to first order (margin over the norm of its "
            f"gradient) with L2, {words}, in percent of that without; {BEHIND}",
            "%",
            percent("norms-batchnorm", "distance", at),
            Above(100),
            f"behind batch norm L2 at {words} makes the model simpler: test examples lie farther from the class "
            "borders ({value} of the distance without L2)",
            f"behind batch norm, L2 at {words} does not make the model simpler: test examples lie no farther from the "
            "class borders ({value} of the distance without L2)",
            ("vanlaarhoven2017l2", "novak2018sensitivity"),
            limit=f"behind batch norm the model gets no simpler at {words}",
        )
        for name, words, at in (("l2-bn-simpler", LAMBDA, STUDY), ("l2-bn-simpler-strong", LARGE, STRONG))
    ],
)
