"""Factors beyond the five, off until a study file names them; worked examples of a factor of one's own.

    factors = ["study.training.regularizers.mixup:MixUp", "study.training.regularizers.max_norm:MaxNorm"]

Keras is imported inside the hooks, so that plans and reports can be made without it.
"""
