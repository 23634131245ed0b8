"""Strengths are chosen on validation examples, under seeds used for nothing else, and written without losing a
comment."""

import shutil
import tomllib
from types import SimpleNamespace

import numpy as np
import pytest
from conftest import reported, study, write_tiny
from own_factors import study_with, write_own
from synthetic import store

from study.analysis.results import Results
from study.analysis.tuned import Choice, choices
from study.cli.studyfiles import tuning as tuned_file
from study.data import checks
from study.data.splits import split
from study.design import cells, studyfile, sweeps, tuning
from study.design.architectures.tasks import CLASSIFICATION, METRICS
from study.design.arms import Arm
from study.design.factors import BY_NAME
from study.errors import StudyError
from study.exhibits import tuning_text
from study.store import records
from study.store.lines import Store

TUNING = """
# How strengths are chosen.
[tuning]
seeds = "50-51"
values = { dropout = [0.1, 0.3, 0.8], l2 = [1e-4, 1e-3], earlystopping = [2, 4] }
"""

RATES = "learning_rates = [1e-3, 1e-2, 2e-2]\n"


def with_tuning(folder, old="", new=""):
    assert not old or old in TUNING
    file = write_tiny(folder)
    file.write_text(file.read_text() + (TUNING.replace(old, new) if old else TUNING))
    return file


@pytest.fixture
def tuned(tmp_path):
    return studyfile.load(str(with_tuning(tmp_path)))


def made(study_, accuracy, test=lambda cell: 0.5):
    """Return a record for every cell of the tuning, with the validation accuracy that `accuracy(cell)` says."""
    found = {}
    for cell in tuning.cells(study_):
        metrics = dict.fromkeys(CLASSIFICATION.columns, 0.5) | {
            "val_accuracy": accuracy(cell),
            "test_accuracy": test(cell),
        }
        found[cell] = records.make(
            cell, status="ok", metrics=metrics, epochs_run=6, best_epoch=3, seconds=1.0, history={}, provenance={}
        )
    return found


def peaked(cell, best=0.3):
    (factor,) = cell.arm.factors
    value = sweeps.value_of(cell.experiment, f"strengths.{factor}.{BY_NAME[factor].dial}")
    return 0.9 - abs(value - best) / 10 + 0.01 * (cell.seed - 50) if factor == "dropout" else 0.5


def test_each_factor_is_tuned_alone_under_the_tunings_seeds(tuned):
    checks.check_tuning(tuned)
    found = tuning.cells(tuned)
    assert len(found) == (3 + 2 + 2) * 2 and {cell.seed for cell in found} == {50, 51}
    assert {cell.arm for cell in found} == {Arm(("dropout",)), Arm(("l2",)), Arm(("earlystopping",))}
    assert {cell.experiment.name.partition("@")[0] for cell in found} == {
        "scans.tuning-dropout",
        "scans.tuning-l2",
        "scans.tuning-earlystopping",
    }
    assert not set(found) & set(cells.cells(tuned))


def test_each_factor_may_be_tuned_beside_others(tmp_path):
    found = studyfile.load(str(with_tuning(tmp_path, "values =", 'beside = ["l2", "batchnorm"]\nvalues =')))
    arms = {dial.name: [arm.name for arm in dial.arms] for dial in tuning.dials(found, "scans")}
    assert arms == {
        "dropout": ["dropout+l2+batchnorm"],
        "l2": ["l2+batchnorm"],
        "earlystopping": ["l2+batchnorm+earlystopping"],
    }
    chosen = choices(found, made(found, lambda cell: 0.5 + 0.1 * ("dropout@0.8" in cell.experiment.name)))
    assert chosen[0].value == 0.8
    results = SimpleNamespace(study=found, metric=METRICS["test_accuracy"])
    assert tuning_text.how(results).startswith(
        "Each strength was chosen with its regularizer beside L2 and batch norm,"
    )
    file = with_tuning(tmp_path, "values =", f'{RATES}beside = ["l2"]\nvalues =')
    rated = studyfile.load(str(file))
    assert [arm.name for arm in tuning.dials(rated, "scans")[-1].arms] == ["l2", "all"]
    results.study = rated
    told = "beside L2 (L2 itself alone), the learning rate with L2 on and with all of them,"
    assert told in tuning_text.how(results)
    by_hand = SimpleNamespace(study=rated, metric=results.metric, tuning=[], experiments=[], is_tuned=True)
    assert "the strength of batch norm and augmentation, batch size and budget were set by hand" in tuning_text.origin(
        by_hand
    )
    alone = studyfile.load(str(with_tuning(tmp_path)))
    assert tuning_text.company(alone) == "alone"


