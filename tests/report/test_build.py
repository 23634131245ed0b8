"""The build around the notebooks: one report of a results folder at a time, and titles as users write them."""

from __future__ import annotations

import re
import shutil
import threading
from pathlib import Path

import pytest
from quarto_site import parse, pretend

from study.analysis.results import Results
from study.design import studyfile
from study.report import build
from study.store.lines import Store


@pytest.fixture
def made(trained, tmp_path):
    """A small study's file and a copy of its results."""
    shutil.copytree(trained / "results", tmp_path / "results", ignore=shutil.ignore_patterns(".*", "report"))
    return Path(shutil.copy(trained / "tiny.toml", tmp_path)), tmp_path / "results"


def rendered(file, root, output):
    found = studyfile.load(str(file))
    return build.render(Results(found, Store(root, found.name)), output, "pandoc", "none")


def test_two_reports_at_once_both_come_out_right(made, tmp_path, monkeypatch, capfd):
    """The second begins while the first, whose notebooks are being executed, has its folder half full."""
    first_is_inside, second_is_done = threading.Event(), threading.Event()

    def slow(executions, project, jobs):
        if not first_is_inside.is_set():
            first_is_inside.set()
            assert not second_is_done.wait(5), "it did not wait for the first"
        pretend(executions, project, jobs)

    monkeypatch.setattr(build, "execute", slow)
    failures = []

    def run(name):
        try:
            rendered(*made, tmp_path / name)
        except BaseException as error:
            failures.append(error)

    first = threading.Thread(target=run, args=["first"])
    first.start()
    assert first_is_inside.wait(60)
    run("second")
    second_is_done.set()
    first.join()
    assert failures == []
    pages = [(tmp_path / name / "index.html").read_text() for name in ("first", "second")]
    assert pages[0] == pages[1] and "All arms" not in pages[0] and pages[0].count("<figure") >= 2
    assert "Another report on" in capfd.readouterr().err


def test_a_report_that_fails_lets_the_next_one_in(made, tmp_path, monkeypatch):
    def failing(*_):
        raise KeyError("boom")

    monkeypatch.setattr(build, "execute", failing)
    with pytest.raises(KeyError):
        rendered(*made, tmp_path / "site")
    monkeypatch.setattr(build, "execute", pretend)
    assert rendered(*made, tmp_path / "site").is_file()


def test_a_stroke_in_a_title_breaks_no_table(made, tmp_path, monkeypatch):
    file, root = made
    file.write_text(file.read_text().replace('title = "Scans"', 'title = "Scans | 8 × 8"'))
    monkeypatch.setattr(build, "execute", pretend)
    html = parse(rendered(file, root, tmp_path / "site"))
    tables = [table for table in html.all("table") if "Scans" in table.text()]
    assert len(tables) >= 3
    for table in tables:
        widths = {len([cell for cell in row.all() if cell.tag in ("th", "td")]) for row in table.all("tr")}
        assert len(widths) == 1, table.text()
        assert any(cell.text().startswith("Scans | 8 × 8") for cell in table.all() if cell.tag in ("th", "td")), (
            table.text()
        )
    assert re.search(r"\| 8 × 8", html.one("nav").text())
