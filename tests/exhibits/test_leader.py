"""The factor that helps most, what the others are worth beside it, and arms whose seeds end far apart."""

import pytest
from conftest import write_tiny
from synthetic import store

from study.analysis.results import Results
from study.design import studyfile
from study.exhibits import study_text
from study.store.lines import Store

WORTH = {"dropout": 2.0, "l2": 0.0, "batchnorm": 1.0, "augmentation": 8.0, "earlystopping": 9.0}


def made(folder, worth=WORTH, seeds="0-5", fires=True):
    """Return an experiment whose arms are worth what their factors are; its early-stopped cells end one epoch after
    their best."""
    file = write_tiny(folder, seeds=seeds)
    file.write_text(file.read_text().replace("patience = 2", f"patience = {1 if fires else 3}"))
    found = studyfile.load(str(file))
    store(found, folder / "results", lambda cell: 50 + sum(worth[name] for name in cell.arm.factors))
    return Results(found, Store(folder / "results", found.name)).experiment("scans")


def test_the_factor_that_helps_most_leads(tmp_path):
    found = made(tmp_path)
    assert study_text.leader(found) == "earlystopping"
    effects, title = study_text.beside_leader(found, "earlystopping")
    assert (
        title == "Beside early stopping: augmentation, dropout and batch norm help; L2: no effect larger than ±0.5 pp"
    )
    assert effects.loc["augmentation|earlystopping=1", "verdict"] == "helps"


def test_early_stopping_that_never_fired_neither_leads_nor_has_a_verdict(tmp_path):
    found = made(tmp_path, fires=False)
    assert study_text.leader(found) == "augmentation"
    effects, title = study_text.beside_leader(found, "augmentation")
    assert title.startswith("Beside augmentation: dropout and batch norm help; L2: no effect")
    assert title.endswith("; early stopping never fired") and "stopping help" not in title
    assert effects.loc["earlystopping|augmentation=1", "verdict"] == "never fired"


@pytest.mark.parametrize("seeds, told", [
    ("0-5", "No main effect clearly helps, so there is no regularizer to judge the others beside."),
    ("0-1", "Too few seeds for a verdict (2)."),
])  # fmt: skip
def test_why_none_leads_is_said(tmp_path, seeds, told):
    found = made(tmp_path, dict.fromkeys(WORTH, -1.0), seeds)
    assert study_text.leader(found) is None and study_text.no_leader(found) == told


def test_arms_whose_seeds_end_far_apart_are_named(tmp_path):
    def worth(cell):
        gone = cell.seed == 3 and {"l2", "batchnorm"} <= set(cell.arm.factors)
        return 80 + 0.5 * cell.seed - 60 * gone

    found = made(tmp_path, seeds="0-5")
    assert study_text.scattered(found) == "", "all seeds are alike"
    (tmp_path / "far").mkdir()
    file = write_tiny(tmp_path / "far", seeds="0-5")
    far = studyfile.load(str(file))
    store(far, tmp_path / "far" / "results", worth)
    said = study_text.scattered(Results(far, Store(tmp_path / "far" / "results", far.name)).experiment("scans"))
    assert said.startswith(
        "On Scans, seeds end far apart in 8 of the 32 arms, all with L2 and batch norm: by up to 61.0 pp"
    )
    assert "in the median arm by 2.5 pp" in said