def test_tuning_and_reporting_seeds_never_meet(tuned, tmp_path):
    reported = set(tuned.seeds)
    assert not {cell.seed for cell in tuning.cells(tuned)} & reported
    data = tuned.experiment("scans").data
    drawn = [split(data, seed) for seed in (*tuned.tuning.seeds, *tuned.seeds)]
    for number, one in enumerate(drawn):
        for other in drawn[number + 1 :]:
            assert not np.array_equal(one.x_validation, other.x_validation)
    for where, text in (
        ("among seeds", ""),
        ("claims.seeds", '\n[claims]\nseeds = "51-60"\n'),
        (
            "sweep.dose.seeds",
            '\n[sweep.dose]\ntitle = "t"\nquestion = "q"\nexperiment = "scans"\nsetting = "training.batch"\n'
            'values = [10, 20]\nseeds = "51"\n',
        ),
    ):
        file = with_tuning(tmp_path, *(("50-51", "1-3") if not text else ()))
        file.write_text(file.read_text() + text)
        with pytest.raises(StudyError, match=f"tuning.seeds: Expected seeds used for nothing else.*{where}"):
            checks.check_tuning(studyfile.load(str(file)))


def test_the_known_optimum_is_chosen_whatever_the_test_examples_say(tuned):
    found = {choice.dial.name: choice for choice in choices(tuned, made(tuned, peaked, lambda cell: cell.seed % 7))}
    dropout = found["dropout"]
    assert (dropout.value, dropout.own, dropout.seeds, dropout.at_the_end) == (0.3, 0.3, 2, False)
    np.testing.assert_allclose(dropout.mean, [[88.5, 90.5, 85.5]])
    np.testing.assert_allclose(dropout.reached, dropout.mean[0])
    assert found["l2"].value == found["l2"].own == 1e-3 and found["l2"].at_the_end, "of equals the study's own"
    assert found["earlystopping"].value == 2
    moved = choices(tuned, made(tuned, lambda cell: peaked(cell, best=0.8)))
    assert moved[0].value == 0.8


def test_where_less_is_better_the_least_is_chosen(rated):
    """The same records, judged as an error: what was best is worst."""
    error = SimpleNamespace(**{**METRICS["test_accuracy"].__dict__, "better": -1})
    judged = SimpleNamespace(metric=error)
    turned = SimpleNamespace(
        **{name: getattr(rated, name) for name in ("experiments", "factors", "tuning")}, task=judged
    )
    rate = choices(turned, made(rated, by_rate))[-1]
    assert rate.value == 1e-3 and [rate.best_of(0), rate.best_of(1)] == [2e-2, 1e-3]


def test_a_value_that_diverged_is_not_chosen_and_a_missing_cell_silences_the_factor(tuned):
    done = made(tuned, peaked)
    for cell, record in done.items():
        if cell.experiment.name.endswith("dropout@0.3") and cell.seed == 51:
            done[cell] = record | {"status": "diverged", "metrics": dict.fromkeys(CLASSIFICATION.columns)}
    assert choices(tuned, done)[0].value == 0.1
    gone = next(cell for cell in done if cell.arm == Arm(("l2",)))
    del done[gone]
    assert [choice.dial.name for choice in choices(tuned, done)] == ["dropout", "earlystopping"]


def test_cells_stay_when_the_study_takes_what_they_chose(tuned, tmp_path):
    before = {cell.key for cell in tuning.cells(tuned)}
    file = with_tuning(tmp_path)
    output = tmp_path / "chosen.toml"
    tuned_file.write(str(file), choices(tuned, made(tuned, lambda cell: peaked(cell, best=0.8))), output)
    again = studyfile.load(str(output))
    assert (
        again.experiment("scans").strengths.dropout.rate == 0.8
        and again.experiment("scans").strengths.l2.penalty == 1e-3
    )
    assert {cell.key for cell in tuning.cells(again)} == before


