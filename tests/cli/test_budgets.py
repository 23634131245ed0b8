"""Budgets that are doubled in the study file until effects have come to rest."""

import tomllib

import pytest
from conftest import study, write_tiny

from study.cli.studyfiles import budgets
from study.design import studyfile
from study.errors import StudyError
from study.store.lines import Store


@pytest.fixture
def overview(monkeypatch):
    """Say of experiments what the test wants, whatever was trained."""
    found = {}
    monkeypatch.setattr(budgets, "overview", lambda study, standing: {
        name: {"convergence": {"verdict": found[name], "moving": 3, "effects": 45, "farthest": {
            "kind": "main", "term": "dropout", "change": 1.2}}} for name in study.experiments
    })  # fmt: skip
    return found


def test_epochs_of_what_still_moves_are_doubled_in_the_file(tmp_path, overview, capsys):
    file = write_tiny(tmp_path)
    file.write_text("# Mine.\n" + file.read_text())
    chosen, store = studyfile.load(str(file)), Store(tmp_path / "r", "tiny")
    overview["scans"] = "still moving"
    assert budgets.lengthened(chosen, store, 12).experiments["scans"].training.epochs == 12
    text = file.read_text()
    assert text.startswith("# Mine.\n") and tomllib.loads(text)["experiment"]["scans"]["training"]["epochs"] == 12
    assert "12 epochs now, in place of 6" in capsys.readouterr().err
    assert budgets.lengthened(studyfile.load(str(file)), store, 23) is None
    assert "still moving: 3 of 45, dropout by +1.2 pp, at 12 epochs" in capsys.readouterr().err
    overview["scans"] = "converged"
    assert budgets.lengthened(studyfile.load(str(file)), store, 100) is None
    assert file.read_text() == text


def test_a_file_that_cannot_be_written_is_said_to_be(tmp_path, overview, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    overview["scans"] = "still moving"
    monkeypatch.setattr(budgets, "rewrite", full)
    with pytest.raises(StudyError, match="Expected to write .*tiny.toml. Received: No space left on device"):
        budgets.lengthened(studyfile.load(str(write_tiny(tmp_path))), Store(tmp_path / "r", "tiny"), 24)


def test_what_cannot_be_followed_is_refused_before_any_training(tmp_path, monkeypatch):
    file = write_tiny(tmp_path)
    with pytest.raises(StudyError, match="at least the epochs of 'scans', 6. Received: 5"):
        budgets.check(studyfile.load(str(file)), 5)
    with pytest.raises(StudyError, match="a study file of your own.*bundled study 'quick'"):
        budgets.check(studyfile.load("quick"), 10_000)
    monkeypatch.setattr(budgets, "check_file", lambda place, option: pytest.fail(f"{option} looked at {place.name}"))
    with pytest.raises(pytest.fail.Exception, match="--until-converged looked at tiny.toml"):
        budgets.check(studyfile.load(str(file)), 10)
    ran = study("run", file, "--until-converged", 12, "--arm", "none", "--results", tmp_path / "r")
    assert ran.returncode == 2 and "no choice of cells beside it" in ran.stderr and not (tmp_path / "r").exists()


@pytest.mark.slow
def test_a_study_is_trained_until_its_longest_budget(tmp_path):
    file = write_tiny(tmp_path, epochs=2)
    ran = study("run", file, "--until-converged", 5, "--results", tmp_path / "r", "-j", 2)
    assert ran.returncode == 0, ran.stderr
    assert "tiny.toml says 4 epochs now, in place of 2" in ran.stderr and "at 4 epochs" in ran.stderr
    assert study("plan", file, "--results", tmp_path / "r").stdout.count("Nothing to train.") == 1


HEAD = 'title = "T"\nseeds = "0-5"\n'
BODY = """title = "a"
question = "q"
data = { name = "digits", train = 100, validation = 100 }
model = { name = "mlp", widths = [8] }
"""
RATE = "{ epochs = 10, batch = 50, learning_rate = 1e-3 }"
OTHERS = f"[experiment.other]\n{BODY}[experiment.mine]\n{BODY}"
BELOW = "[experiment.mine.training]\nepochs = 10\n[tuning.values]\nl2 = [1]\n"
INLINE = f"{{ {', '.join(BODY.splitlines())}, training = {RATE} }}"
FORMS = {
    "tables": f"{HEAD}[experiment.mine]\n{BODY}training = {RATE}  # mine\n[tuning]\nseeds = '100'\n",
    "dotted": f"{HEAD}[experiment.mine]\n{BODY}training.epochs = 10\ntraining.learning_rate = 1e-3\n",
    "inline": f"{HEAD}experiment = {{ mine = {INLINE} }}\ntuning = {{ seeds = '100' }}\n",
    "inline below": f"{HEAD}[experiment]\nmine = {INLINE}\n",
    "sub-tables": f"{HEAD}[experiment.mine]\n{BODY}{BELOW}",
    "out of order": f"{HEAD}[experiment.mine.strengths]\nl2 = {{}}\n{OTHERS}",
}
HELD = {
    ("experiment", "mine", "training", "learning_rate"): 0.01,
    ("experiment", "mine", "strengths", "dropout", "rate"): 0.5,
    ("tuning", "held", "mine", "training.learning_rate"): 0.001,
    ("tuning", "held", "mine", "strengths.dropout.rate"): 0.3,
}


def with_values(table, values):
    for (*path, setting), value in values.items():
        inner = table
        for name in path:
            inner = inner.setdefault(name, {})
        inner[setting] = value
    return table


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("values", [{("experiment", "mine", "training", "epochs"): 20}, HELD], ids=["epochs", "held"])
def test_whatever_form_settings_have_only_they_change(tmp_path, form, values, ends):
    file = tmp_path / "mine.toml"
    file.write_bytes(FORMS[form].replace("\n", ends).encode())
    budgets.rewrite(file, values, file)
    text = file.read_bytes().decode()
    assert tomllib.loads(text) == with_values(tomllib.loads(FORMS[form]), values)
    assert text.count("\r\n") == text.count("\n") * (len(ends) - 1) and ("# mine" in text) == (form == "tables")


def test_a_form_in_which_they_cannot_be_changed_is_refused_before_any_training(tmp_path):
    """A table that were written before `title` would take it in."""
    file = write_tiny(tmp_path)
    text = (
        'tuning.seeds = "100"\ntuning.values.dropout = [0.1, 0.3]\ntuning.learning_rates = [1e-3, 1e-2]\n'
        + file.read_text()
    )
    file.write_text(text)
    assert studyfile.load(str(file)).tuning.learning_rates
    ran = study("tune", file, "--results", tmp_path / "r", "--output", file)
    assert ran.returncode == 2 and "Expected settings in tables of their own" in ran.stderr, ran.stderr
    assert "[tuning.held.scans]" in ran.stderr and file.read_text() == text and not (tmp_path / "r").exists()
