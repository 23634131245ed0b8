"""What the image starts with: the published results among the user's, and the words the command line gets."""

import json
import os

import pytest

from study.cli import commands, container, options, train
from study.design import studyfile
from study.design.architectures.tasks import CLASSIFICATION
from study.design.arms import parse_arm
from study.design.cells import Cell
from study.errors import StudyError
from study.store import records
from study.store.lines import Store


@pytest.fixture
def shipped(tmp_path):
    """A folder of published results: one study of one arm with one line."""
    study = tmp_path / "shipped" / "standard"
    (study / "digits").mkdir(parents=True)
    (study / "store.json").write_text("{}")
    (study / "digits" / "l2.jsonl").write_text("a line\n")
    (study / "digits" / "l2.jsonl").chmod(0o444)
    return tmp_path / "shipped"


@pytest.mark.parametrize("command", ["report", "show", "verify"])
def test_published_results_are_laid_out_where_there_are_none(shipped, tmp_path, command):
    results = tmp_path / "results"
    container.Image(results, shipped).opening(command, "standard", whole=True)
    copied = results / "standard" / "digits" / "l2.jsonl"
    assert copied.read_text() == "a line\n"
    assert os.access(copied, os.W_OK) and copied.stat().st_mode & 0o200


@pytest.fixture
def published(tmp_path):
    """Published results of the study `quick`: two arms of one experiment under two seeds."""
    root = tmp_path / "published" / "quick"
    store = Store(root, "quick")
    with store.lock():
        for arm in ("none", "l2"):
            for seed in (0, 1):
                store.append(line(arm, seed, seconds=1.0))
    return tmp_path / "published"


def line(arm, seed, seconds):
    cell = Cell(studyfile.load("quick").experiments["digits"], parse_arm(arm), seed)
    history = {name: [1.0] for name in ("loss", "accuracy", "val_loss", "val_accuracy")}
    return records.make(
        cell,
        status="ok",
        metrics=dict.fromkeys(CLASSIFICATION.columns, 0.5),
        epochs_run=1,
        best_epoch=1,
        seconds=seconds,
        history=history,
        provenance={},
        reason="",
    )


@pytest.fixture
def command_line(published, tmp_path, monkeypatch):
    """The image's command line on the folder `results`; what it would train is returned, as (force, places), not
    trained."""
    asked = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(options, "host", container.Image(shipped=published))
    monkeypatch.setattr(train, "train_cells", lambda study, store, cells, trainer, force, *rest: asked.append(
        (force, {cell.place for cell in cells})
    ) or 0)  # fmt: skip
    monkeypatch.setattr(train, "measure_claims", lambda *words: 0)

    def typed(*words):
        asked.clear()
        commands.app(list(words), standalone_mode=False)
        return asked[0]

    return typed


@pytest.mark.parametrize("choice", [["--arm", "l2"], ["-a", "l2"], ["-al2"], ["--seeds=0-1"], ["-E", "digits"]])
def test_chosen_cells_are_trained_again_among_the_published(command_line, tmp_path, choice, capsys):
    words, results = ["run", *choice, "quick"], tmp_path / "results"
    force, places = command_line(*words)
    assert force and ("digits", "l2", 0) in places
    assert (results / "quick" / "digits" / "l2.jsonl").exists()
    assert "trained again" in capsys.readouterr().err
    # The report was made before, or training was interrupted: the rest is still not what was asked for.
    store = Store(results / "quick", "quick")
    with store.lock():
        for arm in ("none", "l2"):
            store.append(line(arm, 0, seconds=2.0))
    assert command_line(*words)[0]
    with store.lock():
        for arm in ("none", "l2"):
            store.append(line(arm, 1, seconds=2.0))
    assert not command_line(*words)[0], "all are the user's own: only what is missing is trained"
    assert command_line(*words, "--force")[0], "unless the user says so"


