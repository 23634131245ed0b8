"""A user's data, from wherever they lie."""

import numpy as np
import pandas as pd
import pytest

from study.data import npz, sources
from study.data.formats import Wanted
from study.errors import StudyError

X = np.arange(80.0).reshape(20, 4).astype(np.float32)
Y = np.arange(20) % 2


def gather(data, target, sample, task="classification"):
    return sources.gather(data, target, Wanted({"inputs": sample}, task))


def test_an_npz_file_with_a_test_part(tmp_path):
    file = tmp_path / "a.npz"
    np.savez(file, x_train=X, y_train=Y, x_test=X[:6], y_test=Y[:6])
    found = gather(str(file), None, (4,))
    assert not found.held_out and found.classes == ("0", "1")
    np.testing.assert_array_equal(found.arrays["x_train"], X)
    np.testing.assert_array_equal(found.arrays["y_test"], Y[:6])


def test_validation_examples_join_the_training_ones(tmp_path):
    file = tmp_path / "b.npz"
    np.savez(file, x_train=X[:10], y_train=Y[:10], x_val=X[10:14], y_val=Y[10:14], x_test=X[14:], y_test=Y[14:])
    found = gather(str(file), None, (4,)).arrays
    np.testing.assert_array_equal(found["x_train"], X[:14])
    np.testing.assert_array_equal(found["x_test"], X[14:])


def test_a_test_part_is_held_out_where_there_is_none(tmp_path):
    """A fifth of the examples, the same each time, and none of them for training too."""
    file = tmp_path / "c.npz"
    np.savez(file, x_train=X, y_train=Y)
    first, again = (gather(str(file), None, (4,)) for _ in range(2))
    assert first.held_out and len(first.arrays["y_test"]) == 4
    np.testing.assert_array_equal(first.arrays["x_test"], again.arrays["x_test"])
    both = np.concatenate([first.arrays["x_train"], first.arrays["x_test"]])
    np.testing.assert_array_equal(both[np.argsort(both[:, 0])], X)


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        (np.eye(2)[Y], ("0", "1")),
        (np.array(["cat", "dog"])[Y], ("cat", "dog")),
        (Y[:, None], ("0", "1")),
        (10.0 * Y, ("0", "10")),
        (Y.astype(bool), ("False", "True")),
    ],
)
def test_labels_of_every_kind_are_counted_from_0(tmp_path, labels, classes):
    file = tmp_path / "d.npz"
    np.savez(file, x_train=X, y_train=labels, x_test=X, y_test=labels)
    found = gather(str(file), None, (4,))
    assert found.classes == classes
    np.testing.assert_array_equal(found.arrays["y_train"], Y)


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_table_with_a_column_of_labels(tmp_path, ending):
    table = pd.DataFrame(X, columns=list("abcd")).assign(kind=np.array(["no", "yes"])[Y])
    file = tmp_path / f"t.{ending}"
    table.to_csv(file, index=False) if ending == "csv" else table.to_parquet(file)
    found = gather(str(file), "kind", (4,))
    assert found.classes == ("no", "yes")
    assert found.arrays["x_train"].shape == (16, 4) and found.arrays["x_train"].dtype == np.float32


@pytest.mark.usefixtures("tensorflow")
def test_a_folder_of_images(tmp_path):
    import keras

    for part, many in (("train", 6), ("test", 2)):
        for label, name in enumerate(("dark", "light")):
            (tmp_path / part / name).mkdir(parents=True)
            for number in range(many):
                keras.utils.save_img(
                    tmp_path / part / name / f"{number}.png", np.full((9, 9, 3), 200.0 * label), scale=False
                )
    found = gather(str(tmp_path), None, (6, 5, 1))
    assert found.classes == ("dark", "light") and not found.held_out
    assert found.arrays["x_train"].shape == (12, 6, 5, 1) and found.arrays["x_train"].dtype == np.uint8
    assert (found.arrays["x_test"].mean((1, 2, 3)) > 100).astype(int).tolist() == found.arrays["y_test"].tolist()


@pytest.mark.usefixtures("tensorflow")
@pytest.mark.parametrize("batch", [None, 7])
def test_a_function_that_returns_datasets(tmp_path, monkeypatch, batch):
    monkeypatch.chdir(tmp_path)
    batched = f".batch({batch})" if batch else ""
    (tmp_path / f"sets_{batch}.py").write_text(
        "import numpy as np, tensorflow as tf\n\n\ndef load():\n    x = np.arange(80.0).reshape(20, 4)\n"
        f"    made = tf.data.Dataset.from_tensor_slices((x, np.arange(20) % 2)){batched}\n    return made, made\n"
    )
    from study.design.own import code

    code.look_around(tmp_path)
    found = gather(f"sets_{batch}:load", None, (4,)).arrays
    np.testing.assert_array_equal(found["x_train"], X)
    np.testing.assert_array_equal(found["y_test"], Y)


