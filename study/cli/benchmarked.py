"""What the benchmarks measured, `benchmarks/results/*.json`, and what the published study took, as Markdown tables."""

from __future__ import annotations

import json
from pathlib import Path

from study.design.studyfile import Study
from study.engines.progress import duration
from study.exhibits.exhibit import pipe_table
from study.exhibits.wording import listed, number
from study.store.provenance import CHECKOUT

FOLDER = CHECKOUT / "benchmarks" / "results"
FIRST = "quick"
"""The study that `make report` trains."""
NAMES = ("throughput", "breakdown", "scaling", "analysis", "own_model")


def read(folder: Path = FOLDER) -> dict[str, dict]:
    """Return each benchmark's last result by its name."""
    return {name: json.loads((folder / f"{name}.json").read_text(encoding="utf-8")) for name in NAMES}


def _percent(share: float) -> str:
    return f"{number(100 * share, 0)} %"


def speed(found: dict[str, dict]) -> str:
    """Return cells a minute by several ways of training the same cells, which part of ours makes how much of it, and
    where `study run` spends its time.

    Args:
        found: as `read` returns it.
    """
    through, parts = found["throughput"], found["breakdown"]
    names = {
        "fit": "`model.fit`, one after the other",
        "tuned_fit": "`model.fit` tuned: an epoch a call, one thread a process, a process a core",
        "keras_tuner": "KerasTuner's `GridSearch`",
        "study": "`study run`",
    }
    rows = []
    for way in [name for name in names if name in through["cells_per_minute"]]:
        label = names[way]
        ratios = through["ratios"].get(way)
        ratio = "1" if ratios is None else f"{through[f'vs_{way}']:.1f} ({min(ratios):.1f}–{max(ratios):.1f})"
        rows.append((label, number(through["cells_per_minute"][way], 1), ratio))
    seconds = parts["seconds_a_training"]
    total = sum(seconds.values())
    shares = [(name, number(value, 3), _percent(value / total)) for name, value in seconds.items()]
    gap = through["study_minus_other_accuracy"]["fit"]
    return "\n\n".join(
        [
            pipe_table(
                ("training the same cells", "cells a minute", "`study run` is faster by a factor (range)"), rows
            ),
            f"Medians over {len(through['rounds'])} comparisons on {through['machine']}, {through['cores']} cores, "
            f"start-up included; test accuracies differ by {number(gap['mean_pp'], 2, sign=True)} pp "
            f"[{number(gap['ci_low'], 2)}, {number(gap['ci_high'], 2)}] over {gap['cells']} paired cells. Where a "
            "training's time goes:",
            pipe_table(("part", "seconds a training", "share"), shares),
            *_left_out(through),
            f"A training step costs {parts['median_steps_to_bare']:.2f} times its bare matrix products and "
            f"convolutions (median; {min(parts['steps_to_bare'].values()):.2f} without any regularizer to "
            f"{max(parts['steps_to_bare'].values()):.2f} with all layers on, where random numbers weigh in). Steps "
            f"with deterministic operations take {parts['determinism_price']:.2f} times those without.",
            _of_models(found["own_model"]),
        ]
    )


def _of_models(own: dict) -> str:
    """Return how much faster the arms of users' Keras models are trained than by a loop over `fit`."""
    titles = {"cnn": "a small convolutional network", "mlp": "a dense one"}
    told = [
        f"{titles[name]} {ways['ratio']:.1f} times ({min(ways['ratios']):.1f}–{max(ways['ratios']):.1f})"
        for name, ways in own["cells_per_minute"].items()
    ]
    comparisons = len(next(iter(own["cells_per_minute"].values()))["ratios"])
    return (
        f"A user's Keras model as it is, against a loop over `fit` with the same arms, {own['seeds']} seeds and "
        f"callbacks: {listed(told)} as fast, medians of {comparisons} comparisons on {own['machine']}."
    )


def _left_out(through: dict) -> list[str]:
    """Return how much slower the same trainings are without each part of ours; nothing if that was not measured."""
    if "left_out" not in through:
        return []
    titles = list(next(iter(through["left_out"].values())))
    rows = [(part, *(f"{factors[name]:.2f} ×" for name in titles)) for part, factors in through["left_out"].items()]
    return ["Where the factor comes from: the same trainings without", pipe_table(("left out", *titles), rows)]


def scale(found: dict[str, dict]) -> str:
    """Return how cost grows with cells and workers, and where one driver would become the limit."""
    made = found["scaling"]
    driver, cells = made["driver"], made["cells"]
    rows = [
        ("two workers against one, local processes", f"{made['speedup_two_workers']['local']:.2f} ×"),
        ("two workers against one, Ray", f"{made['speedup_two_workers']['ray']:.2f} ×"),
        (
            "two processes against one, bare arithmetic alone: the machine's own limit",
            f"{made['machine_two_processes']:.2f} ×",
        ),
        (
            f"seconds a cell, {' / '.join(format(row['cells'], ',') for row in cells)} tiny cells",
            " / ".join(f"{row['seconds_a_cell']:.3f}" for row in cells),
        ),
        (
            f"a worker's peak memory after 25 and after {cells[-1]['trainings_a_worker']} trainings",
            f"{cells[-1]['peak_mib_after_25']:,} and {cells[-1]['peak_mib']:,} MiB",
        ),
        (
            "the driver's time for a training on Ray: call + store",
            f"{driver['call_ms']:.1f} + {driver['store_ms']:.1f} ms",
        ),
        ("so one driver takes at most", f"{driver['most_trainings_a_second']:.0f} trainings a second"),
        *(
            (f"{int(count):,} workers on MNIST-1D ask for", f"{need:.1f} trainings a second")
            for count, need in driver["needed_trainings_a_second"].items()
        ),
    ]
    return pipe_table(("measured", ""), rows)


def costs(study: Study, measured: dict) -> str:
    """Return what `make report` took and what the published study did, as a Markdown table."""
    first = measured["first_report"]
    parts = [
        (
            f"`make report`: {first['cells']} cells of `{FIRST}` by {first['trainings']} trainings",
            first["training_seconds"],
        ),
        ("… its claims", first["claims_seconds"]),
        ("… with `--sweeps`, further", first["sweeps_seconds"]),
        (f"… its report, {first['notebooks']} notebooks", first["report_seconds"]),
    ]
    rows = [
        *((name, duration(seconds)) for name, seconds in parts if seconds is not None),
        (
            f"The published study: {measured['cells']:,} cells of `{study.name}` by {measured['trainings']} trainings",
            f"{duration(measured['process_seconds'])} of one process",
        ),
        *(
            (
                f"… its sweeps and tuning: {more['cells']:,} cells by {more['trainings']:,} trainings",
                f"{duration(more['process_seconds'])} of one process",
            )
            for more in [measured.get("further")]
            if more and more["cells"]
        ),
        (f"… its report, {measured['notebooks']} notebooks", duration(measured["report_seconds"])),
        ("… peak memory of a training process", f"{measured['peak_mib']:,} MiB"),
    ]
    machine = f"{first['machine']}, {measured['device']}, {first['processes']} processes of one thread"
    return pipe_table((f"on {machine}", "took"), rows, (0, 1))
