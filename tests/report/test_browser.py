"""The report in a real browser: quiet, closed to the network, accessible, readable on a phone."""

import pytest
from browser import opened

from study.cli.publication import FOLDER, PAGE

WIDTHS = {"desktop": 1280, "phone": 400}
BROKEN = """() => [...document.querySelectorAll('a[href]:not([rel=related])')].filter((link) => {
  const address = link.getAttribute('href');
  return address.startsWith('#') ? !document.getElementById(decodeURIComponent(address.slice(1)))
    : !/^(data:|https:)/.test(address);
}).map((link) => link.outerHTML.slice(0, 200))"""
OVERFLOW = """() => [document.documentElement.scrollWidth - document.documentElement.clientWidth,
  ...[...document.querySelectorAll('.page.current *')].filter((box) => {
    const edge = box.getBoundingClientRect().right;
    const inside = box.parentElement.closest('.scroll, .equation, math, [hidden]');
    return edge > document.documentElement.clientWidth + 1 && !inside;
  }).map((box) => box.outerHTML.slice(0, 120))]"""
CUT = """() => [...document.querySelectorAll('.page.current :is(.scroll, .equation, math)')].filter((box) =>
  box.scrollWidth > box.clientWidth + 1 && box.tabIndex !== 0).map((box) => box.outerHTML.slice(0, 120))"""


@pytest.fixture(scope="module", params=["pages", "single", "published"])
def file(request, rendered):
    """The tiny study's report in both shapes, and the published one, which has pages of sweeps, claims and literature
    too."""
    return FOLDER / PAGE if request.param == "published" else rendered[request.param]


@pytest.fixture(params=WIDTHS)
def shown(request, running, file):
    with opened(running, file, WIDTHS[request.param]) as result:
        yield result


def test_it_is_quiet_and_asks_for_nothing(shown):
    for slug in shown.slugs():
        shown.turn(slug)
    assert shown.said == [] and shown.asked == []


@pytest.mark.parametrize(
    "file", ["single", *(pytest.param(each, marks=pytest.mark.slow) for each in ("pages", "published"))], indirect=True
)
def test_no_page_breaks_a_rule_of_level_a_or_aa(shown):
    found = {slug: shown.violations() for slug in shown.slugs() if shown.turn(slug) is None}
    assert len(found) >= 11
    assert {slug: lines for slug, lines in found.items() if lines} == {}


def test_the_document_never_scrolls_sideways_and_what_does_can_be_reached(shown):
    for slug in shown.slugs():
        shown.turn(slug)
        over, *wide = shown.page.evaluate(OVERFLOW)
        assert over <= 0 and wide == [], slug
        assert shown.page.evaluate(CUT) == [], slug


def test_every_link_leads_somewhere_and_every_picture_is_there(shown):
    assert shown.page.evaluate(BROKEN) == []
    # A picture of a page that is not shown is decoded when it is asked for.
    shown.page.evaluate("() => Promise.all([...document.images].map((image) => image.decode()))")
    widths = shown.page.evaluate(
        "[...[...document.images].map((image) => image.naturalWidth), "
        "...[...document.querySelectorAll('.drawing > svg')].map((drawing) => drawing.viewBox.baseVal.width)]"
    )
    assert len(widths) >= 24 and min(widths) > 100


def test_a_link_shows_its_page_and_going_back_the_one_before(shown):
    first, second, *_ = shown.slugs()
    assert shown.page.locator(f"#{second}").is_hidden()
    shown.page.locator(f"#{first} a[href='#{second}']").last.click()
    assert shown.page.locator(f"#{second} h1").is_visible() and shown.page.locator(f"#{first}").is_hidden()
    assert shown.page.title().startswith(shown.page.locator(f"#{second}").get_attribute("data-title"))
    shown.page.go_back()
    shown.page.wait_for_function("(slug) => document.querySelector('.page.current').id === slug", arg=first)


