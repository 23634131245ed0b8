"""An executed notebook, read as the Markdown that Quarto would make of it."""

from __future__ import annotations

import hashlib
import json
import re
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from study.report.rendering import drawing
from study.report.rendering.dataurl import data_url
from study.report.rendering.website import PlainLoader

OPTION = re.compile(r"^#\|\s?(.*)$")
ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
IMAGES = {"image/svg+xml": "svg", "image/png": "png", "image/jpeg": "jpg"}


@dataclass
class Assets:
    """Images by name, kept out of the text so that Pandoc need not read them."""

    uris: dict[str, str] = field(default_factory=dict)
    sizes: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Width and height in CSS pixels, where the image says them."""

    def add(self, content: bytes, suffix: str) -> str:
        """Keep an image and return its address, `asset:NAME`.

        Args:
            content: the file's bytes.
            suffix: `svg`, `png`, `jpg`, `gif` or `webp`.
        """
        name = f"{hashlib.sha1(content).hexdigest()}.{suffix}"
        if name not in self.uris:
            kind = {"svg": "svg+xml", "jpg": "jpeg"}.get(suffix, suffix)
            shown = drawing.compact(content.decode()).encode() if suffix == "svg" else content
            self.uris[name] = data_url(shown, f"image/{kind}")
            if size := _size(content, suffix):
                self.sizes[name] = size
        return f"asset:{name}"


@dataclass(frozen=True)
class CodeCell:
    """A code cell: its source without options, the `#|` options, and nbformat outputs."""

    source: str
    options: dict
    outputs: list


@dataclass(frozen=True)
class Notebook:
    """Front matter, and the cells after it: text for Markdown, `CodeCell` for code."""

    front: dict
    cells: tuple[str | CodeCell, ...]

    def labels(self) -> dict[str, CodeCell]:
        """Return the code cells that have a label."""
        named = (cell for cell in self.cells if isinstance(cell, CodeCell) and "label" in cell.options)
        return {str(cell.options["label"]): cell for cell in named}


def read(path: Path) -> Notebook:
    """Read a notebook.

    Args:
        path: an executed `.ipynb` file.

    Returns:
        The notebook.

    Raises:
        ValueError: it is not a notebook, its options are not YAML, or a cell failed.
    """
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise ValueError(f"Expected a notebook. Received: {error!r}") from error
    front: dict = {}
    if cells and cells[0]["cell_type"] in {"raw", "markdown"}:
        front, rest = split_front_matter(_text(cells[0]["source"]))
        if front:
            cells = ([{"cell_type": "markdown", "source": rest}] if rest.strip() else []) + cells[1:]
    kept: list[str | CodeCell] = []
    for cell in cells:
        if cell["cell_type"] == "markdown":
            kept.append(_text(cell["source"]))
        elif cell["cell_type"] == "code":
            kept.append(_code_cell(cell))
    return Notebook(front, tuple(kept))


def split_front_matter(text: str) -> tuple[dict, str]:
    """Split a page into its YAML front matter and the rest.

    Raises:
        ValueError: the front matter is not a YAML mapping.
    """
    match = re.match(r"\s*---[ \t]*\n(.*?)\n---[ \t]*(?:\n|$)", text, flags=re.DOTALL)
    if not match:
        return {}, text
    front = _yaml(match[1], "front matter")
    return front, text[match.end() :]


def markdown(cell: CodeCell, assets: Assets, source: str = "") -> str:
    """Return what a code cell shows, as Markdown.

    Args:
        cell: the cell.
        assets: receives the cell's images.
        source: Markdown appended to the caption, saying where an embedded cell comes from.

    Returns:
        Markdown; empty when the cell shows nothing.
    """
    options = cell.options
    if options.get("include") is False:
        return ""
    parts = []
    if options.get("echo") in (True, "fenced"):
        parts.append(_fenced(cell.source, "python"))
    shown = [] if options.get("output") is False else cell.outputs
    alt = options.get("fig-alt")
    alts = iter(alt if isinstance(alt, list) else [alt] * len(shown))
    outputs = [text for text in (_output(o, options, alts, assets) for o in shown) if text]
    if outputs:
        parts.append(_labelled(outputs, options, source))
    return "\n\n".join(parts)


def _labelled(outputs: list[str], options: dict, source: str) -> str:
    label = str(options.get("label") or "")
    kind = label.split("-", 1)[0] if label.startswith(("fig-", "tbl-")) else ""
    if not kind and "fig-cap" in options:
        kind = "fig"
    caption = options.get(f"{kind}-cap", "") if kind else ""
    caption = " ".join(map(str, caption)) if isinstance(caption, list) else str(caption)
    body = "\n\n".join(outputs)
    if not kind:
        return body + (f"\n\n{source}" if source else "")
    identifier = f"#{label} " if label else ""
    text = f"{caption} {source}".strip()
    closing = f"\n\n:::: {{.cell-caption}}\n{text}\n::::" if text else ""
    return f"::::: {{{identifier}.cell-{kind}}}\n{body}{closing}\n:::::"


def _output(output: dict, options: dict, alts: Iterator, assets: Assets) -> str:
    kind = output["output_type"]
    if kind == "error":
        raise ValueError(f"A cell failed with {output.get('ename')}: {output.get('evalue')}")
    if kind == "stream":
        if output.get("name") != "stdout":
            return ""
        text = ANSI.sub("", _text(output["text"]))
        return text if options.get("output") == "asis" else _fenced(text, "") if text.strip() else ""
    data = output.get("data", {})
    if "text/markdown" in data:
        return _text(data["text/markdown"]).strip("\n")
    for mime, suffix in IMAGES.items():
        if mime in data:
            return _image(data[mime], suffix, next(alts, None), assets)
    return _fenced(ANSI.sub("", _text(data["text/plain"])), "") if "text/plain" in data else ""


def _image(content: str | list, suffix: str, alt: object, assets: Assets) -> str:
    raw = _text(content)
    address = assets.add(raw.encode() if suffix == "svg" else b64decode(raw), suffix)
    return f"![]({address})" + (f"{{fig-alt={quoted(alt)}}}" if alt else "")


def quoted(text: object) -> str:
    """Return a text as the quoted value of a Pandoc attribute, on one line."""
    escaped = " ".join(str(text).split()).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _fenced(text: str, language: str) -> str:
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    if language:
        return f"{fence} {{.{language}}}\n{text.rstrip()}\n{fence}"
    # What a program printed is no shortcode; Quarto's own switch keeps it as it is. The class
    # stands outside: Pandoc would search all its languages for that name, which takes 0.4 s.
    return f'::: {{.output}}\n{fence} {{shortcodes="false"}}\n{text.rstrip()}\n{fence}\n:::'


def _code_cell(cell: dict) -> CodeCell:
    lines = _text(cell["source"]).splitlines()
    count = next((i for i, line in enumerate(lines) if not OPTION.match(line)), len(lines))
    options = _yaml("\n".join(OPTION.match(line)[1] for line in lines[:count]), "cell options")
    return CodeCell("\n".join(lines[count:]).strip("\n"), options, cell.get("outputs") or [])


def _yaml(text: str, what: str) -> dict:
    try:
        value = yaml.load(text, PlainLoader)
    except yaml.YAMLError as error:
        raise ValueError(f"Expected YAML in the {what}. Received: {error}") from error
    if value is not None and not isinstance(value, dict):
        raise ValueError(f"Expected a mapping in the {what}. Received: {text!r}")
    return value or {}


def _text(source: str | list[str]) -> str:
    return source if isinstance(source, str) else "".join(source)


def _size(content: bytes, suffix: str) -> tuple[int, int] | None:
    if suffix == "png" and content[:8] == b"\x89PNG\r\n\x1a\n":
        return int.from_bytes(content[16:20], "big"), int.from_bytes(content[20:24], "big")
    if suffix != "svg":
        return None
    start = content[:4000].decode("utf-8", errors="replace")
    root = re.search(r"<svg\b[^>]*>", start)
    found = [re.search(rf'\s{side}="([\d.]+)(pt|px|)"', root[0]) for side in ("width", "height")] if root else [None]
    if None in found:
        return None
    scale = {"pt": 4 / 3, "px": 1, "": 1}
    return tuple(round(float(match[1]) * scale[match[2]]) for match in found)
