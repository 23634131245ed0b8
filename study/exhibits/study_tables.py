"""A study's settings, universes and costs as tables."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from study.analysis.convergence import Convergence
from study.analysis.results import Results, on_one_core, seconds_of
from study.analysis.sweeping.sweep import SweepResults
from study.data.datasets import describe, test_examples
from study.design.architectures.tasks import Metric
from study.design.arms import parse_arm
from study.design.budget import CONSTANT, COOLED, COSINE, MODELS, Training
from study.design.factors import Factors
from study.design.settings import Experiment
from study.engines.progress import duration
from study.exhibits.exhibit import TableExhibit
from study.exhibits.wording import arm_words, capital, effect_label, number, place_label, universe_label, varied
from study.statistics.inference import CONFIDENCE
from study.statistics.interval import DEPENDS, amount, sign_of

if TYPE_CHECKING:
    import pandas as pd

    from study.design.cells import Cell
    from study.store.lines import Record

RATES = {
    CONSTANT: "constant rate",
    COSINE: "rate falling to zero as a cosine",
    COOLED: "rate constant, falling to zero over the last fifth",
}


def strengths(results: Results) -> TableExhibit:
    """Return each factor's strength in each experiment that has results."""
    experiments = [results.study.experiment(name) for name in results.experiments]
    rows = [
        (factor.label, *(_strength(experiment, factor.name) for experiment in experiments))
        for factor in results.study.factors
    ]
    heads = ("Regularizer", *(experiment.title for experiment in experiments))
    scaled = any("magnitude" in words for row in rows for words in row[1:])
    caption = "Strength of each regularizer when it is on." + (
        " Augmentation's magnitude multiplies its other sizes; 1 where none is named." if scaled else ""
    )
    return TableExhibit(heads, rows, caption, frozenset(range(len(heads))))


def universes(table: pd.DataFrame, experiment: str, factors: Factors, metric: Metric) -> TableExhibit:
    """Return the main effects of every universe, a row a universe.

    Args:
        table: as `multiverse.universes` returns it.
        experiment: the experiment's title.
        factors: the study's factors.
        metric: the one that decides.
    """
    main = table[table["kind"] == "main"].set_index(["universe", "term"])
    rows = [
        (universe_label(name), *(_in_universe(main.loc[name, factor.name]) for factor in factors))
        for name in dict.fromkeys(table["universe"])
    ]
    caption = (
        f"Main effects in every universe of {experiment}, in {metric.amounts}, in the study file's order. Bold: it "
        "helps or hurts; *depends*: on another regularizer, beside which its sign turns."
    )
    return TableExhibit(("Universe", *(factor.label for factor in factors)), rows, caption)


def _in_universe(row: pd.Series) -> str:
    told = number(row["estimate"], 1, True)
    if sign_of(row["verdict"]):
        return f"**{told}**"
    return f"{told} *depends*" if row["verdict"].startswith(DEPENDS) else told


def _strength(experiment: Experiment, factor: str) -> str:
    settings = experiment.strength(factor).settings()
    kept = {name: value for name, value in settings.items() if value or factor != "augmentation"}
    words = ", ".join(f"{name.replace('lambda', 'λ')} {_plain(value)}" for name, value in kept.items())
    return words or "as the model has it"


def _plain(value) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value).replace("_", " ")


def settings(results: Results) -> TableExhibit:
    """Return data, network and budget of each experiment that has results."""
    rows = []
    for experiment in map(results.study.experiment, results.experiments):
        data, known, training = experiment.data, describe(experiment.data), experiment.training
        test = test_examples(data)
        shape = " × ".join(map(str, known.sample))
        network = ", ".join(
            f"{key} {' – '.join(map(str, value)) if isinstance(value, tuple) else value}"
            for key, value in experiment.model.settings(results.study.factors.names).items()
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
                f"{_optimizer(training)}, batches of {training.batch}, {training.epochs} epochs{_rate(training)}",
            )
        )
    heads = ("Experiment", "Example", "Training", "Validation", "Test", "Network", "Training budget")
    return TableExhibit(heads, rows, "The experiments.", frozenset({0, 1, 5, 6}))


