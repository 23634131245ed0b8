"""The command line as users meet it: every wrong word gets a message, status 2, and writes nothing."""

import json
import os
import re
import shutil
import subprocess
import sys

import pandas as pd
import pytest
from conftest import study, write_tiny

from study.design import studyfile
from study.errors import StudyError
from study.export import digest

FAKES = "raise AssertionError('TensorFlow was imported')"


def refused(ran, *words):
    """Check a refusal: status 2, a message without a traceback that holds `words`."""
    assert ran.returncode == 2, ran.stderr + ran.stdout
    assert "Traceback" not in ran.stderr
    for word in words:
        assert word in ran.stderr, ran.stderr
    return ran.stderr


def contents(folder):
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*")}


@pytest.fixture
def results(trained, tmp_path):
    """A copy of the trained results, to spoil."""
    shutil.copytree(trained / "results", tmp_path / "results")
    return tmp_path / "results"


@pytest.mark.parametrize("words, said", [
    (("plan", "quik"), ["'quik'", "Did you mean 'quick'?"]),
    (("run", "nowhere.toml"), ["nowhere.toml", "quick"]),
    (("run", "{tiny}", "--arm", "dropuot"), ["dropuot", "Did you mean 'dropout'?", "earlystopping"]),
    (("run", "{tiny}", "--arm", "dropout+dropout"), ["each factor once"]),
    (("run", "{tiny}", "--experiment", "scan"), ["'scan'", "Did you mean 'scans'?"]),
    (("run", "{tiny}", "--seeds", "3-1"), ["runs forwards", "3-1"]),
    (("run", "{tiny}", "--seeds", "7"), ["7", "0, 1"]),
    (("run", "{tiny}", "-j", "0"), ["-j", "0"]),
    (("run", "{tiny}", "--engine", "slurm"), ["engine"]),
    (("show", "{tiny}", "scan", "l2"), ["'scan'", "scans"]),
    (("show", "{tiny}", "scans", "l3"), ["'l3'", "l2"]),
    (("show", "{tiny}", "scans", "l2", "--metric", "accuracy"), ["'accuracy'", "test_accuracy"]),
    (("export", "{tiny}", "--format", "xlsx"), ["'xlsx'", "csv, parquet, tensorboard"]),
    (("report", "{tiny}", "--renderer", "latex"), ["'latex'", "auto, quarto, pandoc"]),
    (("report", "{tiny}", "--arm-pages", "most"), ["'most'", "some, all, none"]),
    (("export", "{tiny}", "--output", "{tiny}"), ["export: Expected a folder", "tiny.toml, which is a file"]),
    (("export", "{tiny}", "--format", "tensorboard", "--output", "{tiny}/in"), ["tiny.toml/in", "Not a directory"]),
    (("report", "{tiny}", "--output", "/proc/site"), ["--output", "can be written", "/proc/site"]),
    (("report", "{tiny}", "--single", "."), ["--single: Expected a file", "is a folder"]),
    (("report", "{tiny}", "--single", "{tiny}/in.html"), ["--single", "in.html", "tiny.toml"]),
    (("status", "{tiny}", "--jsn"), ["`study status --help`", "no such option: --jsn", "--results, --json"]),
    (("run", "{tiny}", "-j", "two"), ["`study run --help`", "'-j'", "integer"]),
    (("show", "{tiny}", "scans"), ["missing argument 'ARM'"]),
    (("doctor", "tiny"), ["unexpected extra argument", "tiny"]),
    (("plan", "a" * 300 + ".toml"), ["Expected a path whose names are shorter", "aaa"]),
    (("export", "{tiny}", "--output", "a" * 300), ["Expected a path whose names are shorter"]),
    (("trane", "{tiny}"), ["no such command 'trane'", "plan, run, tune"]),
])  # fmt: skip
def test_wrong_words(trained, results, words, said, tmp_path, typed):
    before = contents(tmp_path)
    filled = [word.format(tiny=trained / "tiny.toml") for word in words]
    named = ["--results", results] if words[0] not in ("trane", "doctor") else []
    told = refused(typed(*filled, *named, cwd=tmp_path), "Expected", "Received", *said)
    assert told.count("\n") == 1 and contents(tmp_path) == before


