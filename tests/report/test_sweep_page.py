"""The page of a sweep, executed on made-up stores: many arms, and values where training diverged."""

import re

import numpy as np
import pytest
from conftest import write_tiny
from synthetic import store

from study.analysis.results import Results
from study.design import studyfile
from study.report import build, notebooks, pages
from study.store.lines import Store

SWEEP = """
[sweep.made]
title = "Made"
question = "?"
experiment = "scans"
setting = "{setting}"
values = {values}
{arms}
"""
FRACTION = 'factors = ["study.training.regularizers.max_norm:MaxNorm"]\ndesign = "fractional"\n'


def accuracy(cell) -> float:
    return 50 + cell.seed + np.log2(cell.experiment.data.train) + 3 * ("dropout" in cell.arm) + 2 * ("l2" in cell.arm)


def executed(folder, setting, values, arms="", head="", diverged=lambda cell: False):
    """Return the labels of the executed page and its text."""
    file = write_tiny(folder, seeds="0-5")
    file.write_text(head + file.read_text() + SWEEP.format(setting=setting, values=values, arms=arms))
    found = studyfile.load(str(file))
    store(found, folder / "r", accuracy, diverged=diverged)
    (folder / "p").mkdir()
    parameters = {"name": str(file), "folder": str(folder / "r"), "sweep": "made"}
    one = notebooks.Execution(build.SOURCES / "notebooks" / "sweep.ipynb", "sweep.qmd", parameters, "Made")
    notebooks.execute([one], folder / "p", jobs=1)
    page = (folder / "p" / "sweep.qmd").read_text()
    return re.findall(r"\{#([\w-]+)", page), page.replace("\u00a0", " ")


@pytest.mark.parametrize("arms, head, number", [
    ('arms = ["none", "dropout", "l2", "batchnorm", "all"]', "", "Five"), ("", FRACTION, "32"),
])  # fmt: skip
def test_many_arms_have_a_page(tmp_path, arms, head, number):
    labels, text = executed(tmp_path, "data.train", [30, 60, 120], arms, head)
    assert labels == ["fig-sweep", "tbl-sweep"] and f"{number} panels over training examples" in text


def test_a_value_where_training_diverged_is_not_under_anothers_label(tmp_path):
    def diverged(cell):
        return cell.experiment.data.train == 120 and cell.arm.name == "none"

    labels, text = executed(tmp_path, "data.train", [120, 60, 30], diverged=diverged)
    assert (
        labels == ["fig-sweep", "tbl-sweep", "tbl-settling-made", "tbl-worth-made"]
        and "Left out: 120, without a complete seed" in text
    )
    assert "early stopping: 0.00 pp [0.00, 0.00] at 60" in text and "pp [0.00, 0.00] at 120" not in text
    assert "best arm at 30: worth at least 2.0 times the data" in text and "at 60: worth" not in text


def test_where_all_diverged_the_page_has_words(tmp_path):
    labels, text = executed(
        tmp_path, "data.label_noise", [0.2, 0.5], diverged=lambda cell: cell.experiment.data.label_noise > 0
    )
    assert labels == [] and text.count("no value has a complete seed") == 2


def test_sweeps_of_one_kind_share_a_page(tmp_path):
    file = write_tiny(tmp_path, seeds="0-5")
    settings = {
        "rate": ("strengths.dropout.rate", [0.1, 0.5]),
        "noise": ("data.label_noise", [0.0, 0.5]),
        "size": ("data.train", [30, 60]),
        "width": ("model.widths", [[8], [16]]),
    }
    more = [
        SWEEP.format(setting=setting, values=values, arms='arms = ["all"]').replace("made", name).replace("Made", name)
        for name, (setting, values) in settings.items()
    ]
    file.write_text(file.read_text() + "".join(more))
    found = studyfile.load(str(file))
    store(found, tmp_path / "r", accuracy)
    results = Results(found, Store(tmp_path / "r", found.name))
    held = {"sweeps/strengths.qmd": ["rate"], "sweeps/data.qmd": ["noise", "size"], "sweeps/other.qmd": ["width"]}
    assert pages.sweep_pages(results) == held
    (tmp_path / "sweeps" / "parts").mkdir(parents=True)
    for name in settings:
        (tmp_path / pages.sweep_part(name)).write_text(f"---\ntitle: {name}\n---\n\nWords on {name}.\n")
    pages.gather_sweeps(results, tmp_path)
    assert (tmp_path / "sweeps" / "data.qmd").read_text() == (
        '---\ntitle: "How many examples, how clean?"\n---\n\n'
        "## noise\n\nWords on noise.\n\n\n## size\n\nWords on size.\n"
    )
    assert sorted(path.name for path in (tmp_path / "sweeps").iterdir()) == ["data.qmd", "other.qmd", "strengths.qmd"]
