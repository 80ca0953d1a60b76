"""Folds, and the search over them.

PyTorch, Optuna and scikit-learn are imported inside the functions that use them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from denoising_autoencoder.artifacts.studies import Studies
from denoising_autoencoder.images import Float16Images
from denoising_autoencoder.lanes import LANES
from denoising_autoencoder.noise.table import read_noise
from denoising_autoencoder.parameters.lanes import LaneParameters
from denoising_autoencoder.parameters.tuning import TuningParameters
from denoising_autoencoder.tuning.extra import installed


def make_folds(
    train_photographs: npt.NDArray[np.int32],
    train_indices: npt.NDArray[np.int64],
    parameters: TuningParameters,
) -> npt.NDArray[np.int32]:
    """Divide the training images into folds, by whole photographs.

    Args:
        train_photographs: (m,) photograph that each image for training and validation
            is cut from.
        train_indices: (n,) which of them are for training.
        parameters: Number of folds, and their seed.

    Returns:
        int32, (n,): the fold that holds out each training image.

    Raises:
        ParameterError: There are more folds than photographs.
    """
    with installed():
        from denoising_autoencoder.tuning import folds

        return folds.make_folds(
            np.asarray(train_photographs)[train_indices],
            parameters.folds,
            parameters.seed,
        )


def search(
    train_images: Float16Images,
    folds: npt.NDArray[np.int32],
    noise_spec: dict[str, Any],
    clean_spec: dict[str, Any],
    studies: Studies,
    parameters: TuningParameters,
    **lanes: Any,
) -> pd.DataFrame:
    """Search for a better recipe of one lane.

    Args:
        train_images: Clean, in [-1, 1], NHWC.
        folds: The fold that holds out each of them.
        noise_spec: The noise of the lanes with noisy inputs.
        clean_spec: That of the others.
        studies: Place of the studies.
        parameters: Lane, space, objective and so on.
        lanes: The block of parameters of each lane, by its name.

    Returns:
        A row for each trial; see `tuning.trials.trials_table`.

    Raises:
        ProjectError: The space does not fit the lane, or the database cannot be used.
    """
    with installed():
        from denoising_autoencoder.tuning import search as of_trials
        from denoising_autoencoder.tuning.fold_training import FoldData

        spec = spec_of(parameters.lane, noise_spec, clean_spec)
        data = FoldData(train_images, np.asarray(folds), read_noise(spec), spec["seed"])
        own = own_recipe(parameters, lanes)
        return of_trials.search(data, own, parameters, studies)


def own_recipe(parameters: TuningParameters, lanes: dict[str, Any]) -> LaneParameters:
    """The recipe of the lane that is tuned.

    Args:
        parameters: Name of the lane.
        lanes: The block of parameters of each lane, by its name.
    """
    return LaneParameters.model_validate(lanes[parameters.lane])


def spec_of(
    lane: str, noise_spec: dict[str, Any], clean_spec: dict[str, Any]
) -> dict[str, Any]:
    """The noise of a lane's inputs.

    Args:
        lane: Name of the lane.
        noise_spec: The noise of the lanes with noisy inputs.
        clean_spec: That of the others.
    """
    return noise_spec if is_noisy(lane) else clean_spec


def is_noisy(lane: str) -> bool:
    """Whether a lane's inputs are noisy, by its name."""
    return next(known.noisy for known in LANES if known.name == lane)
