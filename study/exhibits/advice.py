"""What to do, in words that follow from the estimates: for each data set, and for who plans seeds."""

from __future__ import annotations

import pandas as pd

from study.analysis.convergence import CONVERGED
from study.analysis.decisions.recipe import Other, Recipe, hidden, other, recipe
from study.analysis.effects import of_kind
from study.analysis.experiment import ExperimentResults
from study.analysis.lattice import arm_estimates, lattice
from study.design.architectures.tasks import METRICS, Metric, tested
from study.design.arms import Arm
from study.design.factors import Factors
from study.exhibits.study_text import answer
from study.exhibits.wording import DEPENDING, SILENT, SMALL, arm_words, capital, count, kind_of, listed
from study.statistics.inference import t_quantile
from study.statistics.interval import HELPS, HURTS, UNDECIDED
from study.statistics.misranking import misranked, seeds_to_rank
from study.statistics.simultaneous import seeds_to_detect

HIDDEN = {"test_nll": "likelihood", "test_ece": "calibration"}
"""What metrics measure that readers know by another name."""
OPEN = {DEPENDING: ("depends on company", "depend on company"), UNDECIDED: ("is undecided", "are undecided")}
"""What is said of factors on which no advice can be given."""
LONGER = "a longer training may say otherwise."
WRONG = 0.05
"""Chance of a wrong ranking that is small enough."""


def advice(
    title: str,
    runs: pd.DataFrame,
    experiment: str,
    effects: pd.DataFrame,
    arms: tuple[Arm, ...],
    band: float,
    training: dict,
    own: bool,
) -> str:
    """Return what to do on one data set, what each factor is worth, and what accuracy hides and how far one run
    deceives, in three paragraphs.

    Args:
        title: the experiment's title.
        runs: as `frames.runs_frame` returns it.
        experiment: its name.
        effects: as `effects.all_effects` returns it.
        arms: the study's arms.
        band: equivalence half-width in percentage points.
        training: how training went: see `ExperimentResults.training`.
        own: whether it is a user's model, which has all of the factors as it is: then what to keep of them is said.
    """
    found = effects[effects["experiment"] == experiment]
    main, known = of_kind(found, "main"), arms[0].known
    kinds = {known[term].label: kind_of(words) for term, words in main["verdict"].items()}
    values = arm_estimates(lattice(runs, experiment, arms)).values
    return _joined(
        keep(kinds) if own else to_do(title, runs, experiment, effects, arms, band),
        _joined(answer(title, main, known, training, len(arms)), moves(training)),
        _joined(hides(found, known), deceives(values)),
        between="\n\n",
    )


def to_do(
    title: str, runs: pd.DataFrame, experiment: str, effects: pd.DataFrame, arms: tuple[Arm, ...], band: float
) -> str:
    """Return which arm to take on one data set, and which where another metric counts, too; arguments as `advice`."""
    main = of_kind(effects[effects["experiment"] == experiment], "main")
    chosen = recipe(runs, main, experiment, arms, band)
    return _joined(
        recommended(title, chosen, len(arms)), serves(chosen and other(runs, chosen, experiment, arms, band))
    )


def moves(training: dict) -> str:
    """Return that effects have not come to rest within the budget, or that nobody knows; empty if they have."""
    return "" if training["verdict"] == CONVERGED else f"{capital(training['verdict'])}: {LONGER}"


def _joined(*parts: str, between: str = " ") -> str:
    return between.join(filter(None, parts))


def keep(kinds: dict[str, str]) -> str:
    """Return which of a model's own regularizers earn their place and which can go; nothing with too few seeds.

    Args:
        kinds: of the verdicts on their main effects, by label: see `wording.kind_of`.
    """
    told: dict[str, list[str]] = {}
    for label, kind in kinds.items():
        told.setdefault(kind, []).append(label)
    if set(told) == {SILENT}:
        return ""
    do = [f"keep {listed(told[HELPS])}"] if HELPS in told else []
    do += [f"take {listed(told[HURTS])} out"] if HURTS in told else []
    do += [f"{listed(told[SMALL])} can go"] if SMALL in told else []
    rest = [f"{listed(told[kind])} {words[len(told[kind]) > 1]}" for kind, words in OPEN.items() if kind in told]
    head = f"**{capital('; '.join(do))}.**" if do else "**Change nothing yet.**"
    return f"{head} {capital('; '.join(rest))}." if rest else head


