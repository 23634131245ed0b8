"""The report on paper: one PDF of the self-contained page, by Quarto's Typst or by Chromium."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from study.errors import ReportError, StudyError
from study.report.rendering import chromium, pandoc, typst


def check() -> None:
    """Refuse where neither Quarto nor Chromium is there to make a PDF; `StudyError` says how to get one."""
    if not shutil.which("quarto") and not chromium.find():
        raise StudyError(
            "--pdf: Expected `quarto` or Chromium on the PATH. Received: neither. To get one: `pip install "
            f"quarto-cli`, conda-forge's package quarto, or a browser named {', '.join(chromium.NAMES)}, such as "
            "Debian's package chromium."
        )


def render(project: Path, pdf: Path) -> Path:
    """Render a project as one PDF and return its path; the file is replaced whole or left as it was.

    Args:
        project: see `pandoc.document`.
        pdf: the file to write.

    Raises:
        ReportError: if anything in the project is left unresolved, or the PDF cannot be made.
    """
    page = pandoc.write(project / ".paper" / "report.html", pandoc.document(project, downloads=0, paper=True))
    made = page.with_suffix(".pdf")
    made.unlink(missing_ok=True)
    try:
        (typst if shutil.which("quarto") else chromium).print_pdf(page, made)
    except ReportError as error:
        if not (shutil.which("quarto") and chromium.find()):
            raise
        print(f"study: {error}\nThe PDF is printed by Chromium instead.", file=sys.stderr)
        chromium.print_pdf(page, made)
    pdf.parent.mkdir(parents=True, exist_ok=True)
    return Path(shutil.move(made, pdf))
