"""Results in the terminal."""

from __future__ import annotations

from study.analysis import difference
from study.design import Arm, parse_arm
from study.inference import t_interval
from study.results import ExperimentResults


def compare(results: ExperimentResults, arm: Arm, metric: str) -> str:
    """Return a text that sets one arm beside `none` and `all`, paired by seed.

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
    arms = {arm.name: arm, "none": parse_arm("none"), "all": parse_arm("all")}
    width = max(map(len, arms)) + 2
    for name, each in arms.items():
        mean, low, high = t_interval(found.arm(each))
        lines.append(f"  {name:<{width}}{mean:8.2f} [{low:.2f}, {high:.2f}] {shown.unit}")
    for name in ("none", "all"):
        if name == arm.name:
            continue
        d = difference(found, arm, arms[name], results.band)
        lines.append(
            f"  {arm.name} − {name}: {d.mean:+.2f} [{d.low:+.2f}, {d.high:+.2f}] "
            f"{shown.effect_unit}, {d.verdict}"
        )
    for seed, why in results.results.left_out(results.name).items():
        lines.append(f"  seed {seed} is left out: {why}")
    return "\n".join(lines)
