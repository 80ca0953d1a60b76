"""The time of a training step on this machine."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

import numpy as np
from torch import nn

from denoising_autoencoder.compute.device import pick_device
from denoising_autoencoder.compute.precision import resolve_precision
from denoising_autoencoder.compute.subnormals import subnormals_as_zero
from denoising_autoencoder.compute.threads import on_threads
from denoising_autoencoder.noise.gaussian import Gaussian
from denoising_autoencoder.parameters.lanes import TrainingParameters
from denoising_autoencoder.trainer.data import TrainingData
from denoising_autoencoder.trainer.loop import first_state
from denoising_autoencoder.trainer.micro_batches import BatchGradients, part_size
from denoising_autoencoder.trainer.pairs import training_pairs

_FEWEST, _SECONDS = 2, 0.1
"""Steps and seconds that are measured, at least."""

_SLOW = 1.0
"""Seconds of a first step after which no other is taken."""

_NOISE = Gaussian(kind="gaussian", std=0.2, clamp=True)


def measure_step(
    network: nn.Module,
    image: tuple[int, int, int],
    recipe: TrainingParameters,
    clock: Callable[[], float] = time.perf_counter,
) -> float:
    """Take a few steps of a training on blank images.

    How long a step takes depends on the processor, its load, the widths of the layers
    and the optimizer; so it is measured, not calculated.

    Args:
        network: Network on the CPU, which is changed.
        image: Height, width and channels of an image.
        recipe: Recipe of the training.
        clock: Function that returns the time in seconds.

    Returns:
        The median seconds of a step, without the first one, which prepares kernels and
        memory; that of the first one if it is slow.
    """
    device = pick_device(recipe.device)
    precision = resolve_precision(recipe.precision, device)
    recipe = recipe.model_copy(update={"precision": precision})
    images = np.zeros((recipe.batch_size, *image), np.float16)
    state = first_state(network.to(device).train(), recipe, noise_seed=0)
    with subnormals_as_zero(), on_threads(recipe.threads, device) as in_order:
        pairs = training_pairs(
            TrainingData(images, images, images, _NOISE),
            state.generator,
            batch_size=recipe.batch_size,
            order_seed=0,
            seed=0,
            augmentation=recipe.augmentation,
            noisy_inputs=recipe.noisy_inputs,
        )
        is_cut = part_size(network, recipe) < recipe.batch_size
        in_step = in_order if is_cut else map
        gradients = BatchGradients(network, recipe, in_step)

        def step() -> float:
            start = clock()
            gradients.compute(next(pairs))
            state.update(recipe.learning_rate, in_step)
            return clock() - start

        first = step()
        if first > _SLOW:
            return first
        seconds: list[float] = []
        while len(seconds) < _FEWEST or sum(seconds) < _SECONDS:
            seconds.append(step())
    return median(seconds)
