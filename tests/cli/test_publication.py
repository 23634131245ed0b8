"""The README says what the published tables say, its commands exist, and its example runs."""

import io
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import study
from own_factors import write_own
from synthetic import store

from study.analysis.results import Results
from study.cli import publication
from study.cli.publication import BLOCK, FOLDER, TEXTS, Published
from study.design import studyfile
from study.design.arms import arms_of
from study.errors import StudyError
from study.export import digest
from study.report.rendering.pagecheck import text_problems
from study.store import log
from study.store.lines import Store
from study.store.provenance import CHECKOUT

ROOT = CHECKOUT
FILLED = [(ROOT / name).read_text(encoding="utf-8") for name in TEXTS]
TEXT = "\n".join(
    [
        *FILLED,
        *(
            path.read_text(encoding="utf-8")
            for path in sorted((ROOT / "docs").glob("*.md"))
            if f"docs/{path.name}" not in TEXTS
        ),
    ]
)
"""The README and the guides that it leads to."""


EVERY = [FOLDER, *(FOLDER / each.study.name for each in publication.others())]
"""The folders of what is published: of the main study, of each other one."""


@pytest.fixture(scope="module")
def main():
    return Published.read(FOLDER)


@pytest.fixture(scope="module", params=EVERY, ids=lambda folder: folder.name)
def published(request):
    return request.param, Published.read(request.param)


def test_the_first_reports_costs_are_those_of_all_its_parts(tmp_path):
    """A log without the claims would make `make report` look cheaper than it is."""
    known = tmp_path / "measured.json"
    known.write_text(json.dumps({"first_report": {"cells": 1}}))
    log.add(tmp_path, "run", 270.0, jobs=2, trainings=192, cells=384)
    log.add(tmp_path, "report", 40.0, jobs=2, notebooks=20)
    assert publication.first_report(tmp_path, known) == {"cells": 1}
    log.add(tmp_path, "claims", 170.0, jobs=2, trainings=156, cells=156)
    found = publication.first_report(tmp_path, known)
    assert (found["training_seconds"], found["claims_seconds"], found["report_seconds"]) == (270.0, 170.0, 40.0)


def test_generated_parts_are_those_of_the_published_tables(main):
    assert publication.fill(FILLED, publication.blocks(main, publication.others())) == FILLED
    assert (FOLDER / "hero.svg").read_text() == publication.hero(main.study, main.runs).svg


def test_every_other_study_is_led_to_and_leads_back():
    page = (FOLDER / publication.PAGE).read_text(encoding="utf-8")
    for other in publication.others():
        address = f"{other.study.name}/{publication.PAGE}"
        assert f'href="{address}"' in page and f"](published/{address})" in FILLED[0]
        assert f'href="../{publication.PAGE}"' in (FOLDER / address).read_text(encoding="utf-8")


def test_published_page_was_made_from_the_committed_results(published):
    folder, found = published
    page, kept = folder / publication.PAGE, publication.stored(found.study)
    if not page.exists():
        pytest.skip("published/report.html is not there yet: `make publish` writes it from results that are committed")
    assert (kept.root / "store.json").exists(), f"{page} is published, but its results, {kept.root}, are not there"
    html = page.read_text(encoding="utf-8")
    assert digest.said(html) == digest.digest(kept)
    assert text_problems(html) == []
    assert len(html) < 5_000_000


def test_published_tables_were_made_from_the_committed_results(published):
    folder, found = published
    if not (folder / publication.PAGE).exists():
        pytest.skip("published/report.html is not there yet: `make publish` writes it from results that are committed")
    kept = Results(found.study, publication.stored(found.study)).runs
    pd.testing.assert_frame_equal(found.runs, pd.read_csv(io.StringIO(kept.to_csv(index=False))))
    if folder == FOLDER:
        assert publication.answers(found.study, kept, found.measured["convergence"]) in TEXT
        assert publication.hero_block(found.study, kept) in TEXT
    else:
        assert publication.beside([found]) in TEXT


def test_published_runs_are_whole(published):
    chosen, runs, measured = published[1].study, published[1].runs, published[1].measured
    trained = measured["convergence"]
    assert len(runs) == len(arms_of(chosen)) * sum(len(chosen.seeds_of(name)) for name in trained) == measured["cells"]
    assert not runs.duplicated(["experiment", "arm", "seed"]).any() and set(runs["status"]) == {"ok"}
    assert set(trained) <= set(chosen.experiments) and (
        published[0] != FOLDER or len(trained) == len(chosen.experiments)
    )


