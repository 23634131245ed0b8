"""Dropout's claims, judged on made-up evidence on both sides of every criterion; figures drawn from it."""

import copy

import numpy as np
import pytest

from study.claims import averaging, coadaptation, dropout
from study.claims.criteria import FAILS, HOLDS, UNDECIDED
from study.claims.evidence import Evidence, Absent
from study.factors import BY_NAME
from study.figures import averaging as averaging_figure
from study.figures import removal as removal_figure

SEEDS = 6
CLAIMS = {claim.name: claim for claim in (*dropout.CLAIMS, *coadaptation.CLAIMS)}
MECHANISMS = {mechanism.name: mechanism for mechanism in (*dropout.MECHANISMS, *coadaptation.MECHANISMS)}


def network(accuracy: float, loss: float, correlation: float, activation: float) -> dict:
    """Return a network's table whose accuracy falls by `loss` with every tenth of the units removed."""
    curve = [accuracy - loss * step for step in range(10)]
    return {
        "epochs": 20, "reached": True, "train_accuracy": accuracy, "train_curve": curve,
        "test_curve": [value / 2 for value in curve], "correlation": [correlation, correlation],
        "activation": [activation, 3 * activation], "silent": [0.0, 0.0],
    }  # fmt: skip


def textbook() -> dict[str, list[dict]]:
    """Return trials in which everything is as the textbook has it, the seeds differing a little."""
    draws, samples = 1_000_000, 100
    wiggle = [0.001 * (seed - 2.5) for seed in range(SEEDS)]
    layer = {"scale": [1 / (1 - rate) for rate in dropout.RATES], "deviation": 1e-7}
    return {
        "masks": [
            {
                "zeros": [round(rate * draws) for rate in dropout.RATES], "draws": [draws] * 5,
                "mean": [w] * 5, "scale": 1e-7, "repeated": 0, "inference": 0.0, "hidden_zeros": 100_000,
                "hidden_draws": 200_000, "output_zeros": 0, "network_inference": 0.0, "thinned": 1,
                "dropped_gradient": 0.0, "kept_gradient": 2.0, "batch": 100,
            }
            for w in wiggle
        ],
        "frameworks": [
            {"checked": {"Keras on TensorFlow": dict(layer), "PyTorch": dict(layer)}, "unchecked": {}} for _ in wiggle
        ],
        "forms": [
            dict.fromkeys(("rescaled", "as_they_are", "outgoing", "incoming", "incoming_unbiased"), 1e-15)
            for _ in wiggle
        ],
        "enumeration": [
            dict.fromkeys((
                "ridge_standard", "ridge_inverted", "fisher_small", "fisher_unit", "geometric", "arithmetic",
                "geometric_deep", "next_input", "after_relu",
            ), 1e-15)
            for _ in wiggle
        ],
        "averaging": [
            {
                "scaled_error": 40.0, "scaled_nll": 1.0, "signal": 10 * w, "train_accuracy": 1.0,
                "errors": [40 + 10 * w + 5 / k for k in range(1, samples + 1)],
                "nlls": [1 + w + 0.5 / k for k in range(1, samples + 1)],
            }
            for w in wiggle
        ],
        "coadaptation": [
            {
                "none": network(0.96 + w, 0.09, 0.3, 1.0), "longer": network(1.0, 0.08, 0.3, 1.0),
                "dropout": network(0.95, 0.005, 0.2 + w, 0.4 + w),
            }
            for w in wiggle
        ],
    }  # fmt: skip


def changed(mechanism: str, change) -> Evidence:
    """Return the textbook's trials with every seed's values of one mechanism changed in place."""
    trials = copy.deepcopy(textbook())
    for values in trials[mechanism]:
        change(values)
    return Evidence(trials)


def put(**values):
    return lambda trial: trial.update(values)


def verdict(name: str, evidence: Evidence) -> str:
    claim = CLAIMS[name]
    return claim.verdict(claim.estimate(evidence))


def kept_zeros(trial):
    trial["zeros"][3] += 8_000


def standard_form(trial):
    trial["checked"]["PyTorch"]["deviation"] = 0.9


def fragile(trial):
    trial["dropout"] = network(0.95, 0.095, 0.4, 1.2)


def poor_on_test(trial):
    trial["dropout"]["test_curve"] = [0.1] * 10


def hardy_when_longer(trial):
    trial["longer"] = network(1.0, 0.0, 0.3, 1.0)


