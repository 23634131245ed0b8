"""Tests that can fail: something is broken on purpose, and the test that holds it goes red.

Each case calls a test of this suite as it is, which passes, and then with one function replaced by a wrong one.
"""

from __future__ import annotations

import importlib.util
import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from conftest import write_tiny
from synthetic import store

from study.analysis import lattice as lattices
from study.claims import criteria
from study.data import splits
from study.design import arms, cells, seeds, settings, studyfile
from study.errors import StudyError
from study.export import digest
from study.statistics import data_worth, estimands, inference, interval, variance
from study.store import lines, status

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Case:
    """What is broken, and the test that must notice.

    Attributes:
        what: is broken, in words.
        test: `folder/file::function`.
        breaks: breaks it by a `pytest.MonkeyPatch`.
        given: arguments of the test; fixtures that it shares with others are at hand.
        smaller: names of the test's own module that are replaced, in both calls, so that it takes seconds.
    """

    what: str
    test: str
    breaks: Callable[[pytest.MonkeyPatch], None]
    given: dict = field(default_factory=dict)
    smaller: dict = field(default_factory=dict)


def swap(original: Callable, wrong: Callable) -> Callable[[pytest.MonkeyPatch], None]:
    """Return what puts a wrong function wherever the study's modules and the test know the right one."""

    def breaks(patch: pytest.MonkeyPatch) -> None:
        for name, module in list(sys.modules.items()):
            if name.partition(".")[0] in ("study", "mutated"):
                for attribute, value in list(vars(module).items()):
                    if value is original:
                        patch.setattr(module, attribute, wrong)

    return breaks


def method(kind: type, name: str, wrong) -> Callable[[pytest.MonkeyPatch], None]:
    """Return what puts a wrong method in the place of a class's own; `wrong` receives the right one."""
    right = inspect.getattr_static(kind, name)
    return lambda patch: patch.setattr(kind, name, wrong(right))


ESTIMANDS, INFERENCE = "statistics/test_estimands.py", "statistics/test_inference.py"
ADDITIVE = f"{ESTIMANDS}::test_an_additive_lattice_has_its_effects_and_no_interactions"
EFFECTS, STORE = "analysis/test_effects.py", "store/test_lines_and_frames.py"
KEYS, DATA = "design/test_arms_and_cells.py", "data/test_data_sets.py"

right_t, right_flip = inference.t_interval, inference.sign_flip
right_by_arm, right_interaction = lattices.by_arm, estimands.interaction
right_best = lattices.best_arm
right_settings, right_key, right_derive = cells.settings, cells.key, seeds.derive
right_survey, right_worth = status.survey, data_worth.worth
right_draw = splits.draw


NUMBERS = [
    Case("Shapley values weigh all coalitions alike", f"{ESTIMANDS}::test_shapley_values_are_means_over_all_orders",
         swap(estimands.shapley, estimands.main)),
    Case("an interaction is halved", f"{ESTIMANDS}::test_a_pair_is_split_half_and_half",
         swap(estimands.interaction, lambda *given: right_interaction(*given) / 2)),
    Case("left out of all is added to none", f"{ESTIMANDS}::test_a_pair_is_split_half_and_half",
         swap(estimands.leave_one_out, estimands.add_one_in)),
    Case("a main effect's sign is turned", ADDITIVE,
         swap(estimands.main, lambda values, name, names: -right_interaction(values, (name,), names))),
    Case("axes stand in another order", f"{EFFECTS}::test_incomplete_seeds_are_left_out",
         method(lattices.Lattice, "_at", lambda _: staticmethod(
             lambda arm: (slice(None), *reversed(arm.switches.values()))))),
    Case("an interval is normal, not t", f"{INFERENCE}::test_t_interval_against_scipy",
         swap(inference.t_quantile, lambda *_: 1.96)),
    Case("an interval is of one value, not of the mean", f"{INFERENCE}::test_t_interval_against_scipy",
         swap(inference.t_interval, lambda values: right_t(values * np.sqrt(len(values))))),
    Case("the sign-flip test is one-sided", f"{INFERENCE}::test_sign_flip_by_hand",
         swap(inference.sign_flip, lambda values: right_flip(values) / 2)),
    Case("Holm's adjustment is Bonferroni's", f"{INFERENCE}::test_holm_by_hand",
         swap(inference.holm, lambda p: np.minimum(1, p * len(p)))),
    Case("which side of a value is turned round", "statistics/test_interval.py::test_sides_are_taken_of_any_value",
         method(interval.Interval, "side", lambda right: lambda self, null=0.0: -right(self, null))),
    Case("shares of variance are not divided by 4 an order",
         "statistics/test_variance.py::test_a_pair_gives_its_known_share",
         swap(variance._shares, lambda per_seed, orders: np.array(
             [(per_seed.mean(axis=0)[orders == k] ** 2).sum() for k in range(1, orders.max() + 1)]))),
    Case("what data are worth is doubled",
         "statistics/test_data_worth.py::test_worth_beyond_what_was_tried_is_a_lower_bound",
         swap(data_worth.worth, lambda *given: 2 * right_worth(*given))),
    Case("a diverged cell counts", f"{EFFECTS}::test_the_seed_of_a_diverged_cell_counts_in_no_metric",
         swap(lattices.by_arm, lambda runs, *rest: right_by_arm(runs.assign(status="ok"), *rest)),
         {"name": "epochs_run"}),
    Case("the best arm is chosen on test data", f"{EFFECTS}::test_the_best_arm_is_chosen_on_validation_data",
         swap(lattices.best_arm,
              lambda runs, *rest: right_best(runs.assign(val_accuracy=runs["test_accuracy"]), *rest))),
    Case("a difference is not paired by seed", f"{EFFECTS}::test_differences_are_paired_by_seed",
         swap(lattices.differences, lambda found, pairs, band: interval.Interval.family(np.stack(
             [found.arm(arm) - np.roll(found.arm(against), 1) for arm, against in pairs], axis=1),
             **found.metric.judged(band)))),
    Case("a claim holds with half its interval",
         "claims/test_ledger.py::test_intervals_decide_both_ways_or_not_at_all",
         method(criteria.Above, "judge", lambda _: lambda self, estimate: criteria._by_interval(
             estimate, estimate.value > self.bound, estimate.value < self.bound)),
         {"criterion": criteria.Above(1), "holds": criteria.Estimate(1.5, 1.1, 2, 6),
          "fails": criteria.Estimate(0.5, 0, 0.9, 6), "open_": criteria.Estimate(1.1, 0.5, 1.5, 6)}),
]  # fmt: skip