def test_a_training_that_shared_its_core_costs_what_its_arm_does_under_other_seeds(main):
    found = Results(main.study, publication.stored(main.study))
    name = found.experiments[0]
    times = {place: seconds for place, seconds in found.training_seconds.items() if place[0] == name}
    by_arm = [[seconds for place, seconds in times.items() if place[1] == arm] for arm in {place[1] for place in times}]
    assert found.core_seconds[name] == pytest.approx(sum(np.median(each) * len(each) for each in by_arm))
    found.training_seconds[max(times, key=times.get)] *= 1000
    del found.core_seconds
    assert found.core_seconds[name] < 2 * sum(times.values())


def test_published_runs_are_of_todays_settings(published):
    from study.design.cells import cells

    found = published[1]
    trained = [cell for cell in cells(found.study) if cell.experiment.name in found.measured["convergence"]]
    assert set(found.runs["key"]) == {cell.key for cell in trained}


def test_published_effects_are_those_of_the_published_runs(published):
    from study.analysis.effects import all_effects

    folder, found = published
    trained = found.measured["convergence"]
    again = all_effects(found.runs, trained, found.study.equivalence, arms_of(found.study))
    effects = pd.read_csv(folder / "effects.csv")
    numbers = ["estimate", "ci_low", "ci_high", "joint_low", "joint_high", "p_value", "p_holm", "detectable"]
    np.testing.assert_allclose(effects[numbers], again[numbers], atol=1e-9)
    assert list(effects["verdict"]) == list(again["verdict"])


def write_blocks(root):
    """Write the texts with generated parts, and nothing but these."""
    (root / "docs").mkdir()
    for name, text in zip(TEXTS, FILLED, strict=True):
        (root / name).write_text("".join(match[0] + "\n" for match in BLOCK.finditer(text)))


def test_what_is_published_is_made_from_the_results_given(trained, tmp_path, monkeypatch):
    shutil.copytree(trained / "results", tmp_path / "results")
    write_blocks(tmp_path)
    chosen = studyfile.load(str(trained / "tiny.toml"))
    results = Results(chosen, Store(tmp_path / "results", chosen.name))
    monkeypatch.setattr(publication, "others", lambda root: [Published.read(FOLDER)])
    publication.publish(results, tmp_path, chosen.name)
    names = {"dictionary.csv", "effects.csv", "hero.svg", "measured.json", "report.html", "runs.csv"}
    assert {path.name for path in (tmp_path / "published").iterdir()} == names
    html = (tmp_path / "published" / "report.html").read_text()
    assert digest.said(html) == digest.digest(results.store) and text_problems(html) == []
    assert 'id="experiments-scans"' in html and 'id="arms-scans-none"' not in html
    stopping = {"scans": results.experiment("scans").training}
    said = (tmp_path / "README.md").read_text()
    assert publication.answers(chosen, results.runs, stopping) in said
    assert 'Beside it: <a href="standard/report.html"' in html, "the link leads beside the page and is left as it is"
    assert (
        "- [Standard, five regularizers](published/standard/report.html). **MNIST-1D, 4,000 examples: switch on" in said
    )


@pytest.fixture
def own(tmp_path, monkeypatch):
    """Six factors in stored cells; of what is published of them that which takes minutes is made up."""
    chosen = studyfile.load(str(write_own(tmp_path, "own_published", seeds="0-5")))
    store(chosen, tmp_path / "results", lambda cell: 60 + 5 * ("hum" in cell.arm) + cell.seed % 2)
    for place, part in ((publication, "rendered"), (publication.benchmarked, "costs"), (publication, "claims_block")):
        monkeypatch.setattr(place, part, lambda *_: "")
    monkeypatch.setattr(
        publication, "measure", lambda results: {"convergence": {"scans": results.experiment("scans").training}}
    )
    monkeypatch.setattr(publication, "first_report", dict)
    write_blocks(tmp_path)
    return Results(chosen, Store(tmp_path / "results", chosen.name))


