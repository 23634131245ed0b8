"""One cell's model, trained again and saved, and what was changed in a user's model to get it."""

from __future__ import annotations

from pathlib import Path

from study.data.splits import draw
from study.design.architectures.own import KerasModel
from study.design.arms import Arm
from study.design.settings import Experiment
from study.training.batches import Tensors
from study.training.networks import build
from study.training.outcome import Outcome
from study.training.surgery import operate
from study.training.surgery.findings import look, walk
from study.training.surgery.template import template
from study.training.trainer import Trainer


def save(experiment: Experiment, arm: Arm, seed: int, file: Path) -> tuple[Outcome, list[str]]:
    """Train one cell and save its model, not compiled, with the weights that it was judged with.

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
    outcome = trainer.cells(Tensors(data), seed, [arm.end])[arm.end]
    # Another model of the same weights: callbacks may have had the trainer's compiled in a way that no file holds.
    model = build(experiment, trainer.arm, seed, trainer.sample, trainer.classes)
    model.set_weights(trainer.model.get_weights())
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
        lines += [f"{path}: use_bias=True" for path, layer in walk(found.model) if id(layer) in bare]
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
