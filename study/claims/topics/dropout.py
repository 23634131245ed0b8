"""Sentences 1 and 4: dropout is what it says, and in the form that is said."""

from __future__ import annotations

from importlib.util import find_spec

from study.claims.claim import Claim, Mechanism, Setting
from study.claims.criteria import AtLeast, AtMost, Within
from study.claims.estimate import Estimate, largest, over_seeds, share, smallest
from study.claims.evidence import Absent, Evidence
from study.claims.mechanisms.frameworks import FRAMEWORKS as LAYERS
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


def _zeros(evidence: Evidence) -> Estimate:
    """Return share of zeros − p, pp, at the rate whose interval reaches farthest from zero."""
    hits, draws = (_by_rate(evidence.values("masks", name)) for name in ("zeros", "draws"))
    found = [share(sum(h), sum(d), comparisons=len(RATES)) for h, d in zip(hits, draws, strict=True)]
    return _farthest([_around(estimate, rate) for estimate, rate in zip(found, RATES, strict=True)])


def _expectation(evidence: Evidence) -> Estimate:
    """Return mean output over mean input − 1, in %, at the rate whose interval reaches farthest from zero."""
    by_rate = _by_rate(evidence.values("masks", "mean"))
    return _farthest([over_seeds([100 * value for value in values]) for values in by_rate])


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


def _test_output(evidence: Evidence) -> Estimate:
    """Return the largest mean output over input at test time, at any rate, of any framework that was checked."""
    by_trial = evidence.values("frameworks", "checked")
    return largest([ratio for checked in by_trial for found in checked.values() for ratio in found["inference"]])


LISTED = listed([f"{rate:g}" for rate in RATES])
KERAS = Setting(
    "Keras",
    f"`keras.layers.Dropout`, {MASKS.settings['steps']} steps of {MASKS.settings['units']:,} units a seed at p = "
    f"{LISTED}; of these the rate farthest off",
)
NETWORKS = Setting(
    "networks",
    f"the study's dense and convolutional networks with all five regularizers on, p = {MASKS.settings['rate']:g}",
)
INSTALLED = Setting(
    "frameworks",
    "dropout layers of those installed of Keras on TensorFlow, JAX and PyTorch, and PyTorch itself, "
    f"{FRAMEWORKS.settings['units']:,} units at p = {LISTED}",
)

CLAIMS: tuple[Claim, ...] = (
    Claim(
        name="dropout-zeros",
        sentence=1,
        measurement="Share of zeros − p, exact binomial interval, simultaneous over the rates",
        setting=KERAS,
        unit="pp",
        estimate=_zeros,
        criterion=Within(-SHARE_BAND, SHARE_BAND),
        source=SRIVASTAVA,
        fails="Keras's dropout layer does not set a share p of the units to zero (farthest from p over five rates: "
        "{value})",
    ),
    Claim(
        name="dropout-hidden",
        sentence=1,
        measurement="Share of zeros among active hidden units − p, exact binomial interval",
        setting=NETWORKS,
        unit="pp",
        estimate=_hidden,
        criterion=Within(-SHARE_BAND, SHARE_BAND),
        source=SRIVASTAVA,
        fails="in the study's networks the share of active hidden units that dropout sets to zero is not p ({value} "
        "from p)",
    ),
    Claim(
        name="dropout-outputs",
        sentence=1,
        measurement="Logits that are exactly zero in training mode",
        setting=NETWORKS,
        unit="zeros",
        estimate=worst("masks", "output_zeros"),
        criterion=AtMost(0),
        source=SRIVASTAVA,
        fails="in training some outputs of the study's networks are zero ({value} among their logits)",
    ),
    Claim(
        name="dropout-new-masks",
        sentence=1,
        measurement="Steps whose mask is that of the step before",
        setting=KERAS,
        unit="repetitions",
        estimate=worst("masks", "repeated"),
        criterion=AtMost(0),
        source=SRIVASTAVA,
        fails="Keras's dropout layer may keep its mask for more than one training step ({value} of a mask)",
    ),
    Claim(
        name="dropout-scale",
        sentence=3,
        measurement="Kept unit over 1/(1−p) times its input, − 1, in float32",
        setting=KERAS,
        estimate=worst("masks", "scale"),
        criterion=AtMost(FLOAT32),
        source=SRIVASTAVA,
        fails="Keras does not multiply kept units by 1/(1−p) in training (largest relative deviation {value})",
    ),
    Claim(
        name="expectation-layer",
        sentence=3,
        measurement="Mean output over mean input, − 1",
        setting=KERAS,
        unit="%",
        estimate=_expectation,
        criterion=Within(-1, 1),
        source=SRIVASTAVA,
        fails="dropout does not keep the expected output of its layer (farthest from the input's mean over five "
        "rates: {value})",
    ),
    Claim(
        name="dropout-inference",
        sentence=3,
        measurement="At inference, largest change of an input of Keras's layer, and difference of two passes",
        setting=NETWORKS,
        estimate=_idle,
        criterion=AtMost(0),
        source=SRIVASTAVA,
        fails="at inference dropout still changes something (largest change {value})",
    ),
    *forms.CLAIMS,
    *averaging.CLAIMS,
    Claim(
        name="inverted-frameworks",
        sentence=4,
        measurement="Share that scales kept units by 1/(1−p) and is the identity at inference",
        setting=INSTALLED,
        unit="%",
        estimate=_inverted,
        criterion=AtLeast(100),
        fails="of the installed frameworks that were looked at, only {value} use the inverted form",
    ),
    Claim(
        name="inverted-looked-at",
        sentence=4,
        measurement=f"How many of these {len(LAYERS)} were looked at",
        setting=INSTALLED,
        estimate=lambda evidence: smallest([len(found) for found in evidence.values("frameworks", "checked")]),
        criterion=AtLeast(len(LAYERS)),
        limit=f"of {len(LAYERS)} frameworks {{value}} were looked at",
    ),
    *(
        Claim(
            name=f"inverted-{name.lower().replace(' ', '-')}",
            sentence=4,
            measurement=f"{name}: largest relative deviation from that form",
            setting=INSTALLED,
            estimate=lambda evidence, name=name: _deviations(evidence, name),
            criterion=AtMost(10 * FLOAT32),
            **words,
        )
        for name, words in {
            "Keras on TensorFlow": {
                "fails": "the dropout layer of Keras on TensorFlow is not of the inverted form (largest relative "
                "deviation {value})"
            },
            "Keras on JAX": {"limit": "not in Keras on JAX"},
            "Keras on PyTorch": {"limit": "not in Keras on PyTorch"},
            "PyTorch": {"limit": "not in PyTorch"},
        }.items()
    ),
    Claim(
        name="test-scaled-down",
        sentence=12,
        measurement="Mean output over input at test time, the largest of all rates and layers",
        setting=INSTALLED,
        estimate=_test_output,
        criterion=AtMost(1 - min(RATES)),
        fails="the layers scale in training instead and leave outputs at test time as they are (output over input "
        "{value})",
    ),
)
