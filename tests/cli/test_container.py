"""What the image starts with: the published results among the user's, and the words the command line gets."""

import json
import os

import pytest

from study.cli import container
from study.design import studyfile
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


@pytest.mark.parametrize("words", [
    ["report", "standard"], ["show", "standard", "digits", "l2"], ["verify", "--sample", "2", "standard"],
])  # fmt: skip
def test_published_results_are_laid_out_where_there_are_none(shipped, tmp_path, words):
    results = tmp_path / "results"
    assert container.lay_out(words, results, shipped) == words
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
        cell, status="ok", metrics=dict.fromkeys(records.METRICS, 0.5), epochs_run=1, best_epoch=1, seconds=seconds, history=history,
        provenance={}, reason="",
    )  # fmt: skip


@pytest.mark.parametrize("choice", [["--arm", "l2"], ["-a", "l2"], ["-al2"], ["--seeds=0-1"], ["-E", "digits"]])
def test_chosen_cells_are_trained_again_among_the_published(published, tmp_path, choice, capsys):
    words, results = ["run", *choice, "quick"], tmp_path / "results"
    assert container.lay_out(words, results, published) == [*words, "--force"]
    assert (results / "quick" / "digits" / "l2.jsonl").exists()
    assert "trained again" in capsys.readouterr().err
    # The report was made before, or training was interrupted: the rest is still not what was asked for.
    store = Store(results / "quick", "quick")
    with store.lock():
        for arm in ("none", "l2"):
            store.append(line(arm, 0, seconds=2.0))
    assert container.lay_out(words, results, published) == [*words, "--force"]
    with store.lock():
        for arm in ("none", "l2"):
            store.append(line(arm, 1, seconds=2.0))
    assert container.lay_out(words, results, published) == words, (
        "all are the user's own: only what is missing is trained"
    )


def test_a_whole_run_among_the_published_says_where_to_train_anew(published, tmp_path, capsys):
    results = tmp_path / "results"
    container.lay_out(["report", "quick"], results, published)
    assert container.lay_out(["run", "quick"], results, published) == ["run", "quick"]
    assert "retrained" in capsys.readouterr().err
    for words in (["run", "quick", "--arm", "l3"], ["run", "quick", "--seeds"], ["run", "quick", "--seeds", "x"]):
        assert container.lay_out(words, results, published) == words, "the command line says what is wrong"


@pytest.mark.parametrize("words", [
    ["run", "standard"], ["run", "standard", "-j", "2"], ["run", "standard", "--arm", "l2", "--results", "there"],
    ["run", "standard", "--arm", "l2", "--results=there"], ["report", "standard", "--help"], ["report", "mine.toml"],
    ["doctor"],
])  # fmt: skip
def test_nothing_is_laid_out_for_a_study_trained_whole_or_kept_elsewhere(shipped, tmp_path, words):
    assert container.lay_out(words, tmp_path / "results", shipped) == words
    assert not (tmp_path / "results").exists()


def test_results_that_are_there_are_left_alone(shipped, tmp_path):
    mine = tmp_path / "results" / "standard"
    mine.mkdir(parents=True)
    (mine / "store.json").write_text("mine")
    container.lay_out(["report", "standard"], tmp_path / "results", shipped)
    assert (mine / "store.json").read_text() == "mine" and not (mine / "digits").exists()


def test_an_empty_folder_of_the_study_is_filled(shipped, tmp_path):
    (tmp_path / "results" / "standard").mkdir(parents=True)
    container.lay_out(["report", "standard"], tmp_path / "results", shipped)
    assert (tmp_path / "results" / "standard" / "store.json").exists()


def test_without_words_the_published_study_is_reported_and_training_explained(tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("STUDY", raising=False)
    published = json.loads((container.CHECKOUT / "published" / "measured.json").read_text())["study"]
    assert container.begin([], tmp_path / "results") == ["report", published]
    said = capsys.readouterr().err
    assert f"run {published} --arm dropout+l2" in said and "nothing is mounted" in said
    monkeypatch.setenv("STUDY", "mine.toml")
    assert container.begin([], tmp_path / "results") == ["report", "mine.toml"]


def test_a_folder_that_cannot_be_written_is_refused_by_its_owner(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(StudyError, match=rf"(?s){os.getuid()}:{os.getgid()}.*--user"):
        container.begin(["run", "quick"], tmp_path / "results")


@pytest.mark.parametrize("files, named", [
    ([], "-1"), (["dxg"], None), (["nvidiactl", "nvidia-uvm"], "-1"), (["nvidiactl", "nvidia0"], "0"), (["nvidia1", "nvidia3"], "0,1"),
])  # fmt: skip
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
