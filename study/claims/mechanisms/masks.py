"""Dropout's masks: which units a layer and a network of the study set to zero, when, and what is left."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf

from study.claims.mechanisms import networks
from study.design.arms import ARMS, Arm
from study.design.seeds import derive
from study.training.networks import build


class Masks:
    """Looks at `keras.layers.Dropout` alone and inside the study's networks.

    Settings:
        `rates`: the rates of the layer that stands alone. `units`, `steps`: units it drops a step, and
        steps. `models`: for each network of the study, its table `model` and its `sample` and `classes`.
        `rate`: the networks' rate. `examples`: batch through the networks.
    """

    def __init__(self, settings: dict) -> None:
        self.settings = settings

    def measure(self, seed: int) -> dict:
        """Return the counts of one seed.

        Returns:
            `zeros`, `draws`: units set to zero and units in all, a rate each. `scale`: largest deviation of
            (1 − p) × a kept unit from its input, relative, in the layer's float32. `mean`: mean output over
            mean input − 1, a rate each. `repeated`: steps whose mask is that of the step before. `inference`:
            largest change of an input at inference. Over the study's networks with all factors on:
            `hidden_zeros`, `hidden_draws`, of the hidden units active before dropout; `output_zeros`, logits
            that are zero in training mode; `network_inference`, largest difference between two passes at
            inference. Of the first network with dropout alone: `thinned`, masks that differ within one
            training batch of `batch` examples; `dropped_gradient`, largest gradient of a weight at a dropped
            unit, and `kept_gradient`, of any other.
        """
        return {**self._layer(seed), **self._networks(seed), **self._step(seed), "batch": self.settings["examples"]}

    def _layer(self, seed: int) -> dict:
        units, steps = self.settings["units"], self.settings["steps"]
        # Inputs away from zero: a zero in the output is then a dropped unit.
        rng = np.random.default_rng(derive(seed, "masks", "inputs"))
        x = rng.uniform(0.5, 1.5, (1, units)).astype(np.float32)
        found = {"zeros": [], "draws": [], "mean": []}
        scale = inference = 0.0
        repeated = 0
        for rate in self.settings["rates"]:
            layer = keras.layers.Dropout(rate, seed=derive(seed, "masks", str(rate)))
            outputs = np.concatenate([layer(x, training=True).numpy() for _ in range(steps)])
            dropped = outputs == 0
            found["zeros"].append(int(dropped.sum()))
            found["draws"].append(dropped.size)
            found["mean"].append(float(outputs.mean(dtype=np.float64) / x.mean(dtype=np.float64) - 1))
            ratio = (1 - rate) * outputs.astype(np.float64) / x
            scale = max(scale, float(np.abs(ratio[~dropped] - 1).max()))
            repeated += int((dropped[1:] == dropped[:-1]).all(axis=1).sum())
            inference = max(inference, float(np.abs(layer(x, training=False).numpy() - x).max()))
        return found | {"scale": scale, "repeated": repeated, "inference": inference}

    def _networks(self, seed: int) -> dict:
        zeros = draws = outputs = 0
        change = 0.0
        for table in self.settings["models"]:
            model, x = self._build(ARMS[-1], table, seed)
            pairs = [(layer.input, layer.output) for layer in model.layers if isinstance(layer, keras.layers.Dropout)]
            inside = keras.Model(model.input, [pairs, model.output])
            hidden, logits = inside(x, training=True)
            for before, after in hidden:
                active = before.numpy() > 0
                zeros += int((after.numpy()[active] == 0).sum())
                draws += int(active.sum())
            outputs += int((logits.numpy() == 0).sum())
            passes = [model(x, training=False).numpy() for _ in range(2)]
            change = max(change, float(np.abs(passes[0] - passes[1]).max()))
        return {"hidden_zeros": zeros, "hidden_draws": draws, "output_zeros": outputs, "network_inference": change}

    def _step(self, seed: int) -> dict:
        model, x = self._build(Arm(("dropout",)), self.settings["models"][0], seed)
        layers = [layer for layer in model.layers if isinstance(layer, keras.layers.Dropout)]
        inside = keras.Model(model.input, [[(layer.input, layer.output) for layer in layers], model.output])
        # A unit that is not active shows no mask, so masks are compared where both examples are active.
        before, after = (part.numpy() for part in inside(x, training=True)[0][0])
        shown, dropped = before > 0, after == 0
        distinct = 1
        for row in range(1, len(shown)):
            both = shown[row] & shown[:row]
            distinct += bool((both & (dropped[row] != dropped[:row])).any(axis=1).all())
        kernels = [layer.kernel for layer in model.layers if isinstance(layer, keras.layers.Dense)]
        with tf.GradientTape() as tape:
            hidden, logits = inside(x[:1], training=True)
            loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)(np.zeros(1, np.int32), logits)
        gradients = [gradient.numpy() for gradient in tape.gradient(loss, kernels)]
        at_dropped, at_others = [], []
        for number, (before, after) in enumerate(hidden):
            # A unit that is not active has no gradient anyway, so only active ones count.
            gone = ((before > 0) & (after == 0)).numpy()[0]
            kept = (after > 0).numpy()[0]
            for units, gathered in ((gone, at_dropped), (kept, at_others)):
                entering, leaving = gradients[number][:, units], gradients[number + 1][units]
                gathered += [np.abs(entering).max(initial=0), np.abs(leaving).max(initial=0)]
        return {"thinned": distinct, "dropped_gradient": float(max(at_dropped)), "kept_gradient": float(max(at_others))}

    def _build(self, arm: Arm, table: dict, seed: int):
        """Build one network of the study and draw a batch of its inputs, uniform in [0, 1]."""
        found = networks.experiment(
            {
                "data": networks.SIGNALS,
                "model": table["model"],
                "strengths": {"dropout": {"rate": self.settings["rate"]}},
                "training": {"epochs": 1, "batch": 1, "learning_rate": 1e-3},  # never trained
            }
        )
        rng = np.random.default_rng(derive(seed, "masks", "network inputs"))
        x = rng.random((self.settings["examples"], *table["sample"])).astype(np.float32)
        return build(found, arm, seed, tuple(table["sample"]), table["classes"]), x