BREAKS = {
    "dropout-zeros": ("masks", kept_zeros),
    "dropout-hidden": ("masks", put(hidden_zeros=110_000)),
    "dropout-outputs": ("masks", put(output_zeros=3)),
    "dropout-new-masks": ("masks", put(repeated=1)),
    "dropout-scale": ("masks", put(scale=1e-3)),
    "dropout-inference": ("masks", put(network_inference=1e-3)),
    "inverted-frameworks": ("frameworks", standard_form),
    "inverted-pytorch": ("frameworks", standard_form),
    "inverted-keras-on-tensorflow": (
        "frameworks", lambda trial: trial["checked"]["Keras on TensorFlow"].update(deviation=0.9)
    ),
    "forms-rescaled": ("forms", put(rescaled=1e-3)),
    "forms-as-they-are": ("forms", put(as_they_are=0.1)),
    "scaling-outgoing": ("forms", put(outgoing=0.1)),
    "scaling-incoming": ("forms", put(incoming=0.1)),
    "scaling-incoming-unbiased": ("forms", put(incoming_unbiased=0.1)),
    "expectation-layer": ("masks", put(mean=[0.0, 0.0, 0.0, 0.0, 0.05])),
    "expectation-next": ("enumeration", put(next_input=0.1)),
    "expectation-beyond": ("averaging", put(signal=20.0)),
    "geometric-softmax": ("enumeration", put(geometric=0.1)),
    "arithmetic-softmax": ("enumeration", put(arithmetic=0.1)),
    "geometric-deep": ("enumeration", put(geometric_deep=0.1)),
    "averaging-one": ("averaging", put(scaled_error=50.0)),
    "averaging-hundred": ("averaging", put(scaled_error=39.0)),
    "averaging-needed": ("averaging", put(scaled_error=39.0)),
    "averaging-nll": ("averaging", put(scaled_nll=1.2)),
    "thinned-gradient": ("masks", put(dropped_gradient=0.1)),
    "thinned-one": ("masks", put(thinned=100)),
    "thinned-ridge": ("enumeration", put(ridge_inverted=0.1)),
    "thinned-fisher": ("enumeration", put(fisher_small=0.01)),
    "thinned-fisher-unit": ("enumeration", put(fisher_unit=0.1)),
    "coadaptation-removal": ("coadaptation", fragile),
    "coadaptation-test": ("coadaptation", poor_on_test),
    "coadaptation-longer": ("coadaptation", hardy_when_longer),
    "coadaptation-half": ("coadaptation", fragile),
    "coadaptation-correlation": ("coadaptation", fragile),
    "coadaptation-activation": ("coadaptation", fragile),
}  # fmt: skip
ABSENT = {"inverted-keras-on-jax", "inverted-keras-on-pytorch"}


def test_every_claim_is_tested_on_both_sides():
    assert BREAKS.keys() | ABSENT == CLAIMS.keys()


@pytest.mark.parametrize("name", BREAKS)
def test_holds_where_the_textbook_is_right(name):
    assert verdict(name, Evidence(textbook())) == HOLDS


@pytest.mark.parametrize("name", BREAKS)
def test_fails_where_it_is_not(name):
    claim = CLAIMS[name]
    mechanism, change = BREAKS[name]
    found = verdict(name, changed(mechanism, change))
    assert found == (f"holds with a limit: {claim.limit}" if claim.limit else FAILS)


def test_claims_read_well_and_cite():
    for claim in CLAIMS.values():
        assert "{value}" in claim.holds + claim.fails and not claim.holds.endswith(".")
        assert claim.sentence in (1, 2, 3, 4) and claim.criterion.text
    assert len(CLAIMS) == len(dropout.CLAIMS) + len(coadaptation.CLAIMS), "a name stands for one claim"
    assert len({m.runner for m in MECHANISMS.values()}) == len(MECHANISMS) == 6


def test_a_framework_that_is_not_installed_is_not_checked():
    evidence = Evidence(textbook())
    assert dropout.frameworks(evidence) == ["Keras on TensorFlow", "PyTorch"]
    for name in ABSENT:
        with pytest.raises(Absent):
            CLAIMS[name].estimate(evidence)
    half = CLAIMS["inverted-frameworks"].estimate(changed("frameworks", standard_form))
    assert half.value == 50


def test_shares_are_judged_at_the_worst_rate():
    estimate = CLAIMS["dropout-zeros"].estimate(changed("masks", kept_zeros))
    assert estimate.value == pytest.approx(0.8) and estimate.low < 0.8 < estimate.high
    # Clopper and Pearson at 99 % for 6 million draws at .7, by the normal approximation.
    assert estimate.high - estimate.low == pytest.approx(2 * 257.6 * np.sqrt(0.7 * 0.3 / 6e6), rel=0.02)


