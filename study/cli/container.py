"""What the image starts: the published results laid out in the mounted folder, then the command line.

Without words it renders the report of the published study. `run` with a choice of cells trains those
again among the published ones; `run` without a choice trains the whole study, in a folder without results
of it. All other words are the command line's own.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from pathlib import Path

from study.cli.options import chosen_cells
from study.cli.train import say
from study.design import studyfile
from study.design.cells import cells as cells_of
from study.errors import StudyError
from study.store.lines import Store
from study.store.provenance import CHECKOUT

SHIPPED = CHECKOUT / "results"
"""The published results: a folder a study, as the command line writes them."""

WRITES = ("run", "report", "export", "tune")
READS = ("plan", "status", "show", "report", "export", "verify", "tune")

DOCKER = 'docker run --user "$(id -u):$(id -g)" -v "$PWD/{}:/data/results" what-regularizes'
"""How it is started, on a folder of the user's."""


def default() -> str:
    """Return the study to report without words: `STUDY` of the environment, or the published one."""
    measured = json.loads((CHECKOUT / "published" / "measured.json").read_text(encoding="utf-8"))
    return os.environ.get("STUDY") or measured["study"]


def choice(words: list[str]) -> dict[str, list[str] | None]:
    """Return the experiments, arms and seeds that the words of a `run` name; None for each that they do not."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    for short, name in (("-E", "--experiment"), ("-a", "--arm"), (None, "--seeds")):
        parser.add_argument(*filter(None, (short, name)), action="append", dest=name.strip("-"))
    try:
        return vars(parser.parse_known_args(words)[0])
    except argparse.ArgumentError:  # an option without its value, which the command line says
        return {}


def published(name: str, chosen: dict, results: Path, shipped: Path) -> bool:
    """Return whether any of the chosen cells in a folder of results is still the published one.

    Args:
        name: the study.
        chosen: see `choice`.
        results: the study's results.
        shipped: its published results.
    """
    study = studyfile.load(name)
    seeds = chosen.get("seeds") or [None]
    cells = cells_of(study, **chosen_cells(study, chosen.get("experiment"), chosen.get("arm"), seeds[-1]))
    here, there = (Store(folder, name).read() for folder in (results, shipped))
    return any(cell.place in there and here.get(cell.place) == there[cell.place] for cell in cells)


def elsewhere(words: list[str]) -> bool:
    """Return whether the words keep away from the mounted results: they name others, or ask for help."""
    return not {"--help", "--results"}.isdisjoint(word.partition("=")[0] for word in words)


def lay_out(words: list[str], results: Path, shipped: Path = SHIPPED) -> list[str]:
    """Copy a study's published results to where the command line looks for them, if nothing is there yet.

    Args:
        words: the command line's, at least one.
        results: the folder of results, `results` below the working directory.
        shipped: the published results.

    Returns:
        The words; a `run` of chosen cells has `--force` added as long as any of them is the published one, since that is
        not what was asked for.

    Raises:
        StudyError: if the copy cannot be written.
    """
    name = next((word for word in words[1:] if (shipped / word / "store.json").is_file()), None)
    if name is None or elsewhere(words):
        return words
    folder, chosen = results / name, choice(words)
    rerun = words[0] == "run" and any(chosen.values())
    if not (folder / "store.json").exists() and (rerun or words[0] in READS):
        check_writable(results)
        # `copyfile` leaves the image's owner and modes behind: the files are the user's.
        shutil.copytree(shipped / name, folder, copy_function=shutil.copyfile, dirs_exist_ok=True)
        say(f"study: the published results of {name} were copied to {folder}.")
    if words[0] != "run" or "--force" in words:
        return words
    try:
        if not published(name, chosen, folder, shipped / name):
            return words
    except StudyError:  # the command line says what is wrong
        return words
    if rerun:
        say("study: the chosen cells are trained again; once all of them were, --force does so.")
        return [*words, "--force"]
    say(
        f"study: the cells here are the published ones. To train them all, name an empty folder: {DOCKER.format('retrained')} run {name}"
    )
    return words


def check_writable(results: Path) -> None:
    """Refuse a folder of results that this user cannot write, before any work.

    Raises:
        StudyError: saying who owns it and who asks.
    """
    there = next(folder for folder in (results, *results.parents) if os.path.exists(folder))
    if not os.access(there, os.W_OK | os.X_OK):
        owner = there.stat()
        raise StudyError(
            f"Expected a folder that this container's user, {os.getuid()}:{os.getgid()}, can write. Received: {there.absolute()} of "
            f"{owner.st_uid}:{owner.st_gid}. Make the folder first, then: {DOCKER.format('results')} …"
        )


def begin(words: list[str], results: Path) -> list[str]:
    """Return the words to run, after saying what a user who gave none should know."""
    if not words:
        words = ["report", default()]
        say(
            f"study: no command, so {' '.join(words)}. To train all of it, in another folder: {DOCKER.format('retrained')} run {words[1]}"
        )
        say(f"study: to train one arm again among these: {DOCKER.format('results')} run {words[1]} --arm dropout+l2")
    if words[0] in WRITES and not elsewhere(words):
        check_writable(results)
        if not any(os.path.ismount(folder) for folder in (results, *results.resolve().parents[:-1])):
            say(f"study: nothing is mounted at {results.resolve()}; what is written goes with the container.")
    return lay_out(words, results)


def name_gpus(devices: Path = Path("/dev")) -> None:
    """Name the GPUs this container was given: of the host's driver it sees the whole list, given or not.

    On Windows' subsystem for Linux one device, `dxg`, stands for all of them: there is nothing to name.
    """
    if (devices / "dxg").exists():
        return
    given = sum(path.name.removeprefix("nvidia").isdigit() for path in devices.glob("nvidia*"))
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", ",".join(map(str, range(given))) or "-1")


def main() -> None:
    """Run the command line as `study.cli.commands.main` does, after `begin`."""
    os.makedirs(os.environ.get("HOME") or "/tmp", exist_ok=True)
    name_gpus()
    try:
        words = begin(sys.argv[1:], Path("results"))
    except StudyError as error:
        say(f"study: {error}")
        sys.exit(2)
    from study.cli import commands

    sys.argv = ["study", *words]
    commands.main()


if __name__ == "__main__":
    main()
