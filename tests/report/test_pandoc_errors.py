"""What the Pandoc renderer refuses, and what it says then."""

from __future__ import annotations

from pathlib import Path

import pytest
from quarto_site import write_site

from study.errors import ReportError
from study.report.rendering import pandoc


@pytest.fixture
def site(tmp_path) -> Path:
    return write_site(tmp_path / "site")


def failing(site: Path) -> str:
    out = site.parent / "out"
    with pytest.raises(ReportError) as caught:
        pandoc.render(site, out)
    assert not out.exists()
    return str(caught.value)


WRONG = [
    ("See @fig-none.", ["@fig-none is unresolved or not alone", "eq-l2, eq-own"]),
    ("See @sec-none.", ["@sec-none is unresolved or not alone", "eq-l2, eq-own"]),
    ("See @fig-arm, which is on other pages.", ["@fig-arm is unresolved or not alone", "eq-l2, eq-own"]),
    ("See @eq-own [@ioffe2015].", ["@eq-own is unresolved or not alone", "eq-l2, eq-own"]),
    ("[see @eq-l2]", ["@eq-l2 is unresolved or not alone", "eq-l2, eq-own"]),
    ("See @nobody2020.", ["unknown citation nobody2020", "srivastava2014, ioffe2015"]),
    ("![A picture](none.png)", ["leads to none.png, which does not exist"]),
    ("[x](none.qmd)", ["leads to none.qmd, which does not exist", "methods.qmd"]),
    ("[x](../../../etc/passwd)", ["leads to ../../../etc/passwd, which does not exist", "methods.qmd"]),
    ("[x](methods.qmd#sec-none)", ["leads to methods.qmd#sec-none, but methods.qmd has no id sec-none"]),
]
LABELS = "\n\n$$ a $$ {#eq-own}\n\n$$ b $$ {#eq-l2}\n"


@pytest.fixture(scope="module")
def listed(tmp_path_factory) -> list[str]:
    """The lines of the one error that a page with everything in WRONG raises."""
    site = write_site(tmp_path_factory.mktemp("wrong") / "site")
    (site / "index.qmd").write_text("---\ntitle: Index\n---\n" + "\n\n".join(text for text, _ in WRONG) + LABELS)
    return failing(site).splitlines()


@pytest.mark.parametrize(("text", "expected"), WRONG)
def test_what_does_not_exist_is_named_with_its_page_and_what_exists(listed, text, expected):
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
        ("{{< var study.seeds >}}", "a shortcode is left over"),
        ("{{< video x.mp4 >}}", "a shortcode is left over"),
        ("![](arms/../figures/experiments-mnist1d-1.svg)", "an image has no alt text"),
        ("![A picture](https://example.org/x.png){fig-alt=x}", "loads https://example.org/x.png from the network"),
        ("[]{#same} []{#same}", "the id 'index--same' is used 2 times"),
    ],
)
def test_what_the_finished_page_shows_is_an_error_too(site, text, expected):
    (site / "index.qmd").write_text(f"---\ntitle: Index\n---\n{text}\n")
    assert expected in failing(site)


def test_a_listed_page_that_is_absent_is_an_error(site):
    (site / "methods.qmd").unlink()
    message = failing(site)
    assert "- methods.qmd: Pandoc stopped with status" in message and "does not exist" in message


def test_a_page_without_title_is_an_error(site):
    (site / "methods.qmd").write_text("Text {#sec-model}\n")
    assert "methods.qmd: Expected a title" in failing(site)


def test_a_bibliography_that_is_absent_is_an_error(site):
    (site / "references.bib").unlink()
    assert "references.bib" in failing(site)


def test_every_problem_is_listed_at_once(site):
    (site / "index.qmd").write_text("---\ntitle: T\n---\n@fig-b, [@c] ![d](d.png)\n")
    (site / "methods.qmd").write_text("Text\n")
    message = failing(site)
    for culprit in ("@fig-b", "citation c", "d.png", "Expected a title"):
        assert culprit in message
