"""How a worker starts: without what no training needs, and with all of it there for users' code."""

import subprocess
import sys

import pytest

from study.engines.worker import _out_of_sight

STARTED = """
import sys
from study.engines.worker import set_up

set_up(0)
import keras

print(sorted({"jax", "matplotlib", "sklearn"} & {*sys.modules}))
import matplotlib.pyplot, sklearn.linear_model

print(sklearn.linear_model.LogisticRegression.__name__, keras.layers.Dense.__name__)
"""


def test_what_no_training_needs_is_not_imported_and_can_be():
    ran = subprocess.run([sys.executable, "-c", STARTED], capture_output=True, text=True)
    assert ran.returncode == 0 and ran.stdout.splitlines() == ["[]", "LogisticRegression Dense"], ran.stderr


def test_a_module_is_out_of_sight_only_for_so_long(monkeypatch):
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    with pytest.raises(ZeroDivisionError), _out_of_sight("colorsys", "subprocess"):
        with pytest.raises(ImportError):
            import colorsys
        assert sys.modules["subprocess"] is subprocess, "what is there already stays"
        raise ZeroDivisionError
    import colorsys

    assert colorsys.rgb_to_hsv
