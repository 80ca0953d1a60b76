"""Applying a denoiser to many images, and its mean squared error over them.

A denoiser is any callable from float32 NCHW images in [-1, 1] to the same shape and
range: a network or a classical filter.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from denoising_autoencoder.compute.device import pick_device
from denoising_autoencoder.compute.precision import autocast_for
from denoising_autoencoder.denoisers.batches import (
    as_network_input,
    consecutive_batches,
)
from denoising_autoencoder.images import UInt8Images, unnormalize

Denoiser = Callable[[torch.Tensor], torch.Tensor]

BATCH_SIZE = 500
"""Images a forward pass: beyond some hundreds a CPU gains nothing."""


def reconstruct(
    denoiser: Denoiser,
    inputs: npt.NDArray[np.floating[Any]],
    device: str = "auto",
    precision: str = "float32",
) -> UInt8Images:
    """Apply a denoiser to images and give what a person would see.

    Args:
        denoiser: A network in evaluation mode, or a filter.
        inputs: (n, height, width, 3), any float dtype, in [-1, 1].
        device: "auto", "cpu" or "cuda"; a module is moved there.
        precision: "auto", "float32" or "bfloat16" (`precision.autocast_for`).

    Returns:
        uint8 of the same shape, rounded and clamped.
    """
    place = pick_device(device)
    if isinstance(denoiser, torch.nn.Module):
        denoiser.to(place)
    images = np.empty(inputs.shape, dtype=np.uint8)
    start = 0
    with torch.inference_mode(), autocast_for(precision, place):
        for batch in consecutive_batches(inputs, BATCH_SIZE):
            outputs = denoiser(as_network_input(batch.to(place))).float()
            stop = start + len(batch)
            images[start:stop] = unnormalize(outputs.permute(0, 2, 3, 1).cpu().numpy())
            start = stop
    return images


def mean_squared_error(
    denoiser: Denoiser,
    inputs: npt.NDArray[np.floating[Any]],
    targets: npt.NDArray[np.floating[Any]],
    device: torch.device,
) -> float:
    """The mean over all values of the squared error, on the [-1, 1] scale.

    Args:
        denoiser: A network in evaluation mode, on the device, or a filter.
        inputs: (n, height, width, 3), any float dtype.
        targets: Of the same shape.
        device: Where the batches go.
    """
    total = 0.0
    pairs = zip(
        consecutive_batches(inputs, BATCH_SIZE),
        consecutive_batches(targets, BATCH_SIZE),
        strict=True,
    )
    with torch.inference_mode():
        for batch, target in pairs:
            error = denoiser(as_network_input(batch.to(device))) - as_network_input(
                target.to(device)
            )
            # Summed batch by batch in float64: a float32 sum over millions of values
            # loses digits.
            total += error.square().sum(dtype=torch.float64).item()
    return total / targets.size
