"""Notebooks are executed each on a kernel of its own, which nothing else on the machine gets in the way of."""

from pathlib import Path

import nbformat
import pytest
from nbformat import v4
from own_factors import write_own

from study.design import studyfile
from study.errors import ReportError
from study.report import notebooks
from study.report.notebooks import Execution


def notebook(folder, *cells):
    """Write a notebook with one parameter, `n`, and some cells; return its execution."""
    folder.mkdir(exist_ok=True)
    made = v4.new_notebook(
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        cells=[
            v4.new_raw_cell(),
            v4.new_code_cell("n = 0", metadata={"tags": ["parameters"]}),
            *(v4.new_code_cell(cell) for cell in cells),
        ],
    )
    file = folder / "source.ipynb"
    nbformat.write(made, file)
    return Execution(file, "page.qmd", {"n": 3}, "A page")


def outputs(page):
    page = page.with_suffix(".ipynb")
    return "".join(
        output["text"] for cell in nbformat.read(page, as_version=4).cells for output in cell.get("outputs", [])
    )


def test_kernels_that_start_at_once_share_no_port(tmp_path):
    one = notebook(
        tmp_path / "source", "from ipykernel.connect import get_connection_info\nprint(get_connection_info(), n)"
    )
    several = [Execution(one.source, f"page{number}.qmd", {"n": number}, "A page") for number in range(3)]
    notebooks.execute(several, tmp_path, jobs=3)
    said = [outputs(tmp_path / each.page) for each in several]
    assert all('"transport": "ipc"' in each for each in said)
    places = [line for each in said for line in each.splitlines() if '"ip":' in line]
    assert len(set(places)) == 3
    assert [each.split()[-1] for each in said] == ["0", "1", "2"]
    assert not any(Path(line.split('"')[3]).parent.exists() for line in places), "their folders are gone with them"


def test_sockets_whose_path_would_be_too_long_are_not_asked_for(tmp_path):
    assert notebooks._channels(Path("/tmp/study-x")) == {"KernelManager": {"transport": "ipc", "ip": "/tmp/study-x/k"}}
    assert notebooks._channels(Path("/tmp") / ("x" * 100)) == {}


def test_a_process_that_is_killed_stops_the_report_and_says_so(tmp_path):
    killer = "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)"
    with pytest.raises(ReportError, match="killed, as for want of memory.*-j 1"):
        notebooks.execute([notebook(tmp_path / "source", killer)], tmp_path, jobs=1)


def test_kernels_find_factors_where_the_study_was_begun(tmp_path, monkeypatch):
    """A kernel's working directory is its page's folder."""
    begun = tmp_path / "begun"
    begun.mkdir()
    file = write_own(begun, "own_begun")
    (tmp_path / "studies").mkdir()
    moved = file.rename(tmp_path / "studies" / file.name)
    monkeypatch.chdir(begun)
    studyfile.load(str(moved))
    code = f"import study\nprint(study.load({str(moved)!r}).factors.names[-1])"
    one = notebook(tmp_path / "source", code)
    notebooks.execute([one], tmp_path, jobs=1)
    assert outputs(tmp_path / one.page).split() == ["hum"]


DYING = """
import os, pathlib, sys
if "ipykernel_launcher" in sys.orig_argv:
    with pathlib.Path(os.environ["STARTS"]).open("a") as log:
        log.write("x")
    if os.path.getsize(os.environ["STARTS"]) <= int(os.environ["DEATHS"]):
        os._exit(1)
"""


@pytest.mark.parametrize("deaths", [1, 2])
def test_a_kernel_that_does_not_start_is_tried_twice(tmp_path, monkeypatch, deaths):
    (tmp_path / "sitecustomize.py").write_text(DYING)
    for name, value in {"PYTHONPATH": tmp_path, "STARTS": tmp_path / "starts", "DEATHS": deaths}.items():
        monkeypatch.setenv(name, str(value))
    one = notebook(tmp_path / "source", "print(n + 1)")
    if deaths == 1:
        notebooks.execute([one], tmp_path, jobs=1)
        assert outputs(tmp_path / one.page) == "4\n"
    else:
        with pytest.raises(ReportError, match=r"source.ipynb failed for page.qmd: Kernel died before replying"):
            notebooks.execute([one], tmp_path, jobs=1)
    assert (tmp_path / "starts").read_text() == "xx"


def test_a_kernel_that_dies_stops_the_report_with_the_page_it_was_for(tmp_path):
    with pytest.raises(ReportError, match=r"source.ipynb failed for page.qmd: .*died"):
        notebooks.execute([notebook(tmp_path / "source", "import os\nos._exit(1)")], tmp_path, jobs=1)
