"""Benchmarks: what they import exists, their ratios are right, and their words hold what was measured."""

import ast
import importlib.util
from importlib import import_module
from pathlib import Path

import pytest

from study.cli import benchmarked
from study.store.provenance import CHECKOUT

FILES = sorted((CHECKOUT / "benchmarks").glob("*.py"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_what_a_benchmark_imports_of_the_study_exists(file: Path):
    found = [node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.ImportFrom)]
    named = [(node.module, alias.name) for node in found for alias in node.names if node.module.startswith("study")]
    assert named
    for module, name in named:
        try:
            import_module(f"{module}.{name}")
        except ModuleNotFoundError:
            assert hasattr(import_module(module), name), f"{file.name}: {module} has no {name}"


@pytest.fixture(scope="module")
def throughput():
    spec = importlib.util.spec_from_file_location("throughput", CHECKOUT / "benchmarks" / "throughput.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SECONDS = {"fit": 10, "tuned_fit": 4, "keras_tuner": 20, "study": 1, "study_in_full": 2, "compiled epoch": 3}


def rounds(throughput):
    """Return two experiments, two rounds each; the second takes twice as long by every way but `study`."""
    return [
        {"experiment": name, "seed": seed} | {
            way: {
                "seconds": (60 * SECONDS.get(way, 8) * (1 + (name == "digits") * (way != "study"))), "cells": 8,
                "accuracy": {"none": 0.5 + 0.01 * (way == "fit"), "l2": 0.6 + 0.01 * seed}, "startup": 1.0,
            }
            for way in throughput.WAYS
        }
        for seed in (0, 1) for name in ("mnist1d", "digits")
    ]  # fmt: skip


def test_ratios_are_those_of_the_rates(throughput):
    found = throughput.summary(rounds(throughput))
    assert found["cells_per_minute"]["study"] == 8 and found["by_experiment"]["fit"] == {"mnist1d": 10, "digits": 20}
    assert found["by_experiment"]["tuned_fit"] == {"mnist1d": 4, "digits": 8} and found["vs_tuned_fit"] == 6
    assert found["left_out"]["compiled epoch"] == {"mnist1d": 1.5, "digits": 1.5}
    assert set(found["left_out"]) == {"shared trajectories", "processes", "compiled epoch", "built-once arms"}
    assert found["study_minus_other_accuracy"]["fit"]["mean_pp"] == pytest.approx(-0.5)
    assert found["study_minus_other_accuracy"]["tuned_fit"]["mean_pp"] == 0


def test_the_words_hold_what_was_measured_and_nothing_else(throughput):
    stored = benchmarked.read()
    text = benchmarked.speed(stored | {"throughput": throughput.summary(rounds(throughput))})
    for row in (
        "| `model.fit` tuned: an epoch a call, one thread a process, a process a core | 1.5 | 6.0 (4.0–8.0) |",
        "| left out | mnist1d | digits |",
        "| compiled epoch | 1.50 × | 1.50 × |",
    ):
        assert row in text, text
    early = {name: value for name, value in stored["throughput"].items() if name != "left_out"}
    early["cells_per_minute"] = {way: early["cells_per_minute"][way] for way in ("fit", "keras_tuner", "study")}
    assert "left out" not in benchmarked.speed(stored | {"throughput": early})
    own = {"cells_per_minute": {"cnn": {"ratio": 6.0, "ratios": [5.0, 6.0, 8.0]}}, "seeds": 3, "machine": "made up"}
    told = "a small convolutional network 6.0 times (5.0–8.0) as fast, medians of 3 comparisons on made up."
    assert told in benchmarked.speed(stored | {"own_model": own})
