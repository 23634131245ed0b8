"""What a study drew, trained and left out, as sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from study.analysis.convergence import CONVERGED, MOVING, NEVER_FIRED, UNKNOWN, Convergence, fired
from study.analysis.decisions import company
from study.analysis.results import Results
from study.data.datasets import pool, test_examples
from study.design.architectures.tasks import Metric
from study.design.factors import EARLY_STOPPING, Factors, spelt
from study.design.settings import Data
from study.engines.progress import duration
from study.exhibits import sentences
from study.exhibits.wording import (
    also_set,
    arm_words,
    capital,
    count,
    effect_label,
    labels,
    listed,
    too_few,
    universe_label,
)
from study.statistics.interval import Interval, amount, sign_of
from study.store import log

if TYPE_CHECKING:
    import pandas as pd

    from study.analysis.experiment import ExperimentResults

NAMED = 4
"""Universes up to which each is named."""


def answer(title: str, effects: pd.DataFrame, factors: Factors, stopping: dict, arms: int) -> str:
    """Return the sentence that answers the question for one experiment, as `sentences.answer` does; but early stopping
    that never fired gets no verdict, and what is left of it is said.

    Args:
        title: the experiment's title.
        effects: main effects on test accuracy, indexed by term.
        factors: the study's factors.
        stopping: as `convergence.stopping` returns it.
        arms: how many were run.
    """
    if not (never := never_fired(stopping)):
        return sentences.answer(title, effects, factors, arms)
    left = Interval.of(effects.loc[EARLY_STOPPING]).words()
    rest = effects.drop(index=EARLY_STOPPING)
    said = f"{sentences.answer(title, rest, factors, arms)} " if len(rest) else ""
    return f"{said}{never} Without ending any it makes {left}."


def finding(effects: pd.DataFrame, factors: Factors) -> str:
    """Return the title that `sentences.finding` gives; of early stopping that never fired, only that; arguments as in
    `answer`."""
    rest = effects[effects["verdict"] != NEVER_FIRED]
    if len(rest) == len(effects):
        return sentences.finding(effects, factors)
    return capital("; ".join([sentences.finding(rest, factors)] * bool(len(rest)) + ["early stopping never fired"]))


def asked(found: ExperimentResults) -> tuple[str, ...]:
    """Return the factors beside which the others are judged: those of the study's question, else the one that helps
    most; none if no verdict is *helps*."""
    if found.results.study.beside:
        return found.results.study.beside
    lead = leader(found)
    return (lead,) if lead else ()


def leader(found: ExperimentResults) -> str | None:
    """Return the factor that helps most by its main effect on the metric that decides; None if no verdict is
    *helps*."""
    main = found.effects("main")
    helping = main[main["verdict"].map(sign_of) > 0]
    return None if helping.empty else str(helping["estimate"].abs().idxmax())


def no_leader(found: ExperimentResults) -> str:
    """Return why there is no factor beside which the others are judged."""
    few = too_few(len(found.lattice().seeds))
    return f"{few}." if few else "No main effect clearly helps, so there is no regularizer to judge the others beside."


def beside(found: ExperimentResults, on: tuple[str, ...]) -> pd.DataFrame:
    """Return what each other factor is worth beside some: see `company.effects`."""
    return company.effects(found.lattice(), on, found.band)


def finding_beside(effects: pd.DataFrame, on: tuple[str, ...], factors: Factors) -> str:
    """Return what helps and hurts there: `Beside augmentation, without early stopping: L2 helps; dropout hurts`.

    Args:
        effects: as `company.effects` returns them.
        on: the factors beside which the others are judged.
        factors: the study's factors.
    """
    return f"{place(effects, on, factors)}: {told(effects, factors)}"


def told(effects: pd.DataFrame, factors: Factors) -> str:
    """Return what of it helps and hurts without early stopping; arguments as in `finding_beside`."""
    return sentences.verdicts(effects[effects["stops"] == 0], factors)


def place(effects: pd.DataFrame, on: tuple[str, ...], factors: Factors) -> str:
    """Return the company in words: `Beside augmentation, without early stopping`; arguments as in `finding_beside`."""
    alone = f", without {factors[EARLY_STOPPING].label}" if effects["stops"].any() else ""
    return f"Beside {listed(labels(on, factors))}{alone}"


def answered(found: ExperimentResults) -> str:
    """Return the answer to a study's question, which names the company: what the others are worth there; empty where
    it names none or has too few seeds."""
    on = found.results.study.beside
    if not on or too_few(len(found.lattice().seeds)):
        return ""
    effects = beside(found, on)
    worth = sentences.by_kind(effects[effects["stops"] == 0], found.factors)
    return f"{place(effects, on, found.factors)}, averaged over the rest, {worth}."


def from_the_start(found: ExperimentResults) -> str:
    """Return how many cells early stopping took from their first epoch, and what the factors that these have in common
    are worth there and elsewhere; empty where there is none."""
    start = company.start(found.lattice(), found.results.runs)
    if start is None:
        return ""
    names = labels(start.common, found.factors)
    which = arm_words(start.arms[0]) if len(start.arms) == 1 else f"all with {listed(names)}"
    said = (
        f"On {found.title}, {start.cells} of {count(start.of, 'cell')} with early stopping restore epoch 1: "
        f"{len(start.arms)} of the {len(found.results.arms)} arms, {which}."
    )
    if not start.worth:
        return f"{said} Main effects average over these."
    others = "other" if len(names) == 2 else f"other {spelt(len(names) - 1)}"
    where = f"where the {others} {'is' if len(names) == 2 else 'are'} on"
    told = [
        f"{name} {there.words()} {where}, {rest.words()} elsewhere"
        for name, (there, rest) in zip(names, start.worth.values())
    ]
    return f"{said} What these are worth: {'; '.join(told)}."


def never_fired(stopping: dict) -> str:
    """Return, in a sentence, that no cell's training was ended by early stopping; empty if one was.

    Args:
        stopping: as `convergence.stopping` returns it.
    """
    if fired(stopping):
        return ""
    return f"Early stopping never fired within the budget, in none of {count(stopping['cells'], 'cell')}."


def incomplete(results: Results) -> str:
    """Return, in one sentence, which experiments have no complete seed and so no effect; empty if all have one."""
    arms = len(results.arms)
    short = {name: number for name, number in results.fullest.items() if number < arms}
    if not short:
        return ""
    have = f"the fullest {'has' if len(short) == 1 else 'have'} {listed([str(number) for number in short.values()])}"
    return (
        f"No seed of {listed(list(short), 'or')} has all {arms} arms ({have}), so no effect is estimated there: "
        "`study run` trains the rest."
    )


def never_fired_on(results: Results) -> str:
    """Return, in a sentence, the experiments on which early stopping never fired; empty if there is none."""
    found = [results.experiment(name) for name in results.experiments]
    titles = [each.title for each in found if not fired(each.training)]
    return f"Early stopping never fired within the budget on {listed(titles)}." if titles else ""


def not_at_rest(results: Results) -> str:
    """Return on which data sets effects have not come to rest within the budget, or nobody knows; empty if on none."""
    found = {name: results.experiment(name).training["verdict"] for name in results.experiments}
    told = []
    for verdict in (MOVING, UNKNOWN):
        if titles := [results.study.experiments[name].title for name, said in found.items() if said == verdict]:
            told.append(f"{capital(verdict)}: {listed(titles)}.")
    return " ".join(told)


def left_out_sentence(left_out: dict[int, str], seeds: int) -> str:
    """Return which seeds no estimate uses, and why; empty if all are complete.

    Args:
        left_out: as `Results.left_out` returns it.
        seeds: number of seeds of the experiment.
    """
    if not left_out:
        return ""
    told = "; ".join(f"seed {seed}: {why}" for seed, why in left_out.items())
    return (
        f"{len(left_out)} of {count(seeds, 'seed')} are not complete, and no estimate here uses them. {capital(told)}."
    )


def data_sentence(data: Data, seeds: int, metric: Metric) -> str:
    """Return what each seed draws, on how many examples a metric is measured, and whether seeds share them."""
    shared = pool(data)
    return (
        f"Each of the {count(seeds, 'seed')} draws its own {data.train:,} training and {data.validation:,} validation "
        f"examples; {metric.measure} is measured on {test_examples(data):,} test examples."
        + (f" All seeds split the same {shared:,} examples, so they are not independent." if shared else "")
    )


def convergence_sentence(found: Convergence, factors: Factors) -> str:
    """Return whether effects came to rest within the budget, and which moved farthest."""
    if found.moves is None:
        return (
            f"{capital(found.verdict)}: there are no two seeds with all arms whose trainings were also judged at half "
            f"of the {found.budget:,} epochs."
        )
    where = f"{effect_label(found.farthest['term'], factors)}, {found.moved.words()}"
    told = f"main and conditional effects over {count(found.seeds, 'seed')}"
    if found.verdict == CONVERGED:
        return (
            f"Converged: from {found.half:,} to {found.budget:,} epochs none of {len(found.moves)} {told} moved "
            f"by more than the band, and none changed its sign; farthest: {where}."
        )
    return (
        f"**Still moving**: from {found.half:,} to {found.budget:,} epochs {found.moving} of {len(found.moves)} "
        f"{told} moved, or may have moved, by more than the band; farthest: {where}."
    )


def schedule(results: Results) -> str:
    """Return how trainings end under every schedule that a sweep over all arms tried; empty if none did."""
    told = []
    varied = [name for name in results.sweeps if results.study.sweeps[name].setting == "training.schedule"]
    for found in map(results.sweep, varied):
        if not found.whole:
            continue
        each = []
        for at in found.settling:
            settled, worst = at.convergence, at.worst
            moving = "" if settled.moves is None else f"{settled.moving} of {len(settled.moves)} effects do not rest"
            by = worst and f"one cell ends {amount(worst.by, results.metric.effect_unit)} worse than its arm's median"
            each.append(f"under *{at.value}* {listed([*filter(None, (moving, by))]) or 'no cell is left'}")
        own = f"; the experiment's own is *{found.own}*" if found.own in found.sweep.values else ""
        there = f" with {also}" if (also := also_set(found.sweep)) else ""
        told.append(f"Schedules on {found.title}{there}: {'; '.join(each)}{own}.")
    return " ".join(told)


def rest_of_universes(table: pd.DataFrame) -> str:
    """Return in how many universes effects have come to rest, and in which they have not or it is not known.

    Args:
        table: as `multiverse.universes` returns it, with at least one row.
    """
    found = table.drop_duplicates("universe").set_index("universe")["convergence"]
    told = [
        f"Effects have come to rest within the budget in {sum(found == CONVERGED)} of {count(len(found), 'universe')}"
    ]
    for verdict, words in ((MOVING, "they still move in"), (UNKNOWN, "it is not known in")):
        names = [universe_label(name) for name in found.index[found == verdict]]
        if names:
            told.append(f"{words} {len(names)}" + (f" ({listed(names)})" if len(names) <= NAMED else ""))
    return f"{'; '.join(told)}."


def cost_sentence(results: Results) -> str:
    """Return how long training took from start to end, as logged on the machine that did it; that it was not logged
    where the logged runs are too short for the trainings that are stored."""
    runs = log.read(results.store.root, "run")
    if sum(run["seconds"] * run["jobs"] for run in runs) < sum(results.training_seconds.values()):
        return "How long training took from start to end was not logged."
    processes = listed(sorted({count(run["jobs"], "process", "processes") for run in runs}))
    seconds = sum(run["seconds"] for run in runs)
    trainings = sum(run["trainings"] for run in runs)
    return (
        f"From start to end, {count(trainings, 'training')} took {duration(seconds)} in "
        f"{count(len(runs), 'run')} on {processes}."
    )