def test_cells_that_were_not_chosen_may_stay_published(command_line, tmp_path):
    command_line("run", "quick", "--arm", "l2")
    store = Store(tmp_path / "results" / "quick", "quick")
    with store.lock():
        for seed in (0, 1):
            store.append(line("l2", seed, seconds=2.0))
    assert not command_line("run", "quick", "--arm", "l2")[0] and command_line("run", "quick", "--arm", "none")[0]


def test_a_whole_run_among_the_published_says_where_to_train_anew(command_line, published, tmp_path, capsys):
    assert command_line("run", "quick") and not (tmp_path / "results" / "quick").exists(), "nothing is laid out"
    container.Image(shipped=published).opening("report", "quick", whole=True)
    assert not command_line("run", "quick")[0]
    assert "retrained" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--arm", "l3"], ["--seeds", "x"], ["-E", "digit"]])
def test_the_command_line_says_what_is_wrong_with_a_choice(command_line, words):
    with pytest.raises(StudyError, match="Expected"):
        command_line("run", "quick", *words)


def test_results_that_are_named_are_none_of_the_images(command_line, tmp_path):
    assert command_line("run", "quick", "--arm", "l2", "--results", str(tmp_path / "there"))[0] is False
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize("command, name, whole", [("run", "standard", True), ("report", "mine.toml", True)])
def test_nothing_is_laid_out_for_a_study_trained_whole_or_of_the_users_own(shipped, tmp_path, command, name, whole):
    container.Image(tmp_path / "results", shipped).opening(command, name, whole)
    assert not (tmp_path / "results").exists()


def test_results_that_are_there_are_left_alone(shipped, tmp_path):
    mine = tmp_path / "results" / "standard"
    mine.mkdir(parents=True)
    (mine / "store.json").write_text("mine")
    container.Image(tmp_path / "results", shipped).opening("report", "standard", whole=True)
    assert (mine / "store.json").read_text() == "mine" and not (mine / "digits").exists()


def test_an_empty_folder_of_the_study_is_filled(shipped, tmp_path):
    (tmp_path / "results" / "standard").mkdir(parents=True)
    container.Image(tmp_path / "results", shipped).opening("report", "standard", whole=True)
    assert (tmp_path / "results" / "standard" / "store.json").exists()


def test_what_is_written_with_nothing_mounted_goes_with_the_container(shipped, tmp_path, capsys):
    for command, told in (("plan", False), ("report", True)):
        container.Image(tmp_path / "results", shipped).opening(command, "mine.toml", whole=True)
        assert ("nothing is mounted" in capsys.readouterr().err) == told


def test_without_words_the_published_study_is_reported_and_training_explained(monkeypatch, capsys):
    monkeypatch.delenv("STUDY", raising=False)
    published = json.loads((container.CHECKOUT / "published" / "measured.json").read_text())["study"]
    assert container.words_for([]) == ["report", published]
    assert f"run {published} --arm dropout+l2" in capsys.readouterr().err
    monkeypatch.setenv("STUDY", "mine.toml")
    assert container.words_for([]) == ["report", "mine.toml"]
    assert container.words_for(["status", "quick"]) == ["status", "quick"] and "STUDY" not in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_refused_by_its_owner(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(StudyError, match=rf"(?s){os.getuid()}:{os.getgid()}.*--user"):
        container.Image(tmp_path / "results").opening("run", "quick", whole=True)


@pytest.mark.parametrize(
    "files, named",
    [
        ([], "-1"),
        (["dxg"], None),
        (["nvidiactl", "nvidia-uvm"], "-1"),
        (["nvidiactl", "nvidia0"], "0"),
        (["nvidia1", "nvidia3"], "0,1"),
    ],
)
def test_gpus_are_those_the_container_was_given(tmp_path, monkeypatch, files, named):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES")
    for file in files:
        (tmp_path / file).touch()
    container.name_gpus(tmp_path)
    assert os.environ.get("CUDA_VISIBLE_DEVICES") == named


def test_gpus_a_user_names_are_left_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2")
    container.name_gpus(tmp_path)
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "2"