def without(part: str) -> Callable:
    return lambda *given: {name: value for name, value in right_settings(*given).items() if name != part}


RECORDS = [
    Case("a key without the budget", f"{KEYS}::test_key_follows_only_what_decides_the_cell",
         swap(cells.settings, without("training"))),
    Case("a key without strengths", f"{KEYS}::test_key_follows_only_what_decides_the_cell",
         swap(cells.settings, without("strengths"))),
    Case("a key with the strengths of factors that are off", f"{KEYS}::test_key_follows_only_what_decides_the_cell",
         swap(cells.settings, lambda experiment, arm: right_settings(experiment, arm) | {
             "strengths": right_settings(experiment, arms.ARMS[-1])["strengths"]})),
    Case("a key without the seed", f"{KEYS}::test_key_is_the_hash_of_canonical_json",
         swap(cells.key, lambda experiment, arm, seed, found: right_key(experiment, arm, 0, found))),
    Case("a seed that does not depend on its purpose", f"{KEYS}::test_derived_seeds_depend_on_every_word",
         swap(seeds.derive, lambda seed, *purpose: right_derive(seed))),
    Case("a draw that does not depend on the seed", f"{DATA}::test_the_seed_decides_the_draw",
         swap(splits.draw, lambda data, seed: right_draw(data, 0))),
    Case("the path of a user's data is part of the key", "design/test_studyfile.py::test_moved_npz_is_the_same_data",
         method(settings.Data, "settings", lambda right: lambda self: right(self) | {"file": str(self.file)})),
    Case("a line edited by hand is believed", f"{STORE}::test_a_line_changed_by_hand_is_refused",
         swap(lines._digest, lambda text: "0" * 16),
         {"edit": lambda text: text.replace('"test_accuracy":0.5', '"test_accuracy":0.9'), "words": "changed after"}),
    Case("a torn line is kept", f"{STORE}::test_appending_cuts_a_torn_line_off",
         swap(lines._whole, lambda handle: lines.os.fstat(handle).st_size)),
    Case("a stale record counts as done", f"{STORE}::test_survey_sorts_cells",
         swap(status.survey, lambda todo, records: right_survey(
             todo, {cell.place: records[cell.place] | {"key": cell.key} for cell in todo if cell.place in records}))),
    Case("a digest that metrics do not move", "export/test_digest.py::test_it_is_another_for_other_results",
         lambda patch: patch.setattr(digest, "canonical", lambda parts: str(parts[:2])),
         {"change": lambda found: [found[0], found[1] | {"metrics": found[1]["metrics"] | {"test_accuracy": 0.1}}]}),
]  # fmt: skip


@pytest.mark.parametrize("case", [*NUMBERS, *RECORDS], ids=lambda case: case.what)
def test_breaking_it_turns_its_test_red(case, tmp_path):
    goes_red(case, tmp_path)


