"""From a coarse grid to one that is twice as fine."""

from __future__ import annotations

import torch
from torch import nn


class DepthToSpace(nn.PixelShuffle):
    """A pixel-shuffle that keeps the channels_last layout, by views and one copy.

    PyTorch's own returns a contiguous NCHW tensor, which the next layer has to copy
    back. Here the channels of one fine pixel are neighbours; in PyTorch's they are not.
    """

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Move channels into pixels.

        Args:
            features: (n, channels x factor^2, height, width).

        Returns:
            (n, channels, height x factor, width x factor), channels_last.
        """
        count, _, height, width = features.shape
        side = self.upscale_factor
        cells = features.permute(0, 2, 3, 1).reshape(
            count, height, width, side, side, -1
        )
        pixels = cells.permute(0, 1, 3, 2, 4, 5).reshape(
            count, height * side, width * side, -1
        )
        return pixels.permute(0, 3, 1, 2)


def upsample(channels_in: int, channels_out: int) -> nn.Sequential:
    """Double the side, as a transposed convolution of 2x2 and stride 2 does.

    It is a 1x1 convolution and a rearrangement. On a CPU its gradient is much faster
    than that of PyTorch's transposed convolution.

    Args:
        channels_in: Channels of the coarse grid.
        channels_out: Channels of the fine grid.
    """
    return nn.Sequential(nn.Conv2d(channels_in, 4 * channels_out, 1), DepthToSpace(2))
