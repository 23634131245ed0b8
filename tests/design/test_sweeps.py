"""Sweeps are ordinary cells: shared with the experiment where nothing changes, keyed, resumed, exported."""

import numpy as np
import pandas as pd
import pytest
from conftest import reported, study, write_tiny

from study.data import checks, splits
from study.design import cells, studyfile, sweeps
from study.design.arms import Arm, parse_arm
from study.design.settings import Data
from study.errors import StudyError

SWEEP = """
[sweep.dose]
title = "How much dropout?"
question = "Which rate is best?"
experiment = "scans"
setting = "strengths.dropout.rate"
values = [0.0, 0.3, 0.6]
arms = ["dropout", "dropout+l2"]
"""


def with_sweep(folder, old="", new=""):
    file = write_tiny(folder)
    text = SWEEP.replace(old, new) if old else SWEEP
    assert not old or old in SWEEP
    file.write_text(file.read_text() + text)
    return file


def load(folder, old="", new=""):
    found = studyfile.load(str(with_sweep(folder, old, new)))
    checks.check_sweeps(found)
    return found


def test_every_value_is_an_experiment_of_its_own(tmp_path):
    found = load(tmp_path)
    points = sweeps.points(found, "dose")
    assert [point.experiment.name for point in points] == ["scans.dose@0", "scans.dose@0.3", "scans.dose@0.6"]
    assert [point.experiment.strengths.dropout.rate for point in points] == [0.0, 0.3, 0.6]
    base = found.experiment("scans")
    for point in points:
        assert point.experiment.data == base.data and point.experiment.strengths.l2 == base.strengths.l2
    assert base.strengths.dropout.rate == 0.3


def test_a_value_that_changes_nothing_shares_the_experiments_cells(tmp_path):
    found = load(tmp_path)
    places = sweeps.places(found, "dose")
    assert len(places) == 3 * 2 * 2
    own = cells.Cell(found.experiment("scans"), Arm(("dropout",)), 0)
    assert places[0.3, Arm(("dropout",)), 0] == own and places[0.6, Arm(("dropout",)), 0] != own
    assert len(sweeps.cells(found)) == 2 * 2 * 2 and own not in sweeps.cells(found)
    keys = {cell.key for cell in places.values()}
    assert len(keys) == 12


def test_equal_points_of_two_sweeps_share_cells(tmp_path):
    file = with_sweep(tmp_path)
    text = file.read_text()
    other = (
        text[text.index("[sweep.dose]") :]
        .replace("[sweep.dose]", "[sweep.batches]")
        .replace("strengths.dropout.rate", "training.batch")
        .replace("[0.0, 0.3, 0.6]", "[20, 10]")
    )
    alone = len(sweeps.cells(load(tmp_path)))
    file.write_text(text + "\n" + other.replace("values", 'also = { "strengths.dropout.rate" = 0.6 }\nvalues'))
    found = studyfile.load(str(file))
    checks.check_sweeps(found)
    dose, batches = sweeps.every(found).values()
    assert {value for value, _, _ in batches} == {20, 10}
    for (value, arm, seed), cell in batches.items():
        if value == 20:
            assert cell == dose[0.6, arm, seed] and cell.experiment.name == "scans.dose@0.6"
        else:
            assert cell.experiment.name == "scans.batches@10" and cell not in dose.values()
    assert len(sweeps.cells(found)) == alone + 2 * 2, "2 arms × 2 seeds of the batch of 10"
    file.write_text(
        file.read_text()
        .replace('["dropout", "dropout+l2"]', '["dropout", "dropout+l2", "l2"]')
        .replace('["dropout", "dropout+l2", "l2"]', '["dropout", "dropout+l2"]', 1)
    )
    dose, batches = sweeps.every(studyfile.load(str(file))).values()
    assert dose[0.6, Arm(("dropout",)), 0].experiment.name == "scans.batches@20", "the sweep with more arms has them"


