"""The gradients of a batch, from parts of it that are computed at the same time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from typing import NamedTuple

import torch
from torch import nn

from denoising_autoencoder.compute.in_order import InOrder
from denoising_autoencoder.compute.precision import autocast_for
from denoising_autoencoder.networks.any_size import takes_sigma
from denoising_autoencoder.parameters.lanes import TrainingParameters
from denoising_autoencoder.trainer.objective import objective, sum_of_weights
from denoising_autoencoder.trainer.pairs import Pair


def part_size(network: nn.Module, recipe: TrainingParameters) -> int:
    """The number of images that are computed at once.

    Args:
        network: Network on its device. One with batch normalization, whose statistics
            are those of a batch, gets whole batches, and so does one on CUDA.
        recipe: Size of a batch and of a micro-batch.
    """
    whole = _device(network).type != "cpu" or _has_batch_norm(network)
    if whole or recipe.micro_batch is None:
        return recipe.batch_size
    return min(recipe.micro_batch, recipe.batch_size)


class _Part(NamedTuple):
    """A part of a batch.

    Attributes:
        pair: Its images.
        share: Its share of the images of the batch.
    """

    pair: Pair
    share: float


class Sum(NamedTuple):
    """What some parts of a batch add up to.

    Attributes:
        gradients: The gradient of each parameter that is trained; None for one that is
            not used.
        mse: Their part of the MSE of the batch; a scalar.
    """

    gradients: list[torch.Tensor | None]
    mse: torch.Tensor


@dataclass(frozen=True)
class BatchGradients:
    """Computes the gradients of batches, part by part.

    The gradients of the parts are added in their order, so the bits do not depend on
    how many parts are computed at the same time.

    Attributes:
        network: Network on its device.
        recipe: Loss, penalty, precision, and what `part_size` reads.
        in_order: `map` that computes the parts; `on_threads` gives one.
    """

    network: nn.Module
    recipe: TrainingParameters
    in_order: InOrder

    def compute(self, pair: Pair) -> torch.Tensor:
        """Set the gradient of the loss as `grad` of each parameter that is trained.

        Args:
            pair: A batch on the CPU.

        Returns:
            The MSE of the batch; a scalar on the network's device.
        """
        trained, total = self.trained(), self.total(pair)
        if self.recipe.l1_penalty:
            penalty = self.recipe.l1_penalty * sum_of_weights(self.network)
            gradients = torch.autograd.grad(penalty, trained, allow_unused=True)
            total = add(total, Sum(list(gradients), torch.zeros_like(total.mse)))
        for parameter, gradient in zip(trained, total.gradients, strict=True):
            parameter.grad = gradient
        return total.mse

    def trained(self) -> list[nn.Parameter]:
        """The parameters that are trained."""
        return [p for p in self.network.parameters() if p.requires_grad]

    def total(self, pair: Pair) -> Sum:
        """The sum over all parts of a batch."""
        return reduce(add, self.parts(pair, len(pair.clean)), self.nothing())

    def nothing(self) -> Sum:
        """The sum of no parts."""
        mse = torch.zeros((), device=_device(self.network))
        return Sum([None] * len(self.trained()), mse)

    def parts(self, pair: Pair, batch: int) -> Iterator[Sum]:
        """What each part of some images of a batch adds to the sum, in order.

        Args:
            pair: Images on the CPU, from the beginning of a part.
            batch: Number of images of the whole batch.
        """
        size = part_size(self.network, self.recipe)
        cut = zip(*(values.split(size) for values in pair), strict=True)
        parts = [_Part(Pair(*part), len(part[0]) / batch) for part in cut]
        return self.in_order(self._part, parts)

    def _part(self, part: _Part) -> Sum:
        device = _device(self.network)
        clean, noisy, sigma = (values.to(device) for values in part.pair)
        inputs = (noisy, sigma) if takes_sigma(self.network) else (noisy,)
        # Here, because autocast is a state of the thread.
        with autocast_for(self.recipe.precision, device):
            outputs = self.network(*inputs)
        loss, mse = objective(outputs.float(), clean, self.recipe.loss)
        gradients = torch.autograd.grad(
            loss * part.share, self.trained(), allow_unused=True
        )
        return Sum(list(gradients), mse * part.share)


def add(total: Sum, part: Sum) -> Sum:
    """The sum with another part. The order of the parts decides the last bits."""
    pairs = zip(total.gradients, part.gradients, strict=True)
    return Sum([_sum(*pair) for pair in pairs], total.mse + part.mse)


def _sum(
    total: torch.Tensor | None, gradient: torch.Tensor | None
) -> torch.Tensor | None:
    if total is None or gradient is None:
        return gradient if total is None else total
    # Not in place: two parameters may have one tensor as their gradient.
    return total + gradient


def _device(network: nn.Module) -> torch.device:
    return next(network.parameters()).device


def _has_batch_norm(network: nn.Module) -> bool:
    norm = nn.modules.batchnorm._BatchNorm
    return any(isinstance(module, norm) for module in network.modules())
