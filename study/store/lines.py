"""Results on disk: append-only JSON lines, read back as records and as tidy frames.

`<root>/store.json` names the format; `<root>/<experiment>/<arm>.jsonl` holds one line a cell. A line
is appended in one write and synced before the next cell counts as done. Every line ends in a check
of its own bytes, so that a line changed by hand is noticed and never analysed.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from study.design.cells import FORMAT, canonical, key
from study.errors import StudyError, shown
from study.files import whole

Record = dict
"""One line of the store: see `study.store.records.make`."""
CHECK = ',"check":"'


def encode(record: Record) -> str:
    """Return a record's line, without the newline: its JSON and, last, a check of that JSON."""
    text = canonical(record)[:-1]
    return f'{text}{CHECK}{_digest(text)}"}}'


def decode(line: str) -> Record:
    """Return the record a line holds.

    Raises:
        ValueError: if the line is not whole, or not what was written.
    """
    text, mark, tail = line.rpartition(CHECK)
    if not mark or tail != f'{_digest(text)}"}}':
        raise ValueError("the line was changed after it was written")
    return json.loads(f"{text}}}")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class Store:
    """The results of one study.

    Args:
        root: the results folder; it need not exist yet.
        study: the study's name.

    Attributes:
        torn: files whose last line is torn; the cell counts as missing.
        superseded: number of lines that a later line of the same seed replaced.

    Raises:
        StudyError: if `root` is a file, or was written in another format or by another study.
    """

    def __init__(self, root: Path, study: str) -> None:
        self.root, self.study = Path(root), study
        self.torn: list[Path] = []
        self.superseded = 0
        if self.root.exists() and not self.root.is_dir():
            raise StudyError(f"Expected a results folder. Received: {self.root}, which is a file.")
        self._check_format()

    def _check_format(self) -> None:
        marker = self.root / "store.json"
        if not marker.exists():
            if any(self.root.glob("*/*.jsonl")):
                raise StudyError(
                    f"Expected {marker}, which names the format of the results beside it. "
                    "Received: results without it. Use another folder with --results DIR."
                )
            return
        try:
            text = marker.read_bytes().decode(errors="replace")
            found = json.loads(text)
            written, study = found["format"], found["study"]
        except OSError as error:
            raise StudyError(f"{marker}: Expected a readable file. Received: {error.strerror}.") from None
        except (ValueError, KeyError, TypeError):
            raise StudyError(
                f"{marker}: Expected the format and the study of the results beside it. Received: {shown(text)}."
            ) from None
        if written != FORMAT:
            raise StudyError(
                f"{marker}: Expected results of format {FORMAT}. Received: format {written!r}, "
                "written by another version. Use another folder with --results DIR."
            )
        if study != self.study:
            raise StudyError(
                f"{marker}: Expected results of the study {self.study!r}. Received: those of "
                f"{study!r}. Use another folder with --results DIR."
            )

    def read(self) -> dict[tuple[str, str, int], Record]:
        """Return the counting record of every stored cell, by experiment, arm and seed.

        The last line of a seed counts; but a training that failed takes nothing from an earlier
        one of the same settings that did not.

        Raises:
            StudyError: naming file and line, if a line but a torn last one is not what was written.
        """
        self.torn, self.superseded = [], 0
        records: dict[tuple[str, str, int], Record] = {}
        for file in sorted(self.root.glob("*/*.jsonl")):
            for record in self._lines(file):
                place = record["experiment"], record["arm"], record["seed"]
                before = records.get(place)
                self.superseded += before is not None
                if before and record["status"] == "failed" != before["status"] and record["key"] == before["key"]:
                    continue
                records[place] = record
        return records

    def _lines(self, file: Path) -> Iterator[Record]:
        try:
            *lines, tail = file.read_bytes().split(b"\n")
        except OSError as error:
            raise StudyError(f"{file}: Expected a readable file. Received: {error.strerror}.") from None
        if tail:
            self.torn.append(file)
        for number, line in enumerate(lines, start=1):
            try:
                record = decode(line.decode())
                place = record["experiment"], record["arm"]
                if place != (file.parent.name, file.stem):
                    raise ValueError(f"it belongs to {place[0]}/{place[1]}.jsonl")
                if record["key"] != key(*place, record["seed"], record["settings"]):
                    raise ValueError("its key is not that of its settings")
            except (ValueError, KeyError) as error:
                raise StudyError(
                    f"{file}, line {number}: Expected a line as `study run` wrote it. Received: "
                    f"{error}. Delete the line to have its cell trained again."
                ) from None
            yield record

    def append(self, record: Record) -> None:
        """Add a record, whole and synced to the disk.

        Raises:
            StudyError: if it cannot be written; what was there before stays as it was.
        """
        file = self.root / record["experiment"] / f"{record['arm']}.jsonl"
        try:
            self._prepare()
            file.parent.mkdir(exist_ok=True)
            new = not file.exists()
            handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
            try:
                end = _whole(handle)
                _write(handle, (encode(record) + "\n").encode(), end)
            finally:
                os.close(handle)
            if new:
                _sync_folder(file.parent)
        except OSError as error:
            raise StudyError(
                f"{file}: Expected to write a result. Received: {error.strerror}. Cells stored "
                "before are safe; run again when there is room and permission."
            ) from None

    def _prepare(self) -> None:
        marker = self.root / "store.json"
        if marker.exists():
            return
        with whole(marker) as part:
            part.write_text(canonical({"format": FORMAT, "study": self.study}) + "\n")
        _sync_folder(self.root)

    @contextmanager
    def lock(self):
        """Hold the folder for writing; a second writer is refused by name.

        The lock is the kernel's, so that of a dead process is gone with it.

        Raises:
            StudyError: if another process holds it, or the folder cannot be written.
        """
        file = self.root / ".lock"
        try:
            self._prepare()
            handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise StudyError(
                f"{self.root}: Expected a folder that can be written. Received: {error.strerror}."
            ) from None
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                holder = os.read(handle, 100).decode(errors="replace").strip()
                raise StudyError(
                    f"{self.root}: Expected to be the only run on these results. Received: a lock "
                    f"held by process {holder or 'unknown'}. Wait for it, or use --results DIR."
                ) from None
            os.truncate(handle, 0)
            os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
            yield
        finally:
            os.close(handle)


def _whole(handle: int) -> int:
    """Cut a torn last line off; return the file's length after it."""
    size = os.fstat(handle).st_size
    if size and os.pread(handle, 1, size - 1) != b"\n":
        size = os.pread(handle, size, 0).rfind(b"\n") + 1
        os.ftruncate(handle, size)
    return size


def _write(handle: int, text: bytes, end: int) -> None:
    """Write a whole line at the end, or leave the file as it was."""
    try:
        written = 0
        while written < len(text):
            written += os.pwrite(handle, text[written:], end + written)
        os.fsync(handle)
    except OSError:
        os.ftruncate(handle, end)
        raise


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
