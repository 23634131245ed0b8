"""Whether effects came to rest, on lattices whose changes are known."""

import numpy as np
import pandas as pd
import pytest
from synthetic import runs

from study.analysis.convergence import CONVERGED, MOVING, UNKNOWN, convergence, over_training
from study.design.architectures.tasks import CLASSIFICATION
from study.design.arms import ARMS
from study.store.frames import readouts_frame

BAND = 0.5


def readouts(**by_length):
    """Lattices by length, `at_60={"dropout": 1.0}`, with the same noise."""
    parts = []
    for name, effects in by_length.items():
        part = runs(effects=effects, noise=0.05, rng=1).assign(epochs=int(name.removeprefix("at_")))
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def test_effects_that_stay_have_converged():
    found = convergence(readouts(at_60={"dropout": 1.0}, at_120={"dropout": 1.2}), "made", 120, ARMS, BAND)
    assert found.verdict == CONVERGED and found.seeds == 6
    main = found.moves[(found.moves["kind"] == "main") & (found.moves["term"] == "dropout")].iloc[0]
    assert main["change"] == pytest.approx(0.2, abs=1e-9) and main["whole"] - main["half"] == pytest.approx(0.2)


@pytest.mark.parametrize(
    "half, whole",
    [({"dropout": 1.0}, {"dropout": 2.0}), ({"l2": 0.3}, {"l2": -0.15}), ({"l2": 1.0}, {"l2": 0.55})],
    ids=["moved", "turned round inside the band", "may have moved: 0.45 would do but for chance"],
)
def test_an_effect_that_moves_or_turns_is_still_moving(half, whole):
    table = readouts(at_60=half, at_120=whole)
    if whole == {"l2": 0.55}:
        # Chance that is not shared by the two lengths widens the interval of the change.
        later = table["epochs"] == 120
        table.loc[later, "test_accuracy"] += 0.01 * np.random.default_rng(3).standard_normal(later.sum())
    found = convergence(table, "made", 120, ARMS, BAND)
    assert found.verdict == MOVING
    term = "dropout" if "dropout" in half else "l2"
    assert not found.moves.set_index(["kind", "term"]).loc[("main", term), "rests"]
    assert found.summary()["moving"] >= 1 and found.summary()["farthest"]["change"] == pytest.approx(
        found.farthest["change"]
    )


def test_without_a_read_out_at_half_nothing_is_known():
    only = readouts(at_120={"dropout": 1.0})
    assert convergence(only, "made", 120, ARMS, BAND).verdict == UNKNOWN
    assert convergence(only, "made", 1, ARMS, BAND).verdict == UNKNOWN
    one = readouts(at_60={}, at_120={})
    assert convergence(one[one["seed"] == 0], "made", 120, ARMS, BAND).verdict == UNKNOWN
    assert convergence(only, "made", 120, ARMS, BAND).summary() == {
        "verdict": UNKNOWN, "budget": 120, "seeds": 0, "effects": 0, "moving": 0,
    }  # fmt: skip


def test_effects_over_training_are_those_of_each_length():
    table = over_training(
        readouts(at_60={"dropout": 1.0}, at_120={"dropout": 3.0}), "made", ARMS, BAND, "test_accuracy"
    )
    main = table[(table["kind"] == "main") & (table["term"] == "dropout")]
    assert list(main["value"]) == [60, 120]
    assert np.diff(main["estimate"]) == pytest.approx([2.0])


def test_read_outs_are_rows_by_length():
    shared = {"experiment": "e", "arm": "dropout", "seed": 3, "factors": {"dropout": 1}, "settings": {
        "training": {"epochs": 8}}}  # fmt: skip
    part = {"status": "ok", "metrics": dict.fromkeys(
        ["test_accuracy", "test_nll", "test_ece", "val_accuracy", "val_nll", "train_accuracy", "train_nll"], 0.5),
        "epochs_run": 4, "best_epoch": 3}  # fmt: skip
    record = {**shared, **part, "epochs_run": 8, "readouts": [{"epochs": 4, **part}]}
    found = readouts_frame([record, {**shared, **part}], ["dropout", "l2"], CLASSIFICATION)
    assert list(found["epochs"]) == [4, 8, 8] and list(found["epochs_run"]) == [4, 8, 4]
    assert set(found["l2"]) == {0} and set(found["dropout"]) == {1}
