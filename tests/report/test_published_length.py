"""What the published page may take of a reader: words, sheets of paper, bytes.

A word holds a letter: numbers and marks are none. Bibliographies, formulas and drawings hold no words of ours.
"""

import pytest
from browser import opened

from study.cli.publication import FOLDER, PAGE

OURS = "math, svg, .references, [id$=references-title], .save, .permalink"
INSTRUMENT = ".g, fieldset, label, button, .presets, #front-rows"
"""The front page's grid, switches and controls, which are worked rather than read."""
COUNT = """([slug, hidden, unfolded]) => {
  const page = document.getElementById(slug);
  if (unfolded) page.querySelectorAll('details').forEach((fold) => { fold.open = true; });
  page.querySelectorAll(hidden).forEach((part) => { part.style.display = 'none'; });
  return page.innerText.split(/\\s+/).filter((word) => /\\p{L}/u.test(word)).length;
}"""
BYTES = 5_000_000
SHEETS = 20


@pytest.fixture
def shown(running):
    with opened(running, FOLDER / PAGE, 1280) as result:
        yield result


def words(shown, slug: str, without: str = "", unfolded: bool = False) -> int:
    """Return how many words a page shows, less those of some elements; its folds stay closed unless asked for."""
    shown.turn(slug)
    return shown.page.evaluate(COUNT, [slug, ", ".join(filter(None, (OURS, without))), unfolded])


def test_the_front_page_is_read_in_minutes(shown):
    assert 200 < words(shown, "index", f"table, figure, {INSTRUMENT}") <= 600


def test_a_data_set_its_tables_included(shown):
    pages = [slug for slug in shown.slugs() if slug.startswith("experiments-")]
    counted = {slug: words(shown, slug) for slug in pages}
    assert len(counted) == 4 and all(300 < number <= 900 for number in counted.values()), counted


def test_the_ledger_its_tables_included(shown):
    assert 1_000 < words(shown, "claims") <= 5_000


def test_the_literature_but_for_its_tables(shown):
    assert 100 < words(shown, "literature", "table") <= 1_500


def test_everything_but_tables_its_folds_included(shown):
    counted = [words(shown, slug, "table", unfolded=True) for slug in shown.slugs()]
    assert 5_000 < sum(counted) <= 14_000


def test_bytes(shown):
    assert (FOLDER / PAGE).stat().st_size <= BYTES


def test_sheets_of_paper(shown, tmp_path):
    pypdf = pytest.importorskip("pypdf", reason="pypdf is not installed: make setup")
    shown.page.pdf(path=tmp_path / "short.pdf", prefer_css_page_size=True)
    sheets = pypdf.PdfReader(tmp_path / "short.pdf").pages
    assert 8 < len(sheets) <= SHEETS
    assert "Left out: all other pages" in " ".join(sheets[0].extract_text().split())
