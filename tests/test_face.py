"""What `import study` offers: the names a user writes, opened when they are asked for."""

import subprocess
import sys

import pytest

import study


@pytest.mark.parametrize("name", study.__all__)
def test_every_name_of_the_face_is_there(name):
    assert getattr(study, name).__module__.startswith("study.")


def test_what_the_face_offers_is_said_of_a_name_it_does_not():
    with pytest.raises(AttributeError, match="no attribute 'Factors'. It offers: ablate, Factor, "):
        study.Factors  # noqa: B018


def test_the_face_costs_nothing():
    """Neither pandas nor TensorFlow is imported before a name that needs them is used."""
    asked = "import sys, study; study.load; print({'pandas', 'scipy', 'keras', 'tensorflow'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True).stdout.strip() == "set()"
