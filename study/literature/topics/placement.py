"""Comparisons on where dropout stands beside batch norm."""

from __future__ import annotations

from study.claims.criteria import Above, Below
from study.design.settings import AFTER_BATCHNORM, BEFORE_BATCHNORM, BEFORE_LINEAR
from study.literature.comparison import Comparison
from study.literature.published import DENSENET, DENSENET_ACCURACY, Published, Source

PAPER = DENSENET.key
ABSTRACT = Source(PAPER, "abstract", "CIFAR, convolutional networks")
GUIDE = Source(PAPER, "guidelines", "CIFAR, convolutional networks")
OTHER = "other data and a dense network; one dropout layer here, one in every block there"


def comparisons(band: float) -> list[Comparison]:
    """Return the comparisons on placement; `band` as in `catalogue.comparisons`."""
    harm = DENSENET_ACCURACY["before"] - DENSENET_ACCURACY["without"]
    return [
        *(
            Comparison(
                f"placement-harm-{word}",
                f"Dropout right before the last batch norm − no dropout, {word} network, test accuracy",
                Published(DENSENET, harm, "pp", "difference of two accuracies"),
                "pp",
                lambda shelf, widest=widest: shelf.placed(BEFORE_BATCHNORM, "without", widest),
                Below(0),
                OTHER,
            )
            for word, widest in (("narrow", False), ("wide", True))
        ),
        *(
            Comparison(
                f"placement-after-{word}",
                f"Dropout after the last batch norm − right before it, {word} network, test accuracy",
                Published(GUIDE, says="after is better"),
                "pp",
                lambda shelf, widest=widest: shelf.placed(AFTER_BATCHNORM, BEFORE_BATCHNORM, widest),
                Above(0),
                OTHER,
            )
            for word, widest in (("narrow", False), ("wide", True))
        ),
        Comparison(
            "placement-safe",
            "Dropout after the last batch norm − no dropout, wide network, test accuracy",
            Published(GUIDE, says="safe"),
            "pp",
            lambda shelf: shelf.placed(AFTER_BATCHNORM, "without", True),
            Above(-band),
            OTHER,
        ),
        Comparison(
            "placement-width",
            "Dropout after the last batch norm − one linear map before it: in the narrow network − in the wide one",
            Published(ABSTRACT, says="wide networks shift the variance less"),
            "pp",
            lambda shelf: shelf.narrowed(AFTER_BATCHNORM, BEFORE_LINEAR),
            Above(0),
            OTHER,
        ),
    ]
