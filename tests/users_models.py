"""Keras models that nobody wrote for this, as users have them: text of modules, and what is to be found in each."""

from __future__ import annotations

from pathlib import Path

CNN = """
import keras
from keras import layers


def build():
    inputs = keras.Input((8, 8, 1))
    x = layers.RandomTranslation(0.1, 0.1)(inputs)
    x = layers.Conv2D(6, 3, padding="same", use_bias=False, kernel_regularizer="l2")(x)
    x = layers.BatchNormalization()(x)
    x = layers.Activation("gelu")(x)
    x = layers.MaxPooling2D()(x)
    x = layers.Dropout(0.25)(x)
    x = layers.Flatten()(x)
    x = layers.Dense(16, activation="relu")(x)
    x = layers.Dropout(0.5)(x)
    outputs = layers.Dense(10, activation="softmax")(x)
    model = keras.Model(inputs, outputs)
    model.compile(
        keras.optimizers.AdamW(5e-3, weight_decay=1e-2, clipnorm=1.0),
        keras.losses.CategoricalCrossentropy(label_smoothing=0.1),
        metrics=["accuracy"],
    )
    return model


def callbacks():
    return [
        keras.callbacks.EarlyStopping(patience=2, restore_best_weights=True),
        keras.callbacks.ReduceLROnPlateau(factor=0.5, patience=1),
    ]
"""

RESIDUAL = """
import keras
from keras import layers


def block(x, width):
    y = layers.Conv2D(width, 3, padding="same", use_bias=False)(x)
    y = layers.BatchNormalization(momentum=0.9)(y)
    y = layers.ReLU()(y)
    y = layers.SpatialDropout2D(0.2)(y)
    return layers.Add()([x, y])


def build():
    inputs = keras.Input((8, 8, 1))
    stem = [keras.Input((8, 8, 1)), layers.GaussianNoise(0.1), layers.Conv2D(4, 3, padding="same")]
    stem = keras.Sequential(stem, name="stem")
    x = block(block(stem(inputs), 4), 4)
    x = layers.GlobalAveragePooling2D()(x)
    model = keras.Model(inputs, layers.Dense(10)(x))
    rate = keras.optimizers.schedules.CosineDecay(1e-2, 24)
    model.compile(
        keras.optimizers.SGD(rate, momentum=0.9, use_ema=True, ema_momentum=0.9),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    return model
"""

TABULAR = """
import keras
from keras import layers, regularizers


def build():
    model = keras.Sequential(
        [
            keras.Input((12,)),
            layers.Dense(16, activation="relu", kernel_regularizer=regularizers.L2(1e-3)),
            layers.LayerNormalization(),
            layers.Dense(16, activation="relu", activity_regularizer=regularizers.L1(1e-4)),
            layers.Dropout(0.3),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model
"""

SEPARABLE = """
import keras
from keras import layers


def build():
    inputs = keras.Input(shape=(8, 8, 1))
    x = layers.RandomFlip("horizontal")(inputs)
    x = layers.RandomRotation(0.1)(x)
    x = layers.Rescaling(1.0 / 255)(x)
    x = layers.Conv2D(4, 3, strides=2, padding="same")(x)
    x = layers.BatchNormalization()(x)
    x = layers.Activation("relu")(x)
    previous = x
    for size in (6, 8):
        x = layers.Activation("relu")(x)
        x = layers.SeparableConv2D(size, 3, padding="same")(x)
        x = layers.BatchNormalization()(x)
        x = layers.MaxPooling2D(3, strides=2, padding="same")(x)
        residual = layers.Conv2D(size, 1, strides=2, padding="same")(previous)
        x = layers.add([x, residual])
        previous = x
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dropout(0.25)(x)
    outputs = layers.Dense(1, activation=None)(x)
    model = keras.Model(inputs, outputs)
    model.compile(
        optimizer=keras.optimizers.Adam(3e-4),
        loss=keras.losses.BinaryCrossentropy(from_logits=True),
        metrics=[keras.metrics.BinaryAccuracy(name="acc")],
    )
    return model
"""

