"""Exhibits: a figure or a table with its caption and its words for those who cannot see it.

A notebook cell ends in an exhibit; Jupyter stores it as SVG or Markdown, with caption and alternative
text beside it, and `report.py` writes those into the executed notebook, where renderers look for them.
"""

from __future__ import annotations

import io
import re
from collections.abc import Collection, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import matplotlib
from matplotlib.figure import Figure

LONG = 36
"""Characters from which on a cell of a table may wrap."""
SHEET = Path(__file__).with_name("study.mplstyle")


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
    """

    figure: Figure
    caption: str
    alt: str

    @cached_property
    def svg(self) -> str:
        """The figure as SVG text. Made once: Matplotlib's layout moves a little each time it is run."""
        text = io.StringIO()
        with style():
            self.figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
        return text.getvalue()

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
        text = replace(self).svg
        headline.set_visible(True)
        return text

    def _repr_mimebundle_(self, include=None, exclude=None):
        about = {"title": bound(self.title), "caption": bound(self.caption), "alt": self.alt}
        return {"image/svg+xml": self.untitled}, {"image/svg+xml": about}


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
