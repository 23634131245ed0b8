"""Co-adaptation: how much hidden units rely on each other, with and without dropout."""

from __future__ import annotations

from dataclasses import replace

import keras
import numpy as np
import tensorflow as tf

from study.claims.mechanisms import networks
from study.data.datasets import describe
from study.design.arms import Arm
from study.design.seeds import derive
from study.training.batches import Tensors
from study.training.trainer import Trainer

ARMS = {"none": Arm(()), "dropout": Arm(("dropout",))}


class Coadaptation:
    """Trains a network with two hidden layers, with and without dropout, to equal training accuracy.

    Both start from the same weights, see the same batches, have no other regularizer, and stop after the
    first epoch at whose end at least `target` of the training examples are right with all units acting.
    Dropout needs more epochs for that, so the network without is also trained as long as the one with.

    Settings:
        `data`, `model`, `training`, `strengths` as in a study file; `use`, how many examples of each part;
        `target`, a fraction; `removed`, shares of hidden units removed; `draws`, random sets of units at each.
    """

    def __init__(self, settings: dict) -> None:
        self.settings = settings
        experiment = networks.experiment(settings)
        known = describe(experiment.data)
        self.trainers = {name: Trainer(experiment, arm, known.sample, known.classes) for name, arm in ARMS.items()}
        self._accuracy = tf.function(_accuracy)

    def measure(self, seed: int) -> dict:
        """Return what one seed's networks show.

        Returns:
            For each of `none`, `dropout` and `longer`, which is without dropout for as many epochs as `dropout`
            took, a table: `epochs`; `reached`, whether the target was; `train_accuracy` at the end, a fraction;
            `test_curve`, `train_curve`: mean accuracy over the draws at each share of units removed, a fraction;
            `unscaled_curve`: the same on the training examples with the kept units left as they are;
            `active_curve`: with the units removed that are most active there, the kept ones left as they are;
            `correlation`: mean absolute correlation between two hidden units over the test examples, a layer
            each; `activation`: mean output of a hidden unit on them, a layer each; `silent`: share of units
            without variance there, a layer each.
        """
        drawn = networks.examples(self.settings, seed)
        # Validating on the training examples themselves gives their accuracy with all units acting.
        data = Tensors(replace(drawn, x_validation=drawn.x_train, y_validation=drawn.y_train))
        masks = tf.constant(self._masks(seed))
        most, target = self.settings["training"]["epochs"], self.settings["target"]
        found = {name: self._network(self.trainers[name], Until(most, target), data, masks, seed) for name in ARMS}
        longer = Until(found["dropout"]["epochs"], accuracy=None)
        return found | {"longer": self._network(self.trainers["none"], longer, data, masks, seed)}

    def _network(self, trainer: Trainer, until: Until, data: Tensors, masks, seed: int) -> dict:
        trainer.make_callbacks = lambda: [until]
        outcome = trainer.train(data, seed, stops=(False,))[False]
        reached = outcome.history["val_accuracy"][-1]
        weights = [
            (tf.convert_to_tensor(layer.kernel), tf.convert_to_tensor(layer.bias))
            for layer in trainer.model.layers
            if isinstance(layer, keras.layers.Dense)
        ]
        shares = (len(self.settings["removed"]), self.settings["draws"])
        curves = {
            f"{part}_curve": self._accuracy(weights, masks, *getattr(data, part))
            .numpy()
            .astype(np.float64)
            .reshape(shares)
            .mean(axis=1)
            .tolist()
            for part in ("test", "train")
        }
        layers = _hidden(weights, data.test[0])
        unscaled = tf.cast(masks > 0, tf.float32)
        active = self._most_active(_hidden(weights, data.train[0]))
        plain = self._accuracy(weights, tf.concat([unscaled, active], 0), *data.train).numpy().astype(np.float64)
        return {
            "epochs": outcome.epochs_run,
            "reached": bool(reached >= self.settings["target"]),
            "train_accuracy": float(reached),
            **curves,
            "unscaled_curve": plain[: len(unscaled)].reshape(shares).mean(axis=1).tolist(),
            "active_curve": plain[len(unscaled) :].tolist(),
            "correlation": [correlation(layer) for layer in layers],
            "activation": [float(layer.mean()) for layer in layers],
            "silent": [float((layer.std(axis=0) == 0).mean()) for layer in layers],
        }

    def _masks(self, seed: int) -> np.ndarray:
        """Draw the sets of units that stay: zeros and 1/share kept, float32, shape (sets, 2, units).

        The same sets serve both networks. Kept units are scaled up as dropout does, so that the next
        layer's expected input is what it was with all units.
        """
        rng = np.random.default_rng(derive(seed, "removal"))
        widths = self.settings["model"]["widths"]
        if len(widths) != 2 or len(set(widths)) != 1:
            raise ValueError(f"Expected two hidden layers of one width. Received: {widths}.")
        units, masks = widths[0], []
        for share in self.settings["removed"]:
            kept = units - round(share * units)
            for _ in range(self.settings["draws"]):
                mask = np.zeros((2, units), np.float32)
                for layer in mask:
                    layer[rng.choice(units, kept, replace=False)] = units / kept
                masks.append(mask)
        return np.array(masks)

    def _most_active(self, layers: list[np.ndarray]) -> np.ndarray:
        """Return ones for the units that stay where the most active go, float32, shape (shares, 2, units).

        Args:
            layers: each hidden layer's outputs, shape (examples, units).
        """
        masks = np.ones((len(self.settings["removed"]), 2, layers[0].shape[1]), np.float32)
        for number, layer in enumerate(layers):
            falling = np.argsort(-layer.mean(axis=0), kind="stable")
            for mask, share in zip(masks, self.settings["removed"], strict=True):
                mask[number, falling[: round(share * len(falling))]] = 0
        return masks


