"""What a training minimizes."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import nn

from denoising_autoencoder.parameters.lanes import TrainingParameters

_SMALLEST = 1e-6
"""Added to an image's MSE under the logarithm: above 66 dB there is nothing to gain."""


class BatchLoss(NamedTuple):
    """What a batch is trained by, and what is noted of it.

    Attributes:
        loss: What is minimized; a scalar.
        mse: The mean squared error, whatever the loss is; a scalar without a gradient.
    """

    loss: torch.Tensor
    mse: torch.Tensor


def objective(
    outputs: torch.Tensor,
    targets: torch.Tensor,
    network: nn.Module,
    recipe: TrainingParameters,
) -> BatchLoss:
    """The loss that a recipe names, with its penalty on the weights, and the MSE.

    Args:
        outputs: Of the network: float32, (n, channels, height, width).
        targets: The clean images, of the same shape.
        network: For the penalty: biases are free of it.
        recipe: `loss` is "mse", "l1" (the mean absolute error) or "psnr": the mean over
            the images of 10 log10 of their MSE, which but for a constant is their mean
            PSNR, the very figure that is reported (Chen et al. 2022, "Simple Baselines
            for Image Restoration"). `l1_penalty` weighs the sum of absolute weights.

    Returns:
        Both of the whole batch.
    """
    if recipe.loss == "psnr":
        error = (outputs - targets).square().mean(dim=(1, 2, 3))
        loss = (10 / math.log(10)) * (error + _SMALLEST).log().mean()
        mse = error.detach().mean()
    elif recipe.loss == "l1":
        loss = nn.functional.l1_loss(outputs, targets)
        mse = nn.functional.mse_loss(outputs.detach(), targets)
    else:
        loss = nn.functional.mse_loss(outputs, targets)
        mse = loss.detach()
    if recipe.l1_penalty:
        weights = (p.abs().sum() for p in network.parameters() if p.ndim > 1)
        loss = loss + recipe.l1_penalty * torch.stack(list(weights)).sum()
    return BatchLoss(loss, mse)
