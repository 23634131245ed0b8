"""The report's notebooks: papermill executes them, each in a process and on a kernel of its own."""

from __future__ import annotations

import json
import os
import re
import socket
import sys
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

from study.design.own import code
from study.errors import ReportError
from study.report import manuscript

KERNEL = "study"
LONGEST_SOCKET = 100  # characters of a socket's path before its channel's number; macOS has room for 103


@dataclass(frozen=True)
class Execution:
    """One notebook to execute: its source file, its page in the project, parameters and title.

    `suffix` is appended to the labels of its figures and tables, so that pages which embed several
    notebooks' figures hold every label once. `words` are put in the place of `{{name}}` in its text.
    """

    source: Path
    page: str
    parameters: dict
    title: str
    suffix: str = ""
    words: dict[str, str] = field(default_factory=dict)


def execute(executions: list[Execution], project: Path, jobs: int) -> None:
    """Execute notebooks in parallel processes, on this interpreter; write each page, with the notebook beside it.

    Raises:
        ReportError: with the name of the first notebook that failed and its traceback, or if a process was killed.
    """
    kernels = _kernel(project)
    with ProcessPoolExecutor(min(jobs, len(executions)), get_context("spawn")) as pool:
        futures = [pool.submit(_execute, each, str(project), str(kernels), code.PLACES) for each in executions]
        try:
            for future in futures:
                future.result()
        except BrokenProcessPool:
            raise ReportError(
                "A process that executes notebooks was killed, as for want of memory; fewer at once need less: -j 1."
            ) from None
        finally:
            pool.shutdown(cancel_futures=True)


def _kernel(project: Path) -> Path:
    """Describe this interpreter as a Jupyter kernel, where only this build looks for it."""
    folder = project / ".jupyter"
    spec = folder / "kernels" / KERNEL
    spec.mkdir(parents=True)
    # Its warning that loopback traffic is not encrypted would be printed once a notebook.
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}", "--log-level=CRITICAL"]
    (spec / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": "study", "language": "python"}))
    return folder


def _execute(execution: Execution, project: str, kernels: str, places: list[str]) -> None:
    """Execute one notebook; the body of a pool's process."""
    os.environ["JUPYTER_PATH"] = kernels
    os.environ[code.VARIABLE] = os.pathsep.join(places)  # a kernel's working directory is its page's
    with TemporaryDirectory(prefix="study-") as sockets:
        os.environ["JUPYTER_RUNTIME_DIR"] = sockets
        _run_notebook(execution, Path(project), Path(sockets))


def _channels(sockets: Path) -> dict:
    """Return Jupyter's settings of a kernel's channels: sockets in a folder of its own wherever there are such.

    Jupyter's default, free TCP ports, are chosen before the kernel binds them; of kernels that start at once, one then
    finds its port taken now and again, and dies.
    """
    place = str(sockets / "k")
    if not hasattr(socket, "AF_UNIX") or len(place) > LONGEST_SOCKET:
        return {}
    return {"KernelManager": {"transport": "ipc", "ip": place}}


def _run_notebook(execution: Execution, project: Path, sockets: Path) -> None:
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # looking for a data set may import TensorFlow
    import logging
    import warnings

    import nbformat
    import papermill
    from nbclient.exceptions import DeadKernelError
    from traitlets.config import Config

    logging.getLogger("papermill").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module="nbformat|papermill|nbclient")
    check_parameters(execution.source, execution.parameters)
    page = (project / execution.page).with_suffix(".ipynb")
    page.parent.mkdir(parents=True, exist_ok=True)
    prepared = nbformat.read(execution.source, as_version=4)
    fill(prepared, execution.words)
    for last in (False, True):
        nbformat.write(prepared, page)
        try:
            papermill.execute_notebook(
                str(page),
                str(page),
                execution.parameters,
                kernel_name=KERNEL,
                progress_bar=False,
                log_output=False,
                cwd=str(page.parent),
                config=Config(_channels(sockets)),
            )
            break
        except papermill.PapermillExecutionError as error:
            trace = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(error.traceback))
            raise ReportError(f"{execution.source.name} failed for {execution.page}:\n{trace}") from None
        except RuntimeError as error:  # how nbclient says that a kernel died, or did not start, which is tried twice
            if last or isinstance(error, DeadKernelError):
                raise ReportError(f"{execution.source.name} failed for {execution.page}: {error}.") from None
    executed = nbformat.read(page, as_version=4)
    text, files = manuscript.written_out(executed, execution.page, execution.title, execution.suffix)
    for file, content in {execution.page: text, **files}.items():
        (project / file).parent.mkdir(parents=True, exist_ok=True)
        (project / file).write_text(content, encoding="utf-8")


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


def fill(notebook, words: dict[str, str]) -> None:
    """Put words in the place of `{{name}}` in a notebook's text."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = re.sub(r"\{\{(\w+)\}\}", lambda match: words[match[1]], cell.source)
