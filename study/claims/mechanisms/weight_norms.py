"""What L2 does over its strength: norms of the kernels, accuracy, and how simple the function is."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf

from study.claims.mechanisms.networks import examples, experiment
from study.data.datasets import describe
from study.design.arms import Arm
from study.training.batches import Tensors
from study.training.trainer import Trainer


class Turns(keras.callbacks.Callback):
    """Measures by how many degrees an epoch turns the hidden kernels, each taken as one vector."""

    def on_train_begin(self, logs=None) -> None:
        self.kernels = hidden(self.model)
        self.before = [kernel.numpy() for kernel in self.kernels]
        self.degrees: list[float] = []

    def on_epoch_end(self, epoch: int, logs=None) -> None:
        now = [kernel.numpy() for kernel in self.kernels]
        self.degrees.append(float(np.mean([angle(a, b) for a, b in zip(self.before, now, strict=True)])))
        self.before = now


class WeightNorms:
    """The study's own network with L2, traced once and trained at every λ from equal weights and batches.

    Args:
        settings: `data`, `model`, `training`, `strengths` as in a study file; `use` of the examples;
            `factors`, those that are on, L2 among them; `penalties`, the λ; `turning`, over how many last
            epochs the turn is averaged.
    """

    def __init__(self, settings: dict) -> None:
        self.settings = settings
        self.experiment = experiment(settings)
        about = describe(self.experiment.data)
        self.turns = Turns()
        arm = Arm.of(settings["factors"])
        self.trainer = Trainer(self.experiment, arm, about.sample, about.classes, lambda: [self.turns])
        # A variable in place of the regularizers' number: one trace serves every λ.
        self.strength = tf.Variable(0.0)
        for layer in self.trainer.model.layers:
            if getattr(layer, "kernel_regularizer", None) is not None:
                layer.kernel_regularizer.l2 = self.strength
        model = self.trainer.model

        @tf.function
        def margins(x):
            with tf.GradientTape() as tape:
                tape.watch(x)
                best = tf.math.top_k(model(x, training=False), 2).values
                margin = best[:, 0] - best[:, 1]
            return margin, tf.norm(tape.gradient(margin, x), axis=1)

        self._margins = margins

    def measure(self, seed: int) -> dict:
        """Train at every λ and return lists, one value a λ.

        Returns:
            `norm`: of all kernels together; `hidden_norm`: of the hidden layers' kernels;
            `test_accuracy`, `val_accuracy`, `train_accuracy`: fractions; `test_nll`: nats;
            `sensitivity`: mean over test examples of the norm of the gradient of the margin (largest
            logit minus the next) with respect to the input; `distance`: median of margin over that norm,
            the distance to the class border to first order, in units of the input, which no rescaling of
            the logits changes (None where it is infinite, in a network that died); `turn`: degrees an
            epoch that the hidden kernels turn at the end;
            `relabelled`: share of the test predictions that change when the hidden kernels of the
            network are scaled to the norm they have at the first λ, batch norm's moving statistics
            with them (None without batch norm); it is what the norm alone does to the function.
        """
        data = Tensors(examples(self.settings, seed))
        rows = [self._train(data, seed, penalty) for penalty in self.settings["penalties"]]
        norms = [row["hidden_norms"] for row in rows]
        for row, weights in zip(rows, [row.pop("weights") for row in rows], strict=True):
            row["relabelled"] = self._relabelled(data, weights, norms[0])
        names = [name for name in rows[0] if name != "hidden_norms"]
        return {name: [row[name] for row in rows] for name in names}

    def _train(self, data: Tensors, seed: int, penalty: float) -> dict:
        # Keras's L2(c) adds c·Σw²; the textbook's penalty is λ/2·Σw².
        self.strength.assign(penalty / 2)
        metrics = self.trainer.train(data, seed, [False])[False].metrics
        model = self.trainer.model
        kernels = [variable.numpy() for variable in model.trainable_variables if variable.name == "kernel"]
        norms = [float(np.linalg.norm(kernel.numpy())) for kernel in hidden(model)]
        margin, slope = (part.numpy().astype(float) for part in self._margins(data.test[0]))
        row = {
            "norm": float(np.sqrt(sum(np.sum(kernel.astype(float) ** 2) for kernel in kernels))),
            "hidden_norm": float(np.linalg.norm(norms)),
            "sensitivity": float(slope.mean()),
            "distance": _median_distance(margin, slope),
            "turn": float(np.mean(self.turns.degrees[-self.settings["turning"] :])),
            "hidden_norms": norms,
            "weights": model.get_weights(),
        }
        names = ("test_accuracy", "val_accuracy", "train_accuracy", "test_nll")
        return row | {name: metrics[name] for name in names}

    def _relabelled(self, data: Tensors, weights: list, norms: list[float]) -> float | None:
        model = self.trainer.model
        if not any(isinstance(layer, keras.layers.BatchNormalization) for layer in model.layers):
            return None
        model.set_weights(weights)
        before = self.trainer.predict(data.test[0]).argmax(1)
        for kernel, norm in zip(hidden(model), norms, strict=True):
            name = kernel.path.split("/")[0]
            layer, after = model.get_layer(name), model.get_layer(f"{name}_batchnorm")
            factor = norm / float(np.linalg.norm(kernel.numpy()))
            for variable, power in (
                (layer.kernel, 1),
                (layer.bias, 1),
                (after.moving_mean, 1),
                (after.moving_variance, 2),
            ):
                variable.assign(variable * factor**power)
        return float(np.mean(self.trainer.predict(data.test[0]).argmax(1) != before))


def _median_distance(margin: np.ndarray, slope: np.ndarray) -> float | None:
    # Where the function is flat the border is nowhere; a median bears that at some examples.
    with np.errstate(divide="ignore", invalid="ignore"):
        distance = np.where(slope > 0, margin / slope, np.inf)
    middle = float(np.median(distance))
    return middle if np.isfinite(middle) else None


def hidden(model: keras.Model) -> list:
    """Return the kernels of the hidden layers, those that batch norm follows where it is on."""
    return [v for v in model.trainable_variables if v.name == "kernel" and "head" not in v.path]


def angle(a: np.ndarray, b: np.ndarray) -> float:
    """Return the angle between two arrays taken as vectors, in degrees."""
    a, b = (part.astype(float).ravel() for part in (a, b))
    a, b = a / np.linalg.norm(a), b / np.linalg.norm(b)
    # From the chord: the cosine of a small angle is one to machine precision.
    return float(np.degrees(2 * np.arcsin(min(1.0, np.linalg.norm(a - b) / 2))))