TRANSFORMER = """
import keras
from keras import layers, ops


class Positions(layers.Layer):
    def __init__(self, length, words, width, **options):
        super().__init__(**options)
        self.length, self.words, self.width = length, words, width
        self.tokens = layers.Embedding(words, width)
        self.places = layers.Embedding(length, width)

    def call(self, x):
        return self.tokens(x) + self.places(ops.arange(0, self.length))

    def get_config(self):
        return super().get_config() | {"length": self.length, "words": self.words, "width": self.width}


class Block(layers.Layer):
    def __init__(self, width, rate=0.1, **options):
        super().__init__(**options)
        self.width, self.rate = width, rate
        self.attention = layers.MultiHeadAttention(num_heads=2, key_dim=width)
        self.inner = keras.Sequential([layers.Dense(width, activation="relu"), layers.Dense(width)])
        self.norm = layers.LayerNormalization()
        self.dropout = layers.Dropout(rate)

    def call(self, x, training=None):
        y = self.dropout(self.attention(x, x), training=training)
        return self.norm(x + self.inner(x + y))

    def get_config(self):
        return super().get_config() | {"width": self.width, "rate": self.rate}


def build():
    inputs = keras.Input(shape=(12,))
    x = Positions(12, 20, 8)(inputs)
    x = Block(8)(x)
    x = layers.GlobalAveragePooling1D()(x)
    x = layers.Dropout(0.1)(x)
    x = layers.Dense(8, activation="relu")(x)
    x = layers.Dropout(0.1)(x)
    model = keras.Model(inputs, layers.Dense(2, activation="softmax")(x))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model
"""

DATA = """
import numpy as np


def images():
    from sklearn.datasets import load_digits

    found = load_digits()
    x = (found.images[..., None] / 16).astype("float32")
    return (x[:300], np.eye(10)[found.target[:300]]), (x[300:500], np.eye(10)[found.target[300:500]])


def pairs():
    (x, y), (x_test, y_test) = images()
    names = np.asarray(["even", "odd"])
    return (255 * x, names[y.argmax(1) % 2]), (255 * x_test, names[y_test.argmax(1) % 2])


def rows():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 12)).astype("float32")
    return x, (x[:, :3].sum(1) + rng.normal(size=400) > 0).astype(int)


def words():
    rng = np.random.default_rng(0)
    x = rng.integers(0, 20, (400, 12))
    return x, (x < 5).sum(1) > 3
"""

MODELS = {"cnn": CNN, "residual": RESIDUAL, "tabular": TABULAR, "separable": SEPARABLE, "transformer": TRANSFORMER}
GIVEN = {"cnn": "images", "residual": "images", "tabular": "rows", "separable": "pairs", "transformer": "words"}
FOUND = {
    "cnn": {
        "dropout": ["Dropout(rate=0.25) in dropout", "Dropout(rate=0.5) in dropout_1"],
        "l2": ["kernel: L2(0.01) in conv2d"],
        "batchnorm": ["BatchNormalization(momentum=0.99) in batch_normalization"],
        "augmentation": ["RandomTranslation(height_factor=0.1, width_factor=0.1) in random_translation"],
        "earlystopping": ["EarlyStopping(val_loss, patience=2) in callbacks"],
        "weight_decay": ["AdamW(weight_decay=0.01) in optimizer"],
        "label_smoothing": ["CategoricalCrossentropy(label_smoothing=0.1) in loss"],
    },
    "residual": {
        "dropout": [
            "SpatialDropout2D(rate=0.2) in spatial_dropout2d",
            "SpatialDropout2D(rate=0.2) in spatial_dropout2d_1",
        ],
        "batchnorm": [
            "BatchNormalization(momentum=0.9) in batch_normalization",
            "BatchNormalization(momentum=0.9) in batch_normalization_1",
        ],
        "augmentation": ["GaussianNoise(stddev=0.1) in stem/gaussian_noise"],
        "averaging": ["SGD(use_ema=True, ema_momentum=0.9) in optimizer"],
    },
    "tabular": {
        "dropout": ["Dropout(rate=0.3) in dropout"],
        "l2": ["kernel: L2(0.001) in dense"],
        "normalization": ["LayerNormalization() in layer_normalization"],
        "penalty": ["activity: L1(0.0001) in dense_1"],
    },
    "separable": {
        "dropout": ["Dropout(rate=0.25) in dropout"],
        "batchnorm": [
            "BatchNormalization(momentum=0.99) in batch_normalization",
            "BatchNormalization(momentum=0.99) in batch_normalization_1",
            "BatchNormalization(momentum=0.99) in batch_normalization_2",
        ],
        "augmentation": [
            "RandomFlip(mode=horizontal) in random_flip",
            "RandomRotation(factor=(-0.1, 0.1)) in random_rotation",
        ],
    },
    "transformer": {
        "dropout": [
            "Dropout(rate=0.1) in block/dropout",
            "Dropout(rate=0.1) in dropout_2",
            "Dropout(rate=0.1) in dropout_3",
        ]
    },
}


def write(folder: Path) -> None:
    """Write every model as the module `users_NAME.py`, and their data as `users_data.py`."""
    for name, text in MODELS.items():
        (folder / f"users_{name}.py").write_text(text)
    (folder / "users_data.py").write_text(DATA)