def _optimizer(training: Training) -> str:
    if training.optimizer == MODELS:
        return "the optimizer that the model was compiled with"
    return f"{training.optimizer}, learning rate {training.learning_rate:g}"


def _rate(training: Training) -> str:
    return f", {RATES[training.schedule]}" if training.optimizer != MODELS else ""


def convergence(results: Results) -> TableExhibit:
    """Return, for each experiment, whether its effects came to rest within the budget."""
    rows = []
    for name in results.experiments:
        found = (each := results.experiment(name)).convergence
        rows.append((each.title, f"{found.budget:,}", *_rest(found, each.factors)))
    followed = results.study.task.followed.label
    heads = ("Experiment", "Epochs", "Verdict", "Effects that do not rest", "Farthest change since half of the budget")
    return TableExhibit(
        heads,
        rows,
        f"Was the budget long enough? Every main and conditional effect on test {followed}, at half of the budget and "
        f"at its end: it rests if the {CONFIDENCE} interval of the paired change lies inside "
        f"±{results.study.equivalence:g} pp and it is not clear at both with opposite signs.",
        frozenset({0, 2, 4}),
    )


def _rest(found: Convergence, factors: Factors) -> tuple[str, str, str]:
    """Return the verdict, how many effects do not rest, and the farthest change."""
    if found.moves is None:
        return found.verdict, "–", "–"
    far = f"{effect_label(found.farthest['term'], factors)}: {found.moved.words()}"
    return found.verdict, f"{found.moving} of {len(found.moves)}", far


def settled(found: SweepResults) -> str:
    """Return the table of `settling` as a page has it; nothing if the sweep is not over all arms or no cell is `ok`."""
    known = found.whole and any(each.worst for each in found.settling)
    return settling(found).labelled(f"settling-{found.name}") if known else ""


def settling(found: SweepResults) -> TableExhibit:
    """Return, for each value of a sweep over all arms, whether effects came to rest and the cell worst by its arm."""
    factors, shown = found.results.study.factors, found.metric
    rows = []
    for each in found.settling:
        worst = each.worst
        rows.append(
            (
                place_label(found.sweep, each.value),
                *_rest(each.convergence, factors),
                amount(worst.by, shown.effect_unit) if worst else "–",
                f"{arm_words(parse_arm(worst.arm, factors))}, seed {worst.seed}" if worst else "–",
            )
        )
    heads = (
        capital(varied(found.sweep)),
        "Verdict",
        "Effects that do not rest",
        "Farthest change since half of the budget",
        "Worst cell, against its arm",
        "which is",
    )
    caption = (
        "How trainings end: how many main and conditional effects rest, and the whole training whose "
        f"{shown.label} ends farthest below its arm's median."
    )
    return TableExhibit(heads, rows, caption, frozenset({0, 1, 3, 5}))


COST = (
    "What the stored cells cost, measured as they were trained. All on one core: each training counted as the median "
    "of its arm over seeds, as one that had to share its core took longer than it costs."
)


def cost(results: Results) -> TableExhibit:
    """Return what the stored cells cost, measured where they were made."""
    titles = {name: results.study.experiments[name].title for name in results.experiments}
    own = {title: _of(results.standing.done, name) for name, title in titles.items()}
    further = {capital(name): done for name, done in results.further.items()}
    rows = [(title, *_cost(done)) for title, done in (own | further).items()]
    heads = ("Experiment", "Cells", "Trainings", "Median training", "All on one core", "Peak memory of a process")
    return TableExhibit(heads, rows, COST)


def _of(done: dict[Cell, Record], experiment: str) -> dict[Cell, Record]:
    return {cell: record for cell, record in done.items() if cell.experiment.name == experiment}


def _cost(done: dict[Cell, Record]) -> tuple[str, ...]:
    trainings = seconds_of(done)
    peaks = [r["provenance"]["peak_mib"] for r in done.values() if "peak_mib" in r["provenance"]]
    return (
        f"{len(done):,}",
        f"{len(trainings):,}",
        f"{median(trainings.values()):.1f} s",
        duration(sum(on_one_core(trainings).values())),
        f"{max(peaks):,} MiB" if peaks else "–",
    )


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
