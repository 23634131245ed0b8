"""The report is a build: papermill executes the notebooks, a renderer makes the pages."""

from __future__ import annotations

import fcntl
import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from study.analysis.results import Results
from study.claims.collection import opened
from study.claims.sentences import Edition
from study.errors import StudyError, unknown
from study.exhibits import tuning_text
from study.export.digest import meta
from study.export.tables import write
from study.report import methods, pages
from study.report.front import page
from study.report.notebooks import Execution, execute
from study.report.rendering import pdf as paper
from study.report.rendering import render_pdf, render_project, render_single
from study.report.rendering.quarto import changed
from study.store import log
from study.store.provenance import CHECKOUT, cores

SOURCES = CHECKOUT / "report"
TERMS = SOURCES / "terms.html"
"""How a term's definition shows: style and script."""
RENDERERS = ("auto", "quarto", "pandoc")
ARM_PAGES = ("some", "all", "none")


def check_options(renderer: str, arm_pages: str, pdf: bool = False) -> None:
    """Refuse unknown options, and what makes a page or a PDF but is not there, before any training.

    Raises:
        StudyError: saying what exists, or how to get it.
    """
    if renderer not in RENDERERS:
        raise unknown("renderer", renderer, RENDERERS, where="--renderer")
    if arm_pages not in ARM_PAGES:
        raise unknown("choice of arm pages", arm_pages, ARM_PAGES, where="--arm-pages")
    if renderer == "quarto" and not shutil.which("quarto"):
        raise StudyError(
            "--renderer quarto: Expected `quarto` on the PATH. Received: none. To get it: `pip install quarto-cli`, "
            "conda-forge's package quarto, or Quarto's own installer; or render with --renderer pandoc."
        )
    if pdf:
        paper.check()
    if not (SOURCES / "_quarto.yml").is_file():
        raise StudyError(
            f"Expected the report's sources in {SOURCES}. Received: none. The report is rendered from "
            "a checkout of the repository; install it with `pip install -e .`."
        )


def render(
    results: Results,
    output: Path | None,
    renderer: str = "auto",
    arm_pages: str = "some",
    jobs: int | None = None,
    single: Path | None = None,
    pdf: bool = False,
    further: str = "",
) -> Path:
    """Build the report.

    Args:
        results: what it reports.
        output: folder of the rendered pages; files of the same names in it are replaced. None: only the single
            page is wanted.
        renderer: `quarto`, `pandoc`, or `auto`: Quarto if it is there.
        arm_pages: `some`, `all` or `none`.
        jobs: processes that execute notebooks; one a core by default.
        single: file that receives all pages as one, by Pandoc; None for no such file.
        pdf: whether `report.pdf` is written beside the pages.
        further: Markdown that leads on from the front page, to what lies beside the report.

    Returns:
        The page to open.

    Raises:
        StudyError: if no experiment has a complete seed.
        ReportError: if a notebook fails, or a reference, image or shortcode is left unresolved.
    """
    if not results.experiments:
        _ = results.effects  # raises, and says what is missing
    began = time.monotonic()
    chosen = {name: pages.arms_with_pages(results, name, arm_pages) for name in results.experiments}
    claims = opened(results)
    executions = _executions(results, chosen, [ledger.edition for ledger in claims.whole])
    with _alone(results.store.root.resolve()) as project:
        shutil.copytree(SOURCES, project, ignore=shutil.ignore_patterns(".ipynb_checkpoints", "notebooks", "front"))
        pages.write_project(results, project, chosen, claims, further)
        sign(project / "_quarto.yml", meta(results.store), page.card(results), TERMS.read_text(encoding="utf-8"))
        write(results, project)
        execute(executions, project, jobs or cores())
        pages.gather_sweeps(results, project)
        pages.embed_figures(project)
        pages.place_pages(results, project)
        made = render_single(project, single) if single else None
        if output is not None:
            made = render_project(project, output, renderer)
            if pdf:
                render_pdf(project, output / "report.pdf")
    log.add(results.store.root, "report", time.monotonic() - began, jobs=jobs or cores(), notebooks=len(executions))
    return made


@contextmanager
def _alone(root: Path) -> Iterator[Path]:
    """Give the folder in which a report of these results is built, empty; another report on them waits for this one.

    The lock is the kernel's, on the results folder itself, so that of a dead process is gone with it.
    """
    handle = os.open(root, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"Another report on {root} is being made; this one waits for it.", file=sys.stderr)
            fcntl.flock(handle, fcntl.LOCK_EX)
        shutil.rmtree(root / ".report", ignore_errors=True)
        yield root / ".report"
    finally:
        os.close(handle)


def sign(file: Path, *elements: str) -> None:
    """Put elements into the head of every page of a project, whose `_quarto.yml` is `file`."""
    with changed(file) as settings:
        settings["format"]["html"]["include-in-header"] = [{"text": element} for element in elements]


def _executions(results: Results, chosen: dict, ledgers: list[Edition]) -> list[Execution]:
    """Return the notebooks to execute, the longest first."""
    study, words = results.study, methods.words(results)
    common = {"name": str(study.file or study.name), "folder": str(results.store.root.resolve())}
    found = []

    def add(notebook: str, page: str, title: str, suffix: str = "", **parameters) -> None:
        source = SOURCES / "notebooks" / f"{notebook}.ipynb"
        found.append(Execution(source, page, common | parameters, title, suffix, words))

    for name in chosen:
        kind = "experiment" if study.design == "full" else "fraction"
        add(kind, pages.experiment_page(name), pages.titles(results, name), f"-{name}", experiment=name)
    if len(chosen) > 1:
        add("across", pages.ACROSS, "Across data sets")
    for name in results.sweeps:
        add("sweep", pages.sweep_part(name), study.sweeps[name].title, f"-{name}", sweep=name)
    for name in results.multiverses:
        add(
            "multiverse",
            pages.multiverse_page(name),
            pages.multiverse_title(results, name),
            f"-{name}",
            experiment=name,
        )
    if results.is_tuned:
        add("tuning", tuning_text.PAGE, tuning_text.TITLE)
    for ledger in ledgers:
        add(ledger.notebook, ledger.page, ledger.title)
    if pages.compared_with_the_literature(results):
        add("literature", pages.LITERATURE, "Against the literature")
    for name, arms in chosen.items():
        for arm in arms:
            title = pages.titles(results, name, arm.name)
            add("arm", pages.arm_page(name, arm), title, experiment=name, arm=arm.name)
    return found
