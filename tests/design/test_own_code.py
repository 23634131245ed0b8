"""What a user's code and data are decides keys and draws: not their names, and not how they are written down."""

import numpy as np
import pytest
from conftest import TINY, study, write_tiny
from synthetic import store

from study.data.splits import draw
from study.design import studyfile
from study.design.cells import cells, differences
from study.design.measurements import Mechanism, Trial
from study.design.own import code
from study.store.lines import Store
from study.store.status import renamed, survey

NETWORK = '''"""My network."""
import keras
from {name}_blocks import tail


def network(inputs, classes, layers, width=8):
    """It is dense."""
    x = keras.layers.Flatten()(layers.augment(inputs))
    return tail(layers, layers.dense(x, width, "wide"), classes)
'''
BLOCKS = "def tail(layers, x, classes):\n    return layers.head(x, classes)\n"


def written(folder, name, network=NETWORK, blocks=BLOCKS):
    """Write a study whose network lies in a module beside it, which imports another; return its first cell."""
    (folder / f"{name}.py").write_text(network.format(name=name))
    (folder / f"{name}_blocks.py").write_text(blocks)
    file = folder / "tiny.toml"
    file.write_text(TINY.format(seeds="0", epochs=6).replace('"mlp", widths = [8]', f'"{name}:network"'))
    return cells(studyfile.load(str(file)))[0]


def test_how_code_is_written_is_no_change(tmp_path):
    before = written(tmp_path, "own_same")
    told = (
        NETWORK.replace("My network.", "Ours.")
        .replace("    return", "    # the end\n    return")
        .replace("x, w", "x,  w")
    )
    assert told != NETWORK
    again = written(tmp_path, "own_same", told, f"# Ours too.\n{BLOCKS}")
    assert again.key == before.key


@pytest.mark.parametrize("name, network, blocks, changed", [
    ("own_seen", NETWORK.replace("width=8", "width=64"), BLOCKS, "own_seen"),
    ("own_used", NETWORK, BLOCKS.replace("head(x", "head(2 * x"), "own_used_blocks"),
])  # fmt: skip
def test_edited_code_is_named_as_what_changed(tmp_path, name, network, blocks, changed):
    """In the module itself, or in one that it imports beside it."""
    before = written(tmp_path, name)
    after = written(tmp_path, name, network, blocks)
    assert after.key != before.key
    (told,) = differences(before.settings, after.settings)
    assert told.startswith(f"model.source.{changed}: ")


def test_plan_says_that_edited_code_made_cells_stale(tmp_path):
    before = written(tmp_path, "own_planned")
    store(studyfile.load(str(tmp_path / "tiny.toml")), tmp_path / "r", lambda cell: 70.0)
    words = ["plan", tmp_path / "tiny.toml", "--results", tmp_path / "r"]
    assert "Nothing to train" in study(*words).stdout
    after = written(tmp_path, "own_planned", NETWORK.replace("width=8", "width=64"))
    assert after.key != before.key
    ran = study(*words)
    assert ran.returncode == 0 and "scans: 32 stale by model.source.own_planned: " in ran.stdout, (
        ran.stdout + ran.stderr
    )


def test_installed_packages_are_not_part_of_it(tmp_path, monkeypatch):
    (tmp_path / "site-packages" / "own_installed").mkdir(parents=True)
    monkeypatch.syspath_prepend(tmp_path / "site-packages")
    (tmp_path / "site-packages" / "own_other.py").write_text("y = 1\n")
    for name, text in (("__init__", ""), ("inner", "x = 1\n"), ("outer", "import own_other\nfrom . import inner\n")):
        (tmp_path / "site-packages" / "own_installed" / f"{name}.py").write_text(text)
    found = code.source("own_installed.outer")
    assert list(found) == ["own_installed", "own_installed.inner", "own_installed.outer"]
    assert code.source("own_not_there") is None and code.source("own_installed.absent") is None


def test_a_mechanisms_code_is_part_of_its_key(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    keys = []
    for text in (
        "class Made:\n    size = 1\n",
        "class Made:\n    '''A mechanism.'''\n    size = 1\n",
        "class Made:\n    size = 2\n",
    ):
        (tmp_path / "own_mechanism.py").write_text(text)
        keys.append(Trial(Mechanism("made", "up", "own_mechanism:Made", {}, 1.0), 0).key)
    assert keys[0] == keys[1] != keys[2]


def arrays(shift=0.0):
    x = np.arange(360, dtype=np.float32).reshape(90, 4) + shift
    return {"x_train": x, "y_train": np.arange(90) % 3, "x_test": x[:9], "y_test": np.arange(9) % 3}


def on(folder, name):
    """Return a study on an .npz file that is named so."""
    file = write_tiny(folder)
    mine = f'name = "{name}", train = 40, validation = 20'
    file.write_text(file.read_text().replace('name = "digits", train = 60, validation = 60, test = 200', mine))
    return studyfile.load(str(file))


def test_a_files_content_decides_key_and_draw_and_not_its_name(tmp_path):
    (tmp_path / "sub").mkdir()
    for name in ("mine.npz", "other.npz", "sub/mine.npz"):
        np.savez(tmp_path / name, **arrays())
    found = [on(tmp_path, name) for name in ("mine.npz", "./mine.npz", "other.npz", "sub/mine.npz")]
    assert len({cells(each)[0].key for each in found}) == 1
    draws = [draw(each.experiments["scans"].data, 0).x_train for each in found]
    assert all((one == draws[0]).all() for one in draws)
    np.savez(tmp_path / "sub" / "mine.npz", **arrays(1.0))
    edited = on(tmp_path, "sub/mine.npz")
    assert cells(edited)[0].key != cells(found[0])[0].key
    assert not (draw(edited.experiments["scans"].data, 0).x_train - 1 == draws[0]).all(), "another draw"


def test_the_same_data_under_a_new_name_is_said_to_be(tmp_path):
    np.savez(tmp_path / "old.npz", **arrays())
    before = on(tmp_path, "old.npz")
    store(before, tmp_path / "r", lambda cell: 70.0)
    kept = Store(tmp_path / "r", before.name)
    assert renamed(survey(cells(before), kept.read())) == []
    (tmp_path / "old.npz").rename(tmp_path / "new.npz")
    standing = survey(cells(on(tmp_path, "new.npz")), kept.read())
    (told,) = renamed(standing)
    assert not standing.stale and told.startswith("scans: new.npz is the same data under a new name: it was old.npz")
