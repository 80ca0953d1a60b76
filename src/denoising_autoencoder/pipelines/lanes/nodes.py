"""The nodes of every lane: train a model, apply it to the test images, score it.

PyTorch is imported inside the functions that run a network, so that other commands
start fast.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from denoising_autoencoder.artifacts.checkpoints import Checkpoints
from denoising_autoencoder.artifacts.models import Model
from denoising_autoencoder.errors import ParameterError, ProjectError
from denoising_autoencoder.evaluation.metrics import score_images
from denoising_autoencoder.images import Float16Images, UInt8Images
from denoising_autoencoder.networks.table import check_options
from denoising_autoencoder.noise.table import read_noise
from denoising_autoencoder.parameters.lanes import LaneParameters

if TYPE_CHECKING:
    from torch import nn

    from denoising_autoencoder.trainer import TrainingData

logger = logging.getLogger(__name__)


def train_model(
    train_images: Float16Images,
    validation_images: Float16Images,
    validation_inputs: Float16Images,
    noise_spec: dict[str, Any],
    parameters: LaneParameters,
    checkpoints: Checkpoints | None,
    lane: str,
) -> tuple[Model, pd.DataFrame, pd.DataFrame]:
    """Train a network to give the clean image for an input that may be noisy.

    Args:
        train_images: Clean, in [-1, 1], NHWC.
        validation_images: Clean, in [-1, 1], NHWC.
        validation_inputs: The validation images with the noise of the lane.
        noise_spec: The noise of the lane; each training batch gets new noise.
        parameters: Title, network and recipe.
        checkpoints: Place of the checkpoints from which an interrupted training is
            resumed; None to keep none.
        lane: Name of the lane's block of parameters.

    Returns:
        The model (weights by name; the network's name and options, and the noise that
        it learned to remove), the loss history, and the seconds at each of its steps.
        The seconds are a table of their own, since they differ between two trainings
        that are otherwise the same.

    Raises:
        ProjectError: The images are too small for the network.
        ParameterError: A batch is larger than the training set.
    """
    from denoising_autoencoder.networks.build import build_network
    from denoising_autoencoder.trainer import TrainingData, train

    _refuse_what_does_not_fit(train_images, parameters, lane)
    network = build_network(parameters.network, parameters.seed, parameters.options)
    data = TrainingData(
        images=train_images,
        validation_inputs=validation_inputs,
        validation_targets=validation_images,
        noise=read_noise(noise_spec),
    )
    history = train(network, data, parameters, parameters.title, checkpoints)
    _warn_of_collapse(network, data, parameters, lane)
    weights = {
        name: value.cpu().numpy() for name, value in network.state_dict().items()
    }
    timing = history[["step", "seconds"]].drop_duplicates("step", ignore_index=True)
    configuration = {
        "network": parameters.network,
        "options": parameters.options,
        "noise": noise_spec,
    }
    return (
        (weights, configuration),
        history.drop(columns="seconds"),
        timing,
    )


def _refuse_what_does_not_fit(
    images: Float16Images, parameters: LaneParameters, lane: str
) -> None:
    options = check_options(parameters.network, parameters.options)
    smallest = options.smallest_side
    count, height, width, channels = images.shape
    if channels != options.channels:
        raise ParameterError(
            f"{lane}.options.channels is {options.channels}, but the images have "
            f"{channels}: set {lane}.options.channels={channels}, or make the images "
            f"again with images.channels={options.channels}."
        )
    size = options.image_size
    if size is not None and size != (height, width):
        raise ParameterError(
            f"{lane}.options are for images of {size[1]}x{size[0]} pixels, but these "
            f"have {width}x{height}: set {lane}.options.height={height},"
            f"{lane}.options.width={width}."
        )
    if count < options.fewest_images:
        raise ParameterError(
            f"{parameters.title} needs at least {options.fewest_images} training "
            f"images, but there are only {count}: choose a smaller "
            f"{lane}.options.code, or more images."
        )
    if min(height, width) < smallest:
        raise ProjectError(
            f"{parameters.title} has so many layers that images need {smallest} pixels "
            f"a side, but these have {width}x{height}: choose fewer options.layers."
        )
    if parameters.batch_size > count:
        raise ParameterError(
            f"{lane}.batch_size = {parameters.batch_size}, but there are only {count} "
            "training images: choose at most that number."
        )


def _warn_of_collapse(
    network: nn.Module, data: TrainingData, parameters: LaneParameters, lane: str
) -> None:
    from denoising_autoencoder.denoisers.collapse import find_collapse

    found = find_collapse(
        network,
        parameters.device,
        data.validation_inputs,
        data.validation_targets,
        data.noise.judged_stds(len(data.validation_inputs)),
    )
    if found:
        logger.warning(
            "%s may have learned badly: %s. If its PSNR is low, try another %s.seed or "
            "a lower %s.learning_rate.",
            *(parameters.title, "; ".join(found), lane, lane),
        )


def reconstruct_images(
    model: Model,
    inputs: Float16Images,
    noise_spec: dict[str, Any],
    device: str,
    precision: str,
    threads: Any,
) -> UInt8Images:
    """Apply a model to the test inputs.

    Args:
        model: Weights and configuration.
        inputs: Test inputs in [-1, 1], NHWC.
        noise_spec: The noise of the inputs, whose strength some networks take.
        device: "auto", "cpu" or "cuda".
        precision: "auto", "float32" or "bfloat16".
        threads: "auto", or the number of CPU threads; it changes no bit.

    Returns:
        uint8, NHWC.
    """
    from denoising_autoencoder.compute.threads import on_threads
    from denoising_autoencoder.denoisers.apply import reconstruct
    from denoising_autoencoder.denoisers.network import trained_denoiser

    denoiser = trained_denoiser(model, device, precision)
    with on_threads(threads, denoiser.device) as in_order:
        sigmas = read_noise(noise_spec).judged_stds(len(inputs))
        return reconstruct(denoiser, inputs, sigmas, in_order)


def score_reconstructions(
    reconstructions: UInt8Images,
    originals: UInt8Images,
    photographs: npt.NDArray[np.int32],
    noise_spec: dict[str, Any],
) -> pd.DataFrame:
    """Score each test image.

    Args:
        reconstructions: uint8, NHWC.
        originals: uint8, NHWC.
        photographs: Which photograph each image is cut from.
        noise_spec: The noise of the inputs.

    Returns:
        A row for each image: image (its index), photograph, noise_std, mse, psnr, ssim.
    """
    scores = score_images(reconstructions, originals)
    scores.insert(0, "image", np.arange(len(scores)))
    scores.insert(1, "photograph", np.asarray(photographs))
    stds = read_noise(noise_spec).judged_stds(len(scores))
    scores.insert(2, "noise_std", stds)
    return scores
