"""Shared by the tests: small studies, one of them really trained, once a session."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as a shell starts its background jobs; tests press Ctrl-C
    signal.signal(signal.SIGINT, signal.default_int_handler)

SHARED_KERAS = Path(__file__).parents[2] / "shared" / "keras"

TINY = """
title = "Tiny"
seeds = "{seeds}"

[experiment.scans]
title = "Scans"
question = "Which regularizers help a tiny network?"
data = {{ name = "digits", train = 60, validation = 60, test = 200 }}
model = {{ name = "mlp", widths = [8] }}
training = {{ epochs = {epochs}, batch = 20, learning_rate = 0.01 }}

[experiment.scans.strengths]
l2 = {{ lambda = 1e-3 }}
augmentation = {{ translation = 0.05, noise = 0.05 }}
earlystopping = {{ patience = 2 }}
"""


def write_tiny(folder: Path, seeds: str = "0-1", epochs: int = 6, name: str = "tiny") -> Path:
    """Write the tiny study's file into a folder."""
    file = folder / f"{name}.toml"
    file.write_text(TINY.format(seeds=seeds, epochs=epochs))
    return file


def study(*words, cwd=None, env=None, timeout=300) -> subprocess.CompletedProcess:
    """Run the command line as a user does, in a process of its own; what trains does so in one more, unless words say
    otherwise: tests have the other cores."""
    jobs = ("-j", "1") if words[:1] in (("run",), ("tune",), ("report",)) and "-j" not in words else ()
    return subprocess.run(
        [sys.executable, "-m", "study", *map(str, words), *jobs],
        capture_output=True,
        text=True,
        cwd=cwd,
        timeout=timeout,
        env={**os.environ, **(env or {})},
    )


@pytest.fixture
def typed(monkeypatch, capfd):
    """The command line in this process, which spares the start of one: for words that are refused before anything
    is done."""

    def run(*words, cwd=None) -> subprocess.CompletedProcess:
        from study.cli.commands import main

        monkeypatch.chdir(cwd or Path.cwd())
        monkeypatch.setattr(sys, "argv", ["study", *map(str, words)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        return subprocess.CompletedProcess(words, ended.value.code, *capfd.readouterr())

    return run


def reported(file: Path, results: Path, site: Path) -> str:
    """Have the report of a study file rendered by Pandoc, without pages of arms; return its first page."""
    ran = study(
        "report", file, "--results", results, "--renderer", "pandoc", "--output", site, "--arm-pages", "none"
    )  # fmt: skip
    assert ran.returncode == 0 and "measured" not in ran.stderr, ran.stderr
    return (site / "index.html").read_text()


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """Return a folder of this process's own with what `make` writes into one, once for all processes of the run."""
    root = factory.getbasetemp().parent if "PYTEST_XDIST_WORKER" in os.environ else factory.getbasetemp()
    made = root / f"once-{name}"
    with FileLock(f"{made}.lock"):
        if not made.exists():
            make(part := factory.mktemp("part"))
            part.rename(made)
    return shutil.copytree(made, factory.mktemp(name) / name)


@pytest.fixture(scope="session")
def trained(tmp_path_factory) -> Path:
    """A folder with the tiny study's file, `tiny.toml`, and its trained cells in `results`."""

    def train(folder: Path) -> None:
        ran = study("run", write_tiny(folder), "--results", folder / "results")
        assert ran.returncode == 0, ran.stderr

    return once(tmp_path_factory, "trained", train)


@pytest.fixture(scope="session")
def rendered(trained, tmp_path_factory) -> dict[str, Path]:
    """The tiny study's report, rendered by Pandoc with TensorFlow out of reach: its first page of many, the single
    file, and the notebooks and tables that they were made of."""

    def render(folder: Path) -> None:
        (out := folder / "out-of-reach").mkdir()
        for name in ("tensorflow", "keras"):
            (out / f"{name}.py").write_text("raise AssertionError('imported')")
        ran = study(
            "report", trained / "tiny.toml", "--results", trained / "results", "--renderer", "pandoc",
            "--output", folder / "site", "--single", folder / "single.html",
            env={"PYTHONPATH": os.pathsep.join([str(out), os.environ.get("PYTHONPATH", "")])},
        )  # fmt: skip
        assert ran.returncode == 0 and "Traceback" not in ran.stderr, ran.stderr
        assert ran.stdout.split() == [str(folder / "site" / "index.html"), str(folder / "single.html")]
        # Later reports of the study remake what this one was made of.
        shutil.copytree(trained / "results" / ".report", folder / "made")

    folder = once(tmp_path_factory, "rendered", render)
    return {"pages": folder / "site" / "index.html", "single": folder / "single.html", "made": folder / "made"}


@pytest.fixture(scope="module")
def running():
    """Chromium, started once for a file's tests."""
    from browser import browser

    with browser() as found:
        yield found


def looked_into(folder: Path, given: dict[str, tuple[str, str]]) -> None:
    """Write the study file of each of some users' models into the folder that holds their modules; looks in this
    process, where TensorFlow is there already (`study init` itself, see `cli/test_models`, has one of its own for it).

    Args:
        folder: where everything lies.
        given: the model and its data, each as `module:function`, by the study's name.
    """
    from study.cli import models

    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(models, "_apart", models._looking)
        for name, (model, data) in given.items():
            models.write(model, data, None, None, (), folder / f"{name}.toml", 3, 25)


@pytest.fixture(scope="session")
def tensorflow():
    """TensorFlow set up as a worker sets it up: one thread, deterministic."""
    from study.engines.worker import set_up

    try:
        set_up(0)
    except RuntimeError:  # an earlier test made TensorFlow choose its threads
        pass
    import tensorflow

    return tensorflow


@pytest.fixture
def shared_keras(monkeypatch) -> Path:
    """MNIST and Fashion-MNIST as a `KERAS_HOME`; skipped where they are not at hand."""
    if not SHARED_KERAS.is_dir():
        pytest.skip("MNIST and Fashion-MNIST are not at hand (../shared/keras)")
    monkeypatch.setenv("KERAS_HOME", str(SHARED_KERAS))
    return SHARED_KERAS
