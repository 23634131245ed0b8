"""The first file of a study of a user's model, as text."""

from __future__ import annotations

from pathlib import Path

import tomlkit

from study.design.architectures.own import KerasModel
from study.design.own.further import BUILT_IN
from study.training.surgery.found import Look

VALIDATION = 0.2
"""Share of the training examples that are drawn for validation."""
MANY = 7
"""From so many factors on, a fraction of their arms is trained."""


def written(look: Look, settings: KerasModel, data_file: Path, file: Path, epochs: int, batch: int, seeds: str) -> str:
    """Return the text of a study file.

    Args:
        look: what was found in the model and the data.
        settings: the model.
        data_file: where the data lie, beside the study file.
        file: the study file; its name is that of the study and its experiment.
        epochs, batch: the budget.
        seeds: the study's.
    """
    names = sorted({*look.factors, *settings.add}, key=list(BUILT_IN).index)
    document = tomlkit.document()
    document.add(tomlkit.comment(f"A study of the model {settings.build}, as it is. What regularizes it:"))
    for finding in look.findings:
        document.add(tomlkit.comment(f"  {finding.factor}: {finding.what} in {finding.where}"))
    for name in settings.add:
        document.add(tomlkit.comment(f"  {name}: put in, with the strength below"))
    document["title"] = file.stem
    document["seeds"] = seeds
    document["factors"] = names
    if len(names) >= MANY:
        document["design"] = "fractional"
    validation = max(1, round(VALIDATION * look.train))
    experiment = tomlkit.table()
    experiment["title"] = file.stem
    experiment["question"] = "Which of its regularizers earn their place?"
    model = {"name": "keras", "build": settings.build}
    if settings.callbacks:
        model["callbacks"] = settings.callbacks
    if settings.add:
        model["add"] = list(settings.add)
    if look.task != "classification":
        model["task"] = look.task
    if settings.metric:
        model["metric"] = settings.metric
    tables = {
        "data": {"name": data_file.name, "train": look.train - validation, "validation": validation},
        "model": model,
        "training": {"epochs": epochs, "batch": batch, "optimizer": "model"},
    }
    for name, values in tables.items():
        experiment[name] = tomlkit.inline_table()
        experiment[name].update(values)
    strengths = tomlkit.table()
    for name in names:
        values = look.stopping if name == "earlystopping" else default(name) if name in settings.add else None
        if values:
            strengths[name] = tomlkit.inline_table()
            strengths[name].update(values)
    if strengths:
        experiment["strengths"] = strengths
    document["experiment"] = {file.stem: experiment}
    return tomlkit.dumps(document)


def default(factor: str) -> dict:
    """Return the strength with which a factor is put in unless the study file says otherwise."""
    return BUILT_IN[factor].strength().settings()
