"""Sentences 1 and 4: dropout is what it says, and in the form that is said."""

from __future__ import annotations

from importlib.util import find_spec

from study.claims.claim import Claim, Mechanism
from study.claims.criteria import AtLeast, AtMost, Within
from study.claims.estimate import Estimate, largest, share, smallest
from study.claims.evidence import Absent, Evidence
from study.claims.topics import averaging, forms
from study.claims.topics.averaging import SRIVASTAVA, worst
from study.exhibits.wording import listed

RATES = (0.1, 0.3, 0.5, 0.7, 0.9)
SHARE_BAND = 0.5
"""Percentage points within which a share of zeros is the rate."""
FLOAT32 = 1e-6
"""Relative rounding allowed to a single product in float32, whose last place is 1.2e-7."""

MASKS = Mechanism(
    name="masks", topic="dropout", runner="study.claims.mechanisms.masks:Masks",
    settings={
        "rates": list(RATES), "units": 10_000, "steps": 200, "rate": 0.5, "examples": 100,
        "models": [
            {"model": {"name": "mlp", "widths": [256, 256]}, "sample": [40], "classes": 10},
            {"model": {"name": "cnn", "filters": [16, 32], "dense": 64}, "sample": [8, 8, 1], "classes": 10},
        ],
    },
    seconds=1.4,
)  # fmt: skip

FRAMEWORKS = Mechanism(
    name="frameworks", topic="dropout", runner="study.claims.mechanisms.frameworks:Frameworks",
    # What is installed decides what is looked at, so the trials are stale when that changes. Versions do not
    # count: another patch of a framework is no other framework.
    settings={
        "rates": list(RATES), "units": 100_000, "seconds": 120,
        "installed": [name for name in ("keras", "tensorflow", "jax", "torch") if find_spec(name)],
    },
    seconds=1.0,
)  # fmt: skip

MECHANISMS: tuple[Mechanism, ...] = (MASKS, FRAMEWORKS, *forms.MECHANISMS, *averaging.MECHANISMS)

NETWORKS = "the study's dense and convolutional networks with all five regularizers on"


def _zeros(evidence: Evidence) -> Estimate:
    """Return share of zeros − p, pp, at the rate whose interval reaches farthest from zero."""
    hits, draws = (_by_rate(evidence.values("masks", name)) for name in ("zeros", "draws"))
    found = [share(sum(h), sum(d), comparisons=len(RATES)) for h, d in zip(hits, draws, strict=True)]
    return _farthest([_around(estimate, rate) for estimate, rate in zip(found, RATES, strict=True)])


def _hidden(evidence: Evidence) -> Estimate:
    """Return share of zeros − p, pp, among the active hidden units of the study's networks."""
    hits, draws = (sum(evidence.values("masks", name)) for name in ("hidden_zeros", "hidden_draws"))
    return _around(share(hits, draws), MASKS.settings["rate"])


def _around(estimate: Estimate, rate: float) -> Estimate:
    return Estimate(*(100 * (end - rate) for end in (estimate.value, estimate.low, estimate.high)))


def _by_rate(values: list[list]) -> list[tuple]:
    """Turn one list of rates a seed into one tuple of seeds a rate."""
    return list(zip(*values, strict=True))


def _farthest(estimates: list[Estimate]) -> Estimate:
    return max(estimates, key=lambda estimate: max(abs(estimate.low), abs(estimate.high)))


def _idle(evidence: Evidence) -> Estimate:
    """Return the largest change at inference, in the layer alone and in the networks."""
    return largest(evidence.values("masks", "inference") + evidence.values("masks", "network_inference"))


def frameworks(evidence: Evidence) -> list[str]:
    """Return the names of the frameworks that were checked in every trial, in the order of checking."""
    by_trial = evidence.values("frameworks", "checked")
    return [name for name in by_trial[0] if all(name in checked for checked in by_trial)]


def _deviations(evidence: Evidence, name: str) -> Estimate:
    """Return a framework's largest deviation from the inverted form; `Absent` where it is not installed."""
    if name not in frameworks(evidence):
        raise Absent(name)
    return largest([checked[name]["deviation"] for checked in evidence.values("frameworks", "checked")])


def _inverted(evidence: Evidence) -> Estimate:
    """Return the share of the checked frameworks that use the inverted form, in %; the lowest of any trial."""
    by_trial = evidence.values("frameworks", "checked")
    return smallest(
        [
            100 * sum(found["deviation"] <= 10 * FLOAT32 for found in checked.values()) / len(checked)
            for checked in by_trial
        ]
    )


DRAWN = f"{MASKS.settings['units'] * MASKS.settings['steps']:,} units a seed"
LISTED = listed([f"{rate:g}" for rate in RATES])

