"""What mechanisms share: an experiment from their settings, and a seed's examples."""

from __future__ import annotations

from dataclasses import replace

from study.data.splits import Split, split
from study.design.settings import Data, Experiment

SIGNALS = {"name": "mnist1d", "train": 4000, "validation": 1000, "test": 10000}
"""The draw of the `quick` study: its signals are generated once a seed and machine."""


def experiment(settings: dict) -> Experiment:
    """Return the experiment that a mechanism's settings describe, in the words of a study file."""
    tables = {name: settings[name] for name in ("data", "model", "training", "strengths") if name in settings}
    return Experiment.model_validate({"name": "mechanism", "title": "Mechanism", "question": "", **tables})


def examples(settings: dict, seed: int) -> Split:
    """Draw a seed's examples and keep the first of them.

    Args:
        settings: `data` as in a study file; `use`, if there, how many of `train`, `validation` and
            `test` to keep. Taking the first of one large draw makes small training sets nested.
        seed: the seed.
    """
    drawn = split(Data.model_validate(settings["data"]), seed)
    kept = {}
    for part, size in settings.get("use", {}).items():
        kept |= {f"{axis}_{part}": getattr(drawn, f"{axis}_{part}")[:size] for axis in "xy"}
    return replace(drawn, **kept)
