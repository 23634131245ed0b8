"""A training judged on the way is, there, a training of that length; and what schedules do to the learning rate."""

import numpy as np
import pytest
from conftest import write_tiny

from study.data.splits import split
from study.design import studyfile
from study.design.arms import parse_arm
from study.design.budget import kept, sparse
from study.design.cells import Cell
from study.store import records

pytestmark = pytest.mark.usefixtures("tensorflow")

EVERYTHING = "dropout+l2+batchnorm+augmentation"


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return studyfile.load(str(write_tiny(tmp_path_factory.mktemp("readouts")))).experiments["scans"]


def budget(base, **training):
    return base.model_copy(update={"training": base.training.model_validate(base.training.model_dump() | training)})


def train(experiment, arm="none", stops=(False, True), callbacks=None, seed=0, readouts=True):
    from study.training.batches import Tensors
    from study.training.trainer import Trainer

    made = Trainer(experiment, parse_arm(arm), (8, 8, 1), 10, callbacks)
    return made.train(Tensors(split(experiment.data, seed)), seed, stops, readouts)


def told(outcome):
    return outcome.status, outcome.metrics, outcome.epochs_run, outcome.best_epoch


@pytest.mark.parametrize("schedule", ["constant", "cooled"])
@pytest.mark.parametrize("arm", ["none", EVERYTHING])
def test_a_read_out_is_a_training_of_that_length(base, schedule, arm):
    whole = budget(base, schedule=schedule, epochs=80, learning_rate=0.05, readouts=[0.125, 0.3, 0.5])
    found = train(whole, arm)
    unread = train(whole, arm, readouts=False)
    stopped_early = 0
    for number, length in enumerate([10, 24, 40]):
        shorter = train(budget(base, schedule=schedule, epochs=length, learning_rate=0.05, readouts=[]), arm)
        for stopped in (False, True):
            kept = found[stopped].readouts[number]
            assert kept["epochs"] == length
            assert tuple(kept[name] for name in ("status", "metrics", "epochs_run", "best_epoch")) == told(
                shorter[stopped]
            )
        stopped_early += shorter[True].epochs_run < length
    for stopped in (False, True):
        assert told(found[stopped]) == told(unread[stopped]) and found[stopped].history == unread[stopped].history
        assert unread[stopped].readouts == []
        [alone] = train(whole, arm, [stopped]).values()
        assert told(alone) == told(found[stopped])
        assert (alone.history, alone.readouts) == (found[stopped].history, found[stopped].readouts)
    if arm == "none":
        assert stopped_early  # else nothing was shown of early stopping that fires on the way


def test_a_cooled_rate_is_constant_and_then_falls_to_zero(base):
    from study.training.optimizers import rate

    training = budget(base, schedule="cooled", epochs=20).training
    cooled = rate(training, steps=3)
    seen = np.array([float(cooled(step)) for step in range(60)])
    np.testing.assert_array_equal(seen[:49], np.float32(training.learning_rate))
    np.testing.assert_allclose(seen[48:], training.learning_rate * np.arange(12, 0, -1) / 12, rtol=1e-6)
    cooled.until(5)
    assert float(cooled(11)) == np.float32(training.learning_rate)
    np.testing.assert_allclose(float(cooled(14)), training.learning_rate / 3, rtol=1e-6)


def test_schedules_are_those_that_keras_would_follow(base):
    import keras

    from study.training.optimizers import rate

    training = budget(base, schedule="cosine", epochs=20).training
    theirs = keras.optimizers.schedules.CosineDecay(training.learning_rate, 60)
    ours = rate(training, steps=3)
    assert [float(ours(step)) for step in (0, 30, 59)] == [float(theirs(step)) for step in (0, 30, 59)]
    assert training.lengths == [20] and rate(budget(base, schedule="constant").training, 3) == training.learning_rate


def test_momentum_is_that_of_sgd_alone(base):
    sgd = budget(base, optimizer="sgd", momentum=0.9, epochs=3, readouts=[])
    plain = budget(base, optimizer="sgd", epochs=3, readouts=[])
    assert train(sgd)[False].metrics != train(plain)[False].metrics
    assert "momentum" in sgd.training.settings() and "momentum" not in plain.training.settings()
    assert "momentum" not in budget(base, momentum=0.9).training.settings()


def test_a_cooled_training_settles(base):
    """The last epochs of a constant rate still jump; the cooled one's hardly move."""
    jumps = {}
    for schedule in ("constant", "cooled"):
        long = budget(base, schedule=schedule, epochs=60, learning_rate=0.03, readouts=[])
        losses = train(long, "dropout")[False].history["val_loss"]
        jumps[schedule] = np.abs(np.diff(losses[-5:])).mean()
    assert jumps["cooled"] < jumps["constant"] / 2


