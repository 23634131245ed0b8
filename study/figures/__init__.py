"""Estimates in, exhibits out; one figure a file. Figures never see single runs' records."""

from study.figures.averaging import averaging as averaging
from study.figures.batch_normalization import batch_normalization as batch_normalization
from study.figures.company import company as company
from study.figures.data_worth import data_worth as data_worth
from study.figures.dots_by_experiment import dots_by_experiment as dots_by_experiment
from study.figures.dumbbells import dumbbells as dumbbells
from study.figures.effects_over import effects_over as effects_over
from study.figures.examples import examples as examples
from study.figures.forest import forest as forest
from study.figures.interaction_triangle import interaction_triangle as interaction_triangle
from study.figures.learning_curves import learning_curves as learning_curves
from study.figures.multiverse import multiverse as multiverse
from study.figures.neighbours import neighbours as neighbours
from study.figures.passes import passes as passes
from study.figures.penalty_sweep import penalty_sweep as penalty_sweep
from study.figures.placement import placement as placement
from study.figures.published import published as published
from study.figures.removal import removal as removal
from study.figures.response import response as response
from study.figures.slopes import slopes as slopes
from study.figures.specification_curve import specification_curve as specification_curve
from study.figures.stopping_points import stopping_points as stopping_points
from study.figures.tuned import tuned as tuned
