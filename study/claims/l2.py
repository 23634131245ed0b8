"""L2: the penalty, the norms it leaves, whether the function gets simpler, and what batch norm makes of it."""

from __future__ import annotations

from study.claims.claim import Claim
from study.claims.criteria import Above, AtLeast, AtMost, Below
from study.claims.estimate import Estimate, largest, over_seeds, smallest
from study.claims.evidence import Evidence
from study.claims.norms import (
    MECHANISMS, PENALTIES, STRONG, STUDY, chosen, effective_rate, flattest_step, gain, percent, table, turning,
)

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


def _gain_chosen(evidence: Evidence) -> Estimate:
    return gain("norms", chosen(evidence, "norms"))(evidence)


def _relabelled(evidence: Evidence) -> Estimate:
    return over_seeds(100 * table(evidence, "norms-batchnorm", "relabelled")[:, STRONG])


SWEEP = (
    "MLP 40-128-128-10 on 1,000 MNIST-1D signals, Adam, 50 epochs, 4,000 test signals, equal initial weights "
    "and batches with every λ"
)
OWN = (
    "MLP 40-256-256-10 on 4,000 MNIST-1D signals as in the quick study, Adam, 120 epochs, 4,000 test signals, "
    "λ = 1e-4 against none, equal initial weights and batches"
)

