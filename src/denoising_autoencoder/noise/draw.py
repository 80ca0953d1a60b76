"""Drawing noise, in the three ways in which it is needed.

Validation and test images get noise once, each image from a generator of its own, so
that every model sees the same noisy images. Training images get new noise in each batch
(the course report's proposal of several noisy inputs for one image), or a fixed number
of noisy inputs in turn.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from denoising_autoencoder.compute.parts import for_each_part
from denoising_autoencoder.images import Float16Images
from denoising_autoencoder.noise.kind import Noise

if TYPE_CHECKING:
    import torch

VALIDATION_STREAM, TEST_STREAM, TRAINING_STREAM = 1, 2, 3
"""Numbers that keep apart sets which share a seed: no two sets share a noise field."""

_IN_A_PART = 64
"""Number of images that one thread gives noise at once."""


def add_noise(
    images: npt.NDArray[np.floating[Any]],
    noise: Noise,
    seed: int,
    stream: int,
    first: int = 0,
) -> Float16Images:
    """Add noise that depends only on the seed, the stream and the image's index.

    The noise on image 7 is the same whether 10 or 10,000 images are drawn, and no two
    images share a noise field (a trap of some published evaluations).

    Args:
        images: (n, height, width, channels), any float dtype, in [-1, 1].
        noise: Noise to add.
        seed: Seed of the set.
        stream: `VALIDATION_STREAM` or `TEST_STREAM`.
        first: Index of the first of these images in its set.

    Returns:
        float16, same shape; in [-1, 1] if `noise.clamp`.
    """
    noisy = np.empty(images.shape, dtype=np.float16)
    stds = noise.judged_stds(first + len(images))[first:]

    def add_to_part(part: slice) -> None:
        for index, image in enumerate(images[part], start=part.start):
            generator = np.random.default_rng((seed, stream, first + index))
            field = noise.add_to_image(image, stds[index], generator)
            noisy[index] = _clamped(field, noise)

    for_each_part(add_to_part, len(images), _IN_A_PART)
    return noisy


def add_noise_to_batch(
    batch: torch.Tensor, noise: Noise, stds: torch.Tensor, generator: torch.Generator
) -> torch.Tensor:
    """Add new noise to a batch.

    Args:
        batch: float32, in [-1, 1], on the CPU, contiguous in memory. Drawing noise for
            a permuted (channels_last) tensor takes a path that is ten times slower, so
            the batch is NHWC here and is permuted afterwards.
        noise: Noise to add.
        stds: Standard deviation of the noise of each image, (n,).
        generator: Generator on the CPU; the draw depends only on its state.

    Returns:
        New tensor of the same shape, or the batch itself if it stays clean.
    """
    each = stds.view(-1, *[1] * (batch.ndim - 1))
    noisy = noise.add_to_batch(batch, each, generator)
    return noisy.clamp_(-1, 1) if noise.clamp else noisy


def add_noise_to_images(
    batch: torch.Tensor,
    noise: Noise,
    stds: torch.Tensor,
    seeds: Iterable[tuple[int, ...]],
) -> torch.Tensor:
    """Add noise to each image of a batch from a seed of its own.

    An image can so be given the same noise again. Slower than `add_noise_to_batch`.

    Args:
        batch: float32, in [-1, 1], on the CPU, (n, ...).
        noise: Noise to add.
        stds: Standard deviation of the noise of each image, (n,).
        seeds: One seed for each image.

    Returns:
        New tensor of the same shape.
    """
    import torch

    noisy = torch.empty_like(batch)
    for row, image, std, seed in zip(noisy, batch, stds, seeds, strict=True):
        generator = np.random.default_rng(seed)
        field = noise.add_to_image(image.numpy(), float(std), generator)
        row.copy_(torch.from_numpy(_clamped(field, noise)))
    return noisy


def _clamped(field: npt.NDArray[np.float32], noise: Noise) -> npt.NDArray[np.float32]:
    return np.clip(field, -1, 1, out=field) if noise.clamp else field
