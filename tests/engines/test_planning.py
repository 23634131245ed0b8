"""Costs and convergence, from records made up by hand."""

import copy

import pytest
from conftest import study, write_tiny

from study.analysis import convergence
from study.design import studyfile
from study.design.architectures.tasks import CLASSIFICATION
from study.design.arms import parse_arm
from study.design.cells import Cell, cells
from study.design.sweeps import vary
from study.engines import planning
from study.engines.costs import EpochCost
from study.engines.schedule import trajectories
from study.store import records
from study.store import status as planning_status
from study.store.status import survey


@pytest.fixture
def study_(tmp_path):
    return studyfile.load(str(write_tiny(tmp_path)))


def record(cell, seconds=2.0, epochs_run=6, best_epoch=3, status="ok"):
    return records.make(
        cell,
        status=status,
        metrics=dict.fromkeys(CLASSIFICATION.columns, 0.5),
        epochs_run=epochs_run,
        best_epoch=best_epoch,
        seconds=seconds,
        history={},
        provenance={},
    )


def of(study_, arm, seed=0):
    (found,) = cells(study_, arms=[parse_arm(arm)], seeds=[seed])
    return found


def test_the_time_left_is_measured(study_):
    every = cells(study_)
    assert planning.time_needed(survey(every, {}), [], jobs=2) is None
    slow, quick = of(study_, "dropout"), of(study_, "none")
    kept = [record(slow, 8.0), record(quick, 2.0)]
    expected = planning.expected_seconds(kept)
    (again,) = trajectories([of(study_, "dropout", seed=1)])
    (other,) = trajectories([of(study_, "l2", seed=1)])
    assert (expected(again), expected(other)) == pytest.approx((8.0, 5.0))
    found = survey([of(study_, "dropout", 1), of(study_, "l2", 1)], {})
    assert planning.time_needed(found, kept, jobs=2) == pytest.approx((8 + 5) / 2)


def test_a_training_that_early_stopping_ends_is_held_against_such(study_):
    stopped = record(of(study_, "dropout+earlystopping"), 1.0, epochs_run=2, best_epoch=1)
    expected = planning.expected_seconds([record(of(study_, "dropout"), 8.0), stopped])
    (alone,) = trajectories([of(study_, "dropout+earlystopping", 1)])
    (other,) = trajectories([of(study_, "l2+earlystopping", 1)])
    (both,) = trajectories([of(study_, "dropout", 1), of(study_, "dropout+earlystopping", 1)])
    assert [expected(task) for task in (alone, other, both)] == pytest.approx([1.0, 1.0, 8.0])
    only_whole = planning.expected_seconds([record(of(study_, "dropout"), 8.0)])
    assert only_whole(alone) == pytest.approx(8.0)


def test_more_epochs_and_examples_cost_in_proportion(study_):
    expected = planning.expected_seconds([record(of(study_, "dropout"), 8.0)])
    base = study_.experiment("scans")
    longer = vary(vary(base, "training.epochs", 18, "scans.long@18"), "data.train", 30, "scans.long@18")
    (task,) = trajectories([Cell(longer, parse_arm("dropout"), 0)])
    assert expected(task) == pytest.approx(8.0 * 3 / 2), "three times the epochs of 6, half of the 60 examples"


def test_without_a_stored_cell_an_epochs_cost_is_taken(study_):
    costs = {"scans": EpochCost(fixed=1.0, plain=2.0, layered=4.0, examples=30)}
    expected = planning.expected_seconds([], costs)
    by_arm = {arm: expected(trajectories([of(study_, arm)])[0]) for arm in ("none", "dropout+l2", "all")}
    assert by_arm == pytest.approx({"none": 1 + 6 * 2 * 2, "dropout+l2": 1 + 6 * 2 * 3, "all": 1 + 6 * 2 * 4})
    assert expected(trajectories([of(study_, "dropout")])[0]) == planning.expected_seconds([], costs)(
        trajectories([of(study_, "dropout+earlystopping")])[0]
    )
    stored = [record(of(study_, "none"), 3.0)]
    assert planning.expected_seconds(stored, costs)(trajectories([of(study_, "none", 1)])[0]) == pytest.approx(3.0)


def test_plan_measures_epochs_and_stores_nothing(tmp_path):
    file = write_tiny(tmp_path)
    ran = study("plan", file, "--measure", "--results", tmp_path / "r")
    assert ran.returncode == 0 and not (tmp_path / "r").exists(), ran.stderr
    assert "s an epoch of 60 examples" in ran.stdout and "32 trainings to do for 64 cells" in ran.stdout
    assert "unknown time" not in ran.stdout
    file.write_text(file.read_text().replace('name = "digits"', 'name = "cifar10"'))
    ran = study("plan", file, "--measure", "--results", tmp_path / "r", env={"KERAS_HOME": str(tmp_path)})
    assert ran.returncode == 0 and "not measured" in ran.stderr and "unknown time" in ran.stdout


def test_incomplete_seeds_are_named_with_the_reason(study_):
    every = cells(study_)
    kept = {cell.place: record(cell) for cell in every}
    kept["scans", "dropout", 0]["status"] = "diverged"
    kept["scans", "l2", 0]["status"] = "failed"
    old = copy.deepcopy(kept["scans", "all", 1])
    old["settings"]["training"]["epochs"] = 5
    kept["scans", "all", 1] = old | {"key": "other"}
    for arm in ("none", "batchnorm", "augmentation", "earlystopping"):
        del kept["scans", arm, 1]
    assert planning_status.left_out(survey(every, kept), "scans") == {
        0: "dropout diverged, l2 failed",
        1: "all stale (training.epochs: 5 → 6), 4 arms not trained",
    }
    assert planning_status.left_out(survey(every, kept), "other") == {}


def test_stale_settings_are_counted(study_, tmp_path):
    kept = {cell.place: record(cell) for cell in cells(study_)}
    changed = studyfile.load(str(write_tiny(tmp_path, epochs=9)))
    found = survey(cells(changed), kept)
    assert planning_status.stale_settings(found) == {"scans": {"training.epochs: 6 → 9": 64}}
    rows = convergence.overview(changed, found)
    assert rows["scans"]["stale"] == 64 and rows["scans"]["done"] == 0
