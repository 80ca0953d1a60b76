"""A denoiser for images of any size, made from a network for some sizes."""

from __future__ import annotations

import torch
from torch import nn


class AnySize(nn.Module):
    """Pads images to sizes that a network takes, and keeps its outputs in range.

    Args:
        network: From (n, channels, height, width) to the same shape, in any range. If
            it takes the noise level, its input has a further channel, the sigma map
            (Zhang et al. 2018, "FFDNet").
        multiple: Number that must divide height and width for the network. Images of
            other sizes are padded with their last row and column, then cropped.
        takes_sigma: Whether the network takes the noise level.
    """

    def __init__(
        self, network: nn.Module, multiple: int, takes_sigma: bool = False
    ) -> None:
        super().__init__()
        self.network = network
        self.multiple = multiple
        self.takes_sigma = takes_sigma

    def forward(
        self, images: torch.Tensor, sigma: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Denoise images.

        Args:
            images: float, (n, channels, height, width), in [-1, 1].
            sigma: Standard deviation of the noise of each image, (n,), if the network
                takes it.

        Returns:
            The same shape. In evaluation mode the values are clamped to [-1, 1]. In
            training mode they are not: a clamped value has no gradient.
        """
        outputs = self.unclamped(images, sigma)
        return outputs if self.training else outputs.clamp(-1, 1)

    def unclamped(
        self, images: torch.Tensor, sigma: torch.Tensor | None = None
    ) -> torch.Tensor:
        """The same as a call in training mode."""
        inputs = images
        if sigma is not None:
            levels = sigma.to(images.dtype).view(-1, 1, 1, 1)
            inputs = torch.cat([images, levels.expand_as(images[:, :1])], dim=1)
        height, width = inputs.shape[-2:]
        bottom, right = -height % self.multiple, -width % self.multiple
        if bottom or right:
            inputs = nn.functional.pad(inputs, (0, right, 0, bottom), mode="replicate")
        outputs: torch.Tensor = self.network(inputs)[..., :height, :width]
        return outputs


def takes_sigma(network: nn.Module) -> bool:
    """Whether a network takes the noise level as a further input."""
    return isinstance(network, AnySize) and network.takes_sigma
