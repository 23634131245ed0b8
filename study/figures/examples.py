"""What the data look like: one example a class."""

from __future__ import annotations

import numpy as np

from study.exhibits.exhibit import FigureExhibit
from study.exhibits.wording import count
from study.figures.style import DARK, headline, on_phone, sheet, styled


@styled
def examples(x: np.ndarray, y: np.ndarray, classes: int, title: str) -> FigureExhibit:
    """Draw the first training example of each class, ten at most.

    Args:
        x: shape (examples, steps) or (examples, height, width, channels).
        y: shape (examples,).
        classes: number of classes.
        title: a headline.
    """
    shown = [label for label in range(min(classes, 10)) if (y == label).any()]
    columns = min(5, len(shown)) if on_phone() else len(shown)
    rows = -(-len(shown) // columns)
    figure = sheet(1.25, 0.95 * rows)
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
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