@pytest.mark.parametrize("command, option", [("plan", "-E"), ("tune", "--output"), ("run", "--results")])
def test_an_option_without_its_value(trained, tmp_path, command, option, typed):
    told = refused(typed(command, trained / "tiny.toml", option, cwd=tmp_path), f"`study {command} --help`")
    assert f"option '{option}' requires an argument" in told and told.count("\n") == 1
    assert contents(tmp_path) == {}


def test_a_bad_study_file_is_refused_by_every_command(tmp_path, typed):
    file = write_tiny(tmp_path)
    file.write_text(file.read_text().replace("epochs = 6", "epochs = 0"))
    before = contents(tmp_path)
    for words in (["plan"], ["run"], ["status"], ["report"], ["export"]):
        refused(typed(*words, file, cwd=tmp_path), "experiment.scans.training.epochs", "0")
    assert contents(tmp_path) == before


@pytest.mark.parametrize("command", ["plan", "run", "status", "export", "report"])
def test_results_that_are_a_file(trained, tmp_path, command, typed):
    (tmp_path / "results").write_text("mine")
    refused(typed(command, trained / "tiny.toml", "--results", tmp_path / "results"), "is a file")
    assert (tmp_path / "results").read_text() == "mine"


@pytest.mark.parametrize("command", ["plan", "run", "status", "export", "report"])
def test_results_of_another_format_or_study(trained, results, command, typed):
    marker = results / "store.json"
    for text, word in (('{"format":0,"study":"tiny"}', "format 0"), ('{"format":1,"study":"other"}', "'other'")):
        marker.write_text(text)
        before = contents(results)
        refused(typed(command, trained / "tiny.toml", "--results", results), word, "--results DIR")
        assert contents(results) == before


def test_a_folder_that_cannot_be_written(tmp_path):
    file = write_tiny(tmp_path)
    ran = study("run", file, "--results", "/proc/results", "--arm", "none")
    refused(ran, "can be written")


def test_no_results_yet(tmp_path, typed):
    file = write_tiny(tmp_path)
    for words in (["show", file, "scans", "l2"], ["export", file]):
        refused(typed(*words, "--results", tmp_path / "r"), "Expected results", "study run")
    assert not (tmp_path / "r").exists()


def line_files(results):
    return sorted(results.glob("*/*.jsonl"))


@pytest.mark.parametrize("option, mine", [("--output", "site/index.html"), ("--single", "one.html")])
def test_pages_of_ones_own_are_not_written_over(trained, results, tmp_path, option, mine, typed):
    page = tmp_path / mine
    page.parent.mkdir(exist_ok=True)
    page.write_text("<p>mine")
    place = page.parent if option == "--output" else page
    refused(
        typed("report", trained / "tiny.toml", "--results", results, option, place),
        option,
        "unless an earlier report wrote it",
    )
    assert page.read_text() == "<p>mine"


@pytest.mark.parametrize("mine", ["claims.csv", "runs.csv", "dictionary.csv", "predictions-scans.npz"])
def test_tables_of_ones_own_are_not_written_over(trained, results, tmp_path, mine, typed):
    place = tmp_path / "project"
    place.mkdir()
    (place / mine).write_text("my,own\n1,2\n")
    told = refused(typed("export", trained / "tiny.toml", "--results", results, "--output", place), mine, "move it")
    assert told.count("\n") == 1 and [(file.name, file.read_text()) for file in place.iterdir()] == [
        (mine, "my,own\n1,2\n")
    ]


def test_an_export_is_whole_or_as_it_was(trained, results, tmp_path, monkeypatch):
    import pandas as pd

    import study as package
    from study.export import tables

    opened = package.open(str(trained / "tiny.toml"), results)
    files = tables.write(opened, tmp_path / "e")
    before = {file: file.read_bytes() for file in files}
    files[0].write_text("an export is written over")
    assert tables.write(opened, tmp_path / "e") == files
    assert {file: file.read_bytes() for file in (tmp_path / "e").iterdir()} == before
    real, full = pd.DataFrame.to_csv, OSError(28, "No space left on device")

    def fails(frame, file, **words):
        real(frame, file, **words)
        if file.name == "effects.csv":
            raise full

    monkeypatch.setattr(pd.DataFrame, "to_csv", fails)
    with pytest.raises(StudyError, match="No space left"):
        tables.write(opened, tmp_path / "e")
    assert {file: file.read_bytes() for file in (tmp_path / "e").iterdir()} == before


