"""One training on all folds but one, and its score on that one."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from denoising_autoencoder.compute.threads import on_threads
from denoising_autoencoder.denoisers.apply import reconstruct
from denoising_autoencoder.denoisers.network import NetworkDenoiser
from denoising_autoencoder.evaluation.metrics import measure_errors
from denoising_autoencoder.images import unnormalize
from denoising_autoencoder.networks.build import build_network
from denoising_autoencoder.noise.draw import VALIDATION_STREAM, add_noise
from denoising_autoencoder.noise.kind import Noise
from denoising_autoencoder.parameters.lanes import LaneParameters
from denoising_autoencoder.trainer import TrainingData, train
from denoising_autoencoder.tuning.seeds import HELD_OUT, seed_of


@dataclass(frozen=True)
class FoldData:
    """The images of a tuning.

    Attributes:
        images: Clean training images: (n, height, width, 1 or 3), any float dtype, in
            [-1, 1]; may be memory-mapped.
        folds: int32, (n,): the fold that holds out each image (`make_folds`).
        noise: Noise of the lane's inputs.
        noise_seed: Seed of the noise of held-out images: that of the run's noise.
    """

    images: npt.NDArray[np.floating[Any]]
    folds: npt.NDArray[np.int32]
    noise: Noise
    noise_seed: int


class FoldScore(NamedTuple):
    """The means over the images that a fold holds out, of what a user would get: uint8.

    Attributes:
        psnr: In dB.
        mse: On the [-1, 1] scale.
    """

    psnr: float
    mse: float


def train_fold(
    data: FoldData,
    fold: int,
    recipe: LaneParameters,
    label: str,
    on_record: Callable[[int, float], None] | None = None,
) -> FoldScore:
    """Train on all images that a fold does not hold out, and score those that it does.

    The noise of a held-out image is drawn once, for all recipes.

    Args:
        data: Images, their folds and their noise.
        fold: Number of the fold.
        recipe: Network, recipe, seed and threads.
        label: Name of the training on the progress bar and in errors.
        on_record: Called with the number of steps and the MSE of the held-out images,
            as often as the recipe validates; what it raises ends the training.

    Raises:
        TrainingDivergedError: The loss is not finite, or larger than that of any two
            images.
    """
    held_out = data.folds == fold
    targets = data.images[held_out]
    seed = seed_of(data.noise_seed, HELD_OUT, fold)
    inputs = add_noise(targets, data.noise, seed, VALIDATION_STREAM)
    parts = TrainingData(data.images[~held_out], inputs, targets, data.noise)
    network = build_network(recipe.network, recipe.seed, recipe.options)
    train(network, parts, recipe, label, on_record=on_record)
    denoiser = NetworkDenoiser(network, recipe.device, recipe.precision)
    stds = data.noise.judged_stds(len(inputs))
    with on_threads(recipe.threads, denoiser.device) as in_order:
        outputs = reconstruct(denoiser, inputs, stds, in_order)
    errors = measure_errors(outputs, unnormalize(targets))
    return FoldScore(float(errors["psnr"].mean()), float(errors["mse"].mean()))


@contextmanager
def quiet_trainings() -> Iterator[None]:
    """Keep the trainings' own lines out of the log; warnings stay."""
    trainings = logging.getLogger("denoising_autoencoder.trainer")
    before = trainings.level
    trainings.setLevel(logging.WARNING)
    try:
        yield
    finally:
        trainings.setLevel(before)
