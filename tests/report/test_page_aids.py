"""What helps a reader along the pages: numbers, terms, search, tables to take away, paper. In Chromium."""

import csv

import pytest
from browser import opened

TIP = "(term) => getComputedStyle(term, '::after').display"


@pytest.fixture
def made(rendered):
    """The tiny study's report as one page, and the folder of its project."""
    return rendered["single"], rendered["made"]


@pytest.fixture
def shown(running, made):
    with opened(running, made[0], 1280) as result:
        yield result


def test_a_figure_or_table_has_a_number_that_no_other_has(shown):
    labels = shown.page.locator(".caption-label").all_text_contents()
    assert len(labels) >= 20 and len(set(labels)) == len(labels)
    places = shown.page.evaluate(
        "[...document.querySelectorAll('.caption-label')].map((label) => "
        "[...document.querySelectorAll('main > .page')].indexOf(label.closest('.page')) + 1)"
    )
    assert [int(label.split("\u00a0")[1].split(".")[0]) for label in labels] == places


def test_a_term_shows_its_definition_on_focus_and_on_pointing_until_escape(shown):
    shown.turn("methods")
    term = shown.page.locator("#methods a.term").first
    term.scroll_into_view_if_needed()
    assert term.evaluate(TIP) == "none" and len(term.get_attribute("data-says")) > 20
    shown.page.keyboard.press("Tab")  # so that focus shows
    term.focus()
    assert term.evaluate(TIP) == "block"
    width = shown.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert width[0] <= width[1]
    shown.page.keyboard.press("Escape")
    assert term.evaluate(TIP) == "none"
    other = shown.page.locator("#methods a.term").nth(1)
    other.hover()
    assert other.evaluate(TIP) == "block"
    other.click()
    assert shown.page.locator("#glossary").is_visible()
    target = shown.page.evaluate("location.hash.slice(1)")
    assert target.startswith("glossary--word-") and shown.page.locator(f"#{target}").count() == 1


def test_the_search_finds_words_of_every_page_and_leads_to_their_place(shown):
    page = shown.page
    field, hits = page.get_by_role("searchbox", name="Search all pages"), page.locator(".hits a")
    field.fill("SIGN-flip tests")
    assert page.locator(".told").inner_text() == "1 found"
    assert hits.inner_text().startswith("Methods") and "sign-flip tests" in hits.inner_text()
    hits.click()
    assert page.locator("#methods").is_visible() and page.evaluate("location.hash").startswith("#methods--")
    field.fill("methods")
    assert hits.first.inner_text() == "Methods\nMethods"  # a heading comes first
    field.fill("no such words")
    assert page.locator(".told").inner_text() == "0 found" and hits.count() == 0
    field.fill("")
    assert page.locator(".told").inner_text() == ""


def test_a_place_in_a_fold_is_unfolded_when_a_hit_leads_there(shown):
    page = shown.page
    inside = page.locator("details:not([open]) .table-figure[id]").first
    place = inside.get_attribute("id")
    page.evaluate("(place) => { location.hash = place }", place)
    page.wait_for_function("(place) => document.getElementById(place).checkVisibility()", arg=place)


def test_tables_leave_the_page_as_they_lie_beside_the_site(shown, made):
    shown.turn("reproduce")
    names = shown.page.locator("#reproduce a.packed").all_inner_texts()
    assert {"runs.csv", "effects.csv", "history.csv", "dictionary.csv"} <= set(names)
    for name in names:
        with shown.page.expect_download() as saved:
            shown.page.locator("#reproduce a.packed", has_text=name).click()
        assert saved.value.suggested_filename == name
        content = open(saved.value.path(), newline="", encoding="utf-8").read()
        assert content == (made[1] / name).read_bytes().decode() and len(list(csv.reader(content.splitlines()))) > 5


def test_paper_gets_the_short_version_or_the_page_that_is_shown(shown):
    page = shown.page
    visible = (
        "[...document.querySelectorAll('main > .page')].filter((each) => each.checkVisibility()).map((each) => each.id)"
    )
    page.emulate_media(media="print")
    assert page.evaluate(visible) == ["index", "experiments-scans", "methods", "glossary"]
    assert page.locator(".on-paper").is_visible() and not page.locator(".sidebar").is_visible()
    shown.turn("literature")
    assert page.evaluate(visible) == ["literature"] and not page.locator(".on-paper").is_visible()


def test_cards_and_search_engines_get_the_answer(shown):
    said = {
        element.get_attribute("name") or element.get_attribute("property"): element.get_attribute("content")
        for element in shown.page.locator("meta[content]").all()
    }
    assert said["description"] == said["og:description"] == "Too few seeds to say: 2 seeds; a verdict takes 6."
    assert said["og:title"].startswith("What regularizes?") and said["og:type"] == "article"
