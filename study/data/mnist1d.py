"""MNIST-1D: signals generated for every seed, and kept, for making them takes seconds."""

from __future__ import annotations

import os
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

import numpy as np

from study.design.seeds import derive
from study.files import whole


def cache_folder() -> Path:
    """Return the folder where generated data are kept: `XDG_CACHE_HOME` or `~/.cache`."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "what-regularizes"


def draw(sizes: tuple[int, ...], seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return parts of the given sizes under one seed, generated once a machine.

    Args:
        sizes: examples in each part.
        seed: the block's seed.

    Returns:
        For each part x, shape (examples, 40), and y, shape (examples,): see `generate`.
    """
    name = f"mnist1d-{version('mnist1d')}-{'-'.join(map(str, sizes))}-{seed}.npz"
    file = cache_folder() / name
    try:
        with np.load(file, allow_pickle=False) as archive:
            x, y = archive["x"], archive["y"]
    except Exception:  # absent, torn or unreadable: made again
        x, y = generate(sum(sizes), derive(seed, "data", "mnist1d"))
        _keep(file, x=x, y=y)
    ends = np.cumsum(sizes)
    return [(x[a:b], y[a:b]) for a, b in zip([0, *ends], ends)]


def _keep(file: Path, **arrays: np.ndarray) -> None:
    """Write a cache file; a cache that cannot be written is no error."""
    with suppress(OSError), whole(file) as part, part.open("wb") as stream:
        np.savez(stream, **arrays)


def generate(examples: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Generate MNIST-1D signals with the data set's published settings.

    Args:
        examples: how many signals, in all ten classes alike but for a remainder.
        seed: seed of the generator. NumPy's and Python's global states are left as they were.

    Returns:
        x: float32, shape (examples, 40), centred and scaled by the mean and standard deviation of
            these signals.
        y: int32, shape (examples,), values 0 … 9, in random order.

    Source:
        Greydanus & Kobak, Scaling down deep learning with MNIST-1D, ICML 2024.
    """
    import random

    from mnist1d.data import get_dataset_args, make_dataset

    args = get_dataset_args()
    args.num_samples = -(-examples // 10) * 10
    args.train_split, args.seed = 1.0, seed
    state, python_state = np.random.get_state(), random.getstate()
    try:
        made = make_dataset(args)
    finally:
        np.random.set_state(state)
        random.setstate(python_state)
    return made["x"][:examples].astype(np.float32), made["y"][:examples].astype(np.int32)
