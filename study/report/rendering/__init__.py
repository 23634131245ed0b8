"""From a Quarto website project to HTML: by Quarto where it is there, else by Pandoc."""

from __future__ import annotations

import shutil
from pathlib import Path

from study.report.rendering import pandoc, pdf, quarto

DOWNLOADS = 600_000
"""Bytes of packed tables that a page which is to be sent or published carries with it."""


def render_project(project: Path, output: Path, renderer: str = "auto") -> Path:
    """Render a project with the renderer asked for.

    Args:
        project: folder with `_quarto.yml`.
        output: folder of the rendered pages.
        renderer: `quarto`, `pandoc`, or `auto`: Quarto if it is on the PATH.

    Returns:
        The page to open.

    Raises:
        ReportError: if anything is left unresolved; `output` is then as it was.
    """
    if renderer == "auto":
        renderer = "quarto" if shutil.which("quarto") else "pandoc"
    return (quarto if renderer == "quarto" else pandoc).render(project, output)


def render_single(project: Path, file: Path) -> Path:
    """Render a project as one HTML page, by Pandoc, which any renderer's reader can be sent; return its path.

    Raises:
        ReportError: if anything is left unresolved; `file` is then as it was.
    """
    return pandoc.write(file, pandoc.document(project, DOWNLOADS))


def render_pdf(project: Path, file: Path) -> Path:
    """Render a project as one PDF: see `pdf.render`."""
    return pdf.render(project, file)
