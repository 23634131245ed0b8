"""Seeds' examples on disk, drawn once a run and mapped into the memory of every process that trains on them."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from contextlib import suppress
from dataclasses import fields
from pathlib import Path

import numpy as np

from study.data.splits import Split, draw
from study.design.settings import Data


class Shelf:
    """Files with seeds' examples, shared by the processes of one machine.

    Args:
        folder: where they lie; it exists.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)

    def split(self, data: Data, seed: int) -> Split:
        """Return a seed's examples as `splits.draw` does, from the files if they can be kept in files.

        Whoever comes first draws them, and the others wait for that.
        """
        place = self._place(data, seed)
        with suppress(OSError, ValueError):  # no room or no permission: everyone has examples of their own
            with place.with_suffix(".lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                if not place.exists():
                    _write(draw(data, seed), place)
            # Copy on write, and nobody writes: TensorFlow takes no memory that is marked as read-only.
            return Split(**{file.stem: _mapped(file) for file in place.glob("*.npy")})
        return draw(data, seed)

    def remove(self, data: Data, seed: int) -> None:
        """Remove a seed's files; whoever has mapped them keeps them until it lets go."""
        shutil.rmtree(self._place(data, seed), ignore_errors=True)

    def _place(self, data: Data, seed: int) -> Path:
        return self.folder / hashlib.sha256(repr((data, seed)).encode()).hexdigest()


def _write(split: Split, place: Path) -> None:
    """Write the files, all of them or none."""
    partial = place.with_suffix(f".{os.getpid()}")
    partial.mkdir()
    try:
        for field in fields(Split):
            if (kept := getattr(split, field.name)) is not None:
                np.save(partial / f"{field.name}.npy", kept)
        partial.rename(place)
    except OSError:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def _mapped(file: Path):
    """Return an array mapped from its file; a single number as a number."""
    found = np.load(file, mmap_mode="c")
    return found if found.ndim else int(found)