def test_another_study_is_published_beside_the_main_one(own, tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(publication, "rendered", lambda results, further: asked.append(further) or "")
    with pytest.raises(StudyError, match=f"a bundled study, and standard published before.*{own.study.name}"):
        publication.publish(own, tmp_path)
    (tmp_path / "published").mkdir()
    for file in filter(Path.is_file, FOLDER.iterdir()):
        shutil.copy(file, tmp_path / "published")
    monkeypatch.setattr(studyfile, "bundled", lambda: ["standard", own.study.name])
    before = {path.name: path.read_bytes() for path in (tmp_path / "published").iterdir()}
    publication.publish(own, tmp_path)
    top = {path.name: path.read_bytes() for path in (tmp_path / "published").iterdir() if path.is_file()}
    names = {"dictionary.csv", "effects.csv", "measured.json", "report.html", "runs.csv"}
    assert top == before and {path.name for path in (tmp_path / "published" / own.study.name).iterdir()} == names
    assert asked == ['Beside it: [Standard, five regularizers](../report.html){rel="related"}.']
    said = (tmp_path / "README.md").read_text()
    link = f"six regularizers](published/{own.study.name}/report.html)"
    assert re.search(rf"{re.escape(link)}\. \*\*Scans, [\d,]+ examples: switch on hum\*\*; that reaches", said)
    assert "MNIST-1D, 4,000 examples: switch on" in said


def test_own_factors_are_published(own, tmp_path):
    publication.publish(own, tmp_path, own.study.name)
    assert "| hum | +5.00 [5.00, 5.00] helps |" in (tmp_path / "README.md").read_text()
    columns = pd.read_csv(tmp_path / "published" / "dictionary.csv")["column"]
    assert "hum" in set(columns)


def test_a_part_that_is_missing_or_unknown_is_an_error():
    parts = {match[2]: "x" for match in BLOCK.finditer(TEXT)}
    with pytest.raises(StudyError, match="lost"):
        publication.fill(FILLED, parts | {"lost": "x"})
    with pytest.raises(StudyError, match="answer"):
        publication.fill(["no parts"], parts)


def test_what_users_trip_over_is_said():
    """Keras's L2 against the textbook's λ, where dropout may stand, what a status of the command line means."""
    texts = [(ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "docs/own.md")]
    said = " ".join(" ".join(texts).split())
    for words in (
        "Keras's `L2(1e-4)` is `lambda = 2e-4` here",
        '`dropout="after"` (the default: at the end of the block), `"before"` (right before its batch norm) or',
        "Exit status: 0 done, 1 some cells failed, 2 wrong input, 130 interrupted",
    ):
        assert words in said, words


def test_every_link_of_the_readme_leads_to_a_file():
    targets = re.findall(r"\]\((?!https?:)([^)#]+)\)", TEXT)
    assert targets and all((ROOT / target).exists() or (ROOT / "docs" / target).exists() for target in targets)
    for path in re.findall(r"`((?:study|tests|report|published)/[\w./]*)`", TEXT):
        assert (ROOT / path).exists(), path


def test_every_command_of_the_readme_exists():
    help_ = study("--help").stdout
    used = set(re.findall(r"(?:bin/study|`study) (\w+)", TEXT))
    assert {"run", "show", "report", "export", "plan", "doctor", "verify"} <= used
    assert all(re.search(rf"^  {name} ", help_, re.MULTILINE) for name in used)
    makefile = (ROOT / "Makefile").read_text()
    assert all(f"\n{name}:" in makefile for name in re.findall(r"^make (\w+)", TEXT, re.MULTILINE))


def test_own_data_and_network_as_the_readme_shows(tmp_path):
    blocks = dict(re.findall(r"`(mine\.toml|mynetwork\.py)`\n\n```\w+\n(.*?)```", TEXT, re.DOTALL))
    assert len(blocks) == 2
    for name, content in blocks.items():
        (tmp_path / name).write_text(content)
    random = np.random.default_rng(0)
    y = np.arange(800) % 3
    for x in (random.normal(size=(800, 12)) + y[:, None], random.normal(size=(800, 8, 8, 1)) + y[:, None, None, None]):
        np.savez(tmp_path / "mine.npz", x_train=x, y_train=y, x_test=x[:90], y_test=y[:90])
        words = ("run", "mine.toml", "--arm", "none", "--arm", "all", "--seeds", "0", "-j", "1")
        ran = study(*words, cwd=tmp_path)
        assert ran.returncode == 0 and "2 cells trained" in ran.stderr, ran.stderr
    status = study("plan", "mine.toml", cwd=tmp_path)
    assert status.returncode == 0 and "done" in status.stdout
    assert (tmp_path / "results" / "mine" / "mine" / "all.jsonl").exists()


def test_the_readme_is_read_at_a_sitting():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").split()) <= 1800