def recommended(title: str, found: Recipe | None, arms: int) -> str:
    """Return the simplest arm that keeps what helps and keeps up with the best, and what the best adds; nothing with
    too few seeds."""
    if found is None:
        return ""
    labels = [found.arm.known[name].label for name in found.arm.factors]
    said = f"**{title}: switch on {listed(labels) or 'nothing'}**; that reaches {found.reached.words(signed=False)}"
    if found.gain is None:
        return f"{said}, the best of the {arms} arms on validation, and no simpler arm keeps up with it."
    return (
        f"{said}, and the best of the {arms} arms on validation, {arm_words(found.best)}, is not clearly better "
        f"({found.gain.words()})."
    )


def serves(found: Other | None) -> str:
    """Return which arm to take where another metric counts, too; nothing where it is the recommended one."""
    if found is None:
        return ""
    told = [
        f"{METRICS[name].label} {there.middle(False)} against {here.middle(False)} ({gain.words()})"
        for name, (there, here, gain) in found.reached.items()
    ]
    return (
        f"Where {measured(found.metric)} counts as well: {arm_words(found.arm)}, {listed(told)}, for "
        f"{found.costs.words()} of {found.decides.label}."
    )


def hides(effects: pd.DataFrame, factors: Factors) -> str:
    """Return which factors clearly change a metric where the one that decides does not show it, of a classifier
    likelihood or calibration beside accuracy; nothing if none does.

    Args:
        effects: rows of `effects.csv` of one experiment.
        factors: the study's factors.
    """
    does = {1: HELPS, -1: HURTS}
    decides = METRICS[tested(dict.fromkeys(effects["metric"]))[0]].measure
    by_factor: dict[tuple[str, int, int], list[str]] = {}
    for term, name, effect, sign, on_accuracy in hidden(effects):
        words = f"{measured(METRICS[name])} ({METRICS[name].label} {effect.words()})"
        by_factor.setdefault((term, sign, on_accuracy), []).append(words)
    told = [
        f"{factors[term].label} {does[sign]} {listed(words)}"
        + (f", though it {does[on_accuracy]} {decides}" if on_accuracy else "")
        for (term, sign, on_accuracy), words in by_factor.items()
    ]
    return f"What {decides} hides: {'; '.join(told)}." if told else ""


def measured(metric: Metric) -> str:
    """Return what a metric measures, in a word."""
    return HIDDEN.get(metric.name, metric.measure)


def deceives(values) -> str:
    """Return how often a single seed ranks two arms wrongly, and how many seeds it takes to make that rare.

    Args:
        values: shape (seeds, arms), in the metric's unit.
    """
    if len(values) < 2 or (chance := misranked(values)) != chance:
        return ""
    places = 1 if round(chance, 2) == WRONG else 0
    said = (
        f"One run deceives: a single seed ranks two of the {values.shape[1]} arms wrongly with a chance of "
        f"{chance:.{places}%}"
    )
    if chance <= WRONG:
        return f"{said}.".replace("%", " %")
    needed = seeds_to_rank(values, WRONG)
    takes = count(needed, "seed") if needed else "more seeds than could be run"
    return f"{said}; to bring that to {WRONG:.0%} takes {takes}.".replace("%", " %")


def seeds_needed(found: ExperimentResults, effect: float) -> str:
    """Return how many seeds it takes to find a main effect on the metric that decides, from the spread measured.

    Args:
        found: one experiment's results.
        effect: its size, in the metric's effect unit, above 0.
    """
    main = found.effects("main")
    seeds = int(main["n_seeds"].iloc[0])
    if seeds < 2:
        return f"{found.name}: a single complete seed shows no spread."
    # Half of an effect's own interval is t·s/√n, with s its spread over seeds.
    spreads = (main["ci_high"] - main["estimate"]) * seeds**0.5 / t_quantile(seeds - 1)
    needed = {term: seeds_to_detect(effect, spread, len(main)) for term, spread in spreads.items()}
    most, least = spreads.idxmax(), spreads.idxmin()
    unit = f" {name}" if (name := found.metric.effect_unit) else ""
    return (
        f"{found.name}: {count(needed[most], 'seed')} to find a main effect of {effect:g}{unit} of any regularizer "
        f"with 80 % power ({found.factors[most].label} varies most, {spreads[most]:.2f}{unit} over {seeds} seeds); "
        f"{needed[least]:,} for {found.factors[least].label}, which varies least ({spreads[least]:.2f}{unit})."
    )
