"""A small Quarto website with every feature the report uses, and a reader of rendered pages."""

from __future__ import annotations

import base64
import json
import re
from html.parser import HTMLParser
from pathlib import Path

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="540pt" height="270pt"><text id="same">{}</text></svg>'
PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=")
VOID = {"img", "br", "hr", "meta", "link", "input", "col"}

QUARTO = """\
project:
  type: website
  render: [index.qmd, experiments/mnist1d.ipynb, "arms/mnist1d/*.ipynb", methods.qmd]
website:
  title: What regularizes?
  sidebar:
    contents:
      - {href: index.qmd, text: The answer}
      - section: Experiments
        contents:
          - experiments/mnist1d.ipynb
          - section: Arms
            contents: "arms/mnist1d/*.ipynb"
      - methods.qmd
bibliography: references.bib
"""
VARIABLES = """\
answer: "worth **+4.20 pp**"
seeds: 6
rounded: 0.50
mnist1d: {best: {arm: dropout+l2}}
"""
BIBLIOGRAPHY = """\
@article{srivastava2014, author={Srivastava, Nitish}, title={Dropout}, journal={JMLR}, year={2014}}
@inproceedings{ioffe2015, author={Ioffe, Sergey}, title={Batch Norm}, booktitle={ICML}, year={2015}}
"""
INDEX = """\
---
title: "What regularizes on {{< var seeds >}} seeds?"
---
{{< include _answer.md >}}

{{< pagebreak >}}

## Best: {{< var mnist1d.best.arm >}} {#sec-best}

Run `study show {{< var mnist1d.best.arm >}}`, keep `{{{< var seeds >}}}`,
rounded {{< var rounded >}}.
See [runs.csv](runs.csv), [the model](methods.qmd#sec-model), [arms](experiments/mnist1d.ipynb),
@sec-best, @sec-model, @fig-own, @fig-forest and [-@fig-own].

![An own picture](own.png){#fig-own fig-alt="One dot"}

```bash
study run --seeds {{< var seeds >}}
```

```{.markdown shortcodes="false"}
{{< var unknown.to.all >}}
```

::: {.callout-note title="How to *read* it"}
Inside the note.
:::

::: {.callout-warning collapse="true"}
## Careful
Few seeds.
:::

::: {.panel-tabset}
### Accuracy
First tab.

### Loss
Second tab.
:::

::: {.column-margin}
An aside.
:::
"""
METHODS = """\
---
title: Methods
---
## Model {#sec-model}

Dropout [@srivastava2014, p. 3] and @ioffe2015.^[A footnote.] With @eq-l2 and @eq-plain:

$$
\\frac{\\lambda}{2} \\sum_j w_j^2
$$ {#eq-l2}

$$ a = b $$ {#eq-plain}

| factor | strength |
|:--|--:|
| dropout | 0.3 |

: Factors {#tbl-factors}

@tbl-factors, [see @tbl-factors], [@tbl-factors; @eq-l2]. [Back](./index.qmd).

#### Too deep
"""


def cell(source: str, *outputs: dict) -> dict:
    return {"cell_type": "code", "source": source, "metadata": {}, "outputs": list(outputs)}


def shows(**data: str) -> dict:
    named = {key.replace("_", "/").replace("svg", "svg+xml"): value for key, value in data.items()}
    return {"output_type": "display_data", "metadata": {}, "data": named}


def prints(name: str, text: str) -> dict:
    return {"output_type": "stream", "name": name, "text": text}


def figure(label: str, caption: str, alt: str) -> dict:
    source = f"#| label: {label}\n#| fig-cap: \"{caption}\"\n#| fig-alt: '{alt}'\ndraw()"
    return cell(source, shows(image_svg=SVG.format(label), text_plain="<Figure>"))


def write_notebook(path: Path, title: str, *cells: dict | str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    front = {"cell_type": "raw", "metadata": {}, "source": f"---\ntitle: {title}\n---"}
    rest = [
        {"cell_type": "markdown", "metadata": {}, "source": c.splitlines(keepends=True)} if isinstance(c, str) else c
        for c in cells
    ]
    notebook = {"cells": [front, *rest], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(notebook))


def write_site(folder: Path) -> Path:
    files = {"_quarto.yml": QUARTO, "_variables.yml": VARIABLES, "references.bib": BIBLIOGRAPHY}
    files |= {"index.qmd": INDEX, "methods.qmd": METHODS}
    files["_answer.md"] = (
        "Batch norm is {{< var answer >}}; @fig-arms, @tbl-arms.\n\n"
        "{{< embed experiments/mnist1d.ipynb#fig-arms >}}\n\n"
        "{{< embed experiments/mnist1d.ipynb#tbl-arms >}}\n"
    )
    files["runs.csv"] = "arm,seed\nnone,0\n"
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name).write_text(text)
    (folder / "own.png").write_bytes(PNG)
    write_notebook(
        folder / "experiments" / "mnist1d.ipynb",
        "MNIST-1D",
        "As @fig-arms and @fig-forest say [@srivastava2014].",
        figure("fig-forest", "Main effects of {{< var seeds >}} seeds.", "Dots on a line"),
        figure("fig-arms", "All arms.", 'Sorted "arms"'),
        cell(
            "#| label: tbl-arms\n#| tbl-cap: Arms and accuracy.\nx",
            shows(text_markdown="| arm | % |\n|--|--:|\n| none | 61.2 |", text_plain="no"),
        ),
        cell("hidden_code()", prints("stdout", "printed {{< var nothing >}}"), prints("stderr", "a warning")),
        cell("#| echo: true\nshown_code()", shows(text_plain="'plain result'")),
        cell("#| include: false\nsecret()", prints("stdout", "secret output")),
    )
    for arm in ("none", "dropout+l2"):
        write_notebook(
            folder / "arms" / "mnist1d" / f"{arm}.ipynb", f"Arm {arm}", "See @fig-arm.", figure("fig-arm", arm, arm)
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
