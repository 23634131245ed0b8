"""Quarto's Typst: the self-contained page typeset as a PDF, by the Pandoc and the Typst that Quarto carries."""

from __future__ import annotations

import re
import shutil
import subprocess
from html import unescape
from pathlib import Path

from study.errors import ReportError

MAIN = re.compile(r'<main id="content">(.*)</main>', re.DOTALL)
SECTION = re.compile(r'<section class="page" id="([^"]+)"[^>]*>|</section>')
TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)
HEAD = """\
#set text(font: ("Helvetica Neue", "Arial", "Liberation Sans", "DejaVu Sans"))
#show heading.where(level: 1): it => { pagebreak(weak: true); it }
#show figure: set block(breakable: false)
#show table: set text(size: 7.5pt)
"""


def print_pdf(page: Path, pdf: Path) -> None:
    """Typeset a page: A4, each of its pages from a new sheet, no navigation.

    Args:
        page: an HTML file as `pandoc.document` makes it, with `quarto` on the PATH.
        pdf: the file to write, beside the page.

    Raises:
        ReportError: if Quarto's Pandoc or Typst fails.
    """
    html = page.read_text(encoding="utf-8")
    content = f"<!DOCTYPE html><html lang=\"en\"><body>{_opened(MAIN.search(html)[1])}</body></html>"
    source, head = page.with_suffix(".typ"), page.with_suffix(".head.typ")
    head.write_text(HEAD, encoding="utf-8")
    _quarto(
        page.parent, "pandoc", "--from=html", "--to=typst", "--standalone", f"--output={source.name}",
        "--extract-media=.", f"--include-in-header={head.name}", "--variable=papersize=a4", "--variable=fontsize=9.5pt",
        f"--metadata=pagetitle={unescape(TITLE.search(html)[1])}", text=content,
    )  # fmt: skip
    _quarto(page.parent, "typst", "compile", source.name, pdf.name)


def _opened(main: str) -> str:
    """Return the pages without the sections around them, in which Typst breaks no sheet; links lead to their titles."""
    slugs = set(filter(None, SECTION.findall(main)))
    link = lambda match: f'href="#{match[1]}--page-title"' if match[1] in slugs else match[0]
    return re.sub(r'href="#([^"]+)"', link, SECTION.sub("", main))


def _quarto(folder: Path, *words: str, text: str = "") -> None:
    ran = subprocess.run([shutil.which("quarto"), *words], cwd=folder, input=text, capture_output=True, text=True)
    if ran.returncode:
        raise ReportError(f"quarto {' '.join(words[:2])} ended with status {ran.returncode}:\n{ran.stderr[-2000:]}")
