"""Comparisons on where dropout stands beside batch norm."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from study.claims.criteria import Above, Below
from study.design.architectures.builtin import AFTER_BATCHNORM, BEFORE_BATCHNORM, BEFORE_LINEAR
from study.literature.comparison import Comparison
from study.literature.published import DENSENET, DENSENET_ACCURACY, Published

GUIDE = replace(DENSENET, place="guidelines", setting="CIFAR, convolutional networks")
OTHER = "other data and a dense network; one dropout layer here, one in every block there"

_placed = partial(Comparison, differences=OTHER)


def comparisons(band: float) -> list[Comparison]:
    """Return the comparisons on placement; `band` as in `catalogue.comparisons`."""
    harm = DENSENET_ACCURACY["before"] - DENSENET_ACCURACY["without"]
    widths = (("narrow", False), ("wide", True))
    return [
        *(
            _placed(
                name=f"placement-harm-{word}",
                quantity=f"Dropout right before the last batch norm − no dropout, {word} network, test accuracy",
                published=Published(source=DENSENET, value=harm, unit="pp", says="difference of two accuracies"),
                find=lambda shelf, widest=widest: shelf.placed(BEFORE_BATCHNORM, "without", widest),
                criterion=Below(0),
            )
            for word, widest in widths
        ),
        *(
            _placed(
                name=f"placement-after-{word}",
                quantity=f"Dropout after the last batch norm − right before it, {word} network, test accuracy",
                published=Published(source=GUIDE, says="after is better"),
                find=lambda shelf, widest=widest: shelf.placed(AFTER_BATCHNORM, BEFORE_BATCHNORM, widest),
                criterion=Above(0),
            )
            for word, widest in widths
        ),
        _placed(
            name="placement-safe",
            quantity="Dropout after the last batch norm − no dropout, wide network, test accuracy",
            published=Published(source=GUIDE, says="safe"),
            find=lambda shelf: shelf.placed(AFTER_BATCHNORM, "without", True),
            criterion=Above(-band),
        ),
        _placed(
            name="placement-width",
            quantity="Dropout after the last batch norm − one linear map before it: in the narrow network − in the "
            "wide one",
            published=Published(source=replace(GUIDE, place="abstract"), says="wide networks shift the variance less"),
            find=lambda shelf: shelf.narrowed(AFTER_BATCHNORM, BEFORE_LINEAR),
            criterion=Above(0),
        ),
    ]
