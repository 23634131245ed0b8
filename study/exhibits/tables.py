"""Estimates, settings and costs as tables."""

from __future__ import annotations

from statistics import median

import numpy as np

from study.analysis.experiment import ExperimentResults
from study.analysis.lattice import Difference, ends
from study.analysis.one_at_a_time import STYLES
from study.analysis.results import Results
from study.data.datasets import describe, test_examples
from study.design.arms import Arm
from study.design.factors import TEXTBOOK, Factors, spelt
from study.design.settings import Experiment
from study.design.studyfile import Study
from study.engines.progress import duration
from study.exhibits.exhibit import TableExhibit
from study.exhibits.wording import arm_words, capital, count, decimals, estimate, listed, number, term_label
from study.statistics.inference import smallest_p, t_interval


def _interval(mean: float, low: float, high: float) -> str:
    places = decimals(low, high)
    return f"{number(mean, places)} [{number(low, places)}, {number(high, places)}]"


def arms(results: ExperimentResults) -> TableExhibit:
    """Return every arm's test accuracy, NLL, calibration error, gap and epochs, best first."""
    accuracy = results.arms()
    others = {name: results.arms(name) for name in ("test_nll", "test_ece", "gap", "epochs_run")}
    rows = [
        (
            arm_words(accuracy.arms[k]),
            _interval(accuracy.mean[k], accuracy.low[k], accuracy.high[k]),
            number(others["test_nll"].mean[k], 3),
            number(others["test_ece"].mean[k]),
            number(others["gap"].mean[k]),
            number(others["epochs_run"].mean[k], 0),
        )
        for k in np.argsort(-accuracy.mean, kind="stable")
    ]
    heads = ("Arm", "Test accuracy (%)", "Test NLL", "ECE (%)", "Gap (pp)", "Epochs")
    n = len(accuracy.values)
    caption = (
        f"All arms, by mean test accuracy. Means of {count(n, 'seed')}; in brackets the 95 % t interval; gap: "
        "training minus test accuracy."
    )
    return TableExhibit(heads, rows, caption)


def effects(results: ExperimentResults) -> TableExhibit:
    """Return four answers to what each factor is worth, side by side, and the main effect's test."""
    kinds = {kind: results.effects(kind) for kind in ("main", "shapley", "add_one_in", "leave_one_out")}
    kinds = {kind: table for kind, table in kinds.items() if len(table)}
    rows = []
    for factor in results.factors:
        main = kinds["main"].loc[factor.name]
        rows.append(
            (
                factor.label,
                *(
                    _signed(*table.loc[factor.name, ["estimate", "ci_low", "ci_high"]])
                    if factor.name in table.index
                    else "–"
                    for table in kinds.values()
                ),
                number(main["p_holm"], 3),
                main["verdict"],
            )
        )
    names = {
        "main": "Main effect (pp)",
        "shapley": "Shapley value",
        "add_one_in": "Added to none",
        "leave_one_out": "Left out of all",
    }
    heads = ("Regularizer", *(names[kind] for kind in kinds), "p (Holm)", "Verdict")
    seeds = int(kinds["main"]["n_seeds"].iloc[0])
    least = smallest_p(seeds)
    caption = (
        "What each regularizer is worth, in percentage points of test accuracy with 95 % t intervals. The "
        "p-value is that of the sign-flip test of the main effect, adjusted over the "
        f"{results.factors.number}; with "
        f"{count(seeds, 'seed')} it cannot be smaller than {number(min(1, len(results.factors) * least), 3)}."
    )
    return TableExhibit(heads, rows, caption, frozenset({0, len(heads) - 1}))


def _signed(mean: float, low: float, high: float) -> str:
    places = decimals(low, high)
    return f"{number(mean, places, sign=True)} [{number(low, places)}, {number(high, places)}]"


def audit(results: ExperimentResults) -> TableExhibit:
    """Return, factor by factor, sign and rank by each style of ablation, and whether they agree."""
    table, agreement = results.audit(), results.rank_agreement()
    signs = {1: "+", -1: "−", 0: "·"}
    misled = {"": "", "opposite": "reverse", "missed": "missed", "claimed": "claimed"}
    rows = []
    for factor in results.factors:
        row = table.loc[factor.name]
        wrong = [
            f"{words}: {misled[row[f'{style}_misled']]}"
            for style, words in (("add_one_in", "added"), ("leave_one_out", "left out"))
            if row[f"{style}_misled"]
        ]
        rows.append(
            (
                factor.label,
                *(f"{signs[row[f'{style}_sign']]} ({row[f'{style}_rank']})" for style in STYLES),
                "yes" if row["same_sign"] else "no",
                "yes" if row["same_rank"] else "no",
                ", ".join(wrong) or "–",
            )
        )
    heads = (
        "Regularizer",
        "Main effect",
        "Shapley value",
        "Added to none",
        "Left out of all",
        "Same sign",
        "Same rank",
        "One at a time misleads",
    )
    taus = listed(
        [
            f"{label} {number(row['tau'], 2)} [{number(row['ci_low'], 2)}, {number(row['ci_high'], 2)}]"
            for label, row in zip(("main effect", "added to none", "left out of all"), agreement.to_dict("records"))
        ]
    )
    caption = (
        "Do the four answers agree? + helps, − hurts, · neither is clear; in brackets the rank among the "
        f"{results.factors.number}. Agreement with the ranking by Shapley values, Kendall's τ, mean over seeds with 95 % t interval: {taus}."
    )
    return TableExhibit(heads, rows, caption, frozenset(range(len(heads))))


