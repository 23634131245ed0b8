"""Comparisons on dropout itself: its rate, averaging over thinned networks, activations."""

from __future__ import annotations

from study.claims.criteria import Above, Below, Within
from study.literature.comparison import Comparison, Found, NotRun
from study.literature.lookup import DIGITS, Shelf, Swept, mean
from study.literature.published import ACTIVATION, DROPOUT, FLAT_KEEP, MNIST, Published, Source

RATE = "strengths.dropout.rate"
FIGURE_9 = Source(DROPOUT, "Fig. 9", MNIST)
LOWEST, HIGHEST = (round(1 - keep, 10) for keep in reversed(FLAT_KEEP))
"""Dropout rates between which the published error is flat."""
EXTREME = 0.9
"""Dropout rate at which the published error has risen: one unit in ten is kept."""
OTHER = "other data; here one rate in all hidden layers, inputs never dropped"


def _rates(shelf: Shelf) -> tuple[Swept, list]:
    """Return the sweep over rates and those of its rates at which the published error is flat."""
    swept = shelf.swept(RATE, ("dropout",), DIGITS)
    flat = [rate for rate in swept.values if LOWEST <= rate <= HIGHEST]
    if len(flat) < 2:
        raise NotRun(f"a sweep over `{RATE}` with two values from {LOWEST:g} to {HIGHEST:g}")
    return swept, flat


def _against(rate: float):
    """Return a look-up: mean accuracy at the flat rates − that at another."""

    def find(shelf: Shelf) -> Found:
        swept, flat = _rates(shelf)
        if rate not in swept.values:
            raise NotRun(f"a sweep over `{RATE}` with the value {rate:g}")
        plateau = mean([swept.accuracy("dropout", each) for each in flat])
        return swept.found(plateau - swept.accuracy("dropout", rate))

    return find


def _slope(shelf: Shelf) -> Found:
    swept, flat = _rates(shelf)
    return swept.found(
        swept.accuracy("dropout", flat[-1]) - swept.accuracy("dropout", flat[0]), f"rates {flat[0]:g} and {flat[-1]:g}"
    )


def comparisons(band: float) -> list[Comparison]:
    """Return the comparisons on dropout; `band` as in `catalogue.comparisons`."""
    low, high = FLAT_KEEP
    return [
        Comparison(
            "rate-none",
            f"Accuracy at dropout rates {LOWEST:g} to {HIGHEST:g} − without dropout",
            Published(FIGURE_9, says="error rises towards no dropout"),
            "pp",
            _against(0.0),
            Above(0),
            OTHER,
        ),
        Comparison(
            "rate-extreme",
            f"Accuracy at dropout rates {LOWEST:g} to {HIGHEST:g} − at {EXTREME:g}",
            Published(FIGURE_9, says=f"error rises where fewer than {low:g} of the units are kept"),
            "pp",
            _against(EXTREME),
            Above(0),
            OTHER,
        ),
        Comparison(
            "rate-flat",
            f"Accuracy at the highest − at the lowest dropout rate from {LOWEST:g} to {HIGHEST:g}",
            Published(FIGURE_9, says=f"error is flat where {low:g} to {high:g} of the units are kept"),
            "pp",
            _slope,
            Within(-band, band),
            OTHER,
        ),
        Comparison(
            "averaging",
            "Test error of the average of 50 thinned networks − of one pass with all units",
            Published(Source(DROPOUT, "Fig. 11", MNIST), 0.0, "pp", "about equal at 50"),
            "pp",
            lambda shelf: shelf.claim("averaging-fifty"),
            Within(-band, band),
            "other data and network",
        ),
        Comparison(
            "activation",
            "Mean activation of hidden ReLUs with dropout ÷ without",
            Published(
                Source(DROPOUT, "§7.2", "MNIST, autoencoder with 256 hidden ReLUs"),
                ACTIVATION["dropout"] / ACTIVATION["none"],
                "times",
                f"about {ACTIVATION['dropout']:g} and {ACTIVATION['none']:g}",
            ),
            "times",
            lambda shelf: shelf.claim("coadaptation-activation"),
            Below(1),
            "a classifier here, an autoencoder there",
        ),
    ]