@pytest.fixture
def rated(tmp_path):
    return studyfile.load(str(with_tuning(tmp_path, "values =", RATES + "values =")))


def by_rate(cell):
    """*none* is best at 1e-2 by 2 points, *all* at 2e-2 by 10."""
    if cell.arm.name not in ("none", "all"):
        return 0.5
    rate = cell.experiment.training.learning_rate
    return {"none": {1e-3: 0.5, 1e-2: 0.52, 2e-2: 0.49}, "all": {1e-3: 0.6, 1e-2: 0.7, 2e-2: 0.8}}[cell.arm.name][rate]


def test_the_learning_rate_is_chosen_by_the_mean_of_none_and_all(rated, tuned, tmp_path):
    checks.check_tuning(rated)
    more = [cell for cell in tuning.cells(rated) if cell not in tuning.cells(tuned)]
    assert len(more) == 3 * 2 * 2 and {cell.arm.name for cell in more} == {"none", "all"}
    assert {cell.experiment.name for cell in more} == {f"scans.tuning-learning-rate@{r}" for r in (0.001, 0.01, 0.02)}
    found = choices(rated, made(rated, by_rate))
    rate = found[-1]
    assert (rate.dial.name, rate.value, rate.own, rate.at_the_end) == ("learning-rate", 2e-2, 1e-2, True)
    np.testing.assert_allclose(rate.mean, [[50, 52, 49], [60, 70, 80]])
    np.testing.assert_allclose(rate.reached, [55, 61, 64.5])
    assert [rate.best_of(0), rate.best_of(1)] == [1e-2, 2e-2]
    results = SimpleNamespace(tuning=found, study=rated, metric=METRICS["test_accuracy"])
    told = "A learning rate chosen by one of these two alone would be another on Scans (none 0.01)."
    assert tuning_text.apart(results) == told
    rows = [row for row in tuning_text.table(results).rows if row[2] == "learning rate"]
    assert [row[1] for row in rows] == ["none", "all five", "mean of both"] and "0.02: 64.50" in rows[2][5]
    assert "learning rate with none and with all of them" in tuning_text.how(results)
    agreed = SimpleNamespace(tuning=choices(rated, made(rated, lambda cell: 0.5)), study=rated, metric=results.metric)
    assert not tuning_text.apart(agreed) and "uses what was chosen" in tuning_text.agreement(agreed)
    output = tmp_path / "chosen.toml"
    tuned_file.write(str(tmp_path / "tiny.toml"), found, output)
    assert studyfile.load(str(output)).experiment("scans").training.learning_rate == 2e-2


def test_what_was_tried_stays_done_when_strengths_and_rate_become_what_was_chosen(rated, tmp_path):
    done = made(rated, lambda cell: peaked(cell, 0.8) if "dropout" in cell.experiment.name else by_rate(cell))
    file, output = tmp_path / "tiny.toml", tmp_path / "chosen.toml"
    tuned_file.write(str(file), choices(rated, done), output)
    again = studyfile.load(str(output))
    scans = again.experiment("scans")
    assert scans.training.learning_rate == 2e-2 and scans.strengths.dropout.rate == 0.8
    text = output.read_text()
    assert "\n\n[tuning.held.scans]\n" in text and not text.endswith("\n\n")
    assert again.tuning.held["scans"] == {
        "strengths.dropout.rate": 0.3,
        "strengths.l2.lambda": 1e-3,
        "strengths.earlystopping.patience": 2,
        "training.learning_rate": 1e-2,
    }
    assert {cell.key for cell in tuning.cells(again)} == {cell.key for cell in done}
    chosen = {choice.dial.name: choice for choice in choices(again, done)}
    assert chosen["learning-rate"].own == chosen["learning-rate"].value == 2e-2
    tuned_file.write(str(output), list(chosen.values()), output)
    assert studyfile.load(str(output)).tuning.held == again.tuning.held, "the first round's stay"


def test_where_a_training_diverged_alone_or_all_are_left_out(rated):
    from study.figures import tuned as draw

    done = made(rated, by_rate)
    for cell, record in done.items():
        if cell.experiment.name.endswith("rate@0.02") and cell.arm.name == "none" and cell.seed == 51:
            done[cell] = record | {"status": "diverged", "metrics": dict.fromkeys(CLASSIFICATION.columns)}
    found = choices(rated, done)
    assert found[-1].value == 1e-2 and np.isnan(found[-1].reached[2])
    assert "0.01 chosen, 61.0 % against 55.0 % at worst" in draw(found, {"scans": "Scans"}, "A finding", "alone").alt


