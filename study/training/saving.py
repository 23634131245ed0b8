"""One cell's model, trained again and saved, and what was changed in a user's model to get it."""

from __future__ import annotations

from pathlib import Path

import keras

from study.data.splits import draw
from study.design.architectures.own import KerasModel
from study.design.arms import Arm
from study.design.settings import Experiment
from study.training.batches import Tensors
from study.training.run import Outcome
from study.training.surgery import operate
from study.training.surgery.findings import look
from study.training.surgery.template import template
from study.training.trainer import Trainer


def save(experiment: Experiment, arm: Arm, seed: int, file: Path) -> tuple[Outcome, list[str]]:
    """Train one cell and save its model, compiled, with the weights that it was judged with.

    Args:
        experiment: what to train.
        arm: which factors are on.
        seed: the block's seed.
        file: the .keras file to write.

    Returns:
        The cell's outcome, and the changes that make the arm of the user's model, a line each: see `changes`.
    """
    data = draw(experiment.data, seed)
    trainer = Trainer(experiment, arm, data.x_train.shape[1:], data.classes)
    outcome = trainer.train(Tensors(data), seed, [arm.stops])[arm.stops]
    model = trainer.model
    if isinstance(experiment.model, KerasModel):
        found = template(experiment.model)
        model.compile(
            operate.optimizer(found, experiment, arm), operate.loss(found, experiment, arm), metrics=["accuracy"]
        )
    else:
        rate = experiment.training.learning_rate
        kind = {"adam": keras.optimizers.Adam, "sgd": keras.optimizers.SGD}[experiment.training.optimizer]
        model.compile(kind(rate), keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    model.save(file)
    return outcome, changes(experiment, arm)


def changes(experiment: Experiment, arm: Arm) -> list[str]:
    """Return what to change in a user's Keras model to get an arm's, a line each; nothing for another architecture."""
    if not isinstance(experiment.model, KerasModel):
        return []
    found = template(experiment.model)
    off = [finding for finding in look(found) if finding.factor in arm.known.names and finding.factor not in arm]
    lines = [f"{finding.where}: take out {finding.what}" for finding in off]
    if "batchnorm" in arm.known.names and "batchnorm" not in arm:
        bare = operate.without_bias(found.model)
        lines += [f"{layer.name}: use_bias=True" for layer in found.model.layers if id(layer) in bare]
    put = {
        "dropout": "after every hidden activation",
        "batchnorm": "before every hidden activation",
        "l2": "on every kernel",
        "augmentation": "after the inputs",
        "weight_decay": "in the optimizer",
        "averaging": "in the optimizer, use_ema=True",
        "label_smoothing": "in the loss",
        "earlystopping": "among the callbacks",
    }
    for name in experiment.model.add:
        if name in arm:
            set_to = ", ".join(f"{key} {value}" for key, value in experiment.strength(name).settings().items())
            lines.append(f"{put[name]}: put in {arm.known[name].label}, {set_to}")
    return lines