def test_a_page_is_found_by_the_browsers_own_search_and_lists_what_it_holds(running, rendered):
    with opened(running, rendered["single"], 1280) as shown:
        page, (_, other, *_) = shown.page, shown.slugs()
        assert page.locator(f"#{other}").get_attribute("hidden") == "until-found"
        page.evaluate("(slug) => document.getElementById(slug).dispatchEvent(new Event('beforematch'))", other)
        assert page.locator(f"#{other}").is_visible() and page.evaluate("location.hash") == f"#{other}"
        heads = page.locator(f"#{other} > h2")
        assert heads.count() >= 5
        assert page.locator(".inside a").all_inner_texts() == [
            head.locator("span").first.inner_text() for head in heads.all()
        ]
        links = page.locator(f"#{other} > h2 > .permalink").evaluate_all("(all) => all.map((a) => a.hash.slice(1))")
        assert links == [head.get_attribute("id") for head in heads.all()]


def test_figures_and_tables_can_be_saved_from_the_one_file(running, rendered):
    with opened(running, rendered["single"], 1280) as shown:
        page, (_, other, *_) = shown.page, shown.slugs()
        shown.turn(other)
        with page.expect_download() as saved:
            page.locator(f"#{other} figure.figure button.save").first.click()
        assert open(saved.value.path()).read().startswith("<svg") and saved.value.suggested_filename.endswith(".svg")
        with page.expect_download() as saved:
            page.locator(f"#{other} figure.figure a.save").first.click()
        assert open(saved.value.path()).read().startswith("term,") and saved.value.suggested_filename.endswith(".csv")
        table = page.locator(f"#{other} .table-figure").first
        with page.expect_download() as saved:
            table.locator(".save").click()
        lines = open(saved.value.path(), encoding="utf-8").read().splitlines()
        assert len(lines) == table.locator("tr").count() and lines[1].startswith('"dropout","')


def test_without_scripts_every_page_stands_there(running, rendered):
    with opened(running, rendered["single"], 400, scripts=False) as shown:
        titles = shown.page.locator("main > .page > h1")
        assert titles.count() >= 11 and all(title.is_visible() for title in titles.all())


def test_a_fault_of_each_kind_is_seen(running, tmp_path):
    """The checks above can fail: a page made bad on purpose."""
    bad = tmp_path / "bad.html"
    bad.write_text(
        '<!DOCTYPE html><html><head><title>x</title></head><body><main><section class="page current" id="p">'
        '<img src="https://example.org/a.png"><p style="color:#ccc;width:900px">pale</p><a href="#no">x</a>'
        '<div class="scroll" style="overflow:auto;width:100px"><p style="width:300px">x</p></div>'
        "</section></main><script>console.error('oh')</script></body></html>"
    )
    with opened(running, bad, 400) as shown:
        rules = {line.split(":")[0] for line in shown.violations()}
        assert {"color-contrast", "html-has-lang", "image-alt"} <= rules
        assert shown.asked == ["https://example.org/a.png"] and "oh" in shown.said
        over, *wide = shown.page.evaluate(OVERFLOW)
        assert over > 0 and any("pale" in box for box in wide)
        assert len(shown.page.evaluate(CUT)) == 1 and "#no" in shown.page.evaluate(BROKEN)[0]


def test_alternative_texts_hold_the_words_of_the_titles(rendered):
    """Against the notebooks as executed, whose drawings bring their titles as text."""
    import nbformat

    checked = 0
    for path in rendered["made"].rglob("*.ipynb"):
        for cell in nbformat.read(path, as_version=4).cells:
            for output in cell.get("outputs", []):
                if "image/svg+xml" in output.get("data", {}):
                    about = output["metadata"]["image/svg+xml"]
                    title, alt = about["title"].replace("\u00a0", " "), about["alt"].replace("\u00a0", " ")
                    checked += 1
                    assert title and title.rstrip(".").lower() in alt.lower(), (path.name, alt, title)
                    assert f">{about['title']}<" not in output["data"]["image/svg+xml"]
    assert checked >= 20
