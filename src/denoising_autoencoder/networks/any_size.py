"""A denoiser for images of any size, made from a network for some sizes."""

from __future__ import annotations

import torch
from torch import nn


class AnySize(nn.Module):
    """Pads images to sizes that a network takes, and keeps its outputs in range.

    Args:
        network: From (n, 3, height, width) to the same shape, in any range.
        multiple: Number that must divide height and width for the network. Images of
            other sizes are padded with their last row and column, then cropped.
    """

    def __init__(self, network: nn.Module, multiple: int) -> None:
        super().__init__()
        self.network = network
        self._multiple = multiple

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Denoise images.

        Args:
            images: float, (n, 3, height, width), in [-1, 1].

        Returns:
            The same shape. In evaluation mode the values are clamped to [-1, 1]. In
            training mode they are not: a clamped value has no gradient.
        """
        outputs = self._denoise(images)
        return outputs if self.training else outputs.clamp(-1, 1)

    def _denoise(self, images: torch.Tensor) -> torch.Tensor:
        height, width = images.shape[-2:]
        bottom, right = -height % self._multiple, -width % self._multiple
        if bottom or right:
            images = nn.functional.pad(images, (0, right, 0, bottom), mode="replicate")
        outputs: torch.Tensor = self.network(images)[..., :height, :width]
        return outputs