def test_arrays_of_ones_own_are_an_experiment_each(tmp_path):
    """A point would say one file and train on the other."""
    for name in ("a", "b"):
        np.savez(
            tmp_path / f"{name}.npz",
            **{
                part + of: (np.zeros((300, 4), "float32"), np.arange(300) % 2)[part == "y_"]
                for part in ("x_", "y_")
                for of in ("train", "test")
            },
        )
    file = with_sweep(tmp_path)
    text = file.read_text().replace('name = "digits"', 'name = "a.npz"').replace("strengths.dropout.rate", "data.name")
    file.write_text(text.replace("[0.0, 0.3, 0.6]", '["a.npz", "b.npz"]'))
    ran = study("plan", file, "--results", tmp_path / "r")
    assert ran.returncode == 2 and "each such file is an experiment" in ran.stderr and "Traceback" not in ran.stderr


def test_a_choice_of_cells_is_one_of_the_sweeps_too(tmp_path):
    found = load(tmp_path)
    assert len(sweeps.cells(found)) == 8
    assert {cell.arm.name for cell in sweeps.cells(found, arms=[Arm(("dropout",))])} == {"dropout"}
    assert {cell.seed for cell in sweeps.cells(found, seeds={1})} == {1}
    assert len(sweeps.cells(found, ["scans"])) == 8 and not sweeps.cells(found, ["others"])
    ran = study("plan", with_sweep(tmp_path), "--results", tmp_path / "r", "--arm", "dropout", "--seeds", "0")
    assert "2 trainings to do for 2 cells of the sweeps" in ran.stdout, ran.stdout


def test_a_setting_that_an_arm_does_not_use_changes_nothing_in_it(tmp_path):
    found = load(tmp_path, 'arms = ["dropout", "dropout+l2"]', "")
    places = sweeps.places(found, "dose")
    assert len(places) == 3 * 32 * 2
    for (value, arm, _), cell in places.items():
        assert (cell.experiment.name == "scans") == ("dropout" not in arm or value == 0.3)


@pytest.mark.parametrize("setting, value, place", [
    ("data.train", 30, lambda e: e.data.train), ("data.label_noise", 0.5, lambda e: e.data.label_noise),
    ("training.batch", 10, lambda e: e.training.batch), ("strengths.l2.lambda", 0.1, lambda e: e.strengths.l2.penalty),
    ("strengths.earlystopping.monitor", "val_accuracy", lambda e: e.strengths.earlystopping.monitor),
])  # fmt: skip
def test_any_setting_can_be_varied(tmp_path, setting, value, place):
    base = load(tmp_path).experiment("scans")
    varied = sweeps.vary(base, setting, value, "x")
    assert place(varied) == value != place(base) == sweeps.value_of(base, setting)


BAD = [
    ('experiment = "scans"', 'experiment = "scan"', ["sweep.dose", "Did you mean 'scans'?"]),
    ("strengths.dropout.rate", "strengths.dropout.rat", ["sweep.dose", "strengths.dropout.rat", "'rate'"]),
    ("strengths.dropout.rate", "strengths.dropout", ["sweep.dose", "Expected one setting", "rate"]),
    (
        "strengths.dropout.rate",
        "title.rate",
        ["sweep.dose", "title.rate", "These exist: data, model, training, strengths"],
    ),
    ("0.6]", "1.5]", ["sweep.dose", "less than 1", "1.5"]),
    ("0.6]", '"much"]', ["sweep.dose", "number", "much"]),
    ("[0.0, 0.3, 0.6]", "[0.3]", ["sweep.dose.values", "length 2 or more"]),
    ('"dropout+l2"', '"dropout+l3"', ["sweep.dose", "l3"]),
    ("strengths.dropout.rate", "data.train", ["sweep.dose"]),
    ("question", "questions", ["sweep.dose.questions", "question"]),
    ("strengths.dropout.rate", "data.file", ["sweep.dose"]),
    ("[0.0, 0.3, 0.6]", "[0.3, 0.12345671, 0.1234567]", ["sweep.dose.values", "first six digits", "0.12345671"]),
    ("[0.0, 0.3, 0.6]", "[0.3, 0.3]", ["sweep.dose.values", "0.3 and 0.3"]),
    ("sweep.dose", 'sweep."dose/rate"', ["sweep.dose/rate", "lower-case letters"]),
]


@pytest.mark.parametrize("old, new, told", BAD)
def test_every_mistake_is_named(tmp_path, old, new, told, typed):
    file = with_sweep(tmp_path, old, new)
    ran = typed("plan", file, "--results", tmp_path / "r")
    assert ran.returncode == 2 and "Traceback" not in ran.stderr, ran.stderr
    assert all(words in ran.stderr for words in told), ran.stderr
    assert not (tmp_path / "r").exists()


