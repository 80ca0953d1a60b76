"""Nodes that draw the figures of a tuning, from its tables only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from denoising_autoencoder.noise.table import read_noise
from denoising_autoencoder.parameters.tuning import Searched, TuningParameters
from denoising_autoencoder.pipelines.tuning.nodes import own_recipe
from denoising_autoencoder.tuning.recipe import OWN
from denoising_autoencoder.tuning.space import as_plain
from denoising_autoencoder.tuning.trials import fold_key

if TYPE_CHECKING:
    from denoising_autoencoder.figures import Measure, TunedParameter

# A matplotlib.figure.Figure. Kedro resolves annotations when it starts, and only the
# functions that draw import Matplotlib.
Figure = Any


def plot_history(
    trials: pd.DataFrame,
    tuned_recipe: dict[str, Any],
    image_info: dict[str, Any],
    parameters: TuningParameters,
    **lanes: Any,
) -> Figure:
    """Draw the score of each trial, and the best so far.

    Args:
        trials: Table of the trials.
        tuned_recipe: The choice; its noise is in the title.
        image_info: Name of the images.
        parameters: Lane, objective and folds.
        lanes: The block of parameters of each lane, by its name.
    """
    from denoising_autoencoder.figures import trial_history

    title = _title(trials, tuned_recipe, image_info, parameters, lanes)
    return trial_history(_with_scores(trials, parameters), _measure(parameters), title)


def plot_importances(
    importances: pd.DataFrame,
    trials: pd.DataFrame,
    tuned_recipe: dict[str, Any],
    image_info: dict[str, Any],
    parameters: TuningParameters,
    **lanes: Any,
) -> Figure:
    """Draw the importance of each parameter.

    Args:
        importances: Table of `choice_nodes.rank_parameters`.
        trials: Table of the trials.
        tuned_recipe: The choice; its noise is in the title.
        image_info: Name of the images.
        parameters: Lane, objective and folds.
        lanes: The block of parameters of each lane, by its name.
    """
    from denoising_autoencoder.figures import parameter_importances

    title = _title(trials, tuned_recipe, image_info, parameters, lanes)
    shares = dict(zip(*(importances[name] for name in importances), strict=True))
    return parameter_importances(shares, title)


def plot_slices(
    trials: pd.DataFrame,
    tuned_recipe: dict[str, Any],
    image_info: dict[str, Any],
    parameters: TuningParameters,
    **lanes: Any,
) -> Figure:
    """Draw the score of each trial against each parameter.

    Args:
        trials: Table of the trials.
        tuned_recipe: The choice, which is marked.
        image_info: Name of the images.
        parameters: Lane, objective, folds and space.
        lanes: The block of parameters of each lane, by its name.
    """
    from denoising_autoencoder.figures import trial_slices

    chosen = tuned_recipe["recipe"]
    return trial_slices(
        _with_scores(trials, parameters),
        [_parameter(name, values) for name, values in parameters.space.items()],
        _measure(parameters),
        _title(trials, tuned_recipe, image_info, parameters, lanes),
        None if chosen == OWN else int(chosen.rpartition(" ")[2]),
    )


def _with_scores(trials: pd.DataFrame, parameters: TuningParameters) -> pd.DataFrame:
    """The table with the mean over the folds that were trained."""
    folds = [fold_key(fold) for fold in range(parameters.folds)]
    done = trials[folds].mean(axis="columns", skipna=True)
    failed = trials["state"] == "failed"
    return trials.assign(score=done.where(~failed, np.nan))


def _measure(parameters: TuningParameters) -> Measure:
    from denoising_autoencoder.figures import Measure

    if parameters.objective == "psnr":
        return Measure("mean PSNR, dB")
    return Measure("mean MSE", higher_is_better=False)


def _parameter(name: str, values: Searched) -> TunedParameter:
    from denoising_autoencoder.figures import TunedParameter

    if values.choices is not None:
        choices = (str(as_plain(choice)) for choice in values.choices)
        return TunedParameter(name, choices=tuple(choices))
    low, high = values.bounds
    return TunedParameter(name, low, high, values.log)


def _title(
    trials: pd.DataFrame,
    tuned_recipe: dict[str, Any],
    image_info: dict[str, Any],
    parameters: TuningParameters,
    lanes: dict[str, Any],
) -> str:
    return (
        f"Tuning of {own_recipe(parameters, lanes).title}: {len(trials)} trials of "
        f"{parameters.folds} folds · {image_info['name']}, "
        f"{read_noise(tuned_recipe['noise']).describe()}"
    )
