"""A study's own factors: found, checked, in arms and keys after the five; the five as they were."""

import pickle

import pytest
from conftest import study, write_tiny
from own_factors import study_with, write_own

from study.data import checks
from study.design import cells, studyfile, sweeps
from study.design.arms import ARMS, Arm, arms_of, lattice, parse_arm
from study.design.cells import Cell
from study.design.factors import HOOKS, NAMES, TEXTBOOK
from study.design.own.factors import find
from study.errors import StudyError
from study.export.tables import dictionary
from study.store.frames import runs_frame

SHIPPED = ("study.training.regularizers.max_norm:MaxNorm", "study.training.regularizers.mixup:MixUp")
KEYS = {
    ("mnist1d", "none", 0): "b152e685d428d3102e33701c74aa440afb5d92ad104e9b2769d20def9df9bf4f",
    ("mnist1d", "all", 3): "1580750f977bb0ac026defe97816ba3b7f3c1fc80b1f561cc6dab1c99a1ecfc2",
    ("digits", "dropout+l2", 5): "22a14d45d7a6f660ddd5c7a1e4296943bd852752c440d9f0bb879ce6e95aca8b",
    ("digits", "earlystopping", 0): "649abd1d7ff6b52d953748bc615b6560b23490a6c5d78006030b6782cbb1a29b",
    ("digits", "batchnorm+augmentation", 2): "c24030d6701db63d9f38af6130da3bbab5ab04dcc586323fbced621f77361a7e",
}
"""Keys of cells of `quick` as they were when there were five factors and no other."""


def test_the_five_have_the_keys_they_had():
    quick = studyfile.load("quick")
    assert quick.factors is TEXTBOOK and arms_of(quick) is ARMS
    for (experiment, arm, seed), key in KEYS.items():
        today = quick.experiment(experiment)
        # Read-outs on the way came later; without them a cell is what it was.
        then = today.model_copy(update={"training": today.training.model_copy(update={"readouts": ()})})
        assert Cell(then, parse_arm(arm), seed).key == key != Cell(today, parse_arm(arm), seed).key


def test_own_factors_follow_the_five(tmp_path):
    found = studyfile.load(str(write_own(tmp_path, "own_follows")))
    assert found.factors.names == (*NAMES, "hum") and len(arms_of(found)) == 64
    assert [arm.name for arm in arms_of(found)][:7] == ["none", *NAMES, "hum"]
    every = parse_arm("hum+" + "+".join(NAMES), found.factors)
    assert every.name == "all" and every.switches == dict.fromkeys((*NAMES, "hum"), 1)
    five = Arm(NAMES, found.factors)
    assert five.name == "+".join(NAMES) and five != Arm(NAMES)
    assert parse_arm("hum+dropout", found.factors).name == "dropout+hum"
    with pytest.raises(StudyError, match="earlystopping, hum"):
        parse_arm("humm", found.factors)
    with pytest.raises(StudyError, match="hum"):
        parse_arm("hum")  # another study's


def test_early_stopping_stays_a_read_out(tmp_path):
    found = studyfile.load(str(write_own(tmp_path, "own_read_out")))
    from study.engines.schedule import trajectories

    todo = trajectories(cells.cells(found, seeds=[0]))
    assert len(todo) == 32 and all(len(task.cells) == 2 for task in todo)


def test_the_key_holds_strength_path_and_version(tmp_path):
    def keys(name, old="", new="", strengths=""):
        folder = tmp_path / name
        folder.mkdir()
        found = studyfile.load(str(write_own(folder, name, old, new, strengths)))
        return {cell.arm.name: cell for cell in cells.cells(found, seeds=[0])}

    today = keys("own_key_a")
    settings = today["dropout+hum"].settings
    assert {**settings["factors"]["hum"], "source": "any"} == {"path": "own_key_a:Hum", "version": "1", "source": "any"}
    assert list(settings["factors"]["hum"]["source"]) == ["own_key_a"]
    assert settings["strengths"]["hum"] == {"size": 0.5}
    assert "factors" not in today["dropout"].settings
    five = {cell.arm.name: cell.key for cell in cells.cells(studyfile.load(str(write_tiny(tmp_path))), seeds=[0])}
    for name, cell in today.items():
        # A cell without the sixth factor is the cell it was; only what was `all` has another name now.
        assert (name in five and name != "all") == ("hum" not in cell.arm and cell.arm.factors != NAMES)
        assert ("hum" in cell.arm or cell.arm.factors == NAMES) == (cell.key != five.get(name))
    for changed in (
        keys("own_key_b", strengths="hum = { size = 0.6 }"),
        keys("own_key_c", "block=layer", 'block=layer, version="2"'),
    ):
        assert all((cell.settings == changed[name].settings) == ("hum" not in cell.arm) for name, cell in today.items())
    changed = keys("own_key_d", "block=layer", 'block=layer, version="2"')["hum"].settings
    path, *source, version = cells.differences(today["hum"].settings, changed)
    assert path == 'factors.hum.path: "own_key_a:Hum" → "own_key_d:Hum"'
    assert version == 'factors.hum.version: "1" → "2"'
    assert [each.split(":")[0] for each in source] == [f"factors.hum.source.own_key_{end}" for end in "ad"]


