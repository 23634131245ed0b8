"""Comparisons on dropout itself: its rate, averaging over thinned networks, activations."""

from __future__ import annotations

from study.claims.criteria import Above, Within
from study.literature.comparison import Comparison, Found, NotRun, by_claim
from study.literature.lookup import DIGITS, Shelf, Swept, mean
from study.literature.published import ACTIVATION, DROPOUT, FLAT_KEEP, MNIST, Published, Source

RATE = "strengths.dropout.rate"
FIGURE_9 = Source(key=DROPOUT, place="Fig. 9", setting=MNIST)
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


def _rate(name: str, quantity: str, says: str, find, criterion) -> Comparison:
    published = Published(source=FIGURE_9, says=says)
    return Comparison(
        name=name, quantity=quantity, published=published, find=find, criterion=criterion, differences=OTHER
    )


def comparisons(band: float) -> list[Comparison]:
    """Return the comparisons on dropout; `band` as in `catalogue.comparisons`."""
    low, high = FLAT_KEEP
    return [
        _rate(
            name="rate-none",
            quantity=f"Accuracy at dropout rates {LOWEST:g} to {HIGHEST:g} − without dropout",
            says="error rises towards no dropout",
            find=_against(0.0),
            criterion=Above(0),
        ),
        _rate(
            name="rate-extreme",
            quantity=f"Accuracy at dropout rates {LOWEST:g} to {HIGHEST:g} − at {EXTREME:g}",
            says=f"error rises where fewer than {low:g} of the units are kept",
            find=_against(EXTREME),
            criterion=Above(0),
        ),
        _rate(
            name="rate-flat",
            quantity=f"Accuracy at the highest − at the lowest dropout rate from {LOWEST:g} to {HIGHEST:g}",
            says=f"error is flat where {low:g} to {high:g} of the units are kept",
            find=_slope,
            criterion=Within(-band, band),
        ),
        by_claim(
            "averaging-fifty",
            name="averaging",
            quantity="Test error of the average of 50 thinned networks − of one pass with all units",
            published=Published(
                source=Source(key=DROPOUT, place="Fig. 11", setting=MNIST),
                value=0.0,
                unit="pp",
                says="about equal at 50",
            ),
            differences="other data and network",
        ),
        by_claim(
            "coadaptation-activation",
            name="activation",
            quantity="Mean activation of hidden ReLUs with dropout ÷ without",
            published=Published(
                source=Source(key=DROPOUT, place="§7.2", setting="MNIST, autoencoder with 256 hidden ReLUs"),
                value=ACTIVATION["dropout"] / ACTIVATION["none"],
                unit="times",
                says=f"about {ACTIVATION['dropout']:g} and {ACTIVATION['none']:g}",
            ),
            differences="a classifier here, an autoencoder there",
        ),
    ]
