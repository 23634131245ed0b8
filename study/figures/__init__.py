"""Estimates in, exhibits out; one figure a file. Figures never see single runs' records."""

from study.figures.dots_by_experiment import dots_by_experiment
from study.figures.dumbbells import dumbbells
from study.figures.examples import examples
from study.figures.forest import forest
from study.figures.interaction_triangle import interaction_triangle
from study.figures.lattice import lattice
from study.figures.learning_curves import learning_curves
from study.figures.neighbours import neighbours
from study.figures.slopes import slopes
from study.figures.specification_curve import specification_curve

__all__ = [
    "dots_by_experiment", "dumbbells", "examples", "forest", "interaction_triangle", "lattice",
    "learning_curves", "neighbours", "slopes", "specification_curve",
]
