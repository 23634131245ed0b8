"""Exhibits: a figure or a table with its caption and its words for those who cannot see it.

A notebook cell ends in an exhibit; Jupyter stores it as SVG or Markdown, with caption and alternative
text beside it, and `report.py` writes those into the executed notebook, where renderers look for them.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Collection, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

import matplotlib
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

LONG = 36
"""Characters from which on a cell of a table may wrap."""
SHEET = Path(__file__).with_name("study.mplstyle")
FONTS = "Helvetica Neue, Helvetica, Arial, Liberation Sans, system-ui, sans-serif"
"""What a drawing's text is set in, the page's own list. It is laid out in DejaVu Sans, which is wider than all of
these, so that no label takes more room than it was given."""
PHONE = "image/vnd.study.phone+svg"
"""The kind under which a notebook's output holds a figure redrawn for a phone."""


@contextmanager
def style():
    """Use the study's style sheet, on top of Matplotlib's own defaults, and put back what was."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.style.use(SHEET)
        yield


def bound(text: str) -> str:
    """Return a text in which no line breaks between a number and its unit."""
    return re.sub(r"(\d) (?=(?:%|pp|seeds?)\b|%)", "\\1\u00a0", text)


def pipe_table(heads: Sequence[str], rows: Sequence[Sequence], words: Collection[int] = (0,)) -> str:
    """Return a Markdown pipe table, whose cells may hold `|`; `words` are the columns that are aligned left."""
    rules = [":--" if number in words else "--:" for number in range(len(heads))]
    lines = [[str(cell).replace("|", "\\|") for cell in line] for line in (heads, rules, *rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


@dataclass(frozen=True)
class FigureExhibit:
    """A figure.

    Attributes:
        figure: the Matplotlib figure.
        caption: Markdown: what a dot, a bar and n are.
        alt: plain words: what the figure shows.
        data: the rows that are drawn, for a CSV file; None for a figure that draws no numbers.
        redrawn: draws the same for a phone's width, without a headline; None for a figure without such a form.
    """

    figure: Figure
    caption: str
    alt: str
    data: pd.DataFrame | None = None
    redrawn: Callable[[], Figure] | None = None

    @cached_property
    def svg(self) -> str:
        """The figure as SVG text. Made once: Matplotlib's layout moves a little each time it is run."""
        return _svg(self.figure)

    @property
    def title(self) -> str:
        """What the figure's headline says, on one line; empty without one."""
        return self.figure.get_suptitle().replace("\n", " ")

    @cached_property
    def untitled(self) -> str:
        """The figure as SVG text without its headline, which a page sets as text that wraps."""
        headline = self.figure._suptitle
        if headline is None:
            return self.svg
        headline.set_visible(False)
        text = _svg(self.figure)
        headline.set_visible(True)
        return text

    def _repr_mimebundle_(self, include=None, exclude=None):
        about = {"title": bound(self.title), "caption": bound(self.caption), "alt": self.alt}
        bundle = {"image/svg+xml": self.untitled}
        if self.redrawn is not None:
            bundle[PHONE] = _svg(self.redrawn())
        if self.data is not None:
            bundle["text/csv"] = self.data.to_csv(index=False, float_format="%.6g")
        return bundle, {"image/svg+xml": about}


def _svg(figure: Figure) -> str:
    file = io.StringIO()
    with style():
        for axes in figure.findobj(Axes):
            axes.get_xticklabels(), axes.get_yticklabels()  # gives the ticks their words
        texts = [text for text in figure.findobj(Text) if "\n" in text.get_text() and not text.get_rotation()]
        for number, text in enumerate(texts):
            text.set_gid(f"lines-{number}")
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
        svg = file.getvalue()
        for text in texts:
            svg = re.sub(rf'(?s)<g id="{text.get_gid()}">.*?</g>', partial(_anchored, text), svg, count=1)
    plain = re.sub(r"font-family: [^;\"]*;? ?", "", svg)
    return plain.replace("<svg ", f'<svg font-family="{FONTS}" ', 1)


def _anchored(text: Text, match: re.Match) -> str:
    """Return lines that Matplotlib places by their left ends, placed by their right ends or middles, as they are
    meant: in another font they are of other lengths."""
    box, align = text.get_window_extent(), text.get_horizontalalignment()
    if align == "left":
        return match[0]
    x, anchor = (box.x1, "end") if align == "right" else ((box.x0 + box.x1) / 2, "middle")
    placed = re.sub(r"(?<=translate\()\S+", f"{x:.6f}", match[0])
    return placed.replace('<text style="', f'<text style="text-anchor: {anchor}; ')


@dataclass(frozen=True)
class TableExhibit:
    """A table.

    Attributes:
        heads: one heading a column.
        rows: one text a cell.
        caption: Markdown.
        words: columns that hold words and are aligned left; the others hold numbers.
    """

    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    caption: str
    words: frozenset[int] = frozenset({0})

    def markdown(self) -> str:
        """Return the table as a Markdown pipe table; long cells are marked, so that they alone wrap."""
        return pipe_table(self.heads, [[_marked(cell) for cell in row] for row in self.rows], self.words)

    def labelled(self, label: str) -> str:
        """Return the table with its caption, and a label that pages can refer to as `@tbl-…`."""
        return f"{self.markdown()}\n\n: {self.caption} {{#tbl-{label}}}"

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/markdown": self.markdown()}, {"text/markdown": {"caption": bound(self.caption)}}


def _marked(cell) -> str:
    text = str(cell)
    return f"[{text}]{{.long}}" if len(text) > LONG else text


@dataclass(frozen=True)
class Prose:
    """Generated Markdown."""

    text: str

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/markdown": bound(self.text)}, {}
