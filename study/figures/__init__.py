"""Estimates in, exhibits out; one figure a file. Figures never see single runs' records."""

from study.figures.dumbbells import dumbbells
from study.figures.examples import examples
from study.figures.forest import forest
from study.figures.learning_curves import learning_curves
from study.figures.neighbours import neighbours
from study.figures.specification_curve import specification_curve

__all__ = [
    "dumbbells", "examples", "forest", "learning_curves", "neighbours", "specification_curve",
]
