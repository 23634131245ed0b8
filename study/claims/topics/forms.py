"""Sentence 3: standard and inverted dropout, and what may be scaled in place of activations."""

from __future__ import annotations

from functools import partial

from study.claims.claim import Claim, Mechanism, Setting
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

FORM = Setting(
    "forms",
    f"ReLU network {'-'.join(map(str, FORMS.settings['widths']))} with biases, {FORMS.settings['steps']} steps of "
    f"gradient descent at p = {FORMS.settings['rate']:g} on the same masks, in float64; largest difference of a "
    "predicted probability at test time",
)

_form = partial(Claim, sentence=3, setting=FORM, criterion=AtMost(ROUNDING), source=SRIVASTAVA)

CLAIMS: tuple[Claim, ...] = (
    _form(
        name="forms-rescaled",
        measurement="Standard − inverted dropout, at every step, in training too, kernels behind dropped units "
        "starting 1/(1−p) times larger and learning at 1/(1−p)² times the rate",
        estimate=worst("forms", "rescaled"),
        fails="the standard and the inverted form differ even where the standard form's kernels behind dropped "
        "units start 1/(1−p) times larger and learn at 1/(1−p)² times the rate (largest difference of a "
        "probability {value})",
    ),
    _form(
        name="forms-as-they-are",
        measurement="Standard − inverted dropout with equal initial weights and learning rates",
        estimate=worst("forms", "as_they_are"),
        limit="the two forms agree only if initial kernels and learning rates are rescaled as well",
    ),
    _form(
        name="scaling-outgoing",
        measurement="Scaling activations by 1−p − scaling the kernels they feed",
        estimate=worst("forms", "outgoing"),
    ),
    _form(
        name="scaling-incoming-unbiased",
        measurement="Scaling activations − scaling the kernels before them, all biases zero",
        estimate=worst("forms", "incoming_unbiased"),
    ),
    _form(
        name="scaling-incoming",
        measurement="Scaling activations − scaling the kernels before them, biases as trained",
        estimate=worst("forms", "incoming"),
    ),
)
