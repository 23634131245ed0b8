"""The table of effects, computed again by someone who has only the table of cells and the methods page."""

import itertools

import numpy as np
import pytest
from scipy import stats
from synthetic import runs

from study.analysis import effects
from study.design.arms import ARMS
from study.design.factors import NAMES

METRICS = {"test_accuracy": (100, 1, 0.5), "test_nll": (1, -1, None), "test_ece": (100, -1, 0.5)}


def contrasts() -> dict[tuple[str, str], np.ndarray]:
    """Return every effect as weights of the 32 arms, in the order of `itertools.product`."""
    on = np.array(list(itertools.product((0, 1), repeat=5)))
    sign = 2 * on - 1
    found = {}
    for i, name in enumerate(NAMES):
        found["main", name] = sign[:, i] / 16
        others = np.delete(on, i, axis=1).sum(axis=1)
        found["add_one_in", name] = np.where(others == 0, sign[:, i], 0)
        found["leave_one_out", name] = np.where(others == 4, sign[:, i], 0)
        # Each coalition of s others counts as one in 5 · (4 over s).
        found["shapley", name] = sign[:, i] / np.array(
            [5 * len(list(itertools.combinations(range(4), s))) for s in others]
        )
        for j, other in enumerate(NAMES):
            if i != j:
                for state in (0, 1):
                    beside = np.where(on[:, j] == state, sign[:, i], 0) / 8
                    found["conditional", f"{name}|{other}={state}"] = beside
    for order in range(2, 6):
        for term in itertools.combinations(range(5), order):
            weights = np.prod(sign[:, term], axis=1) / 2 ** (5 - order)
            found["interaction", ":".join(NAMES[i] for i in term)] = weights
    return found


def family(kind: str, term: str) -> tuple[str, int]:
    return kind, term.count(":")


@pytest.mark.parametrize("seeds, noise", [(6, 0.5), (9, 2.0)])
def test_every_number_and_verdict_follows_from_the_cells(seeds, noise):
    pairs = [("dropout", "augmentation", -9.0), ("l2", "batchnorm", 1.0)]
    frame = runs(pairs=pairs, seeds=seeds, noise=noise, rng=seeds)
    random = np.random.default_rng(seeds)
    frame["test_ece"] += 0.01 * random.random(len(frame))
    frame["test_nll"] += 0.1 * random.random(len(frame))
    table = effects.all_effects(frame, ["made"], 0.5, ARMS).set_index(["metric", "kind", "term"])
    weights = contrasts()
    turned = 0
    for metric, (scale, better, band) in METRICS.items():
        cells = frame.sort_values([*NAMES, "seed"])[metric].to_numpy().reshape(32, seeds) * scale
        per_seed = {effect: weight @ cells for effect, weight in weights.items()}
        bounds = {}
        for effect, values in per_seed.items():
            row = table.loc[(metric, *effect)]
            own = stats.ttest_1samp(values, 0).confidence_interval(0.95)
            same = [per_seed[other] for other in per_seed if family(*other) == family(*effect)]
            if len(same) > 1:
                fourth = np.corrcoef(same)[np.triu_indices(len(same), 1)] ** 4
                chance = 3 / (seeds**2 - 1)
                terms = 1 + (len(same) - 1) * (1 - max(0, (fourth.mean() - chance) / (1 - chance)))
            else:
                terms = 1
            half = stats.t.ppf(1 - 0.025 / terms, seeds - 1) * stats.sem(values)
            bounds[effect] = (values.mean() - half, values.mean() + half)
            expected = [values.mean(), own.low, own.high, *bounds[effect]]
            found = row[["estimate", "ci_low", "ci_high", "joint_low", "joint_high"]].to_numpy(float)
            np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9, err_msg=f"{metric} {effect}")
        for (kind, term), ends in bounds.items():
            row = table.loc[(metric, kind, term)]
            sign = better * (int(ends[0] > 0) - int(ends[1] < 0))
            if kind == "interaction":
                words = {1: "reinforce", -1: "substitute", 0: "undecided"}[sign]
            elif band and -band < ends[0] and ends[1] < band:
                words = "no effect larger than ±0.5 pp"
            else:
                words = {1: "helps", -1: "hurts", 0: "undecided"}[sign]
            sides = [
                {table.loc[(metric, "conditional", f"{term}|{other}={on}"), "verdict"] for on in (0, 1)}
                for other in NAMES
                if kind in ("main", "shapley") and other != term
            ]
            if {"helps", "hurts"} in sides:
                turned += 1
                assert row["verdict"].startswith("depends on ") and row["verdict"].endswith(" with")
            else:
                assert row["verdict"] == words, (metric, kind, term)
    assert turned >= 2


def test_an_average_that_company_turns_round_is_not_left_alone():
    """Dropout gives 6 alone; augmentation takes 11 of it and batch norm 4, both of which turn it round."""
    frame = runs(
        effects={"dropout": 6.0, "augmentation": 14.0},
        pairs=[("dropout", "augmentation", -11.0), ("dropout", "batchnorm", -4.0)],
        noise=0.1,
    )
    table = effects.all_effects(frame, ["made"], 0.5, ARMS)
    for kind in ("main", "shapley"):
        words = effects.of_kind(table, kind)["verdict"]
        assert words["dropout"] == "depends on augmentation: +4.0 without, −7.0 with", "the company that turns it most"
        assert words["augmentation"] == "helps" and words["l2"] == "no effect larger than ±0.5 pp"
    beside = effects.of_kind(table, "conditional")
    assert list(beside.loc[["dropout|augmentation=0", "dropout|augmentation=1"], "verdict"]) == ["helps", "hurts"]
    assert beside.loc["dropout|augmentation=0", "estimate"] == pytest.approx(6 - 4 / 2, abs=0.2)
    alone = effects.of_kind(table, "add_one_in")
    assert alone.loc["dropout", "verdict"] == "helps", "an effect in one company is not an average"
    likelihood = effects.of_kind(table, "main", "test_nll")["verdict"]
    assert likelihood["dropout"] == "depends on augmentation: −0.040 without, +0.070 with", "less is better"


def test_one_clear_side_does_not_make_an_effect_depend_on_company():
    frame = runs(effects={"dropout": 2.0}, pairs=[("dropout", "augmentation", -2.2)], noise=0.3)
    main = effects.of_kind(effects.all_effects(frame, ["made"], 0.5, ARMS), "main")
    assert main.loc["dropout", "verdict"] == "helps"


def test_few_seeds_depend_on_nothing():
    frame = runs(effects={"dropout": 6.0}, pairs=[("dropout", "augmentation", -11.0)], noise=0.1, seeds=5)
    main = effects.of_kind(effects.all_effects(frame, ["made"], 0.5, ARMS), "main")
    assert set(main["verdict"]) == {"no verdict: fewer than 6 seeds"}
