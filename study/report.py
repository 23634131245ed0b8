"""The report is a build: papermill executes the notebooks, a renderer makes the pages."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path

import yaml

from study import methods, pages, sessions, strengths
from study.claims.collection import Claims
from study.digest import meta
from study.errors import ReportError, StudyError, unknown
from study.resources import cores
from study.exports import write
from study.rendering import pdf as paper
from study.rendering import render_pdf, render_project, render_single
from study.results import Results

SOURCES = Path(__file__).parent.parent / "report"
RENDERERS = ("auto", "quarto", "pandoc")
ARM_PAGES = ("some", "all", "none")
KERNEL = "study"
LABEL = re.compile(r"(?m)^(#\| label: (?:fig|tbl)-.*)$")


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
            "--renderer quarto: Expected `quarto` on the PATH. Received: none. To get it: "
            "`pip install quarto-cli`, conda-forge's package quarto, or Quarto's own installer; or "
            "render with --renderer pandoc."
        )
    if pdf:
        paper.check()
    if not (SOURCES / "_quarto.yml").is_file():
        raise StudyError(
            f"Expected the report's sources in {SOURCES}. Received: none. The report is rendered from "
            "a checkout of the repository; install it with `pip install -e .`."
        )


def check_output(folder: Path) -> None:
    """Refuse a place for the pages that is a file, before any training; `StudyError` says so."""
    if folder.exists() and not folder.is_dir():
        raise StudyError(f"--output: Expected a folder. Received: {folder}, which is a file.")


def check_single(file: Path | None) -> None:
    """Refuse a place for the single page that is a folder, before any training; `StudyError` says so."""
    if file is not None and file.is_dir():
        raise StudyError(f"--single: Expected a file, such as report.html. Received: {file}, which is a folder.")


@dataclass(frozen=True)
class Execution:
    """One notebook to execute: its source file, its place in the project, parameters and title.

    `suffix` is appended to the labels of its figures and tables, so that pages which embed several
    notebooks' figures hold every label once. `words` are put in the place of `{{name}}` in its text.
    """

    source: Path
    page: str
    parameters: dict
    title: str
    suffix: str = ""
    words: dict[str, str] = field(default_factory=dict)


def render(
    results: Results, output: Path | None, renderer: str = "auto", arm_pages: str = "some", jobs: int | None = None,
    single: Path | None = None, pdf: bool = False,
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

    Returns:
        The page to open.

    Raises:
        StudyError: if no experiment has a complete seed.
        ReportError: if a notebook fails, or a reference, image or shortcode is left unresolved.
    """
    if not results.experiments:
        results.effects  # raises, and says what is missing
    began = time.monotonic()
    project = results.store.root.resolve() / ".report"
    shutil.rmtree(project, ignore_errors=True)
    shutil.copytree(SOURCES, project, ignore=shutil.ignore_patterns(".ipynb_checkpoints", "notebooks"))
    chosen = {name: pages.arms_with_pages(results, name, arm_pages) for name in results.experiments}
    claims = Claims(results)
    pages.write_project(results, project, chosen, claims)
    sign(project / "_quarto.yml", meta(results.store))
    write(results, project)
    executions = _executions(results, chosen, claims.complete)
    execute(executions, project, jobs or cores())
    page = render_single(project, single) if single else None
    if output is not None:
        page = render_project(project, output, renderer)
        if pdf:
            render_pdf(project, output / "report.pdf")
    sessions.add(
        results.store.root, "report", time.monotonic() - began, jobs=jobs or cores(), notebooks=len(executions)
    )
    return page


def sign(file: Path, element: str) -> None:
    """Put an element into the head of every page of a project, whose `_quarto.yml` is `file`."""
    settings = yaml.safe_load(file.read_text(encoding="utf-8"))
    settings["format"]["html"]["include-in-header"] = [{"text": element}]
    file.write_text(yaml.safe_dump(settings, sort_keys=False, allow_unicode=True), encoding="utf-8")


def _executions(results: Results, chosen: dict, claims: bool) -> list[Execution]:
    """Return the notebooks to execute, the longest first."""
    common = {"study": str(results.study.file or results.study.name), "results": str(results.store.root.resolve())}
    found = []
    whole = results.study.design == "full"
    words = methods.words(results)
    for name in chosen:
        found.append(Execution(
            SOURCES / "notebooks" / ("experiment.ipynb" if whole else "fraction.ipynb"), pages.experiment_page(name),
            common | {"experiment": name}, pages.titles(results, name), f"-{name}", words,
        ))
    if len(chosen) > 1:
        found.append(
            Execution(SOURCES / "notebooks" / "across.ipynb", pages.ACROSS, common, "Across data sets", words=words)
        )
    found += [
        Execution(
            SOURCES / "notebooks" / "sweep.ipynb", pages.sweep_page(name), common | {"sweep": name},
            results.study.sweeps[name].title, f"-{name}",
        )
        for name in results.sweeps
    ]
    if strengths.complete(results):
        found.append(Execution(SOURCES / "notebooks" / "tuning.ipynb", strengths.PAGE, common, "How strengths were chosen"))
    if claims:
        found.append(Execution(SOURCES / "notebooks" / "claims.ipynb", pages.LEDGER, common, "The claims ledger"))
    if pages.compared_with_the_literature(results):
        found.append(Execution(SOURCES / "notebooks" / "literature.ipynb", pages.LITERATURE, common, "Against the literature"))
    for name, arms in chosen.items():
        found += [
            Execution(
                SOURCES / "notebooks" / "arm.ipynb", pages.arm_page(name, arm), common | {"experiment": name, "arm": arm.name},
                pages.titles(results, name, arm.name), words=words,
            )
            for arm in arms
        ]
    return found


