"""Studies of six factors from training to pages: a factor of one's own in the file's folder; a fraction."""

import re

import pandas as pd
import pytest
from conftest import study
from own_factors import study_with, write_own

pytestmark = pytest.mark.slow


def report(file, folder):
    ran = study(
        "report", file, "--results", folder / "r", "--renderer", "pandoc", "--output", folder / "site", timeout=3600
    )
    assert ran.returncode == 0, ran.stderr
    exported = study("export", file, "--results", folder / "r", "--output", folder / "e")
    assert exported.returncode == 0, exported.stderr
    html = (folder / "site" / "index.html").read_text()
    return (
        html,
        re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html)),
        {name: pd.read_csv(folder / "e" / f"{name}.csv") for name in ("runs", "effects", "dictionary")},
    )


def test_an_own_factor_from_training_to_pages(tmp_path):
    file = write_own(tmp_path, "own_whole", seeds="0", epochs=2)
    html, text, tables = report(file, tmp_path)
    assert "all 64 on–off combinations of six regularizers" in text and "All 64 combinations" in text
    assert "All 64 arms" in text and "averages over the 32 pairs of arms" in text
    assert "Doe 2020, a report" in text and "own_whole:Hum, version 1, by the hook block" in text
    assert "all five" not in text and "The fraction and its aliases" not in text
    assert len(tables["runs"]) == 64 and tables["runs"]["hum"].sum() == 32
    effects = tables["effects"]
    accuracy = effects[effects["metric"] == "test_accuracy"]
    assert (
        accuracy.groupby("kind").size()
        == pd.Series({"add_one_in": 6, "interaction": 57, "leave_one_out": 6, "main": 6, "shapley": 6})
    ).all()
    whole = accuracy[accuracy["kind"] == "shapley"]["estimate"].sum()
    ends = tables["runs"].set_index("arm")["test_accuracy"]
    assert whole == pytest.approx(100 * (ends["all"] - ends["none"]))
    shown = study("show", file, "scans", "dropout+hum", "--results", tmp_path / "r")
    assert shown.returncode == 0 and "remove hum" in shown.stdout and "dropout+hum − all" in shown.stdout
    verified = study("verify", file, "--results", tmp_path / "r", "--sample", "2")
    assert verified.returncode == 0 and "2 of 2 cells are bit-equal" in verified.stdout


def test_a_fraction_from_training_to_pages(tmp_path):
    file = study_with(
        tmp_path,
        'factors = ["study.training.regularizers.max_norm:MaxNorm"]\ndesign = "fractional"',
        seeds="0",
        epochs=2,
    )
    html, text, tables = report(file, tmp_path)
    assert "All 32 combinations that were run" in text and "a fraction of resolution V" in text
    assert "The defining relation is I = −DLBAM" in text and "−LBAM" in text and 'id="methods--sec-aliases"' in html
    assert "Shapley values are not given" in text and "Would one at a time have done" not in text
    assert len(tables["runs"]) == 32 and set(tables["effects"]["kind"]) == {"main", "interaction", "add_one_in"}
    assert study("status", file, "--results", tmp_path / "r").stdout.split("\n")[1].split()[:2] == ["scans", "32"]
    assert study("show", file, "scans", "all", "--results", tmp_path / "r").returncode == 2
    shown = study("show", file, "scans", "dropout+l2", "--results", tmp_path / "r")
    assert shown.returncode == 0 and "dropout+l2 − none" in shown.stdout and "dropout+l2 − all" not in shown.stdout
