"""`study.ablate`: what regularizes a Keras model, asked from Python."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import keras
import numpy as np
from matplotlib.figure import Figure

from study.analysis.experiment import ExperimentResults
from study.analysis.results import Results
from study.cli.models import BATCH, EPOCHS, taken, write, written_anew
from study.cli.train import train_cells
from study.data import checks
from study.design import studyfile
from study.design.architectures.tasks import METRICS
from study.design.cells import cells
from study.engines import choose
from study.errors import StudyError
from study.exhibits.study_text import finding
from study.figures.forest import forest
from study.files import restored
from study.store.lines import Store


class Ablation(ExperimentResults):
    """The estimates of one model's regularizers."""

    def effects(self, kind: str = "main", metric: str | None = None):
        """Return one kind of effect on one metric, by default the one that decides, indexed by term."""
        return super().effects(kind, metric)

    def figure(self, metric: str | None = None) -> Figure:
        """Return a drawing of the main effects on a metric, an interval a regularizer."""
        shown = METRICS[metric or self.results.metric.name]
        effects = self.effects("main", shown.name)
        title = finding(effects, self.factors)
        return forest(effects, shown, title, self.band if shown.banded else None, self.factors).figure


def ablate(
    build,
    data,
    seeds: int = 6,
    *,
    epochs: int = EPOCHS,
    batch: int = BATCH,
    callbacks: str | None = None,
    add: tuple[str, ...] = (),
    metric: str | None = None,
    name: str = "ablation",
    folder: str | Path = ".",
    jobs: int | None = None,
) -> Ablation:
    """Train every combination of what regularizes a Keras model, and return what each is worth.

    What is stored is what `study init` and `study run` leave: FOLDER/NAME.toml, FOLDER/NAME.npz, a model that is no
    `module:function` as FOLDER/NAME.keras, and the cells in FOLDER/results/NAME. Called again, it writes these files
    anew and goes on from there; files that it did not write stay, and are an error.

    Args:
        build: a compiled `keras.Model`, a function that returns one, `package.module:function`, or a .keras file.
        data: ((x, y), (x, y)) of training and test, or (x, y), each perhaps with weights, (x, y, w); or a text that
            `study init --data` takes.
        seeds: how many seeds.
        epochs, batch: the budget.
        callbacks: `package.module:function` that returns the other callbacks, fresh.
        add: factors to put in where the model has them not.
        metric: the compiled metric that decides; by default accuracy, or R².
        name: what the study and its files are called.
        folder: where they lie.
        jobs: processes; one a core by default.

    Returns:
        The experiment's results: `.effects("main")`, `.arms()`, `.best_arm()`, `.figure()`.

    Raises:
        StudyError: as `study init` and `study run` do.
    """
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    file = place / f"{name}.toml"
    with TemporaryDirectory() as temporary:
        if not isinstance(data, (str, Path)):
            given = Path(temporary) / "data.npz"
            parts = [data] if hasattr(data[0], "shape") else data
            if any(not hasattr(each, "shape") for own in parts for each in own):
                raise StudyError(
                    "data: Expected arrays, (x, y) of each part; a model of several inputs takes its data from "
                    f"package.module:function. Received: {type(parts[0][0]).__name__} for x."
                )
            named = ("train", "validation", "test") if len(parts) > 2 else ("train", "test")
            np.savez(
                given, **{f"{axis}_{part}": each for part, own in zip(named, parts) for axis, each in zip("xyw", own)}
            )
            data = given
        saved = place / f"{name}.keras"
        with restored(saved):
            if not isinstance(build, (str, Path)):
                if saved.exists() and not written_anew(file):
                    raise taken("name", saved)
                if not (model := build if hasattr(build, "compile") else None):
                    keras.utils.clear_session()  # so that layers without a name of their own are named alike next time
                    model = build()
                model.save(saved)
                build = saved
            words = str(build), str(data), None, callbacks, tuple(add), file, epochs, batch
            write(*words, seeds=f"0-{seeds - 1}", anew=True, metric=metric)
    found = studyfile.load(str(file))
    checks.check(found)
    store = Store(place / "results" / name, name)
    code = train_cells(found, store, cells(found), choose.choose("local", None, jobs, 1))
    if code:
        raise StudyError(
            f"{file}: Expected every cell to be trained. Received: failed ones; see `study status {file}`."
        )
    return Ablation(Results(found, store), found.experiment(name))
