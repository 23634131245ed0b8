"""One arm beside others, in words: for its page, and as text for the terminal."""

from __future__ import annotations

from study.analysis.experiment import ExperimentResults
from study.analysis.lattice import against_ends, alike, by_arm, ends, metric, ranked, switches
from study.design.architectures.tasks import Metric
from study.design.arms import Arm
from study.design.factors import Factors
from study.errors import StudyError
from study.exhibits.study_text import incomplete, never_fired
from study.exhibits.wording import arm_words, capital, count, listed, too_few, verb
from study.statistics.inference import CONFIDENCE, FEWEST_SEEDS
from study.statistics.interval import HELPS, HURTS, Interval, number


def best_arm_sentence(found: ExperimentResults) -> str:
    """Return which arm validation data chose, and how it does on test data."""
    arm = found.best_arm()
    shown = found.metric
    reached = Interval.over(found.lattice().arm(arm), shown.unit).words(signed=False)
    return (
        f"The best arm on validation {shown.measure} is *{arm_words(arm)}*; on test data it reaches {reached}. As it "
        f"was chosen among {len(found.results.arms)}, its validation {shown.measure} is flattered (the winner's "
        f"curse), its {shown.label} less so: other examples, the same trainings."
    )


def arm_sentence(arm: Arm, title: str, ends: dict[str, Interval], metric: Metric) -> str:
    """Return how an arm compares with both ends of the lattice in a metric."""
    told = [f"against *{label}*, {d.words()} ({d.verdict})" for label, d in ends.items()]
    return f"On {title}, *{arm_words(arm)}*: {listed(told)} of {metric.label}."


def switches_finding(changes: dict[tuple[str, bool], Interval], factors: Factors) -> str:
    """Return a title: which single switches would improve the arm, and which would harm it."""
    if fewest := too_few(min(d.seeds for d in changes.values())):
        return fewest

    def flips(words: str) -> list[str]:
        return [
            f"{'adding' if adds else 'removing'} {factors[name].label}"
            for (name, adds), d in changes.items()
            if d.verdict == words
        ]

    parts = [f"{listed(flips(kind))} {verb(kind, flips(kind))}" for kind in (HELPS, HURTS) if flips(kind)]
    return capital("; ".join(parts)) if parts else "No single switch clearly changes this arm"


def compare(results: ExperimentResults, arm: Arm, name: str) -> str:
    """Return a text that sets one arm beside `none` and `all`, and beside the arms one switch away; without a complete
    seed, the arm's own cells and what is missing.

    Args:
        results: one experiment's results.
        arm: the arm.
        name: of a metric.

    Raises:
        StudyError: if the arm has no trained cell, or the metric is unknown.
    """
    if results.name not in results.results.experiments:
        return alone(results, arm, name)
    found = results.lattice(name)
    shown = found.metric
    lines = [_heading(results, shown.label, len(found.seeds))]
    arms = {each.name: each for each in (arm, *ends(found).values())}
    width = max(map(len, arms)) + 2
    lines += [_line(label, width, Interval.over(found.arm(each), shown.unit)) for label, each in arms.items()]
    level = f"; {count(len(alike(found, arm, results.band)), 'other')} cannot be told from it"
    judged = shown.better and len(found.seeds) >= FEWEST_SEEDS
    lines.append(f"  rank {ranked(found).index(arm) + 1} of {len(found.arms)} by its mean{level if judged else ''}")
    names = {label: end.name for label, end in ends(found).items()}
    for label, d in against_ends(found, arm, results.band).items():
        lines.append(f"  {arm.name} − {names[label]}: {d.words()}, {d.verdict}")
    lines.append("  one switch away:")
    for (factor, adds), d in switches(found, arm, results.band).items():
        change = f"{'add' if adds else 'remove'} {found.factors[factor].label}"
        lines.append(f"    {change:<22}{d.words()}, {d.verdict}")
    if never := never_fired(results.training):
        lines.append(f"  {never}")
    for seed, why in results.results.left_out(results.name).items():
        lines.append(f"  seed {seed} is left out: {why}")
    return "\n".join(lines)


def alone(results: ExperimentResults, arm: Arm, name: str) -> str:
    """Return one arm's own cells as text: their mean and seeds, and what keeps the arm from being set beside others.

    Raises:
        StudyError: if none of its cells is trained, or the metric is unknown.
    """
    shown = metric(name or results.metric.name)
    values = by_arm(results.results.runs, results.name, (arm,), shown.name)[arm.name].dropna()
    if values.empty:
        raise StudyError(
            f"Expected trained cells of the arm {arm.name!r} in {results.name!r}. Received: none. Train them with "
            "`study run`."
        )
    seeds = listed([str(seed) for seed in values.index])
    return "\n".join(
        [
            _heading(results, shown.label, len(values)),
            _line(arm.name, len(arm.name) + 2, Interval.over(values.to_numpy(), shown.unit)),
            f"  seed{'s' if len(values) > 1 else ''} {seeds}",
            f"  beside no other arm: {incomplete(results.results)}",
        ]
    )


def _heading(results: ExperimentResults, label: str, seeds: int) -> str:
    return f"{results.name}, {label}, {count(seeds, 'seed')}, mean [{CONFIDENCE} interval, of differences simultaneous]"


def _line(name: str, width: int, found: Interval) -> str:
    return f"  {name:<{width}}{number(found.mean, 2):>8} {found.ends(2)} {found.unit}"
