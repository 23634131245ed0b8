"""Seeds' examples in files: the same values, once on disk, gone when they are not needed."""

import dataclasses
import os
from multiprocessing import get_context

import numpy as np
import pytest

from study.data import shelf, splits
from study.data.shelf import Shelf
from study.design.settings import Data

DIGITS = Data(name="digits", train=60, validation=40, test=50, label_noise=0.1)


def equal(one, other):
    return all(
        np.array_equal(getattr(one, field.name), getattr(other, field.name)) and
        np.asarray(getattr(one, field.name)).dtype == np.asarray(getattr(other, field.name)).dtype
        for field in dataclasses.fields(one)
    )  # fmt: skip


def test_examples_are_drawn_once_and_mapped(tmp_path, monkeypatch):
    drawn = []
    monkeypatch.setattr(shelf, "draw", lambda *place: drawn.append(place) or splits.draw(*place))
    one, again, other = (Shelf(tmp_path).split(DIGITS, seed) for seed in (3, 3, 4))
    assert len(drawn) == 2 and isinstance(again.x_train, np.memmap) and again.classes == 10
    assert equal(one, splits.draw(DIGITS, 3)) and equal(one, again) and not equal(one, other)


def test_removed_examples_stay_with_whoever_has_them(tmp_path):
    found = Shelf(tmp_path).split(DIGITS, 0)
    Shelf(tmp_path).remove(DIGITS, 0)
    assert not list(tmp_path.glob("*/*.npy")) and equal(found, splits.draw(DIGITS, 0))
    assert equal(Shelf(tmp_path).split(DIGITS, 0), found)


def test_without_a_place_everyone_draws_its_own(tmp_path):
    found = Shelf(tmp_path / "gone").split(DIGITS, 0)
    assert equal(found, splits.draw(DIGITS, 0)) and not (tmp_path / "gone").exists()


def test_a_disk_that_fills_up_leaves_nothing_half_written(tmp_path, monkeypatch):
    def full(*words, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shelf.np, "save", full)
    assert equal(Shelf(tmp_path).split(DIGITS, 0), splits.draw(DIGITS, 0))
    assert not [path for path in tmp_path.iterdir() if path.is_dir()]


def _draw_slowly(folder, log):
    real = splits.draw

    def slow(*place):
        import time

        with open(log, "a") as stream:
            stream.write("drawn\n")
        time.sleep(0.5)
        return real(*place)

    shelf.draw = slow
    Shelf(folder).split(DIGITS, 0)


def test_processes_wait_for_the_first(tmp_path):
    context = get_context("fork")
    running = [context.Process(target=_draw_slowly, args=(tmp_path, tmp_path / "log")) for _ in range(3)]
    for process in running:
        process.start()
    for process in running:
        process.join(60)
    assert [process.exitcode for process in running] == [0, 0, 0]
    assert (tmp_path / "log").read_text().count("drawn") == 1


@pytest.mark.parametrize("name", ["fashion_mnist", "mnist"])
def test_images_stay_bytes_until_somebody_asks_for_pixels(shared_keras, name):
    data = Data(name=name, train=50, validation=20, test=30)
    drawn, pixels = splits.draw(data, 0), splits.split(data, 0)
    for part in ("x_train", "x_validation", "x_test"):
        kept, wanted = getattr(drawn, part), getattr(pixels, part)
        assert kept.dtype == np.uint8 and wanted.dtype == np.float32 and wanted.max() == 1.0
        np.testing.assert_array_equal(wanted, kept.astype(np.float32) / 255.0)


def test_a_users_bytes_are_numbers_like_any_other(tmp_path):
    x = np.arange(120, dtype=np.uint8).reshape(30, 4)
    np.savez(tmp_path / "mine.npz", x_train=x, y_train=np.arange(30) % 2, x_test=x, y_test=np.arange(30) % 2)
    data = Data(name="mine.npz", file=tmp_path / "mine.npz", train=20, validation=10)
    for found in (splits.draw(data, 0), splits.split(data, 0)):
        assert found.x_train.dtype == np.float32 and found.x_test.max() == 119.0


def test_a_worker_tidies_up_in_place_of_a_parent_that_was_killed(tmp_path, monkeypatch):
    """What `test_crashes` kills leaves no folder behind."""
    from study.engines import worker

    ended = []
    monkeypatch.setattr(worker, "wait", lambda sentinels: None)
    monkeypatch.setattr(worker, "parent_process", lambda: type("Parent", (), {"sentinel": None}))
    monkeypatch.setattr(os, "_exit", ended.append)
    (tmp_path / "examples" / "draw").mkdir(parents=True)
    worker._die_with_parent(str(tmp_path / "examples"))
    assert ended == [1] and not (tmp_path / "examples").exists()
