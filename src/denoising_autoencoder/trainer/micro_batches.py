"""The gradients of a batch, from parts of it that are computed at the same time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import nn

from denoising_autoencoder.compute.in_order import InOrder
from denoising_autoencoder.compute.precision import autocast_for
from denoising_autoencoder.networks.any_size import takes_sigma
from denoising_autoencoder.parameters.lanes import TrainingParameters
from denoising_autoencoder.trainer.objective import objective, sum_of_weights
from denoising_autoencoder.trainer.pairs import Pair

Gradients = tuple[torch.Tensor | None, ...]
"""The gradient of each parameter that is trained; None for one that is not used."""


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
        trained = self._trained()
        total: list[torch.Tensor | None] = [None] * len(trained)
        mse = torch.zeros((), device=_device(self.network))
        for gradients, error in self.in_order(self._part, self._cut(pair)):
            total = [_sum(*both) for both in zip(total, gradients, strict=True)]
            mse += error
        if self.recipe.l1_penalty:
            penalty = self.recipe.l1_penalty * sum_of_weights(self.network)
            gradients = torch.autograd.grad(penalty, trained, allow_unused=True)
            total = [_sum(*both) for both in zip(total, gradients, strict=True)]
        for parameter, gradient in zip(trained, total, strict=True):
            parameter.grad = gradient
        return mse

    def _trained(self) -> list[nn.Parameter]:
        return [p for p in self.network.parameters() if p.requires_grad]

    def _cut(self, pair: Pair) -> list[_Part]:
        size, count = part_size(self.network, self.recipe), len(pair.clean)
        parts = zip(*(values.split(size) for values in pair), strict=True)
        return [_Part(Pair(*part), len(part[0]) / count) for part in parts]

    def _part(self, part: _Part) -> tuple[Gradients, torch.Tensor]:
        device = _device(self.network)
        clean, noisy, sigma = (values.to(device) for values in part.pair)
        inputs = (noisy, sigma) if takes_sigma(self.network) else (noisy,)
        # Here, because autocast is a state of the thread.
        with autocast_for(self.recipe.precision, device):
            outputs = self.network(*inputs)
        loss, mse = objective(outputs.float(), clean, self.recipe.loss)
        gradients = torch.autograd.grad(
            loss * part.share, self._trained(), allow_unused=True
        )
        return gradients, mse * part.share


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
