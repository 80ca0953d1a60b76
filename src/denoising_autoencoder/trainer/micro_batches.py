"""The gradients of a batch, from parts of it that are computed at the same time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import nn

from denoising_autoencoder.compute.precision import autocast_for
from denoising_autoencoder.compute.threads import InOrder
from denoising_autoencoder.parameters.lanes import TrainingParameters
from denoising_autoencoder.trainer.objective import objective, sum_of_weights
from denoising_autoencoder.trainer.pairs import Pair

Gradients = tuple[torch.Tensor | None, ...]
"""The gradient of each parameter of a network; None for one that is not used."""


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
    how many parts are computed at the same time. No part changes the network: batch
    normalization, whose statistics are those of a batch, gets whole batches.

    Attributes:
        network: Network on its device.
        recipe: Loss, penalty, precision and size of the parts.
        in_order: `map` that computes the parts; `on_threads` gives one.
    """

    network: nn.Module
    recipe: TrainingParameters
    in_order: InOrder

    def compute(self, pair: Pair) -> torch.Tensor:
        """Set the gradient of the loss as `grad` of each parameter.

        Args:
            pair: A batch on the CPU.

        Returns:
            The MSE of the batch; a scalar on the network's device.
        """
        parameters = list(self.network.parameters())
        total: list[torch.Tensor | None] = [None] * len(parameters)
        mse = torch.zeros((), device=parameters[0].device)
        for gradients, error in self.in_order(self._part, self._cut(pair)):
            total = [_sum(*both) for both in zip(total, gradients, strict=True)]
            mse += error
        if self.recipe.l1_penalty:
            penalty = self.recipe.l1_penalty * sum_of_weights(self.network)
            gradients = torch.autograd.grad(penalty, parameters, allow_unused=True)
            total = [_sum(*both) for both in zip(total, gradients, strict=True)]
        for parameter, gradient in zip(parameters, total, strict=True):
            parameter.grad = gradient
        return mse

    def _cut(self, pair: Pair) -> list[_Part]:
        count = len(pair.clean)
        size = self.recipe.micro_batch or count
        if _device(self.network).type != "cpu" or _has_batch_norm(self.network):
            size = count
        parts = zip(pair.clean.split(size), pair.noisy.split(size), strict=True)
        return [_Part(Pair(*part), len(part[0]) / count) for part in parts]

    def _part(self, part: _Part) -> tuple[Gradients, torch.Tensor]:
        device = _device(self.network)
        clean, noisy = (images.to(device) for images in part.pair)
        # Here, because autocast is a state of the thread.
        with autocast_for(self.recipe.precision, device):
            outputs = self.network(noisy)
        loss, mse = objective(outputs.float(), clean, self.recipe.loss)
        gradients = torch.autograd.grad(
            loss * part.share, list(self.network.parameters()), allow_unused=True
        )
        return gradients, mse * part.share


def _sum(
    total: torch.Tensor | None, gradient: torch.Tensor | None
) -> torch.Tensor | None:
    if total is None or gradient is None:
        return gradient if total is None else total
    return total.add_(gradient)


def _device(network: nn.Module) -> torch.device:
    return next(network.parameters()).device


def _has_batch_norm(network: nn.Module) -> bool:
    norm = nn.modules.batchnorm._NormBase
    return any(isinstance(module, norm) for module in network.modules())
