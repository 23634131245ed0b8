"""A real report of a really trained study, rendered by Pandoc, with TensorFlow out of reach."""

import ast
import re
import shutil

import nbformat
import pandas as pd
import pytest
from conftest import study

from study.analysis.results import Results
from study.design import studyfile
from study.errors import ReportError, StudyError
from study.report import build, notebooks
from study.statistics.interval import Interval
from study.store.lines import Store


@pytest.fixture(scope="module")
def page(rendered):
    return rendered["pages"].parent


@pytest.fixture(scope="module")
def html(page):
    return (page / "index.html").read_text()


def test_every_page_is_there(html):
    for title in (
        "What regularizes?",
        "Scans",
        "None on Scans",
        "Dropout on Scans",
        "All five on Scans",
        "Against the literature",
        "Methods",
        "Reproduce",
    ):
        assert re.search(rf"<h1[^>]*>(<[^>]*>)*{re.escape(title)}", html), title


def test_the_front_page_shows_the_answer_the_grid_and_for_want_of_a_script_the_figure_of_all_arms(html):
    front = html[html.index('<section class="page') : html.index('data-title="Scans"')]
    assert "Too few seeds to say:</b> 2 seeds" in front and front.count('class="c ') == 3 * 5
    (alt,) = set(re.findall(r'role="img" aria-label="([^"]+)"', front))
    assert alt.startswith("Specification curve")


def test_numbers_on_the_page_are_those_of_the_exports(trained, html, tmp_path):
    ran = study("export", trained / "tiny.toml", "--results", trained / "results", "--output", tmp_path)
    assert ran.returncode == 0, ran.stderr
    effects = pd.read_csv(tmp_path / "effects.csv")
    words = html.replace("\u00a0", " ")
    for kind in ("main", "shapley", "add_one_in", "leave_one_out"):
        for _, row in effects.query(f"metric == 'test_accuracy' and kind == '{kind}'").iterrows():
            assert Interval.of(row).words(unit=False) in words, (kind, row["term"])
    assert len(pd.read_csv(tmp_path / "runs.csv")) == 64


def test_captions_and_alternative_texts_come_from_the_exhibits(html):
    assert "95\u00a0% t interval over seeds; grey: single seeds" in html
    assert html.count("<img") + html.count("<svg") >= 2 * 5
    assert all(alt.strip() for alt in re.findall(r'<img[^>]*alt="([^"]*)"', html))


def test_downloads_and_commands(page, html):
    assert "download" in html and "runs.csv" in html
    words = re.sub(r"<[^>]+>", "", html)
    assert "study run tiny.toml --arm dropout+l2 --seeds 0,1 --force" in words and "Pandoc" in words


def test_source_notebooks_have_no_outputs():
    for file in (build.SOURCES / "notebooks").glob("*.ipynb"):
        notebook = nbformat.read(file, as_version=4)
        for cell in notebook.cells:
            assert not cell.get("outputs") and cell.get("execution_count") is None, file.name


def test_notebooks_open_results_as_a_user_would_and_no_parameter_hides_a_name():
    for file in (build.SOURCES / "notebooks").glob("*.ipynb"):
        cells = [cell.source for cell in nbformat.read(file, as_version=4).cells if cell.cell_type == "code"]
        given, *rest = [ast.parse(cell) for cell in cells]
        parameters = {target.id for node in given.body for target in node.targets}
        imported = [alias for tree in rest for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom))
                    for alias in node.names]  # fmt: skip
        assert {"name", "folder"} <= parameters and "study.open(name, folder)" in cells[1], file.name
        assert not parameters & {alias.asname or alias.name for alias in imported}, file.name


@pytest.fixture
def sources(tmp_path, monkeypatch):
    """A copy of the report's sources to spoil."""
    copy = tmp_path / "report"
    shutil.copytree(build.SOURCES, copy)
    monkeypatch.setattr(build, "SOURCES", copy)
    return copy


def spoil(file, old, new):
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_a_place_that_turns_out_not_to_be_writable_is_no_traceback(trained):
    ran = study(
        "report",
        trained / "tiny.toml",
        "--results",
        trained / "results",
        "--renderer",
        "pandoc",
        "--output",
        "/proc/site",
    )
    assert ran.returncode == 2 and "can be written" in ran.stderr and "Traceback" not in ran.stderr


