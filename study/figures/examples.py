"""What the data look like: one example a class; where there are none, what is to be predicted."""

from __future__ import annotations

import numpy as np

from study.exhibits.exhibit import FigureExhibit
from study.exhibits.wording import count
from study.figures.style import DARK, headline, on_phone, rows, sheet, styled

MOST = 10
"""Classes, labels or values that are shown, at most."""


@styled
def examples(x: np.ndarray, y: np.ndarray, classes: int, data: str) -> FigureExhibit:
    """Draw the first training example of each class, ten at most; of labels that may hold together and of values, what
    is to be predicted.

    Args:
        x: shape (examples, steps) or (examples, height, width, channels).
        y: shape (examples,), or (examples, labels) or (examples, values).
        classes: number of classes, labels or values.
        data: what the data set is called.
    """
    if y.ndim == 2:
        return _values(y, data) if np.issubdtype(y.dtype, np.floating) else _labels(y, data)
    title = f"{data}: one example of each class"
    shown = [label for label in range(min(classes, MOST)) if (y == label).any()]
    columns = min(5, len(shown)) if on_phone() else len(shown)
    lines = -(-len(shown) // columns)
    figure = sheet(1.25, 0.95 * lines)
    panels = figure.subplots(lines, columns, squeeze=False).ravel()
    for panel in panels[len(shown) :]:
        panel.set_axis_off()
    lowest, highest = float(x.min()), float(x.max())
    for panel, label in zip(panels, shown):
        example = x[np.argmax(y == label)]
        if example.ndim == 1:
            panel.plot(example, np.arange(len(example))[::-1], color=DARK, lw=1.2)
            panel.set_xlim(lowest, highest)
        else:
            # Three and four channels are colours; of any other number the first is shown.
            shown_as = example if example.shape[-1] in (3, 4) else example[..., 0]
            panel.imshow(shown_as, cmap="gray_r", interpolation="none", vmin=lowest, vmax=highest)
        panel.set_title(str(label), fontsize=8.5, fontweight="normal", loc="center", pad=3)
        panel.set_axis_off()
    headline(figure, title)
    kind = "Signals, time running downwards" if x.ndim == 2 else "Images"
    caption = f"{kind}: the first training example of {count(len(shown), 'class', 'classes')} under the first seed."
    alt = f"{kind}. {title}, {count(len(shown), 'class', 'classes')} side by side."
    return FigureExhibit(figure, caption, alt)


def _values(y: np.ndarray, data: str) -> FigureExhibit:
    """Draw how each value is distributed over the training examples."""
    shown = y[:, :MOST].T
    figure = sheet(1.7, 1.3 * len(shown))
    panels = figure.subplots(*((len(shown), 1) if on_phone() else (1, len(shown))), squeeze=False, sharey=True).ravel()
    for number, (panel, values) in enumerate(zip(panels, shown)):
        panel.hist(values, bins=30, histtype="step", color=DARK)
        panel.set_title(f"value {number}" if len(shown) > 1 else "", fontsize=8.5, fontweight="normal")
    panels[0].set_ylabel("Examples", fontsize=8.5)
    title = f"{data}: what is to be predicted"
    headline(figure, title)
    caption = f"How often each of {count(len(shown), 'value')} occurs among the training examples of the first seed."
    told = "; ".join(f"from {each.min():.3g} to {each.max():.3g}, mean {each.mean():.3g}" for each in shown)
    return FigureExhibit(figure, caption, f"Histograms. {title}: {told}.")


def _labels(y: np.ndarray, data: str) -> FigureExhibit:
    """Draw for how many of the training examples each label holds."""
    shares = 100 * (y[:, :MOST] > 0).mean(axis=0)
    figure = sheet(0.8 + 0.22 * len(shares))
    axes = figure.subplots()
    axes.plot(shares, range(len(shares)), "o", color=DARK)
    rows(axes, [f"label {number}" for number in range(len(shares))])
    axes.set_xlim(0, 100)
    axes.set_xlabel("Share of the training examples for which it holds (%)")
    title = f"{data}: how often each label holds"
    headline(figure, title)
    caption = "Dot: share of the training examples of the first seed."
    told = ", ".join(f"{share:.0f} %" for share in shares)
    return FigureExhibit(figure, caption, f"Dot plot. {title}: {told}.")