def shares(results: ExperimentResults) -> TableExhibit:
    """Return how the variance between arms splits by order of effect."""
    names = {1: "single regularizers", 2: "pairs", len(results.factors): f"all {results.factors.number}"}
    rows = []
    for order, row in results.variance_shares().iterrows():
        share = (
            _interval(*(100 * row[key] for key in ("share", "ci_low", "ci_high")))
            if row["share"] == row["share"]
            else "–"
        )
        rows.append((names.get(order, f"groups of {spelt(order)}"), int(row["terms"]), share))
    caption = (
        f"Variance between the {2 ** len(results.factors)} arms' means by order of effect, noise taken off, with 95 % jackknife intervals "
        "over seeds; chance can push a small share below zero."
    )
    return TableExhibit(("Made by", "Effects", "Share of variance (%)"), rows, caption)


def interactions(results: ExperimentResults) -> TableExhibit:
    """Return the interactions of three and more factors."""
    caption = "Interactions of three and more, with 95 % t intervals; p-values and verdicts one by one, not adjusted for their number."
    return _interactions(results, lambda size: size > 2, caption)


def pairs(results: ExperimentResults) -> TableExhibit:
    """Return the interactions of pairs."""
    caption = (
        "Interactions of pairs, with 95 % t intervals; p-values and verdicts one by one, not adjusted for their number."
    )
    return _interactions(results, lambda size: size == 2, caption)


def _interactions(results: ExperimentResults, wanted, caption: str) -> TableExhibit:
    table = results.effects("interaction")
    kept = table[[wanted(1 + term.count(":")) for term in table.index]]
    rows = [
        (
            term_label(term, results.factors),
            _signed(*row[["estimate", "ci_low", "ci_high"]]),
            number(row["p_value"], 3),
            row["verdict"],
        )
        for term, row in kept.iterrows()
    ]
    heads = ("Regularizers", "Interaction (pp)", "p (sign-flip)", "Verdict")
    return TableExhibit(heads, rows, caption, frozenset({0, 3}))


def across(table, titles: dict[str, str], factors: Factors = TEXTBOOK, what: str = "Shapley value") -> TableExhibit:
    """Return one kind of effect by experiment.

    Args:
        table: as `agreement.by_experiment` returns it.
        titles: the experiments' titles by name.
        factors: the study's factors.
        what: the name of the effect.
    """
    rows = []
    for factor in factors:
        found = table[table["term"] == factor.name].set_index("experiment")
        rows.append(
            (
                factor.label,
                *(
                    f"{_signed(*found.loc[name, ['estimate', 'ci_low', 'ci_high']])} {found.loc[name, 'verdict']}"
                    for name in titles
                ),
            )
        )
    heads = ("Regularizer", *titles.values())
    caption = f"{what}s in percentage points of test accuracy, with 95 % t intervals and verdicts."
    return TableExhibit(heads, rows, caption, frozenset(range(len(heads))))


def power(results: ExperimentResults) -> TableExhibit:
    """Return, for each main effect, equivalence test and minimum detectable effect."""
    rows = []
    for factor in results.factors:
        row = results.effects("main").loc[factor.name]
        rows.append(
            (
                factor.label,
                _signed(*row[["estimate", "ci_low", "ci_high"]]),
                number(row["p_equivalence"], 3),
                number(row["detectable"], 2),
                row["verdict"],
            )
        )
    heads = ("Regularizer", "Main effect (pp)", "p (equivalence)", "Detectable (pp)", "Verdict")
    caption = (
        f"Could a smaller effect have been seen? p (equivalence): two one-sided t tests against ±{results.band:g} pp; "
        "detectable: the smallest effect that as many seeds, varying as these do, find with 80 % power."
    )
    return TableExhibit(heads, rows, caption, frozenset({0, 4}))


def comparison(results: ExperimentResults, arm: Arm) -> TableExhibit:
    """Return one arm beside `none` and `all`, on every metric."""
    beside = {each.name: each for each in (arm, *ends(results.lattice()).values())}
    rows = []
    for name in ("test_accuracy", "test_nll", "test_ece", "gap", "epochs_run"):
        found = results.lattice(name)
        cells = [_interval(*map(float, t_interval(found.arm(each)))) for each in beside.values()]
        rows.append((f"{capital(found.metric.label)} ({found.metric.unit})", *cells))
    heads = ("", *(capital(arm_words(each)) for each in beside.values()))
    n = len(results.lattice().seeds)
    return TableExhibit(
        heads, rows, f"This arm beside {_ends_of(results)}. Means of {count(n, 'seed')} with 95 % t intervals."
    )


