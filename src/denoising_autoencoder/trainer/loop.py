"""The training loop: it knows batches, a loss and a recipe, but not the network."""

from __future__ import annotations

import numpy as np
import pandas as pd
import torch
from torch import nn

from denoising_autoencoder.artifacts.checkpoints import Checkpoints
from denoising_autoencoder.compute.device import cpu_threads, pick_device
from denoising_autoencoder.compute.precision import autocast_for
from denoising_autoencoder.denoisers.apply import mean_squared_error
from denoising_autoencoder.errors import TrainingDivergedError
from denoising_autoencoder.parameters.lanes import TrainingParameters
from denoising_autoencoder.terminal.progress import shown
from denoising_autoencoder.trainer.build_optimizer import build_optimizer
from denoising_autoencoder.trainer.checkpoint import Checkpointer
from denoising_autoencoder.trainer.data import TrainingData
from denoising_autoencoder.trainer.loss_history import LossHistory
from denoising_autoencoder.trainer.objective import BatchLoss, objective
from denoising_autoencoder.trainer.pairs import Pair, training_pairs
from denoising_autoencoder.trainer.progress import TrainingProgress
from denoising_autoencoder.trainer.schedule import learning_rate_factor
from denoising_autoencoder.trainer.state import TrainingState


def train(
    network: nn.Module,
    data: TrainingData,
    recipe: TrainingParameters,
    label: str,
    checkpoints: Checkpoints | None = None,
) -> pd.DataFrame:
    """Train a network in place to remove the noise.

    Args:
        network: A module from (n, 3, height, width) to the same shape.
        data: Images and noise.
        recipe: Steps, batch size, loss, optimizer, schedule, seed, device, threads and
            so on. On one machine's CPU the same seed gives the same bits.
        label: Name of the training in the log, the progress bar and errors.
        checkpoints: Store for the state, every `recipe.checkpoint_seconds`. If it has a
            checkpoint of this very training (network, recipe, data), the training
            resumes from there, and gives the same bits as without an interruption.

    Returns:
        The loss history (`LossHistory.table`). Its first record, at step 0, is the loss
        of the first batch and of the validation set before any update.

    Raises:
        TrainingDivergedError: The loss is not finite, or larger than that of any two
            images.
    """
    device = pick_device(recipe.device)
    network.to(device).train()
    steps = count_steps(recipe, len(data.images))
    # Two seeds, so that a change of the noise does not change the order.
    order_seed, noise_seed = np.random.SeedSequence(recipe.seed).generate_state(2)
    state = _first_state(network, recipe, int(noise_seed))

    def rate_at(step: int) -> float:
        factor = learning_rate_factor(recipe.schedule, step, steps)
        return recipe.learning_rate * factor

    with cpu_threads(recipe.threads), shown(label, steps) as line:
        history = LossHistory(
            label=label,
            steps=steps,
            batch_size=recipe.batch_size,
            images_per_epoch=len(data.images),
            interval=recipe.validation_interval,
            rate_at=rate_at,
            validate=lambda: _validate(network, data, recipe.precision, device),
            progress=TrainingProgress(line, steps),
        )
        checkpointer = Checkpointer(checkpoints, label, state, history, data, recipe)
        done = checkpointer.resume()
        pairs = training_pairs(
            data,
            state.generator,
            batch_size=recipe.batch_size,
            order_seed=int(order_seed),
            seed=recipe.seed,
            augmentation=recipe.augmentation,
            noisy_inputs=recipe.noisy_inputs,
            skip=done,
        )
        try:
            for step in range(done, steps):
                loss, mse = _loss(network, next(pairs), recipe, device)
                history.before_update(step, mse)
                state.update(loss, rate_at(step))
                history.after_update(step + 1)
                checkpointer.after_update(step + 1)
        except TrainingDivergedError as error:
            text = f"{error} ({checkpointer.newest})."
            raise TrainingDivergedError(text) from error
        checkpointer.finish(steps)
    network.eval()
    return history.table()


def count_steps(recipe: TrainingParameters, images: int) -> int:
    """The number of steps of a recipe: its own, or those of its epochs, at least 1."""
    if recipe.epochs is None:
        return recipe.steps
    return max(1, int(recipe.epochs * images / recipe.batch_size))


def _first_state(
    network: nn.Module, recipe: TrainingParameters, noise_seed: int
) -> TrainingState:
    optimizer = build_optimizer(
        recipe.optimizer,
        network.parameters(),
        recipe.weight_decay,
        recipe.momentum,
        recipe.muon_colors,
    )
    return TrainingState(network, optimizer, torch.Generator().manual_seed(noise_seed))


def _validate(
    network: nn.Module, data: TrainingData, precision: str, device: torch.device
) -> float:
    network.eval()
    with autocast_for(precision, device):
        mse = mean_squared_error(
            network, data.validation_inputs, data.validation_targets, device
        )
    network.train()
    return mse


def _loss(
    network: nn.Module, pair: Pair, recipe: TrainingParameters, device: torch.device
) -> BatchLoss:
    clean, noisy = (images.to(device) for images in pair)
    with autocast_for(recipe.precision, device):
        outputs = network(noisy)
    return objective(outputs.float(), clean, network, recipe.loss, recipe.l1_penalty)
