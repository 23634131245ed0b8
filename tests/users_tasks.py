"""Users' models that are not asked for one class an example: values, labels that hold together, several inputs."""

MODELS = """
import keras
from keras import layers, regularizers


def hidden(x, units=16):
    x = layers.Dense(units, activation="relu", kernel_regularizer=regularizers.L2(1e-3))(x)
    return layers.Dropout(0.2)(x)


def values():
    inputs = keras.Input((6,))
    model = keras.Model(inputs, layers.Dense(2)(hidden(inputs)))
    model.compile(optimizer=keras.optimizers.Adam(1e-2), loss="huber", metrics=["mae", keras.metrics.R2Score()])
    return model


def labels():
    inputs = keras.Input((6,))
    model = keras.Model(inputs, layers.Dense(3, activation="sigmoid")(hidden(inputs)))
    model.compile(optimizer=keras.optimizers.Adam(1e-2), loss="binary_crossentropy", metrics=["AUC"])
    return model


def two_inputs():
    place, numbers = keras.Input((1,), name="place", dtype="int32"), keras.Input((5,), name="numbers")
    x = layers.Concatenate()([layers.Flatten()(layers.Embedding(4, 3)(place)), numbers])
    model = keras.Model({"place": place, "numbers": numbers}, layers.Dense(1)(hidden(x)))
    model.compile(
        optimizer=keras.optimizers.Adam(1e-2),
        loss=keras.losses.BinaryCrossentropy(from_logits=True),
        metrics=[keras.metrics.AUC(from_logits=True), "accuracy"],
    )
    return model


def stops():
    return [keras.callbacks.EarlyStopping(monitor="val_AUC", mode="max", patience=2, restore_best_weights=True)]


def reduces():
    return [keras.callbacks.ReduceLROnPlateau(monitor="val_AUC", mode="max", factor=0.3, patience=1)]


def schedules():
    return [keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.8)]


def terminates():
    return [keras.callbacks.TerminateOnNaN()]


def checkpoints():
    file = "best.weights.h5"
    kept = keras.callbacks.ModelCheckpoint(file, "val_AUC", mode="max", save_best_only=True, save_weights_only=True)
    return [kept]


def shrinks():
    def shrink(epoch, logs):
        variable = made.model.trainable_variables[0]
        variable.assign(0.9 * variable)

    made = keras.callbacks.LambdaCallback(on_epoch_end=shrink, on_test_begin=lambda logs: None)
    return [made]
"""
WAYS = ("stops", "reduces", "schedules", "terminates", "checkpoints", "shrinks")

DATA = """
import numpy as np

rng = np.random.default_rng(0)
X = rng.normal(size=(160, 6)).astype("float32")
MAP = rng.normal(size=(6, 3)).astype("float32")
PLACE = rng.integers(0, 4, (160, 1))


def values():
    y = np.sin(X @ MAP[:, :2]) + 5
    return (X[:120], y[:120]), (X[120:], y[120:])


def labels():
    y = (X @ MAP > 0).astype(int)
    return (X[:120], y[:120]), (X[120:], y[120:])


def two_inputs():
    y = ((X[:, 0] > 0) ^ (PLACE[:, 0] == 1)).astype(int)
    x = {"place": PLACE, "numbers": X[:, :5]}
    take = lambda part: {name: each[part] for name, each in x.items()}
    return (take(slice(120)), y[:120], 1.0 + y[:120]), (take(slice(120, None)), y[120:])
"""
NAMES = ("values", "labels", "two_inputs")


def write(folder) -> None:
    """Write the modules of the models and of their data into a folder."""
    (folder / "tasks_models.py").write_text(MODELS)
    (folder / "tasks_data.py").write_text(DATA)
