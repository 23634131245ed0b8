"""Addresses of one self-contained page: links between pages, drawings, downloads."""

from __future__ import annotations

import gzip
import mimetypes
import posixpath
import re
from base64 import b64encode
from dataclasses import dataclass, field
from html import escape, unescape
from pathlib import Path
from urllib.parse import quote, unquote

BESIDE = "related"
"""The `rel` of a link to what lies beside the page, and so is nobody's to resolve."""
TAG = re.compile(rf'<(?:a|img)\b(?![^>]*\srel="{BESIDE}")[^>]*? (?P<name>href|src)="(?P<url>[^"]*)"')
EXTERNAL = re.compile(r"#|//|[A-Za-z][\w+.-]*:")
ID = re.compile(r'\sid="([^"]+)"')
FILE = re.compile(r'(?<=")asset:([^"]+)(?=")')
SIDE = r"<svg\b[^>]*?\s{}=[\"']([\d.]+)pt"
WIDE = 620
"""CSS pixels from which on an image keeps this width on a phone and scrolls."""
DOWNLOADS = 20_000_000
"""Bytes of linked files, packed, that are embedded; a file beyond is named without a link."""
TEXTS = ("text/", "image/svg+xml")
PLAIN = " !$&'()*+,-./:;=?@[]^_`{|}~"
"""Characters that may stand in a `data:` address within an HTML attribute as they are."""


@dataclass
class Addresses:
    """Makes every address of every page work within one file.

    Attributes:
        project: folder that the pages' addresses lead into.
        slugs: page -> its id in the file.
        html: all pages together, whose ids a link may lead to.
        downloads: bytes of linked files, packed, that are embedded.
        problems: receives a sentence for each address that leads nowhere.
    """

    project: Path
    slugs: dict[str, str]
    html: str
    downloads: int
    problems: list[str]
    _files: dict[str, str] = field(default_factory=dict)

    def __post_init__(self):
        self._ids = set(ID.findall(self.html))

    def resolved(self, page: str, html: str) -> str:
        """Return a page's HTML with its addresses resolved; files appear as `asset:PATH`."""
        return TAG.sub(lambda match: self._resolved(page, match), html)

    def with_files(self, html: str) -> str:
        """Return the pages with the files themselves in the place of `asset:PATH`."""
        return FILE.sub(lambda match: self._files[unescape(match[1])], html)

    def _resolved(self, page: str, match: re.Match) -> str:
        url = unescape(match["url"])
        if EXTERNAL.match(url):
            return match[0]
        path, _, anchor = unquote(url).partition("#")
        # From the project's root, which no `..` leads out of.
        place = posixpath.normpath(posixpath.join("/", posixpath.dirname(page), path)).lstrip("/")
        head = match[0][: match.start("url") - match.start()]
        if place in self.slugs:
            target = self.slugs[place] + (f"--{anchor}" if anchor else "")
            if target not in self._ids:
                self.problems.append(f"{page}: leads to {url}, but {place} has no id {anchor}.")
            return f'{head}#{escape(target)}"'
        if not (self.project / place).is_file():
            exist = ", ".join(self.slugs)
            self.problems.append(f"{page}: leads to {url}, which does not exist. Pages are: {exist}.")
            return match[0]
        return self._file(head, place, match["name"])

    def _file(self, head: str, place: str, attribute: str) -> str:
        content = (self.project / place).read_bytes()
        kind = mimetypes.guess_type(place)[0] or "application/octet-stream"
        if attribute == "src":
            extra = _size(content.decode()) if place.endswith(".svg") else ""
        else:
            # Packed: the page's script unpacks it, and without one every tool that reads CSV reads it so.
            content, kind = gzip.compress(content, mtime=0), "application/gzip"
            if place not in self._files:
                if len(content) > self.downloads:
                    return '<a class="too-large"'  # an anchor without an address is text to every reader
                self.downloads -= len(content)
            extra = f' class="packed" download="{escape(posixpath.basename(place))}.gz"'
        self._files[place] = data_url(content, kind)
        return f'{head}asset:{escape(place)}"{extra}'


def _size(svg: str) -> str:
    """Return a drawing's size in CSS pixels, as attributes of an image."""
    sides = [re.search(SIDE.format(side), svg) for side in ("width", "height")]
    if not all(sides):
        return ""
    width, height = (round(float(side[1]) * 4 / 3) for side in sides)
    return f' width="{width}" height="{height}"' + (' class="wide"' if width >= WIDE else "")


def data_url(content: bytes, kind: str) -> str:
    """Return a file's content as a `data:` address, free of `"`, `<` and `>`.

    Args:
        content: the file's bytes; a text is in UTF-8.
        kind: its media type. Texts stay readable, which is shorter than base64 and compresses better.
    """
    if kind.startswith(TEXTS):
        return f"data:{kind};charset=utf-8,{quote(content.decode(), safe=PLAIN)}"
    return f"data:{kind};base64,{b64encode(content).decode()}"
