"""What a cell says of every test example: stored, read back, exported."""

import dataclasses

import numpy as np
import pytest
from conftest import write_tiny

from study.analysis.predictions import Predictions, predictions
from study.analysis.results import Results
from study.data.splits import split
from study.design import studyfile, sweeps, tuning
from study.design.arms import End, parse_arm
from study.design.cells import Cell, cells
from study.engines.verification import compare
from study.errors import StudyError
from study.export import tables
from study.store import records
from study.store.lines import Store, encode
from study.store.predictions import pack, unpack


@pytest.mark.parametrize("most", [10, 1000])
def test_what_is_packed_comes_back(most):
    random = np.random.default_rng(0)
    classes, probability = random.integers(most, size=700), random.random(700)
    found = unpack(pack(classes, probability))
    np.testing.assert_array_equal(found[0], classes)
    np.testing.assert_allclose(found[1], probability, atol=0.5 / 255 + 1e-12)


def test_even_pure_chance_fits_into_20_kilobytes():
    random = np.random.default_rng(1)
    packed = pack(random.integers(10, size=10_000), random.random(10_000))
    assert len(encode(packed)) <= 20_000


@pytest.fixture
def study_(tmp_path):
    file = write_tiny(tmp_path)
    file.write_text(file.read_text().replace('title = "Scans"', 'title = "Scans"\npredictions = true'))
    return studyfile.load(str(file))


@pytest.fixture
def results(tmp_path, study_, tensorflow):
    """The arm none, with and without early stopping, really trained under seed 0."""
    from study.training.batches import Tensors
    from study.training.trainer import Trainer

    experiment, store = study_.experiments["scans"], Store(tmp_path / "r", study_.name)
    training = experiment.training.model_copy(update={"epochs": 60, "learning_rate": 0.1, "readouts": (0.5,)})
    trainer = Trainer(experiment.model_copy(update={"training": training}), parse_arm("none"), (8, 8, 1), 10)
    found = trainer.cells(Tensors(split(experiment.data, 0)), 0, [End(False), End(True)], readouts=True)
    assert found[End(True)].epochs_run < 60, "early stopping fired"
    for arm in ("none", "earlystopping"):
        cell = Cell(experiment, parse_arm(arm), 0)
        made = dataclasses.asdict(found[cell.arm.end])
        store.append(records.make(cell, provenance={}, **made))
    return Results(study_, store)


def test_a_cell_holds_what_its_weights_say(results):
    found = results.experiment("scans").predictions
    accuracy = results.runs.set_index("arm")["test_accuracy"]
    for arm in ("none", "earlystopping"):
        place = found.arms.index(arm), 0
        assert (found.classes[place] == found.labels[0]).mean() == pytest.approx(accuracy[arm])
        weights = np.bincount(found.labels[0])
        assert np.average(found.by_class()[place], weights=weights) == pytest.approx(accuracy[arm])
    both = [found.classes[found.arms.index(arm), 0] for arm in ("none", "earlystopping")]
    assert (both[0] != both[1]).any(), "each cell has its own weights'"
    absent = found.arms.index("dropout")
    assert (found.classes[absent] == -1).all() and np.isnan(found.probability[absent]).all()
    assert np.isnan(found.by_class()[absent]).all()


def test_they_are_exported_and_an_earlier_export_goes(results, tmp_path):
    tables.write(results, tmp_path / "e")
    for name in ("predictions-scans.npz", "predictions-own.npz"):
        (tmp_path / "e" / name).write_bytes(b"")
    files = tables.write(results, tmp_path / "e")
    assert [file.name for file in files if file.suffix == ".npz"] == ["predictions-scans.npz"]
    assert (tmp_path / "e" / "predictions-own.npz").read_bytes() == b"", "what is not the study's stays"
    with np.load(tmp_path / "e" / "predictions-scans.npz") as found:
        assert set(found) == {each.name for each in dataclasses.fields(Predictions)}
        np.testing.assert_array_equal(found["classes"], results.experiment("scans").predictions.classes)


def test_without_the_data_set_all_but_the_true_classes_is_exported(results, tmp_path, monkeypatch):
    def refuse(data, seed):
        raise StudyError("Expected the data set. Received: none.")

    monkeypatch.setattr("study.analysis.experiment.splits.draw", refuse)
    tables.write(results, tmp_path / "e")
    with np.load(tmp_path / "e" / "predictions-scans.npz") as found:
        assert set(found) == {"arms", "seeds", "classes", "probability"}
    with pytest.raises(StudyError, match="Expected the data set, for the true classes"):
        results.experiment("scans").predictions.by_class()


def test_a_class_without_examples_has_no_accuracy():
    found = Predictions(("none",), (0,), np.array([[0, 2, 2]]), np.array([[[0, 2, 1]]]), np.ones((1, 1, 3)))
    np.testing.assert_array_equal(found.by_class(), [[[1, np.nan, 0.5]]])


def test_sweeps_and_tuning_store_none(tmp_path):
    """Their points are read for their metrics alone."""
    file = write_tiny(tmp_path)
    file.write_text(
        file.read_text().replace('title = "Scans"', 'title = "Scans"\npredictions = true')
        + '\n[tuning]\nseeds = "7"\nvalues = { dropout = [0.1, 0.5] }\n\n[sweep.dose]\ntitle = "t"\nquestion = "q"\n'
        'experiment = "scans"\nsetting = "training.batch"\nvalues = [10, 20]\n'
    )
    found = studyfile.load(str(file))
    assert not any(cell.experiment.predictions for cell in [*sweeps.cells(found), *tuning.cells(found)])
    assert all(cell.experiment.predictions for cell in cells(found))


def test_a_cell_verifies_whether_or_not_it_holds_them(study_):
    cell = Cell(study_.experiments["scans"], parse_arm("none"), 0)
    words = {"status": "ok", "metrics": {}, "epochs_run": 1, "best_epoch": 1, "seconds": 1.0, "history": {}}
    without, one, other = (
        records.make(cell, provenance={}, **words, predictions=each)
        for each in (None, *((np.array([label]), np.array([0.5])) for label in (0, 1)))
    )
    assert compare(without, one) == compare(one, without) == compare(one, one) == []
    assert compare(one, other) != []


def test_whether_they_are_stored_leaves_keys_as_they_are(study_):
    other = study_.experiments["scans"].model_copy(update={"predictions": False})
    assert Cell(other, parse_arm("none"), 0).key == Cell(study_.experiments["scans"], parse_arm("none"), 0).key


def test_cells_without_them_are_told():
    with pytest.raises(StudyError, match="Expected cells that hold their predictions. Received: none"):
        predictions([{"arm": "none", "seed": 0}], ["none"], [0], lambda seed: np.zeros(3, int))


def test_only_one_class_an_example_can_be_stored(tmp_path):
    file = write_tiny(tmp_path)
    text = file.read_text().replace('title = "Scans"', 'title = "Scans"\npredictions = true')
    text = text.replace(
        '{ name = "mlp", widths = [8] }', '{ name = "keras", build = "mine:build", task = "regression" }'
    )
    file.write_text(text.replace("epochs = 6", 'optimizer = "model", epochs = 6').replace(", learning_rate = 0.01", ""))
    with pytest.raises(StudyError, match="Expected no predictions of a model that does not tell one class an example"):
        studyfile.load(str(file))
