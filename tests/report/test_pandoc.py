"""The Pandoc renderer, run on a small website with every feature."""

from __future__ import annotations

import re
import shutil
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

import pytest
from quarto_site import QUARTO, SVG, Node, parse, write_site

from study.report.rendering import pagecheck, pandoc

DESIGN = Path(pandoc.__file__).resolve().parents[3] / "report"


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
    assert all(len(node.all("h1")) == 1 for node in pages)
    assert page(html, "index").one("h1").text() == "What regularizes on 6 seeds?"
    hrefs = [link["href"] for link in html.one("nav").all("a")]
    assert hrefs == [f"#{slug}" for slug in slugs]
    assert html.one("nav").all("a")[0].text() == "The answer"
    assert html.one("nav").all("a")[1].text() == "MNIST-1D"
    assert [node.text() for node in html.one("nav").all("summary")] == ["Experiments", "Arms"]


def test_heading_levels_leave_none_out(html):
    for node in html.one("main").all("section", class_="page"):
        levels = [int(h.tag[1]) for h in node.all() if re.fullmatch(r"h\d", h.tag)]
        assert all(after <= before + 1 for before, after in pairwise(levels)), levels


def test_variables_in_text_headings_code_and_captions(html):
    index = page(html, "index")
    assert "Batch norm is worth +4.20 pp;" in index.text()
    assert index.one("strong").text() == "+4.20 pp"
    assert index.one("h2", id="index--sec-best").text() == "Best: dropout+l2"
    assert "rounded 0.50" in index.text()
    codes = [node.text() for node in index.all("code")]
    assert "study show dropout+l2" in codes
    assert "study run --seeds 6" in codes
    assert "{{< var seeds >}}" in codes
    assert "{{< var unknown.to.all >}}" in codes
    assert "Main effects of 6 seeds." in page(html, "experiments-mnist1d").text()


def test_embedded_figure_has_image_alt_caption_number_and_source(html):
    figure = html.one("figure", id="index--fig-arms")
    image = figure.one("img")
    assert image["alt"] == 'Sorted "arms"'
    kind, content = image["src"].split(",", 1)
    assert kind == "data:image/svg+xml;charset=utf-8"
    assert unquote(content) == SVG.format("fig-arms")
    assert (image["width"], image["height"]) == ("720", "360")
    caption = figure.one("figcaption")
    assert caption.text() == "Figure\u00a01: All arms. Source: MNIST-1D".replace("\u00a0", " ")
    assert caption.one("a")["href"] == "#experiments-mnist1d--fig-arms"
    assert figure.one(class_="scroll")["tabindex"] == "0"


def test_numbers_start_anew_on_each_page(html):
    assert html.one("figure", id="experiments-mnist1d--fig-forest").text().startswith("Figure 1:")
    assert html.one("figure", id="experiments-mnist1d--fig-arms").text().startswith("Figure 2:")
    assert html.one("figure", id="index--fig-own").text().startswith("Figure 2: An own picture")
    for slug in ("arms-mnist1d-none", "arms-mnist1d-dropout-l2"):
        assert page(html, slug).one("figure")["id"] == f"{slug}--fig-arm"
        assert page(html, slug).one("a", class_="crossref")["href"] == f"#{slug}--fig-arm"


def references(node: Node) -> list[tuple[str, str]]:
    links = node.all("a")
    return [(a.text(), a["href"]) for a in links if a.attributes.get("class", "").startswith("crossref")]


def test_references_resolve_on_the_page_then_on_the_site(html):
    assert references(page(html, "index")) == [
        ("Figure 1", "#index--fig-arms"),
        ("Table 1", "#index--tbl-arms"),
        ("Best: dropout+l2", "#index--sec-best"),
        ("Model", "#methods--sec-model"),
        ("Figure 2", "#index--fig-own"),
        ("Figure 1 (MNIST-1D)", "#experiments-mnist1d--fig-forest"),
        ("2", "#index--fig-own"),
    ]
    assert references(page(html, "methods")) == [
        ("Equation 1", "#methods--eq-l2"),
        ("Equation 2", "#methods--eq-plain"),
        ("Table 1", "#methods--tbl-factors"),
        ("1", "#methods--tbl-factors"),
        ("Table 1", "#methods--tbl-factors"),
        ("Equation 1", "#methods--eq-l2"),
    ]
    assert "see 1" in page(html, "methods").text()


def test_tables_scroll_and_carry_their_caption(html):
    table = html.one("div", id="experiments-mnist1d--tbl-arms")
    assert table.one(class_="table-caption").text() == "Table 1: Arms and accuracy."
    region = table.one(class_="scroll")
    assert (region["role"], region["tabindex"]) == ("region", "0")
    assert region["aria-label"].replace("\u00a0", " ") == "Table 1: Arms and accuracy."
    assert region.one("table").one("td", style="text-align: right;").text() == "61.2"
    assert html.one("div", id="methods--tbl-factors").text().startswith("Table 1: Factors")


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
    assert len(page(html, "experiments-mnist1d").all("div", class_="csl-entry")) == 1
    assert not page(html, "index").all(class_="references")


