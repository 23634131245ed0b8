"""L2's claims on made-up evidence on both sides of each criterion, and what the figure draws."""

import numpy as np
import pytest

from study.claims.claim import LIMITS
from study.claims.criteria import FAILS, HOLDS, UNDECIDED
from study.claims.evidence import Evidence
from study.claims.mechanisms.networks import experiment as of_settings
from study.claims.topics import l2, norms
from study.design.studyfile import load
from study.exhibits.mechanism_titles import penalty_sweep as finding
from study.exhibits.mechanism_titles import power
from study.figures.penalty_sweep import penalty_sweep

CLAIMS = {claim.name: claim for claim in l2.CLAIMS}
SEEDS = 6
WOBBLE = np.array([-2, -1, 0, 0, 1, 2]) * 1e-3
"""What makes seeds differ; its mean is zero."""


def sweep(seeds=SEEDS, **curves):
    """Return values a seed of a sweep, each curve times 1 + wobble, so that ratios to λ = 0 wobble too."""
    wobble = np.resize(WOBBLE, seeds)
    return [
        {
            name: [value * (1 + (at > 0) * wobble[seed]) for at, value in enumerate(curve)]
            for name, curve in curves.items()
        }
        for seed in range(seeds)
    ]


FALLING = {
    "norm": [30, 29, 28, 20, 10, 2],
    "sensitivity": [10, 9.9, 9, 6, 3, 1],
    "distance": [1, 1.1, 1.2, 1.3, 1.4, 1.5],
    "test_accuracy": [0.4, 0.4, 0.42, 0.45, 0.5, 0.3],
    "relabelled": [0, 0, 0, 0, 0.003, 0.02],
}
GOOD = {
    "penalty": [{"penalty": 1e-7, "gradient": 1e-8, "elsewhere": 0.0}] * SEEDS,
    "weight-decay": [{"sgd": {"apart": 1e-14}, "adam": {"apart": 1e-12}}] * SEEDS,
    "scale-invariance": [
        {"tiny": {"output": [1e-10, 0], "gradient": [1e-10, 0]}, "keras": {"output": [0.005, 0], "gradient": [0, 0]}}
    ]
    * SEEDS,
    "norms-study": sweep(norm=[40, 30], sensitivity=[10, 8], distance=[1, 1.2], test_accuracy=[0.6, 0.7]),
    "norms": sweep(**FALLING | {"test_accuracy": [0.4, 0.4, 0.42, 0.45, 0.5, 0.45]}),
    "norms-batchnorm": sweep(**FALLING),
    "norms-sgd": sweep(hidden_norm=[20, 10], turn=[1, 3]),
    "norms-dropout": sweep(norm=[30, 27]),
    "norms-augmentation": sweep(norm=[30, 24]),
    "norms-all": sweep(norm=[30, 21]),
}
RISING = {name: curve[::-1] for name, curve in FALLING.items()}
BAD = {
    "penalty": [{"penalty": 1e-4, "gradient": 1e-8, "elsewhere": 0.1}] * SEEDS,
    "weight-decay": [{"sgd": {"apart": 1e-3}, "adam": {"apart": 0.3}}] * SEEDS,
    "scale-invariance": [
        {"tiny": {"output": [1e-10, 0], "gradient": [1e-3, 0]}, "keras": {"output": [0.046, 0], "gradient": [0, 0]}}
    ]
    * SEEDS,
    "norms-study": sweep(norm=[30, 40], sensitivity=[8, 10], distance=[1.2, 1], test_accuracy=[0.7, 0.6]),
    "norms": sweep(**RISING | {"test_accuracy": [0.4, 0.39, 0.38, 0.37, 0.36, 0.1]}),
    "norms-batchnorm": sweep(**RISING | {"relabelled": [0, 0, 0, 0, 0.03, 0.1]}),
    "norms-sgd": sweep(hidden_norm=[10, 20], turn=[3, 1]),
    "norms-dropout": sweep(norm=[30, 27]),
    "norms-augmentation": sweep(norm=[30, 33]),
    "norms-all": sweep(norm=[30, 21]),
}


def verdict(name, trials):
    claim = CLAIMS[name]
    return claim.verdict(claim.estimate(Evidence(trials)))


@pytest.mark.parametrize("name", CLAIMS)
def test_a_claim_holds_and_fails(name):
    assert verdict(name, GOOD) == HOLDS
    assert verdict(name, BAD) == (LIMITS if CLAIMS[name].limit else FAILS)


def test_estimates_are_those_computed_by_hand():
    evidence = Evidence(GOOD)
    assert CLAIMS["l2-norm"].estimate(evidence).value == pytest.approx(75)
    assert CLAIMS["l2-accuracy"].estimate(evidence).value == pytest.approx(10)
    assert CLAIMS["l2-norm-range"].estimate(evidence).value == pytest.approx(100 * 29 / 30)
    assert CLAIMS["l2-bn-rate"].estimate(evidence).value == pytest.approx(4, rel=1e-4)
    assert CLAIMS["l2-bn-function"].estimate(evidence).value == pytest.approx(0.3, rel=0.01)
    assert CLAIMS["l2-bn-simpler-strong"].estimate(evidence).value == pytest.approx(140)
    # The sweeps' norm goes from 30 to 28 at the study's λ, more than in any other arm.
    assert norms.by_arm(evidence).mean(0) == pytest.approx([280 / 3, 90, 280 / 3, 80, 70])
    assert CLAIMS["l2-norm-arms"].estimate(evidence).value == pytest.approx(280 / 3)
    assert CLAIMS["l2-adam"].estimate(Evidence(BAD)).value == pytest.approx(0.3)
    assert CLAIMS["l2-gradient"].estimate(Evidence(BAD)).value == pytest.approx(0.1)


