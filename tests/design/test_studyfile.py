"""A study file's every mistake is named: where, what was expected, what was received, what exists."""

import re

import numpy as np
import pytest
from conftest import write_tiny

from study.data import checks
from study.design import cells, studyfile
from study.design import seeds as config_seeds
from study.design.settings import Mlp
from study.errors import StudyError


def load_with(tmp_path, old: str, new: str):
    file = write_tiny(tmp_path)
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))
    study = studyfile.load(str(file))
    checks.check(study)
    return study


def test_bundled_study_is_what_the_issue_asks_for():
    study = studyfile.load("quick")
    checks.check(study)
    assert study.seeds == (0, 1, 2, 3, 4, 5)
    signals, digits = study.experiments["mnist1d"], study.experiments["digits"]
    assert signals.model == Mlp(name="mlp", widths=(256, 256))
    assert signals.data.train == 4000 and signals.data.test >= 10_000
    assert digits.model.name == "cnn" and digits.data.train == 300


def test_frozen():
    study = studyfile.load("quick")
    with pytest.raises(Exception, match="frozen"):
        study.experiments["digits"].training.epochs = 3


BAD = [
    ('title = "Tiny"', "title = Tiny", ["Expected TOML"]),
    ('title = "Tiny"', 'titel = "Tiny"', ["titel", "unknown", "title"][:1] + ["Did you mean 'title'?"]),
    ("epochs = 6", "epochs = 0", ["experiment.scans.training.epochs", "greater than or equal to 1", "0"]),
    ("epochs = 6", "epochs = 99999999999999999999", ["training.epochs", "less than or equal to 1000000000"]),
    ("epochs = 6", f"epochs = {'9' * 5000}", ["Expected TOML"]),
    ('name = "mlp"', 'name = ["mlp"]', ["model.name", "a text", "['mlp']"]),
    ('name = "digits"', 'name = "a\\u0000.npz"', ["data.name", "readable .npz file"]),
    (
        'name = "mlp", widths = [8]',
        'name = "own_mlp:net", arguments = { width = nan }',
        ["model.arguments", "finite numbers", "nan"],
    ),
    ("epochs = 6", 'epochs = "6"', ["training.epochs", "integer", "'6'"]),
    ("epochs = 6", "epochs = 6, epoch = 3", ["training.epoch:", "epochs, batch, optimizer, learning_rate"]),
    ("learning_rate = 0.01", "learning_rate = -1.0", ["learning_rate", "greater than 0", "-1.0"]),
    ("lambda = 1e-3", "lambda = -1e-3", ["strengths.l2.lambda", "greater than or equal to 0", "-0.001"]),
    ("l2 = { lambda = 1e-3 }", "dropout = { rate = 1.0 }", ["dropout.rate", "less than 1", "1.0"]),
    (
        "l2 = { lambda = 1e-3 }",
        "dropout = { rate = -0.1 }",
        ["dropout.rate", "at least 0|greater than or equal to 0", "-0.1"],
    ),
    ("l2 = {", "l1 = {", ["strengths.l1", "dropout, l2, batchnorm, augmentation, earlystopping"]),
    ("patience = 2", 'monitor = "val_los"', ["monitor", "val_loss or val_accuracy", "'val_los'"]),
    (
        'name = "mlp", widths = [8]',
        'name = "transformer"',
        ["transformer", "mlp, cnn, resnet, keras, package.module:function"],
    ),
    ("widths = [8]", "width = [8]", ["model", "width"]),
    ('name = "digits"', 'name = "digit"', ["digit", "Did you mean 'digits'?", "fashion_mnist", "FILE.npz"]),
    ("train = 60,", "train = 1700,", ["at most 1797", "1960"]),
    ('seeds = "0-1"', 'seeds = "5-0"', ["seeds", "runs forwards", "5-0"]),
    ('seeds = "0-1"', 'seeds = "zero"', ["seeds such as '0-5'", "zero"]),
    ('seeds = "0-1"', "seeds = []", ["at least one seed"]),
    ('title = "Scans"', 'title = "Scans"\nseeds = "zero"', ["experiment.scans.seeds", "seeds such as '0-5'", "zero"]),
    ('seeds = "0-1"', 'seeds = "0-99999999999"', ["at most 10,000 seeds", "0-99999999999"]),
    ('seeds = "0-1"', 'seeds = "0-20000"', ["at most 10,000 seeds"]),
    ('seeds = "0-1"', "seeds = [99999999999]", ["none larger than 2147483647"]),
    ('title = "Tiny"', 'title = "Tiny"\nname = "x"', ["name: Expected the name of a known key", "title, seeds"]),
    ('title = "Tiny"', 'title = "Tiny"\nfile = "x.toml"', ["file: Expected the name of a known key", "title, seeds"]),
    ('title = "Scans"', 'title = "Scans"\nname = "x"', ["experiment.scans.name", "title, question, data"]),
    (
        'name = "digits"',
        'digest = "ab", name = "digits"',
        ["data.digest", "name, train, validation, test, label_noise"],
    ),
    ('name = "digits"', 'file = "a", name = "digits"', ["data.file", "name, train, validation, test, label_noise"]),
    ("widths = [8]", "widths = []", ["widths: Expected a list of length 1 or more. Received: []"]),
    ("widths = [8]", 'widths = "8"', ["widths: Expected a list. Received: '8'"]),
    ('model = { name = "mlp", widths = [8] }', 'model = "mlp"', ["model: Expected a table. Received: 'mlp'"]),
    ("learning_rate = 0.01", "learning_rate = nan", ["learning_rate: Expected a finite number. Received: nan"]),
    ('seeds = "0-1"', 'seeds = "０-１"', ["seeds such as '0-5'"]),
    ('model = { name = "mlp", widths = [8] }', "", ["experiment.scans.model", "nothing"]),
    ('name = "digits"', 'name = "absent.npz"', ["absent.npz", "relative to the study file"]),
    ("experiment.scans", "experiment.Scans", ["Scans", "lower-case"]),
    ("experiment.scans", "experiment.claims", ["experiment.claims", "another name"]),
    ('seeds = "0-1"', 'seeds = "0-1"\nclaims = { seeds = "zero" }', ["claims.seeds", "seeds such as '0-5'", "zero"]),
    ('seeds = "0-1"', 'seeds = "0-1"\nclaims = { seed = "0" }', ["claims.seed:", "seeds"]),
]


