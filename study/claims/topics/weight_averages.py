"""Sentence 16: what averaged weights are worth at a constant and at a cooled rate, with and without batch norm."""

from __future__ import annotations

from functools import partial

import numpy as np

from study.claims.claim import Claim, Mechanism, Setting
from study.claims.criteria import BAND, Above, Below, Within
from study.claims.estimate import over_seeds
from study.claims.evidence import Evidence
from study.claims.mechanisms.networks import SIGNALS

SOURCE = ("morales2024exponential",)
SETTINGS = {
    "data": SIGNALS,
    "use": {"train": 4000, "validation": 200},
    "model": {"name": "mlp", "widths": [128, 128]},
    "training": {"epochs": 20, "batch": 50, "optimizer": "sgd", "momentum": 0.9, "learning_rate": 0.05},
    "strengths": {"averaging": {"momentum": 0.99}, "batchnorm": {"momentum": 0.95}},
    "schedules": ["constant", "cooled"],
    "arms": ["none", "batchnorm"],
}

MECHANISMS: tuple[Mechanism, ...] = (
    Mechanism(
        name="weight-averages", topic="averaging",
        runner="study.claims.mechanisms.weight_averages:WeightAverages", settings=SETTINGS, seconds=4.5,
    ),
)  # fmt: skip

UNITS = {"accuracy": "pp", "nll": "nats", "ece": "pp"}
NAMES = {"accuracy": "test accuracy", "nll": "test NLL", "ece": "calibration error"}
BETTER = {"accuracy": Above(0), "nll": Below(0), "ece": Below(0)}


def values(evidence: Evidence, arm: str, schedule: str, weights: str, metric: str) -> np.ndarray:
    """Return a metric, shape (seeds,): `accuracy` and `ece` in percent, `nll` in nats; the other names are those of
    `WeightAverages.measure`."""
    return np.array([found[schedule][weights][metric] for found in evidence.values("weight-averages", arm)])


def change(arm: str, schedule: str, metric: str = "accuracy", first: str = "averaged", second: str = "last"):
    """Return an estimate: a metric of one kind of weights minus that of another, of the same trainings, paired."""

    def estimate(evidence: Evidence):
        pair = (values(evidence, arm, schedule, weights, metric) for weights in (first, second))
        return over_seeds(np.subtract(*pair))

    return estimate


def in_place_of_cooling(arm: str):
    """Return an estimate: the test accuracy of averages at a constant rate minus that of the last weights of a training
    whose rate was cooled, in percentage points."""

    def estimate(evidence: Evidence):
        averaged = values(evidence, arm, "constant", "averaged", "accuracy")
        return over_seeds(averaged - values(evidence, arm, "cooled", "last", "accuracy"))

    return estimate


_TRAINING = SETTINGS["training"]
PLAIN = Setting(
    "plain",
    f"MLP {'-'.join(map(str, (40, *SETTINGS['model']['widths'], 10)))}, {SETTINGS['use']['train']:,} MNIST-1D signals, "
    f"{_TRAINING['epochs']} epochs in batches of {_TRAINING['batch']}, SGD {_TRAINING['learning_rate']:g} with "
    f"momentum {_TRAINING['momentum']:g}; averages: Keras's, of momentum "
    f"{SETTINGS['strengths']['averaging']['momentum']:g}, read off the same training; cooled: the rate falls to zero "
    "over the last fifth; published on photographs, with residual networks",
)
NORMED = Setting("batch norm", "with batch norm, whose moving statistics Keras does not average", like=PLAIN)
SETTINGS_OF = {"none": PLAIN, "batchnorm": NORMED}

_claim = partial(Claim, sentence=16, unit="pp", source=SOURCE)

CLAIMS: tuple[Claim, ...] = (
    *(
        _claim(
            name=f"averages-constant-{metric}-{arm}",
            measurement=f"Constant rate, {name}: averaged − last weights",
            setting=setting,
            unit=UNITS[metric],
            estimate=change(arm, "constant", metric),
            criterion=BETTER[metric],
            fails=f"at a constant rate averages do not improve {name} ({{value}}, {setting.name})",
        )
        for metric, name in NAMES.items()
        for arm, setting in SETTINGS_OF.items()
    ),
    *(
        _claim(
            name=f"averages-cooled-accuracy-{arm}",
            measurement="Cooled rate, test accuracy: averaged − last weights",
            setting=setting,
            estimate=change(arm, "cooled"),
            criterion=Above(BAND),
            limit=f"once the rate is cooled they gain less than {BAND:g} pp of accuracy",
        )
        for arm, setting in SETTINGS_OF.items()
    ),
    *(
        _claim(
            name=f"averages-cooled-{metric}-{arm}",
            measurement=f"Cooled rate, {NAMES[metric]}: averaged − last weights",
            setting=setting,
            unit=UNITS[metric],
            estimate=change(arm, "cooled", metric),
            criterion=BETTER[metric],
        )
        for metric in ("nll", "ece")
        for arm, setting in SETTINGS_OF.items()
    ),
    *(
        _claim(
            name=f"averages-for-cooling-{arm}",
            measurement="Test accuracy: averaged at a constant rate − last weights at a cooled one",
            setting=setting,
            estimate=in_place_of_cooling(arm),
            criterion=Within(-BAND, BAND),
        )
        for arm, setting in SETTINGS_OF.items()
    ),
    _claim(
        name="averages-statistics",
        measurement="Constant rate, test accuracy of averages: statistics of the training set − moving ones",
        setting=NORMED,
        estimate=change("batchnorm", "constant", "accuracy", "averaged_recomputed", "averaged"),
        criterion=Below(BAND),
        source=(),
        limit="beside batch norm accuracy is lost to moving statistics that are not averaged",
    ),
    _claim(
        name="averages-statistics-nll",
        measurement="Constant rate, test NLL of averages: statistics of the training set − moving ones",
        setting=NORMED,
        unit="nats",
        estimate=change("batchnorm", "constant", "nll", "averaged_recomputed", "averaged"),
        criterion=Below(0),
        source=(),
    ),
    _claim(
        name="averages-statistics-last",
        measurement="Constant rate, test accuracy of last weights: statistics of the training set − moving ones",
        setting=NORMED,
        estimate=change("batchnorm", "constant", "accuracy", "last_recomputed", "last"),
        criterion=Within(-BAND, BAND),
        source=(),
    ),
)
