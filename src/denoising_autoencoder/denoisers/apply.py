"""Applying a denoiser to many images, and its error over them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import torch

from denoising_autoencoder.compute.in_order import InOrder
from denoising_autoencoder.compute.threads import one_core_an_operation
from denoising_autoencoder.denoisers.batches import (
    as_network_input,
    consecutive_batches,
    images_in_a_pass,
)
from denoising_autoencoder.denoisers.contract import Denoiser, Sigma
from denoising_autoencoder.images import UInt8Images, unnormalize

Sigmas: TypeAlias = float | npt.NDArray[np.floating[Any]]
"""The noise's standard deviation: of all images, or of each image."""


def reconstruct(
    denoiser: Denoiser,
    inputs: npt.NDArray[np.floating[Any]],
    sigma: Sigmas | None = None,
    in_order: InOrder = map,
) -> UInt8Images:
    """Apply a denoiser to images and give what a person would see.

    Args:
        denoiser: Any denoiser.
        inputs: (n, height, width, 1 or 3), any float dtype, in [-1, 1].
        sigma: Standard deviation of the noise on the [-1, 1] scale, of all images or
            of each, (n,), for a denoiser that is not blind.
        in_order: `map` that makes the passes; `on_threads` gives one for several cores.

    Returns:
        uint8 of the same shape, rounded and clamped.
    """

    def denoise(item: tuple[torch.Tensor, Sigma | None]) -> UInt8Images:
        batch, std = item
        outputs = denoiser(as_network_input(batch), std)
        return unnormalize(outputs.permute(0, 2, 3, 1).cpu().numpy())

    images = np.empty(inputs.shape, dtype=np.uint8)
    batches, sigmas = consecutive_batches(inputs), _of_batches(sigma, inputs)
    start = 0
    with one_core_an_operation:
        for denoised in in_order(denoise, zip(batches, sigmas, strict=True)):
            stop = start + len(denoised)
            images[start:stop] = denoised
            start = stop
    return images


def mean_squared_error(
    denoiser: Denoiser,
    inputs: npt.NDArray[np.floating[Any]],
    targets: npt.NDArray[np.floating[Any]],
    sigma: Sigmas | None = None,
    in_order: InOrder = map,
) -> float:
    """The mean over all values of the squared error, on the [-1, 1] scale.

    Args:
        denoiser: Any denoiser.
        inputs: (n, height, width, 1 or 3), any float dtype.
        targets: Array of the same shape.
        sigma: Standard deviation of the noise, as for `reconstruct`.
        in_order: `map` that makes the passes; `on_threads` gives one for several cores.
    """
    return (
        sum(squared_errors(denoiser, inputs, targets, sigma, in_order)) / targets.size
    )


def squared_errors(
    denoiser: Denoiser,
    inputs: npt.NDArray[np.floating[Any]],
    targets: npt.NDArray[np.floating[Any]],
    sigma: Sigmas | None = None,
    in_order: InOrder = map,
) -> Iterator[float]:
    """Yield the sum of the squared errors of each pass, for `mean_squared_error`."""

    def sum_of_squares(item: tuple[torch.Tensor, torch.Tensor, Sigma | None]) -> float:
        batch, target, std = item
        outputs = denoiser(as_network_input(batch), std)
        # Summed in float64: a float32 sum over millions of values loses digits.
        errors = (outputs - as_network_input(target)).square()
        return errors.sum(dtype=torch.float64).item()

    batches, sigmas = consecutive_batches(inputs), _of_batches(sigma, inputs)
    items = zip(batches, consecutive_batches(targets), sigmas, strict=True)
    return in_order(sum_of_squares, items)


def _of_batches(
    sigma: Sigmas | None, inputs: npt.NDArray[np.floating[Any]]
) -> Iterator[Sigma | None]:
    """Yield the standard deviations of each of the batches of some images."""
    size = images_in_a_pass(*inputs.shape[1:3])
    for start in range(0, len(inputs), size):
        if isinstance(sigma, np.ndarray):
            yield torch.from_numpy(sigma[start : start + size])
        else:
            yield sigma
