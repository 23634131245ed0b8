"""A study's arms as Keras models: trained again, saved, with the changes that make them."""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from study.analysis.results import Results
from study.design.arms import Arm, parse_arm
from study.design.cells import Cell
from study.design.settings import Experiment
from study.engines.worker import environment
from study.errors import StudyError
from study.exhibits import wording
from study.files import check_folder, check_ours, whole
from study.statistics.interval import amount
from study.training.rehearsal import quiet

BEST = "best"
MADE = '"""The arm'
"""How the code that an export leaves begins."""


def write(results: Results, folder: Path, experiment: str | None, arm: str) -> list[Path]:
    """Train an arm of each experiment again under the study's first seed and save it.

    Args:
        results: the study's results.
        folder: where to write.
        experiment: its name; all by default.
        arm: an arm's name, or `best`: the one that is best on validation examples.

    Returns:
        For each experiment `EXPERIMENT.keras`, the model with its weights, and `EXPERIMENT.py`, how to load it and what
        was changed in the user's own to get it.

    Raises:
        StudyError: if there is no such experiment or arm, no complete seed to choose the best by, no place to write,
            or a file of the user's in that place.
    """
    study = results.study
    names = [study.experiment(experiment).name] if experiment else list(study.experiments)
    if arm == BEST and (lacking := [name for name in names if name not in results.experiments]):
        raise StudyError(
            f"--arm: Expected a seed with all arms of {', '.join(lacking)}, to know the best one. Received: none; "
            "train the rest with `study run`, or name an arm."
        )
    chosen = {
        name: results.experiment(name).best_arm() if arm == BEST else parse_arm(arm, study.factors) for name in names
    }
    check_folder(folder, "--output")
    for file, code in (_files(folder, name) for name in chosen):
        check_ours((file, code), _exported(code), "--output", "`study export`")
    files = []
    for name, each in chosen.items():
        files += _save(results, study.experiments[name], each, study.seeds_of(name)[0], folder)
    return files


def _files(folder: Path, experiment: str) -> tuple[Path, Path]:
    """Return where an experiment's model and the code that loads it lie."""
    return folder / f"{experiment}.keras", folder / f"{experiment}.py"


def _exported(code: Path) -> bool:
    """Return whether an export left a file: the code that loads a model, which lies beside it."""
    return code.is_file() and code.read_bytes().startswith(MADE.encode())


def _save(results: Results, experiment: Experiment, arm: Arm, seed: int, folder: Path) -> list[Path]:
    file, code = _files(folder, experiment.name)
    with whole(file) as part:
        saved = part.with_suffix(".keras")  # Keras takes no other ending
        try:
            with ProcessPoolExecutor(1, get_context("spawn"), quiet) as pool:
                metrics, lines = pool.submit(_apart, experiment, arm, seed, saved).result()
            saved.replace(part)
        finally:
            saved.unlink(missing_ok=True)
    with whole(code) as part:
        part.write_text(_snippet(results, experiment, arm, seed, metrics, lines, file), encoding="utf-8")
    return [file, code]


def _apart(experiment: Experiment, arm: Arm, seed: int, file: Path) -> tuple[dict, list[str]]:
    os.environ.update(environment())
    from study.engines.worker import set_up

    set_up(0)
    from study.training.saving import save

    outcome, lines = save(experiment, arm, seed, file)
    if outcome.reason:
        raise StudyError(f"experiment {experiment.name!r}, arm {arm.name}: {outcome.reason}")
    return outcome.metrics, lines


def _snippet(
    results: Results, experiment: Experiment, arm: Arm, seed: int, metrics, lines: list[str], file: Path
) -> str:
    stored = results.standing.done.get(Cell(experiment, arm, seed))
    same = stored is not None and stored["metrics"] == metrics
    said = (
        "the stored cell, bit by bit"
        if same
        else "no stored cell"
        if stored is None
        else "not the stored cell, bit by bit"
    )
    reached = wording.capital(
        ", ".join(
            f"{each.label} {amount(each.scale * metrics[each.name], each.unit, 2 if each.unit == '%' else 3)}"
            for each in results.metrics
        )
    )
    build = getattr(experiment.model, "build", None)
    changed = "".join(f"\n    {line}" for line in lines) or "\n    nothing"
    network = (
        f"What to change in {build} to get it:{changed}" if build else f"The network is {experiment.model.name!r}."
    )
    return f'''{MADE} {arm.name} of {experiment.title!r}, trained under seed {seed}: {said}.

{reached}.
{network}
"""

import keras

model = keras.saving.load_model("{file.name}")
model.summary()
'''