def test_area_is_the_mean_height():
    assert coadaptation.area([0.5] * 10) == pytest.approx(50)
    assert coadaptation.area(list(np.linspace(1, 0, 10))) == pytest.approx(50)
    gain = coadaptation.area_gain(Evidence(textbook()), "train")
    assert gain.value == pytest.approx(95 - 2.25 - (96 - 40.5)) and gain.seeds == SEEDS


def test_seeds_without_equal_training_accuracy_do_not_count():
    trials = textbook()
    trials["coadaptation"][0]["dropout"]["reached"] = False
    evidence = Evidence(trials)
    assert len(coadaptation.pairs(evidence)) == SEEDS - 1
    assert verdict("coadaptation-removal", evidence) == UNDECIDED
    for trial in trials["coadaptation"]:
        trial["none"]["reached"] = False
    assert verdict("coadaptation-removal", Evidence(trials)) == UNDECIDED


def test_thinned_networks_needed():
    claim = CLAIMS["averaging-needed"]
    # 5/k + 10 w stays at most .5 above: from k = 5/(.5 − 10 w) on.
    expected = np.ceil(5 / (0.5 - 0.01 * (np.arange(SEEDS) - 2.5)) - 1e-9)
    assert claim.estimate(Evidence(textbook())).value == pytest.approx(expected.mean())
    never = claim.estimate(changed("averaging", put(scaled_error=30.0)))
    assert never.value == 101
    always = claim.estimate(changed("averaging", put(scaled_error=60.0)))
    assert always.value == 1


def complete(exhibit):
    """Check what every figure must have: an SVG, its width, n in the caption, words for the blind."""
    assert exhibit.svg.rstrip().endswith("</svg>") and "6 seeds" in exhibit.caption
    assert exhibit.figure.get_size_inches()[0] == pytest.approx(7.2)
    assert exhibit.figure.get_suptitle().replace("\n", " ") in exhibit.alt


def test_averaging_figure():
    evidence = Evidence(textbook())
    table = averaging.convergence(evidence)
    made = averaging_figure.averaging(table, averaging.BAND, "A network")
    complete(made)
    error, nll = made.figure.axes[:2]
    for axes, name in ((error, "error"), (nll, "nll")):
        line = max(axes.lines, key=lambda line: len(line.get_xdata()))
        np.testing.assert_array_equal(line.get_xdata(), np.arange(1, 101))
        np.testing.assert_allclose(line.get_ydata(), averaging.excess(evidence, name).mean(axis=0))
    inset = error.child_axes[0]
    assert min(max(inset.lines, key=lambda line: len(line.get_xdata())).get_xdata()) == 20


@pytest.mark.parametrize("error, nll, words", [
    (40.0, 1.0, "errs as often as weight scaling, within ±0.5 pp"),
    (38.0, 1.2, "still errs more often than weight scaling; its probabilities are better"),
    (45.0, 0.8, "still errs less often than weight scaling; its probabilities are worse"),
])  # fmt: skip
def test_averaging_finding(error, nll, words):
    evidence = changed("averaging", put(scaled_error=error, scaled_nll=nll))
    assert words in averaging_figure.finding(averaging.convergence(evidence), averaging.BAND)


def test_averaging_finding_that_is_open():
    trials = textbook()
    for seed, trial in enumerate(trials["averaging"]):
        trial["scaled_error"] = 38.0 + 0.9 * seed
    found = averaging_figure.finding(averaging.convergence(Evidence(trials)), averaging.BAND)
    assert found.startswith("It is open whether 100 thinned networks")


def test_removal_figure():
    evidence = Evidence(textbook())
    table = coadaptation.curves(evidence)
    assert len(table) == 2 * 3 * 10 and set(table["n_seeds"]) == {SEEDS}
    made = removal_figure.removal(table, (37.0, 36.0, 38.0), "A network")
    complete(made)
    train, test = made.figure.axes
    lines = {line.get_label(): line for line in train.lines}
    np.testing.assert_allclose(lines["dropout"].get_ydata(), 95 - 0.5 * np.arange(10))
    assert lines["dropout"].get_color() == BY_NAME["dropout"].colour
    assert len({(line.get_marker(), line.get_linestyle()) for line in lines.values()}) == 3, "not by colour alone"
    halved = {line.get_label(): line.get_ydata() for line in test.lines}
    np.testing.assert_allclose(halved["none"], (96 - 9 * np.arange(10)) / 2)


@pytest.mark.parametrize("gain, words", [
    ((20.0, 18.0, 22.0), "rely less on each other"),
    ((-20.0, -22.0, -18.0), "rely more on each other"),
    ((1.0, -1.0, 3.0), "open whether"),
    ((float("nan"),) * 3, "open whether"),
])  # fmt: skip
def test_removal_finding(gain, words):
    assert words in removal_figure.finding(gain)
