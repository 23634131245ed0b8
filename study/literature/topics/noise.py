"""Comparisons under wrong labels."""

from __future__ import annotations

from dataclasses import replace

from study.claims.criteria import Above, Below
from study.literature.comparison import Comparison, Found, NotRun
from study.literature.lookup import IMAGES, Shelf, Swept
from study.literature.published import INCEPTION, NOISE, NOISE_ERROR, Published, stopping_gain

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
                name=f"noise-stopping-{share:g}",
                quantity=f"What early stopping adds to none {words}",
                published=Published(source=NOISE, value=plain, unit="pp", says="last − best epoch"),
                find=_gain(share),
                criterion=Above(0),
                differences=DIFFERENT,
            ),
            Comparison(
                name=f"noise-interaction-{share:g}",
                quantity=f"What early stopping adds with dropout − without {words}",
                published=Published(
                    source=NOISE, value=dropped - plain, unit="pp", says="last − best epoch, with − without"
                ),
                find=_interaction(share),
                criterion=Below(0),
                differences=DIFFERENT,
            ),
        ]
    return [
        *found,
        Comparison(
            name="noise-memory",
            quantity="Training accuracy on wrong labels, nothing regularized",
            published=Published(
                source=replace(INCEPTION, setting="CIFAR-10 with random labels, small Inception"), value=100.0, unit="%"
            ),
            unit="%",
            find=_memory,
            criterion=Above(FITTED),
            differences="here not all labels are wrong; other data and network",
        ),
    ]
