"""Quarto's Typst: the self-contained page typeset as a PDF, by the Pandoc and the Typst that Quarto carries."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from study.errors import ReportError
from study.report.rendering.addresses import ID

MAIN = re.compile(r'<main id="content">(.*)</main>', re.DOTALL)
SECTION = re.compile(r'<section class="page paper" id="([^"]+)"[^>]*>|</section>')
LEFT_OUT = re.compile(r'<section class="page" .*?</section>(?=\s*(?:<section class="page|$))', re.DOTALL)
"""Pages that are not of the short version, which is what paper gets."""
SCREEN = re.compile(
    r"<!-- screen -->.*?<!-- /screen -->|<style>.*?</style>|<(details|button|script)\b.*?</\1>|<svg\b.*?</svg>|"
    r'<b class="set">.*?</b>|<span class="(?:t short|key)".*?</span>',
    re.DOTALL,
)
"""What is for the screen alone: scripts, switches, marks, folds, and what a phone shows in other words."""
SIZE = re.compile(r' (?:width|height)="\d+"')
LOOK = """\
#set text(font: ("Helvetica Neue", "Arial", "Liberation Sans", "DejaVu Sans"), hyphenate: false)
#set par(justify: false)
#set image(width: 62%)
#set figure(numbering: none, supplement: none)
#show figure: set block(breakable: false)
#show figure.caption: set align(left)
#show table: set text(size: 7pt)
"""
"""Captions bring their numbers, those of the page; a figure is kept whole."""
MARGINS = "margin: { x: 17mm, top: 18mm, bottom: 20mm }\n"
"""For Pandoc's template: set after the first sheet has begun, margins leave that one empty."""


def print_pdf(page: Path, pdf: Path) -> None:
    """Typeset a page: A4, each of its pages from a new sheet, no navigation.

    Args:
        page: an HTML file as `pandoc.document` makes it, with `quarto` on the PATH.
        pdf: the file to write, beside the page.

    Raises:
        ReportError: if Quarto's Pandoc or Typst fails.
    """
    html = page.read_text(encoding="utf-8")
    content = f'<!DOCTYPE html><html lang="en"><body>{_opened(MAIN.search(html)[1])}</body></html>'
    source, look, margins = (page.with_suffix(suffix) for suffix in (".typ", ".look.typ", ".yml"))
    look.write_text(LOOK, encoding="utf-8")
    margins.write_text(MARGINS, encoding="utf-8")
    _quarto(
        page.parent, "pandoc", "--from=html", "--to=typst", "--standalone", f"--output={source.name}",
        "--extract-media=.", f"--include-before-body={look.name}", f"--metadata-file={margins.name}",
        "--variable=papersize=a4", "--variable=fontsize=8.5pt", text=content,
    )  # fmt: skip
    # Each page of the report begins a sheet; the first has one already.
    first, *others = source.read_text(encoding="utf-8").split("\n= ")
    source.write_text("\n= ".join([first, "\n#pagebreak()\n= ".join(others)]), encoding="utf-8")
    _quarto(page.parent, "typst", "compile", source.name, pdf.name)


def _opened(main: str) -> str:
    """Return the pages as Typst can set them.

    What is for the screen alone goes, and so does what the short version leaves out, with the links to it. In a section
    a page would break no sheet, so they go too, and links to a page lead to its title; images take the width that
    there is.
    """
    main = SCREEN.sub("", LEFT_OUT.sub("", main))
    slugs, ids = set(filter(None, SECTION.findall(main))), set(ID.findall(main))

    def link(match: re.Match) -> str:
        if match[1] in slugs:
            return f' href="#{match[1]}--page-title"'
        return match[0] if match[1] in ids else ""

    return re.sub(r' href="#([^"]+)"', link, SIZE.sub("", SECTION.sub("", main)))


def _quarto(folder: Path, *words: str, text: str = "") -> None:
    ran = subprocess.run([shutil.which("quarto"), *words], cwd=folder, input=text, capture_output=True, text=True)
    if ran.returncode:
        raise ReportError(f"quarto {' '.join(words[:2])} ended with status {ran.returncode}:\n{ran.stderr[-2000:]}")