def wrong(folder):
    """Return wrong data and a part of what is said of each."""
    good = {"x_train": X, "y_train": Y}
    files = {
        "short": (good | {"y_train": Y[:5]}, "Expected a label for each example. Received: 20 examples, 5 labels."),
        "lonely": ({"x_train": X}, "Expected the arrays x_train and y_train"),
        "single": (good | {"x_train": np.float32(1)}, "Expected arrays with one row an example"),
        "one": (good | {"y_train": 0 * Y}, "at least 2 classes"),
        "numbers": (good | {"y_train": X[:, 0] + 0.5}, "Expected classes for labels"),
        "many": (good | {"y_train": np.arange(20)}, "with several examples each. Received: 20 different labels"),
        "wide": (good | {"y_train": np.ones((20, 3))}, "Expected one label an example, or one-hot rows"),
    }
    for name, (arrays, said) in files.items():
        np.savez(folder / f"{name}.npz", **arrays)
        yield str(folder / f"{name}.npz"), None, said
    (folder / "torn.npz").write_bytes(b"PK nothing")
    yield str(folder / "torn.npz"), None, "Expected a file that can be read"
    table = pd.DataFrame({"a": [1.0, 2.0] * 5, "b": ["x"] * 10, "kind": [0, 1] * 5})
    table.to_csv(folder / "text.csv", index=False)
    yield str(folder / "text.csv"), "kind", "Expected numbers in every column but the target. Received: text in b"
    yield str(folder / "text.csv"), "sort", "Expected a column of .* Received: 'sort'. These exist: a, b, kind."
    yield str(folder / "text.csv"), None, "Received: None. These exist"
    table.assign(a=np.nan).drop(columns="b").to_csv(folder / "empty.csv", index=False)
    yield str(folder / "empty.csv"), "kind", "Expected a value in every row. Received: empty ones in a."
    yield str(folder / "none.npz"), None, "Expected a file that can be read"
    yield (
        "mine",
        None,
        "Expected an .npz, .csv or .parquet file, a folder of images by class, or package.module:function",
    )
    yield "nowhere_at_all:load", None, "Expected a function that can be imported"
    yield str(folder), None, "Expected a model that takes images of a known size"
    yield str(folder / "one.npz"), "kind", "--target: Expected a table"


def test_wrong_data_are_refused_in_a_sentence(tmp_path):
    for data, target, said in wrong(tmp_path):
        with pytest.raises(StudyError, match=said):
            gather(data, target, (4,))


@pytest.mark.parametrize(
    ("labels", "task", "kept"),
    [
        (X[:, 0], "regression", X[:, :1]),
        (X[:, :2].astype(np.float64), "regression", X[:, :2]),
        (Y, "regression", Y[:, None].astype(np.float32)),
        (np.stack([Y, 1 - Y, Y], 1), "multilabel", np.stack([Y, 1 - Y, Y], 1)),
        (np.eye(2)[Y].astype(bool), "multilabel", np.eye(2)[Y]),
    ],
)
def test_labels_that_hold_together_and_values_are_rows(tmp_path, labels, task, kept):
    """They are read again from what is stored of them as what they are."""
    np.savez(tmp_path / "e.npz", x_train=X, y_train=labels, x_test=X, y_test=labels)
    found = gather(str(tmp_path / "e.npz"), None, (4,), task).arrays
    np.testing.assert_array_equal(found["y_train"], kept)
    np.savez(tmp_path / "kept.npz", **found)
    again = npz.read(tmp_path / "kept.npz", "kept.npz")
    assert npz.task_of(again[1]) == task and npz.number_of(again[1]) == kept.shape[1]


def test_a_table_with_several_targets(tmp_path):
    pd.DataFrame(X, columns=list("abcd")).to_csv(tmp_path / "t.csv", index=False)
    found = gather(str(tmp_path / "t.csv"), "b,d", (2,), "regression")
    assert found.classes == ("b", "d")
    both = np.concatenate([found.arrays["y_train"], found.arrays["y_test"]])
    np.testing.assert_array_equal(both[np.argsort(both[:, 0])], X[:, [1, 3]])


