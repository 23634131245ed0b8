"""What can be trained and is strange all the same is said before it is trained."""

import numpy as np
import pytest
from conftest import study, write_tiny

from study.data import checks
from study.design import studyfile
from study.errors import StudyError

DIGITS = 'name = "digits", train = 60, validation = 60, test = 200'
RNG = np.random.default_rng(0)
GOOD = {
    "x_train": RNG.normal(size=(90, 4)), "y_train": np.arange(90) % 3, "x_test": RNG.normal(size=(9, 4)),
    "y_test": np.arange(9) % 3,
}  # fmt: skip


def written(folder, old="", new="", **arrays):
    """Write a study on arrays of one's own, with something in its file replaced."""
    np.savez(folder / "mine.npz", **(GOOD | arrays))
    file = write_tiny(folder)
    text = file.read_text().replace(DIGITS, 'name = "mine.npz", train = 50, validation = 40')
    assert old in text
    file.write_text(text.replace(old, new))
    return file


DOUBTS = [
    ({"x_train": np.ones((90, 4))}, ("", ""), "mine.npz: x_train holds 1 alone"),
    ({"x_test": np.full((9, 4), 1e30)}, ("", ""), "mine.npz: x_test reaches 1e+30"),
    ({"x_train": -1e9 * GOOD["x_train"]}, ("", ""), "mine.npz: x_train reaches"),
    ({}, ("learning_rate = 0.01", "learning_rate = 1e6"), "learning_rate: Expected at most about 10. Received: 1e+06"),
    ({}, ("patience = 2", "patience = 6"), "patience: Expected fewer than the 6 epochs of the budget. Received: 6"),
]


@pytest.mark.parametrize("arrays, change, told", DOUBTS, ids=[told for *_, told in DOUBTS])
def test_what_is_strange_is_said_once(tmp_path, arrays, change, told):
    found = checks.warnings(studyfile.load(str(written(tmp_path, *change, **arrays))))
    assert len(found) == 1 and told in found[0] and "\n" not in found[0]


def test_what_is_usual_is_not(tmp_path):
    assert checks.warnings(studyfile.load(str(written(tmp_path, "patience = 2", "patience = 5")))) == []
    assert checks.warnings(studyfile.load("standard")) == []


def test_the_point_of_a_sweep_is_doubted_too(tmp_path):
    sweep = '\n[sweep.s]\ntitle = "S"\nquestion = "?"\nexperiment = "scans"\nvalues = [0.1, 1e5]\n'
    file = written(tmp_path)
    file.write_text(file.read_text() + sweep + 'setting = "training.learning_rate"\n')
    (said,) = checks.warnings(studyfile.load(str(file)))
    assert "Received: 100000" in said


def test_what_tuning_tries_is_doubted_too(tmp_path):
    file = written(tmp_path)
    file.write_text(file.read_text() + '\n[tuning]\nseeds = "50"\nlearning_rates = [0.1, 1e5]\n')
    (said,) = checks.warnings(studyfile.load(str(file)))
    assert "tuning-learning-rate@100000" in said and "Received: 100000" in said


def test_plan_and_run_say_it_first(tmp_path):
    file = written(tmp_path, "learning_rate = 0.01", "learning_rate = 1e6")
    for words in (["plan", file], ["run", file, "--arm", "none", "--seeds", "0"]):
        ran = study(*words, "--results", tmp_path / "r")
        assert ran.returncode == 0 and ran.stderr.startswith("experiment.scans: training.learning_rate: "), ran.stderr


@pytest.mark.parametrize(
    ("old", "new", "arrays", "said"),
    [
        ("train = 50", "class_weight = [1, 2], train = 50", {}, "a number for each of the 3 classes, not all 0"),
        ("train = 50", "class_weight = [0, 0, 0], train = 50", {}, "not all 0. Received: .0.0, 0.0, 0.0."),
        (
            "",
            "",
            {"y_train": RNG.normal(size=(90, 1)), "y_test": RNG.normal(size=(9, 1))},
            "Expected whole-number labels of classes",
        ),
        ("patience = 2", 'monitor = "val_auc"', {}, "Expected val_loss or val_accuracy. Received: 'val_auc'"),
    ],
)
def test_what_a_networks_data_cannot_have_is_refused(tmp_path, old, new, arrays, said):
    with pytest.raises(StudyError, match=said):
        checks.check(studyfile.load(str(written(tmp_path, old, new, **arrays))))
