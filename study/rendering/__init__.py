"""From a Quarto website project to HTML: by Quarto where it is there, else by Pandoc."""

from __future__ import annotations

import shutil
from pathlib import Path

from study.rendering import pandoc, quarto


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
