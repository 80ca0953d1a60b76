"""The choice between the best trials and the lane's own recipe, and its judgement.

PyTorch and Optuna are imported inside the functions that use them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from denoising_autoencoder.artifacts.studies import Studies
from denoising_autoencoder.images import Float16Images, UInt8Images
from denoising_autoencoder.noise.table import read_noise
from denoising_autoencoder.parameters.lanes import LaneParameters
from denoising_autoencoder.parameters.tuning import TuningParameters
from denoising_autoencoder.pipelines.tuning.nodes import is_noisy, own_recipe, spec_of
from denoising_autoencoder.tuning.changes import value_of
from denoising_autoencoder.tuning.extra import installed
from denoising_autoencoder.tuning.recipe import (
    OWN,
    TunedRecipe,
    array_sha256,
    read_tuned_recipe,
)


def confirm(
    train_images: Float16Images,
    folds: npt.NDArray[np.int32],
    noise_spec: dict[str, Any],
    clean_spec: dict[str, Any],
    studies: Studies,
    trials: pd.DataFrame,
    parameters: TuningParameters,
    **lanes: Any,
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Train the best trials and the lane's own recipe again, and choose between them.

    Args:
        train_images: Clean, in [-1, 1], NHWC.
        folds: The fold that holds out each of them.
        noise_spec: The noise of the lanes with noisy inputs.
        clean_spec: That of the others.
        studies: Place of the studies.
        trials: Table of the trials.
        parameters: Number of candidates, repetitions and so on.
        lanes: The block of parameters of each lane, by its name.

    Returns:
        A row for each training (`tuning.confirm.confirm`), and the tuned recipe
        (`tuning.recipe.TunedRecipe`) as plain values.

    Raises:
        ProjectError: The database of the study cannot be used.
    """
    with installed():
        from denoising_autoencoder.trainer.ingredients import PACKAGE, code_digests
        from denoising_autoencoder.tuning import confirm as of_recipes
        from denoising_autoencoder.tuning.candidates import best_trials, full_recipes
        from denoising_autoencoder.tuning.finished import finished_trainings
        from denoising_autoencoder.tuning.fold_training import FoldData
        from denoising_autoencoder.tuning.search import find_place

        own = own_recipe(parameters, lanes)
        spec = spec_of(parameters.lane, noise_spec, clean_spec)
        folds = np.asarray(folds)
        data = FoldData(train_images, folds, read_noise(spec), spec["seed"])
        candidates = best_trials(trials, parameters)
        recipes = full_recipes(own, candidates, train_images.shape, parameters)
        place = find_place(data, own, parameters, studies)
        with finished_trainings(place, parameters) as finished:
            confirmation = of_recipes.confirm(
                data, recipes, parameters, finished, stopped=studies.is_stopping
            )
    own_values = {name: value_of(own, name) for name in parameters.space}
    compared = of_recipes.compare(
        confirmation,
        {OWN: own_values, **candidates},
        parameters,
        of_recipes.overlap_of(folds),
    )
    chosen = of_recipes.choose(compared)
    recipe = own if chosen.recipe == OWN else recipes[chosen.recipe]
    tuned = TunedRecipe(
        lane=parameters.lane,
        recipe=chosen.recipe,
        objective=parameters.objective,
        tuned=list(parameters.space),
        values=recipe.model_dump(mode="json", exclude={*recipe.without_effect}),
        candidates=compared,
        study=place.name,
        images_sha256=array_sha256(train_images),
        noise=spec,
        code=code_digests(PACKAGE),
    )
    return confirmation, tuned.model_dump(mode="json")


def rank_parameters(trials: pd.DataFrame, parameters: TuningParameters) -> pd.DataFrame:
    """Find which of the tuned parameters matter; see `tuning.importance`.

    Args:
        trials: Table of the trials.
        parameters: Space and objective.
    """
    with installed():
        from denoising_autoencoder.tuning import importance

        return importance.rank_parameters(trials, parameters)


def judge(
    train_images: Float16Images,
    validation_images: Float16Images,
    noisy_validation_images: Float16Images,
    test_images: Float16Images,
    noisy_test_images: Float16Images,
    originals: UInt8Images,
    noise_spec: dict[str, Any],
    clean_spec: dict[str, Any],
    studies: Studies,
    tuned_recipe: dict[str, Any],
    parameters: TuningParameters,
    **lanes: Any,
) -> pd.DataFrame:
    """Score the choice and the lane's own recipe on the test images, by several seeds.

    No other node of the pipeline gets test images, and nothing is chosen by the scores.

    Args:
        train_images: Clean, in [-1, 1], NHWC.
        validation_images: Clean, in [-1, 1], NHWC.
        noisy_validation_images: The same with noise.
        test_images: Clean, in [-1, 1], NHWC.
        noisy_test_images: The same with noise.
        originals: The test images: uint8, NHWC.
        noise_spec: The noise of the lanes with noisy inputs.
        clean_spec: That of the others.
        studies: Place of the studies, which says whether the run is to stop.
        tuned_recipe: The choice.
        parameters: Number of seeds, and so on.
        lanes: The block of parameters of each lane, by its name.

    Returns:
        A row for each training: recipe, seed, steps, tflop (its work), mse, psnr, ssim.
        If the tuning chose the lane's own recipe, there are only rows of this one. The
        scores of a training that diverged are NaN.
    """
    from denoising_autoencoder.trainer.loop import count_steps
    from denoising_autoencoder.tuning import judge as of_recipes
    from denoising_autoencoder.tuning.work import tflop_of

    tuned = read_tuned_recipe(tuned_recipe, "tuned_recipe")
    own = own_recipe(parameters, lanes)
    noisy = is_noisy(parameters.lane)
    recipes = {OWN: own}
    if tuned.recipe != OWN:
        recipes[tuned.recipe] = LaneParameters.model_validate(
            {**own.model_dump(), **tuned.values}
        )
    data = of_recipes.JudgeData(
        images=train_images,
        validation_inputs=noisy_validation_images if noisy else validation_images,
        validation_targets=validation_images,
        test_inputs=noisy_test_images if noisy else test_images,
        originals=originals,
        noise=read_noise(spec_of(parameters.lane, noise_spec, clean_spec)),
    )
    table = of_recipes.judge(data, recipes, parameters, studies.is_stopping)
    steps = {
        name: count_steps(recipe, len(train_images)) for name, recipe in recipes.items()
    }
    work = {
        name: tflop_of(recipe, steps[name], train_images.shape[1:])
        for name, recipe in recipes.items()
    }
    table.insert(2, "steps", table["recipe"].map(steps))
    table.insert(3, "tflop", table["recipe"].map(work))
    return table
