"""Networks that predict what has to be added to their input."""

from __future__ import annotations

import torch
from torch import nn

from denoising_autoencoder.networks.any_size import AnySize


class InputSkip(AnySize):
    """Adds the network's output to its input.

    The network then learns only the noise, and the image need not pass through it
    (Zhang et al. 2017, "Beyond a Gaussian Denoiser").
    """

    def unclamped(
        self, images: torch.Tensor, sigma: torch.Tensor | None = None
    ) -> torch.Tensor:
        """The same as a call in training mode."""
        return images + super().unclamped(images, sigma)


def start_at_zero(layer: nn.Conv2d) -> nn.Conv2d:
    """Set a layer's weights to zero, so that at first it adds nothing."""
    nn.init.zeros_(layer.weight)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer
