"""Which form of dropout today's frameworks use, looked at in each that is installed.

Run as a program, it looks at one framework and prints what it found:

    KERAS_BACKEND=jax python -m study.claims.mechanisms.frameworks "Keras on JAX" 100000 0.1 0.5

Keras chooses its backend when it is imported, so every backend gets a process of its own.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from functools import cached_property

import numpy as np

from study.design.seeds import derive

FRAMEWORKS: dict[str, tuple[str, str | None]] = {
    "Keras on TensorFlow": ("tensorflow", "tensorflow"),
    "Keras on JAX": ("jax", "jax"),
    "Keras on PyTorch": ("torch", "torch"),
    "PyTorch": ("torch", None),
}
"""Name; the package it needs; Keras's backend, None for the framework's own layer."""


class Frameworks:
    """Looks at the dropout layer of every framework that is installed.

    Which form a layer has is no matter of chance: one object looks once, under one draw of its own, and what it
    found is every seed's value.

    Settings:
        `rates`; `units`: units dropped at each rate; `seconds`: the longest a framework may take; `installed`:
        names of the packages that are there.
    """

    def __init__(self, settings: dict) -> None:
        self.settings = settings

    def measure(self, seed: int) -> dict:
        """Return what each framework does, whatever the seed.

        Returns:
            `checked`: for each framework's name, a table: `rates`; `scale`, a kept unit over its input, a rate
            each; `zeros`, the share of units set to zero, a rate each; `inference`, an output over its input at
            inference, a rate each; `deviation`, the largest of any unit from the inverted form, relative: of kept
            units from 1/(1 − p) times their input, and of outputs at inference from their input. `unchecked`:
            why, for each name that was not: not installed, or the last line of its error.
        """
        return self._found

    @cached_property
    def _found(self) -> dict:
        checked, unchecked = {}, {}
        for name, (package, backend) in FRAMEWORKS.items():
            if importlib.util.find_spec(package) is None:
                unchecked[name] = "not installed"
            elif backend == "tensorflow":
                checked[name] = look(name, self.settings["units"], self.settings["rates"])
            else:
                try:
                    checked[name] = self._elsewhere(name, backend)
                except (subprocess.SubprocessError, ValueError) as error:
                    lines = (getattr(error, "stderr", "") or str(error)).strip().splitlines()
                    unchecked[name] = lines[-1] if lines else type(error).__name__
        return {"checked": checked, "unchecked": unchecked}

    def _elsewhere(self, name: str, backend: str | None) -> dict:
        words = [name, self.settings["units"], *self.settings["rates"]]
        # The processor is enough, and a framework that takes a whole GPU would disturb its neighbours.
        env = {**os.environ, "JAX_PLATFORMS": "cpu", "CUDA_VISIBLE_DEVICES": ""}
        ran = subprocess.run(
            [sys.executable, "-m", "study.claims.mechanisms.frameworks", *map(str, words)],
            text=True,
            capture_output=True,
            check=True,
            timeout=self.settings["seconds"],
            env=env | ({"KERAS_BACKEND": backend} if backend else {}),
        )
        return json.loads(ran.stdout.splitlines()[-1])


def look(name: str, units: int, rates: list[float]) -> dict:
    """Look at one framework's dropout layer in this process; see `Frameworks.measure`."""
    apply = _torch if FRAMEWORKS[name][1] is None else _keras
    x = np.random.default_rng(derive(0, "frameworks", "inputs")).uniform(0.5, 1.5, (1, units)).astype(np.float32)
    found: dict[str, list] = {"rates": list(rates), "scale": [], "zeros": [], "inference": []}
    deviation = 0.0
    for rate in rates:
        trained, idle = (
            apply(x, rate, derive(0, "frameworks", str(rate)), training).astype(np.float64) / x
            for training in (True, False)
        )
        kept = trained[trained != 0]
        found["zeros"].append(float((trained == 0).mean()))
        found["scale"].append(float(kept.mean()))
        found["inference"].append(float(idle.mean()))
        deviation = max(deviation, *(float(np.abs(part - 1).max()) for part in ((1 - rate) * kept, idle)))
    return found | {"deviation": deviation}


def _keras(x: np.ndarray, rate: float, seed: int, training: bool) -> np.ndarray:
    import keras

    return keras.ops.convert_to_numpy(keras.layers.Dropout(rate, seed=seed)(x, training=training))


def _torch(x: np.ndarray, rate: float, seed: int, training: bool) -> np.ndarray:
    import torch

    torch.manual_seed(seed)
    return torch.nn.Dropout(rate).train(training)(torch.from_numpy(x)).numpy()


if __name__ == "__main__":
    print(json.dumps(look(sys.argv[1], int(sys.argv[2]), [float(rate) for rate in sys.argv[3:]])))
