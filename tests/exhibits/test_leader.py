"""The factor that helps most, what the others are worth beside some, and cells taken from their first epoch."""

import pytest
from conftest import write_tiny
from synthetic import store

from study.analysis.results import Results
from study.design import studyfile
from study.errors import StudyError
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
    assert study_text.leader(found) == "earlystopping" and study_text.asked(found) == ("earlystopping",)
    effects = study_text.beside(found, ("earlystopping",))
    title = study_text.finding_beside(effects, ("earlystopping",), found.factors)
    assert (
        title == "Beside early stopping: augmentation, dropout and batch norm help; L2: no effect larger than ±0.5 pp"
    )
    assert effects.loc["augmentation", "verdict"] == "helps" and list(effects["stops"]) == [0] * 4


def test_early_stopping_that_never_fired_does_not_lead(tmp_path):
    found = made(tmp_path, fires=False)
    assert study_text.asked(found) == ("augmentation",)
    effects = study_text.beside(found, ("augmentation",))
    title = study_text.finding_beside(effects, ("augmentation",), found.factors)
    assert title.startswith("Beside augmentation, without early stopping: dropout and batch norm help; L2: no effect")
    assert "earlystopping" not in effects.index and sorted(effects["stops"]) == [0] * 3 + [1] * 3


@pytest.mark.parametrize("seeds, told", [
    ("0-5", "No main effect clearly helps, so there is no regularizer to judge the others beside."),
    ("0-1", "Too few seeds for a verdict (2)."),
])  # fmt: skip
def test_why_none_leads_is_said(tmp_path, seeds, told):
    found = made(tmp_path, dict.fromkeys(WORTH, -1.0), seeds)
    assert study_text.leader(found) is None and study_text.no_leader(found) == told


def test_effects_beside_are_those_of_the_arms_there(tmp_path):
    """Dropout is worth 2, 6 more beside L2, and 20 less where early stopping is on."""

    def worth(cell):
        on = set(cell.arm.factors)
        return 50 + 2 * ("dropout" in on) + 6 * ({"dropout", "l2"} <= on) - 20 * ({"dropout", "earlystopping"} <= on)

    found = opened(tmp_path, worth)
    for on, without, stopped in ((("augmentation",), 5, -15), (("l2",), 8, -12)):
        effects = study_text.beside(found, on).loc["dropout"].set_index("stops")
        assert effects["estimate"].to_list() == pytest.approx([without, stopped])
    assert study_text.answered(found) == "", "the study asks for no company"


def opened(folder, worth):
    (folder / "made").mkdir()
    study = studyfile.load(str(write_tiny(folder / "made", seeds="0-5")))
    store(study, folder / "made" / "results", worth)
    return Results(study, Store(folder / "made" / "results", study.name)).experiment("scans")


def test_cells_taken_from_their_first_epoch_are_named(tmp_path):
    def worth(cell):
        gone = {"l2", "batchnorm", "earlystopping"} <= set(cell.arm.factors)
        return 80 + 0.5 * cell.seed + 4 * ("l2" in cell.arm) - 60 * gone

    found = opened(tmp_path, worth)
    assert study_text.from_the_start(found) == "", "none has epoch 1 as its best"
    runs = found.results.runs
    gone = runs["earlystopping"].eq(1) & runs["l2"].eq(1) & runs["batchnorm"].eq(1) & runs["seed"].isin((3, 4))
    runs.loc[gone, "best_epoch"] = 1
    said = study_text.from_the_start(found)
    assert said.startswith(
        "On Scans, 8 of 96 cells with early stopping restore epoch 1: 4 of the 32 arms, all with L2, batch norm and "
        "early stopping."
    ), said
    two = "where the other two are on"
    assert f"L2 −56.00 pp [−56.00, −56.00] {two}, +4.00 pp [4.00, 4.00] elsewhere" in said, said
    assert f"batch norm −60.00 pp [−60.00, −60.00] {two}, 0.00 pp [0.00, 0.00] elsewhere" in said, said
    runs.loc[:, "best_epoch"] = 2
    runs.loc[runs["arm"].eq("earlystopping") & runs["seed"].eq(0), "best_epoch"] = 1
    one = study_text.from_the_start(found)
    assert "1 of 96 cells with early stopping restore epoch 1: 1 of the 32 arms, early stopping." in one
    assert one.endswith("Main effects average over these.")


def test_a_fraction_answers_what_its_question_asks(tmp_path):
    head = 'factors = ["study.training.regularizers.max_norm:MaxNorm"]\ndesign = "fractional"\nbeside = ["l2", "l2"]\n'
    file = write_tiny(tmp_path, seeds="0-5")
    file.write_text(head + file.read_text())
    study = studyfile.load(str(file))
    store(
        study,
        tmp_path / "results",
        lambda cell: 50 + 3 * ("dropout" in cell.arm) - 2 * (cell.arm.known.names[-1] in cell.arm),
    )
    found = Results(study, Store(tmp_path / "results", study.name)).experiment("scans")
    said = study_text.answered(found)
    assert said.startswith(
        "Beside L2, without early stopping, averaged over the rest, dropout (+3.00 pp [3.00, 3.00]) helps; "
        "max-norm (−2.00 pp [−2.00, −2.00]) hurts; "
    ), said
    assert study_text.asked(found) == ("l2",)


@pytest.mark.parametrize("head, told", [
    ("", "beside: Expected it in a fraction of the arms alone"),
    ('factors = ["study.training.regularizers.max_norm:MaxNorm"]\ndesign = "fractional"\n', "Received: 'dropuot'"),
])  # fmt: skip
def test_company_that_cannot_be_asked_for_is_refused(tmp_path, head, told):
    file = write_tiny(tmp_path)
    name = "l2" if not head else "dropuot"
    file.write_text(f'{head}beside = ["{name}"]\n{file.read_text()}')
    with pytest.raises(StudyError, match=told):
        studyfile.load(str(file))
