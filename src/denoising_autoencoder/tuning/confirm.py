"""The confirmation: the best trials and the lane's own recipe, with fresh seeds.

The best of many trials was lucky too, so its score says too much (the winner's curse).
The choice is therefore made by new trainings with seeds that the search has not seen.
"""

from __future__ import annotations

import hashlib
import json
import logging
import math
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from denoising_autoencoder.errors import TrainingDivergedError
from denoising_autoencoder.noise.kind import Noise
from denoising_autoencoder.parameters.lanes import LaneParameters
from denoising_autoencoder.parameters.tuning import TuningParameters
from denoising_autoencoder.tuning.fold_training import FoldData, FoldScore, train_fold
from denoising_autoencoder.tuning.recipe import OWN, Candidate
from denoising_autoencoder.tuning.seeds import CONFIRM, seed_of
from denoising_autoencoder.tuning.statistics import or_null, t_test
from denoising_autoencoder.tuning.trainings import Stopped, run_trainings, share_threads
from denoising_autoencoder.tuning.workers import MappedFile, as_array, without_copy

logger = logging.getLogger(__name__)

Finished = MutableMapping[str, list[float]]
"""PSNR and MSE of trainings that are done, by a hash of what decides them."""

_KEY = ["repeat", "fold"]
"""Columns that pair a training of one recipe with that of another."""


@dataclass(frozen=True)
class Task:
    """One training on one fold, in whatever process.

    Attributes:
        images: Clean training images, or their file.
        folds: The fold that holds out each image.
        noise: Noise of the lane's inputs.
        noise_seed: Seed of the noise of held-out images.
        recipe: Recipe with its seed and threads.
        fold: Number of the fold.
        label: Name of the training on the progress bar and in errors.
        train: `train_fold`, or what stands for it in tests.
    """

    images: npt.NDArray[Any] | MappedFile
    folds: npt.NDArray[np.int32]
    noise: Noise
    noise_seed: int
    recipe: LaneParameters
    fold: int
    label: str
    train: Callable[..., FoldScore]

    def key(self) -> str:
        """A hash of what decides the score, apart from images, folds and noise."""
        fields = self.recipe.model_dump(
            mode="json", exclude={*self.recipe.without_effect}
        )
        text = json.dumps([fields, self.fold], sort_keys=True)
        return f"confirmed {hashlib.sha256(text.encode()).hexdigest()}"


def confirm(
    data: FoldData,
    recipes: Mapping[str, LaneParameters],
    parameters: TuningParameters,
    finished: Finished,
    train: Callable[..., FoldScore] = train_fold,
    stopped: Stopped = bool,
) -> pd.DataFrame:
    """Train recipes on all folds with fresh seeds, the same seeds for all of them.

    Args:
        data: Images and folds of the search.
        recipes: The lane's own recipe, named "own", and the candidates by name.
        parameters: Folds, repetitions, seed and workers.
        finished: Trainings of an interrupted confirmation; those of this one are added.
        train: What trains and scores one fold.
        stopped: Tells whether the run was asked to stop.

    Returns:
        A row for each training: recipe, repeat, fold, seed, steps, psnr (dB), mse. The
        scores of a training that diverged are NaN.

    Raises:
        KeyboardInterrupt: The run was asked to stop.
    """
    rows, tasks = [], []
    for name, repeat, fold in _trainings(recipes, parameters):
        seed = seed_of(parameters.seed, CONFIRM, repeat, fold)
        recipe = share_threads(recipes[name], parameters.workers)
        rows.append(
            {"recipe": name, "repeat": repeat, "fold": fold, "seed": seed}
            | {"steps": recipe.steps}
        )
        tasks.append(
            Task(
                *(without_copy(data.images), data.folds, data.noise, data.noise_seed),
                # Nobody reads records.
                recipe=recipe.model_copy(
                    update={"seed": seed, "validation_interval": recipe.steps}
                ),
                fold=fold,
                label=f"{name}, fold {fold} of {parameters.folds}",
                train=train,
            )
        )
    todo = [task for task in tasks if task.key() not in finished]
    logger.info(
        "Confirmation of %s: %d of %d trainings are there",
        *(", ".join(recipes), len(tasks) - len(todo), len(tasks)),
    )
    scores = run_trainings(
        train_task, todo, parameters.workers, "confirmation", stopped
    )
    for number, score in scores:
        finished[todo[number].key()] = list(score)
    psnr_and_mse = [finished[task.key()] for task in tasks]
    return pd.DataFrame(rows).assign(
        psnr=[psnr for psnr, _ in psnr_and_mse], mse=[mse for _, mse in psnr_and_mse]
    )


def train_task(task: Task) -> FoldScore:
    """Do one training; NaN for one that diverges."""
    data = FoldData(as_array(task.images), task.folds, task.noise, task.noise_seed)
    try:
        return task.train(data, task.fold, task.recipe, task.label)
    except TrainingDivergedError as error:
        logger.warning("%s", error)
        return FoldScore(math.nan, math.nan)


def compare(
    confirmation: pd.DataFrame,
    values: Mapping[str, Mapping[str, Any]],
    parameters: TuningParameters,
    overlap: float,
) -> list[Candidate]:
    """Compare each candidate with the lane's own recipe, fold by fold.

    Args:
        confirmation: Table of `confirm`.
        values: The tuned values of each recipe, by its name.
        parameters: Objective.
        overlap: See `statistics.t_test`.

    Returns:
        The own recipe, and the candidates in the order of `values`.
    """
    sign = 1 if parameters.objective == "psnr" else -1
    scores = confirmation.set_index([*_KEY, "recipe"])[parameters.objective]
    # Repetitions share a fold's images, so they count as one score.
    by_fold = scores.unstack("repeat").mean(axis="columns", skipna=False)
    by_recipe = by_fold.unstack("recipe")
    means = by_recipe.mean(skipna=False)
    compared = []
    for name, tuned in values.items():
        fields: dict[str, Any] = {"recipe": name, "mean": or_null(means[name])}
        if name != OWN:
            gain = sign * (by_recipe[name] - by_recipe[OWN])
            test = t_test(list(gain), overlap, comparisons=len(values) - 1)
            fields |= {
                "difference": or_null(test.mean),
                "low": or_null(test.low),
                "high": or_null(test.high),
                "p_value": or_null(test.p_value),
            }
        compared.append(Candidate(**fields, values=dict(tuned)))
    return compared


def choose(candidates: list[Candidate]) -> Candidate:
    """The best of those that are certainly better than the own recipe; else the own."""
    better = [candidate for candidate in candidates if candidate.is_better()]
    own = next(candidate for candidate in candidates if candidate.recipe == OWN)
    return max(better, key=lambda best: best.difference or 0.0, default=own)


def overlap_of(folds: npt.NDArray[np.int32]) -> float:
    """Images of a fold divided by those that its network is trained on, on average.

    Args:
        folds: The fold that holds out each image.
    """
    sizes = np.bincount(folds)
    return float(np.mean(sizes / (len(folds) - sizes)))


def _trainings(
    recipes: Mapping[str, LaneParameters], parameters: TuningParameters
) -> list[tuple[str, int, int]]:
    """Recipe, repetition and fold of each training."""
    return [
        (name, repeat, fold)
        for repeat in range(parameters.confirm.repeats)
        for fold in range(parameters.folds)
        for name in recipes
    ]
