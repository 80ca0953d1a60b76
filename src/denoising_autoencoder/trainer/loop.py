"""The training loop: knows batches, a loss and a recipe, and nothing of the network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from torch import nn

from denoising_autoencoder.noise import NoiseSpec, add_noise_to_batch
from denoising_autoencoder.parameters import TrainingParameters
from denoising_autoencoder.trainer.apply import mean_squared_error
from denoising_autoencoder.trainer.batches import as_network_input, shuffled_batches
from denoising_autoencoder.trainer.device import cpu_threads, pick_device
from denoising_autoencoder.trainer.monitor import Monitor
from denoising_autoencoder.trainer.optimizer import build_optimizer
from denoising_autoencoder.trainer.progress import TrainingProgress
from denoising_autoencoder.trainer.schedule import learning_rate_factor


@dataclass(frozen=True)
class TrainingData:
    """What a denoiser is trained and validated on.

    Attributes:
        images: Clean training images: (n, height, width, 3), any float dtype, in
            [-1, 1]; may be memory-mapped.
        validation_inputs: The inputs of the validation set, noise included.
        validation_targets: The clean images of the validation set.
        noise: What is added afresh to each batch of training images.
    """

    images: npt.NDArray[np.floating[Any]]
    validation_inputs: npt.NDArray[np.floating[Any]]
    validation_targets: npt.NDArray[np.floating[Any]]
    noise: NoiseSpec


def train(
    network: nn.Module, data: TrainingData, recipe: TrainingParameters, label: str
) -> pd.DataFrame:
    """Train a network in place to undo the noise, minimizing the mean squared error.

    Args:
        network: From (n, 3, height, width) to the same shape.
        data: Images and noise.
        recipe: Steps, batch size, optimizer, schedule, seed, device and threads. The
            same seed gives the same weights, bit by bit, on one machine's CPU.
        label: Names the training in the log, the progress bar and errors.

    Returns:
        The loss history (`Monitor.history`). Its first record, at step 0, is the loss
        of the first batch and of the validation set before any update.

    Raises:
        TrainingDivergedError: The loss is not finite.
    """
    device = pick_device(recipe.device)
    network.to(device)
    optimizer = build_optimizer(network, recipe)
    steps = count_steps(recipe, len(data.images))
    # Two streams, so that a change of the noise leaves the order of the batches alone.
    order_seed, noise_seed = np.random.SeedSequence(recipe.seed).generate_state(2)
    batches = shuffled_batches(data.images, recipe.batch_size, int(order_seed))
    generator = torch.Generator().manual_seed(int(noise_seed))

    def validate() -> float:
        network.eval()
        mse = mean_squared_error(
            network, data.validation_inputs, data.validation_targets, device
        )
        network.train()
        return mse

    network.train()
    with cpu_threads(recipe.threads), TrainingProgress(label, steps) as progress:
        monitor = Monitor(label, recipe, steps, len(data.images), validate, progress)
        for step in range(steps):
            factor = learning_rate_factor(recipe.schedule, step, steps)
            rate = recipe.learning_rate * factor
            for group in optimizer.param_groups:
                group["lr"] = rate
            clean = next(batches)
            noisy = add_noise_to_batch(clean, data.noise, generator)
            outputs = network(as_network_input(noisy.to(device)))
            loss = nn.functional.mse_loss(outputs, as_network_input(clean.to(device)))
            monitor.before_update(step, loss, rate)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            monitor.after_update(step + 1, rate)
    network.eval()
    return monitor.history()


def count_steps(recipe: TrainingParameters, images: int) -> int:
    """Steps of a recipe: its own, or those that fit into its epochs, at least one."""
    if recipe.epochs is None:
        return recipe.steps
    return max(1, int(recipe.epochs * images / recipe.batch_size))