def test_the_sentence_stands_on_what_it_says():
    core = {name for name, claim in CLAIMS.items() if claim.core}
    assert core == {"l2-penalty", "l2-gradient", "l2-norm", "l2-distance", "l2-sgd", "l2-adam"}


def test_the_worst_of_several_has_bonferronis_interval():
    ratios = np.stack([90 + 5e3 * WOBBLE, 95 + 1e2 * WOBBLE], axis=1)
    found = norms.worst(ratios)
    # t quantile of 5 degrees of freedom at 1 − 0.05/4, both by hand.
    half = 3.163 * ratios.std(axis=0, ddof=1) / np.sqrt(SEEDS)
    assert found.value == pytest.approx(95) and found.seeds == SEEDS
    assert found.low == pytest.approx(95 - half[1], abs=1e-3)
    assert found.high == pytest.approx(90 + half[0], abs=0.01) and found.high > 95 + half[1]


def test_too_few_seeds_decide_nothing():
    assert verdict("l2-norm", {"norms-study": GOOD["norms-study"][:5]}) == UNDECIDED


def test_a_flat_step_is_undecided():
    flat = sweep(**FALLING | {"norm": [30, 30, 28, 20, 10, 2]})
    assert verdict("l2-norm-range", GOOD | {"norms": flat}) == UNDECIDED


def test_sentences_and_sources_are_given():
    for claim in l2.CLAIMS:
        assert claim.sentence == (11 if claim.name in ("l2-sgd", "l2-adam") else 5) and claim.source


def test_settings_named_as_the_quick_study_are_the_quick_study():
    experiment, own = (
        load("quick").experiment("mnist1d"),
        of_settings(norms.WHOLE | {"strengths": norms.STRENGTHS | norms.OTHERS}),
    )
    for table in ("data", "model", "training"):
        assert getattr(own, table) == getattr(experiment, table)
    for name in norms.STRENGTHS | norms.OTHERS:
        assert own.strength(name) == experiment.strength(name)


def test_the_sweep_is_a_tidy_frame():
    table = norms.sweep(Evidence(GOOD))
    assert len(table) == 2 * len(norms.PENALTIES) * 6 + len(norms.ARMS) and set(table["seeds"]) == {SEEDS}
    by_arm = table[table["quantity"] == "norm_by_arm"].set_index("network")["estimate"]
    assert list(by_arm.index) == list(norms.ARMS) and by_arm["augmentation"] == pytest.approx(80)
    row = table[(table["network"] == "without batch norm") & (table["penalty"] == 1e-2)].set_index("quantity")
    assert row.loc["gain", "estimate"] == pytest.approx(10)
    assert row.loc["norm_left", "estimate"] == pytest.approx(100 / 3)
    assert row.loc["norm", "low"] < 10 < row.loc["norm", "high"]


def test_the_figure_draws_every_estimate():
    table = norms.sweep(Evidence(GOOD))
    made = penalty_sweep(table, 1e-4)
    assert made.svg.startswith("<?xml") and "6 seeds" in made.caption
    assert "at λ = 10⁻⁴ in percent of that without L2, beside no other regularizer 93.3 % [" in made.caption
    assert made.figure.get_size_inches()[0] == pytest.approx(7.2)
    axes = made.figure.axes
    assert [ax.get_title(loc="left") for ax in axes] == [
        "Norm of all kernels",
        "Test accuracy (%)",
        "Sensitivity to the input",
    ]
    for ax, quantity in zip(axes, ("norm", "test_accuracy", "sensitivity"), strict=True):
        curves = {line.get_label(): line for line in ax.lines if len(line.get_xdata()) == len(norms.PENALTIES)}
        assert len(curves) == 2 and len({line.get_marker() for line in curves.values()}) == 2
        for network, line in curves.items():
            rows = table[(table["network"] == network) & (table["quantity"] == quantity)]
            assert list(line.get_ydata()) == list(rows["estimate"])
    assert made.figure.get_suptitle().replace("\n", " ") == finding(table)


def test_the_title_follows_from_intervals():
    table = norms.sweep(Evidence(GOOD))
    assert finding(table).startswith("From λ = 10⁻⁵ on L2 shrinks weights and sensitivity")
    assert "without batch norm better at 10⁻⁴, 10⁻³, 10⁻² and 10⁻¹" in finding(table)
    assert "with batch norm better at 10⁻⁴, 10⁻³ and 10⁻², worse at 10⁻¹" in finding(table)
    assert finding(norms.sweep(Evidence(BAD))).startswith("L2 does not shrink both")
    few = {name: GOOD[name][:5] for name in norms.ARMS.values()}
    assert "no finding" in finding(norms.sweep(Evidence(few)))


def test_strengths_in_words():
    assert norms.strength(norms.STUDY) == "λ = 10⁻⁴" and norms.strength(-1) == "λ = 10⁻¹"


def test_powers_of_ten():
    assert [power(value) for value in (0.0, 1e-5, 0.1, 3e-4)] == ["0", "10⁻⁵", "10⁻¹", "3·10⁻⁴"]