def test_callouts(html):
    note = page(html, "index").one("div", class_="callout-note")
    assert note.one(class_="callout-title").text() == "How to read it"
    assert (note["role"], note["aria-label"]) == ("note", "How to read it")
    folded = page(html, "index").one("details", class_="callout-warning")
    assert folded.one("summary").text() == "Careful"
    assert "open" not in folded.attributes
    assert "Few seeds." in folded.text()


def test_tabs_stand_below_one_another_without_script(html):
    tabs = page(html, "index").one(class_="tabset").all(class_="tab")
    assert [tab.one("h3").text() for tab in tabs] == ["Accuracy", "Loss"]
    assert not any("hidden" in tab.attributes for tab in tabs)
    assert tabs[1].text() == "Loss Second tab."


def test_links_between_pages_and_downloads(html):
    index = page(html, "index")
    by_text = {link.text(): link for link in index.all("a")}
    assert by_text["the model"]["href"] == "#methods--sec-model"
    assert by_text["arms"]["href"] == "#experiments-mnist1d"
    assert by_text["runs.csv"]["download"] == "runs.csv"
    kind, content = by_text["runs.csv"]["href"].split(",", 1)
    assert kind == "data:text/csv;charset=utf-8"
    assert unquote(content) == "arm,seed\nnone,0\n"
    assert {link.text(): link for link in page(html, "methods").all("a")}["Back"]["href"] == "#index"


def test_downloads_beyond_the_limit_are_named_without_a_link(site, tmp_path):
    file = pandoc.write(tmp_path / "new" / "one.html", pandoc.document(site, downloads=3))
    anchors = page(parse(file), "index").all("a")
    assert next(a for a in anchors if a.text() == "runs.csv").attributes == {"class": "too-large"}


def test_code_cells_show_what_they_should(html):
    text = page(html, "experiments-mnist1d").text()
    assert "shown_code()" in text and "'plain result'" in text
    assert "printed {{< var nothing >}}" in text
    for hidden in ("hidden_code", "draw()", "a warning", "secret", "<Figure>"):
        assert hidden not in text


def test_landmarks_language_and_footer(html):
    assert html.one("html")["lang"] == "en"
    assert html.one("a", class_="skip")["href"] == "#content"
    assert html.one("main")["id"] == "content"
    assert html.one("nav")["aria-label"]
    assert html.one("footer").text() == f"Rendered by Pandoc {pandoc.version()}"
    assert re.fullmatch(r"\d+(\.\d+)+", pandoc.version())


def test_svg_ids_stay_inside_their_images(html):
    assert not html.all(id="same")
    assert len(html.all("img")) == 6


def test_what_the_project_puts_into_the_head_is_there(site, tmp_path):
    text = (site / "_quarto.yml").read_text() + (
        'format:\n  html:\n    include-in-header:\n      - text: \'<meta name="made-from" content="a">\'\n'
    )
    (site / "_quarto.yml").write_text(text)
    html = parse(pandoc.render(site, tmp_path / "out"))
    assert html.one("head").one("meta", name="made-from")["content"] == "a"


def test_navbar_serves_as_navigation(site, tmp_path):
    text = QUARTO.split("  sidebar:")[0] + "  navbar:\n    left: [index.qmd, {text: How, href: methods.qmd}]\n"
    (site / "_quarto.yml").write_text(text + "bibliography: references.bib\n")
    links = parse(pandoc.render(site, tmp_path / "out")).one("nav").all("a")
    assert [link.text() for link in links] == ["What regularizes on 6 seeds?", "How"]


def test_a_project_brings_its_own_design(site, tmp_path):
    shutil.copy(DESIGN / "pandoc.html", site / "pandoc.html")
    (site / "pandoc.css").write_text("body { color: rebeccapurple }")
    assert "rebeccapurple" in pandoc.render(site, tmp_path / "out").read_text()


def test_both_renderers_take_their_colours_from_the_same_values():
    css = dict(re.findall(r"--(\w+): (#\w+|[\d.]+rem);", (DESIGN / "pandoc.css").read_text()))
    scss = dict(re.findall(r"^\$(\w+): (#\w+|[\d.]+rem);", (DESIGN / "theme.scss").read_text(), re.MULTILINE))
    shared = css.keys() & scss.keys()
    assert shared >= {"ink", "muted", "accent", "rule", "shade", "tip", "alarm", "text", "wide"}
    assert {name: css[name] for name in shared} == {name: scss[name] for name in shared}
