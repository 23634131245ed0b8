"""Sentence 3: standard and inverted dropout, and what may be scaled in place of activations."""

from __future__ import annotations

from study.claims.claim import Claim, Mechanism
from study.claims.criteria import AtMost
from study.claims.topics.averaging import ROUNDING, SRIVASTAVA, worst

FORMS = Mechanism(
    name="forms",
    topic="dropout",
    runner="study.claims.mechanisms.forms:Forms",
    settings={"widths": [20, 32, 32, 5], "rate": 0.3, "examples": 100, "steps": 100, "learning_rate": 0.1},
    seconds=0.05,
)

MECHANISMS: tuple[Mechanism, ...] = (FORMS,)

FORM = (
    f"ReLU network {'-'.join(map(str, FORMS.settings['widths']))} with biases, {FORMS.settings['steps']} steps of "
    f"gradient descent at p = {FORMS.settings['rate']:g} on the same masks, in float64"
)

CLAIMS: tuple[Claim, ...] = (
    Claim(
        name="forms-rescaled",
        sentence=3,
        unit="",
        measurement="Standard against inverted dropout: largest difference of a predicted probability at any "
        f"step, in training and at test time, {FORM}; the standard form's kernels behind dropped units start 1/(1 "
        "− p) times larger and learn at 1/(1 − p)² times the rate",
        estimate=worst("forms", "rescaled"),
        criterion=AtMost(ROUNDING),
        holds="under plain gradient descent the standard and the inverted form are the same training once the "
        "standard form's kernels behind dropped units start 1/(1 − p) times larger and learn at 1/(1 − p)² times "
        "the rate, biases untouched (largest difference of a probability {value})",
        fails="the standard and the inverted form differ even where the standard form's kernels behind dropped "
        "units start 1/(1 − p) times larger and learn at 1/(1 − p)² times the rate (largest difference of a "
        "probability {value})",
        source=SRIVASTAVA,
    ),
    Claim(
        name="forms-as-they-are",
        sentence=3,
        unit="",
        measurement="Standard against inverted dropout with equal initial weights and learning rates: largest "
        f"difference of a predicted probability at test time after the last step, {FORM}",
        estimate=worst("forms", "as_they_are"),
        criterion=AtMost(ROUNDING),
        holds="with equal initial weights and learning rates the standard and the inverted form are the same "
        "training (largest difference of a probability {value})",
        fails="with equal initial weights and learning rates the standard and the inverted form train different "
        "networks (probabilities differ by up to {value})",
        source=SRIVASTAVA,
        limit="the two forms agree only if initial kernels and learning rates are rescaled as well",
    ),
    Claim(
        name="scaling-outgoing",
        sentence=3,
        unit="",
        measurement="Activations times 1 − p against the kernels they feed times 1 − p, at test time: largest "
        f"difference of a probability, {FORM}",
        estimate=worst("forms", "outgoing"),
        criterion=AtMost(ROUNDING),
        holds="at test time the kernels that dropped units feed may be scaled by 1 − p in place of the "
        "activations (largest difference of a probability {value})",
        fails="at test time it is not the same to scale the kernels that dropped units feed as to scale the "
        "activations (probabilities differ by up to {value})",
        source=SRIVASTAVA,
        beside=True,
    ),
    Claim(
        name="scaling-incoming-unbiased",
        sentence=3,
        unit="",
        measurement="Activations times 1 − p against the kernels before them times 1 − p, at test time, with all "
        f"biases zero: largest difference of a probability, {FORM}",
        estimate=worst("forms", "incoming_unbiased"),
        criterion=AtMost(ROUNDING),
        holds="in a ReLU network without biases the kernels before the dropped units may be scaled by 1 − p at "
        "test time in place of the activations (largest difference of a probability {value})",
        fails="even in a ReLU network without biases it is not the same to scale the kernels before the dropped "
        "units at test time as to scale the activations (probabilities differ by up to {value})",
        source=SRIVASTAVA,
        beside=True,
    ),
    Claim(
        name="scaling-incoming",
        sentence=3,
        unit="",
        measurement="Activations times 1 − p against the kernels before them times 1 − p, at test time, with the "
        f"trained biases: largest difference of a probability, {FORM}",
        estimate=worst("forms", "incoming"),
        criterion=AtMost(ROUNDING),
        holds="in a network with biases the kernels before the dropped units may be scaled by 1 − p at test time "
        "in place of the activations (largest difference of a probability {value})",
        fails="in a network with biases it is not the same to scale the kernels before the dropped units at test "
        "time as to scale the activations (probabilities differ by up to {value})",
        source=SRIVASTAVA,
        beside=True,
    ),
)