def ends_at_its_last_weights(right):
    """Return early stopping that gives the weights of the moment for the best ones."""
    from study.training import callbacks

    def made(experiment):
        found = right(experiment)
        kind = type("Forgetful", (type(found),), {
            "best_weights": property(lambda self: self.model.get_weights(), lambda self, value: None),
        })  # fmt: skip
        found.__dict__.pop("best_weights", None)
        found.__class__ = kind
        return found

    return swap(callbacks.early_stopping, made)


def trained() -> list[Case]:
    """Return what is broken in a training."""
    import keras

    from study.training import batches, callbacks, metrics, networks
    from study.training.run import Run

    trainer = "training/test_trainer.py"
    right_batches = batches.batches
    keras_l2 = keras.regularizers.L2
    some = tuple(map(arms.parse_arm, ("none", "dropout+batchnorm")))

    def weights_stay(right):
        def fired(self, averaged):
            best = self.state.watches[averaged].best_weights
            right(self, averaged)
            self.model.set_weights(best)

        return fired

    def not_gone_back(right):
        def aside(self, length):
            right(self, length)
            weights = self.model.trainable_variables[0]
            weights.assign(weights + 1e-3)

        return aside

    def one_order(rng, examples, batch):
        return right_batches(np.random.default_rng(0), examples, batch)

    def named_by_arm(right):
        return lambda self, name: right(self, f"{name} of {self.arm.name}")

    return [
        Case("early stopping does not restore its best weights",
             f"{trainer}::test_early_stopping_on_invented_losses", ends_at_its_last_weights(callbacks.early_stopping)),
        Case("the training goes on from the weights that were read out",
             f"{trainer}::test_a_shared_trajectory_equals_two_trainings", method(Run, "_fire", weights_stay),
             {"arm": "none"}),
        Case("a training goes on from a read-out's weights",
             "training/test_readouts.py::test_a_read_out_is_a_training_of_that_length",
             method(Run, "_aside", not_gone_back), {"arm": "none", "schedule": "cooled"}),
        Case("every epoch and seed has one order of batches",
             f"{trainer}::test_equal_seeds_give_equal_batches_in_all_arms", swap(batches.batches, one_order),
             smaller={"TRAJECTORIES": some}),
        Case("initial weights depend on the arm", f"{trainer}::test_equal_seeds_give_equal_weights_in_all_arms",
             method(networks.Layers, "_he", named_by_arm), smaller={"ARMS": some}),
        Case("L2 is λ and not λ/2", f"{trainer}::test_l2_is_half_lambda_times_the_sum_of_squares_of_kernels",
             lambda patch: patch.setattr(keras.regularizers, "L2", lambda penalty: keras_l2(2 * penalty))),
        Case("NLL in bits", "training/test_metrics.py::test_accuracy_and_nll_by_hand",
             swap(metrics.log_softmax, lambda x, axis: np.log2(np.exp(x)))),
        Case("accuracy is measured while dropout acts",
             f"{trainer}::test_dropout_acts_on_hidden_units_in_training_only",
             method(keras.layers.Dropout, "call", lambda right: lambda self, x, training=False: right(self, x, True))),
    ]  # fmt: skip


@pytest.mark.parametrize("number", range(8))
def test_breaking_a_training_turns_its_test_red(number, tmp_path, tensorflow):
    found = trained()
    assert len(found) == 8
    goes_red(found[number], tmp_path)


def goes_red(case: Case, folder: Path) -> None:
    """Call a case's test as it is, and then broken.

    Raises:
        AssertionError: if the test is red before, or green after.
    """
    file, _, name = case.test.partition("::")
    module = loaded(file)
    test = getattr(module, name)
    with pytest.MonkeyPatch.context() as patch:
        for attribute, value in case.smaller.items():
            patch.setattr(module, attribute, value)
        call(test, folder / "whole", case.given)
        case.breaks(patch)
        try:
            call(test, folder / "broken", case.given)
        except (AssertionError, pytest.fail.Exception, StudyError):
            return
    pytest.fail(f"{case.test} is green although {case.what}")


def loaded(file: str) -> ModuleType:
    """Return a module of tests, imported for itself."""
    spec = importlib.util.spec_from_file_location("mutated", HERE / file)
    assert spec and spec.loader
    module = sys.modules["mutated"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def call(test: Callable, folder: Path, given: dict) -> None:
    """Call a test with the fixtures that it asks for, in a folder of its own."""
    folder.mkdir()
    tiny = studyfile.load(str(write_tiny(folder)))
    with pytest.MonkeyPatch.context() as patch:
        at_hand = {"tmp_path": folder, "monkeypatch": patch, "tiny": tiny, **given}
        at_hand |= dict.fromkeys(("mlp", "experiment", "base"), tiny.experiments["scans"])
        wanted = inspect.signature(test).parameters
        if "store" in wanted:
            store(tiny, folder / "results", lambda cell: 70.0 + cell.seed)
            at_hand["store"] = lines.Store(folder / "results", tiny.name)
        test(**{name: at_hand[name] for name in wanted})
