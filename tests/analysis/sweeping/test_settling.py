"""How trainings end at each value of a sweep: still moving or at rest, and which cell ended by chance."""

import numpy as np
import pandas as pd
import pytest
from conftest import write_tiny
from synthetic import store

from study.analysis.results import Results
from study.analysis.sweeping import multiverse
from study.analysis.sweeping.settling import _worst, settling
from study.design import studyfile
from study.design.architectures.tasks import CLASSIFICATION, METRICS
from study.exhibits import study_tables, study_text
from study.store.lines import Store

SWEEP = """
[sweep.schedule]
title = "Which schedule?"
question = "Which schedule settles?"
experiment = "scans"
setting = "training.schedule"
values = ["constant", "cooled", "cosine"]
also = { "training.batch" = 20 }

[sweep.batch]
title = "Which batch?"
question = "?"
experiment = "scans"
setting = "training.batch"
values = [20, 30]

[sweep.some]
title = "Some arms"
question = "?"
experiment = "scans"
setting = "training.schedule"
values = ["constant", "cosine"]
arms = ["none", "all"]
"""


def accuracy(cell, length=None):
    """Dropout's worth grows by 3 points from half of the budget on under a constant rate only; there one cell of
    *none* ends 7 points below the others, under a cosine one 2. Cells with early stopping scatter far more, which is
    not the schedule's doing."""
    training = cell.experiment.training
    moved = 3.0 * (training.schedule == "constant" and length is None and "dropout" in cell.arm)
    fallen = {"constant": 7.0, "cosine": 2.0}.get(training.schedule, 0.0) * (cell.arm.name == "none" and cell.seed == 4)
    return 60.0 + moved - fallen - 20.0 * (cell.arm.name == "earlystopping" and cell.seed == 3)


@pytest.fixture
def results(tmp_path):
    file = write_tiny(tmp_path, seeds="0-6", epochs=8)
    file.write_text(file.read_text() + SWEEP)
    study = studyfile.load(str(file))
    store(study, tmp_path / "r", accuracy, on_the_way=accuracy)
    return Results(study, Store(tmp_path / "r", study.name))


def test_each_value_says_what_moved_and_which_cell_fell(results):
    found = {each.value: each for each in results.sweep("schedule").settling}
    assert {value: each.convergence.verdict for value, each in found.items()} == {
        "constant": "still moving",
        "cooled": "converged",
        "cosine": "not known to have converged",
    }
    settled = found["constant"].convergence
    assert settled.moving == 9 and len(settled.moves) == 45, "dropout's own, and in eight companies"
    assert settled.farthest["term"].startswith("dropout") and settled.farthest["change"] == pytest.approx(3, abs=0.3)
    assert found["cosine"].convergence.moves is None
    worst = found["constant"].worst
    assert (worst.by, worst.arm, worst.seed) == (pytest.approx(7.0), "none", 4)
    assert [each.worst.by for each in found.values()] == pytest.approx([7.0, 0.0, 2.0])


def test_the_table_and_the_sentence_say_so(results):
    table = study_tables.settling(results.sweep("schedule"))
    rows = {row[0]: row for row in table.rows}
    assert rows["constant"][1:3] == ("still moving", "9 of 45") and rows["constant"][4:] == ("7.0 pp", "none, seed 4")
    assert rows["cosine"][1:4] == ("not known to have converged", "–", "–")
    said = study_text.schedule(results)
    assert "under *constant* 9 of 45 effects do not rest and one cell ends 7.0 pp worse than its arm's median" in said
    assert "under *cosine* one cell ends 2.0 pp worse" in said and "own is *constant*" in said


def test_a_value_without_a_cell_that_ended_well_has_none_to_name(results):
    done = results._sweeping.done
    lost = {
        cell: record | {"status": "diverged", "metrics": dict.fromkeys(CLASSIFICATION.columns), "readouts": []}
        for cell, record in done.items()
        if cell.experiment.training.schedule == "cooled"
    }
    _, cooled, cosine = settling(results.study, "schedule", done | lost)
    assert cooled.convergence.verdict == "not known to have converged" and cooled.worst is None and cosine.worst


def test_only_schedules_over_all_arms_are_told(results):
    assert results.sweeps == ["schedule", "batch", "some"]
    said = study_text.schedule(results)
    assert said.startswith("Schedules on Scans with batch size 20: under *constant*")
    assert said.count("Schedules on") == 1, "neither the other setting nor the one over two arms"
    del results.study.sweeps["schedule"]
    assert study_text.schedule(results) == ""


def test_the_multiverse_says_of_each_universe_whether_it_rests(results):
    found = multiverse.universes(results, "scans").drop_duplicates("universe").set_index("universe")["convergence"]
    assert found["training.schedule=constant"] == "still moving"
    assert found["training.schedule=cooled"] == "converged"
    assert found["training.schedule=cosine"] == "not known to have converged"


@pytest.mark.parametrize("better, by", [(1, 4.0), (-1, 2.0)])
def test_where_less_is_better_the_worst_is_the_greatest(better, by):
    name = "test_accuracy" if better > 0 else "test_mean_absolute_error"
    values = np.array([5.0, 5.0, 1.0, 5.0, 7.0]) / METRICS[name].scale
    table = pd.DataFrame({"arm": "none", "seed": range(5), "epochs": 8, "status": "ok", name: values})
    worst = _worst(table, 8)
    assert worst.by == pytest.approx(by) and worst.seed == (2 if better > 0 else 4)
