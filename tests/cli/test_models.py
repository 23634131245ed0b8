"""`study init` and what follows from it, as a user types it."""

import re

import keras
import numpy as np
import pytest
import users_models
from conftest import study

from study.errors import StudyError


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder in which a user's model was looked into, its study trained, and its report rendered."""
    place = tmp_path_factory.mktemp("init")
    users_models.write(place)
    said = study(
        "init", "users_tabular:build", "--data", "users_data:rows", "--epochs", 4, "--output", "rows.toml", cwd=place
    )
    assert said.returncode == 0, said.stderr
    (place / "init.txt").write_text(said.stdout)
    file = place / "rows.toml"
    file.write_text(
        file.read_text().replace(
            'factors = ["dropout", "l2", "normalization", "penalty"]', 'factors = ["dropout", "normalization"]'
        )
    )
    ran = study("report", "rows.toml", "--renderer", "pandoc", "--single", "one.html", cwd=place)
    assert ran.returncode == 0, ran.stderr
    return place


def test_it_says_what_it_found(folder):
    lines = (folder / "init.txt").read_text().splitlines()
    assert re.split(r"  +", lines[1]) == ["dropout", "dropout", "Dropout(rate=0.3)"]
    assert lines[-1] == "rows.toml"
    assert "4 factors: 16 combinations." in lines
    assert any(line.startswith("Data: 320 examples for training and validation, 80 for the test") for line in lines)


def test_its_report_answers_for_the_factors_it_has(folder):
    text = (folder / "one.html").read_text()
    assert "normalization" in text and "dropout" in text
    assert re.search(r"Keep |can go|Change nothing yet", text)
    words = re.sub(r"(?s)<(script|style).*?</\1>", "", text[text.index("<main") :])
    assert "early stopping" not in re.sub(r"<[^>]+>", " ", words).lower()


def test_its_results_are_read_and_exported_like_any_other(folder):
    assert study("export", "rows.toml", cwd=folder).returncode == 0
    heads = (folder / "results" / "rows" / "export" / "runs.csv").read_text().splitlines()[0].split(",")
    assert "dropout" in heads and "normalization" in heads and "earlystopping" not in heads
    shown = study("show", "rows.toml", "rows", "dropout", cwd=folder)
    assert shown.returncode == 0 and "normalization" in shown.stdout
    assert study("status", "rows.toml", cwd=folder).returncode == 0
    verified = study("verify", "rows.toml", "--sample", 1, cwd=folder)
    assert "1 of 1 cells are bit-equal" in verified.stdout


def test_an_arm_is_exported_as_a_keras_model(folder):
    said = study("export", "rows.toml", "--format", "keras", "--arm", "normalization", cwd=folder)
    assert said.returncode == 0, said.stderr
    place = folder / "results" / "rows" / "export"
    model = keras.saving.load_model(place / "rows.keras")
    assert [type(layer).__name__ for layer in model.layers] == [
        "Dense", "LayerNormalization", "Dense", "Identity", "Dense"
    ] or [type(layer).__name__ for layer in model.layers][1:] == [
        "Dense", "LayerNormalization", "Dense", "Identity", "Dense"
    ]  # fmt: skip
    with np.load(folder / "rows.npz") as data:
        right = ((model.predict(data["x_test"], verbose=0)[:, 0] > 0.5) == data["y_test"]).mean()
    code = (place / "rows.py").read_text()
    assert f"Test accuracy {100 * right:.2f} %" in code
    assert "the stored cell, bit by bit" in code and "dropout: take out Dropout(rate=0.3)" in code
    compile(code, "rows.py", "exec")


def test_the_best_arm_is_exported_unless_one_is_named(folder):
    said = study("export", "rows.toml", "--format", "keras", "--output", "best", cwd=folder)
    assert said.returncode == 0, said.stderr
    assert (folder / "best" / "rows.keras").is_file()


@pytest.mark.parametrize("mine", ["rows.keras", "rows.py"])
def test_a_model_of_ones_own_is_not_written_over(folder, tmp_path, mine):
    (tmp_path / mine).write_text("mine")
    said = study("export", "rows.toml", "--format", "keras", "--arm", "dropout", "--output", tmp_path, cwd=folder)
    assert said.returncode == 2 and f"Expected a place without {mine}" in said.stderr, said.stderr
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [(mine, "mine")]


def test_a_probe_proposes_a_budget(tmp_path):
    users_models.write(tmp_path)
    said = study("init", "users_tabular:build", "--data", "users_data:rows", "--probe", cwd=tmp_path)
    assert said.returncode == 0, said.stderr
    text = (tmp_path / "users_tabular.toml").read_text()
    assert int(re.search(r"epochs = (\d+)", text)[1]) >= 20