def test_a_failing_cell_stops_the_report_with_its_name_and_traceback(sources, trained, tmp_path):
    spoil(sources / "notebooks" / "arm.ipynb", "this = found.arm(arm)", "this = found.arm(arm + '+l3')")
    project = tmp_path / "project"
    project.mkdir()
    parameters = {
        "name": str(trained / "tiny.toml"), "folder": str(trained / "results"), "experiment": "scans", "arm": "l2",
    }  # fmt: skip
    one = notebooks.Execution(
        sources / "notebooks" / "arm.ipynb",
        "arms/scans/l2.ipynb",
        parameters,
        "L2 on Scans",
        words={"ends": "none and all"},
    )
    with pytest.raises(ReportError) as error:
        notebooks.execute([one], project, jobs=1)
    said = str(error.value)
    assert said.startswith("arm.ipynb failed for arms/scans/l2.ipynb")
    assert "Traceback" in said and "l3" in said and "\x1b" not in said


@pytest.mark.parametrize("given", [
    {"name": "quick", "folder": "r", "experiment": "e", "arm": "none", "sead": 1},
    {"name": "quick", "folder": "r", "experiment": "e"},
])  # fmt: skip
def test_parameters_are_checked_against_the_notebooks_own(given):
    with pytest.raises(ReportError, match="arm.ipynb: Expected the parameters arm, experiment, folder, name"):
        notebooks.check_parameters(build.SOURCES / "notebooks" / "arm.ipynb", given)


@pytest.mark.parametrize("old, new, words", [
    ("{{< var study.number >}}", "{{< var study.numbr >}}", "study.numbr"),
    pytest.param("## Limits", "@eq-shapely\n\n## Limits", "eq-shapely", marks=pytest.mark.slow),
    pytest.param("@holm1979simple", "@holm1979", "holm1979", marks=pytest.mark.slow),
    pytest.param("{{< include _convergence.md >}}", "![](absent.svg)", "absent.svg", marks=pytest.mark.slow),
])  # fmt: skip
def test_anything_unresolved_fails_the_build(sources, trained, tmp_path, old, new, words):
    spoil(sources / "methods.qmd", old, new)
    # The pages alone are enough here; notebooks are executed elsewhere.
    found = studyfile.load(str(trained / "tiny.toml"))
    results = Results(found, Store(trained / "results", found.name))
    with pytest.raises(ReportError) as error:
        build.render(results, tmp_path / "out", "pandoc", "some", 2)
    assert words in str(error.value) and "methods" in str(error.value)
    assert not (tmp_path / "out").exists()


def test_options_are_checked_before_any_training(monkeypatch):
    with pytest.raises(StudyError, match="auto, quarto, pandoc"):
        build.check_options("latex", "some")
    with pytest.raises(StudyError, match="some, all, none"):
        build.check_options("auto", "few")
    monkeypatch.setattr(build.shutil, "which", lambda name: None)
    with pytest.raises(StudyError, match="pip install quarto-cli"):
        build.check_options("quarto", "some")
    build.check_options("auto", "all")
    monkeypatch.setattr(build, "SOURCES", build.SOURCES / "nowhere")
    with pytest.raises(StudyError, match="report's sources"):
        build.check_options("auto", "all")


def test_all_arms_get_a_page_if_asked_for(trained):
    from study.report import pages

    found = studyfile.load(str(trained / "tiny.toml"))
    results = Results(found, Store(trained / "results", found.name))
    some = [arm.name for arm in pages.arms_with_pages(results, "scans", "some")]
    assert some[0] == "none" and some[-1] == "all" and 7 <= len(some) <= 8
    assert len(pages.arms_with_pages(results, "scans", "all")) == 32


def test_stored_results_are_reported_without_their_data(trained, monkeypatch):
    from study.data import splits
    from study.exhibits import study_text

    found = studyfile.load(str(trained / "tiny.toml"))
    experiment = Results(found, Store(trained / "results", found.name)).experiment("scans")
    assert experiment.first_split().classes == 10
    said = study_text.data_sentence(experiment.experiment.data, 2, experiment.metric)
    assert "60 training and 60 validation examples; accuracy is measured on 200 test" in said
    assert said.endswith("All seeds split the same 1,797 examples, so they are not independent.")
    signals = studyfile.load("quick").experiments["mnist1d"].data
    assert "independent" not in study_text.data_sentence(signals, 2, experiment.metric)

    def gone(*_):
        raise StudyError("Expected to find the data set.")

    monkeypatch.setattr(splits, "split", gone)
    assert experiment.first_split() is None
