"""The training loop: it knows batches, a loss and a recipe, but not the network."""

from __future__ import annotations

import numpy as np
import pandas as pd
import torch
from torch import nn

from denoising_autoencoder.artifacts.checkpoints import Checkpoints
from denoising_autoencoder.compute.device import pick_device
from denoising_autoencoder.compute.precision import resolve_precision
from denoising_autoencoder.compute.subnormals import subnormals_as_zero
from denoising_autoencoder.compute.threads import on_threads
from denoising_autoencoder.errors import TrainingDivergedError
from denoising_autoencoder.networks.from_images import FromImages
from denoising_autoencoder.parameters.lanes import TrainingParameters
from denoising_autoencoder.terminal.progress import progress_bar
from denoising_autoencoder.trainer import sharing
from denoising_autoencoder.trainer.build_optimizer import build_optimizer
from denoising_autoencoder.trainer.checkpoint import Checkpointer
from denoising_autoencoder.trainer.data import TrainingData
from denoising_autoencoder.trainer.loss_history import LossHistory, OnRecord
from denoising_autoencoder.trainer.micro_batches import BatchGradients, part_size
from denoising_autoencoder.trainer.pairs import training_pairs
from denoising_autoencoder.trainer.schedule import learning_rate_factor
from denoising_autoencoder.trainer.state import TrainingState
from denoising_autoencoder.trainer.time_left import TimeLeft


def train(
    network: nn.Module,
    data: TrainingData,
    recipe: TrainingParameters,
    label: str,
    checkpoints: Checkpoints | None = None,
    on_record: OnRecord | None = None,
) -> pd.DataFrame:
    """Train a network in place to remove the noise.

    Args:
        network: A module from (n, 3, height, width) to the same shape.
        data: Images and noise.
        recipe: Steps, batch size, loss, optimizer, schedule, seed, device, threads and
            so on. On one machine's CPU the same seed gives the same bits, with any
            number of threads, and of processes that torchrun has started.
        label: Name of the training in the log, the progress bar and errors.
        checkpoints: Store for the state, every `recipe.checkpoint_seconds`. If it has a
            checkpoint of this very training (network, recipe, data), the training
            resumes from there, and gives the same bits as without an interruption.
        on_record: Function that is told the number of steps and the validation MSE of
            each record, and may end the training by an exception.

    Returns:
        The loss history (`LossHistory.table`). Its first record, at step 0, is the loss
        of the first batch and of the validation set before any update.

    Raises:
        TrainingDivergedError: The loss is not finite, or larger than that of any two
            images.
        ParameterError: A step has fewer micro-batches than there are processes.
        LostProcessError: A process that shares the training has ended.
    """
    device = pick_device(recipe.device)
    precision = resolve_precision(recipe.precision, device)
    recipe = recipe.model_copy(update={"precision": precision})
    if isinstance(network, FromImages):
        network.begin_with(data.images)
    network.to(device).train()
    steps = count_steps(recipe, len(data.images))
    # Two seeds, so that a change of the noise does not change the order.
    order_seed, noise_seed = np.random.SeedSequence(recipe.seed).generate_state(2)
    state = first_state(network, recipe, int(noise_seed))

    def rate_at(step: int) -> float:
        factor = learning_rate_factor(recipe.schedule, step, steps)
        return recipe.learning_rate * factor

    with (
        subnormals_as_zero(),
        on_threads(recipe.threads, device) as in_order,
        progress_bar(label, steps) as show,
        sharing.shared_with_others(network, data, recipe, label, in_order) as shared,
    ):
        validation = sharing.validation_of(data)

        def validate() -> float:
            errors = (
                validation.errors(network, recipe, in_order)
                if shared is None
                else shared.errors(validation)
            )
            return sum(errors) / validation.targets.size

        batches = len(data.validation_inputs) / recipe.batch_size
        time_left = TimeLeft(label, steps, recipe.validation_interval, batches)
        history = LossHistory(
            label=label,
            steps=steps,
            batch_size=recipe.batch_size,
            images_per_epoch=len(data.images),
            interval=recipe.validation_interval,
            rate_at=rate_at,
            validate=time_left.timing(validate),
            show=show,
            on_record=on_record,
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
        # A step that is not cut stays in this thread, and so does its update: another
        # core would have to fetch all that it reads.
        is_cut = part_size(network, recipe) < recipe.batch_size
        in_step = in_order if is_cut else map
        gradients = shared or BatchGradients(network, recipe, in_step)
        try:
            for step in range(done, steps):
                history.before_update(step, gradients.compute(next(pairs)))
                state.update(rate_at(step), in_step)
                history.after_update(step + 1)
                checkpointer.after_update(step + 1)
                time_left.after_update(step + 1)
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


def first_state(
    network: nn.Module, recipe: TrainingParameters, noise_seed: int
) -> TrainingState:
    """The state of a training before its first step.

    Args:
        network: Network on its device.
        recipe: Optimizer, with its decay and momentum.
        noise_seed: Seed of the training noise.
    """
    optimizer = build_optimizer(
        recipe.optimizer,
        network.parameters(),
        recipe.weight_decay,
        recipe.momentum,
        recipe.muon_colors,
    )
    return TrainingState(network, optimizer, torch.Generator().manual_seed(noise_seed))