class TestLabelNoise:
    """Wrong labels where they are asked for, and nowhere else."""

    def split(self, share, seed=0):
        return splits.split(Data(name="digits", train=300, validation=200, label_noise=share), seed)

    @pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 1.0])
    def test_the_stated_share_is_wrong_and_test_labels_are_clean(self, share):
        clean, spoilt = self.split(0.0), self.split(share)
        for part, size in (("train", 300), ("validation", 200)):
            wrong = getattr(clean, f"y_{part}") != getattr(spoilt, f"y_{part}")
            assert wrong.sum() == round(share * size)
            assert set(getattr(spoilt, f"y_{part}")) <= set(range(10))
        np.testing.assert_array_equal(clean.y_test, spoilt.y_test)
        for part in ("train", "validation", "test"):
            np.testing.assert_array_equal(getattr(clean, f"x_{part}"), getattr(spoilt, f"x_{part}"))

    def test_noise_is_nested_and_drawn_for_each_seed(self):
        clean, some, more = (self.split(share).y_train for share in (0.0, 0.2, 0.5))
        spoilt = some != clean
        np.testing.assert_array_equal(some[spoilt], more[spoilt])
        wrong = [self.split(0.2, seed).y_train != self.split(0.0, seed).y_train for seed in (0, 1)]
        assert (wrong[0] != wrong[1]).any()

    def test_all_wrong_classes_are_alike_likely(self):
        labels = np.zeros(90_000, np.int32)
        found = np.bincount(splits.noisy(labels, 1.0, 10, seed=0), minlength=10)
        assert found[0] == 0 and abs(found[1:] / 10_000 - 1).max() < 0.05

    def test_no_noise_leaves_keys_as_they_were(self):
        assert "label_noise" not in Data(name="digits", train=3, validation=3).settings()
        assert Data(name="digits", train=3, validation=3, label_noise=0.5).settings()["label_noise"] == 0.5


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    """The tiny study's none and dropout arms with the sweep, really trained."""
    folder = tmp_path_factory.mktemp("swept")
    file = with_sweep(folder)
    ran = study("run", file, "--results", folder / "r", "--sweeps")
    assert ran.returncode == 0 and "8 cells trained" in ran.stderr, ran.stderr
    return folder


def test_run_trains_sweeps_only_when_asked(tmp_path):
    file = with_sweep(tmp_path)
    study("run", file, "--results", tmp_path / "r", "--arm", "dropout", "--seeds", "0")
    assert not list((tmp_path / "r").glob("scans.dose*"))
    ran = study("plan", file, "--results", tmp_path / "r")
    assert "for 8 cells of the sweeps on" in ran.stdout


def test_swept_cells_are_kept_and_counted(swept):
    before = {file: file.read_bytes() for file in (swept / "r").glob("scans.dose*/*.jsonl")}
    assert len(before) == 4
    ran = study("run", swept / "tiny.toml", "--results", swept / "r", "--sweeps")
    assert ran.returncode == 0 and "nothing to train" in ran.stderr
    assert {file: file.read_bytes() for file in before} == before
    assert "cells of the sweeps: 8 done" in study("status", swept / "tiny.toml", "--results", swept / "r").stdout
    assert "Nothing to train." in study("plan", swept / "tiny.toml", "--results", swept / "r").stdout


def test_a_changed_base_makes_the_sweep_stale(swept, tmp_path):
    text = (swept / "tiny.toml").read_text().replace("epochs = 6", "epochs = 5")
    (tmp_path / "tiny.toml").write_text(text)
    ran = study("status", tmp_path / "tiny.toml", "--results", swept / "r")
    assert "cells of the sweeps: 0 done, 0 failed, 8 stale, 0 missing" in ran.stdout


def test_the_export_holds_every_value(swept):
    assert study("export", swept / "tiny.toml", "--results", swept / "r", "--output", swept / "e").returncode == 0
    table = pd.read_csv(swept / "e" / "sweeps.csv")
    assert list(table.columns[:5]) == ["sweep", "setting", "value", "experiment", "arm"]
    assert len(table) == 12 and table.groupby(["value", "arm"]).size().eq(2).all()
    runs = pd.read_csv(swept / "e" / "runs.csv")
    shared = table[table["value"] == 0.3].merge(runs, on="key")
    assert len(shared) == 4, "the study's own value is the experiment's own cells"


