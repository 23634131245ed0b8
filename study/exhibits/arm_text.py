"""One arm beside others, as text for the terminal."""

from __future__ import annotations

from study.analysis.experiment import ExperimentResults
from study.analysis.lattice import difference, ends, switches
from study.design.arms import Arm
from study.exhibits.wording import estimate, labels, number
from study.statistics.inference import t_interval


def compare(results: ExperimentResults, arm: Arm, metric: str) -> str:
    """Return a text that sets one arm beside `none` and `all`, and beside the arms one switch away.

    Args:
        results: one experiment's results.
        arm: the arm.
        metric: name of a metric.

    Raises:
        StudyError: if no seed is complete, or the metric is unknown.
    """
    found = results.lattice(metric)
    shown = found.metric
    n = len(found.seeds)
    lines = [f"{results.name}, {shown.label}, {n} seed{'s' if n != 1 else ''}, mean [95 % t interval]"]
    arms = {each.name: each for each in (arm, *ends(found).values())}
    width = max(map(len, arms)) + 2
    for name, each in arms.items():
        mean, low, high = t_interval(found.arm(each))
        interval = f"[{number(low, 2)}, {number(high, 2)}]"
        lines.append(f"  {name:<{width}}{number(mean, 2):>8} {interval} {shown.unit}")
    for name, end in arms.items():
        if end == arm:
            continue
        d = difference(found, arm, end, results.band)
        lines.append(f"  {arm.name} − {name}: {estimate(d.mean, d.low, d.high, shown.effect_unit)}, {d.verdict}")
    lines.append("  one switch away:")
    for (name, adds), d in switches(found, arm, results.band).items():
        change = f"{'add' if adds else 'remove'} {labels([name], found.factors)[0]}"
        lines.append(f"    {change:<22}{estimate(d.mean, d.low, d.high, shown.effect_unit)}, {d.verdict}")
    for seed, why in results.results.left_out(results.name).items():
        lines.append(f"  seed {seed} is left out: {why}")
    return "\n".join(lines)
