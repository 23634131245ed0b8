"""What the image starts: the published results laid out in the mounted folder, then the command line.

Without words it renders the report of the published study. `run` with a choice of cells trains those
again among the published ones; `run` without a choice trains the whole study, in a folder without results
of it. All other words are the command line's own.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

from study.cli import commands, options
from study.cli.options import say
from study.errors import StudyError
from study.store.lines import Store
from study.store.provenance import CHECKOUT

SHIPPED = CHECKOUT / "results"
"""The published results: a folder a study, as the command line writes them."""

WRITES = ("run", "report", "export", "tune")

DOCKER = 'docker run --user "$(id -u):$(id -g)" -v "$PWD/{}:/data/results" what-regularizes'
"""How it is started, on a folder of the user's."""


def default() -> str:
    """Return the study to report without words: `STUDY` of the environment, or the published one."""
    measured = json.loads((CHECKOUT / "published" / "measured.json").read_text(encoding="utf-8"))
    return os.environ.get("STUDY") or measured["study"]


class Image(options.Host):
    """The image: a study's published results are copied to where the command line looks for them, if nothing is there.

    Args:
        results: the folder of results, `results` below the working directory.
        shipped: the published results.
    """

    def __init__(self, results: Path = Path("results"), shipped: Path = SHIPPED) -> None:
        self.results, self.shipped = results, shipped

    def opening(self, command: str, name: str, whole: bool) -> None:
        """Copy what was published, unless all of the study is to be trained.

        Raises:
            StudyError: if the copy, or what the command makes, cannot be written.
        """
        if command in WRITES:
            check_writable(self.results)
            if not any(os.path.ismount(folder) for folder in (self.results, *self.results.resolve().parents[:-1])):
                say(f"study: nothing is mounted at {self.results.resolve()}; what is written goes with the container.")
        folder = self.results / name
        if not self._published(name) or (folder / "store.json").exists() or (command == "run" and whole):
            return
        check_writable(self.results)
        # `copyfile` leaves the image's owner and modes behind: the files are the user's.
        shutil.copytree(self.shipped / name, folder, copy_function=shutil.copyfile, dirs_exist_ok=True)
        say(f"study: the published results of {name} were copied to {folder}.")

    def _published(self, name: str) -> bool:
        return (self.shipped / name / "store.json").is_file()

    def retrains(self, name: str, cells: list, store: Store, whole: bool) -> bool:
        """Return whether chosen cells are trained although they are done: as long as any is still the published one."""
        if not self._published(name):
            return False
        here, there = store.read(), Store(self.shipped / name, name).read()
        if not any(cell.place in there and here.get(cell.place) == there[cell.place] for cell in cells):
            return False
        if whole:
            say(
                "study: the cells here are the published ones. To train them all, name an empty folder: "
                f"{DOCKER.format('retrained')} run {name}"
            )
            return False
        say("study: the chosen cells are trained again; once all of them were, --force does so.")
        return True


def check_writable(results: Path) -> None:
    """Refuse a folder of results that this user cannot write, before any work.

    Raises:
        StudyError: saying who owns it and who asks.
    """
    there = next(folder for folder in (results, *results.parents) if os.path.exists(folder))
    if not os.access(there, os.W_OK | os.X_OK):
        owner = there.stat()
        raise StudyError(
            f"Expected a folder that this container's user, {os.getuid()}:{os.getgid()}, can write. Received: "
            f"{there.absolute()} of {owner.st_uid}:{owner.st_gid}. Make the folder first, then: "
            f"{DOCKER.format('results')} …"
        )


def words_for(words: list[str]) -> list[str]:
    """Return the words to run: a user's own, or, after saying what a user who gave none should know, the report's."""
    if words:
        return words
    study = default()
    say(
        f"study: no command, so report {study}. To train all of it, in another folder: {DOCKER.format('retrained')} "
        f"run {study}"
    )
    say(f"study: to train one arm again among these: {DOCKER.format('results')} run {study} --arm dropout+l2")
    return ["report", study]


def name_gpus(devices: Path = Path("/dev")) -> None:
    """Name the GPUs this container was given: of the host's driver it sees the whole list, given or not.

    On Windows' subsystem for Linux one device, `dxg`, stands for all of them: there is nothing to name.
    """
    if (devices / "dxg").exists():
        return
    given = sum(path.name.removeprefix("nvidia").isdigit() for path in devices.glob("nvidia*"))
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", ",".join(map(str, range(given))) or "-1")


def main() -> None:
    """Run the command line as `study.cli.commands.main` does, in the image."""
    os.makedirs(os.environ.get("HOME") or "/tmp", exist_ok=True)
    name_gpus()
    options.host = Image()
    sys.argv = ["study", *words_for(sys.argv[1:])]
    commands.main()


if __name__ == "__main__":
    main()
