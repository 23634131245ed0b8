"""Monte-Carlo averaging of thinned networks against one pass of the whole, scaled network."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf

from study.claims.mechanisms import networks
from study.data.datasets import describe
from study.design.arms import Arm
from study.training.batches import Tensors
from study.training.metrics import evaluate
from study.training.trainer import Trainer


class Averaging:
    """Trains a network with dropout and predicts with it in both ways.

    Settings:
        `data`, `model`, `training`, `strengths` as in a study file; `use`, how many examples of each part;
        `samples`, thinned networks averaged at most.
    """

    def __init__(self, settings: dict) -> None:
        self.settings = settings
        experiment = networks.experiment(settings)
        known = describe(experiment.data)
        self.trainer = Trainer(experiment, Arm(("dropout",)), known.sample, known.classes)
        model, samples = self.trainer.model, settings["samples"]
        # The last hidden layer's ReLU output: it feels the masks of the layers before, not its own.
        last = [layer for layer in model.layers if isinstance(layer, keras.layers.ReLU)][-1]
        self.inside = keras.Model(model.input, [last.output, model.output])

        @tf.function
        def average(x, y):
            total = tf.zeros((x.shape[0], known.classes))
            signal = 0.0
            errors, losses = (tf.TensorArray(tf.float32, samples) for _ in range(2))
            for number in tf.range(samples):
                active, logits = self.inside(x, training=True)
                total += tf.nn.softmax(logits)
                signal += tf.reduce_mean(active)
                wrong = tf.not_equal(tf.argmax(total, 1, tf.int32), y)
                right = tf.gather(total, y, batch_dims=1) / tf.cast(number + 1, tf.float32)
                errors = errors.write(number, tf.reduce_mean(tf.cast(wrong, tf.float32)))
                losses = losses.write(number, -tf.reduce_mean(tf.math.log(tf.maximum(right, 1e-30))))
            return errors.stack(), losses.stack(), signal / samples

        self._average = average

    def measure(self, seed: int) -> dict:
        """Return test errors of one seed's network.

        Returns:
            `scaled_error`, in %, and `scaled_nll`, in nats, of one pass with all units; `errors`, `nlls`, the
            same of the mean probabilities of 1 … `samples` thinned networks; `signal`: the last hidden
            layer's mean output over masks, test examples and units, relative to its output with all
            units, − 1, in %; `train_accuracy`, a fraction.
        """
        data = Tensors(networks.examples(self.settings, seed))
        outcome = self.trainer.train(data, seed, stops=(False,))[False]
        x, y = data.test
        errors, losses, signal = (value.numpy() for value in self._average(x, y))
        plain = tf.reduce_mean(self.inside(x, training=False)[0]).numpy()
        scaled = evaluate(self.trainer.predict(x), y.numpy())
        return {
            "scaled_error": 100 * (1 - scaled["accuracy"]),
            "scaled_nll": scaled["nll"],
            "errors": (100 * errors.astype(np.float64)).tolist(),
            "nlls": losses.astype(np.float64).tolist(),
            "signal": 100 * (float(signal) / float(plain) - 1),
            "train_accuracy": outcome.metrics["train_accuracy"],
        }