def test_a_torn_line_is_told_and_counts_as_missing(trained, results):
    file = line_files(results)[0]
    file.write_bytes(file.read_bytes()[:-20])
    before = contents(results)
    ran = study("status", trained / "tiny.toml", "--results", results, "--json")
    assert ran.returncode == 0 and "torn" in ran.stderr and str(file) in ran.stderr
    assert json.loads(ran.stdout)["experiments"]["scans"]["missing"] == 1
    assert contents(results) == before


def test_a_duplicated_line_counts_once(trained, results, tmp_path):
    file = line_files(results)[0]
    file.write_bytes(file.read_bytes() + file.read_bytes().splitlines(keepends=True)[0])
    ran = study("status", trained / "tiny.toml", "--results", results, "--json")
    found = json.loads(ran.stdout)
    assert found["superseded_lines"] == 1 and found["experiments"]["scans"]["done"] == 64


@pytest.mark.parametrize("command", ["plan", "run", "status", "export", "report"])
def test_a_line_edited_by_hand_is_refused(trained, results, command, typed):
    file = line_files(results)[0]
    edited = re.sub(r'"test_accuracy":0\.\d', '"test_accuracy":0.9', file.read_text(), count=1)
    assert edited != file.read_text()
    file.write_text(edited)
    before = contents(results)
    refused(typed(command, trained / "tiny.toml", "--results", results), f"{file}, line 1", "Delete the line")
    # Taking the lock may leave its file behind; results stay as they were.
    assert {p: t for p, t in contents(results).items() if p.suffix == ".jsonl"} == {
        p: t for p, t in before.items() if p.suffix == ".jsonl"
    }


def test_all_that_does_not_train_answers_without_tensorflow(trained, tmp_path):
    for name in ("tensorflow", "keras"):
        (tmp_path / f"{name}.py").write_text(FAKES)
    env = {"PYTHONPATH": os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])}
    tiny, results = trained / "tiny.toml", ["--results", trained / "results"]
    for words in (
        ["--help"],
        ["plan", tiny, *results],
        ["status", tiny, *results],
        ["run", tiny, *results],
        ["show", tiny, "scans", "dropout+l2", *results],
        ["export", tiny, *results, "--output", tmp_path / "out", "--format", "parquet"],
    ):
        ran = study(*words, env=env)
        assert ran.returncode == 0, ran.stderr
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "dictionary.parquet", "effects.parquet", "history.parquet", "readouts.parquet", "runs.parquet",
    ]  # fmt: skip


def test_every_exported_column_is_explained(trained, tmp_path):
    ran = study("export", trained / "tiny.toml", "--results", trained / "results", "--output", tmp_path)
    assert ran.returncode == 0, ran.stderr
    told = pd.read_csv(tmp_path / "dictionary.csv")
    for table in ("runs", "history", "effects"):
        columns = list(pd.read_csv(tmp_path / f"{table}.csv", nrows=1))
        assert list(told.loc[told["table"] == table, "column"]) == columns
    assert told["meaning"].str.endswith(".").all()


def test_show_compares_an_arm_with_both_ends(trained):
    ran = study("show", trained / "tiny.toml", "scans", "l2+dropout", "--results", trained / "results")
    for words in (
        "scans, test accuracy, 2 seeds",
        "dropout+l2 − none",
        "dropout+l2 − all",
        "fewer than 6 seeds",
        "remove dropout",
        "add batch norm",
    ):
        assert words in ran.stdout, ran.stdout
    assert "of 32 by its mean\n" in ran.stdout, "two seeds cannot tell arms apart"


def test_plan_says_what_is_stale_and_why(trained, tmp_path):
    changed = write_tiny(tmp_path)
    changed.write_text(changed.read_text().replace("lambda = 1e-3", "lambda = 1e-2"))
    ran = study("plan", changed, "--results", trained / "results")
    assert ran.returncode == 0
    assert "scans: 32 stale by strengths.l2.lambda: 0.001 → 0.01" in ran.stdout
    assert "16 trainings to do for 32 cells" in ran.stdout and "about" in ran.stdout