def test_callbacks_that_act_make_every_length_a_training_of_its_own(base):
    import keras

    class Halves(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.optimizer.learning_rate = self.model.optimizer.learning_rate * 0.5

        def on_train_end(self, logs=None):
            ended.append(self.params["epochs"])

    ended = []
    whole = budget(base, epochs=12, readouts=[0.5])
    found = train(whole, callbacks=lambda: [Halves()])
    assert sorted(ended) == [6, 6, 12, 12]
    short = train(budget(base, epochs=6, readouts=[]), callbacks=lambda: [Halves()])
    for stopped in (False, True):
        assert found[stopped].readouts[0]["metrics"] == short[stopped].metrics


def test_a_callback_that_sets_the_rate_is_refused_under_a_schedule(base):
    import keras

    from study.errors import StudyError

    with pytest.raises(StudyError, match="ReduceLROnPlateau. It can be used where training.schedule is 'constant'"):
        train(budget(base, schedule="cooled"), callbacks=lambda: [keras.callbacks.ReduceLROnPlateau()])


def test_a_loss_that_is_not_finite_aside_leaves_the_trunk_as_it_was(base, monkeypatch):
    from study.training.run import Run

    real, seen = Run._epoch, []

    def spoiled(self, validated):
        found = real(self, validated)
        seen.append(self.trainer.rate.end.numpy() / 3)
        return found | ({"loss": float("nan")} if seen[-1] == 10 and self.state.epoch == 8 else {})

    monkeypatch.setattr(Run, "_epoch", spoiled)
    patient = base.strengths.model_copy(
        update={"earlystopping": base.strengths.earlystopping.model_copy(update={"patience": 50})}
    )
    found = train(budget(base, schedule="cooled", epochs=20, readouts=[0.5]).model_copy(update={"strengths": patient}))
    for stopped in (False, True):
        assert found[stopped].readouts[0]["status"] == "diverged" and found[stopped].status == "ok"
        assert set(found[stopped].readouts[0]["metrics"].values()) == {None}


@pytest.mark.parametrize("epochs", [1, 7, 200, 201, 240, 960, 1500, 100_000])
def test_histories_keep_two_hundred_epochs_densest_at_the_start(epochs):
    numbers = kept(epochs)
    gaps = np.diff(numbers)
    assert numbers[0] == 1 and numbers[-1] == epochs and len(numbers) == min(epochs, len(numbers))
    assert 190 <= len(numbers) <= 200 if epochs > 200 else numbers == tuple(range(1, epochs + 1))
    assert (gaps >= 1).all()


@pytest.mark.parametrize("epochs", [1, 7, 50, 51, 120, 480, 1920])
def test_of_a_sweep_a_quarter_of_these_is_kept_and_told_from_all(epochs):
    numbers = sparse(epochs)
    assert set(numbers) <= set(kept(epochs)) and (numbers[0], numbers[-1]) == (1, epochs)
    assert list(numbers) == sorted(set(numbers)) and (len(numbers) <= 51 if epochs > 50 else len(numbers) == epochs)
    for run in {1, min(epochs, 5), epochs // 3 + 1, epochs}:
        for rule in (range(1, run + 1), kept(epochs), numbers):
            here = [epoch for epoch in rule if epoch <= run]
            record = {"epochs_run": run, "history": {"loss": here}, "settings": {"training": {"epochs": epochs}}}
            assert records.epochs(record) == here


@pytest.mark.parametrize("all_of_them", [False, True])
def test_a_cell_of_a_sweep_is_stored_with_the_values_of_the_epochs_it_keeps(base, all_of_them):
    known = budget(base, epochs=480)
    numbers = range(1, 301) if all_of_them else [epoch for epoch in kept(480) if epoch <= 300]
    made = {
        name: records.make(
            Cell(known.model_copy(update={"name": name}), parse_arm("none"), 0),
            status="ok",
            metrics={},
            epochs_run=300,
            best_epoch=3,
            seconds=1.0,
            history={"loss": [float(number) for number in numbers]},
            provenance={},
        )
        for name in ("a", "a.sweep@3")
    }
    assert made["a"]["history"]["loss"] == [epoch for epoch in kept(480) if epoch <= 300]
    assert made["a.sweep@3"]["history"]["loss"] == [epoch for epoch in sparse(480) if epoch <= 300]


def test_a_long_training_is_validated_where_its_history_is_kept(base):
    long = budget(base, epochs=260, readouts=[])
    found = train(long, stops=(False, True))
    numbers = kept(260)
    full, stopped = found[False], found[True]
    assert len(full.history["val_loss"]) == len(numbers) < 260
    assert stopped.epochs_run < 260
    assert stopped.history["loss"] == full.history["loss"][: len(stopped.history["loss"])]
    best = numbers[int(np.argmin(full.history["val_loss"]))]
    assert full.best_epoch == best