def test_values_that_mix_numbers_and_words_are_text_in_parquet(tmp_path):
    from study.export.tables import _uniform

    mixed = pd.DataFrame({"value": [0.5, "before", 3], "seed": [0, 1, 2], "best": [None, 2.0, None]})
    _uniform(mixed).to_parquet(tmp_path / "sweeps.parquet", index=False)
    found = pd.read_parquet(tmp_path / "sweeps.parquet")
    assert (
        list(found["value"]) == ["0.5", "before", "3"]
        and found["seed"].dtype == np.int64
        and found["best"].dtype == float
    )
    numbers = pd.DataFrame({"value": [0.5, 3]})
    assert _uniform(numbers)["value"].dtype == float


@pytest.mark.slow
def test_the_report_has_a_section_a_sweep(swept):
    html = reported(swept / "tiny.toml", swept / "r", swept / "site")
    assert "How much dropout?" in html and "Which rate is best?" in html and "The budget was short" not in html
    assert 'id="sweeps-strengths--fig-sweep-dose"' in html and "Lines over dropout rate." in html


def test_parse(tmp_path):
    found = load(tmp_path, '"dropout+l2"', '"l2+dropout"')
    assert sweeps.arms(found.sweeps["dose"], found) == (parse_arm("dropout"), parse_arm("dropout+l2"))


def test_seeds_may_be_the_sweeps_own(tmp_path):
    found = load(tmp_path, "values", 'seeds = "7-8"\nvalues')
    assert {seed for _, _, seed in sweeps.places(found, "dose")} == {7, 8}
    assert len(sweeps.cells(found)) == 12, "the experiment has no cells under these seeds"
    assert cells.cells(found, seeds={7}) == [] and {cell.seed for cell in sweeps.cells(found, seeds={7})} == {7}
    with pytest.raises(StudyError, match="Received: 9. These exist: 0, 1, 7, 8"):
        cells.cells(found, seeds={9})


def test_unknown_keys_of_a_sweep_are_listed(tmp_path):
    with pytest.raises(StudyError, match="experiment, setting, values"):
        load(tmp_path, "title", "titel")


ALSO = 'also = { "training.batch" = [10, 20, 30], "data.train" = 40 }\nvalues'


def test_other_settings_may_change_along(tmp_path):
    found = load(tmp_path, "values", ALSO)
    varied = [point.experiment for point in sweeps.points(found, "dose")]
    assert [(e.strengths.dropout.rate, e.training.batch, e.data.train) for e in varied] == [
        (0.0, 10, 40),
        (0.3, 20, 40),
        (0.6, 30, 40),
    ]
    assert all(cell.experiment.name.startswith("scans.dose@") for cell in sweeps.places(found, "dose").values())
    same = load(tmp_path, "values", 'also = { "training.batch" = [10, 20, 30] }\nvalues')
    assert sweeps.places(same, "dose")[0.3, Arm(("dropout",)), 0].experiment.name == "scans", (
        "20 is the experiment's own"
    )


@pytest.mark.parametrize(
    "also, told",
    [
        (
            '{ "training.batch" = [10, 20] }',
            ("also.training.batch: Expected one value, or 3, one for each of the sweep's. Received: 2"),
        ),
        ('{ "training.bath" = 10 }', "Did you mean 'batch'"),
        ('{ "strengths.dropout.rate" = 0.1 }', "other than the one that is varied"),
        ('{ "training.batch" = 0 }', "greater than or equal to 1"),
    ],
)
def test_every_mistake_in_what_changes_along_is_named(tmp_path, also, told):
    with pytest.raises(StudyError, match="sweep.dose") as error:
        load(tmp_path, "values", f"also = {also}\nvalues")
    assert told in str(error.value)


@pytest.mark.parametrize("name", studyfile.bundled())
def test_bundled_studies_are_sound(name):
    found = studyfile.load(name)
    checks.check(found)
    checks.check_sweeps(found)

    checks.check_tuning(found)
    settings = {sweep.setting for sweep in found.sweeps.values()}
    if found.sweeps:
        assert {"strengths.dropout.rate", "strengths.l2.lambda", "strengths.augmentation.magnitude"} <= settings
        assert {"strengths.earlystopping.patience", "data.train", "data.label_noise"} <= settings
