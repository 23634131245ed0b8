"""Files that are written whole or not at all, and places that can be written."""

from __future__ import annotations

import filecmp
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from study.errors import StudyError


@contextmanager
def whole(file: Path) -> Iterator[Path]:
    """Give a place beside a file to write to; whole, it takes the file's place, else the file stays as it was.

    Args:
        file: where it shall lie; its folder is made. What a link points to is replaced, not the link, and what was
            there may be read and written by whom it could before.

    Raises:
        OSError: if it cannot be written.
    """
    file = file.resolve()
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f".{os.getpid()}.part")  # no part of the name: TensorBoard reads what is named like events
    try:
        yield part
        if file.exists():
            shutil.copymode(file, part)
        part.replace(file)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


@contextmanager
def restored(*files: Path) -> Iterator[None]:
    """Put files back as they were, also those that were not there, if what is done with them fails."""
    with TemporaryDirectory(prefix="study-") as folder:
        copies = {file: Path(folder) / str(number) for number, file in enumerate(files) if file.exists()}
        for file, copy in copies.items():
            shutil.copy2(file, copy)
        try:
            yield
        except BaseException:
            for file in files:
                if file not in copies:
                    file.unlink(missing_ok=True)
                elif not file.exists() or not filecmp.cmp(file, copies[file], shallow=False):
                    shutil.copy2(copies[file], file)
            raise


def check_folder(folder: Path, option: str) -> None:
    """Refuse a place for a folder that is a file or cannot be written, before any work; nothing is left there.

    Args:
        folder: it need not exist.
        option: who names it, for the message.

    Raises:
        StudyError: saying what is there.
    """
    if folder.exists() and not folder.is_dir():
        raise StudyError(f"{option}: Expected a folder. Received: {folder}, which is a file.")
    _check(folder, folder, option)


def check_file(file: Path, option: str) -> None:
    """Refuse a place for a file that is a folder or cannot be written; arguments and errors as in `check_folder`."""
    if file.is_dir():
        raise StudyError(f"{option}: Expected a file. Received: {file}, which is a folder.")
    _check(file, file.parent, option)


def check_ours(files: Iterable[Path], ours: bool, option: str, writer: str) -> None:
    """Refuse to write over files of the user's, which may have the names of ours; arguments and errors as in
    `check_folder`.

    Args:
        files: what would be written over or removed.
        ours: whether, if they are there, it is we who wrote them.
        writer: who writes such files, for the message.
    """
    for file in files:
        if file.is_dir() or (file.exists() and not ours):
            raise StudyError(
                f"{option}: Expected a place without {file.name}, unless {writer} wrote it. Received: {file.parent}, "
                "which has one; move it, or name another."
            )


def _check(place: Path, folder: Path, option: str) -> None:
    there = next(each for each in (folder, *folder.resolve().parents) if each.exists())
    try:
        TemporaryDirectory(dir=there).cleanup()
    except OSError as error:
        raise StudyError(
            f"{option}: Expected a place that can be written. Received: {place}, but in {there} nothing can be "
            f"({error.strerror})."
        ) from None
