"""Chromium, or a browser of its family: a page opened without a window."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from study.errors import ReportError

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
QUIET = (
    "--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
    # A container gives the sandbox no namespaces of its own; the page is ours and loads nothing.
    "--no-sandbox",
)  # fmt: skip
PATIENCE = 300
"""Seconds after which a browser that has not printed is given up."""


def find() -> str | None:
    """Return the path of the browser; None if there is none on the PATH."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def print_pdf(page: Path, pdf: Path) -> None:
    """Print a page as the style sheet for paper says, with the headings as its outline.

    Args:
        page: an HTML file.
        pdf: the file to write.

    Raises:
        ReportError: if the browser fails or writes nothing.
    """
    with tempfile.TemporaryDirectory(prefix="study-chromium-") as profile:
        command = [
            find(), *QUIET, f"--user-data-dir={profile}", "--no-pdf-header-footer", "--generate-pdf-document-outline",
            f"--print-to-pdf={pdf.resolve()}", page.resolve().as_uri(),
        ]  # fmt: skip
        try:
            ran = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
            told = f"status {ran.returncode}: {ran.stderr[-2000:]}"
        except subprocess.TimeoutExpired:
            told = f"nothing after {PATIENCE} s"
    if not pdf.is_file() or not pdf.stat().st_size:
        raise ReportError(f"Expected a PDF of {page}. Received from {command[0]}: {told}")
