"""A small website of plain pages, made as the report's are and with all that they hold; a reader of rendered pages."""

from __future__ import annotations

import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

from nbformat import NotebookNode, v4

from study.report import manuscript
from study.report.build import SOURCES

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="540pt" height="270pt"><text id="same">{}</text></svg>'
VOID = {"img", "br", "hr", "meta", "link", "input", "col"}

QUARTO = """\
project:
  type: website
  render: [index.qmd, experiments/mnist1d.qmd, arms/mnist1d/dropout-l2.qmd, arms/mnist1d/none.qmd, methods.qmd]
website:
  title: What regularizes?
  sidebar:
    contents:
      - {href: index.qmd, text: The answer}
      - {href: experiments/mnist1d.qmd, text: MNIST-1D}
      - section: Arms on MNIST-1D
        contents:
          - {href: arms/mnist1d/dropout-l2.qmd, text: Dropout + L2}
          - {href: arms/mnist1d/none.qmd, text: None}
      - {href: methods.qmd, text: Methods}
bibliography: references.bib
format: {html: {theme: cosmo}}
"""
NAMES = {
    "study.seeds": "6",
    "study.rounded": "0.50",
    "study.best": "dropout+l2",
    "study.combined": 'Dropout and "L2": in all',
    "_answer.md": "Batch norm is worth **+4.20 pp**; @fig-arms.\n\n{{< embed experiments/mnist1d.qmd#fig-arms >}}",
}
BIBLIOGRAPHY = """\
@article{srivastava2014, author={Srivastava, Nitish}, title={Dropout}, journal={JMLR}, year={2014}}
@inproceedings{ioffe2015, author={Ioffe, Sergey}, title={Batch Norm}, booktitle={ICML}, year={2015}}
"""
INDEX = """\
---
title: What regularizes?
subtitle: >-
  {{< var study.combined >}}
---
{{< include _answer.md >}}

## Best: {{< var study.best >}} {#sec-best}

Run `study show {{< var study.best >}}`, rounded {{< var study.rounded >}}.
See [runs.csv](runs.csv), [the model](methods.qmd#sec-model) and [arms](experiments/mnist1d.qmd).

```bash
study run --seeds {{< var study.seeds >}}
```

::: {.callout-note}
## How to *read* it
Inside the note.
:::
"""
METHODS = """\
---
title: Methods
---
## Model {#sec-model}

Dropout [@srivastava2014, p. 3] and @ioffe2015. With @eq-l2 and @eq-plain:

$$
\\frac{\\lambda}{2} \\sum_j w_j^2
$$ {#eq-l2}

$$ a = b $$ {#eq-plain}

| factor | strength |
|:--|--:|
| dropout | 0.3 |
| [a factor of the reader's own, with a long name]{.long} | 1 |

: Factors, with a caption \\| a stroke {#tbl-factors}

See @tbl-factors. [Back](./index.qmd).
"""


def figure(label: str, caption: str, alt: str) -> NotebookNode:
    """Return an executed cell that shows a figure, as an exhibit leaves it."""
    data = {"image/svg+xml": SVG.format(label), "text/plain": "<Figure>"}
    return cell(f"#| label: {label}\ndraw()", data, {"image/svg+xml": {"caption": caption, "alt": alt}})


def table(label: str, text: str, caption: str) -> NotebookNode:
    """Return an executed cell that shows a table, as an exhibit leaves it."""
    return cell(f"#| label: {label}\nx", {"text/markdown": text}, {"text/markdown": {"caption": caption}})


def cell(source: str, data: dict, about: dict | None = None) -> NotebookNode:
    return v4.new_code_cell(source, outputs=[v4.new_output("display_data", data, metadata=about or {})])