def test_rates_alone_are_tuned(tmp_path):
    text = TUNING[: TUNING.index("values =")] + RATES
    file = write_tiny(tmp_path)
    file.write_text(file.read_text() + text)
    only = studyfile.load(str(file))
    checks.check_tuning(only)
    found = choices(only, made(only, by_rate))
    results = SimpleNamespace(
        tuning=found, study=only, metric=METRICS["test_accuracy"], is_tuned=True, experiments=["scans"]
    )
    assert tuning_text.finding(results) == (
        "Between its best and worst value tried, the learning rate on Scans varies by 9.5 pp"
    )
    said = tuning_text.origin(results)
    assert "with no regularizer and with all of them" in said
    assert "strengths, batch size and budget were set by hand" in said
    assert "For 1 of 1 setting the study does not use what was chosen, but values at most 3.50 pp worse" in said
    before = file.read_text()
    tuned_file.write(str(file), found, file)
    assert tomllib.loads(file.read_text())["tuning"] == tomllib.loads(before)["tuning"], "nothing to hold"


def test_the_figure_draws_none_and_all_over_the_learning_rate(rated):
    from study.figures import tuned as draw

    shown = draw(choices(rated, made(rated, by_rate)), {"scans": "Scans"}, "A finding", "alone")
    rates = shown.figure.axes[3]
    curves = [line.get_ydata().tolist() for line in rates.lines if line.get_linestyle() == "-"]
    np.testing.assert_allclose(curves, [[50, 52, 49], [60, 70, 80]])
    rings = [line.get_ydata()[0] for line in rates.lines if line.get_markersize() == 11]
    np.testing.assert_allclose(rings, [49, 80])
    assert set(shown.data.query("dial == 'learning-rate'").arm) == {"none", "all"} and "learning rate" in shown.caption


def test_writing_keeps_everything_else(tuned, tmp_path):
    file = with_tuning(tmp_path)
    before = tomllib.loads(file.read_text())
    tuned_file.write(str(file), choices(tuned, made(tuned, peaked)), file)
    text = file.read_text()
    assert "# How strengths are chosen." in text
    after = tomllib.loads(text)
    strengths = after["experiment"]["scans"].pop("strengths")
    assert strengths == before["experiment"]["scans"].pop("strengths") | {
        "dropout": {"rate": 0.3},
        "l2": {"lambda": 1e-3},
        "earlystopping": {"patience": 2},
    }
    assert after == before and not list(tmp_path.glob(".*.part"))


BAD = [
    ("dropout = [0.1", "dropuot = [0.1", ["tuning.values", "Did you mean 'dropout'?"]),
    ("0.8]", "1.8]", ["tuning.values.dropout", "less than 1", "1.8"]),
    ("[2, 4]", "[2.5, 4.0]", ["tuning.values.earlystopping", "2.5"]),
    ("[1e-4, 1e-3]", "[1e-4]", ["tuning.values.l2", "a list of length 2 or more"]),
    ('seeds = "50-51"\n', "", ["tuning.seeds", "Expected seeds"]),
    ("values = {", "value = {", ["tuning.value", "These exist: seeds, values"]),
    ("values =", 'beside = ["mixup"]\nvalues =', ["tuning.beside", "'mixup'", "dropout"]),
    ("values = {", 'beside = ["l2"]\nheld = {', ["tuning"]),
    ("values =", 'beside = ["dropout", "l2", "batchnorm", "augmentation", "earlystopping"]\nvalues =', ["all of them"]),
    ("values =", 'beside = "l2"\nvalues =', ["tuning.beside", "Expected a list"]),
    ("values =", "learning_rates = [1e-3]\nvalues =", ["tuning.learning_rates", "2 or more"]),
    ("values =", "learning_rates = [1e-3, -1.0]\nvalues =", ["tuning.learning_rates", "greater than 0", "-1"]),
    ("values =", "learning_rates = [1e-3, 0.001]\nvalues =", ["tuning.learning_rates", "values that differ"]),
    ("values =", "learning_rates = 0.1\nvalues =", ["tuning.learning_rates", "Expected a list"]),
    ("values =", "held = { scan = { } }\nvalues =", ["tuning.held", "'scan'", "scans"]),
    ("values =", 'held = { scans = { "training.rate" = 1 } }\nvalues =', ["tuning.held.scans", "training.rate"]),
    ("values =", 'held = { scans = { "training.batch" = "x" } }\nvalues =', ["tuning.held.scans", "'x'"]),
    ("values = {", "tried.scans = {", ["tuning.tried: Expected values or learning_rates to try, too"]),
    ("values =", "tried = { scan = { l2 = [0.1, 0.2] } }\nvalues =", ["tuning.tried", "'scan'", "scans"]),
    ("values =", "tried = { scans = { l3 = [0.1, 0.2] } }\nvalues =", ["tuning.tried.scans", "'l3'", "l2"]),
    ("values =", "tried = { scans = { learning-rate = [0.1, 0.2] } }\nvalues =", ["tuning.tried.scans", "dropout, l2"]),
    ("values =", "tried = { scans = { dropout = [0.1, 1.8] } }\nvalues =", ["tuning.tried.scans.dropout", "1.8"]),
    ("values =", "tried = { scans = { dropout = [0.1] } }\nvalues =", ["tuning.tried.scans.dropout", "2 or more"]),
]