CLAIMS: tuple[Claim, ...] = (
    Claim(
        name="dropout-zeros",
        sentence=1,
        unit="pp",
        measurement=f"Share of zeros − p in `keras.layers.Dropout`, {DRAWN} at each of the rates {LISTED}; the rate "
        "whose exact binomial interval, simultaneous over the rates, reaches farthest from 0",
        estimate=_zeros,
        criterion=Within(-SHARE_BAND, SHARE_BAND),
        holds="Keras's dropout layer sets a share p of the units to zero (farthest from p over five rates: {value})",
        fails="Keras's dropout layer does not set a share p of the units to zero (farthest from p over five rates: "
        "{value})",
        source=SRIVASTAVA,
    ),
    Claim(
        name="dropout-hidden",
        sentence=1,
        unit="pp",
        measurement=f"Share of active hidden units set to zero − p, at p = {MASKS.settings['rate']:g}, in {NETWORKS}; "
        "exact binomial interval",
        estimate=_hidden,
        criterion=Within(-SHARE_BAND, SHARE_BAND),
        holds="in the study's networks dropout sets a share p of the active hidden units to zero ({value} from p)",
        fails="in the study's networks the share of active hidden units that dropout sets to zero is not p ({value} "
        "from p)",
        source=SRIVASTAVA,
    ),
    Claim(
        name="dropout-outputs",
        sentence=1,
        unit="zeros",
        measurement=f"Logits that are exactly zero in training mode, {NETWORKS}",
        estimate=worst("masks", "output_zeros"),
        criterion=AtMost(0),
        holds="dropout sets no output of the study's networks to zero ({value} among their logits)",
        fails="in training some outputs of the study's networks are zero ({value} among their logits)",
        source=SRIVASTAVA,
    ),
    Claim(
        name="dropout-new-masks",
        sentence=1,
        unit="repetitions",
        measurement=f"Steps of `keras.layers.Dropout` whose mask of {MASKS.settings['units']:,} units is that of the "
        f"step before, {MASKS.settings['steps'] - 1} steps at each of the rates {LISTED}",
        estimate=worst("masks", "repeated"),
        criterion=AtMost(0),
        holds="Keras's dropout layer draws its mask anew at every training step ({value} of a mask)",
        fails="Keras's dropout layer may keep its mask for more than one training step ({value} of a mask)",
        source=SRIVASTAVA,
    ),
    Claim(
        name="dropout-scale",
        sentence=3,
        unit="",
        measurement="Largest relative deviation of a kept unit of `keras.layers.Dropout` from 1/(1 − p) times "
        f"its input, in float32, over the rates {LISTED}",
        estimate=worst("masks", "scale"),
        criterion=AtMost(FLOAT32),
        holds="Keras multiplies kept units by 1/(1 − p) in training (largest relative deviation {value})",
        fails="Keras does not multiply kept units by 1/(1 − p) in training (largest relative deviation {value})",
        source=SRIVASTAVA,
    ),
    Claim(
        name="dropout-inference",
        sentence=3,
        unit="",
        measurement="Largest change of an input of `keras.layers.Dropout` at inference, and largest difference "
        f"between two passes at inference of {NETWORKS}",
        estimate=_idle,
        criterion=AtMost(0),
        holds="at inference dropout changes nothing: all units act (largest change {value})",
        fails="at inference dropout still changes something (largest change {value})",
        source=SRIVASTAVA,
    ),
    *forms.CLAIMS,
    *averaging.CLAIMS,
    Claim(
        name="inverted-frameworks",
        sentence=4,
        unit="%",
        measurement="Share of the installed ones among Keras on TensorFlow, on JAX and on PyTorch, and PyTorch "
        "itself, whose dropout layer scales kept units by 1/(1 − p) and is the identity at inference, at the "
        f"rates {LISTED}",
        estimate=_inverted,
        criterion=AtLeast(100),
        holds="of the installed frameworks that were looked at, {value} use the inverted form",
        fails="of the installed frameworks that were looked at, only {value} use the inverted form",
        source=(),
    ),
    *(
        Claim(
            name=f"inverted-{name.lower().replace(' ', '-')}",
            sentence=4,
            unit="",
            measurement=f"Largest relative deviation of {layer} from the inverted form, in training and at "
            f"inference, {FRAMEWORKS.settings['units']:,} units at each of the rates {LISTED}",
            estimate=lambda evidence, name=name: _deviations(evidence, name),
            criterion=AtMost(10 * FLOAT32),
            holds=f"the dropout layer of {name} is of the inverted form (largest relative deviation {{value}})",
            fails=f"the dropout layer of {name} is not of the inverted form (largest relative deviation {{value}})",
            source=(),
            limit=None if name == "Keras on TensorFlow" else f"not in {name}",
        )
        for name, layer in (
            ("Keras on TensorFlow", "`keras.layers.Dropout` on TensorFlow"),
            ("Keras on JAX", "`keras.layers.Dropout` on JAX"),
            ("Keras on PyTorch", "`keras.layers.Dropout` on PyTorch"),
            ("PyTorch", "`torch.nn.Dropout`"),
        )
    ),
)
