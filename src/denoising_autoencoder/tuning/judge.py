"""The judgement: the choice and the lane's own recipe on the test images."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import pandas as pd

from denoising_autoencoder.compute.threads import on_threads
from denoising_autoencoder.denoisers.apply import reconstruct
from denoising_autoencoder.denoisers.network import NetworkDenoiser
from denoising_autoencoder.errors import TrainingDivergedError
from denoising_autoencoder.evaluation.metrics import METRICS, score_images
from denoising_autoencoder.networks.build import build_network
from denoising_autoencoder.noise.kind import Noise
from denoising_autoencoder.parameters.lanes import LaneParameters
from denoising_autoencoder.parameters.tuning import TuningParameters
from denoising_autoencoder.trainer import TrainingData, train
from denoising_autoencoder.tuning.seeds import JUDGE, seed_of
from denoising_autoencoder.tuning.trainings import Stopped, run_trainings, share_threads
from denoising_autoencoder.tuning.workers import as_array, without_copy

logger = logging.getLogger(__name__)

Images = Any
"""An array, or in another process a `MappedFile` of one."""


@dataclass(frozen=True)
class JudgeData:
    """Images for trainings and for their judgement.

    Attributes:
        images: Clean training images, in [-1, 1], or their file; so the others.
        validation_inputs: Validation images with the noise of the lane.
        validation_targets: Clean validation images.
        test_inputs: Test images with the noise of the lane.
        originals: Clean test images: uint8.
        noise: Noise of the lane.
    """

    images: Images
    validation_inputs: Images
    validation_targets: Images
    test_inputs: Images
    originals: Images
    noise: Noise

    def changed(self, change: Callable[[Any], Any]) -> JudgeData:
        """The same with another form of each array."""
        arrays = {
            field.name: change(getattr(self, field.name))
            for field in fields(self)
            if field.name != "noise"
        }
        return replace(self, **arrays)


@dataclass(frozen=True)
class Task:
    """One training, in whatever process."""

    data: JudgeData
    recipe: LaneParameters
    label: str


def judge(
    data: JudgeData,
    recipes: Mapping[str, LaneParameters],
    parameters: TuningParameters,
    stopped: Stopped = bool,
) -> pd.DataFrame:
    """Train recipes on all training images by several seeds, and score them.

    Args:
        data: Images and noise.
        recipes: Recipes by name, each with the steps of a whole training.
        parameters: Seeds and workers.
        stopped: Tells whether the run was asked to stop.

    Returns:
        A row for each training: recipe, seed, and the means of mse, psnr and ssim over
        the test images, as `metrics` has them; NaN for a training that diverged. The
        seeds are the same for all recipes.

    Raises:
        KeyboardInterrupt: The run was asked to stop.
    """
    seeds = [
        seed_of(parameters.seed, JUDGE, number)
        for number in range(parameters.judge.seeds)
    ]
    shared = data.changed(without_copy)
    rows, tasks = [], []
    for seed in seeds:
        for name, recipe in recipes.items():
            rows.append({"recipe": name, "seed": seed})
            mine = share_threads(recipe, parameters.workers)
            mine = mine.model_copy(update={"seed": seed})
            tasks.append(Task(shared, mine, f"{name}, seed {seed}"))
    found = run_trainings(train_task, tasks, parameters.workers, "judgement", stopped)
    scores = pd.DataFrame.from_dict(dict(found), orient="index").sort_index()
    return pd.concat([pd.DataFrame(rows), scores], axis="columns")


def train_task(task: Task) -> dict[str, float]:
    """Do one training, and score it on the test images; NaN if it diverges."""
    data, recipe = task.data.changed(as_array), task.recipe
    network = build_network(recipe.network, recipe.seed, recipe.options)
    parts = TrainingData(
        data.images, data.validation_inputs, data.validation_targets, data.noise
    )
    try:
        train(network, parts, recipe, task.label)
    except TrainingDivergedError as error:
        logger.warning("%s", error)
        return dict.fromkeys(METRICS, math.nan)
    denoiser = NetworkDenoiser(network, recipe.device, recipe.precision)
    with on_threads(recipe.threads, denoiser.device) as in_order:
        stds = data.noise.judged_stds(len(data.test_inputs))
        outputs = reconstruct(denoiser, data.test_inputs, stds, in_order)
    scores = score_images(outputs, data.originals)
    return {name: float(scores[name].mean()) for name in METRICS}
