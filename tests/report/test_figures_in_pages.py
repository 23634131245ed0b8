"""Figures as a part of their page: both forms, their ids, words and files."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import unquote

import pytest
from browser import browser

from study.report.rendering import figures, pandoc, quarto

DRAWING = (
    "<svg width='{0}pt' height='90pt' viewBox='0 0 {0} 90' xmlns='http://www.w3.org/2000/svg'><defs>"
    "<clipPath id='i0'><rect width='9' height='9'/></clipPath><path id='i1' d='M0 0l9 9'/></defs>"
    "<g clip-path='url(#i0)'><use href='#i1'/></g><text x='9' y='50'>{1}</text></svg>"
)


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "project" / "figures"
    folder.mkdir(parents=True)
    (folder / "a-1.svg").write_text(DRAWING.format(500, "wide words"))
    (folder / "a-1.phone.svg").write_text(DRAWING.format(250, "narrow words"))
    (folder / "a-1.csv").write_text("arm,mean\nnone,1\n")
    (folder / "b-2.svg").write_text(DRAWING.format(500, "only words"))
    (folder / "c-3.svg").write_text("<svg width='500pt'><path id='mine'/></svg>")
    return folder.parent


PAGE = (
    '<figure id="x"><img src="{0}figures/a-1.svg" alt="One &quot;dot&quot;"></figure>'
    '<img class="k" src="{0}figures/b-2.svg" alt="Two" /><img src="{0}figures/a-1.svg" alt="Again">'
    '<img src="{0}figures/c-3.svg" alt="Three"><img src="{0}other.svg" alt="Four">'
)


def test_every_form_has_the_images_words_and_ids_of_its_own(project):
    made = figures.drawn(PAGE.format("asset:"), project, lambda image, file: f"{image}|{file.name}")
    classes = re.findall(r'<svg class="([^"]*)" role="img" aria-label="([^"]*)"', made)
    assert [(name, unescape(label)) for name, label in classes] == [
        ("full", 'One "dot"'), ("phone", 'One "dot"'), ("full alone", "Two"), ("full", "Again"), ("phone", "Again"),
    ]  # fmt: skip
    ids = re.findall(r"\sid='([^']*)'", made)
    assert len(ids) == len(set(ids)) == 10
    assert set(re.findall(r"#([^')]*)", made)) == set(ids), "every name leads to the drawing's own"
    assert re.findall(r'href="([^"]*)" download="([^"]*)"', made)[:2] == [
        ("asset:figures/a-1.svg|a-1.svg", "a-1.svg"), ("asset:figures/a-1.svg|a-1.csv", "a-1.csv"),
    ]  # fmt: skip
    assert re.findall(r"<img [^>]*>", made) == [
        '<img src="asset:figures/c-3.svg" alt="Three">', '<img src="asset:other.svg" alt="Four">',
    ]  # fmt: skip


def test_a_site_has_drawings_in_its_pages_and_their_files_beside_them(project, tmp_path):
    site = tmp_path / "site"
    (site / "deep").mkdir(parents=True)
    (site / "deep" / "page.html").write_text(PAGE.format("../"))
    quarto.draw(project, site)
    links = re.findall(r'href="([^"]*)" download', (site / "deep" / "page.html").read_text())
    assert links[:2] == ["../figures/a-1.svg", "../figures/a-1.csv"]
    assert all((site / "deep" / link).resolve().is_file() for link in links)


@pytest.mark.parametrize(
    "width, shown, hidden", [(1280, "wide words", "narrow words"), (400, "narrow words", "wide words")]
)
def test_a_screen_shows_one_form_whose_text_can_be_selected(project, width, shown, hidden):
    (project / "_quarto.yml").write_text(
        "project: {render: [index.qmd]}\nbibliography: none.bib\nformat: {html: {}}\n"
        "website: {title: T, sidebar: {contents: [{href: index.qmd, text: A}]}}\n"
    )
    (project / "none.bib").touch()
    for name in ("page.html", "pandoc.html", "pandoc.css"):
        (project / name).write_text((pandoc.FILTER.parents[3] / "report" / name).read_text())
    (project / "index.qmd").write_text('---\ntitle: A\n---\n\n![Words.](/figures/a-1.svg){#fig-a fig-alt="A dot"}\n')
    page_file = pandoc.render(project, project / "out")
    with browser() as running:
        page = running.new_page(viewport={"width": width, "height": 700})
        page.goto(page_file.as_uri())
        box = page.locator("#index--fig-a")
        assert box.get_by_text(shown).is_visible() and not box.get_by_text(hidden).is_visible()
        page.evaluate("getSelection().selectAllChildren(document.querySelector('#index--fig-a'))")
        assert shown in page.evaluate("getSelection().toString()")
        drawings = page.get_by_role("img", name="A dot")
        assert drawings.count() == 1 and drawings.bounding_box()["width"] <= width
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        link = box.get_by_role("link", name="CSV")
        assert unquote(link.get_attribute("href")).endswith(",arm,mean\nnone,1\n")
        with page.expect_download() as saved:
            box.get_by_role("button", name="SVG").click()
        assert "wide words" in (text := open(saved.value.path()).read()) and "xmlns=" in text
    assert "wide words" not in pandoc.document(project, paper=True).split("<main")[1].split("data:")[0]