def test_plan_says_how_many_seeds_find_an_effect(trained):
    words = ("plan", trained / "tiny.toml", "--results", trained / "results", "--detect")
    ran = study(*words, "0.3pp")
    assert ran.returncode == 0 and "seeds to find a main effect of 0.3 pp of any regularizer" in ran.stdout, ran.stderr
    larger = study(*words, "3")
    needed = [int(out.stdout.split("scans: ")[-1].split(" seeds")[0].replace(",", "")) for out in (ran, larger)]
    assert needed[0] > needed[1] >= 6
    for wrong in ("0", "-1pp", "large", "nan"):
        refused = study(*words, wrong)
        assert refused.returncode == 2 and "--detect: Expected an effect above 0" in refused.stderr
    fresh = study("plan", trained / "tiny.toml", "--results", trained / "nowhere", "--detect", "1pp")
    assert fresh.returncode == 2 and "Expected results of the study" in fresh.stderr


def test_stale_cells_never_reach_an_export(trained, tmp_path):
    changed = write_tiny(tmp_path)
    changed.write_text(changed.read_text().replace("lambda = 1e-3", "lambda = 1e-2"))
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "effects.csv").write_text("of an earlier export")
    (tmp_path / "out" / "dictionary.csv").write_text("table,column,type,unit,meaning\n")
    ran = study("export", changed, "--results", trained / "results", "--output", tmp_path / "out")
    assert ran.returncode == 0 and "No seed of scans has all 32 arms (the fullest has 16)" in ran.stderr, ran.stderr
    assert {file.name for file in (tmp_path / "out").iterdir()} == {
        "runs.csv", "readouts.csv", "history.csv", "dictionary.csv",
    }  # fmt: skip
    arms = set(pd.read_csv(tmp_path / "out" / "runs.csv")["arm"])
    assert len(arms) == 16 and not any("l2" in arm or arm == "all" for arm in arms)


def test_half_a_study_is_shown_and_not_reported(tmp_path):
    """One seed of one arm: `show` has its own cells, and a report that cannot be says so and touches nothing."""
    from synthetic import store

    chosen = studyfile.load(str(write_tiny(tmp_path)))
    store(chosen, tmp_path / "r", lambda cell: 70.0 + cell.seed, diverged=lambda cell: cell.arm.name == "l2")
    ran = study("show", tmp_path / "tiny.toml", "scans", "dropout", "--results", tmp_path / "r")
    assert ran.returncode == 0, ran.stderr
    for words in ("scans, test accuracy, 2 seeds", "70.50 [", "seeds 0 and 1", "has all 32 arms (the fullest has 31)"):
        assert words in ran.stdout, ran.stdout
    refused(study("show", tmp_path / "tiny.toml", "scans", "l2", "--results", tmp_path / "r"), "'l2'", "Received: none")
    (tmp_path / "site").mkdir()
    earlier = digest.META.format("0" * 64)
    (tmp_path / "site" / "index.html").write_text(earlier)
    words = ("--results", tmp_path / "r", "--output", tmp_path / "site", "--renderer", "pandoc")
    said = refused(study("report", tmp_path / "tiny.toml", *words), "at least one seed", "31 in 'scans'")
    assert said.strip().count("\n") == 0
    assert (tmp_path / "site" / "index.html").read_text() == earlier


def test_help_names_every_command():
    ran = study("--help")
    for name in ("plan", "run", "status", "show", "export", "report", "doctor"):
        assert name in ran.stdout


def test_help_loads_nothing_that_it_does_not_need():
    code = "import sys, study.cli.commands; print(*{name.partition('.')[0] for name in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "typer" in loaded and not {"numpy", "scipy", "pandas", "pydantic", "matplotlib"} & set(loaded)


def test_a_closed_pipe_is_no_error(trained):
    command = f"{sys.executable} -m study status {trained / 'tiny.toml'} --results {trained / 'results'} | true"
    ran = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, env=os.environ)
    assert "Traceback" not in ran.stderr


def test_doctor_says_what_is_there():
    ran = study("doctor")
    assert ran.returncode == 0, ran.stderr
    for words in ("Machine", "TensorFlow", "Quarto", "Pandoc", "mnist1d       ready", "digits        ready", "cifar10"):
        assert words in ran.stdout
