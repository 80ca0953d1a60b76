"""The training loop: knows batches, a loss and a recipe, and nothing of the network."""

from __future__ import annotations

import logging

import numpy as np
import pandas as pd
import torch
from torch import nn

from denoising_autoencoder.errors import TrainingDivergedError
from denoising_autoencoder.noise import NoiseSpec, add_noise_to_batch
from denoising_autoencoder.parameters import TrainingParameters
from denoising_autoencoder.trainer.apply import mean_squared_error
from denoising_autoencoder.trainer.batches import as_network_input, shuffled_batches
from denoising_autoencoder.trainer.checkpoint import (
    Checkpointer,
    CheckpointStore,
    Trainee,
)
from denoising_autoencoder.trainer.data import TrainingData
from denoising_autoencoder.trainer.device import cpu_threads, pick_device
from denoising_autoencoder.trainer.monitor import Monitor
from denoising_autoencoder.trainer.optimizer import build_optimizer
from denoising_autoencoder.trainer.progress import TrainingProgress
from denoising_autoencoder.trainer.schedule import learning_rate_factor

logger = logging.getLogger(__name__)


def train(
    network: nn.Module,
    data: TrainingData,
    recipe: TrainingParameters,
    label: str,
    checkpoints: CheckpointStore | None = None,
) -> pd.DataFrame:
    """Train a network in place to undo the noise, minimizing the mean squared error.

    Args:
        network: From (n, 3, height, width) to the same shape.
        data: Images and noise.
        recipe: Steps, batch size, optimizer, schedule, seed, device and threads. The
            same seed gives the same weights, bit by bit, on one machine's CPU.
        label: Names the training in the log, the progress bar and errors.
        checkpoints: Where the state is saved every `recipe.checkpoint_seconds`. If
            there is one of this very training (network, recipe, data), it goes on from
            there, and gives the same weights as if it had not been interrupted.

    Returns:
        The loss history (`Monitor.history`). Its first record, at step 0, is the loss
        of the first batch and of the validation set before any update.

    Raises:
        TrainingDivergedError: The loss is not finite, or beyond any two images.
    """
    device = pick_device(recipe.device)
    network.to(device)
    # Two streams, so that a change of the noise leaves the order of the batches alone.
    order_seed, noise_seed = np.random.SeedSequence(recipe.seed).generate_state(2)
    generator = torch.Generator().manual_seed(int(noise_seed))
    trainee = Trainee(network, build_optimizer(network, recipe), generator)
    steps = count_steps(recipe, len(data.images))

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
        checkpointer = Checkpointer(checkpoints, trainee, monitor, data, recipe)
        done = checkpointer.resume()
        if done:
            logger.info("%s goes on from its checkpoint of step %d", label, done)
        batches = shuffled_batches(
            data.images, recipe.batch_size, int(order_seed), skip=done
        )
        try:
            for step in range(done, steps):
                factor = learning_rate_factor(recipe.schedule, step, steps)
                rate = recipe.learning_rate * factor
                for group in trainee.optimizer.param_groups:
                    group["lr"] = rate
                loss = _loss(trainee, next(batches), data.noise)
                monitor.before_update(step, loss, rate)
                trainee.optimizer.zero_grad()
                loss.backward()
                trainee.optimizer.step()
                monitor.after_update(step + 1, rate)
                checkpointer.after_update(step + 1)
        except TrainingDivergedError as error:
            newest = checkpointer.newest()
            raise TrainingDivergedError(f"{error} ({newest}).") from error
        checkpointer.finish(steps)
    network.eval()
    return monitor.history()


def _loss(trainee: Trainee, clean: torch.Tensor, noise: NoiseSpec) -> torch.Tensor:
    """The mean squared error of a batch to which fresh noise was added."""
    device = trainee.device()
    noisy = add_noise_to_batch(clean, noise, trainee.generator)
    outputs = trainee.network(as_network_input(noisy.to(device)))
    return nn.functional.mse_loss(outputs, as_network_input(clean.to(device)))


def count_steps(recipe: TrainingParameters, images: int) -> int:
    """Steps of a recipe: its own, or those that fit into its epochs, at least one."""
    if recipe.epochs is None:
        return recipe.steps
    return max(1, int(recipe.epochs * images / recipe.batch_size))
