"""Sentence 18: what augmentation does to single classes, which are chosen on other seeds than they are judged on."""

from __future__ import annotations

from functools import partial

import numpy as np

from study.claims.claim import Claim, Mechanism, Setting
from study.claims.criteria import Above, Below
from study.claims.estimate import Estimate, over_seeds
from study.claims.evidence import Evidence, Unmeasured
from study.claims.mechanisms.networks import SIGNALS
from study.claims.topics.passes import STRETCH
from study.exhibits.wording import listed

SOURCE = ("balestriero2022effects",)
MATTERS = 1.0
"""Percentage points between two classes' effects from which on they differ in a way that matters."""
SIGNAL = {
    "data": SIGNALS,
    "use": {"train": 500},
    "model": {"name": "mlp", "widths": [128, 128]},
    "training": {"epochs": 1, "batch": 100, "optimizer": "adam", "learning_rate": 2e-3},
    "transformations": {"study": {"translation": 0.1, "noise": 0.05}, "strong": {"translation": 0.4, "noise": 0.2}},
    "rates": [1] * 16 + [0.3, 0.3, 0.1, 0.1],
}
PHOTOGRAPH = {
    "data": {"name": "fashion_mnist", "train": 1000, "validation": 100},
    "model": {"name": "cnn", "filters": [8, 16], "dense": 32},
    "training": {"epochs": 1, "batch": 50, "optimizer": "adam", "learning_rate": 3e-3},
    "transformations": {"study": {"translation": 0.05, "rotation": 0.02, "flip": True, "noise": 0.05}},
    "rates": [1, 1, 1, 1, 0.3, 0.1],
}

_classes = partial(Mechanism, topic="augmentation", runner="study.claims.mechanisms.classes:Classes")

MECHANISMS: tuple[Mechanism, ...] = (
    _classes(name="classes-signals", settings=SIGNAL, seconds=3.0),
    _classes(name="classes-photographs", settings=PHOTOGRAPH, seconds=8.0),
)


def effects(evidence: Evidence, mechanism: str, transformation: str = "study") -> np.ndarray:
    """Return what a transformation does to each class's test accuracy, paired, shape (seeds, classes), in pp."""
    augmented = [found[transformation] for found in evidence.values(mechanism, "augmented")]
    return np.array(augmented) - np.array(evidence.values(mechanism, "none"))


def left_out(values: np.ndarray, place: int) -> np.ndarray:
    """Return each seed's value of the class that has the largest or the smallest mean over the *other* seeds.

    The class is chosen without the seed that it is judged on, so that chance in the choice does not flatter: were all
    classes equal, the mean of these values would be theirs.

    Args:
        values: shape (seeds, classes).
        place: of the class among the sorted means: 0 for the smallest, −1 for the largest.

    Returns:
        shape (seeds,).

    Raises:
        Unmeasured: if there is one seed only.
    """
    if len(values) < 2:
        raise Unmeasured("a second seed, on which a class is chosen")
    others = (values.sum(axis=0) - values) / (len(values) - 1)
    chosen = np.argsort(others, axis=1, kind="stable")[:, place]
    return values[np.arange(len(values)), chosen]


def gap(evidence: Evidence, mechanism: str, transformation: str = "study") -> Estimate:
    """Return the effect on the class that gains most minus that on the one that gains least, classes chosen on the
    other seeds."""
    values = effects(evidence, mechanism, transformation)
    return over_seeds(left_out(values, -1) - left_out(values, 0))


def least(evidence: Evidence, mechanism: str, transformation: str = "study") -> Estimate:
    """Return the effect on the class that gains least on the other seeds."""
    return over_seeds(left_out(effects(evidence, mechanism, transformation), 0))


def mean(evidence: Evidence, mechanism: str, transformation: str = "study") -> Estimate:
    """Return the effect on the accuracy over all test examples."""
    shares = np.array(evidence.values(mechanism, "share"))
    return over_seeds((shares * effects(evidence, mechanism, transformation)).sum(axis=1))


def _told(settings: dict, transformation: str) -> str:
    """Return a transformation in words: `translation 0.05, flip and noise 0.05`."""
    found = settings["transformations"][transformation].items()
    return listed([name if size is True else f"{name} {size:g}" for name, size in found])


SIGNALS_HERE = Setting(
    "signals",
    f"MLP {'-'.join(map(str, (40, *SIGNAL['model']['widths'], 10)))}, {SIGNAL['use']['train']} MNIST-1D signals, "
    f"{STRETCH * len(SIGNAL['rates']):,} steps of {SIGNAL['training']['batch']}, {_told(SIGNAL, 'study')}; accuracy of "
    "single classes with augmentation − without; classes that gain most and least are chosen on the other seeds",
)
STRONG = Setting("strong", f"but {_told(SIGNAL, 'strong')}", like=SIGNALS_HERE)
PHOTOGRAPHS = Setting(
    "photographs",
    f"convolutions of {' and '.join(map(str, PHOTOGRAPH['model']['filters']))} filters, "
    f"{PHOTOGRAPH['data']['train']:,} photographs of Fashion-MNIST, {STRETCH * len(PHOTOGRAPH['rates'])} steps of "
    f"{PHOTOGRAPH['training']['batch']}, {_told(PHOTOGRAPH, 'study')}; judged as the signals, on the same test "
    "photographs in every seed; published: ResNet-50 on ImageNet under random crops",
)
WHERE = (
    ("signals", SIGNALS_HERE, "classes-signals", "study"),
    ("strong", STRONG, "classes-signals", "strong"),
    ("photographs", PHOTOGRAPHS, "classes-photographs", "study"),
)

_claim = partial(Claim, sentence=18, unit="pp", source=SOURCE)

CLAIMS: tuple[Claim, ...] = (
    *(
        _claim(
            name=f"classes-gap-{name}",
            measurement="Class that gains most − class that gains least",
            setting=setting,
            estimate=partial(gap, mechanism=mechanism, transformation=transformation),
            criterion=Above(MATTERS),
            fails="" if name == "strong" else f"its effect differs between classes by {{value}} only ({name})",
        )
        for name, setting, mechanism, transformation in WHERE
    ),
    *(
        _claim(
            name=f"classes-least-{name}",
            measurement="Class that gains least; published: barn spiders, from 68 % to 46 %",
            setting=setting,
            estimate=partial(least, mechanism=mechanism, transformation=transformation),
            criterion=Below(0),
            limit="where the mean gains, on signals, no class loses" if name == "signals" else "",
        )
        for name, setting, mechanism, transformation in WHERE
    ),
    *(
        _claim(
            name=f"classes-mean-{name}",
            measurement="All test examples",
            setting=setting,
            estimate=partial(mean, mechanism=mechanism, transformation=transformation),
            criterion=Above(0),
            source=(),
        )
        for name, setting, mechanism, transformation in WHERE
    ),
)