def test_cells_travel_to_other_processes(tmp_path):
    found = studyfile.load(str(write_own(tmp_path, "own_travels", strengths="hum = { size = 0.25 }")))
    cell = cells.cells(found, arms=[parse_arm("hum", found.factors)], seeds=[1])[0]
    again = pickle.loads(pickle.dumps(cell))
    assert again.key == cell.key and again.arm == cell.arm and hash(again.arm) == hash(cell.arm)
    assert again.arm.known["hum"] is found.factors["hum"] and again.arm.known["l2"] is TEXTBOOK["l2"]
    assert again.experiment.strength("hum").size == 0.25


def test_a_sweep_may_vary_its_strength(tmp_path):
    sweep = (
        '\n[sweep.loud]\ntitle = "Loud"\nquestion = "?"\nexperiment = "scans"\nsetting = '
        '"strengths.hum.size"\nvalues = [0.5, 1.0]\narms = ["hum"]'
    )
    found = studyfile.load(str(write_own(tmp_path, "own_swept", strengths=sweep)))
    checks.check_sweeps(found)
    assert [point.experiment.strength("hum").size for point in sweeps.points(found, "loud")] == [0.5, 1.0]
    assert len(sweeps.cells(found)) == 2


def test_columns_and_dictionary_know_it(tmp_path):
    found = studyfile.load(str(write_own(tmp_path, "own_columns")))
    record = {
        "experiment": "scans",
        "arm": "dropout",
        "seed": 0,
        "status": "ok",
        "factors": dict.fromkeys(NAMES, 0) | {"dropout": 1},
        "metrics": dict.fromkeys(
            ["test_accuracy", "test_nll", "test_ece", "val_accuracy", "val_nll", "train_accuracy", "train_nll"], 0.5
        ),
        "epochs_run": 1,
        "best_epoch": 1,
        "settings": {"training": {"epochs": 1}},
        "seconds": 1.0,
        "key": "k",
        "provenance": {},
    }
    frame = runs_frame([record, record | {"factors": record["factors"] | {"hum": 1}}], found.factors.names, found.task)
    assert list(frame.columns[4:10]) == [*NAMES, "hum"] and list(frame["hum"]) == [0, 1], "a record of five had it off"
    words = dictionary(found)
    assert set(words[words["column"] == "hum"]["table"]) == {"runs", "readouts", "sweeps"}


WRONG = [
    ("block=layer", "block=None", ["at least one of the hooks", *HOOKS, "Received: none"]),
    ("block=layer", "block=3", ["block: Expected a function", "3"]),
    ('letter="H", ', "", ["Factor.__init__() missing", "'letter'", "provides a name, label, letter", *HOOKS]),
    ('letter="H"', 'letter="hu"', ["letter: Expected one capital letter", "'hu'"]),
    ('letter="H"', 'letter="D"', ["letter that no other factor has", "'D', which dropout has", "Taken: D, L, B, A, E"]),
    ('name="hum"', 'name="dropout"', ["name that no other factor has"]),
    ('name="hum"', 'name="seed"', ["name: Expected", "'seed'"]),
    ('name="hum"', 'name="Hum+"', ["name: Expected", "'Hum+'"]),
    ('colour="#117733"', 'colour="green"', ["colour: Expected a colour such as '#56B4E9'", "'green'"]),
    ('marker="p"', 'marker="+"', ["marker: Expected one of the markers", "'+'"]),
    ('meaning="Noise is added to hidden units."', 'meaning=""', ["meaning: Expected a text"]),
    ("strength=Little", "strength=dict", ["strength: Expected a class made from study.Strength"]),
    ("size: float = 0.5", "size: float", ["strength: Expected a default for every setting of Little", "size"]),
    ('dial="size"', 'dial="rate"', ["dial: Expected one of the settings size", "'rate'"]),
    ("Hum = Factor(", "Other = Factor(", ["AttributeError", "Hum"]),
    ("Hum = Factor(", "class Hum:\n    pass\n\n\nOther = Factor(", ["Received: the class Hum"]),
    (
        "from study.design.factors import Factor, Strength",
        "import not_a_module",
        ["ModuleNotFoundError", "not_a_module"],
    ),
    ('source=("Doe 2020, a report",)', 'source="Doe"', ["source: Expected a tuple of texts"]),
]


