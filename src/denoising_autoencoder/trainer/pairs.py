"""The input of a training step: a batch without noise and with noise."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import torch

from denoising_autoencoder.denoisers.batches import as_network_input
from denoising_autoencoder.noise.draw import (
    TRAINING_STREAM,
    add_noise_to_batch,
    add_noise_to_images,
)
from denoising_autoencoder.noise.kind import Noise
from denoising_autoencoder.trainer.augmentation import dihedral
from denoising_autoencoder.trainer.batches import Batch, shuffled_batches
from denoising_autoencoder.trainer.data import TrainingData


class Pair(NamedTuple):
    """A batch, as float32 of shape (n, channels, height, width), channels_last.

    Attributes:
        clean: The targets.
        noisy: The inputs; equal to the targets if there is no noise.
        sigma: Standard deviation of the noise of each image, (n,).
    """

    clean: torch.Tensor
    noisy: torch.Tensor
    sigma: torch.Tensor


def training_pairs(
    data: TrainingData,
    generator: torch.Generator,
    *,
    batch_size: int,
    order_seed: int,
    seed: int,
    augmentation: str = "none",
    noisy_inputs: int | None = None,
    skip: int = 0,
) -> Iterator[Pair]:
    """Yield the batches of a training without end, augmented and with noise.

    Args:
        data: Images, and the noise to add.
        generator: Generator of noise that is new each time. If steps are skipped, it
            must be in the state that they left.
        batch_size: Number of images in a batch.
        order_seed: Seed of the order of the images.
        seed: Seed of noise that comes again.
        augmentation: "none" or "dihedral".
        noisy_inputs: Number of noise fields that an image gets in turn; None for a new
            one each time.
        skip: Number of steps that are already done.

    Yields:
        Pairs on the CPU.
    """
    batches = shuffled_batches(data.images, batch_size, order_seed, skip)
    for step, batch in enumerate(batches, start=skip):
        clean = batch.images
        sigma = data.noise.draw_stds(torch.empty(batch_size), generator)
        if noisy_inputs is None:
            noisy = add_noise_to_batch(clean, data.noise, sigma, generator)
        else:
            noisy = _add_repeated_noise(batch, data.noise, sigma, seed, noisy_inputs)
        if augmentation == "dihedral":
            seen = step * batch_size
            clean, noisy = dihedral(clean, seen), dihedral(noisy, seen)
        yield Pair(as_network_input(clean), as_network_input(noisy), sigma)


def _add_repeated_noise(
    batch: Batch, noise: Noise, stds: torch.Tensor, seed: int, noisy_inputs: int
) -> torch.Tensor:
    seeds = [
        (seed, TRAINING_STREAM, int(index), int(epoch) % noisy_inputs)
        for index, epoch in zip(batch.indices, batch.epochs, strict=True)
    ]
    return add_noise_to_images(batch.images, noise, stds, seeds)