def test_weights_go_with_the_examples_they_are_of(tmp_path):
    """Of parts without weights every example counts 1; those of the test count for nothing and are dropped."""
    np.savez(
        tmp_path / "w.npz", x_train=X[:10], y_train=Y[:10], w_train=X[:10, 0], x_val=X[10:14], y_val=Y[10:14],
        x_test=X[14:], y_test=Y[14:],
    )  # fmt: skip
    found = gather(str(tmp_path / "w.npz"), None, (4,)).arrays
    np.testing.assert_array_equal(found["w_train"], [*X[:10, 0], 1, 1, 1, 1])
    assert "w_test" not in found


INPUTS = Wanted({"words": (3,), "place": (1,)})
BOTH = """
import numpy as np, tensorflow as tf

words, place, y = np.arange(60.0).reshape(20, 3), np.arange(20), np.arange(20) % 2
as_dict = lambda: ({"place": place, "words": words}, y)
as_list = lambda: [([words, place], y, place), ([words, place], y)]
as_dataset = lambda: tf.data.Dataset.from_tensor_slices(({"words": words, "place": place}, y)).batch(6)
lacking = lambda: ({"place": place, "sentences": words}, y)
narrow = lambda: ({"place": place, "words": words[:, :2]}, y)
alone = lambda: (words, y)
"""


@pytest.mark.usefixtures("tensorflow")
def test_several_inputs_lie_behind_each_other(tmp_path, monkeypatch):
    from study.design.own import code

    monkeypatch.chdir(tmp_path)
    (tmp_path / "both_inputs.py").write_text(BOTH)
    code.look_around(tmp_path)
    whole = np.column_stack([np.arange(60.0).reshape(20, 3), np.arange(20)])
    for way in ("as_dict", "as_list", "as_dataset"):
        found = sources.gather(f"both_inputs:{way}", None, INPUTS).arrays
        rows = found["x_train"] if way == "as_list" else np.concatenate([found["x_train"], found["x_test"]])
        np.testing.assert_array_equal(rows[np.argsort(rows[:, 3])], whole)
        assert ("w_train" in found) == (way == "as_list")
    for way, said in (
        ("lacking", "Expected x with the inputs words, place. Received: place, sentences"),
        ("narrow", r"Expected examples of shape \(3,\) for the input 'words'. Received: \(2,\)"),
        ("alone", r"Expected \(x, y\) for each part"),
    ):
        with pytest.raises(StudyError, match=said):
            sources.gather(f"both_inputs:{way}", None, INPUTS)
    with pytest.raises(StudyError, match="Expected package.module:function for a model of the inputs words, place"):
        sources.gather("some.npz", None, INPUTS)


@pytest.mark.parametrize(
    ("arrays", "task", "said"),
    [
        ({"y_train": np.array(["a", "b"])[Y]}, "regression", "Expected numbers, a row an example. Received: <U1"),
        ({"y_train": np.stack([Y, 2 * Y], 1)}, "multilabel", "Expected 0 or 1 for each label. Received: 0 … 2"),
        ({"y_train": Y, "w_train": Y[:5]}, "classification", "Expected a weight for each example.*20 examples, 5"),
    ],
)
def test_wrong_labels_and_weights_are_refused(tmp_path, arrays, task, said):
    np.savez(tmp_path / "f.npz", x_train=X, **arrays)
    with pytest.raises(StudyError, match=said):
        gather(str(tmp_path / "f.npz"), None, (4,), task)


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"y_train": np.full((20, 1), 3.0), "y_test": X[:, :1]}, "finite values that differ in y_train"),
        ({"y_train": X[:, :1], "y_test": np.full((20, 1), np.nan)}, "finite values that differ in y_test"),
        ({"y_train": X[:, :1], "y_test": X[:, :2]}, r"y_test of the kind of y_train, float32 of shape \(20, 1\)"),
        ({"y_train": X[:, :1], "y_test": Y}, "y_test of the kind of y_train"),
        ({"y_train": np.stack([Y, 2 * Y], 1), "y_test": np.stack([Y, Y], 1)}, "Expected 0 or 1 for each label in y_tr"),
        ({"y_train": Y, "y_test": Y, "w_train": -X[:, 0]}, "finite numbers from 0 on, not all 0"),
        ({"y_train": Y, "y_test": Y, "w_train": X}, r"Expected w_train of shape \(20,\)"),
    ],
)
def test_what_cannot_be_trained_on_is_refused(tmp_path, arrays, said):
    np.savez(tmp_path / "g.npz", x_train=X, x_test=X, **arrays)
    with pytest.raises(StudyError, match=said):
        npz.read(tmp_path / "g.npz", "g.npz")