CLAIMS: tuple[Claim, ...] = (
    Claim(
        "l2-penalty", 5,
        "Largest relative deviation of the penalty that Keras adds to the study's MLP, with and without batch norm, "
        "from λ/2·Σw² over the kernels, λ = 1e-4",
        "", lambda evidence: largest(evidence.values("penalty", "penalty")), AtMost(1e-6),
        "L2 adds λ/2·Σw² to the loss, w running over the kernels (largest relative deviation {value})",
        "what the framework adds for L2 is not λ/2·Σw² (relative deviation {value})",
        ("goodfellow2016deep", "krogh1991simple"),
    ),
    Claim(
        "l2-gradient", 5,
        "Largest relative deviation of the penalty's gradient from λw over every kernel, or its size on biases and "
        "batch norm's parameters, same networks",
        "", lambda evidence: largest(
            [*evidence.values("penalty", "gradient"), *evidence.values("penalty", "elsewhere")]
        ),
        AtMost(1e-6),
        "its gradient is λw on every kernel and zero on biases",
        "its gradient is not λw on the kernels alone (deviation {value})",
        ("goodfellow2016deep", "krogh1991simple"),
    ),
    Claim(
        "l2-norm", 5, f"Norm of all kernels after training with L2, in percent of that without; {OWN}",
        "%", percent("norms-study", "norm", 1), Below(100),
        "it keeps the weights small: at λ = 1e-4 their norm ends at {value} of that without",
        "it does not keep the weights small: at λ = 1e-4 their norm ends at {value} of that without",
        ("goodfellow2016deep", "krogh1991simple"),
    ),
    Claim(
        "l2-norm-range", 5,
        "Norm of all kernels at each λ (1e-5 … 1e-1) in percent of that at the next smaller one (0 … 1e-2), at the "
        f"step where it falls least, with and without batch norm; {SWEEP}",
        "%", flattest_step, Below(100),
        "every step up in λ shrinks the weights, with and without batch norm (to {value} at the step that does least)",
        "a step up in λ need not shrink the weights (to {value} at the step that does least)",
        ("krogh1991simple",), limit="not every step up in λ shrinks the weights",
    ),
    Claim(
        "l2-simpler", 5,
        "Sensitivity: mean norm of the gradient of the margin (largest logit minus the next) with respect to the input "
        f"at test examples, in percent of that without L2; {OWN}",
        "%", percent("norms-study", "sensitivity", 1), Below(100),
        "the function gets simpler in that it reacts less to its input ({value} of the sensitivity without L2)",
        "the function does not get simpler in that it reacts less to its input ({value} of the sensitivity without "
        "L2)",
        ("novak2018sensitivity", "krogh1991simple"),
    ),
    Claim(
        "l2-distance", 5,
        "Median distance of test examples from the class border to first order (margin over the norm of its gradient), "
        f"which no rescaling of the logits changes, in percent of that without L2; {OWN}",
        "%", percent("norms-study", "distance", 1), Above(100),
        "that is not the size of the logits alone, for examples lie farther from the class borders ({value} of the "
        "distance without L2)",
        "examples lie no farther from the class borders ({value} of the distance without L2)",
        ("novak2018sensitivity",), limit="it is the logits that shrink, not the class borders that get simpler",
    ),
    Claim(
        "l2-accuracy", 5, f"Test accuracy with L2 minus that without; {OWN}",
        "pp", gain("norms-study", 1), Above(0),
        "the simpler function predicted better at λ = 1e-4 ({value} of test accuracy)",
        "the simpler function did not predict better at λ = 1e-4 ({value} of test accuracy)",
        ("krogh1991simple",), limit="simpler is not always better",
    ),
    Claim(
        "l2-accuracy-chosen", 5,
        f"Test accuracy at the λ of the best mean validation accuracy minus that without L2; {SWEEP}",
        "pp", _gain_chosen, Above(0),
        "on a quarter of the data with a smaller network, a λ chosen on validation data is worth {value}",
        "on a quarter of the data with a smaller network, not even a λ chosen on validation data helps ({value})",
        ("krogh1991simple",), limit="simpler is not always better",
    ),
    Claim(
        "l2-too-strong", 5, f"Test accuracy at λ = 0.1 minus that without L2; {SWEEP}",
        "pp", gain("norms", len(PENALTIES) - 1), Above(0),
        "even λ = 0.1 is better than none ({value})",
        "a model can be made too simple: λ = 0.1 changes test accuracy by {value}",
        ("krogh1991simple",), limit="too large a λ makes the model too simple",
    ),
    Claim(
        "l2-sgd", 5,
        "Relative distance of the kernels after 400 steps of plain SGD with Keras's L2(λ/2) from those with "
        "weight_decay = λ, the largest over seeds; MLP 40-64-64-10 in double precision, 1,000 MNIST-1D signals, "
        "λ = 1e-2, learning rate 0.1",
        "", lambda evidence: largest(_apart(evidence, "sgd")), AtMost(1e-9),
        "with plain SGD, L2 is weight decay: Keras's `L2(λ/2)` gives the same weights as `weight_decay=λ`, which "
        "Keras multiplies by the learning rate",
        "with plain SGD, L2 is not weight decay (relative distance of the weights {value})",
        ("loshchilov2019decoupled",),
    ),
    Claim(
        "l2-adam", 5,
        "The same under Adam, learning rate 1e-3, the smallest over seeds",
        "", lambda evidence: smallest(_apart(evidence, "adam")), AtLeast(0.01),
        "under Adam, L2 and weight decay part (relative distance of the weights at least {value})",
        "under Adam, L2 and weight decay hardly part (relative distance of the weights {value})",
        ("loshchilov2019decoupled",),
    ),
    Claim(
        "l2-scale-free", 5,
        "Largest relative deviation of BN((αW)u) from BN(Wu), and of the gradient at αW from 1/α of that at W, "
        "α = 0.1 … 10, ε = 1e-12; Keras's layer in double precision on 500 MNIST-1D signals",
        "", _scale("tiny", ("output", "gradient"), slice(None)), AtMost(1e-6),
        "batch norm forgets the size of the weights before it: BN((αW)u) = BN(Wu), and the gradient scales by 1/α",
        "batch norm does not forget the size of the weights before it (relative deviation {value})",
        ("ioffe2015batch", "vanlaarhoven2017l2"),
    ),
    Claim(
        "l2-scale-epsilon", 5,
        "Relative deviation of BN((αW)u) from BN(Wu) at α = 0.1 with Keras's ε = 1e-3, units of variance 1; same "
        "layer",
        "", _scale("keras", ("output",), slice(0, 1)), AtMost(0.01),
        "Keras's ε does not change that",
        "Keras's ε makes the output deviate by a share of {value} from that once weights have shrunk ten-fold",
        ("ioffe2015batch",), limit="Keras's ε lets batch norm remember a little of the weights' size",
    ),
    Claim(
        "l2-bn-function", 5,
        "Test predictions that change when the hidden kernels of the network trained with batch norm and λ = 1e-2 are "
        f"scaled to the norm they have without L2, the moving statistics with them; {SWEEP}",
        "%", _relabelled, Above(1),
        "even where batch norm follows, the size of the weights matters: scaled back to full size, the hidden kernels "
        "change {value} of the predictions",
        "where batch norm follows, it is not the smaller weights that make the function simpler: scaled back to full "
        "size, the hidden kernels change {value} of the predictions",
        ("vanlaarhoven2017l2",), limit="where batch norm follows, it is not small weights that make a simpler function",
    ),
    Claim(
        "l2-bn-rate", 5,
        "Effective learning rate, learning rate over squared norm of the hidden kernels, with λ = 1e-2 over that "
        "without L2; MLP 40-128-128-10 with batch norm on 1,000 MNIST-1D signals, plain SGD at 0.1, 50 epochs",
        "×", effective_rate, Above(1),
        "in a batch-normalized network L2 raises the effective learning rate ({value} at λ = 1e-2)",
        "in a batch-normalized network L2 does not raise the effective learning rate ({value} at λ = 1e-2)",
        ("vanlaarhoven2017l2",), limit="behind batch norm L2 did not even raise the effective learning rate",
    ),
    Claim(
        "l2-bn-turn", 5,
        "Angle by which an epoch turns the hidden kernels, mean of the last five epochs, with λ = 1e-2 over that "
        "without L2; same networks",
        "×", turning, Above(1),
        "so the direction of the weights turns faster to the end ({value} the angle an epoch)",
        "the direction of the weights turns no faster at the end ({value} the angle an epoch)",
        ("vanlaarhoven2017l2",), limit="behind batch norm L2 did not turn the weights faster",
    ),
    Claim(
        "l2-bn-simpler", 5,
        f"Sensitivity with batch norm in percent of that without L2, λ = 1e-4; {SWEEP}",
        "%", percent("norms-batchnorm", "sensitivity", STUDY), Below(100),
        "the function behind batch norm still gets simpler, if only to {value} of its sensitivity at λ = 1e-4",
        "the function behind batch norm gets no simpler at λ = 1e-4 ({value} of its sensitivity)",
        ("vanlaarhoven2017l2", "novak2018sensitivity"),
        limit="behind batch norm the function gets no simpler at λ = 1e-4",
    ),
    Claim(
        "l2-bn-simpler-strong", 5,
        f"Sensitivity with batch norm in percent of that without L2, λ = 1e-2; {SWEEP}",
        "%", percent("norms-batchnorm", "sensitivity", STRONG), Below(100),
        "at λ = 1e-2 the function behind batch norm gets simpler all the same ({value} of its sensitivity)",
        "not even at λ = 1e-2 does the function behind batch norm get simpler ({value} of its sensitivity)",
        ("vanlaarhoven2017l2", "novak2018sensitivity"),
        limit="behind batch norm the function gets no simpler at λ = 1e-2",
    ),
)
