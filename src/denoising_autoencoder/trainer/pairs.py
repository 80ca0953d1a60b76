"""What a step of training sees: a batch without and with noise."""

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
from denoising_autoencoder.parameters.lanes import TrainingParameters
from denoising_autoencoder.trainer.augmentation import dihedral
from denoising_autoencoder.trainer.batches import Batch, shuffled_batches
from denoising_autoencoder.trainer.data import TrainingData


class Pair(NamedTuple):
    """Both float32, (n, channels, height, width), channels_last.

    Attributes:
        clean: The targets.
        noisy: The inputs; equal to the targets where there is no noise.
    """

    clean: torch.Tensor
    noisy: torch.Tensor


def training_pairs(
    data: TrainingData,
    recipe: TrainingParameters,
    order_seed: int,
    generator: torch.Generator,
    skip: int = 0,
) -> Iterator[Pair]:
    """Yield the batches of a training without end, augmented, with fresh noise.

    Args:
        data: Images, and the noise that they get.
        recipe: Gives `batch_size`, `augmentation`, and `noisy_inputs`: how many
            different noise fields an image gets in turn; None: a new one each time.
        order_seed: Of the order of the images.
        generator: Of noise that is new each time.
        skip: Steps that are done already; the generator is then as they left it.

    Yields:
        On the CPU.
    """
    batches = shuffled_batches(data.images, recipe.batch_size, order_seed, skip)
    for step, batch in enumerate(batches, start=skip):
        clean = batch.images
        noisy = _add_noise(batch, data.noise, recipe, generator)
        if recipe.augmentation == "dihedral":
            seen = step * recipe.batch_size
            clean, noisy = dihedral(clean, seen), dihedral(noisy, seen)
        yield Pair(as_network_input(clean), as_network_input(noisy))


def _add_noise(
    batch: Batch,
    noise: Noise,
    recipe: TrainingParameters,
    generator: torch.Generator,
) -> torch.Tensor:
    if recipe.noisy_inputs is None:
        return add_noise_to_batch(batch.images, noise, generator)
    seeds = [
        (recipe.seed, TRAINING_STREAM, int(index), int(epoch) % recipe.noisy_inputs)
        for index, epoch in zip(batch.indices, batch.epochs, strict=True)
    ]
    return add_noise_to_images(batch.images, noise, seeds)