def execute(executions: list[Execution], project: Path, jobs: int) -> None:
    """Execute notebooks in parallel processes, on this interpreter, into the project.

    Raises:
        ReportError: with the name of the first notebook that failed and its traceback.
    """
    kernels = _kernel(project)
    with ProcessPoolExecutor(min(jobs, len(executions)), get_context("spawn")) as pool:
        futures = [pool.submit(_execute, each, str(project), str(kernels)) for each in executions]
        try:
            for future in futures:
                future.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _kernel(project: Path) -> Path:
    """Describe this interpreter as a Jupyter kernel, where only this build looks for it."""
    folder = project / ".jupyter"
    spec = folder / "kernels" / KERNEL
    spec.mkdir(parents=True)
    # Its warning that loopback traffic is not encrypted would be printed once a notebook.
    argv = [
        sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}", "--log-level=CRITICAL"
    ]
    (spec / "kernel.json").write_text(
        json.dumps({"argv": argv, "display_name": "study", "language": "python"})
    )
    return folder


def _execute(execution: Execution, project: str, kernels: str) -> None:
    """Execute one notebook; the body of a pool's process."""
    os.environ["JUPYTER_PATH"] = kernels
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    import logging
    import warnings

    import nbformat
    import papermill

    logging.getLogger("papermill").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module="nbformat|papermill|nbclient")
    check_parameters(execution.source, execution.parameters)
    page = Path(project) / execution.page
    page.parent.mkdir(parents=True, exist_ok=True)
    prepared = nbformat.read(execution.source, as_version=4)
    front_matter(prepared, execution.title)
    fill(prepared, execution.words)
    nbformat.write(prepared, page)
    try:
        papermill.execute_notebook(
            str(page), str(page), execution.parameters, kernel_name=KERNEL, progress_bar=False,
            log_output=False, cwd=str(page.parent),
        )
    except papermill.PapermillExecutionError as error:
        trace = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(error.traceback))
        raise ReportError(f"{execution.source.name} failed for {execution.page}:\n{trace}") from None
    executed = nbformat.read(page, as_version=4)
    finish(executed, execution.suffix)
    nbformat.write(executed, page)


def check_parameters(source: Path, parameters: dict) -> None:
    """Compare parameters with the notebook's own: papermill only warns about unknown ones.

    Raises:
        ReportError: if one is unknown or lacking.
    """
    import papermill

    own = set(papermill.inspect_notebook(str(source)))
    if own != set(parameters):
        raise ReportError(
            f"{source.name}: Expected the parameters {', '.join(sorted(own))}. "
            f"Received: {', '.join(sorted(parameters))}."
        )


def front_matter(notebook, title: str) -> None:
    """Give a notebook its page's title, in the raw cell it begins with."""
    notebook.cells[0].source = f"---\ntitle: {json.dumps(title, ensure_ascii=False)}\n---"


def fill(notebook, words: dict[str, str]) -> None:
    """Put words in the place of `{{name}}` in a notebook's text."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = re.sub(r"\{\{(\w+)\}\}", lambda match: words[match[1]], cell.source)


def finish(notebook, suffix: str = "") -> None:
    """Write captions and alternative texts, which only running knows, where renderers look for them.

    A cell labelled `fig-…` or `tbl-…` gets `fig-cap` and `fig-alt`, or `tbl-cap`, from its exhibit, and loses
    its label if it shows words in place of one; labels get the suffix; the cell that papermill injected is hidden.
    """
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell.source = f"#| include: false\n{cell.source}"
        label = rf"\1{suffix}" if _exhibits(cell) else ""
        cell.source = re.sub(LABEL, label, cell.source).lstrip("\n")
        for output in cell.get("outputs", []):
            about = output.get("metadata", {})
            if "image/svg+xml" in about:
                words = about["image/svg+xml"]
                _add_options(cell, {"fig-cap": words["caption"], "fig-alt": words["alt"]})
            elif "text/markdown" in about and "caption" in about["text/markdown"]:
                _add_options(cell, {"tbl-cap": about["text/markdown"]["caption"]})


def _exhibits(cell) -> bool:
    about = [output.get("metadata", {}) for output in cell.get("outputs", [])]
    return any("image/svg+xml" in each or "caption" in each.get("text/markdown", {}) for each in about)


def _add_options(cell, options: dict[str, str]) -> None:
    lines = cell.source.splitlines()
    at = sum(1 for line in lines if line.startswith("#|"))
    new = [f"#| {name}: {json.dumps(text, ensure_ascii=False)}" for name, text in options.items()]
    cell.source = "\n".join([*lines[:at], *new, *lines[at:]])
