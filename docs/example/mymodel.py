"""A model as somebody may have it: a small convolutional network with the usual regularizers already in it."""

import keras
from keras import layers
from sklearn.datasets import load_digits


def build():
    inputs = keras.Input((8, 8, 1))
    x = layers.RandomTranslation(0.05, 0.05)(inputs)
    for width in (16, 32):
        x = layers.Conv2D(width, 3, padding="same", use_bias=False, kernel_regularizer=keras.regularizers.L2(1e-4))(x)
        x = layers.BatchNormalization()(x)
        x = layers.Activation("gelu")(x)
        x = layers.MaxPooling2D()(x)
    x = layers.Flatten()(x)
    x = layers.Dropout(0.5)(x)
    outputs = layers.Dense(10, activation="softmax")(x)
    model = keras.Model(inputs, outputs)
    model.compile(
        optimizer=keras.optimizers.AdamW(3e-3, weight_decay=1e-3),
        loss=keras.losses.CategoricalCrossentropy(),
        metrics=["accuracy"],
    )
    return model


def callbacks():
    return [keras.callbacks.EarlyStopping(patience=10, restore_best_weights=True)]


def data():
    digits = load_digits()
    x, y = digits.images[..., None] / 16, keras.utils.to_categorical(digits.target)
    return (x[:1000], y[:1000]), (x[1000:], y[1000:])
