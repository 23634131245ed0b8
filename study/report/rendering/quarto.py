"""The report by Quarto, judged by its log and by the pages it wrote."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

from study.errors import ReportError
from study.report.rendering import figures
from study.report.rendering.pagecheck import problems, quarto_log_problems, refused


def render(project: Path, output: Path) -> Path:
    """Render a Quarto website project with `quarto` from the PATH.

    Args:
        project: folder with `_quarto.yml`; its footer is made to name the renderer.
        output: folder of the rendered pages; written once everything in them is sound. Nothing else
            in it is touched.

    Returns:
        The path of `index.html`.

    Raises:
        ReportError: if Quarto fails, or warns of what is unresolved, or a page is broken.
    """
    quarto = shutil.which("quarto")
    if not quarto:
        raise ReportError("Expected `quarto` on the PATH. Received: none.")
    _sign(project / "_quarto.yml", _run(quarto, "--version", folder=project).strip())
    log = _run(quarto, "render", "--no-execute", folder=project)
    site = project / "_site"
    found = [*quarto_log_problems(log), *problems(site)]
    if found:
        raise refused(found)
    draw(project, site)
    shutil.copytree(site, output, dirs_exist_ok=True)
    return output / "index.html"


def draw(project: Path, site: Path) -> None:
    """Put the figures of a rendered site into its pages as drawings, and their files beside the pages."""
    if (project / figures.FIGURES).is_dir():
        shutil.copytree(project / figures.FIGURES, site / figures.FIGURES, dirs_exist_ok=True)
    for page in site.rglob("*.html"):
        html = page.read_text(encoding="utf-8")
        beside = lambda image, file: f"{image.rpartition('/')[0]}/{file.name}"
        page.write_text(figures.drawn(html, project, beside), encoding="utf-8")


def _sign(file: Path, version: str) -> None:
    """Say in the footer of every page what rendered it."""
    with changed(file) as settings:
        settings["website"]["page-footer"] = {"left": f"Rendered by Quarto {version}"}


@contextmanager
def changed(file: Path) -> Iterator[dict]:
    """Give the settings of a project's `_quarto.yml` to be changed, and write them back."""
    settings = yaml.safe_load(file.read_text(encoding="utf-8"))
    yield settings
    file.write_text(yaml.safe_dump(settings, sort_keys=False, allow_unicode=True), encoding="utf-8")


def _run(*command: str, folder: Path) -> str:
    """Run a command inside the project and return what it printed."""
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if ran.returncode:
        raise ReportError(f"{' '.join(command)} ended with status {ran.returncode}:\n{ran.stderr[-4000:]}")
    return ran.stdout + ran.stderr
