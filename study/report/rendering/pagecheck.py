"""Read rendered HTML and Quarto's log, and say what is broken in them.

Quarto finishes with status 0 although a reference is unresolved or an image is missing, so a report
is judged by what a browser would get.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from study.errors import ReportError
from study.report.rendering.addresses import BESIDE

SILENT = {"code", "pre", "script", "style", "template", "textarea"}
"""Elements whose text is not prose: what looks like a mark in them was meant."""

LOADED = {
    "audio": ("src",), "embed": ("src",), "iframe": ("src",), "image": ("href", "xlink:href"),
    "img": ("src", "srcset"), "input": ("src",), "link": ("href",), "object": ("data",),
    "script": ("src",), "source": ("src", "srcset"), "track": ("src",),
    "use": ("href", "xlink:href"), "video": ("src", "poster"),
}  # fmt: skip
"""Element -> attributes that a browser follows while it opens the page."""

UNLOADED_RELATIONS = {"alternate", "author", "canonical", "license", "next", "prev", "search", "up"}
"""`<link rel>` values that a browser reads without fetching anything."""

MARKS = (
    (re.compile(r"\{\{<.{0,60}"), "a shortcode is left over"),
    (re.compile(r"\?(?:var|meta|env):[\w.:-]+"), "a shortcode found no value"),
    (re.compile(r"\?@?(?:fig|tbl|sec|eq|lst|thm)-[\w-]+"), "a cross-reference is unresolved"),
)
"""Patterns in prose -> what they mean."""

BAD_CLASSES = {
    "quarto-unresolved-ref": "a cross-reference is unresolved",
    "citation-not-found": "a citation is unknown",
}

LOG_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"unable to resolve crossref",
        r"citation \S+ not found",
        r"unable to resolve link target",
        r"unable to embed",
        r"could not fetch resource",
        r"unknown (?:var|meta|env|shortcode)\b",
        r"(?:image|resource|file) .*(?:not found|does not exist|is missing)",
        r"(?:missing|cannot find|could not find) .*(?:image|resource|file)",
        r"could not convert tex math",
    )
)
ANSI = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Address:
    """One `href`, `src` or CSS `url()` of a page."""

    url: str
    found_in: str
    loaded: bool
    """True where a browser follows the address by itself, False for a link a reader may click."""


@dataclass
class _Reader(HTMLParser):
    """Collects ids, addresses and marks of one HTML page."""

    ids: Counter = field(default_factory=Counter)
    names: set[str] = field(default_factory=set)
    addresses: list[Address] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)

    def __post_init__(self):
        super().__init__(convert_charrefs=True)
        self._silent: list[str] = []
        self._citation: list[str] = []

    def handle_starttag(self, tag, attrs):
        attributes = {name: value or "" for name, value in attrs}
        if attributes.get("id"):
            self.ids[attributes["id"]] += 1
        if tag == "a" and attributes.get("name"):
            self.names.add(attributes["name"])
        classes = attributes.get("class", "").split()
        self.findings += [f"{text} (class {name})" for name, text in BAD_CLASSES.items() if name in classes]
        self._addresses(tag, attributes)
        if tag == "img":
            self._alt(attributes)
        if tag in SILENT:
            self._silent.append(tag)
        elif "citation" in classes or self._citation:
            self._citation.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag):
        for stack in (self._silent, self._citation):
            if stack and tag in stack:
                while stack.pop() != tag:
                    pass

    def handle_data(self, data):
        if self._silent:
            if self._silent[-1] == "style":
                self.addresses += _css_addresses(data, "<style>")
            return
        for pattern, meaning in MARKS:
            self.findings += [f"{meaning}: {match.strip()}" for match in pattern.findall(data)]
        word = data.strip()
        if self._citation and ("???" in word or ("strong" in self._citation and word.endswith("?"))):
            self.findings.append(f"a citation is unknown: {word.rstrip('?') or word}")

    def _addresses(self, tag, attributes):
        if tag in {"a", "area"} and "href" in attributes and attributes.get("rel") != BESIDE:
            self.addresses.append(Address(attributes["href"], f"<{tag} href>", loaded=False))
        if "style" in attributes:
            self.addresses += _css_addresses(attributes["style"], f"<{tag} style>")
        if tag == "link" and set(attributes.get("rel", "").lower().split()) & UNLOADED_RELATIONS:
            return
        for name in LOADED.get(tag, ()):
            for url in _urls(name, attributes.get(name, "")):
                self.addresses.append(Address(url, f"<{tag} {name}>", loaded=True))

    def _alt(self, attributes):
        decorative = attributes.get("role") in {"presentation", "none"} or attributes.get("aria-hidden") == "true"
        if not attributes.get("alt", "").strip() and not decorative:
            self.findings.append(f"an image has no alt text: {attributes.get('src', '')[:80]}")


def refused(problems: Iterable[str]) -> ReportError:
    """Return the error that lists what is broken in a report, each once."""
    listed = "\n".join(f"- {problem}" for problem in dict.fromkeys(problems))
    return ReportError(f"Expected a report in which every name leads somewhere. Received:\n{listed}")


def problems(site: Path) -> list[str]:
    """List what is broken in a folder of rendered HTML.

    Args:
        site: folder that holds the pages of either renderer, at any depth.

    Returns:
        A sentence a problem, each beginning with the page's path: an address that leads nowhere,
        one that a browser would fetch from the network, a leftover shortcode, an unresolved
        reference or citation, an image without alt text, an id used twice. Empty where all is well.
    """
    pages = {path.resolve(): _read(path) for path in sorted(site.rglob("*.html"))}
    if not pages:
        return [f"Expected HTML pages in {site}. Found none."]
    found = []
    for path, page in pages.items():
        name = path.relative_to(site.resolve()).as_posix()
        found += [f"{name}: {finding}." for finding in dict.fromkeys(_page_findings(site, path, page, pages))]
    return found


def text_problems(html: str) -> list[str]:
    """List what is broken in one HTML page that stands alone.

    Args:
        html: the page's source; every local address except `#anchor` counts as broken.

    Returns:
        As `problems`, without the page's path.
    """
    page = _parse(html)
    nowhere = Path("/nonexistent/index.html")
    return list(dict.fromkeys(_page_findings(nowhere.parent, nowhere, page, {nowhere: page})))


def quarto_log_problems(log: str) -> list[str]:
    """List the lines of a `quarto render` log that must fail the build.

    Args:
        log: standard output and error of Quarto, colour codes included.

    Returns:
        The offending lines, without colour codes, each once. Quarto only warns about them and
        exits with 0.
    """
    lines = (ANSI.sub("", line).strip() for line in log.splitlines())
    return list(dict.fromkeys(line for line in lines if any(p.search(line) for p in LOG_PATTERNS)))


def _read(path: Path) -> _Reader:
    return _parse(path.read_text(encoding="utf-8", errors="replace"))


def _parse(html: str) -> _Reader:
    page = _Reader()
    page.feed(html)
    page.close()
    return page


def _page_findings(site: Path, path: Path, page: _Reader, pages: dict[Path, _Reader]):
    yield from page.findings
    for name, count in page.ids.items():
        if count > 1:
            yield f"the id {name!r} is used {count} times"
    for address in page.addresses:
        yield from _address_findings(site, path, address, pages)


def _address_findings(site: Path, path: Path, address: Address, pages: dict[Path, _Reader]):
    url = address.url.strip()
    scheme = url.split(":", 1)[0].lower() if re.match(r"[A-Za-z][\w+.-]*:", url) else ""
    if url.startswith("//") or scheme:
        if address.loaded and (url.startswith("//") or scheme in {"http", "https", "ftp", "ws", "wss"}):
            yield f"{address.found_in} loads {url[:120]} from the network"
        return
    parts = urlsplit(url)
    target = _target(site, path, unquote(parts.path))
    if not (target in pages or target.exists()):
        yield f"{address.found_in} leads to {url[:120]}, which does not exist"
        return
    if target.suffix in {".qmd", ".ipynb"} and not address.loaded:
        yield f"{address.found_in} leads to {url[:120]}, a source that is no page"
        return
    anchor = unquote(parts.fragment)
    # "#" and "#top" scroll to the top in every browser, whatever ids there are.
    if target in pages and anchor not in {"", "top"} and not address.loaded:
        if anchor not in pages[target].ids and anchor not in pages[target].names:
            yield f"{address.found_in} leads to {url[:120]}, an anchor which does not exist"
    if address.loaded and target.suffix == ".css":
        css = target.read_text(encoding="utf-8", errors="replace")
        for inner in _css_addresses(css, target.name):
            yield from _address_findings(site, target, inner, pages)


def _target(site: Path, path: Path, local: str) -> Path:
    if not local:
        return path
    target = (site / local.lstrip("/") if local.startswith("/") else path.parent / local).resolve()
    return target / "index.html" if target.is_dir() else target


def _urls(attribute: str, value: str) -> list[str]:
    if attribute != "srcset":
        return [value] if value else []
    return [part.split()[0] for part in re.split(r",\s+", value) if part.strip()]


def _css_addresses(css: str, found_in: str) -> list[Address]:
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    quoted = re.findall(r"""@import\s+["']([^"']+)["']""", css)
    inside = [double or single or bare for double, single, bare in re.findall(
        r"""url\(\s*(?:"([^"]*)"|'([^']*)'|([^"')\s]+))\s*\)""", css)]  # fmt: skip
    return [Address(url, found_in, loaded=True) for url in quoted + inside if url and not url.startswith("#")]
