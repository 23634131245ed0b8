"""What the Pandoc renderer refuses, and what it says then."""

from __future__ import annotations

from pathlib import Path

import pytest
from quarto_site import cell, write_notebook, write_site

from study.report.rendering import pandoc


@pytest.fixture
def site(tmp_path) -> Path:
    return write_site(tmp_path / "site")


def failing(site: Path) -> str:
    out = site.parent / "out"
    with pytest.raises(pandoc.RenderError) as caught:
        pandoc.render(site, out)
    assert not out.exists()
    return str(caught.value)


WRONG = [
    ("{{< var mnist1d.bets >}}", ["unknown variable mnist1d.bets", "mnist1d has: best"]),
    ("{{< var mnist1d >}}", ["variable mnist1d is no text but holds: best"]),
    ("{{< embed experiments/mnist1d.ipynb#fig-no >}}", ["labelled fig-no", "fig-forest, fig-arms, tbl-arms"]),
    ("{{< embed experiments/digits.ipynb#fig-arms >}}", ["experiments/digits.ipynb", "experiments/mnist1d.ipynb"]),
    ("text {{< embed experiments/mnist1d.ipynb#fig-arms >}}", ["must stand on a line of its own"]),
    ("{{< include _none.md >}}", ["includes _none.md", "_answer.md"]),
    ("{{< video x.mp4 >}}", ["unknown shortcode {{< video x.mp4 >}}", "var"]),
    ("See @fig-none.", ["@fig-none is unresolved", "fig-arms"]),
    ("See @fig-arm.", ["@fig-arm is ambiguous", "arms/mnist1d/none.ipynb"]),
    ("See @nobody2020.", ["unknown citation nobody2020", "srivastava2014, ioffe2015"]),
    ("![A picture](none.png)", ["image none.png", "own.png"]),
    ("![A picture](https://example.org/x.png)", ["image https://example.org/x.png", "own.png"]),
    ("[x](none.qmd)", ["links to none.qmd", "methods.qmd"]),
    ("[x](methods.qmd#sec-none)", ["links to methods.qmd#sec-none", "sec-model"]),
]


@pytest.fixture(scope="module")
def listed(tmp_path_factory) -> list[str]:
    """The lines of the one error that a page with everything in WRONG raises."""
    site = write_site(tmp_path_factory.mktemp("wrong") / "site")
    (site / "index.qmd").write_text("---\ntitle: Index\n---\n" + "\n\n".join(text for text, _ in WRONG))
    return failing(site).splitlines()


@pytest.mark.parametrize(("text", "expected"), WRONG)
def test_what_does_not_exist_is_named_with_its_file_and_what_exists(listed, text, expected):
    lines = [line for line in listed if expected[0] in line]
    assert len(lines) == 1, text
    assert lines[0].startswith("- index.qmd: ")
    assert all(part in lines[0] for part in expected)


def test_one_line_a_problem(listed):
    assert len(listed) == 1 + len(WRONG)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[x](#nowhere)", "#index--nowhere, an anchor which does not exist"),
        ("{{< var\nseeds >}}", "a shortcode is left over"),
        ("![](own.png)", "an image has no alt text"),
        ("[]{#same} []{#same}", "the id 'index--same' is used 2 times"),
    ],
)
def test_what_the_finished_page_shows_is_an_error_too(site, text, expected):
    (site / "index.qmd").write_text(f"---\ntitle: Index\n---\n{text}\n")
    assert expected in failing(site)


def test_an_included_file_is_named_when_the_fault_is_its_own(site):
    (site / "_answer.md").write_text("{{< var none >}}\n")
    assert "- _answer.md: unknown variable none" in failing(site)


def test_an_include_of_itself_is_an_error(site):
    (site / "_answer.md").write_text("{{< include _answer.md >}}\n")
    assert "includes _answer.md, which includes it again" in failing(site)


def test_a_listed_page_that_is_absent_is_an_error(site):
    (site / "methods.qmd").unlink()
    message = failing(site)
    assert "_quarto.yml: project.render lists methods.qmd, which does not exist" in message
    assert "index.qmd" in message


def test_a_failed_or_broken_notebook_is_an_error(site):
    failed = {"output_type": "error", "ename": "KeyError", "evalue": "'x'", "traceback": []}
    write_notebook(site / "arms" / "mnist1d" / "none.ipynb", "None", cell("x", failed))
    (site / "arms" / "mnist1d" / "dropout+l2.ipynb").write_text("{")
    message = failing(site)
    assert "arms/mnist1d/none.ipynb: A cell failed with KeyError: 'x'" in message
    assert "arms/mnist1d/dropout+l2.ipynb: Expected a notebook" in message


def test_a_page_without_title_is_an_error(site):
    (site / "methods.qmd").write_text("Text {#sec-model}\n")
    assert "methods.qmd: Expected a title" in failing(site)


def test_every_problem_is_listed_at_once(site):
    (site / "index.qmd").write_text("---\ntitle: T\n---\n{{< var a >}} @fig-b [@c] ![d](d.png)\n")
    (site / "references.bib").unlink()
    message = failing(site)
    for culprit in ("variable a", "@fig-b", "citation c", "d.png", "references.bib"):
        assert culprit in message


def test_a_missing_navigation_target_is_an_error(site):
    text = (site / "_quarto.yml").read_text().replace("- methods.qmd\n", "- results.qmd\n")
    (site / "_quarto.yml").write_text(text)
    assert "the navigation names results.qmd" in failing(site)