@pytest.mark.parametrize("old, new, told", BAD)
def test_every_mistake_is_named_before_anything_is_written(tmp_path, old, new, told, typed):
    file = with_tuning(tmp_path, old, new)
    ran = typed("tune", file, "--results", tmp_path / "r")
    assert ran.returncode == 2 and "Traceback" not in ran.stderr, ran.stderr
    assert all(words in ran.stderr for words in told), ran.stderr
    assert not (tmp_path / "r").exists()


def test_another_file_is_never_overwritten(tmp_path):
    file = with_tuning(tmp_path)
    (tmp_path / "mine.toml").write_text("mine")
    for output, told in (
        ("mine.toml", "which exists"),
        ("Mine.toml", "lower-case"),
        ("no/where.toml", "folder that exists"),
        ("x.txt", ".toml"),
        ("/proc/x.toml", "can be written"),
    ):
        ran = study("tune", file, "--results", tmp_path / "r", "--output", tmp_path / output)
        assert ran.returncode == 2 and told in ran.stderr and not (tmp_path / "r").exists(), ran.stderr
    assert (tmp_path / "mine.toml").read_text() == "mine"
    plain = write_tiny(tmp_path, name="plain")
    ran = study("tune", plain, "--results", tmp_path / "r")
    assert ran.returncode == 2 and "[tuning]" in ran.stderr


def test_tune_trains_chooses_writes_and_resumes(tmp_path):
    file = with_tuning(tmp_path)
    output = tmp_path / "chosen.toml"
    ran = study("tune", file, "--results", tmp_path / "r", "--output", output)
    assert ran.returncode == 0 and "14 cells trained" in ran.stderr, ran.stderr
    assert str(output) in ran.stdout and "earlystopping" in ran.stdout
    stored = list((tmp_path / "r").glob("scans.tuning-*/*.jsonl"))
    assert len(stored) == 7 and not (tmp_path / "r" / "scans").exists()
    again = study("tune", file, "--results", tmp_path / "r")
    assert again.returncode == 0 and "nothing to train" in again.stderr and again.stdout in ran.stdout
    chosen = tomllib.loads(output.read_text())["experiment"]["scans"]["strengths"]
    assert f"{chosen['dropout']['rate']:g}" in ran.stdout
    plan = study("plan", file, "--results", tmp_path / "r")
    assert "of the tuning" not in plan.stdout
    assert "cells of the tuning: 14 done" in study("status", file, "--results", tmp_path / "r").stdout


