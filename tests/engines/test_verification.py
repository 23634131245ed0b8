"""Stored cells are trained again, really, and any difference is named."""

import random
import shutil

from conftest import study

from study.design import studyfile
from study.design.budget import kept
from study.design.cells import cells
from study.engines.verification import changed, compare, verify
from study.store.lines import Store
from study.store.status import survey


def opened(trained, tmp_path):
    shutil.copytree(trained / "results", tmp_path / "results")
    found = studyfile.load(str(trained / "tiny.toml"))
    store = Store(tmp_path / "results", found.name)
    return found, store


def test_stored_cells_are_bit_equal_and_stay_as_they_are(trained):
    before = {file: file.read_bytes() for file in (trained / "results").glob("*/*.jsonl")}
    ran = study("verify", trained / "tiny.toml", "--results", trained / "results", "--sample", "3")
    assert ran.returncode == 0, ran.stderr
    assert "3 of 3 cells are bit-equal" in ran.stdout
    assert {file: file.read_bytes() for file in (trained / "results").glob("*/*.jsonl")} == before


def test_a_difference_is_named_with_the_versions_that_differ(trained, tmp_path):
    found, store = opened(trained, tmp_path)
    records = store.read()
    for record in records.values():
        record["metrics"]["test_accuracy"] = 0.123
        record["provenance"]["versions"]["keras"] = "2.0"
        store.append(record)
    ran = study("verify", trained / "tiny.toml", "--results", tmp_path / "results", "--sample", "1")
    assert ran.returncode == 1, ran.stderr
    assert "0 of 1 cells" in ran.stdout and "metrics.test_accuracy: 0.123 →" in ran.stdout
    assert "keras: 2.0 stored, 3." in ran.stdout


def test_the_sample_is_random_and_no_larger_than_the_study(trained, tmp_path):
    found, store = opened(trained, tmp_path)
    done = survey(cells(found), store.read()).done
    some = {cell: record for cell, record in done.items() if cell.arm.name in ("none", "earlystopping")}
    result = verify(found, store, some, 99, random.Random(0), 1, lambda record, left: None)
    assert sorted(cell.place for cell in result.equal) == sorted(cell.place for cell in some)
    assert not result.differing


def test_nothing_to_compare_with(trained, tmp_path):
    ran = study("verify", trained / "tiny.toml", "--results", tmp_path / "none")
    assert ran.returncode == 2 and "Received: none" in ran.stderr and not (tmp_path / "none").exists()
    ran = study("verify", trained / "tiny.toml", "--results", trained / "results", "--sample", "0")
    assert ran.returncode == 2 and "--sample: Expected a whole number of at least 1. Received: 0." in ran.stderr


def test_time_and_place_may_differ():
    then = {"seconds": 1.0, "provenance": {"machine": "a"}, "metrics": {"test_nll": 0.5}}
    assert compare(then, then | {"seconds": 2.0, "provenance": {}}) == []
    assert compare(then, then | {"metrics": {"test_nll": 0.6}}) == ["metrics.test_nll: 0.5 → 0.6"]
    assert changed({"versions": {"keras": "3"}, "machine": "a"}, {"versions": {"keras": "4"}, "machine": "a"}) == {
        "keras": ("3", "4")
    }


def test_more_epochs_and_digits_of_a_history_are_no_difference():
    """Before there was a limit every epoch was stored, with all its digits; from 200 on some are left out today."""
    budget, shared = 400, {"epochs_run": 400, "settings": {"training": {"epochs": 400}}}
    every = [1 / (3 + epoch) for epoch in range(budget)]
    then = shared | {"history": {"loss": every}}
    now = shared | {"history": {"loss": [float(f"{every[epoch - 1]:.5g}") for epoch in kept(budget)]}}
    assert len(now["history"]["loss"]) < budget and compare(then, now) == []
    now["history"]["loss"][7] *= 1.01
    assert [each.partition(":")[0] for each in compare(then, now)] == ["history.loss"]
