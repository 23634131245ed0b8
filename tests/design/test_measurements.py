"""Trials of mechanisms are keyed, stored, resumed and retried as cells are."""

from functools import partial

import pytest
from conftest import write_tiny

from study.claims import catalogue
from study.claims.standing import standing, store_of, wanted
from study.cli import train as running
from study.design import studyfile
from study.design.measurements import Mechanism, Trial, trials
from study.engines.local import train
from study.store.lines import Store


def doubling(**settings) -> Mechanism:
    return Mechanism("doubling", "made", "mechanism_made_up:Doubling", settings, 1.0)


@pytest.fixture
def study_(tmp_path, monkeypatch):
    """A study with claims under three seeds, measured by one made-up mechanism."""
    file = write_tiny(tmp_path)
    file.write_text(file.read_text().replace('seeds = "0-1"', 'seeds = "0-1"\nclaims = { seeds = "0-2" }'))
    monkeypatch.setattr(catalogue, "mechanisms", lambda ledger: (doubling(),))
    return studyfile.load(str(file))


def measure(study, store, **options) -> int:
    return running.measure_claims(study, store, partial(train, jobs=2), **options)


def test_the_key_holds_settings_place_and_runner():
    one = Trial(doubling(rate=0.5), 0)
    assert one == Trial(doubling(rate=0.5), 0) and len({one, Trial(doubling(rate=0.5), 0)}) == 1
    others = [
        Trial(doubling(rate=0.4), 0),
        Trial(doubling(rate=0.5), 1),
        Trial(Mechanism("doubling", "made", "mechanism_made_up:Other", {"rate": 0.5}, 1.0), 0),
        Trial(Mechanism("other", "made", "mechanism_made_up:Doubling", {"rate": 0.5}, 1.0), 0),
    ]
    assert len({one.key, *(other.key for other in others)}) == 5
    slower = Mechanism("doubling", "made", "mechanism_made_up:Doubling", {"rate": 0.5}, 9.0)
    assert Trial(slower, 0).key == one.key, "what it costs decides nothing"
    assert [trial.place for trial in trials([doubling()], (3, 4))] == [("made", "doubling", 3), ("made", "doubling", 4)]


def test_measured_once_and_kept(tmp_path, study_, capfd):
    store = Store(tmp_path / "r", study_.name)
    assert measure(study_, store) == 0
    found = standing(study_, store)
    assert {trial.seed: record["values"]["double"] for trial, record in found.done.items()} == {0: 0, 1: 2, 2: 4}
    assert not found.to_train and "3 trials of the claims measured" in capfd.readouterr().err
    before = sorted((tmp_path / "r").rglob("*.jsonl"))
    texts = [file.read_bytes() for file in before if file.name != "sessions.jsonl"]
    assert measure(study_, store) == 0
    assert [file.read_bytes() for file in before if file.name != "sessions.jsonl"] == texts
    record = next(iter(found.done.values()))
    assert record["provenance"]["versions"]["keras"] and record["settings"]["runner"] == "mechanism_made_up:Doubling"
    assert Store(tmp_path / "r", study_.name).read() == {}, "trials are no cells"


def test_a_worker_builds_a_mechanism_once(tmp_path, study_):
    store = Store(tmp_path / "r", study_.name)
    running.measure_claims(study_, store, partial(train, jobs=1))
    values = [record["values"] for record in standing(study_, store).done.values()]
    assert sorted(each["calls"] for each in values) == [1, 2, 3] and len({each["pid"] for each in values}) == 1


def test_changed_settings_make_trials_stale(tmp_path, study_, monkeypatch):
    store = Store(tmp_path / "r", study_.name)
    measure(study_, store)
    monkeypatch.setattr(catalogue, "mechanisms", lambda ledger: (doubling(rate=0.5),))
    assert set(sum(standing(study_, store).stale.values(), [])) == {"rate: absent → 0.5"}
    assert measure(study_, store) == 0 and len(standing(study_, store).done) == 3


def test_an_error_and_a_death_fail_one_trial_and_no_other(tmp_path, study_, monkeypatch, capfd):
    monkeypatch.setattr(catalogue, "mechanisms", lambda ledger: (doubling(raises=1, dies=2),))
    store = Store(tmp_path / "r", study_.name)
    assert measure(study_, store) == 1
    found = standing(study_, store)
    reasons = {trial.seed: record["reason"] for trial, record in found.failed.items()}
    assert "seed 1 is not liked" in reasons[1] and "signal 9" in reasons[2]
    assert [trial.seed for trial in found.done] == [0]
    assert "1 trials of the claims measured, 0 diverged, 2 failed" in capfd.readouterr().err


def test_a_study_without_claims_measures_none(tmp_path):
    study_ = studyfile.load(str(write_tiny(tmp_path)))
    assert wanted(study_) == [] and measure(study_, Store(tmp_path / "r", study_.name)) == 0
    assert not store_of(Store(tmp_path / "r", study_.name)).root.exists()
