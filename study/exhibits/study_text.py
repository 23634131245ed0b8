"""What a study drew, trained and left out, as sentences."""

from __future__ import annotations

from study.analysis.convergence import CONVERGED, Convergence
from study.analysis.results import Results
from study.data.datasets import test_examples
from study.design.factors import Factors
from study.design.settings import Data
from study.engines.progress import duration
from study.exhibits.wording import capital, count, effect_label, listed
from study.statistics.interval import Interval
from study.store import log


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


def left_out_sentence(left_out: dict[int, str], seeds: int) -> str:
    """Return which seeds no estimate uses, and why; empty if all are complete.

    Args:
        left_out: as `Results.left_out` returns it.
        seeds: number of seeds of the study.
    """
    if not left_out:
        return ""
    told = "; ".join(f"seed {seed}: {why}" for seed, why in left_out.items())
    return (
        f"{len(left_out)} of {count(seeds, 'seed')} are not complete, and no estimate here uses them. {capital(told)}."
    )


def data_sentence(data: Data, seeds: int) -> str:
    """Return what each seed draws."""
    return (
        f"Each of the {count(seeds, 'seed')} draws its own {data.train:,} training and {data.validation:,} validation "
        "examples; "
        f"accuracy is measured on {test_examples(data):,} test examples."
    )


def convergence_sentence(found: Convergence, factors: Factors) -> str:
    """Return whether effects came to rest within the budget, and which moved farthest."""
    if found.moves is None:
        return (
            f"{capital(found.verdict)}: there are no two seeds with all arms whose trainings were also judged at half "
            f"of the {found.budget:,} epochs."
        )
    far = Interval(*(float(found.farthest[name]) for name in ("change", "low", "high")), found.seeds)
    where = f"{effect_label(found.farthest['term'], factors)}, {far.words()}"
    told = f"main and conditional effects over {count(found.seeds, 'seed')}"
    if found.verdict == CONVERGED:
        return (
            f"Converged: from {found.budget // 2:,} to {found.budget:,} epochs none of {len(found.moves)} {told} moved "
            f"by more than the band, and none changed its sign; farthest: {where}."
        )
    moving = int((~found.moves["rests"]).sum())
    return (
        f"**Still moving**: from {found.budget // 2:,} to {found.budget:,} epochs {moving} of {len(found.moves)} "
        f"{told} moved, or may have moved, by more than the band; farthest: {where}. What stands "
        "here is about this budget."
    )


def cost_sentence(results: Results) -> str:
    """Return how long training took from start to end, as logged on the machine that did it."""
    runs = log.read(results.store.root, "run")
    if not runs:
        return "How long training took from start to end was not logged."
    processes = listed(sorted({count(run["jobs"], "process", "processes") for run in runs}))
    seconds = sum(run["seconds"] for run in runs)
    trainings = sum(run["trainings"] for run in runs)
    return (
        f"From start to end, {count(trainings, 'training')} took {duration(seconds)} in "
        f"{count(len(runs), 'run')} on {processes}."
    )