@pytest.mark.parametrize("old, new, words", BAD, ids=[new[:30] for _, new, _ in BAD])
def test_bad_study_file(tmp_path, old, new, words):
    with pytest.raises(StudyError) as error:
        load_with(tmp_path, old, new)
    for word in words:
        assert any(option in str(error.value) for option in word.split("|")), str(error.value)
    assert all("Expected " in line and re.search(r"Received: (?!\.)", line) for line in str(error.value).splitlines())


def test_an_experiment_may_be_called_like_a_model(tmp_path):
    file = write_tiny(tmp_path)
    text = file.read_text().replace("experiment.scans", "experiment.cnn")
    file.write_text(text.replace("l2 = { lambda", "dropout = { ratio = 0.1 }\nl2 = { lambda"))
    with pytest.raises(StudyError, match="experiment.cnn.strengths.dropout.ratio.*Did you mean 'rate'"):
        studyfile.load(str(file))


def test_signals_know_no_rotation(tmp_path):
    file = write_tiny(tmp_path)
    text = file.read_text().replace('name = "digits"', 'name = "mnist1d"')
    file.write_text(text.replace("translation = 0.05", "rotation = 0.1"))
    with pytest.raises(StudyError, match="signals.*rotation"):
        checks.check(studyfile.load(str(file)))
    file.write_text(text.replace('name = "mlp", widths = [8]', 'name = "resnet"'))
    with pytest.raises(StudyError, match="'resnet', which needs images"):
        checks.check(studyfile.load(str(file)))


@pytest.mark.parametrize("name", ["quik", "nowhere.toml", "tests"])
def test_unknown_study(name):
    with pytest.raises(StudyError, match="quick"):
        studyfile.load(name)


@pytest.mark.parametrize("text, seeds", [("0-3", (0, 1, 2, 3)), ("4", (4,)), ("0-1, 7,3-4", (0, 1, 3, 4, 7))])
def test_seeds(text, seeds):
    assert config_seeds.parse_seeds(text) == seeds


def test_an_experiment_may_have_seeds_of_its_own(tmp_path):
    file = write_tiny(tmp_path)
    before = {cell.key for cell in cells.cells(studyfile.load(str(file)))}
    file.write_text(file.read_text().replace('title = "Scans"', 'title = "Scans"\nseeds = "1-3"'))
    found = studyfile.load(str(file))
    assert found.seeds_of("scans") == (1, 2, 3) != found.seeds
    made = cells.cells(found)
    assert {cell.seed for cell in made} == {1, 2, 3}
    assert len(before & {cell.key for cell in made}) == 32, "which seeds there are decides nothing about a cell"
    assert {cell.seed for cell in cells.cells(found, seeds=[3])} == {3}
    with pytest.raises(StudyError, match="Expected seeds of the study 'tiny'. Received: 0. These exist: 1, 2, 3."):
        cells.cells(found, seeds=[0, 1])


def test_moved_npz_is_the_same_data(tmp_path):
    arrays = dict(x_train=np.zeros((9, 4)), y_train=np.arange(9) % 3, x_test=np.zeros((3, 4)), y_test=np.arange(3))
    digests = set()
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        np.savez(tmp_path / folder / "mine.npz", **arrays)
        file = write_tiny(tmp_path / folder)
        file.write_text(
            file.read_text().replace(
                'name = "digits", train = 60, validation = 60, test = 200',
                'name = "mine.npz", train = 4, validation = 3',
            )
        )
        study = studyfile.load(str(file))
        digests.add(str(study.experiments["scans"].data.settings()))
    assert len(digests) == 1 and str(tmp_path) not in digests.pop()
