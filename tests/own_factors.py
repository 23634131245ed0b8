"""Factors of one's own, as a user writes them: text of a module, whole or with something wrong."""

from __future__ import annotations

from pathlib import Path

from conftest import write_tiny

MODULE = """
from study.design.factors import Factor, Strength


class Little(Strength):
    size: float = 0.5


def layer(x, strength, seed, name):
    import keras

    return keras.layers.GaussianNoise(strength.size, seed=seed, name=name)(x)


Hum = Factor(
    name="hum", label="hum", letter="H", colour="#117733", marker="p", strength=Little, dial="size",
    formula="h + \\\\sigma \\\\varepsilon",
    meaning="Noise is added to hidden units.", layer="keras.layers.GaussianNoise",
    source=("Doe 2020, a report",), block=layer,
)
"""


def write_own(
    folder: Path, name: str, old: str = "", new: str = "", strengths: str = "", head: str = "", **tiny
) -> Path:
    """Write a module `NAME.py` with the factor `Hum` and the tiny study's file that names it.

    `old` is replaced by `new` in the module; `strengths` is added to the experiment's strengths, `head` to
    the file's first lines. Each test takes a name of its own: Python imports a module once.
    """
    assert not old or old in MODULE
    (folder / f"{name}.py").write_text(MODULE.replace(old, new) if old else MODULE)
    return study_with(folder, f'factors = ["{name}:Hum"]\n{head}', strengths, **tiny)


def study_with(folder: Path, head: str, strengths: str = "", **tiny) -> Path:
    """Write the tiny study's file with more first lines and more strengths."""
    file = write_tiny(folder, **tiny)
    file.write_text(f"{head}\n{file.read_text()}{strengths}\n")
    return file
