"""How training went: mean learning curves, and where early stopping ended it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from study.design.arms import Arm
from study.design.factors import EARLY_STOPPING


@dataclass(frozen=True)
class Curve:
    """One trajectory's learning curve over its seeds.

    Attributes:
        arm: the arm without early stopping.
        epochs: shape (kept epochs,), from 1: see `budget.kept`; the arrays that follow are as long.
        train, validation: shape (kept epochs,), mean loss over seeds in nats with the L2 penalty; the
            training loss has dropout and augmentation acting.
        low, high: shape (kept epochs,), the lowest and the highest seed's validation loss.
        restored: shape (stopped seeds,), the epochs whose weights early stopping restored.
        seeds: number of seeds in the means.
    """

    arm: Arm
    epochs: np.ndarray
    train: np.ndarray
    validation: np.ndarray
    low: np.ndarray
    high: np.ndarray
    restored: np.ndarray
    seeds: int


def learning_curves(history: pd.DataFrame, runs: pd.DataFrame, experiment: str, arms: tuple[Arm, ...]) -> list[Curve]:
    """Average the learning curves of an experiment's trajectories over seeds.

    Args:
        history: as `frames.history_frame` returns it.
        runs: as `frames.runs_frame` returns it.
        experiment: its name.
        arms: arms without early stopping, in the order to return them.

    Returns:
        A curve for every arm that has an `ok` cell.
    """
    runs = runs[(runs["experiment"] == experiment) & (runs["status"] == "ok")]
    history = history[history["experiment"] == experiment]
    curves = []
    for arm in arms:
        seeds = runs.loc[runs["arm"] == arm.name, "seed"]
        kept = history[(history["arm"] == arm.name) & history["seed"].isin(seeds)]
        if kept.empty:
            continue
        by_epoch = kept.groupby("epoch")
        stopped = Arm.of({*arm.factors, EARLY_STOPPING}, arm.known).name
        validation = by_epoch["val_loss"]
        curves.append(
            Curve(
                arm,
                validation.mean().index.to_numpy(),
                by_epoch["loss"].mean().to_numpy(),
                validation.mean().to_numpy(),
                validation.min().to_numpy(),
                validation.max().to_numpy(),
                runs.loc[runs["arm"] == stopped, "best_epoch"].to_numpy(),
                len(seeds),
            )
        )
    return curves
