"""The page check, on pages and logs written by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from study.report.rendering.pagecheck import problems, quarto_log_problems, text_problems

GOOD = """\
<!DOCTYPE html><html lang="en"><head><title>Good</title>
<link rel="stylesheet" href="site_libs/look.css?v=1">
<link rel="canonical" href="https://example.org/">
<style>p { background: url(data:image/png;base64,AA==) }
/* @import "https://example.org/old.css" */</style>
<script src="site_libs/tool.js"></script>
<script>const mark = "{{< var x >}} ?@fig-x";</script></head>
<body><a href="#">top</a> <a href="#top">top</a> <a href="#sec-a">a</a>
<a href="./two.html#sec-b">b</a>
<a href="sub/">folder</a> <a href="/two.html">root</a> <a href="https://example.org/x.png">out</a>
<a href="mailto:a@example.org">mail</a> <a href="data:text/csv,a" download="a.csv">data</a>
<h1 id="sec-a">A</h1> <a name="old"></a><a href="#old">old</a>
<img src="a%20b.svg" alt="A dot"> <img src="data:image/png;base64,AA==" alt="Another">
<img src="a b.svg" alt="" role="presentation">
<p>Really? <strong>Is it?</strong> <code>{{&lt; var x &gt;}}</code> <pre>?@fig-x ?var:y</pre>
<span class="citation" data-cites="k">(<a href="#sec-a">Author 2014</a>)</span></p></body></html>
"""


@pytest.fixture
def site(tmp_path) -> Path:
    folder = tmp_path / "site"
    (folder / "site_libs").mkdir(parents=True)
    (folder / "sub").mkdir()
    (folder / "index.html").write_text(GOOD)
    (folder / "two.html").write_text('<h1 id="sec-b">B</h1><a href="index.html">back</a>')
    (folder / "sub" / "index.html").write_text('<a href="../index.html#sec-a">up</a><img src="../a b.svg" alt="x">')
    (folder / "site_libs" / "look.css").write_text('@font-face { src: url("../a b.svg") } p { fill: url(#g) }')
    (folder / "site_libs" / "tool.js").write_text("")
    (folder / "a b.svg").write_text("<svg/>")
    return folder


def test_a_good_site_has_no_problems(site):
    assert problems(site) == []


def test_a_folder_without_pages_is_a_problem(tmp_path):
    assert problems(tmp_path) == [f"Expected HTML pages in {tmp_path}. Found none."]


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<a href="three.html">x</a>', "<a href> leads to three.html, which does not exist."),
        ('<a href="#sec-none">x</a>', "<a href> leads to #sec-none, an anchor which does not exist."),
        ('<a href="two.html#sec-a">x</a>', "<a href> leads to two.html#sec-a, an anchor which does not exist."),
        ('<img src="none.png" alt="x">', "<img src> leads to none.png, which does not exist."),
        ('<img srcset="a%20b.svg 1x, none.svg 2x" alt="x">', "<img srcset> leads to none.svg, which does not exist."),
        ('<script src="none.js"></script>', "<script src> leads to none.js, which does not exist."),
        ('<script src="https://cdn.example.org/a.js"></script>', "<script src> loads https://cdn.example.org/a.js"),
        ('<link rel="preconnect" href="https://fonts.example.org">', "<link href> loads https://fonts.example.org"),
        ('<link rel="stylesheet" href="//cdn.example.org/a.css">', "<link href> loads //cdn.example.org/a.css"),
        ('<img src="http://example.org/a.png" alt="x">', "<img src> loads http://example.org/a.png"),
        ('<iframe src="https://example.org"></iframe>', "<iframe src> loads https://example.org"),
        ("<style>@import 'https://example.org/a.css';</style>", "<style> loads https://example.org/a.css"),
        ("<style>@import url(https://example.org/b.css);</style>", "<style> loads https://example.org/b.css"),
        ("<p style=\"background: url('https://example.org/c.png')\">", "<p style> loads https://example.org/c.png"),
        ("<p>{{&lt; var x &gt;}}</p>", "a shortcode is left over: {{< var x >}}."),
        ("<p><strong>?@fig-x</strong></p>", "a cross-reference is unresolved: ?@fig-x."),
        ("<p><strong>?sec-x</strong></p>", "a cross-reference is unresolved: ?sec-x."),
        ("<p>?var:a.b</p>", "a shortcode found no value: ?var:a.b."),
        ("<p>?meta:title</p>", "a shortcode found no value: ?meta:title."),
        ('<span class="quarto-unresolved-ref">fig-x</span>', "a cross-reference is unresolved (class quarto"),
        ('<span class="citation"><strong>key?</strong></span>', "a citation is unknown: key."),
        ('<span class="citation">(<a href="#"><strong>key?</strong></a>)</span>', "a citation is unknown: key."),
        ('<span class="citation">(???)</span>', "a citation is unknown"),
        ('<span class="citation-not-found">k</span>', "a citation is unknown (class citation-not-found)."),
        ('<img src="a%20b.svg">', "an image has no alt text: a%20b.svg."),
        ('<img src="a%20b.svg" alt=" ">', "an image has no alt text: a%20b.svg."),
        ('<p id="x"></p><p id="x"></p>', "the id 'x' is used 2 times."),
    ],
)
def test_each_fault_is_one_sentence_that_names_the_page(site, html, expected):
    (site / "bad.html").write_text(html)
    (found,) = problems(site)
    assert found.startswith(f"bad.html: {expected}")
    assert found.endswith(".")


def test_a_style_sheet_is_read_too(site):
    css = '@import url("https://fonts.example.org/css?family=Source+Sans");'
    (site / "site_libs" / "look.css").write_text(css)
    (found,) = problems(site)
    assert found.startswith("index.html: look.css loads https://fonts.example.org/css")


def test_text_after_code_is_prose_again(site):
    (site / "bad.html").write_text("<p><code>?@fig-a</code> and ?@fig-b</p>")
    assert problems(site) == ["bad.html: a cross-reference is unresolved: ?@fig-b."]


def test_a_page_that_stands_alone_may_not_name_files():
    assert text_problems('<h1 id="a">A</h1><a href="#a">x</a><img src="data:," alt="x">') == []
    (found,) = text_problems('<a href="runs.csv">x</a>')
    assert found == "<a href> leads to runs.csv, which does not exist"


BAD_LOG = [
    "WARNING (/opt/quarto/share/filters/main.lua:14000) Unable to resolve crossref @fig-none",
    "WARNING: index.html: Unable to resolve crossref @tbl-none",
    "[WARNING] Citeproc: citation nobody2020 not found",
    "WARN: Unable to resolve link target: results.qmd",
    "WARNING (main.lua:3) Unknown var best.arm specified in a var shortcode.",
    "[WARNING] Could not fetch resource none.png: replacing image with description",
    "ERROR: Unable to embed content from notebook 'x.ipynb'",
]


@pytest.mark.parametrize("line", BAD_LOG)
def test_a_warning_of_quarto_fails_the_build(line):
    log = f"pandoc \n  to: html\n\x1b[33m{line}\n\x1b[39m\nOutput created: _site/index.html\n"
    assert quarto_log_problems(log) == [line]


def test_a_quiet_log_of_quarto_has_no_problems():
    log = "[1/3] index.qmd\nWARNING: a newer version exists\nOutput created: _site/index.html\n"
    assert quarto_log_problems(log) == []
