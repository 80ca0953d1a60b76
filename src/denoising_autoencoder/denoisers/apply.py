"""Applying a denoiser to many images, and a network's error over them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

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
) -> UInt8Images:
    """Apply a denoiser to images and give what a person would see.

    Args:
        denoiser: Any denoiser.
        inputs: (n, height, width, 3), any float dtype, in [-1, 1].
        sigma: Standard deviation of the noise on the [-1, 1] scale, for a denoiser
            that is not blind.

    Returns:
        uint8 of the same shape, rounded and clamped.
    """
    images = np.empty(inputs.shape, dtype=np.uint8)
    start = 0
    for batch in consecutive_batches(inputs):
        outputs = denoiser(as_network_input(batch), sigma)
        stop = start + len(batch)
        images[start:stop] = unnormalize(outputs.permute(0, 2, 3, 1).cpu().numpy())
        start = stop
    return images


def mean_squared_error(
    network: nn.Module,
    inputs: npt.NDArray[np.floating[Any]],
    targets: npt.NDArray[np.floating[Any]],
    device: torch.device,
) -> float:
    """The mean over all values of the squared error, on the [-1, 1] scale.

    Args:
        network: Module in evaluation mode, on the device.
        inputs: (n, height, width, 3), any float dtype.
        targets: Array of the same shape.
        device: Device on which the batches are computed.
    """
    total = 0.0
    pairs = zip(consecutive_batches(inputs), consecutive_batches(targets), strict=True)
    with torch.inference_mode():
        for batch, target in pairs:
            outputs = network(as_network_input(batch.to(device)))
            error = outputs - as_network_input(target.to(device))
            # Summed batch by batch in float64: a float32 sum over millions of values
            # loses digits.
            total += error.square().sum(dtype=torch.float64).item()
    return total / targets.size
