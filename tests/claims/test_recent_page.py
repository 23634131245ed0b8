"""The ledger of 2026 as a study with factors of its own has it: chosen in its file, stored, rendered, published."""

import re

import pytest
from conftest import write_tiny
from made_recent import SEEDS, good
from synthetic import store as made_store

from study.analysis.results import Results
from study.claims.catalogue import answered, mechanisms
from study.claims.collection import Claims
from study.claims.ledger import COLUMNS
from study.claims.sentences import RECENT
from study.claims.standing import standing, store_of, wanted
from study.cli import publication
from study.design import studyfile
from study.report import build
from study.report.front import page
from study.store.lines import Store

CLAIMED = f'claims = {{ seeds = "0-{SEEDS - 1}", ledger = "2026" }}'

RECENT_CLAIMS, RECENT_MECHANISMS = answered("2026"), mechanisms("2026")


def made(folder, head, whole=False) -> Results:
    """Return the results of a study whose cells, and trials of the ledger of 2026, are made up."""
    file = write_tiny(folder, seeds="0-5")
    text = file.read_text()
    file.write_text(f"{head}\n{text if whole else text.partition('[experiment.scans.strengths]')[0]}")
    study = studyfile.load(str(file))
    made_store(study, folder / "results", lambda cell: 60 + 5 * ("dropout" in cell.arm) + cell.seed % 2)
    store, values = Store(folder / "results", study.name), good()
    for trial in wanted(study):
        if trial.mechanism.name in values:
            content = {"values": values[trial.mechanism.name][trial.seed], "seconds": 1.0, "made": {"device": "CPU"}}
            for record in trial.records(content, {}):
                store_of(store).append(record)
    return Results(study, store)


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """A study of two factors, averaging among them; its results."""
    return made(tmp_path_factory.mktemp("recent"), f'factors = ["dropout", "averaging"]\n{CLAIMED}')


@pytest.fixture(scope="module")
def html(measured, tmp_path_factory):
    return build.render(measured, tmp_path_factory.mktemp("site"), "pandoc", "none").read_text()


def test_a_study_measures_the_claims_of_its_ledger(measured):
    found = standing(measured.study, measured.store)
    assert not found.to_train
    assert {trial.mechanism.name for trial in found.done} == {each.name for each in RECENT_MECHANISMS}
    claims = Claims(measured)
    assert len(claims.whole) == 1 and len(claims.entries) == len(RECENT_CLAIMS)
    assert not {entry.claim.name for entry in claims.entries} & {claim.name for claim in answered("textbook")}


def test_a_ledger_that_lacks_a_trial_is_left_out_alone(tmp_path):
    """Of two ledgers the whole one keeps its place."""
    claims = Claims(made(tmp_path, CLAIMED.replace('"2026"', '["textbook", "2026"]'), whole=True))
    assert [each.edition.notebook for each in claims.whole] == ["recent"]
    assert claims.lacking("textbook") == SEEDS * len(mechanisms("textbook")) and not claims.lacking("2026")
    said = page.sentences(claims)
    assert "Of 6 claims published since 2022, 6 hold." in said
    assert f"The claims ledger is left out: {claims.lacking('textbook')} trials of it still to be run." in said


def test_a_study_that_measures_no_claims_has_no_ledger(measured):
    """Not even the textbook's, which asks its lattice for factors that this study lacks."""
    without = measured.study.model_copy(update={"claims": studyfile.Claims()})
    claims = Claims(Results(without, measured.store))
    assert not claims.ledgers and not claims.whole and not claims.entries and not claims.measured
    assert list(claims.frame().columns) == list(COLUMNS) and page.sentences(claims) == ""


def test_which_ledger_it_is_decides_no_stored_trial(tmp_path):
    """A mechanism's key knows nothing of the study that asks for it."""
    both = studyfile.load("standard")
    assert both.claims.ledger == ("textbook", "2026")
    twice = tmp_path / "twice.toml"
    twice.write_text(studyfile.locate("standard").read_text().replace('["textbook", "2026"]', '["2026", "2026"]'))
    assert studyfile.load(str(twice)).claims.ledger == ("2026",)
    keys = {}
    for name in both.claims.ledger:
        (tmp_path / f"{name}.toml").write_text(
            studyfile.locate("standard").read_text().replace('ledger = ["textbook", "2026"]', f'ledger = "{name}"')
        )
        keys[name] = {trial.key for trial in wanted(studyfile.load(str(tmp_path / f"{name}.toml")))}
    assert keys["textbook"].isdisjoint(keys["2026"]) and len(keys["2026"]) == 6 * len(RECENT_MECHANISMS)
    assert {trial.key for trial in wanted(both)} == keys["textbook"] | keys["2026"]


def test_its_page_has_a_section_a_table_and_the_figure(html):
    assert "The ledger of 2026" in html and "What papers say" in html
    for each in RECENT:
        assert re.search(rf"<h2[^>]*>{each.number}\. {re.escape(each.about)}", html), each
        assert f'id="recent--tbl-claims-{each.number}"' in html, each
        assert each.text in re.sub(r"<[^>]+>", "", html), each
    (alt,) = re.findall(r'id="recent--fig-passes".*?role="img" aria-label="([^"]+)"', html, re.DOTALL)[:1]
    assert "Early dropout" in alt and "nats" in alt
    assert "Of 6 claims published since 2022, 6 hold." in html and "textbook" not in html.partition("<h2")[0]


def test_methods_do_not_say_that_claims_are_read_off_the_lattice(html):
    assert "read off the lattice above" not in html


def test_a_published_table_names_who_says_so(measured):
    said = publication.claims_block(measured.study, {"claims": {RECENT[0].text: "holds"}})
    assert said.startswith("| papers say | measured |") and RECENT[0].text in said
