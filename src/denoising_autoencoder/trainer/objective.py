"""The loss that a training minimizes."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import nn

_SMALLEST = 1e-6
"""Added to an image's MSE before the logarithm, so that it does not get infinite. It
limits the PSNR to 66 dB."""


class BatchLoss(NamedTuple):
    """The loss of some images, and their mean squared error.

    Attributes:
        loss: The value to minimize; a scalar.
        mse: The mean squared error, whatever the loss is; a scalar without a gradient.
    """

    loss: torch.Tensor
    mse: torch.Tensor


def objective(
    outputs: torch.Tensor,
    targets: torch.Tensor,
    loss_name: str,
) -> BatchLoss:
    """Compute the loss of images, which is a mean over them, and the MSE.

    Args:
        outputs: The network's outputs: float32, (n, channels, height, width).
        targets: The clean images, of the same shape.
        loss_name: "mse", "l1" (the mean absolute error) or "psnr": the mean over the
            images of 10 log10 of their MSE. Up to sign and constant this is the mean
            PSNR, the figure that is reported (Chen et al. 2022, "Simple Baselines for
            Image Restoration").
    """
    if loss_name == "psnr":
        error = (outputs - targets).square().mean(dim=(1, 2, 3))
        loss = (10 / math.log(10)) * (error + _SMALLEST).log().mean()
        mse = error.detach().mean()
    elif loss_name == "l1":
        loss = nn.functional.l1_loss(outputs, targets)
        mse = nn.functional.mse_loss(outputs.detach(), targets)
    else:
        loss = nn.functional.mse_loss(outputs, targets)
        mse = loss.detach()
    return BatchLoss(loss, mse)


def sum_of_weights(network: nn.Module) -> torch.Tensor:
    """The sum of the absolute weights of a network; biases do not count. A scalar."""
    weights = (p.abs().sum() for p in network.parameters() if p.ndim > 1)
    return torch.stack(list(weights)).sum()