def test_what_was_tried_goes_with_the_new_file(tmp_path):
    """Its report shows what its strengths were chosen from."""
    file = with_tuning(tmp_path)
    ran = study("tune", file, "--output", "chosen.toml", cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    kept = {place: Store(tmp_path / "results" / name, name).read() for place, name in enumerate((file.stem, "chosen"))}
    assert len(kept[0]) == 14 and kept[0] == kept[1]
    status = study("status", "chosen.toml", cwd=tmp_path)
    assert "cells of the tuning: 14 done" in status.stdout, status.stderr
    again = study("tune", "chosen.toml", cwd=tmp_path)
    assert "nothing to train" in again.stderr


@pytest.mark.parametrize(
    "values, chosen, told",
    [
        ((0.3, 0.1, 0.5), 0.3, False),
        ((0.3, 0.1, 0.5), 0.1, True),
        ((0.3, 0.1, 0.5), 0.5, True),
        (("min", "max"), "min", False),
    ],
)
def test_an_end_is_one_of_the_values_not_of_the_list(values, chosen, told):
    shape = np.zeros((1, len(values)))
    dial = tuning.Dial("dropout", "dropout", "strengths.dropout.rate", values, (Arm(("dropout",)),), None, "")
    choice = Choice("scans", dial, METRICS["test_accuracy"], shape, shape, shape, 2, chosen, chosen)
    assert choice.at_the_end is told


def test_where_its_records_cannot_go_is_seen_before_any_training(tmp_path):
    with_tuning(tmp_path)
    (tmp_path / "results" / "chosen").mkdir(parents=True)
    (tmp_path / "results" / "chosen" / "store.json").write_text('{"format":1,"study":"other"}')
    for output, told in (("chosen.toml", "'other'"), ("quick.toml", "not that of a bundled study")):
        ran = study("tune", "tiny.toml", "--output", output, cwd=tmp_path)
        assert ran.returncode == 2 and told in ran.stderr, ran.stderr
        assert not (tmp_path / output).exists() and not (tmp_path / "results" / "tiny").exists()


def test_a_factor_beside_the_file_keeps_the_new_file_there(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    file = write_own(tmp_path, "own_tuned")
    file.write_text(file.read_text() + '\n[tuning]\nseeds = "7"\nvalues = { hum = [0.1, 0.5] }\n')
    ran = study("tune", file, "--results", tmp_path / "r", "--output", tmp_path / "elsewhere" / "mine.toml")
    assert ran.returncode == 2 and "own_tuned:Hum" in ran.stderr and not (tmp_path / "r").exists(), ran.stderr
    shipped = study_with(tmp_path, 'factors = ["study.training.regularizers.max_norm:MaxNorm"]')
    found = studyfile.load(str(shipped))
    tuned_file.check_output(
        found, str(shipped), tmp_path / "elsewhere" / "mine.toml"
    )  # found from anywhere: nothing is raised


@pytest.fixture(scope="module")
def really_tuned(trained, tmp_path_factory):
    """The tiny study, trained before and tuned."""
    folder = tmp_path_factory.mktemp("tuned")
    file = with_tuning(folder)
    shutil.copytree(trained / "results", folder / "r")
    ran = study("tune", file, "--results", folder / "r")
    assert ran.returncode == 0, ran.stderr
    return folder


@pytest.mark.slow
def test_the_report_shows_the_choice(really_tuned):
    html = reported(really_tuned / "tiny.toml", really_tuned / "r", really_tuned / "site")
    assert tuning_text.TITLE in html and "tuning--fig-tuned" in html
    assert "were set by hand" not in html and "used for nothing else" in html
    assert "Digits" not in html or "some that" in html


def test_what_the_study_does_not_use_is_said(really_tuned):
    import study as house

    results = house.open(str(really_tuned / "tiny.toml"), str(really_tuned / "r"))
    chosen = {choice.dial.name: choice for choice in results.tuning}
    assert results.is_tuned and len(chosen) == 3
    told = tuning_text.agreement(results)
    assert "of the epochs" not in tuning_text.origin(results)
    other = [choice for choice in chosen.values() if choice.own != choice.value]
    assert ("does not use" in told) == bool(other)
    assert not other or told.startswith(f"For {len(other)} of 3 settings")
    for choice, row in zip(chosen.values(), tuning_text.table(results).rows, strict=True):
        assert row[3].partition(", the ")[0] == sweeps.text(choice.value) and row[4] == sweeps.text(choice.own)
        assert (", the " in row[3]) == choice.at_the_end
    assert "has no test part of its own" in tuning_text.caveats(results), "digits are one pool"


@pytest.mark.parametrize("best, told", [(0.8, "They had begun."), (0.3, "The study uses what was chosen.")])
def test_why_the_study_keeps_its_own_values_is_said(tmp_path, best, told):
    found = studyfile.load(str(with_tuning(tmp_path, "values = {", 'kept = "They had begun."\nvalues = {')))
    assert found.experiments["scans"].strengths.dropout.rate == 0.3
    chosen = choices(found, made(found, lambda cell: peaked(cell, best)))
    said = tuning_text.agreement(SimpleNamespace(study=found, tuning=[c for c in chosen if c.dial.name == "dropout"]))
    assert said.endswith(told) and ("does not use" in said) == (best == 0.8)
    assert ("but values at most 5.00 pp worse on validation examples." in said) == (best == 0.8)


def with_two(folder):
    """Return a study file that tunes two experiments, `scans` and `later`."""
    file = with_tuning(folder)
    second = file.read_text().partition("[experiment.scans]")[2].partition("\n[")[0]
    file.write_text(file.read_text() + f"\n[experiment.later]{second}\n")
    return file


def test_one_experiment_may_be_tuned_alone(tmp_path, typed, monkeypatch):
    from study.cli import train

    file, trained = with_two(tmp_path), []
    monkeypatch.setattr(train, "train_cells", lambda study, store, cells, *_: trained.extend(cells) or 0)
    ran = typed("tune", file, "-E", "later", "--results", tmp_path / "r")
    assert ran.returncode == 0, ran.stderr
    assert len(trained) == 14 and {cell.experiment.name.partition(".")[0] for cell in trained} == {"later"}
    assert len(tuning.cells(studyfile.load(str(file)))) == 28
    wrong = typed("tune", file, "-E", "laater", "--results", tmp_path / "r")
    assert wrong.returncode == 2 and "'laater'" in wrong.stderr and "Did you mean 'later'?" in wrong.stderr


def test_one_experiment_may_try_values_of_its_own(tmp_path):
    from study.figures import tuned as draw

    text = with_two(tmp_path).read_text()
    file = tmp_path / "own.toml"
    rates = "learning_rates = [1e-3, 1e-2]\ntried = { later = { l2 = [1e-5, 1e-2, 1.0], learning-rate = [0.5, 0.1] } }"
    file.write_text(text.replace("values =", f"{rates}\nvalues ="))
    study_ = studyfile.load(str(file))
    common, own = ({dial.name: dial.values for dial in tuning.dials(study_, name)} for name in ("scans", "later"))
    assert own == common | {"l2": (1e-5, 1e-2, 1.0), "learning-rate": (0.5, 0.1)} and common["l2"] != own["l2"]
    found = choices(study_, made(study_, lambda cell: sweeps.value_of(cell.experiment, "strengths.l2.lambda")))
    best = {choice.experiment: choice.value for choice in found if choice.dial.name == "l2"}
    assert best == {"scans": max(common["l2"]), "later": 1.0}
    axes = draw(found, {"scans": "Scans", "later": "Later"}, "A finding", "alone").figure.axes
    assert len(axes) == 2 * len(common) and all(each.axison for each in axes), "a panel a dial and experiment"
    assert [len(each.get_xticks()) for each in axes] == [*map(len, common.values()), *map(len, own.values())]


def test_a_study_is_tuned_where_it_is_analysed(tmp_path):
    """An experiment that is not trained yet hides no choice of the others."""
    found = studyfile.load(str(with_two(tmp_path)))
    store(found, tmp_path / "results", lambda cell: 60.0)
    for folder in (tmp_path / "results").glob("later*"):
        shutil.rmtree(folder)
    results = Results(found, Store(tmp_path / "results", found.name))
    assert results.experiments == ["scans"] and results.is_tuned
    assert {choice.experiment for choice in results.tuning} == {"scans"}
    next((tmp_path / "results").glob("scans.tuning-l2@*/*.jsonl")).unlink()
    assert not Results(found, Store(tmp_path / "results", found.name)).is_tuned


def test_what_was_tried_beside_a_factor_stays_done_when_its_strength_is_chosen(tmp_path):
    """The strength of the factor beside is part of every other dial's trainings."""
    file = with_tuning(tmp_path, "values =", 'beside = ["l2"]\nvalues =')
    before = studyfile.load(str(file))
    chosen = choices(before, made(before, lambda cell: 0.9 if "l2@0.0001" in cell.experiment.name else 0.5))
    assert [choice.value for choice in chosen if choice.dial.name == "l2"] == [0.0001]
    tuned_file.write(str(file), chosen, tmp_path / "tuned.toml")
    after = studyfile.load(str(tmp_path / "tuned.toml"))
    assert after.experiments["scans"].strengths.l2 != before.experiments["scans"].strengths.l2
    assert {cell.key for cell in tuning.cells(after)} == {cell.key for cell in tuning.cells(before)}


def test_one_dial_is_drawn_on_a_phone_too(tmp_path):
    from study.figures import tuned as draw

    one = studyfile.load(str(with_tuning(tmp_path, "dropout = [0.1, 0.3, 0.8], l2 = [1e-4, 1e-3], ", "")))
    shown = draw(choices(one, made(one, lambda cell: 0.5)), {"scans": "Scans"}, "A finding", "beside L2")
    assert len(shown.redrawn().axes) == 1 and "each regularizer beside L2" in shown.caption


def test_the_figure_rings_what_was_chosen(tuned):
    from study.figures import tuned as draw
    from study.figures.style import spaced

    found = choices(tuned, made(tuned, peaked))
    shown = draw(found, {"scans": "Scans"}, "A finding", "alone")
    dropout = shown.figure.axes[0]
    (ring,) = [line for line in dropout.lines if line.get_markersize() == 11]
    assert ring.get_xdata()[0] == spaced(found[0].dial.values)[1] and ring.get_ydata()[0] == pytest.approx(90.5)
    curve = next(line for line in dropout.lines if len(line.get_xdata()) == 3)
    np.testing.assert_allclose(curve.get_ydata(), found[0].mean[0])
    assert "A finding" in shown.alt and "0.3 chosen, 90.5 % against 85.5 % at worst" in shown.alt


def test_many_dials_stand_in_two_lines():
    """Nine panels in one line would leave none of their titles room."""
    from study.figures import tuned as draw

    found = studyfile.load("modern")
    shown = draw(choices(found, made(found, lambda cell: 0.5)), {"mnist1d": "A", "fashion_mnist": "B"}, "x", "alone")
    titled = [axes for axes in shown.figure.axes if axes.get_title(loc="left")]
    assert [axes.get_title(loc="left") for axes in titled[:9]] == [dial.label for dial in tuning.dials(found, "scans")]
    assert len(titled) == 18 and len({round(axes.get_position().y0, 2) for axes in titled[:9]}) == 2


def test_trainings_of_the_tuning_may_have_a_share_of_the_budget(tmp_path):
    half = studyfile.load(str(with_tuning(tmp_path, "values =", "budget = 0.5\nvalues =")))
    assert {cell.experiment.training.epochs for cell in tuning.cells(half)} == {3}
    whole = studyfile.load(str(with_tuning(tmp_path)))
    assert {cell.experiment.training.epochs for cell in tuning.cells(whole)} == {6}
    assert not {cell.key for cell in tuning.cells(half)} & {cell.key for cell in tuning.cells(whole)}
    own = studyfile.load(str(with_tuning(tmp_path, "values =", "budgets = { scans = 0.5 }\nvalues =")))
    assert {cell.key for cell in tuning.cells(own)} == {cell.key for cell in tuning.cells(half)}
    assert tuning_text._shorter(SimpleNamespace(study=own, experiments=["scans"])) == ", with 50 % of the epochs"
    titles = {name: SimpleNamespace(title=name.upper()) for name in "abcd"}
    share = {"a": 0.5, "b": 1.0, "c": 0.5, "d": 0.25}.__getitem__
    some = SimpleNamespace(experiments=titles, tuning=SimpleNamespace(share=share))
    said = tuning_text._shorter(SimpleNamespace(study=some, experiments=list(titles)))
    assert said == ", with 50 % of the epochs on A and C and 25 % of the epochs on D"
    wrong = studyfile.load(str(with_tuning(tmp_path, "values =", "budgets = { scan = 0.5 }\nvalues =")))
    with pytest.raises(StudyError, match="tuning.budgets: Expected the name of a known experiment.*scans"):
        checks.check_tuning(wrong)
