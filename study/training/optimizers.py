"""Keras's optimizers as the study uses them: on one replica."""

from __future__ import annotations

import keras

KINDS = {"adam": keras.optimizers.Adam, "sgd": keras.optimizers.SGD}


def optimizer(kind: str, *words, **options) -> keras.optimizers.Optimizer:
    """Return an optimizer that leaves no trace behind when it is dropped.

    Before it applies gradients, Keras sums them over replicas. On the one replica there is here that
    changes nothing, but TensorFlow keeps a custom gradient of the sum, and with it the whole traced
    graph, in a registry that is never emptied: a worker would grow and slow with every arm it builds.
    So the sum is left out.

    Args:
        kind: `adam` or `sgd`.
        words, options: the optimizer's own arguments, the learning rate first.
    """
    made = KINDS[kind](*words, **options)
    made._all_reduce_sum_gradients = lambda pairs: pairs
    return made
