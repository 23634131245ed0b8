"""The published page in Firefox: silent, no wider than the screen, worked by keyboard and by address."""

import pytest
from firefox import firefox

from study.cli.publication import FOLDER, PAGE

PAGES = "return [...document.querySelectorAll('main > .page')].map((page) => page.id)"
TURN = """location.hash = arguments[0];
  return new Promise((done) => setTimeout(done)).then(() => [document.querySelector('.page.current').id,
    document.documentElement.scrollWidth - document.documentElement.clientWidth, innerWidth])"""
SAY = "return document.querySelector('#front-say').textContent"
SPACE, TAB = "\ue00d", "\ue004"


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with firefox(tmp_path_factory.mktemp("firefox")) as found:
        yield found


@pytest.fixture(params=[1280, 400])
def shown(request, running):
    running.open(FOLDER / PAGE, request.param)
    return request.param, running


@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize("file", [FOLDER / PAGE, *sorted(FOLDER.glob(f"*/{PAGE}"))], ids=lambda file: file.parent.name)
def test_no_page_is_wider_than_the_screen_and_none_makes_an_error(running, file, width):
    running.open(file, width)
    slugs = running.run(PAGES)
    assert len(slugs) >= (11 if file.parent == FOLDER else 6)
    for slug in slugs:
        current, over, inner = running.run(TURN, slug)
        assert current == slug and over <= 0 and inner == width, (slug, over, inner)
    assert running.errors() == []


def test_every_cell_of_the_grid_holds_its_words(shown):
    _, browser = shown
    heights = browser.run(
        "return [...document.querySelectorAll('.g-test_accuracy .c')].map((c) => [c.scrollHeight, c.clientHeight])"
    )
    assert len(heights) == 20 and all(words <= cell + 1 for words, cell in heights), heights


def test_the_switches_work_by_keyboard_and_the_address_follows(shown):
    _, browser = shown
    before = browser.run(SAY)
    for _ in range(200):  # every stop on the way there
        browser.press(TAB)
        if browser.run("return document.activeElement.getAttribute('role')") == "switch":
            break
    on = browser.run("return document.activeElement.getAttribute('aria-checked')")
    browser.press(SPACE)
    assert browser.run("return document.activeElement.getAttribute('aria-checked')") != on
    assert browser.run(SAY) != before
    hash_ = browser.run("return new Promise((done) => setTimeout(() => done(location.hash), 500))")
    assert hash_.startswith("#mnist1d/test_accuracy/")


def test_an_address_shows_its_arm(shown):
    _, browser = shown
    browser.go(f"{(FOLDER / PAGE).resolve().as_uri()}#mnist/test_nll/dropout+l2")
    said = browser.run(SAY)
    assert said.startswith("Dropout + L2 on MNIST: test NLL")


def test_an_error_is_seen_and_so_is_what_is_too_wide(running, tmp_path):
    """The checks above can fail: a page made bad on purpose."""
    bad = tmp_path / "bad.html"
    bad.write_text(
        '<main><section class="page current" id="p"><p style="width:900px">x</p></section></main><script>oh()</script>'
    )
    running.open(bad, 400)
    current, over, width = running.run(TURN, "p")
    assert (current, width) == ("p", 400) and over > 0
    assert any("oh is not defined" in said for said in running.errors())
