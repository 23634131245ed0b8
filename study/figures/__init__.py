"""Estimates in, exhibits out; one figure a file. Figures never see single runs' records."""

from study.figures.averaging import averaging
from study.figures.batch_normalization import batch_normalization
from study.figures.data_worth import data_worth
from study.figures.dots_by_experiment import dots_by_experiment
from study.figures.dumbbells import dumbbells
from study.figures.effects_over import effects_over
from study.figures.examples import examples
from study.figures.forest import forest
from study.figures.interaction_triangle import interaction_triangle
from study.figures.lattice import lattice
from study.figures.learning_curves import learning_curves
from study.figures.neighbours import neighbours
from study.figures.penalty_sweep import penalty_sweep
from study.figures.placement import placement
from study.figures.published import published
from study.figures.removal import removal
from study.figures.response import response
from study.figures.slopes import slopes
from study.figures.specification_curve import specification_curve
from study.figures.stopping_points import stopping_points
from study.figures.tuned import tuned

__all__ = [
    "averaging",
    "batch_normalization",
    "data_worth",
    "dots_by_experiment",
    "dumbbells",
    "effects_over",
    "examples",
    "forest",
    "interaction_triangle",
    "lattice",
    "learning_curves",
    "neighbours",
    "penalty_sweep",
    "placement",
    "published",
    "removal",
    "response",
    "slopes",
    "specification_curve",
    "stopping_points",
    "tuned",
]
