"""Tables say what was estimated, in readers' words."""

import pytest
from conftest import write_tiny
from synthetic import history, runs

from study.analysis import effects
from study.analysis.experiment import ExperimentResults
from study.design import studyfile
from study.design.architectures.tasks import CLASSIFICATION, METRICS
from study.design.arms import ARMS, arms_of, parse_arm
from study.design.factors import TEXTBOOK
from study.exhibits import study_tables, tables
from study.store.frames import readouts_frame


class Made:
    """Results of a made-up lattice, as far as tables ask for them."""

    records, readouts = (), readouts_frame([], TEXTBOOK.names, CLASSIFICATION)
    metric, experiments = METRICS["test_accuracy"], ("scans",)

    def __init__(self, study, frame):
        self.study, self.runs, self.history, self.arms = study, frame, history(frame), arms_of(study)
        self.effects = effects.all_effects(frame, ["scans"], study.equivalence, self.arms)


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    study = studyfile.load(str(write_tiny(tmp_path_factory.mktemp("tables"), seeds="0-5")))
    return ExperimentResults(Made(study, runs(noise=0.3, experiment="scans")), study.experiments["scans"])


def test_arms_are_listed_once_best_first(found):
    table = tables.arms(found)
    assert len(table.rows) == len(ARMS) and table.rows[0][0] == "dropout + batch norm + augmentation"
    means = [float(row[1].split()[0]) for row in table.rows]
    assert means == sorted(means, reverse=True)
    assert all(len(row) == len(table.heads) for row in table.rows) and "6 seeds" in table.caption


def test_effects_and_power_quote_the_effects(found):
    for made in (tables.effects(found), tables.power(found)):
        assert [row[0] for row in made.rows] == ["dropout", "L2", "batch norm", "augmentation", "early stopping"]
        assert [row[-1] for row in made.rows] == list(found.effects("main")["verdict"])
    assert tables.effects(found).caption.endswith("The verdict is on the main effect.")
    assert "p (Holm)" not in tables.effects(found).heads, "with six seeds it cannot fall below 0.156"
    detectable = [float(row[2]) for row in tables.power(found).rows]
    assert detectable == pytest.approx(list(found.effects("main")["detectable"]), abs=0.006)


def test_audit_interactions_and_shares(found):
    assert len(tables.audit(found).rows) == 5 and "Kendall" in tables.audit(found).caption
    assert [row[1] for row in tables.audit(found).rows][3] == "+ (1)"
    assert len(tables.interactions(found).rows) == 16
    shares = tables.shares(found)
    assert [row[1] for row in shares.rows] == [5, 10, 10, 5, 1]


def test_comparison_sets_an_arm_beside_both_ends(found):
    table = tables.comparison(found, parse_arm("dropout+l2"))
    assert list(table.heads) == ["", "Dropout + L2", "None", "All five"]
    assert [row[0] for row in table.rows][:2] == ["Test accuracy (%)", "Test NLL (nats)"]


def test_settings_and_strengths_are_the_study_files(found):
    (row,) = study_tables.settings(found.results).rows
    assert row[:5] == ("Scans", "8 × 8 × 1", "60", "60", "200") and "0.01" in row[-1]
    strengths = {row[0]: row[1] for row in study_tables.strengths(found.results).rows}
    assert strengths["L2"] == "λ 0.001" and strengths["early stopping"] == "patience 2, monitor val loss"
    assert study_tables.strengths(found.results).markdown().startswith("| Regularizer | Scans |\n| :-- | :-- |\n")
