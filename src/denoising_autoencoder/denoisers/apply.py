"""Applying a denoiser to many images, and its error over them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from denoising_autoencoder.compute.in_order import InOrder
from denoising_autoencoder.compute.threads import one_core_an_operation
from denoising_autoencoder.denoisers.batches import (
    as_network_input,
    consecutive_batches,
)
from denoising_autoencoder.denoisers.contract import Denoiser
from denoising_autoencoder.images import UInt8Images, unnormalize


def reconstruct(
    denoiser: Denoiser,
    inputs: npt.NDArray[np.floating[Any]],
    sigma: float | None = None,
    in_order: InOrder = map,
) -> UInt8Images:
    """Apply a denoiser to images and give what a person would see.

    Args:
        denoiser: Any denoiser.
        inputs: (n, height, width, 1 or 3), any float dtype, in [-1, 1].
        sigma: Standard deviation of the noise on the [-1, 1] scale, for a denoiser
            that is not blind.
        in_order: `map` that makes the passes; `on_threads` gives one for several cores.

    Returns:
        uint8 of the same shape, rounded and clamped.
    """

    def denoise(batch: torch.Tensor) -> UInt8Images:
        outputs = denoiser(as_network_input(batch), sigma)
        return unnormalize(outputs.permute(0, 2, 3, 1).cpu().numpy())

    images = np.empty(inputs.shape, dtype=np.uint8)
    start = 0
    with one_core_an_operation:
        for denoised in in_order(denoise, consecutive_batches(inputs)):
            stop = start + len(denoised)
            images[start:stop] = denoised
            start = stop
    return images


def mean_squared_error(
    denoiser: Denoiser,
    inputs: npt.NDArray[np.floating[Any]],
    targets: npt.NDArray[np.floating[Any]],
    in_order: InOrder = map,
) -> float:
    """The mean over all values of the squared error, on the [-1, 1] scale.

    Args:
        denoiser: A blind denoiser.
        inputs: (n, height, width, 1 or 3), any float dtype.
        targets: Array of the same shape.
        in_order: `map` that makes the passes; `on_threads` gives one for several cores.
    """

    def sum_of_squares(pair: tuple[torch.Tensor, torch.Tensor]) -> float:
        batch, target = (as_network_input(images) for images in pair)
        # Summed in float64: a float32 sum over millions of values loses digits.
        return (denoiser(batch) - target).square().sum(dtype=torch.float64).item()

    pairs = zip(consecutive_batches(inputs), consecutive_batches(targets), strict=True)
    return sum(in_order(sum_of_squares, pairs)) / targets.size
