"""A user's data, from wherever they lie."""

import numpy as np
import pandas as pd
import pytest

from study.data.sources import gather
from study.errors import StudyError

X = np.arange(80.0).reshape(20, 4).astype(np.float32)
Y = np.arange(20) % 2


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