def write_page(folder: Path, page: str, title: str, *cells: NotebookNode | str) -> None:
    """Write a notebook as a plain page of a site, with its drawings."""
    made = [v4.new_markdown_cell(each) if isinstance(each, str) else each for each in cells]
    text, drawings = manuscript.written_out(v4.new_notebook(cells=made), page, title)
    for name, content in {page: text, **drawings}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)


def write_site(folder: Path) -> Path:
    files = {
        "_quarto.yml": QUARTO,
        "references.bib": BIBLIOGRAPHY,
        "runs.csv": "arm,seed\nnone,0\n",
        "methods.qmd": METHODS,
    }
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name).write_text(text)
    for name in ("page.html", "pandoc.html", "pandoc.css"):
        shutil.copy(SOURCES / name, folder / name)
    write_page(
        folder, "experiments/mnist1d.qmd", "MNIST-1D",
        "As @fig-arms and @fig-forest say [@srivastava2014].",
        figure("fig-forest", "Main effects of 6 seeds.", "Dots on a line"),
        figure("fig-arms", "All arms, 95\u00a0% [an interval], $\\lambda_1$.", 'Sorted "arms"'),
        table("tbl-arms", "| arm | % |\n|:--|--:|\n| none | 61.2 |", "Arms and accuracy."),
        cell("#| include: false\nsecret()", {"text/markdown": "secret output"}),
        cell("words()", {"text/markdown": "A generated sentence."}),
    )  # fmt: skip
    for arm in ("none", "dropout-l2"):
        write_page(folder, f"arms/mnist1d/{arm}.qmd", f"Arm {arm}", "See @fig-arm.", figure("fig-arm", arm, arm))
    (folder / "index.qmd").write_text(
        manuscript.embedded(folder, "index.qmd", manuscript.filled("index.qmd", INDEX, NAMES))
    )
    return folder


class Node:
    """An element of a parsed page."""

    def __init__(self, tag: str, attributes: dict, parent: Node | None):
        self.tag, self.attributes, self.parent, self.children = tag, attributes, parent, []

    def __getitem__(self, name: str) -> str:
        return self.attributes[name]

    def all(self, tag: str | None = None, **wanted: str) -> list[Node]:
        """Descendants of a tag; `class_` matches one class, other names whole attributes."""
        class_ = wanted.pop("class_", None)
        found = []
        for child in self.children:
            if isinstance(child, Node):
                fits = tag in (None, child.tag) and all(child.attributes.get(k) == v for k, v in wanted.items())
                if fits and (class_ is None or class_ in child.attributes.get("class", "").split()):
                    found.append(child)
                found += child.all(tag, **wanted, **({"class_": class_} if class_ else {}))
        return found

    def one(self, tag: str | None = None, **wanted: str) -> Node:
        (found,) = self.all(tag, **wanted)
        return found

    def text(self) -> str:
        parts = (child.text() if isinstance(child, Node) else child for child in self.children)
        return re.sub(r"\s+", " ", "".join(parts)).strip()


class Tree(HTMLParser):
    def __init__(self, html: str):
        super().__init__()
        self.root = self.at = Node("", {}, None)
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        node = Node(tag, {name: value or "" for name, value in attrs}, self.at)
        self.at.children.append(node)
        if tag not in VOID:
            self.at = node

    def handle_startendtag(self, tag, attrs):
        self.at.children.append(Node(tag, {name: value or "" for name, value in attrs}, self.at))

    def handle_endtag(self, tag):
        assert self.at.tag == tag, f"</{tag}> closes <{self.at.tag}>"
        self.at = self.at.parent

    def handle_data(self, data):
        self.at.children.append(data)


def parse(path: Path) -> Node:
    return Tree(path.read_text()).root


def pretend(executions, project, jobs):
    """Write each page as its notebook would, with the figures that the front page embeds."""
    for each in executions:
        labels = (f"fig-arms{each.suffix}", f"fig-effects{each.suffix}", "fig-across")
        write_page(project, each.page, each.title, *(figure(label, "A caption.", "A picture.") for label in labels))
