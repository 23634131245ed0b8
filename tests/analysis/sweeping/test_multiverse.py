"""Universes are gathered once each, and what turns a verdict round is found again."""

import pandas as pd
import pytest
from conftest import write_tiny
from synthetic import runs, store

from study.analysis.convergence import CONVERGED, MOVING, UNKNOWN
from study.analysis.effects import effects
from study.analysis.lattice import lattice
from study.analysis.results import Results
from study.analysis.sweeping import multiverse
from study.design import studyfile, sweeps
from study.design.architectures.tasks import METRICS
from study.design.arms import ARMS
from study.design.factors import TEXTBOOK
from study.errors import StudyError
from study.exhibits import study_tables, study_text, tables, titles
from study.figures import multiverse as drawn
from study.store.lines import Store

SWEEPS = """
[sweep.rate]
title = "Rate"
question = "Which rate?"
experiment = "scans"
setting = "training.learning_rate"
values = [0.001, 0.01]

[sweep.width]
title = "Width"
question = "How wide?"
experiment = "scans"
setting = "model.widths"
values = [[4], [8], [8, 8]]
labels = ["narrow", "as it is", "deep"]

[sweep.some]
title = "Some arms"
question = "?"
experiment = "scans"
setting = "training.batch"
values = [10, 20]
arms = ["none", "all"]
"""


def universe(name, **given):
    table = effects(lattice(runs(noise=0.1, **given), "made", ARMS), 0.5)
    table = table[table["kind"].isin(multiverse.KINDS)].copy()
    table.insert(0, "universe", name)
    table.insert(1, "own", name == sweeps.OWN)
    table.insert(2, "convergence", {sweeps.OWN: CONVERGED}.get(name, MOVING))
    return table


@pytest.fixture
def table():
    return pd.concat(
        [
            universe(sweeps.OWN, effects={"dropout": 3.0, "l2": 2.0}),
            universe("training.batch=50", effects={"dropout": 3.5, "l2": 1.5}, rng=1),
            universe("training.schedule=cosine", effects={"dropout": 2.0, "l2": -2.0}, rng=2),
        ],
        ignore_index=True,
    )


def test_a_choice_that_turns_a_verdict_round_is_named(table):
    found = multiverse.verdicts(table).set_index(["kind", "term"])
    assert found.loc[("main", "l2"), ["helps", "hurts", "turned"]].tolist() == [2, 1, ("training.schedule=cosine",)]
    dropout = found.loc[("main", "dropout"), ["universes", "helps", "hurts", "depends", "turned"]]
    assert dropout.tolist() == [3, 3, 0, 0, ()]
    assert found.loc[("conditional", "l2|dropout=1"), "hurts"] == 1
    mine = table[(table["kind"] == "main") & (table["term"] == "dropout")]["estimate"]
    assert found.loc[("main", "dropout"), ["low", "high"]].tolist() == [mine.min(), mine.max()]


def test_words_figure_and_table_say_so(table):
    found = multiverse.verdicts(table)
    said = titles.multiverse(found, TEXTBOOK)
    assert said.startswith("Of 3 universes: no choice turns dropout (helps in 3)")
    assert "L2 helps in 2, but hurts with schedule cosine" in said
    figure = drawn(table, said, 0.5, TEXTBOOK)
    assert "the study's own" in figure.alt and "schedule cosine" in figure.alt and said in figure.alt
    rows = {row[0]: row for row in tables.multiverse(found, "Made", TEXTBOOK, METRICS["test_accuracy"]).rows}
    assert rows["L2"][2:] == (2, 1, 0, 0, "schedule cosine") and "L2 with dropout" in rows


def test_what_depends_on_company_neither_helps_nor_hurts(table):
    place = (table["universe"] == "training.batch=50") & (table["kind"] == "main") & (table["term"] == "dropout")
    table.loc[place, "verdict"] = "depends on l2: +4.0 without, −2.0 with"
    found = multiverse.verdicts(table).set_index(["kind", "term"]).loc[("main", "dropout")]
    assert found[["helps", "hurts", "depends", "turned"]].tolist() == [2, 0, 1, ()]
    assert "dropout (helps in 2, depends on company in 1)" in titles.multiverse(multiverse.verdicts(table), TEXTBOOK)
    shown = study_tables.universes(table, "Made", TEXTBOOK, METRICS["test_accuracy"])
    rows = {row[0]: row[1:] for row in shown.rows}
    assert shown.heads[:3] == ("Universe", "dropout", "L2") and list(rows) == [
        "the study's own", "batch size 50", "schedule cosine"
    ]  # fmt: skip
    assert rows["batch size 50"][0].endswith("*depends*") and rows["the study's own"][0].startswith("**+3")
    assert rows["schedule cosine"][1].startswith("**−2")


def test_how_many_universes_rest_is_said(table):
    assert study_text.rest_of_universes(table) == (
        "Effects have come to rest within the budget in 1 of 3 universes; they still move in 2 (batch size 50 and "
        "schedule cosine)."
    )
    many = pd.concat([table.assign(universe=f"data.train={n}", convergence=UNKNOWN) for n in range(5)])
    assert study_text.rest_of_universes(many) == (
        "Effects have come to rest within the budget in 0 of 5 universes; it is not known in 5."
    )


def test_universes_of_a_study_stand_once(tmp_path):
    file = write_tiny(tmp_path)
    file.write_text(file.read_text() + SWEEPS)
    study = studyfile.load(str(file))
    own = study.experiment("scans").training.learning_rate
    assert own == 0.01 and [point.value for point in sweeps.points(study, "width")] == ["4", "8", "8-8"]
    store(
        study,
        tmp_path / "r",
        lambda cell: 60 + cell.seed + 5 * ("l2" in cell.arm) * (cell.experiment.model.widths == (4,)),
    )
    results = Results(study, Store(tmp_path / "r", study.name))
    assert results.multiverses == ["scans"]
    found = multiverse.universes(results, "scans")
    names = list(dict.fromkeys(found["universe"]))
    assert names == ["training.learning_rate=0.001", "training.learning_rate=0.01", "narrow", "deep"]
    labels = 'labels = ["narrow", "as it is", "deep"]'
    for wrong in ('labels = ["narrow", "deep"]', 'labels = ["narrow", "deep", "deep"]'):
        file.write_text(file.read_text().replace(labels, wrong))
        with pytest.raises(StudyError, match="sweep.width: labels: Expected 3 that differ, one for each value"):
            sweeps.points(studyfile.load(str(file)), "width")
        labels = wrong
    assert found.loc[found["own"], "universe"].unique().tolist() == ["training.learning_rate=0.01"]
    assert set(found["convergence"]) == {UNKNOWN}, "their cells were made up without read-outs"
    l2 = found[(found["kind"] == "main") & (found["term"] == "l2")].set_index("universe")["estimate"]
    assert l2["narrow"] == pytest.approx(5) and l2["deep"] == pytest.approx(0)
