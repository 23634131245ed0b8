"""Early stopping's claims on made-up evidence on both sides, its rules against Keras's, its figure."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from study.claims.claim import LIMITS
from study.claims.criteria import FAILS, HOLDS, UNDECIDED
from study.claims.evidence import Evidence, Unmeasured
from study.claims.topics import ridge, stopping
from study.claims.topics.stopping_rules import minimum, stop, turns
from study.design.factors import TEXTBOOK
from study.design.own import factors as own_factors
from study.exhibits.mechanism_titles import stopping_points as finding
from study.figures.stopping_points import censored, stopping_points

CLAIMS = {claim.name: claim for claim in stopping.CLAIMS}
SEEDS = 6
BUDGET = stopping.EPOCHS


def training(rise, best, stopped, seed, steps=None):
    """Return one training whose validation loss first rises after epoch `rise` and is least at `best`.

    Args:
        steps: from which epoch on test accuracy and NLL are how much, in order.
    """
    epoch = np.arange(1, BUDGET + 1)
    loss = 2 - 0.01 * epoch + 0.02 * np.maximum(0, epoch - best)
    if rise < best:
        loss[rise] += 0.015
    accuracy, nll = np.full(BUDGET, 0.5), np.full(BUDGET, 1.0)
    for start, right, cost in steps or ():
        accuracy[start - 1 :], nll[start - 1 :] = right, cost
    wobble = 1e-4 * (epoch == best) * (seed % 3)
    return {
        "val_loss": list(loss),
        "val_accuracy": list(-loss),
        "stopped": stopped,
        "restored": best,
        "test_accuracy": list(accuracy + wobble),
        "test_nll": list(nll + wobble),
    }


def trials(make, quadratics):
    """Return evidence with both arms alike."""
    return {
        "stopping": [{arm: make(seed) for arm in stopping.ARMS} for seed in range(SEEDS)],
        "quadratics": [quadratics] * SEEDS,
    }


def good(seed):
    """The first rise is the turn, later epochs are worse, and the accuracy turns later than the loss."""
    made = training(20, 20, 30, seed, steps=[(21, 0.4, 2.0)])
    made["val_accuracy"] = list(np.minimum(np.arange(BUDGET), 24) / BUDGET)
    return made


def bad(seed):
    """The loss rises early by chance and turns too late; the last epoch is best; watching accuracy is better."""
    made = training(5, 112, 120, seed, steps=[(112, 0.6, 0.9), (113, 0.7, 0.8)])
    made["val_accuracy"] = list(np.arange(BUDGET) / BUDGET)
    return made


GOOD = trials(good, {"shrinkage": 1e-8, "risk": 1.68})
BAD = trials(bad, {"shrinkage": 1e-3, "risk": 1.8})


def lattice(turned, seconds, factors=TEXTBOOK):
    """Return a stand-in for the lattice: one experiment, arms `none` and `earlystopping`."""
    records, rows = [], []
    for seed in range(SEEDS):
        loss = [1.0 - 0.05 * epoch for epoch in range(12)]
        if turned:
            loss[2] = 0.99
            loss += [0.6] * stopping.PATIENCE
        for stops in (0, 1):
            records.append(
                {"status": "ok", "seed": seed, "factors": {"earlystopping": stops}, "history": {"val_loss": loss}}
            )
            rows.append(
                {
                    "status": "ok",
                    "experiment": "made",
                    "arm": "earlystopping" if stops else "none",
                    "seed": seed,
                    "earlystopping": stops,
                    "seconds": (seconds if stops else 10.0) + 0.01 * seed,
                }
            )
    return SimpleNamespace(records=records, runs=pd.DataFrame(rows), study=SimpleNamespace(factors=factors))


FROM_LATTICE = {"stopping-early-rises", "stopping-turn-lattice", "stopping-seconds"}
KIND, UNKIND = lattice(True, 5.0), lattice(False, 9.9)


@pytest.mark.parametrize("name", CLAIMS)
def test_a_claim_holds_and_fails(name):
    claim = CLAIMS[name]
    assert claim.verdict(claim.estimate(Evidence(GOOD, KIND))) == HOLDS
    found = claim.verdict(claim.estimate(Evidence(BAD, UNKIND)))
    assert found == (LIMITS if claim.limit else FAILS)


@pytest.mark.parametrize("name", sorted(FROM_LATTICE))
def test_without_a_lattice_nothing_is_measured(name):
    with pytest.raises(Unmeasured):
        CLAIMS[name].estimate(Evidence(GOOD))
    with pytest.raises(Unmeasured):
        CLAIMS[name].estimate(Evidence(GOOD, SimpleNamespace(records=[], runs=KIND.runs.iloc[:0], study=KIND.study)))


def test_lattice_claims_ignore_what_they_cannot_use():
    made = lattice(True, 5.0)
    off = {"seed": 0, "factors": {"earlystopping": 0}}
    made.records.append(off | {"status": "diverged", "history": {"val_loss": [1.0, None]}})
    made.records.append(off | {"status": "ok", "history": {}})
    assert CLAIMS["stopping-early-rises"].estimate(Evidence({}, made)).value == 100
    half = made.runs[made.runs["arm"] == "none"].assign(experiment="alone")
    made.runs = pd.concat([made.runs, half])
    found = CLAIMS["stopping-seconds"].estimate(Evidence({}, made))
    assert found.value == pytest.approx(50, abs=0.2) and found.seeds == SEEDS


def test_a_studys_own_factors_are_in_the_lattice_too():
    known = own_factors.collect(["study.training.regularizers.max_norm:MaxNorm"], Path())
    made = lattice(True, 5.0, known)
    made.runs["arm"] = made.runs["arm"].replace({"none": "maxnorm", "earlystopping": "earlystopping+maxnorm"})
    assert CLAIMS["stopping-seconds"].estimate(Evidence({}, made)).value == pytest.approx(50, abs=0.2)


def test_estimates_are_those_computed_by_hand():
    evidence = Evidence(BAD, UNKIND)
    assert CLAIMS["stopping-between-none"].estimate(evidence).value == 107
    assert CLAIMS["stopping-first-rise-none"].estimate(evidence).value == pytest.approx(10, abs=0.02)
    assert CLAIMS["stopping-accuracy-none"].estimate(evidence).value == pytest.approx(-10, abs=0.02)
    assert CLAIMS["stopping-nll-none"].estimate(evidence).value == pytest.approx(-0.1, abs=0.001)
    assert CLAIMS["stopping-epochs-none"].estimate(evidence).value == 100
    assert CLAIMS["stopping-epochs-none"].estimate(Evidence(GOOD)).value == pytest.approx(25)
    assert CLAIMS["stopping-risk"].estimate(evidence).value == pytest.approx(80)


def test_the_sentence_stands_on_the_arm_without_other_regularizers():
    core = {name for name, claim in CLAIMS.items() if claim.core}
    assert core == {"stopping-turn-none", "stopping-epochs-none", "stopping-nll-none"}
    limits = {CLAIMS[f"stopping-{what}-regularized"].limit for what in ("turn", "epochs", "nll")}
    assert limits == {stopping.UNTURNED}


def test_a_share_of_trainings_has_a_binomial_interval():
    claim = CLAIMS["stopping-turn-none"]
    mixed = [{"none": training(5, best, 120, 0)} for best in (20, 20, 20, 115, 115, 115)]
    found = claim.estimate(Evidence({"stopping": mixed}))
    assert found.value == 50 and found.low == pytest.approx(11.81, abs=0.01) and claim.verdict(found) == UNDECIDED
    # Three seeds cannot show it, whatever they say.
    assert claim.verdict(claim.estimate(Evidence({"stopping": GOOD["stopping"][:3]}))) == UNDECIDED
    fired = [{stopping.ARMS[1]: training(5, 20, stopped, 0)} for stopped in (30, 120)]
    assert CLAIMS["stopping-fires-regularized"].estimate(Evidence({"stopping": fired})).value == 50


def test_an_interval_of_a_share_ends_at_all_of_them():
    mixed = [{"none": training(5, 100, stopped, 0)} for stopped in (120, 120, 120, 120, 100, 100)]
    found = CLAIMS["stopping-epochs-none"].estimate(Evidence({"stopping": mixed}))
    assert found.high == 100 and CLAIMS["stopping-epochs-none"].verdict(found) == UNDECIDED


def test_first_rise_and_patience():
    losses = [3, 2, 2.5, 1, 1.2, 1.1, 1.3]
    assert stop(losses, 1) == (3, 2) and stop(losses, 2) == (6, 4) and stop(losses, 9) == (7, 4)
    assert stop([1, 1], 1) == (2, 1), "an epoch no better than the one before is a rise"
    assert stop([1, 2, 3], 1, better=1) == (3, 3) and minimum([2, 1, 1]) == 2
    assert turns([2, 1, 3, 4], 2) and not turns([2, 3, 1, 4], 2) and not turns([3, 2, 1], 1)


def test_the_words_give_the_largest_gap_between_shrinkages():
    assert ridge.largest_gap() == pytest.approx(0.20363, abs=1e-5)
    assert "0.2036" in CLAIMS["stopping-shrinkage"].measurement


def test_rules_are_keras_own(tensorflow):
    import keras

    rng = np.random.default_rng(0)
    for _ in range(20):
        values = list(np.round(rng.standard_normal(15), 1))
        for patience in (1, 3):
            for better, mode in ((-1, "min"), (1, "max")):
                model = SimpleNamespace(stop_training=False, get_weights=list, set_weights=lambda weights: None)
                early = keras.callbacks.EarlyStopping("seen", patience=patience, mode=mode, restore_best_weights=True)
                early.set_model(model)
                early.on_train_begin()
                for epoch, value in enumerate(values):
                    early.on_epoch_end(epoch, {"seen": value})
                    if model.stop_training:
                        break
                assert stop(values, patience, better) == (epoch + 1, early.best_epoch + 1)


def test_sources_and_arms():
    assert tuple("+".join(arm) or "none" for arm in stopping.SETTINGS["arms"]) == stopping.ARMS
    for claim in stopping.CLAIMS:
        assert claim.sentence == 6 and claim.source


def test_the_figure_draws_every_training_and_rule():
    evidence = Evidence(BAD)
    points, costs = stopping.points(evidence), stopping.costs(evidence)
    assert len(points) == 2 * SEEDS and len(costs) == 2 * 3 * 2
    made = stopping_points(points, costs, stopping.PATIENCE)
    assert made.svg.startswith("<?xml") and "6 seeds" in made.caption and "pp [" in made.alt
    assert made.figure.get_size_inches()[0] == pytest.approx(7.2)
    above, accuracy, nll = made.figure.axes
    drawn = {tuple(line.get_xdata()) for line in above.lines if len(line.get_xdata()) == SEEDS}
    assert {(5,) * SEEDS, (112,) * SEEDS, (120,) * SEEDS} == drawn
    assert made.caption.endswith(censored(points, stopping.PATIENCE))
    dots = [line.get_xdata()[0] for line in accuracy.lines if line.get_marker() == "o"]
    wanted = costs[costs["quantity"] == "test_accuracy"]["estimate"]
    assert dots == pytest.approx(list(wanted))
    assert nll.get_xlabel() == "Difference in test NLL (nats; less is better)"
    title = made.figure.get_suptitle().replace("\n", " ")
    assert title == finding(points, costs, stopping.FIRST_RISE)
    assert "in 6 of 6 trainings without other regularizers (stopping there costs 10.0 pp)" in title


def test_what_the_budget_hides_is_counted():
    late, early = stopping.points(Evidence(BAD)), stopping.points(Evidence(GOOD))
    told = censored(pd.concat([early[early["arm"] == "none"], late[late["arm"] != "none"]]), stopping.PATIENCE)
    assert told.startswith("With dropout + augmentation, the minimum of 6 of 6 trainings lies within 10 epochs")
    assert told.endswith("and 6 were not stopped before that end.") and "without" not in told
    assert censored(early, stopping.PATIENCE) == ""


def test_the_title_follows_from_intervals():
    points, costs = (made(Evidence(GOOD)) for made in (stopping.points, stopping.costs))
    assert "in 0 of 6 trainings" in finding(points, costs, stopping.FIRST_RISE)
    assert "undecided" in finding(points, costs.assign(low=-1.0, high=1.0), stopping.FIRST_RISE)
    better = costs.assign(estimate=1.0, low=0.5, high=2.0)
    assert "stopping there gains 1.0 pp" in finding(points, better, stopping.FIRST_RISE)
    assert "no finding" in finding(points, costs.assign(seeds=5), stopping.FIRST_RISE)
