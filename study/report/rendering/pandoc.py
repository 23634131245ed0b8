"""The report without Quarto: the same plain pages as one self-contained HTML page.

Pandoc, Quarto's own engine, reads each page, with `pandoc.lua` for what Quarto adds to Markdown; `addresses.py` makes
every link, drawing and download work within one file.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from html import escape
from pathlib import Path

import yaml

from study.files import whole
from study.report.rendering import figures
from study.report.rendering.addresses import DOWNLOADS, Addresses, data_url
from study.report.rendering.pagecheck import refused, text_problems

FILTER = Path(__file__).with_suffix(".lua")
CITATION = re.compile(r"Citeproc: citation (\S+) not found")
BIB_KEY = re.compile(r"^\s*@\w+\s*\{\s*([^,\s]+)\s*,", re.MULTILINE)
SLOT = re.compile(r"<!--\$(\w+)\$-->")
UNFOLDED = 12
"""Entries up to which a section of the navigation starts unfolded."""


def render(project: Path, output: Path) -> Path:
    """Render a website project as one HTML page that needs no other file and no network.

    Args:
        project: see `document`.
        output: folder that receives `index.html`; created where it is missing.

    Returns:
        The path of the page.

    Raises:
        ReportError: see `document`. Nothing is written then.
    """
    return write(output / "index.html", document(project))


def document(project: Path, downloads: int = DOWNLOADS, paper: bool = False) -> str:
    """Return a website project as the text of one HTML page.

    Args:
        project: a copy of `report/` with its pages, all of them plain Markdown, and a completed `_quarto.yml`.
        downloads: bytes of linked files, packed, that are put into the page.
        paper: whether it is to be printed: figures then are images of one form, without their files.

    Raises:
        ReportError: a page, reference, citation, link or image does not exist; lists every one.
    """
    config = yaml.safe_load((project / "_quarto.yml").read_text(encoding="utf-8"))
    pages = config["project"]["render"]
    slugs = {page: re.sub(r"[^a-z0-9]+", "-", page.rpartition(".")[0].lower()).strip("-") for page in pages}
    problems: list[str] = []
    # Pandoc runs as a process of its own, so threads are enough to use every core.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        sections = list(pool.map(partial(_section, project, config, problems), pages, slugs.values()))
    addresses = Addresses(project, slugs, "".join(sections), downloads, problems)
    html = _document(project, config, slugs, [addresses.resolved(*each) for each in zip(pages, sections, strict=True)])
    # The check comes before the files go in: they are most of the bytes and hold no address.
    problems += [] if problems else [f"index.html: {found}." for found in text_problems(html)]
    if problems:
        raise refused(sorted(problems))
    return addresses.with_files(html if paper else figures.drawn(html, project, _address))


def _address(image: str, file: Path) -> str:
    # The drawing itself is in the page already, from where a script saves it.
    return data_url(file.read_bytes(), "text/csv") if file.suffix == ".csv" else ""


def write(path: Path, html: str) -> Path:
    """Write a page whole or not at all, and return its path; the folder is created."""
    with whole(path) as part:
        part.write_text(html, encoding="utf-8")
    return path


def version() -> str:
    """Return the version of the Pandoc that renders, as `3.9`."""
    return _run("--version").stdout.split()[1]


def _run(*words: str) -> subprocess.CompletedProcess:
    import pypandoc

    return subprocess.run([pypandoc.get_pandoc_path(), *words], capture_output=True, text=True, encoding="utf-8")


def _section(project: Path, config: dict, problems: list[str], page: str, slug: str) -> str:
    """Return a page as an HTML section whose ids begin with its slug."""
    bibliography, filters = config["bibliography"], [each["path"] for each in config.get("filters", [])]
    ran = _run(
        str(project / page), "--from=markdown", "--to=html5", "--mathml", "--wrap=none",
        "--columns=9999",  # no row is longer, so that every table's columns fit their content
        f"--template={project / 'page.html'}", f"--variable=slug:{slug}", f"--id-prefix={slug}--",
        *(f"--lua-filter={project / name}" for name in filters), f"--lua-filter={FILTER}",
        f"--metadata=bibliography:{project / bibliography}", "--metadata=link-citations",
    )  # fmt: skip
    if ran.returncode:
        problems.append(f"{page}: Pandoc stopped with status {ran.returncode}: {ran.stderr.strip()}")
    elif '--page-title"></h1>' in ran.stdout:
        problems.append(f"{page}: Expected a title in the front matter. Received none.")
    problems += [f"{page}: {warning}" for warning in _warnings(project / bibliography, ran.stderr)]
    return ran.stdout


def _warnings(bibliography: Path, log: str) -> Iterator[str]:
    for warning in re.split(r"^\[WARNING\] ", log, flags=re.MULTILINE)[1:]:
        if match := CITATION.search(warning):
            exist = ", ".join(BIB_KEY.findall(bibliography.read_text(encoding="utf-8")))
            yield f"unknown citation {match[1]}. The bibliography has: {exist}."
        else:
            yield " ".join(warning.split())


def _document(project: Path, config: dict, slugs: dict[str, str], sections: list[str]) -> str:
    slots = {
        "title": escape(config["website"]["title"]),
        "head": "\n".join(each["text"] for each in config["format"]["html"].get("include-in-header", [])),
        "style": (project / "pandoc.css").read_text(encoding="utf-8"),
        "home": f"#{next(iter(slugs.values()))}",
        "navigation": _list(config["website"]["sidebar"]["contents"], slugs),
        "pages": "\n".join(sections),
        "footer": f"Rendered by Pandoc {version()}",
    }
    return SLOT.sub(lambda match: slots[match[1]], (project / "pandoc.html").read_text(encoding="utf-8"))


def _list(entries: list[dict], slugs: dict[str, str]) -> str:
    items = "".join(f"<li>{_item(entry, slugs)}</li>\n" for entry in entries)
    return f"<ul>\n{items}</ul>\n"


def _item(entry: dict, slugs: dict[str, str]) -> str:
    if "contents" not in entry:
        return f'<a href="#{slugs[entry["href"]]}">{escape(entry["text"])}</a>'
    # A long section starts folded, or it would push the ones below it out of sight.
    is_open = " open" if len(entry["contents"]) <= UNFOLDED else ""
    inner = _list(entry["contents"], slugs)
    return f"<details{is_open}><summary>{escape(entry['section'])}</summary>\n{inner}</details>"
