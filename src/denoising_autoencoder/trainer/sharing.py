"""A training whose micro-batches are shared out to several processes.

The process of rank 0 trains. The others keep no state: for each step they get the
weights and some micro-batches, and give back gradients. So only rank 0 reads data,
draws noise, updates weights and saves checkpoints, which cannot differ between them.

The gradients are added in the order of the micro-batches, as in one process: the last
rank has the first micro-batches, adds them up and sends the sum to the rank before it,
which adds its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import reduce

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from denoising_autoencoder.compute.in_order import InOrder
from denoising_autoencoder.compute.subnormals import subnormals_as_zero
from denoising_autoencoder.compute.threads import on_threads
from denoising_autoencoder.compute.torchrun import FOR_EVER, Group, joined_group
from denoising_autoencoder.denoisers.apply import squared_errors
from denoising_autoencoder.denoisers.batches import as_network_input, images_in_a_pass
from denoising_autoencoder.denoisers.network import NetworkDenoiser
from denoising_autoencoder.errors import LostProcessError, ParameterError
from denoising_autoencoder.parameters.lanes import TrainingParameters
from denoising_autoencoder.trainer.data import TrainingData
from denoising_autoencoder.trainer.micro_batches import (
    BatchGradients,
    Sum,
    add,
    part_size,
)
from denoising_autoencoder.trainer.pairs import Pair

_END, _STEP, _VALIDATION = range(3)
"""What rank 0 asks for next."""


@dataclass(frozen=True)
class Validation:
    """Images of the validation set.

    Attributes:
        inputs: With noise: (n, height, width, channels).
        targets: Without noise.
        stds: Standard deviation of the noise of each image, (n,).
    """

    inputs: npt.NDArray[np.floating]
    targets: npt.NDArray[np.floating]
    stds: npt.NDArray[np.floating]

    def errors(
        self, network: nn.Module, recipe: TrainingParameters, in_order: InOrder
    ) -> list[float]:
        """The sum of the squared errors of each pass."""
        network.eval()
        denoiser = NetworkDenoiser(network, recipe.device, recipe.precision)
        given = (denoiser, self.inputs, self.targets, self.stds, in_order)
        errors = list(squared_errors(*given))
        network.train()
        return errors

    def part_of(self, rank: int, size: int) -> Validation:
        """The images of one of several processes: those of whole passes."""
        images = images_in_a_pass(*self.inputs.shape[1:3])
        part = _part_of(rank, size, len(self.inputs), images)
        return Validation(self.inputs[part], self.targets[part], self.stds[part])


@dataclass(frozen=True)
class Task:
    """What a process needs to know to help with a training.

    Attributes:
        network: The network, with any weights.
        recipe: Recipe of the training, with the precision resolved.
        image: Height, width and channels of an image.
        validation: The validation images that this process takes.
    """

    network: nn.Module
    recipe: TrainingParameters
    image: tuple[int, int, int]
    validation: Validation


def validation_of(data: TrainingData) -> Validation:
    """The validation set of a training."""
    stds = data.noise.judged_stds(len(data.validation_inputs))
    return Validation(data.validation_inputs, data.validation_targets, stds)


@dataclass(frozen=True)
class SharedGradients(BatchGradients):
    """Computes gradients and errors with the help of other processes.

    Attributes:
        group: All processes.
    """

    group: Group

    def total(self, pair: Pair) -> Sum:
        """The sum over all parts of a batch."""
        self._ask(_STEP)
        batch, size = len(pair.clean), part_size(self.network, self.recipe)
        for rank in range(1, self.group.size):
            rows = _part_of(rank, self.group.size, batch, size)
            self.group.send(_packed(Pair(*(values[rows] for values in pair))), rank)
        rows = _part_of(0, self.group.size, batch, size)
        return self.with_the_others(Pair(*(values[rows] for values in pair)), batch)

    def with_the_others(self, pair: Pair, batch: int) -> Sum:
        """The sum over the parts of some images and of all those before them.

        Args:
            pair: The images of this process.
            batch: Number of images of the whole batch.
        """
        own = list(self.parts(pair, batch))
        before, next_rank = self.nothing(), self.group.rank + 1
        if next_rank < self.group.size:
            received = torch.empty(_size_of_a_sum(self.trained()))
            self.group.receive(received, next_rank)
            before = _unpacked_sum(received, self.trained())
        return reduce(add, own, before)

    def errors(self, validation: Validation) -> list[float]:
        """The sum of the squared errors of each pass of the validation set."""
        self._ask(_VALIDATION)
        size, count = self.group.size, len(validation.inputs)
        own = validation.part_of(0, size)
        mine = own.errors(self.network, self.recipe, self.in_order)
        images = images_in_a_pass(*validation.inputs.shape[1:3])
        others = []
        for rank in reversed(range(1, size)):
            part = _part_of(rank, size, count, images)
            passes = -(-(part.stop - part.start) // images)
            others.append(torch.empty(passes, dtype=torch.float64))
            self.group.receive(others[-1], rank)
        return [*torch.cat(others).tolist(), *mine]

    def _ask(self, what: int) -> None:
        self.group.share(torch.tensor(what))
        self.group.share(torch.cat([one.detach().ravel() for one in self.trained()]))


@contextmanager
def shared_with_others(
    network: nn.Module,
    data: TrainingData,
    recipe: TrainingParameters,
    label: str,
    in_order: InOrder,
) -> Iterator[SharedGradients | None]:
    """Let the other processes of torchrun help with a training during the block.

    Args:
        network: Network on its device, in training mode.
        data: Data of the training.
        recipe: Recipe, with the precision resolved.
        label: Name of the training in errors.
        in_order: `map` that computes the parts of this process.

    Yields:
        None if there are no other processes.

    Raises:
        ParameterError: A step has fewer micro-batches than there are processes.
    """
    group = joined_group()
    if group is None:
        yield None
        return
    parts = -(-recipe.batch_size // part_size(network, recipe))
    if parts < group.size:
        raise ParameterError(
            f"{label} has {parts} micro-batch{'es' * (parts > 1)} in a step, too few "
            f"for {group.size} processes: start fewer, or set a smaller micro_batch "
            "(on CUDA, and with batch normalization, a step is always one)."
        )
    validation = validation_of(data)
    for rank in range(1, group.size):
        part = validation.part_of(rank, group.size)
        task = Task(network, recipe, data.images.shape[1:], part)
        group.send_object(task, rank)
    try:
        yield SharedGradients(network, recipe, in_order, group)
    finally:
        with suppress(LostProcessError):  # what it has raised says so
            group.share(torch.tensor(_END))


def help_with(task: Task, group: Group) -> None:
    """Compute what rank 0 asks for, until its training ends.

    Raises:
        LostProcessError: Another process has ended.
    """
    network, recipe = task.network, task.recipe
    device = torch.device("cpu")
    rows = _part_of(
        group.rank, group.size, recipe.batch_size, part_size(network, recipe)
    )
    word = torch.tensor(_END)
    with subnormals_as_zero(), on_threads(recipe.threads, device) as in_order:
        gradients = SharedGradients(network, recipe, in_order, group)
        trained = gradients.trained()
        weights = torch.empty(sum(one.numel() for one in trained))
        values = torch.empty(_size_of_a_pair(rows.stop - rows.start, task.image))
        while True:
            group.share(word, FOR_EVER)
            if word == _END:
                return
            group.share(weights)
            _load(weights, trained)
            if word == _STEP:
                group.receive(values, 0)
                pair = _unpacked(values, task.image)
                total = gradients.with_the_others(pair, recipe.batch_size)
                group.send(_packed_sum(total, trained), group.rank - 1)
            else:
                errors = task.validation.errors(network, recipe, in_order)
                group.send(torch.tensor(errors, dtype=torch.float64), 0)


def _part_of(rank: int, size: int, images: int, together: int) -> slice:
    """The images of one process: whole groups of some images, the last rank's first.

    The later ranks have a group more if the groups do not divide: rank 0 has also the
    rest of a step to do.
    """
    groups = np.array_split(np.arange(-(-images // together)), size)[size - 1 - rank]
    if not len(groups):
        return slice(0, 0)
    return slice(
        int(groups[0]) * together, min(images, (int(groups[-1]) + 1) * together)
    )


def _size_of_a_pair(images: int, image: tuple[int, int, int]) -> int:
    return images * (2 * int(np.prod(image)) + 1)


def _packed(pair: Pair) -> torch.Tensor:
    images = [values.permute(0, 2, 3, 1).ravel() for values in (pair.clean, pair.noisy)]
    return torch.cat([*images, pair.sigma])


def _unpacked(values: torch.Tensor, image: tuple[int, int, int]) -> Pair:
    """The pair in the memory layout that it was cut from, which decides bits."""
    pixels = int(np.prod(image))
    count = len(values) // (2 * pixels + 1)
    clean, noisy, sigma = values.split([count * pixels, count * pixels, count])
    clean, noisy = (one.reshape(count, *image) for one in (clean, noisy))
    return Pair(as_network_input(clean), as_network_input(noisy), sigma)


def _size_of_a_sum(trained: list[nn.Parameter]) -> int:
    return sum(one.numel() for one in trained) + 1 + len(trained)


def _packed_sum(total: Sum, trained: list[nn.Parameter]) -> torch.Tensor:
    """The gradients, the MSE, and which of the parameters have a gradient."""
    pairs = list(zip(total.gradients, trained, strict=True))
    gradients = [
        (torch.zeros_like(parameter) if gradient is None else gradient).ravel()
        for gradient, parameter in pairs
    ]
    used = torch.tensor([float(gradient is not None) for gradient, _ in pairs])
    return torch.cat([*gradients, total.mse.reshape(1), used])


def _unpacked_sum(values: torch.Tensor, trained: list[nn.Parameter]) -> Sum:
    *gradients, mse, used = values.split(
        [*(one.numel() for one in trained), 1, len(trained)]
    )
    return Sum(
        [
            # In the parameter's memory layout, as the optimizers need it.
            torch.empty_like(parameter, requires_grad=False).copy_(
                gradient.view(parameter.shape)
            )
            if is_used
            else None
            for gradient, parameter, is_used in zip(
                gradients, trained, used.tolist(), strict=True
            )
        ],
        mse.reshape(()),
    )


@torch.no_grad()
def _load(weights: torch.Tensor, trained: list[nn.Parameter]) -> None:
    parts = weights.split([one.numel() for one in trained])
    for parameter, part in zip(trained, parts, strict=True):
        parameter.copy_(part.view(parameter.shape))
