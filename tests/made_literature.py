"""A made-up study that the literature is held against."""

import numpy as np
from conftest import write_tiny
from synthetic import store

from study.analysis.results import Results
from study.design import studyfile
from study.design.architectures.builtin import PLACEMENTS
from study.store.lines import Store

SWEEPS = """
[sweep.together]
title = "All strengths"
question = "?"
experiment = "signals"
setting = "strengths.dropout.rate"
values = [0.2, 0.4]
also = { "strengths.l2.lambda" = [1e-4, 1e-2] }
arms = ["dropout", "all"]

[sweep.rate]
title = "Rate"
question = "?"
experiment = "signals"
setting = "strengths.dropout.rate"
values = [0.0, 0.2, 0.4, 0.6, 0.9]
arms = ["dropout", "all"]

[sweep.size]
title = "Size"
question = "?"
experiment = "signals"
setting = "data.train"
values = [250, 500, 1000, 2000, 4000]
arms = ["none", "dropout", "all"]

[sweep.noise]
title = "Noise"
question = "?"
experiment = "signals"
setting = "data.label_noise"
values = [0.0, 0.2, 0.5]
arms = ["none", "dropout", "earlystopping", "dropout+earlystopping"]
"""


PLACE = """
[sweep.place-{width}]
title = "Place"
question = "?"
experiment = "signals"
setting = "model.dropout_placement"
values = ["before_last_linear", "before_last_batchnorm", "after_last_batchnorm"]
also = {{ "model.widths" = [[{width}, {width}]], "strengths.dropout.rate" = 0.5 }}
arms = ["batchnorm", "dropout+batchnorm"]
"""


SIGNALS = """
[experiment.signals]
title = "Signals"
question = "?"
data = { name = "mnist1d", train = 4000, validation = 100, test = 100 }
model = { name = "mlp", widths = [16] }
training = { epochs = 3, batch = 20, learning_rate = 0.01 }
"""


HARM = dict(zip(PLACEMENTS[1:], (-2.0, -4.0, 1.0)))
"""What dropout adds at each place in the narrow network; in the wide one it adds 1 everywhere."""


GAINS = {250: 0, 500: 1, 1000: 2, 2000: 2, 4000: 1}
"""What dropout adds at each size, over what it adds at 4,000."""


def accuracy(cell) -> float:
    """A world in which the published results hold, but for dropout before batch norm in the wide network and data's
    worth."""
    experiment, arm, seed = cell.experiment, cell.arm, cell.seed
    wiggle = 0.05 * np.random.default_rng([seed, len(arm.factors), experiment.data.train]).standard_normal()
    share, rate, n = experiment.data.label_noise, experiment.strengths.dropout.rate, experiment.data.train
    stops, drops, norms = ("earlystopping" in arm, "dropout" in arm, "batchnorm" in arm)
    place = experiment.model.dropout_placement
    value = 67.0 + 0.1 * seed + wiggle - 40 * share
    if place != "every_block":
        return value + drops * (HARM[place] if experiment.model.widths[0] == 32 else 1.0)
    value += 6 * np.log2(n / 4000)
    if share:
        return value + 20 * share * (drops or stops) + drops
    value += drops * {0.0: 0, 0.2: 2, 0.3: 2, 0.4: 2, 0.6: 2, 0.9: -5}[rate] * GAINS.get(n, 1)
    value += 3.5 * ("augmentation" in arm) + ("l2" in arm) * (0.2 if norms else 1.0) - 1.9 * drops * norms
    return value


def open_made(folder, text, seeds="0-5", head="", accuracy=accuracy):
    file = write_tiny(folder, seeds=seeds)
    file.write_text(head + file.read_text() + text)
    found = studyfile.load(str(file))
    store(found, folder / "r", accuracy)
    return Results(found, Store(folder / "r", found.name))
