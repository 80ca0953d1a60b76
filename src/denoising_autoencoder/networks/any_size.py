"""What stands around a network that works inside: padding, input skip, range."""

from __future__ import annotations

import torch
from torch import nn


class Framed(nn.Module):
    """Makes a denoiser for images of any size of a network inside.

    Args:
        network: From (n, 3, height, width) to the same shape, of any range.
        multiple: Of what height and width must be for it. Images of other sizes are
            padded by their last row and column, and cut again.
        input_skip: Whether what the network gives is added to its input: it then learns
            the noise alone, and the image need not pass through it (Zhang et al. 2017,
            "Beyond a Gaussian Denoiser").
    """

    def __init__(self, network: nn.Module, multiple: int, input_skip: bool) -> None:
        super().__init__()
        self.network = network
        self._multiple = multiple
        self._input_skip = input_skip

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Denoise images.

        Args:
            images: float, (n, 3, height, width), in [-1, 1].

        Returns:
            Of the same shape. In evaluation mode clamped to [-1, 1]; not in training,
            since beyond the clamp there is no gradient.
        """
        height, width = images.shape[-2:]
        below, beside = -height % self._multiple, -width % self._multiple
        padded = images
        if below or beside:
            padded = nn.functional.pad(images, (0, beside, 0, below), mode="replicate")
        outputs: torch.Tensor = self.network(padded)[..., :height, :width]
        if self._input_skip:
            outputs = images + outputs
        return outputs if self.training else outputs.clamp(-1, 1)


def start_at_zero(layer: nn.Conv2d) -> nn.Conv2d:
    """Set a layer's weights to zero: what it adds is nothing, to start with."""
    nn.init.zeros_(layer.weight)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer
