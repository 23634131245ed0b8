"""The report without Quarto: the same website project as one self-contained HTML page.

`manuscript.py` expands shortcodes and notebooks; Pandoc, Quarto's own engine, reads each page, with
`structure.lua` and `pandoc.lua` for what Quarto adds to Markdown; `links.py` resolves addresses.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from html import escape
from pathlib import Path

from study.errors import ReportError
from study.report.rendering.links import DOWNLOADS, Fragment, Links
from study.report.rendering.manuscript import Manuscripts
from study.report.rendering.pagecheck import text_problems
from study.report.rendering.website import Entry, Page, Website, is_external, load
from study.store.provenance import CHECKOUT

FILTERS = [Path(__file__).with_name(name) for name in ("structure.lua", "pandoc.lua")]
DESIGN = CHECKOUT / "report"
MARK = "<!--labels-->"
CITATION = re.compile(r"Citeproc: citation (\S+) not found")
CITES = re.compile(r"@(?!(?:fig|tbl|sec|eq)-)[\w{]", re.IGNORECASE)
BIB_KEY = re.compile(r"^\s*@\w+\s*\{\s*([^,\s]+)\s*,", re.MULTILINE)
ASSET = re.compile(r'(?<=")asset:([\w-]+\.\w+)(?=")')
SLOT = re.compile(r"<!--\$(\w+)\$-->")
UNFOLDED = 12
"""Entries up to which a section of the navigation starts unfolded."""


class RenderError(ReportError):
    """The project names what does not exist: a line a problem, with file, culprit, what exists."""


def render(project: Path, output: Path) -> Path:
    """Render a Quarto website project as one HTML page that needs no other file and no network.

    Args:
        project: see `document`.
        output: folder that receives `index.html`; created where it is missing.

    Returns:
        The path of the page.

    Raises:
        RenderError: see `document`. Nothing is written then.
    """
    return write(output / "index.html", document(project))


def document(project: Path, downloads: int = DOWNLOADS) -> str:
    """Return a Quarto website project as the text of one HTML page.

    Args:
        project: folder with `_quarto.yml`, `_variables.yml`, pages and executed notebooks; a
            `pandoc.css` and `pandoc.html` in it replace those of `report/`.
        downloads: bytes of linked files that are put into the page.

    Raises:
        RenderError: a page, include, embedded notebook or label, variable, reference, citation,
            link or image does not exist; lists every one.
    """
    problems: list[str] = []
    website = load(project, problems)
    manuscripts = Manuscripts(website, problems)
    texts = [manuscripts.text(page) for page in website.pages]
    # Pandoc runs as a process of its own, so threads are enough to use every core.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        fragments = list(pool.map(partial(_fragment, website, problems), website.pages, texts))
    links = Links(website, fragments, manuscripts.assets, problems, downloads)
    bodies = {fragment.page.path: links.resolved(fragment) for fragment in fragments}
    html = _document(website, fragments, bodies, problems)
    # The check comes before the images go in: they are most of the bytes and hold no address.
    problems += [] if problems else [f"index.html: {found}." for found in text_problems(html)]
    if problems:
        listed = "\n".join(f"- {problem}" for problem in sorted(dict.fromkeys(problems)))
        raise RenderError(f"Expected a report in which every name leads somewhere. Received:\n{listed}")
    return ASSET.sub(lambda match: links.assets.uris[match[1]], html)


def write(path: Path, html: str) -> Path:
    """Write a page whole or not at all, and return its path; the folder is created."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.part")
    unfinished.write_text(html, encoding="utf-8")
    unfinished.replace(path)
    return path


def version() -> str:
    """Return the version of the Pandoc that renders, as `3.9`."""
    told = subprocess.run([_binary(), "--version"], capture_output=True, text=True, check=True)
    return told.stdout.split()[1]


def _binary() -> str:
    import pypandoc

    return pypandoc.get_pandoc_path()


def _fragment(website: Website, problems: list[str], page: Page, text: str) -> Fragment:
    command = [_binary(), "--from=markdown", "--to=html5", "--mathml", "--wrap=none", "--metadata=link-citations"]
    command += [f"--id-prefix={page.slug}--", *(f"--lua-filter={path}" for path in FILTERS)]
    if CITES.search(text):  # citeproc is nine tenths of Pandoc's time on a page
        command += ["--citeproc", *(f"--bibliography={path}" for path in website.bibliography)]
        command += [f"--csl={website.csl}"] if website.csl else []
    ran = subprocess.run(command, input=text, capture_output=True, text=True, encoding="utf-8")
    if ran.returncode:
        problems.append(f"{page.path}: Pandoc stopped with status {ran.returncode}: {ran.stderr.strip()}")
        return Fragment(page, page.path, {}, "")
    problems += [f"{page.path}: {warning}" for warning in _warnings(website, ran.stderr)]
    report, _, html = ran.stdout.partition(MARK)
    told = json.loads(report)
    if not told["title"]:
        problems.append(f"{page.path}: Expected a title in the front matter. Received none.")
    # Lua's empty table is a list in JSON.
    return Fragment(page, told["title"] or page.path, told["labels"] or {}, html.strip())


def _warnings(website: Website, log: str) -> Iterator[str]:
    for warning in re.split(r"^\[WARNING\] ", log, flags=re.MULTILINE):
        if match := CITATION.search(warning):
            keys = [key for path in website.bibliography for key in BIB_KEY.findall(path.read_text("utf-8"))]
            exist = ", ".join(keys) or "nothing"
            yield f"unknown citation {match[1]}. The bibliography has: {exist}."
        elif warning.strip():
            yield f"Pandoc warns: {' '.join(warning.split())}"


def _document(website: Website, fragments: list[Fragment], bodies: dict, problems: list[str]) -> str:
    titles = {fragment.page.path: fragment.title for fragment in fragments}
    slugs = {page.path: page.slug for page in website.pages}
    slots = {
        "title": escape(website.title),
        "head": website.head,
        "style": _design(website, "pandoc.css", problems),
        "home": f"#{website.pages[0].slug}" if website.pages else "#",
        "navigation": _list(website.navigation or _all(website), titles, slugs),
        "pages": "\n".join(_section(fragment, bodies[fragment.page.path]) for fragment in fragments),
        "footer": f"Rendered by Pandoc {version()}",
    }
    template = _design(website, "pandoc.html", problems)
    return SLOT.sub(lambda match: slots[match[1]], template)


def _design(website: Website, name: str, problems: list[str]) -> str:
    for folder in (website.folder, DESIGN):
        if (folder / name).is_file():
            return (folder / name).read_text(encoding="utf-8")
    problems.append(f"{name}: Expected this file in {website.folder} or {DESIGN}. It is in neither.")
    return ""


def _section(fragment: Fragment, body: str) -> str:
    slug = fragment.page.slug
    return (
        f'<section class="page" id="{slug}" data-title="{escape(fragment.title)}" '
        f'aria-labelledby="{slug}--page-title">\n{body}\n</section>'
    )


def _all(website: Website) -> tuple[Entry, ...]:
    return tuple(Entry(None, page.path) for page in website.pages)


def _list(entries: tuple[Entry, ...], titles: dict[str, str], slugs: dict[str, str]) -> str:
    items = "".join(f"<li>{_item(entry, titles, slugs)}</li>\n" for entry in entries)
    return f"<ul>\n{items}</ul>\n"


def _item(entry: Entry, titles: dict[str, str], slugs: dict[str, str]) -> str:
    text = escape(entry.text or titles.get(entry.href or "") or entry.href or "")
    if not entry.contents:
        return _anchor(entry.href, text, slugs)
    own = (Entry(titles.get(entry.href), entry.href),) if entry.href else ()
    inner = _list((*own, *entry.contents), titles, slugs)
    # A long section starts folded, or it would push the ones below it out of sight.
    is_open = " open" if len(entry.contents) <= UNFOLDED else ""
    return f"<details{is_open}><summary>{text}</summary>\n{inner}</details>"


def _anchor(href: str | None, text: str, slugs: dict[str, str]) -> str:
    if href is None:
        return f"<span>{text}</span>"
    target = href if is_external(href) else f"#{slugs.get(href, '')}"
    return f'<a href="{escape(target)}">{text}</a>'
