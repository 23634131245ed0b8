"""Comparisons under wrong labels."""

from __future__ import annotations

from study.claims.criteria import Above, Below
from study.literature.comparison import Comparison, Found, NotRun
from study.literature.lookup import IMAGES, Shelf, Swept
from study.literature.published import INCEPTION, NOISE, NOISE_ERROR, Published, Source, stopping_gain

SETTING = "data.label_noise"
ARMS = ("none", "earlystopping", "dropout", "dropout+earlystopping")
DIFFERENT = "other data and network; the best of all epochs there, the one that wrong validation labels choose here"
FITTED = 99.0
"""Training accuracy in % from which labels count as learnt by heart."""


def _at(swept: Swept, share: float) -> Swept:
    if share not in swept.values:
        raise NotRun(f"a sweep over `{SETTING}` with the value {share:g}")
    return swept


def _gain(share: float):
    def find(shelf: Shelf) -> Found:
        swept = _at(shelf.swept(SETTING, ARMS[:2], IMAGES), share)
        return swept.found(swept.accuracy("earlystopping", share) - swept.accuracy("none", share))

    return find


def _interaction(share: float):
    def find(shelf: Shelf) -> Found:
        swept = _at(shelf.swept(SETTING, ARMS, IMAGES), share)
        with_ = swept.accuracy("dropout+earlystopping", share) - swept.accuracy("dropout", share)
        return swept.found(with_ - (swept.accuracy("earlystopping", share) - swept.accuracy("none", share)))

    return find


def _memory(shelf: Shelf) -> Found:
    swept = shelf.swept(SETTING, ("none",), IMAGES)
    share = swept.values[-1]
    return swept.found(swept.accuracy("none", share, "train_accuracy"), f"{100 * share:g} % wrong labels")


def comparisons(band: float) -> list[Comparison]:
    """Return the comparisons under wrong labels; `band` as in `catalogue.comparisons`."""
    found = []
    for share in NOISE_ERROR:
        plain, dropped = (stopping_gain(share, arm) for arm in ("none", "dropout"))
        words = f"at {100 * share:g} % wrong labels, test accuracy"
        found += [
            Comparison(
                f"noise-stopping-{share:g}",
                f"What early stopping adds to none {words}",
                Published(NOISE, plain, "pp", "last − best epoch"),
                "pp",
                _gain(share),
                Above(0),
                DIFFERENT,
            ),
            Comparison(
                f"noise-interaction-{share:g}",
                f"What early stopping adds with dropout − without {words}",
                Published(NOISE, dropped - plain, "pp", "last − best epoch, with − without"),
                "pp",
                _interaction(share),
                Below(0),
                DIFFERENT,
            ),
        ]
    found.append(
        Comparison(
            "noise-memory",
            "Training accuracy on wrong labels, nothing regularized",
            Published(
                Source(INCEPTION.key, INCEPTION.place, "CIFAR-10 with random labels, small Inception"), 100.0, "%"
            ),
            "%",
            _memory,
            Above(FITTED),
            "here not all labels are wrong; other data and network",
        )
    )
    return found
