"""Early stopping that never fired is said wherever its effect stands; else nobody hears of it."""

import pytest
from conftest import write_tiny
from synthetic import store

from study.analysis.results import Results
from study.design import studyfile
from study.design.arms import parse_arm
from study.exhibits import arm_text, study_text, tables
from study.exhibits.advice import advice
from study.store.lines import Store

ENDED = "Early stopping never fired within the budget, in none of 96 cells."


def opened(folder, patience) -> Results:
    """Return results whose every cell ran 3 epochs, the best of them the second; early stopping changes nothing."""
    file = write_tiny(folder, seeds="0-5")
    file.write_text(file.read_text().replace("patience = 2", f"patience = {patience}"))
    found = studyfile.load(str(file))
    store(found, folder / "r", lambda cell: 60 + cell.seed + len(set(cell.arm.factors) - {"earlystopping"}))
    return Results(found, Store(folder / "r", found.name))


@pytest.mark.parametrize("patience, fired", [(1, True), (2, False)])
def test_early_stopping_that_never_fired_has_no_verdict(tmp_path, patience, fired):
    results = opened(tmp_path, patience)
    found = results.experiment("scans")
    main, stopping = found.effects("main"), found.training
    assert main.loc["earlystopping", "verdict"] == ("no effect larger than ±0.5 pp" if fired else "never fired")
    answer = study_text.answer("Scans", main, found.factors, stopping, 32)
    title = study_text.finding(main, found.factors)
    rows = {row[0]: row for row in tables.effects(found).rows} | {
        f"power of {row[0]}": row for row in tables.power(found).rows
    }
    every = results.effects[results.effects["term"].str.startswith("earlystopping|")]
    assert (set(every["verdict"]) == {"never fired"}) != fired, "nor beside any other factor"
    assert main.loc["earlystopping", "verdict"] == rows["early stopping"][-1]
    compared = arm_text.compare(found, parse_arm("dropout"), "test_accuracy")
    # One point a factor, early stopping none: seven of the eight arms of one factor, two cells a training, are level.
    assert "\n  rank 23 of 32 by its mean; 7 others cannot be told from it" in compared
    epochs = arm_text.compare(found, parse_arm("dropout"), "epochs_run")
    assert " of 32 by its mean\n" in epochs and "cannot be told" not in epochs, "of what is not judged all seem alike"
    if fired:
        assert "early stopping (0.00 pp [0.00, 0.00]) has no effect" in answer
        assert title.endswith("early stopping: no effect larger than ±0.5 pp")
        assert rows["early stopping"][-1] == rows["power of early stopping"][-1] == main.loc["earlystopping", "verdict"]
        assert not any("never fired" in text for text in (answer, title, compared, study_text.never_fired_on(results)))
    else:
        assert answer.endswith(f"help. {ENDED} Without ending any it makes 0.00 pp [0.00, 0.00].")
        assert "no effect" not in answer and title.endswith("help; early stopping never fired")
        assert rows["early stopping"][-1] == rows["power of early stopping"][-1] == "never fired"
        assert rows["dropout"][-1] == "helps" and f"\n  {ENDED}" in compared
        assert study_text.never_fired_on(results) == "Early stopping never fired within the budget on Scans."
    about = found.title, results.runs, found.name, results.effects, results.arms, found.band
    assert answer in advice(*about, stopping, own=False)