class Until(keras.callbacks.Callback):
    """Ends training after a number of epochs, or sooner, once the validation accuracy has been reached.

    Args:
        epochs: epochs at most.
        accuracy: a fraction; None to train all the epochs.
    """

    def __init__(self, epochs: int, accuracy: float | None) -> None:
        super().__init__()
        self.epochs, self.accuracy = epochs, accuracy

    def on_epoch_end(self, epoch: int, logs=None) -> None:
        right = self.accuracy is not None and logs["val_accuracy"] >= self.accuracy
        self.model.stop_training = right or epoch + 1 >= self.epochs


def _hidden(weights, x) -> list[np.ndarray]:
    """Return the outputs of both hidden layers with all units acting, float64, shape (examples, units) each."""
    (first, bias_1), (second, bias_2), _ = weights
    outputs = tf.nn.relu(x @ first + bias_1)
    return [layer.numpy().astype(np.float64) for layer in (outputs, tf.nn.relu(outputs @ second + bias_2))]


def correlation(activations: np.ndarray) -> float | None:
    """Return the mean absolute Pearson correlation between two different units.

    Args:
        activations: shape (examples, units); units without variance are left out.

    Returns:
        The mean over pairs; None where fewer than two units vary.
    """
    varying = activations[:, activations.std(axis=0) > 0]
    units = varying.shape[1]
    if units < 2:
        return None
    centred = varying - varying.mean(axis=0)
    centred /= np.linalg.norm(centred, axis=0)
    # The diagonal holds ones, one for each unit with itself.
    return float((np.abs(centred.T @ centred).sum() - units) / (units * (units - 1)))


def _accuracy(weights, masks, x, y):
    """Return the accuracy under each set of kept units, float32, shape (sets,).

    Args:
        weights: kernel and bias of two hidden layers and the head.
        masks: shape (sets, 2, units).
        x: shape (examples, inputs).
        y: shape (examples,).
    """
    (first, bias_1), (second, bias_2), (head, bias_3) = weights
    hidden = tf.nn.relu(x @ first + bias_1)

    def one(mask):
        signal = tf.nn.relu((hidden * mask[0]) @ second + bias_2)
        logits = (signal * mask[1]) @ head + bias_3
        return tf.reduce_mean(tf.cast(tf.equal(tf.argmax(logits, 1, tf.int32), y), tf.float32))

    return tf.map_fn(one, masks)
