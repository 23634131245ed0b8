"""The claims of a small study, really measured under one seed, most of them for the published one, and their page."""

import json
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest
from conftest import reported, study

from study.claims.catalogue import answered, mechanisms
from study.claims.ledger import COLUMNS
from study.claims.sentences import RECENT, SENTENCES

PUBLISHED = Path(__file__).parents[2] / "results" / "standard" / "claims"
TRIALS = len(mechanisms("textbook")) + len(mechanisms("2026"))
"""Under one seed."""
LEFT = ("penalty", "forms")
"""Mechanisms that are measured here, within a second or two."""


@pytest.fixture(scope="module")
def measured(trained, tmp_path_factory):
    """The tiny study with claims under one seed, its cells as trained before. A trial's key holds no study: what was
    measured for the published one counts here too, unless its mechanism has changed since."""
    folder = tmp_path_factory.mktemp("claims")
    shutil.copytree(trained / "results", folder / "results")
    text = (trained / "tiny.toml").read_text()
    (folder / "tiny.toml").write_text(
        text.replace('seeds = "0-1"', 'seeds = "0-1"\nclaims = { seeds = "10", ledger = ["textbook", "2026"] }', 1)
    )
    before = study("plan", folder / "tiny.toml", "--results", folder / "results")
    assert f"{TRIALS} trials of the claims to do" in before.stdout, before
    for file in PUBLISHED.glob("*/*.jsonl"):
        if file.stem not in LEFT:
            (kept := folder / "results" / "claims" / file.parent.name / file.name).parent.mkdir(
                parents=True, exist_ok=True
            )
            lines = file.read_text().splitlines()
            kept.write_text("".join(f"{line}\n" for line in lines if json.loads(line)["seed"] == 10))
    shutil.copy(folder / "results" / "store.json", folder / "results" / "claims")
    ran = study("run", folder / "tiny.toml", "--results", folder / "results", timeout=600)
    assert ran.returncode == 0 and re.search(r"\d+ trials of the claims measured", ran.stderr), ran.stderr
    return folder


@pytest.fixture(scope="module")
def html(measured):
    return reported(measured / "tiny.toml", measured / "results", measured / "site")


def page_of(html: str) -> str:
    (found,) = re.findall(r'<section[^>]*id="claims".*?(?=<section[^>]*class="page|</main>)', html, re.DOTALL) or [html]
    return found


def test_every_sentence_has_a_section_a_table_and_its_figure(html):
    for each in SENTENCES:
        assert re.search(rf"<h2[^>]*>{each.number}\. {re.escape(each.about)}", html), each
        assert f'id="claims--tbl-claims-{each.number}"' in html, each
    for name in ("removal", "averaging", "penalty", "stopping", "normalization", "worth"):
        (alt,) = re.findall(rf'id="claims--fig-{name}".*?role="img" aria-label="([^"]+)"', html, re.DOTALL)[:1]
        assert len(alt) > 60, name


def test_the_front_page_tells_the_verdicts_and_the_ledger_leads_to_each_sentence(html):
    assert re.search(rf"Of the textbook.s {len(SENTENCES)} sentences", html)
    targets = set(re.findall(r'href="#(claims--tbl-claims-\d+)"', page_of(html)))
    assert len(targets) == len(SENTENCES) and all(f'id="{target}"' in html for target in targets)


def test_both_ledgers_have_a_page_a_line_and_a_word_in_methods(html):
    assert '<section class="page" id="recent"' in html, "a page"
    for each in RECENT:
        assert f'id="recent--tbl-claims-{each.number}"' in html, each
    front = re.sub(r"<[^>]+>", "", html.partition('id="experiments-scans"')[0])
    assert "Of 6 claims published since 2022" in front and RECENT[0].text not in front
    assert front.count("has the measurements") == 2
    methods = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html.partition('id="methods"')[2]))
    assert "claims ledger is measured by" in methods and "ledger of 2026 is measured by" in methods
    assert methods.count("Each claim is a number with a criterion") == 1


def test_one_seed_decides_only_identities_and_draws(measured):
    words = ("export", measured / "tiny.toml", "--results", measured / "results", "--output", measured / "export")
    assert study(*words).returncode == 0
    table = pd.read_csv(measured / "export" / "claims.csv")
    assert tuple(table.columns) == COLUMNS and set(table["sentence"]) == set(range(1, 19))
    # A framework that is not installed is left out; the lattice adds its own.
    assert len(table) >= len(answered("textbook")) + len(answered("2026")) - 3
    few = table[table["n_seeds"] < 6]
    assert len(few) > 30 and set(few["verdict"]) == {"undecided"}
    decided = table[table["n_seeds"].isna()]
    assert len(decided) > 20 and not decided["verdict"].eq("undecided").all()
    known = pd.read_csv(measured / "export" / "dictionary.csv")
    assert set(known.loc[known["table"] == "claims", "column"]) == set(COLUMNS)


def test_status_counts_trials(measured):
    ran = study("status", measured / "tiny.toml", "--results", measured / "results", "--json")
    assert json.loads(ran.stdout)["beside"]["trials of the claims"] == {
        "done": TRIALS,
        "failed": 0,
        "stale": 0,
        "missing": 0,
    }
    ran = study("status", measured / "tiny.toml", "--results", measured / "results")
    assert f"trials of the claims: {TRIALS} done" in ran.stdout
