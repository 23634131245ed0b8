"""The Pandoc renderer, run on a small website with all that the report's pages hold."""

from __future__ import annotations

import gzip
import re
from base64 import b64decode
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

import pytest
from quarto_site import SVG, Node, parse, write_site

from study.report import manuscript
from study.report.build import SOURCES
from study.report.rendering import pagecheck, pandoc


@pytest.fixture(scope="module")
def rendered(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("pandoc")
    return pandoc.render(write_site(folder / "site"), folder / "out")


@pytest.fixture(scope="module")
def html(rendered) -> Node:
    return parse(rendered)


@pytest.fixture
def site(tmp_path) -> Path:
    return write_site(tmp_path / "site")


def page(html: Node, slug: str) -> Node:
    return html.one("main").one("section", id=slug)


def test_one_file_that_passes_the_page_check(rendered):
    assert [path.name for path in rendered.parent.iterdir()] == ["index.html"]
    assert pagecheck.problems(rendered.parent) == []


def test_pages_follow_the_navigation_each_with_one_heading(html):
    pages = [node for node in html.one("main").children if isinstance(node, Node)]
    slugs = ["index", "experiments-mnist1d", "arms-mnist1d-dropout-l2", "arms-mnist1d-none", "methods"]
    assert [node["id"] for node in pages] == slugs
    assert all(len(node.all("h1")) == 1 and node["aria-labelledby"] == node.one("h1")["id"] for node in pages)
    assert [node.one("h1").text() for node in pages] == [node["data-title"] for node in pages]
    assert page(html, "index").one(class_="page-subtitle").text() == "Dropout and “L2”: in all"
    links = html.one("nav").all("a")
    assert [link["href"] for link in links] == [f"#{slug}" for slug in slugs]
    assert [link.text() for link in links] == ["The answer", "MNIST-1D", "Dropout + L2", "None", "Methods"]
    assert [node.text() for node in html.one("nav").all("summary")] == ["Arms on MNIST-1D"]


def test_heading_levels_leave_none_out(html):
    for node in html.one("main").all("section", class_="page"):
        levels = [int(h.tag[1]) for h in node.all() if re.fullmatch(r"h\d", h.tag)]
        assert all(after <= before + 1 for before, after in pairwise(levels)), levels


def test_named_values_in_text_headings_and_code(html):
    index = page(html, "index")
    assert "Batch norm is worth +4.20 pp;" in index.text()
    assert index.one("strong").text() == "+4.20 pp"
    assert index.one("h2", id="index--sec-best").text() == "Best: dropout+l2"
    assert "rounded 0.50" in index.text()
    assert {"study show dropout+l2", "study run --seeds 6"} <= {node.text() for node in index.all("code")}


def test_embedded_figure_has_image_alt_caption_number_and_source(html):
    figure = html.one("figure", id="index--fig-arms")
    image = figure.one("img")
    assert image["alt"] == 'Sorted "arms"' and "fig-alt" not in image.attributes
    kind, content = image["src"].split(",", 1)
    assert kind == "data:image/svg+xml;charset=utf-8"
    assert unquote(content) == SVG.format("fig-arms")
    assert (image["width"], image["height"], image["class"]) == ("720", "360", "wide")
    caption = figure.one("figcaption")
    assert re.match(r"Figure 1: All arms, 95 % \[an interval\], .* Source: MNIST-1D$", caption.text())
    assert caption.one("math") and caption.one(class_="caption-label").children == ["Figure\u00a01:"]
    assert caption.one("a")["href"] == "#experiments-mnist1d--fig-arms"
    region = figure.one(class_="scroll")
    assert (region["role"], region["tabindex"], region["aria-label"]) == ("region", "0", "Figure\u00a01")


def test_numbers_start_anew_on_each_page(html):
    assert html.one("figure", id="experiments-mnist1d--fig-forest").text().startswith("Figure 1:")
    assert html.one("figure", id="experiments-mnist1d--fig-arms").text().startswith("Figure 2:")
    for slug in ("arms-mnist1d-none", "arms-mnist1d-dropout-l2"):
        assert page(html, slug).one("figure")["id"] == f"{slug}--fig-arm"
        assert page(html, slug).one("a", class_="crossref")["href"] == f"#{slug}--fig-arm"


def references(node: Node) -> list[tuple[str, str]]:
    return [(a.text(), a["href"]) for a in node.all("a", class_="crossref")]


def test_references_resolve_on_their_page(html):
    assert references(page(html, "index")) == [("Figure 1", "#index--fig-arms")]
    assert references(page(html, "methods")) == [
        ("Equation 1", "#methods--eq-l2"),
        ("Equation 2", "#methods--eq-plain"),
        ("Table 1", "#methods--tbl-factors"),
    ]


def test_tables_scroll_and_carry_their_caption(html):
    table = html.one("div", id="experiments-mnist1d--tbl-arms")
    assert table.one(class_="table-caption").text() == "Table 1: Arms and accuracy."
    region = table.one(class_="scroll")
    assert (region["role"], region["tabindex"]) == ("region", "0")
    assert region["aria-label"] == "Table\u00a01: Arms and accuracy."
    assert region.one("table").one("td", style="text-align: right;").text() == "61.2"
    factors = html.one("div", id="methods--tbl-factors")
    assert factors.text().startswith("Table 1: Factors, with a caption | a stroke")
    assert factors.one(class_="long") and not factors.all("col"), "columns fit their content"


def test_formulas_are_mathml_with_numbers(html):
    equation = html.one("span", id="methods--eq-l2")
    assert equation.one("math")["display"] == "block"
    assert equation.one(class_="equation-number").text() == "(1)"
    assert "{#eq" not in page(html, "methods").text()


def test_citations_and_the_list_of_references(html):
    methods = page(html, "methods")
    assert "(Srivastava 2014, 3)" in methods.text()
    entries = methods.one("div", id="methods--refs").all("div", class_="csl-entry")
    assert [entry.text().split(".")[0] for entry in entries] == ["Ioffe, Sergey", "Srivastava, Nitish"]
    assert methods.one("h2", id="methods--references").text() == "References"
    cited = [a["href"] for node in methods.all(class_="citation") for a in node.all("a")]
    assert cited == ["#methods--ref-srivastava2014", "#methods--ref-ioffe2015"]
    assert len(page(html, "experiments-mnist1d").all("div", class_="csl-entry")) == 1
    assert not page(html, "index").all(class_="references")


def test_callouts(html):
    note = page(html, "index").one("div", class_="callout-note")
    assert note.one(class_="callout-title").text() == "How to read it" and not note.all("h2")
    assert (note["role"], note["aria-label"]) == ("note", "How to read it")
    assert "Inside the note." in note.text()


def test_numbers_begin_with_the_place_of_the_page_where_it_has_one(site, tmp_path):
    for place, name in enumerate(("index.qmd", "experiments/mnist1d.qmd", "methods.qmd"), 1):
        text = (site / name).read_text()
        (site / name).write_text(manuscript.headed(text, {"number-offset": place, "paper": place == 1}))
    html = parse(pandoc.render(site, tmp_path / "out"))
    labels = [
        each.text()
        for slug in ("index", "experiments-mnist1d", "methods")
        for each in page(html, slug).all(class_="caption-label")
    ]
    assert [label.replace("\u00a0", " ") for label in labels] == [
        "Figure 1.1:", "Figure 2.1:", "Figure 2.2:", "Table 2.1:", "Table 3.1:",
    ]  # fmt: skip
    assert references(page(html, "index")) == [("Figure 1.1", "#index--fig-arms")]
    assert [each.text() for each in page(html, "methods").all(class_="equation-number")] == ["(3.1)", "(3.2)"]
    assert [node["id"] for node in html.one("main").all("section", class_="paper")] == ["index"]


def test_links_between_pages_and_downloads(html):
    index = page(html, "index")
    by_text = {link.text(): link for link in index.all("a")}
    assert by_text["the model"]["href"] == "#methods--sec-model"
    assert by_text["arms"]["href"] == "#experiments-mnist1d"
    assert by_text["runs.csv"]["download"] == "runs.csv.gz"
    kind, content = by_text["runs.csv"]["href"].split(",", 1)
    assert kind == "data:application/gzip;base64"
    assert gzip.decompress(b64decode(content)) == b"arm,seed\nnone,0\n"
    assert {link.text(): link for link in page(html, "methods").all("a")}["Back"]["href"] == "#index"


def test_downloads_beyond_the_limit_are_named_without_a_link(site, tmp_path):
    file = pandoc.write(tmp_path / "new" / "one.html", pandoc.document(site, downloads=3))
    anchors = page(parse(file), "index").all("a")
    assert next(a for a in anchors if a.text() == "runs.csv").attributes == {"class": "too-large"}


def test_what_notebooks_hide_is_hidden(html):
    text = page(html, "experiments-mnist1d").text()
    assert "A generated sentence." in text
    assert not any(hidden in text for hidden in ("draw()", "secret", "<Figure>"))


def test_landmarks_language_and_footer(html):
    assert html.one("html")["lang"] == "en"
    assert html.one("a", class_="skip")["href"] == "#content"
    assert html.one("main")["id"] == "content"
    assert html.one("nav")["aria-label"]
    assert html.one("footer").text() == f"Rendered by Pandoc {pandoc.version()}"
    assert re.fullmatch(r"\d+(\.\d+)+", pandoc.version())


def test_svg_ids_stay_inside_their_images(html):
    assert not html.all(id="same")
    assert len(html.all("img")) == 5


def test_what_the_project_puts_into_the_head_is_there(site, tmp_path):
    element = '<meta name="made-from" content="a">'
    text = (site / "_quarto.yml").read_text().replace("theme: cosmo", f"include-in-header: [{{text: '{element}'}}]")
    (site / "_quarto.yml").write_text(text)
    html = parse(pandoc.render(site, tmp_path / "out"))
    assert html.one("head").one("meta", name="made-from")["content"] == "a"


def test_both_renderers_take_their_colours_from_the_same_values():
    css = dict(re.findall(r"--(\w+): (#\w+|[\d.]+rem);", (SOURCES / "pandoc.css").read_text().split("@media")[0]))
    scss = dict(re.findall(r"^\$(\w+): (#\w+|[\d.]+rem);", (SOURCES / "theme.scss").read_text(), re.MULTILINE))
    shared = css.keys() & scss.keys()
    assert shared >= {"ink", "muted", "accent", "rule", "shade", "text", "wide"}
    assert {name: css[name] for name in shared} == {name: scss[name] for name in shared}
