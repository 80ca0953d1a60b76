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
    """The loss of a batch, and its mean squared error.

    Attributes:
        loss: The value to minimize; a scalar.
        mse: The mean squared error, whatever the loss is; a scalar without a gradient.
    """

    loss: torch.Tensor
    mse: torch.Tensor


def objective(
    outputs: torch.Tensor,
    targets: torch.Tensor,
    network: nn.Module,
    loss_name: str,
    l1_penalty: float,
) -> BatchLoss:
    """Compute the loss of a batch, with the penalty on the weights, and the MSE.

    Args:
        outputs: The network's outputs: float32, (n, channels, height, width).
        targets: The clean images, of the same shape.
        network: The network, for the penalty. Biases have none.
        loss_name: "mse", "l1" (the mean absolute error) or "psnr": the mean over the
            images of 10 log10 of their MSE. Up to sign and constant this is the mean
            PSNR, the figure that is reported (Chen et al. 2022, "Simple Baselines for
            Image Restoration").
        l1_penalty: Factor of the sum of absolute weights, which is added to the loss.
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
    if l1_penalty:
        weights = (p.abs().sum() for p in network.parameters() if p.ndim > 1)
        loss = loss + l1_penalty * torch.stack(list(weights)).sum()
    return BatchLoss(loss, mse)
