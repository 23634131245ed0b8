"""Plain pages: what notebooks show and what names stand for, written out once, for either renderer."""

from __future__ import annotations

import json
import re
from pathlib import Path

from study.errors import ReportError
from study.exhibits.exhibit import PHONE
from study.report.rendering import drawing
from study.report.rendering.figures import FIGURES, FORMS

NAMED = re.compile(r"\{\{< *(?:var|include) +(\S+) *>\}\}")
EMBED = re.compile(r"\{\{< *embed +(\S+)#(\S+) *>\}\}")
LABEL = re.compile(r"(?m)^#\| label: (\S+)$")
HIDDEN = "#| include: false"
SPECIAL = re.compile(r"[\\`*_\[\]<>$@#~^{}|]")
"""Characters that Markdown reads as more than themselves."""


def filled(page: str, text: str, names: dict[str, str]) -> str:
    """Return a page with values in the place of `{{< var NAME >}}` and `{{< include NAME >}}`.

    Args:
        page: its path, for errors.
        text: its source.
        names: what each name stands for.

    Raises:
        ReportError: for a name that stands for nothing.
    """

    def value(match: re.Match) -> str:
        if match[1] not in names:
            raise ReportError(
                f"{page}: Expected a name that stands for something. Received: {match[1]!r}. "
                f"These exist: {', '.join(names)}."
            )
        return names[match[1]]

    return NAMED.sub(value, text)


def embedded(project: Path, page: str, text: str) -> str:
    """Return a page with figures of other pages in the place of `{{< embed PAGE#LABEL >}}`; captions name the source.

    Raises:
        ReportError: for a page that is not there, or a label that is not on it.
    """

    def figure(match: re.Match) -> str:
        file, label = project / match[1], match[2]
        source = file.read_text(encoding="utf-8") if file.is_file() else ""
        found = re.search(rf"(?m)^!\[(.*)(\]\(/{FIGURES}/\S+\)\{{#{re.escape(label)} .*)$", source)
        if not found:
            exist = ", ".join(re.findall(r"(?m)^!\[.*\{#(fig-\S+) ", source)) or "none"
            raise ReportError(f"{page}: Expected a figure {label} of {match[1]}. Received: none. These exist: {exist}.")
        title = json.loads(re.search(r"(?m)^title: (.*)$", source)[1])
        return f"![{found[1]} [Source: [{title}](/{match[1]}#{label})]{{.source}}{found[2]}"

    return EMBED.sub(figure, text)


def body(text: str) -> str:
    """Return a page without its front matter."""
    return text.split("\n---\n", 1)[1].lstrip("\n")


def headed(text: str, about: dict) -> str:
    """Return a page with more entries in its front matter.

    Args:
        text: a page that begins with front matter.
        about: entry -> a number, a text or a truth value.
    """
    lines = "".join(f"{name}: {json.dumps(value, ensure_ascii=False)}\n" for name, value in about.items())
    return text.replace("---\n", f"---\n{lines}", 1)


def written_out(notebook, page: str, title: str, suffix: str = "") -> tuple[str, dict[str, str]]:
    """Return what an executed notebook shows, as a page, and the files of its figures by their path in the project.

    A figure is `NAME.svg`; beside it lie `NAME.phone.svg`, the same for a phone, and `NAME.csv`, what it draws, as far
    as the exhibit has them.

    Args:
        notebook: as nbformat reads it; its exhibits bring their captions and alternative texts.
        page: the page's path.
        title: the page's title.
        suffix: what is appended to its labels.

    Raises:
        ReportError: if a cell shows what is neither an exhibit nor prose.
    """
    parts, files = [f"---\ntitle: {json.dumps(title, ensure_ascii=False)}\n---"], {}
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown":
            parts.append(cell.source)
        if cell.cell_type != "code" or HIDDEN in cell.source:
            continue
        label = "".join(LABEL.findall(cell.source)[:1]) + suffix
        for output in cell.outputs:
            data, about = output.get("data", {}), output.get("metadata", {})
            if "image/svg+xml" in data:
                place = f"{FIGURES}/{page.rpartition('.')[0].replace('/', '-')}-{number}"
                forms = {FORMS["full"]: "image/svg+xml", FORMS["phone"]: PHONE}
                files |= {f"{place}{end}": drawing.compact(data[kind]) for end, kind in forms.items() if kind in data}
                files |= {f"{place}.csv": data["text/csv"]} if "text/csv" in data else {}
                parts.append(_figure(f"{place}.svg", label, **about["image/svg+xml"]))
            elif "text/markdown" in data:
                caption = about.get("text/markdown", {}).get("caption")
                parts.append(data["text/markdown"] + (f"\n\n: {_line(caption)} {{#{label}}}" if caption else ""))
            elif data:
                raise ReportError(
                    f"{page}, cell {number}: Expected an exhibit or prose. Received: {_line(str(dict(data)))}."
                )
    return "\n\n".join(parts) + "\n", files


def _figure(place: str, label: str, caption: str, alt: str, title: str = "") -> str:
    words = _line(alt).replace("\\", "\\\\").replace('"', '\\"')
    shown = f'![{_line(caption)}](/{place}){{#{label} fig-alt="{words}"}}'
    plain = SPECIAL.sub(r"\\\g<0>", _line(title))
    return f"::: {{.figure-title}}\n{plain}\n:::\n\n{shown}" if title else shown


def _line(text: str) -> str:
    return re.sub(r"[ \n]+", " ", text).strip(" ")  # a no-break space stays