@pytest.mark.parametrize("number", range(len(WRONG)))
def test_every_mistake_in_a_factor_is_named(tmp_path, number):
    old, new, told = WRONG[number]
    name = f"own_wrong_{number}"
    with pytest.raises(StudyError) as error:
        studyfile.load(str(write_own(tmp_path, name, old, new)))
    for words in (f"tiny.toml: factors: '{name}:Hum'", *told):
        assert words in str(error.value), str(error.value)
    assert "\n" not in str(error.value), "one mistake, one sentence"


MISTAKES = [
    (
        'factors = ["own_nowhere:Hum"]',
        "",
        ["factors: 'own_nowhere:Hum'", "Expected a Factor that can be imported", "No module named"],
    ),
    ('factors = ["own_nowhere"]', "", ["Expected package.module:Factor", "own_nowhere"]),
    ("factors = [3]", "", ["Expected package.module:Factor", "3"]),
    ('factors = "a:B"', "", ["Expected a list of factors"]),
    (f'factors = ["{SHIPPED[0]}", "{SHIPPED[0]}"]', "", ["name that no other factor has", "maxnorm"]),
    (
        f'factors = ["{SHIPPED[0]}"]',
        "maxnorm = { limit = -1.0 }",
        ["strengths.maxnorm.limit", "greater than 0", "-1.0"],
    ),
    (
        f'factors = ["{SHIPPED[0]}"]',
        "maxnorm = { limits = 1.0 }",
        ["strengths.maxnorm.limits", "Did you mean 'limit'?"],
    ),
    (
        f'factors = ["{SHIPPED[0]}"]',
        "maxnrom = { limit = 1.0 }",
        ["strengths.maxnrom", "Did you mean 'maxnorm'?", "earlystopping, maxnorm"],
    ),
    (
        "",
        "maxnorm = { limit = 1.0 }",
        ["strengths.maxnorm", "These exist: dropout, l2, batchnorm, augmentation, earlystopping."],
    ),
    ('design = "fractional"', "", ["design: Expected more than 5 factors", "Received: 5"]),
    (f'design = "half"\nfactors = ["{SHIPPED[0]}"]', "", ["design", "'full' or 'fractional'", "'half'"]),
    (f'claims = {{ seeds = "0-5" }}\nfactors = ["{SHIPPED[0]}"]', "", ["claims: Expected no claims", "'2026'"]),
    ('claims = { seeds = "0-5", ledger = "1998" }', "", ["claims.ledger", "'textbook' or '2026'", "'1998'"]),
    ('claims = { seeds = "0-5", ledger = ["2026", "x"] }', "", ["claims.ledger", "'textbook' or '2026'", "'x'"]),
    ('claims = { seeds = "0-5", ledger = [] }', "", ["claims.ledger", "a list of length 1 or more"]),
    ('claims = { seeds = "0-5", ledger = 3 }', "", ["claims.ledger", "a list", "3"]),
]


@pytest.mark.parametrize("head, strengths, told", MISTAKES)
def test_every_mistake_in_a_study_is_named(tmp_path, head, strengths, told):
    with pytest.raises(StudyError) as error:
        studyfile.load(str(study_with(tmp_path, head, strengths)))
    for words in ("tiny.toml", *told):
        assert words in str(error.value), str(error.value)


def test_the_command_line_refuses_a_wrong_factor(tmp_path):
    file = write_own(tmp_path, "own_refused", "block=layer", "block=None")
    ran = study("run", file, "--results", tmp_path / "r")
    assert ran.returncode == 2 and "Traceback" not in ran.stderr and "at least one of the hooks" in ran.stderr
    assert not (tmp_path / "r").exists()


def test_arms_of_an_own_factor_on_the_command_line(tmp_path):
    file = write_own(tmp_path, "own_planned")
    ran = study("plan", file, "--results", tmp_path / "r", "--arm", "dropout+hum")  # from another folder
    assert ran.returncode == 0 and "1 trainings" not in ran.stdout and "2 trainings to do for 2 cells" in ran.stdout, (
        ran.stderr
    )
    ran = study("plan", file, "--results", tmp_path / "r", "--arm", "dropout+humm")
    assert ran.returncode == 2 and "Did you mean 'hum'?" in ran.stderr


def test_the_shipped_ones_are_off_until_named(tmp_path):
    assert studyfile.load("quick").factors is TEXTBOOK
    found = studyfile.load(str(study_with(tmp_path, f'factors = ["{SHIPPED[0]}", "{SHIPPED[1]}"]')))
    assert found.factors.names == (*NAMES, "maxnorm", "mixup") and len(lattice(found.factors)) == 128
    assert find(SHIPPED[0]) is find(SHIPPED[0]) is found.factors["maxnorm"]
    assert len({factor.letter for factor in found.factors}) == 7
