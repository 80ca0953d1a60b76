"""The training loop: knows batches, a loss and a recipe, and nothing of the network."""

from __future__ import annotations

import logging

import numpy as np
import pandas as pd
import torch
from torch import nn

from denoising_autoencoder.compute.device import cpu_threads, pick_device
from denoising_autoencoder.compute.precision import computing_in
from denoising_autoencoder.denoisers.apply import mean_squared_error
from denoising_autoencoder.errors import TrainingDivergedError
from denoising_autoencoder.parameters.lanes import TrainingParameters
from denoising_autoencoder.terminal.progress import progress_bar
from denoising_autoencoder.trainer.average import Average
from denoising_autoencoder.trainer.build import build_optimizer
from denoising_autoencoder.trainer.checkpoint import (
    Checkpointer,
    CheckpointStore,
    Trainee,
)
from denoising_autoencoder.trainer.data import TrainingData
from denoising_autoencoder.trainer.monitor import Monitor
from denoising_autoencoder.trainer.objective import objective
from denoising_autoencoder.trainer.pairs import training_pairs
from denoising_autoencoder.trainer.schedule import learning_rate_factor

logger = logging.getLogger(__name__)


def train(
    network: nn.Module,
    data: TrainingData,
    recipe: TrainingParameters,
    label: str,
    checkpoints: CheckpointStore | None = None,
) -> pd.DataFrame:
    """Train a network in place to undo the noise.

    Args:
        network: From (n, 3, height, width) to the same shape.
        data: Images and noise.
        recipe: Steps, batch size, loss, optimizer, schedule, seed, device, threads and
            so on. The same seed gives the same weights, bit by bit, on one machine's
            CPU.
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
    # Streams of their own, so that a change of the noise leaves the order alone.
    order_seed, noise_seed = np.random.SeedSequence(recipe.seed).generate_state(2)
    generator = torch.Generator().manual_seed(int(noise_seed))
    steps = count_steps(recipe, len(data.images))
    average = None
    if recipe.ema_half_life:
        average = Average(network, recipe.ema_half_life * steps)
    trainee = Trainee(network, build_optimizer(network, recipe), generator, average)

    def validate() -> float:
        judged = trainee.result().eval()
        with computing_in(recipe.precision, device):
            mse = mean_squared_error(
                judged, data.validation_inputs, data.validation_targets, device
            )
        network.train()
        return mse

    network.train()
    with cpu_threads(recipe.threads), progress_bar(label, steps) as progress:
        monitor = Monitor(label, recipe, steps, len(data.images), validate, progress)
        checkpointer = Checkpointer(checkpoints, trainee, monitor, data, recipe)
        done = checkpointer.resume()
        if done:
            logger.info("%s goes on from its checkpoint of step %d", label, done)
        pairs = training_pairs(data, recipe, int(order_seed), generator, skip=done)
        try:
            for step in range(done, steps):
                factor = learning_rate_factor(recipe.schedule, step, steps)
                rate = recipe.learning_rate * factor
                trainee.optimizer.learning_rate = rate
                clean, noisy = (images.to(device) for images in next(pairs))
                with computing_in(recipe.precision, device):
                    outputs = network(noisy)
                loss, mse = objective(outputs.float(), clean, network, recipe)
                monitor.before_update(step, mse, rate)
                trainee.optimizer.zero_grad()
                loss.backward()
                trainee.optimizer.step()
                trainee.after_update(step + 1)
                monitor.after_update(step + 1, rate)
                checkpointer.after_update(step + 1)
        except TrainingDivergedError as error:
            newest = checkpointer.newest()
            raise TrainingDivergedError(f"{error} ({newest}).") from error
        checkpointer.finish(steps)
    network.load_state_dict(trainee.result().state_dict())
    network.eval()
    return monitor.history()


def count_steps(recipe: TrainingParameters, images: int) -> int:
    """Steps of a recipe: its own, or those that fit into its epochs, at least one."""
    if recipe.epochs is None:
        return recipe.steps
    return max(1, int(recipe.epochs * images / recipe.batch_size))