WRONG = {
    ("init",): "missing argument",
    ("init", "users_cnn:build"): "data",
    ("init", "users_cnn", "--data", "users_data:images"): "Expected MODULE:FUNCTION, or a .keras file",
    ("init", "users_cnn:nothing", "--data", "users_data:images"): "Expected a function",
    ("init", "nowhere:build", "--data", "users_data:images"): "Expected a function",
    ("init", "mine.keras", "--data", "users_data:images"): "which is not there",
    ("init", "torn.keras", "--data", "users_data:images"): "Expected a file that Keras can load",
    ("init", "users_cnn:build", "--data", "users_data:rows"): r"Expected examples of shape \(8, 8, 1\)",
    ("init", "users_cnn:build", "--data", "users_data:nothing"): "Expected a function",
    ("init", "users_cnn:build", "--data", "missing.npz"): "Expected a file that can be read",
    ("init", "users_cnn:build", "--data", "users_data:images", "--target", "y"): "--target: Expected a table",
    ("init", "users_cnn:build", "--data", "users_data:images", "--add", "noise"): "--add",
    ("init", "users_cnn:build", "--data", "users_data:images", "--add", "dropout"): "Expected what the model has not",
    ("init", "users_cnn:build", "--data", "users_data:images", "--add", "averaging,averaging"): "each factor once",
    ("init", "users_cnn:build", "--data", "users_data:images", "--output", "a.txt"): "Expected a .toml file",
    ("init", "users_cnn:build", "--data", "users_data:images", "--output", "quick.toml"): "Expected a .toml file",
    ("init", "users_cnn:build", "--data", "users_data:images", "--output", "there.toml"): "that is not there yet",
    ("init", "users_cnn:build", "--data", "users_data:images", "--epochs", "0"): "epochs",
    ("init", "users_cnn:build", "--data", "users_data:images", "--epochs", "9", "--probe"): "Expected no --epochs",
    ("init", "users_cnn:build", "--data", "users_data:images", "--callbacks", "users_cnn"): "Expected MODULE:FUNCTION",
    ("init", "users_cnn:build", "--data", "users_data:images", "--callbacks", "users_cnn:build"): "list of Keras",
    ("run", "bare.toml"): "Expected a list of the factors",
    ("run", "both.toml"): "Expected the optimizer 'model'",
    ("run", "further.toml"): "Expected some of dropout, l2, batchnorm, augmentation, earlystopping",
    ("run", "gone.toml"): "whose module is not there",
    ("export", "quick", "--arm", "best"): "Expected --format keras",
}  # fmt: skip


@pytest.fixture(scope="module")
def wrong(tmp_path_factory):
    place = tmp_path_factory.mktemp("wrong")
    users_models.write(place)
    (place / "torn.keras").write_text("torn")
    (place / "there.toml").write_text("kept")
    text = (
        'title = "T"\nseeds = "0-1"\n{factors}\n[experiment.a]\ntitle = "A"\nquestion = "?"\n'
        'data = {{ name = "digits", train = 60, validation = 60 }}\nmodel = {model}\ntraining = {training}\n'
    )
    own = '{ name = "keras", build = "users_cnn:build" }'
    by_model, plain = (
        '{ epochs = 2, batch = 20, optimizer = "model" }',
        "{ epochs = 2, batch = 20, learning_rate = 0.1 }",
    )
    named = 'factors = ["dropout", "weight_decay"]'
    for name, factors, model, training in (
        ("bare", "", own, by_model),
        ("both", named, own, plain),
        ("further", named, '{ name = "mlp", widths = [8] }', plain),
        ("gone", named, '{ name = "keras", build = "nowhere:build" }', by_model),
    ):
        (place / f"{name}.toml").write_text(text.format(factors=factors, model=model, training=training))
    return place


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(words, marks=[pytest.mark.slow] * bool(at % 4), id=" ".join(words))
        for at, words in enumerate(WRONG)
    ],
)
def test_wrong_words_end_in_a_sentence_and_nothing_is_written(wrong, words):
    before = {file.name: file.stat().st_mtime_ns for file in wrong.iterdir() if file.name != "__pycache__"}
    said = study(*words, cwd=wrong)
    assert said.returncode == 2 and "Traceback" not in said.stderr
    assert re.search(WRONG[words], said.stderr), said.stderr
    assert {file.name: file.stat().st_mtime_ns for file in wrong.iterdir() if file.name != "__pycache__"} == before


def test_it_is_asked_from_python_too(tmp_path):
    """From a model at hand and arrays; asked again it trains nothing."""
    from keras import layers

    import study as package

    rng = np.random.default_rng(0)
    x = rng.normal(size=(120, 5)).astype(np.float32)
    y = (x[:, 0] > 0).astype(int)

    def build():
        model = keras.Sequential(
            [keras.Input((5,)), layers.Dense(6, activation="relu"), layers.Dropout(0.2), layers.Dense(2)]
        )
        model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        return model

    words = {"seeds": 2, "epochs": 2, "add": ("earlystopping",), "folder": tmp_path, "jobs": 1}
    found = package.ablate(build, ((x, y), (x, y)), **words)
    assert list(found.effects().index) == ["dropout", "earlystopping"]
    assert len(found.arms().arms) == 4
    assert found.figure().axes
    lines = {file: file.read_text() for file in (tmp_path / "results").rglob("*.jsonl")}
    package.ablate(build, ((x, y), (x, y)), **words)
    assert {file: file.read_text() for file in (tmp_path / "results").rglob("*.jsonl")} == lines
    before = {file: file.read_bytes() for file in tmp_path.iterdir() if file.is_file()}
    with pytest.raises(StudyError, match="epochs: Expected a number greater than or equal to 1"):
        package.ablate(build, ((x, y), (x, y)), **words | {"epochs": 0})
    assert {file: file.read_bytes() for file in tmp_path.iterdir() if file.is_file()} == before


@pytest.mark.parametrize("mine", ["mine.toml", "mine.npz", "mine.keras"])
def test_files_of_ones_own_are_not_written_over_from_python(tmp_path, mine):
    import study as package

    (tmp_path / mine).write_text("mine")
    with pytest.raises(StudyError, match=f"name: Expected a file that is not there yet. Received: .*{mine}"):
        package.ablate(net, (np.zeros((20, 5), np.float32), np.arange(20) % 2), name="mine", folder=tmp_path)
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [(mine, "mine")]


def net():
    from keras import layers

    model = keras.Sequential([keras.Input((5,)), layers.Dense(6), layers.Dropout(0.2), layers.Dense(2)])
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model
