"""Addresses of one self-contained page: links between pages, references, images, downloads."""

from __future__ import annotations

import mimetypes
import re
from dataclasses import dataclass, field
from html import escape, unescape
from pathlib import Path
from urllib.parse import unquote

from study.report.rendering.dataurl import data_url
from study.report.rendering.notebook import Assets
from study.report.rendering.website import Page, Website, is_external

TAG = re.compile(r"<(?P<name>a|img)\b[^>]*>")
ADDRESS = re.compile(r'\s(?P<name>href|src)="(?P<url>[^"]*)"')
CROSSREF = re.compile(r'<a href="crossref:(?P<label>[^"]+)" class="(?P<form>[^"]+)">.*?</a>')
ID = re.compile(r'\sid="([^"]+)"')
WORDS = {"fig": "Figure", "tbl": "Table", "eq": "Equation"}
IMAGES = {".svg", ".png", ".jpg", ".jpeg", ".gif", ".webp"}
WIDE = 620
"""CSS pixels from which on an image keeps this width on a phone and scrolls."""
DOWNLOADS = 20_000_000
"""Bytes of linked files that are embedded; a file beyond is named without a link."""


@dataclass(frozen=True)
class Fragment:
    """One page as Pandoc made it.

    `labels`: label -> `{"number": int}` or `{"title": str}`, with `"embedded": true` for a copy.
    """

    page: Page
    title: str
    labels: dict[str, dict]
    html: str

    def ids(self) -> set[str]:
        """Return the page's ids as its source has them, without the page's slug."""
        return {found.removeprefix(f"{self.page.slug}--") for found in ID.findall(self.html)}


@dataclass
class Links:
    """Makes every address of every page work within one file.

    `problems` receives a sentence for each that leads nowhere; `assets` the images and downloads;
    `downloads` is the number of bytes of linked files that are embedded.
    """

    website: Website
    fragments: list[Fragment]
    assets: Assets
    problems: list[str]
    downloads: int = DOWNLOADS
    _downloaded: int = field(default=0)

    def __post_init__(self):
        self._by_path = {fragment.page.path: fragment for fragment in self.fragments}
        self._ids = {fragment.page.path: fragment.ids() for fragment in self.fragments}

    def resolved(self, fragment: Fragment) -> str:
        """Return a page's HTML with all its addresses resolved; files appear as `asset:NAME`."""
        html = CROSSREF.sub(lambda match: self._crossref(fragment, match), fragment.html)
        return TAG.sub(lambda match: self._tag(fragment.page, match), html)

    def _crossref(self, fragment: Fragment, match: re.Match) -> str:
        label, here = unescape(match["label"]), fragment.page
        having = [other for other in self.fragments if label in other.labels]
        # A figure that other pages embed is meant where it was made.
        made = [other for other in having if not other.labels[label].get("embedded")] or having
        if len(made) != 1:
            exist = ", ".join(sorted({name for other in self.fragments for name in other.labels}))
            where = f"is ambiguous, on {', '.join(f.page.path for f in made)}" if made else "is unresolved"
            self.problems.append(f"{here.path}: @{label} {where}. Labels are: {exist or 'none'}.")
            return f"?@{label}"
        entry, other = made[0].labels[label], made[0]
        word = "" if match["form"] == "crossref-number" else f"{WORDS.get(label.split('-')[0])}\u00a0"
        text = entry.get("title") or f"{word}{entry['number']} ({other.title})"
        return f'<a href="#{other.page.slug}--{escape(label)}" class="crossref">{escape(text)}</a>'

    def _tag(self, page: Page, match: re.Match) -> str:
        tag, address = match[0], ADDRESS.search(match[0])
        if not address:
            return tag
        url = unescape(address["url"])
        if match["name"] == "img":
            return self._image(page, tag, address, url)
        if not url or url.startswith("#") or is_external(url):
            return tag
        return self._link(page, tag, address, url)

    def _link(self, page: Page, tag: str, address: re.Match, url: str) -> str:
        target, _, anchor = url.partition("#")
        name = page.locate(unquote(target))
        if other := self._page(name):
            anchor = unquote(anchor)
            if anchor and anchor not in self._ids[other.path]:
                exist = ", ".join(sorted(self._by_path[other.path].labels)) or "none"
                self.problems.append(
                    f"{page.path}: links to {url}, but {other.path} has no id {anchor}. Its labels are: {exist}."
                )
            href = f"#{other.slug}--{anchor}" if anchor else f"#{other.slug}"
            return _with(tag, address, href)
        path = self.website.folder / name if name else None
        if path is None or not path.is_file():
            exist = ", ".join(self._by_path)
            self.problems.append(f"{page.path}: links to {url}, which does not exist. Pages are: {exist}.")
            return tag
        return self._download(tag, address, path)

    def _page(self, name: str | None) -> Page | None:
        if name is None:
            return None
        if name.endswith(".html"):
            stem = name.removesuffix(".html")
            name = next((path for path in self._by_path if path.rsplit(".", 1)[0] == stem), name)
        return self._by_path[name].page if name in self._by_path else None

    def _download(self, tag: str, address: re.Match, path: Path) -> str:
        content = path.read_bytes()
        if self._downloaded + len(content) > self.downloads:
            return '<a class="too-large">'  # an anchor without an address is text to every reader
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        self._downloaded += len(content)
        name = f"download-{len(self.assets.uris)}.{path.suffix.lstrip('.') or 'bin'}"
        self.assets.uris[name] = data_url(content, kind)
        return _with(tag, address, f"asset:{name}", f' download="{escape(path.name)}"')

    def _image(self, page: Page, tag: str, address: re.Match, url: str) -> str:
        if url.startswith("data:"):
            return tag
        if not url.startswith("asset:"):
            url = self._image_file(page, url)
            if not url:
                return tag
        size = self.assets.sizes.get(url.removeprefix("asset:"))
        extra = ""
        if size and " width=" not in tag and "style=" not in tag:
            extra = f' width="{size[0]}" height="{size[1]}"'
        if size and size[0] >= WIDE and " class=" not in tag:
            extra += ' class="wide"'
        return _with(tag, address, url, extra)

    def _image_file(self, page: Page, url: str) -> str:
        name = None if is_external(url) else page.locate(unquote(url.partition("?")[0]))
        path = self.website.folder / name if name else None
        if path is None or path.suffix.lower() not in IMAGES or not path.is_file():
            folder = path.parent if path is not None else self.website.folder
            found = sorted(p.name for p in folder.glob("*") if p.suffix.lower() in IMAGES)
            self.problems.append(
                f"{page.path}: shows the image {url}, which does not exist in the project. "
                f"Images there are: {', '.join(found) or 'none'}."
            )
            return ""
        suffix = path.suffix.lower().lstrip(".").replace("jpeg", "jpg")
        return self.assets.add(path.read_bytes(), suffix)


def _with(tag: str, address: re.Match, url: str, extra: str = "") -> str:
    changed = f' {address["name"]}="{escape(url)}"{extra}'
    return tag[: address.start()] + changed + tag[address.end() :]
