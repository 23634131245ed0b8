"""Claims on batch norm: every criterion on both sides, by made-up evidence; the figure drawn from it."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from study.claims.claim import BESIDE
from study.claims.criteria import FAILS, HOLDS, UNDECIDED
from study.claims.estimate import Estimate, over_seeds
from study.claims.evidence import Evidence, Unmeasured
from study.claims.topics import batch_noise, convergence, variance_shift
from study.claims.topics.batchnorm import CLAIMS, MECHANISMS, pictured
from study.claims.topics.ratio import ratio_over_seeds
from study.design.factors import NAMES
from study.exhibits.mechanism_titles import batch_normalization as finding
from study.figures.batch_normalization import ARMS, batch_normalization

BY_NAME = {claim.name: claim for claim in CLAIMS}
SEEDS = range(6)


def jitter(size: float) -> list[float]:
    """Return one small deviation a seed, summing to zero."""
    return [size * (seed - 2.5) / 2.5 for seed in SEEDS]


def steps(fewest_none: int, fewest_batchnorm: int, reached_none: int = 4, reached_batchnorm: int = 6) -> dict:
    """Return trials of the three step counts whose best learning rate is the second."""
    trials = {}
    for name, rates in convergence.RATES.items():
        trials[name] = []
        for seed in SEEDS:
            values = {}
            for arm, fewest, reached in (
                ("none", fewest_none, reached_none),
                ("batchnorm", fewest_batchnorm, reached_batchnorm),
            ):
                counts = [fewest + seed + 50 * abs(place - 1) for place in range(len(rates))]
                values[arm] = [count if place < reached else None for place, count in enumerate(counts)]
            trials[name].append(values)
    return trials


def noise(batch: float, population: float, slope: float = 0.0, smallest: tuple[float, float] = (90.0, 0.0)) -> dict:
    """Return trials in which test accuracy is 40 % without batch norm, and so many points more with it, the
    noise adding `slope` a doubling of the batch size. `smallest`: with batches of the smallest size, the training
    accuracy with batch norm, and the points of test accuracy that it loses."""
    doublings = np.log2(np.array(batch_noise.BATCHES) / 50)
    lost = smallest[1] * (np.array(batch_noise.BATCHES) == min(batch_noise.BATCHES))
    fit = [smallest[0] if batch == min(batch_noise.BATCHES) else 100.0 for batch in batch_noise.BATCHES]
    trials = []
    for change in jitter(0.2):
        accuracy = {
            "none": 40 + 0 * doublings,
            "batch": 40 + batch + change + slope * doublings - lost,
            "population": 40 + population + 0 * doublings,
        }
        train = dict.fromkeys(accuracy, [100.0] * len(fit)) | {"batch": [value + change for value in fit]}
        trials.append({name: {"test": list(values), "train": train[name]} for name, values in accuracy.items()})
    return {"population-statistics": trials}


def spread(power: float, constant: float = 1.0, deviation: float = 0.0) -> dict:
    """Return trials in which batch statistics vary as a power of M, but for the finite training set."""
    sizes = batch_noise.independent(batch_noise.SIZES)
    trials = []
    for change in jitter(1e-3):
        table = dict.fromkeys(("mean", "variance"), list(constant * sizes ** (power + change)))
        exact = {"with_replacement": deviation, "without_replacement": 0.0}
        trials.append({"exact": exact, "network": table})
    return {"batch-statistics": trials}


def shifted(deviation: float = 0.0, ratio: float = 0.7, repaired: float = 5.0) -> dict:
    """Return trials in which the layers deviate from the formula by `deviation`."""
    layers = {
        kind: [variance_shift.shift(keep, kind) + deviation for keep in variance_shift.KEEP]
        for kind in variance_shift.MOMENTS
    }
    trials = []
    for change in jitter(0.01):
        table = {"ratio": ratio + change, "moving": 50.0, "recomputed": 51 + repaired + change}
        control = {"ratio": 1.0, "moving": 50.0, "recomputed": 51.0}
        trials.append({"layers": layers, "after": table, "before": table, "without": control})
    return {"variance-shift": trials}


SIDES = {
    "batchnorm-steps": (steps(200, 100), steps(106, 101)),
    "batchnorm-steps-sgd": (steps(200, 100), steps(100, 200)),
    "batchnorm-steps-deep": (steps(200, 100), steps(100, 200)),
    "batchnorm-steps-size": (steps(300, 100), steps(110, 100)),
    "batchnorm-rates": (steps(200, 100, 3, 6), steps(200, 100, 6, 3)),
    "batch-mean-exact": (spread(-1, deviation=1e-14), spread(-1, deviation=1e-6)),
    "batch-mean-network": (spread(-1), spread(-1.2)),
    "batch-mean-constant": (spread(-1), spread(-1, 1.2)),
    "batch-variance-network": (spread(-1), spread(-0.5)),
    "batchnorm-noise": (noise(3, 1), noise(1, 3)),
    "batchnorm-noise-worst": (noise(3, 1), noise(3, 1, smallest=(90, 4))),
    "batchnorm-noise-fit": (noise(3, 1, smallest=(100, 0)), noise(3, 1)),
    "batchnorm-mainly": (noise(3, 0), noise(3, 1)),
    "batchnorm-noise-share": (noise(3, 1), noise(3, 2)),
    "batchnorm-batch-size": (noise(3, 1, -0.5), noise(3, 1, 0.5)),
    "variance-shift-formula": (shifted(0.005), shifted(0.02)),
    "variance-shift-network": (shifted(ratio=0.7), shifted(ratio=1.3)),
    "variance-shift-repair": (shifted(repaired=5), shifted(repaired=-5)),
    "variance-shift-repair-study": (shifted(repaired=5), shifted(repaired=-5)),
}


def judged(name: str, trials: dict) -> str:
    claim = BY_NAME[name]
    return claim.criterion.judge(claim.estimate(Evidence(trials)))


def lattice(ratio: float) -> Evidence:
    """Return a lattice of two experiments, in which batch norm takes so many times the seconds; with early
    stopping it takes a hundred times as many, and there are cells that must not count."""
    rows = []
    for experiment, plain in (("a", 1.0), ("b", 20.0)):
        for seed in SEEDS:
            for batchnorm in (0, 1):
                for stops in (0, 1):
                    factors = dict.fromkeys(NAMES, 0) | {"batchnorm": batchnorm, "earlystopping": stops}
                    seconds = plain * (ratio + 0.001 * seed) ** batchnorm * 100 ** (stops * batchnorm)
                    rows.append(factors | {"experiment": experiment, "seed": seed, "status": "ok", "seconds": seconds})
    rows.append(rows[0] | {"dropout": 1, "seconds": 1e6})
    rows.append(rows[0] | {"l2": 1, "seconds": 1e6, "status": "diverged"})
    rows.append(rows[0] | {"l2": 1, "batchnorm": 1})
    return Evidence({}, SimpleNamespace(runs=pd.DataFrame(rows)))


def test_seconds_are_compared_within_an_arm_without_early_stopping():
    claim = BY_NAME["batchnorm-seconds"]
    found = claim.estimate(lattice(1.5))
    assert found.value == pytest.approx(1.5, abs=0.01) and found.seeds == len(SEEDS)
    assert claim.criterion.judge(found) == FAILS and claim.limit
    assert claim.criterion.judge(claim.estimate(lattice(1.02))) == HOLDS
    for without in (Evidence({}), Evidence({}, SimpleNamespace(runs=lattice(1).results.runs.iloc[:0]))):
        with pytest.raises(Unmeasured):
            claim.estimate(without)


def test_every_claim_is_tried():
    assert set(SIDES) | {"batchnorm-seconds"} == set(BY_NAME)
    assert {claim.sentence for claim in CLAIMS} == {7}


@pytest.mark.parametrize("name", SIDES)
def test_criterion_holds_on_one_side_and_fails_on_the_other(name):
    good, bad = SIDES[name]
    assert judged(name, good) == HOLDS
    assert judged(name, bad) == FAILS


@pytest.mark.parametrize("name", [name for name in SIDES if name not in ("variance-shift-formula", "batch-mean-exact")])
def test_five_seeds_decide_nothing(name):
    good = {mechanism: values[:5] for mechanism, values in SIDES[name][0].items()}
    assert judged(name, good) == UNDECIDED


def test_the_sentence_stands_or_falls_with_speed_and_noise():
    assert {claim.name for claim in CLAIMS if claim.core} == {"batchnorm-steps", "batchnorm-noise", "batchnorm-mainly"}
    assert BY_NAME["batchnorm-noise-share"].limit and BY_NAME["batchnorm-noise-worst"].limit


def test_the_sentence_says_neither_formulas_nor_dropout():
    beside = {claim.name for claim in CLAIMS if claim.role == BESIDE}
    assert {name for name in BY_NAME if name.startswith(("variance-shift", "batch-"))} <= beside


@pytest.mark.parametrize("name", ["batchnorm-steps", "batchnorm-steps-sgd", "batchnorm-steps-deep"])
def test_a_few_percent_fewer_steps_are_not_faster(name):
    assert judged(name, steps(106, 100)) == FAILS


def test_only_batch_sizes_at_which_all_networks_fit_tell_what_the_noise_does():
    # At the smallest size, which is not fitted, the noise seems to cost four points.
    unfitted = Evidence(noise(3, 1, smallest=(90, 4)))
    assert batch_noise.fitting(unfitted) == batch_noise.BATCHES[1:]
    assert batch_noise.noise(unfitted).value == pytest.approx(2)
    assert batch_noise.noise_per_doubling(unfitted).value == pytest.approx(0)
    fitted = Evidence(noise(3, 1, smallest=(100, 4)))
    assert batch_noise.fitting(fitted) == batch_noise.BATCHES
    assert batch_noise.noise(fitted).value == pytest.approx(1)


def test_where_no_network_fits_the_noise_is_not_measured():
    made = noise(3, 1)
    for table in made["population-statistics"]:
        table["none"]["train"] = [50.0] * len(batch_noise.BATCHES)
    with pytest.raises(Unmeasured):
        batch_noise.noise(Evidence(made))
    exhibit = batch_normalization(pictured(evidence(**made)))
    assert "no batch size shows its noise apart from underfitting" in exhibit.alt


def test_effects_at_all_batch_sizes_are_judged_together():
    trials = noise(3, 1, smallest=(90, 4))
    found = batch_noise.noise_at_worst(Evidence(trials))
    alone = over_seeds(batch_noise.difference(Evidence(trials), "batch", "population")[:, 0])
    assert found.value == pytest.approx(alone.value) == pytest.approx(-2)
    assert found.low < alone.low and found.high > alone.high


def test_mechanisms_have_names_of_their_own():
    names = [mechanism.name for mechanism in MECHANISMS]
    assert len(set(names)) == len(names)
    assert {mechanism.topic for mechanism in MECHANISMS} == {"batchnorm"}


def test_steps_at_the_best_learning_rate():
    assert convergence.fewest([None, 90, 70, None]) == 70
    assert convergence.fewest([None, None]) == convergence.LONGEST
    estimate = convergence.speedup(Evidence(steps(200, 100)), "steps-adam")
    assert estimate.value == pytest.approx(np.exp(np.mean([np.log((200 + s) / (100 + s)) for s in SEEDS])))


def test_ratios_are_averaged_as_logarithms():
    found = ratio_over_seeds([0.5, 2.0])
    assert found.value == pytest.approx(1)
    assert found.low * found.high == pytest.approx(1)
    assert found.seeds == 2


def test_noise_and_the_rest_add_up_to_batch_norm():
    evidence = Evidence(noise(3, 1))
    assert batch_noise.noise(evidence).value == pytest.approx(2)
    assert batch_noise.conditioning(evidence).value == pytest.approx(1)
    assert batch_noise.noise_beyond_conditioning(evidence).value == pytest.approx(1)
    assert batch_noise.noise_per_doubling(Evidence(noise(3, 1, -0.5))).value == pytest.approx(-0.5)


def test_repair_is_judged_against_the_network_without_dropout():
    # The control gains one point by itself.
    assert variance_shift.repair(Evidence(shifted(repaired=5)), "before").value == pytest.approx(5)


@pytest.mark.parametrize("keep, relu", [(0.9, 0.860), (0.8, 0.732), (0.7, 0.614), (0.5, 0.405)])
def test_variance_shift_as_published(keep, relu):
    assert variance_shift.shift(keep, "gaussian") == pytest.approx(keep)
    assert variance_shift.shift(keep, "relu") == pytest.approx(relu, abs=1e-3)


def evidence(**changed) -> Evidence:
    trials = steps(200, 100) | noise(3, 1) | changed
    return Evidence(trials)


def test_figure_draws_every_rate_and_marks_what_was_not_reached():
    exhibit = batch_normalization(pictured(evidence()))
    panels = exhibit.figure.axes
    assert len(panels) == 4
    for axes, rates in zip(panels, convergence.RATES.values()):
        lines = {line.get_label(): line for line in axes.lines}
        for arm, reached in (("none", 4), ("batchnorm", 6)):
            line = lines[ARMS[arm][0]]
            assert np.isfinite(line.get_ydata()).sum() == reached
        crosses = [line for line in axes.lines if line.get_marker() == "x"]
        assert [len(line.get_xdata()) for line in crosses] == [len(rates) - 4, len(rates) - 6]
        assert all((line.get_ydata() > convergence.LONGEST).all() for line in crosses)
    added = {line.get_label(): line for line in panels[3].lines}
    assert added["batch norm"].get_ydata() == pytest.approx([3] * len(batch_noise.BATCHES))
    assert added["batch norm without its noise"].get_ydata() == pytest.approx([1] * len(batch_noise.BATCHES))
    assert "6 seeds" in exhibit.caption and "600 steps" in exhibit.caption
    assert "adds to test accuracy (+2.00 pp" in exhibit.alt and "batches of 25, 50 and 200)" in exhibit.alt
    assert "by batch size: 10 +2.00 pp" in exhibit.alt
    assert exhibit.svg.startswith("<?xml")


def test_title_follows_the_intervals():
    assert "1.98 times as many steps in two hidden layers" in finding(pictured(evidence()))
    slower = pictured(evidence(**steps(100, 100)))
    assert "less than 1.1 times as many steps in two hidden layers" in finding(slower)
    unclear = pictured(evidence(**steps(100, 100, 0, 0)))
    unclear["speedup"] = dict.fromkeys(convergence.RATES, Estimate(1.2, 0.9, 1.5, 6))
    assert "not clearly more or fewer steps in two hidden layers" in finding(unclear)
    assert "takes from test accuracy" in finding(pictured(evidence(**noise(1, 3))))


def test_no_side_is_taken_below_six_seeds():
    found = pictured(evidence())
    for seeds, words in ((6, "2.00 times as many steps"), (5, "not clearly more or fewer steps")):
        found["speedup"] = dict.fromkeys(convergence.RATES, Estimate(2, 1.5, 2.5, seeds))
        assert words in finding(found)
