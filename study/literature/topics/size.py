"""Comparisons over the number of training examples."""

from __future__ import annotations

from study.claims.criteria import Above, Below
from study.design.factors import NAMES
from study.literature.comparison import Comparison, Found, NotRun
from study.literature.lookup import DIGITS, IMAGES, Shelf, Swept, middle
from study.literature.published import DROPOUT, FEW, MNIST, MORE_DATA, Published, Source

SIZE, ARMS = "data.train", ("none", "dropout")
FIVE = "+".join(NAMES)
"""The arm of all five textbook regularizers, which is not `all` in a study with factors of its own."""
FIGURE_10 = Source(key=DROPOUT, place="Fig. 10", setting=f"{MNIST}, 100 to 50,000 images")
OTHER = "other data: a number of signals is not a number of images; the budget may change with the size"
FEWEST_SIZES = 3


def _sizes(shelf: Shelf, arms: tuple[str, ...], data: tuple[str, ...]) -> Swept:
    swept = shelf.swept(SIZE, arms, data)
    if len(swept.values) < FEWEST_SIZES:
        raise NotRun(f"a sweep over `{SIZE}` with at least {FEWEST_SIZES} values")
    return swept


def _gain(swept: Swept, size: int):
    return swept.accuracy("dropout", size) - swept.accuracy("none", size)


def _few(shelf: Shelf) -> Found:
    swept = _sizes(shelf, ARMS, DIGITS)
    size = swept.values[0]
    if size > FEW:
        raise NotRun(f"a sweep over `{SIZE}` with a value of at most {FEW}")
    return swept.found(_gain(swept, size), f"n = {size:,}")


def _change(first, last):
    """Return a look-up: dropout's gain at one of the sizes − at another."""

    def find(shelf: Shelf) -> Found:
        swept = _sizes(shelf, ARMS, DIGITS)
        a, b = first(swept.values), last(swept.values)
        return swept.found(_gain(swept, b) - _gain(swept, a), f"n = {b:,} and {a:,}")

    return find


def _worth(shelf: Shelf) -> Found:
    """All five at few examples − none at up to ten times as many, at the smallest size and the largest such ratio."""
    swept = _sizes(shelf, ("none", FIVE), IMAGES)
    pairs = [(b / a, -a, a, b) for a in swept.values for b in swept.values if 1 < b / a <= MORE_DATA]
    if not pairs:
        raise NotRun(f"a sweep over `{SIZE}` with two values at most {MORE_DATA:g} times apart")
    ratio, _, a, b = max(pairs)
    values = swept.accuracy(FIVE, a) - swept.accuracy("none", b)
    return swept.found(values, f"n = {a:,} against {b:,}, {ratio:g} times as many")


def comparisons(band: float) -> list[Comparison]:
    """Return the comparisons over sizes; `band` as in `catalogue.comparisons`."""
    return [
        Comparison(
            name="size-few",
            quantity="What dropout alone adds with the fewest training examples, test accuracy",
            published=Published(source=FIGURE_10, value=0.0, unit="pp", says=f"no gain with 100 to {FEW} images"),
            find=_few,
            criterion=Below(band),
            differences=OTHER,
        ),
        Comparison(
            name="size-rise",
            quantity="What dropout adds at the middle size − at the smallest, test accuracy",
            published=Published(source=FIGURE_10, says="the gain rises with more images"),
            find=_change(lambda sizes: sizes[0], middle),
            criterion=Above(0),
            differences=OTHER,
        ),
        Comparison(
            name="size-decline",
            quantity="What dropout adds at the largest size − at the middle, test accuracy",
            published=Published(source=FIGURE_10, says="and then declines"),
            find=_change(middle, lambda sizes: sizes[-1]),
            criterion=Below(0),
            differences=OTHER,
        ),
        Comparison(
            name="worth-of-data",
            quantity="All five on few examples − none on several times as many, test accuracy",
            published=Published(
                source=Source(
                    key="steiner2022train",
                    place="abstract",
                    setting="images, vision transformers, with more compute too",
                ),
                says=f"augmentation and regularization are worth up to {MORE_DATA:g} times the data",
            ),
            find=_worth,
            criterion=Above(0),
            differences=f"other data and network; the largest ratio up to {MORE_DATA:g} that the sweep holds",
        ),
    ]
