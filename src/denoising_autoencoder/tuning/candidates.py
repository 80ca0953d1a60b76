"""The recipes that a confirmation trains again: the lane's own, and the best trials."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from denoising_autoencoder.parameters.lanes import LaneParameters
from denoising_autoencoder.parameters.tuning import TuningParameters
from denoising_autoencoder.trainer.loop import count_steps
from denoising_autoencoder.tuning.changes import apply_changes
from denoising_autoencoder.tuning.recipe import OWN
from denoising_autoencoder.tuning.space import changes_of_row
from denoising_autoencoder.tuning.work import equal_work, with_steps


def best_trials(
    trials: pd.DataFrame, parameters: TuningParameters
) -> dict[str, dict[str, Any]]:
    """The values of the best complete trials, the best first.

    Args:
        trials: Table of `trials.trials_table`.
        parameters: Objective, space, and `confirm.best`: how many there are at most.

    Returns:
        The tuned values by dotted name, for each "trial 7". Trial 0, the lane's own
        recipe, is left out, and so is any trial with the values of another.
    """
    complete = trials[trials["state"] == "complete"]
    ranked = complete.sort_values(
        "mean", ascending=parameters.objective == "mse", kind="stable"
    )
    names = list(parameters.space)
    others = pd.concat([ranked[ranked["trial"] == 0], ranked[ranked["trial"] != 0]])
    others = others.drop_duplicates(names)
    best = others[others["trial"] != 0].head(parameters.confirm.best)
    return {
        f"trial {row['trial']}": changes_of_row(row, parameters.space)
        for row in best.to_dict("records")
    }


def full_recipes(
    own: LaneParameters,
    candidates: Mapping[str, Mapping[str, Any]],
    shape: tuple[int, int, int, int],
    parameters: TuningParameters,
) -> dict[str, LaneParameters]:
    """The own recipe and the candidates with the steps of a whole training.

    Args:
        own: The lane's own recipe.
        candidates: Changes of it by dotted name, for each candidate.
        shape: Shape of all training images.
        parameters: Whether trainings are of equal work.
    """
    count, height, width, channels = shape
    steps = count_steps(own, count)
    recipes = {OWN: with_steps(own, own, steps, steps)}
    for name, changes in candidates.items():
        changed = apply_changes(own, changes)
        recipes[name] = (
            equal_work(own, changed, steps, (height, width, channels))
            if parameters.equal_work
            else with_steps(own, changed, steps, steps)
        )
    return recipes