def _ends_of(results: ExperimentResults) -> str:
    return "the two ends" if results.lattice().whole else "the ends of the lattice that were run"


def differences(found: dict[str, Difference], unit: str) -> TableExhibit:
    """Return paired differences by what they compare."""
    rows = [(label, estimate(d.mean, d.low, d.high, unit), d.verdict) for label, d in found.items()]
    return TableExhibit(
        ("Comparison", "Difference in test accuracy", "Verdict"),
        rows,
        "Paired differences, seed by seed, with 95 % t intervals.",
        frozenset({0, 2}),
    )


def strengths(study: Study) -> TableExhibit:
    """Return each factor's strength in each experiment."""
    rows = [
        (factor.label, *(_strength(experiment, factor.name) for experiment in study.experiments.values()))
        for factor in study.factors
    ]
    heads = ("Regularizer", *(experiment.title for experiment in study.experiments.values()))
    return TableExhibit(heads, rows, "Strength of each regularizer when it is on.", frozenset(range(len(heads))))


def _strength(experiment: Experiment, factor: str) -> str:
    settings = experiment.strength(factor).settings()
    kept = {name: value for name, value in settings.items() if value or factor != "augmentation"}
    return ", ".join(f"{name.replace('lambda', 'λ')} {_plain(value)}" for name, value in kept.items())


def _plain(value) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value).replace("_", " ")


def settings(study: Study) -> TableExhibit:
    """Return each experiment's data, network and budget."""
    rows = []
    for experiment in study.experiments.values():
        data, known, training = experiment.data, describe(experiment.data), experiment.training
        test = test_examples(data)
        shape = " × ".join(map(str, known.sample))
        network = ", ".join(
            f"{key} {' – '.join(map(str, value)) if isinstance(value, tuple) else value}"
            for key, value in experiment.model.settings(study.factors.names).items()
            if key != "name"
        )
        rows.append(
            (
                experiment.title,
                shape,
                f"{data.train:,}",
                f"{data.validation:,}",
                f"{test:,}",
                f"{experiment.model.name}: {network}",
                f"{training.optimizer}, learning rate {training.learning_rate:g}, batches of "
                f"{training.batch}, {training.epochs} epochs",
            )
        )
    heads = ("Experiment", "Example", "Training", "Validation", "Test", "Network", "Training budget")
    return TableExhibit(heads, rows, "The experiments.", frozenset({0, 1, 5, 6}))


def convergence(results: Results) -> TableExhibit:
    """Return, for each experiment, the share of early-stopping cells the budget was short for."""
    rows = []
    for name in results.experiments:
        found = results.experiment(name).convergence()
        rows.append(
            (
                results.study.experiments[name].title,
                found["cells"],
                f"{found['late']} ({found['late_share']:.1%})".replace("%", " %"),
                f"{found['capped']} ({found['capped_share']:.1%})".replace("%", " %"),
            )
        )
    heads = ("Experiment", "Early-stopping cells", "Best epoch in the last 5 %", "Ended by the budget")
    return TableExhibit(heads, rows, "Was the budget long enough? Few late best epochs say yes.")


def cost(results: Results) -> TableExhibit:
    """Return what the stored cells cost, measured where they were made."""
    rows = []
    for name in results.experiments:
        records = results.experiment(name).records
        # Both cells of a trajectory are one training: the longer one is its time.
        trainings: dict[tuple, float] = {}
        for record in records:
            arm = tuple(v for k, v in record["factors"].items() if k != "earlystopping")
            place = arm, record["seed"]
            trainings[place] = max(trainings.get(place, 0.0), record["seconds"])
        peaks = [r["provenance"]["peak_mib"] for r in records if "peak_mib" in r["provenance"]]
        rows.append(
            (
                results.study.experiments[name].title,
                f"{len(records):,}",
                f"{len(trainings):,}",
                f"{median(trainings.values()):.1f} s",
                duration(sum(trainings.values())),
                f"{max(peaks):,} MiB" if peaks else "–",
            )
        )
    heads = ("Experiment", "Cells", "Trainings", "Median training", "All on one core", "Peak memory of a process")
    return TableExhibit(heads, rows, "What the stored cells cost, measured as they were trained.")


def hardware(results: Results) -> TableExhibit:
    """Return the machines and versions the stored cells were made with."""
    made: dict[tuple, int] = {}
    for record in results.records:
        p = record["provenance"]
        versions = ", ".join(f"{k} {v}" for k, v in p["versions"].items() if v)
        place = (p["machine"], p.get("device", "–"), p["cores"], versions, (p["commit"] or "unknown")[:12])
        made[place] = made.get(place, 0) + 1
    rows = [(m, d, c, v, f"`{commit}`", n) for (m, d, c, v, commit), n in made.items()]
    heads = ("Machine", "Device", "Cores", "Versions", "Commit", "Cells")
    return TableExhibit(heads, rows, "Where the cells were made.", frozenset({0, 1, 3, 4}))
